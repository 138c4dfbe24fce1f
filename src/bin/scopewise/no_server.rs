//! `serve` in a build without the feature `server`.

use crate::{Exit, Failure};

#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    /// Whatever it would be started with
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn serve(_flags: &Flags) -> Result<Exit, Failure> {
    let message = "this build has no server in it: build it with `--features server`";
    Err(Failure::Message(message.into()))
}
