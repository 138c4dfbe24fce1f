//! JSON Schemas for editors.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use scopewise::Schema;

use crate::{Exit, Failure, files};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  scopewise schema document -o document.schema.json

A document names its schema in the field `$schema`; the engine passes over it.")]
pub(crate) struct Flags {
    /// What the schema describes
    #[arg(value_name = "WHAT")]
    what: What,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// An organization document, of any revision
    Document,
}

pub(crate) fn run(flags: &Flags) -> Result<Exit, Failure> {
    let schema = match flags.what {
        What::Document => Schema::document(),
    };
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|error| Failure::Message(format!("cannot print the schema: {error}")))?;
    if let Some(path) = &flags.output {
        return files::write(path, &text);
    }
    writeln!(anstream::stdout().lock(), "{text}")?;
    Ok(Exit::Done)
}
