//! JSON Schemas for editors.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use scopewise::Schema;
use scopewise::catalog::{Catalog, Listing};

use crate::{Exit, Failure, files};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  scopewise schema document -o document.schema.json
  scopewise schema document --catalog hosting.json -o hosting.schema.json
  scopewise schema catalog -o catalog.schema.json

A document or a catalog names its schema in the field `$schema`; the engine passes over it.")]
pub(crate) struct Flags {
    /// What the schema describes
    #[arg(value_name = "WHAT")]
    what: What,
    /// Of documents: those of the catalog in this file alone, with its words
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// An organization document, of any revision or catalog
    Document,
    /// A catalog in a file of its own
    Catalog,
}

pub(crate) fn run(flags: &Flags) -> Result<Exit, Failure> {
    let text = serde_json::to_string_pretty(&schema(flags)?)
        .map_err(|error| Failure::Message(format!("cannot print the schema: {error}")))?;
    if let Some(path) = &flags.output {
        return files::write(path, &text);
    }
    writeln!(anstream::stdout().lock(), "{text}")?;
    Ok(Exit::Done)
}

fn schema(flags: &Flags) -> Result<Schema, Failure> {
    match (flags.what, &flags.catalog) {
        (What::Document, None) => Ok(Schema::document()),
        (What::Document, Some(file)) => {
            let text = files::bytes(file)?;
            let read = Catalog::parse(&text).and_then(|catalog| Ok((catalog, Listing::parse(&text)?)));
            let (catalog, listing) = read.map_err(|invalid| Failure::InvalidFile(file.clone(), invalid))?;
            Ok(Schema::document_of(&catalog, &listing))
        }
        (What::Catalog, None) => Ok(Schema::catalog()),
        (What::Catalog, Some(_)) => {
            let message =
                "every catalog has the same schema: leave `--catalog` out, or ask for that of documents";
            Err(Failure::Message(message.to_owned()))
        }
    }
}
