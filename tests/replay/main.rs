//! Replaying a log against the rules: what a server answered, and what the engine decided.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets something unexpected stops there"
)]

#[allow(dead_code, unused_imports, reason = "other tests use the rest")]
#[path = "../generate/mod.rs"]
mod generate;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../oracle/mod.rs"]
mod oracle;

mod decisions;
mod requests;
mod shared;
