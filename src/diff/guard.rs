//! Guards.
/// A guard.
#[derive(Debug)]
pub struct Guard;
