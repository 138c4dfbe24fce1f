//! The command. The only place that reads files, prints, exits, and looks at the clock.

#![deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "bad input never panics"
)]

mod args;
mod ask;
mod bundle;
mod catalog;
mod diff;
mod entities;
mod export;
mod files;
mod har;
mod import;
mod lint;
mod meant;
mod preflight;
mod project;
mod replay;
mod requests;
mod schema;
#[cfg_attr(not(feature = "server"), path = "no_server.rs")]
mod serve;
mod suggest;
mod table;
mod test;
mod types;
mod who_can;
mod words;

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

/// How a run ends. Clap's own 2 is never used, for 2 is deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Done = 0,
    /// A file that cannot be opened, bad flags, a malformed request.
    Failed = 1,
    Deny = 2,
    /// The bytes are no valid document.
    Invalid = 3,
    Unknown = 4,
}

/// Why a command did not get to its answer.
#[derive(Debug)]
enum Failure {
    /// A sentence for standard error.
    Message(String),
    /// The document is not valid; its problems go to standard error.
    Invalid(scopewise::Invalid),
    /// One file of several is no JSON.
    InvalidFile(PathBuf, scopewise::Invalid),
    /// Nobody reads the output any more.
    OutputClosed,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::BrokenPipe {
            Self::OutputClosed
        } else {
            Self::Message(format!("cannot write the answer: {error}"))
        }
    }
}

impl From<scopewise::RequestError> for Failure {
    fn from(error: scopewise::RequestError) -> Self {
        Self::Message(error.to_string())
    }
}

impl From<scopewise::ExportError> for Failure {
    fn from(error: scopewise::ExportError) -> Self {
        match error {
            scopewise::ExportError::Invalid(invalid) => Self::Invalid(invalid),
            refused => Self::Message(refused.to_string()),
        }
    }
}

fn main() -> ExitCode {
    let exit = match Args::try_parse() {
        Ok(args) => run(args.command).unwrap_or_else(|failure| report(&failure)),
        Err(error) => usage(&error),
    };
    ExitCode::from(exit as u8)
}

fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Check(check) => match &check.requests {
            Some(requests) => requests::answer_all(&check.document, requests),
            None => ask::check(&check),
        },
        Command::Explain(explain) => ask::explain(&explain),
        Command::WhoCan(flags) => who_can::who_can(&flags),
        Command::Scopes(flags) => entities::scopes(&flags),
        Command::Entities(flags) => entities::entities(&flags),
        Command::Preflight(preflight) => preflight::preflight(&preflight),
        Command::Diff(flags) => diff::diff(&flags),
        Command::Replay(flags) => replay::replay(&flags),
        Command::Export(export) => export::export(&export),
        Command::Suggest(flags) => suggest::suggest(&flags),
        Command::Test(test) => test::test(&test),
        Command::Import(flags) => import::import(&flags),
        Command::Lint(flags) => lint::lint(&flags),
        Command::Bundle(flags) => bundle::bundle(&flags),
        Command::Verify(flags) => bundle::verify(&flags),
        Command::Keygen(flags) => bundle::keygen(&flags),
        Command::Serve(flags) => serve::serve(&flags),
        Command::Catalog(catalog) => catalog::list(&catalog),
        Command::Types(types) => types::run(&types),
        Command::Schema(flags) => schema::run(&flags),
        Command::Validate(flags) => files::validate(&flags),
    }
}

/// Prints what clap has to say. Help and version are answers, everything else is a failure.
fn usage(error: &clap::Error) -> Exit {
    // Where the help cannot be printed, there is nobody to tell.
    let _printed = error.print();
    if error.use_stderr() { Exit::Failed } else { Exit::Done }
}

fn report(failure: &Failure) -> Exit {
    match failure {
        Failure::OutputClosed => Exit::Done,
        Failure::Message(message) => {
            let lines: Vec<String> = message.lines().map(table::visible).collect();
            anstream::eprintln!("{}error:{:#} {}", words::BAD, words::BAD, lines.join("\n"));
            Exit::Failed
        }
        Failure::Invalid(invalid) => {
            anstream::eprintln!("{invalid}");
            Exit::Invalid
        }
        Failure::InvalidFile(file, invalid) => {
            for problem in invalid.problems() {
                anstream::eprintln!("{}: {problem}", file.display());
            }
            Exit::Invalid
        }
    }
}
