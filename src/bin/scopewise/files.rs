//! Reading documents.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use scopewise::Organization;
use serde::de::DeserializeOwned;
use serde_saphyr::UserMessageFormatter;

use crate::{Exit, Failure};

/// A little more than the engine reads, so that it is the engine that says what is too large.
const LIMIT: u64 = 256_000_001;

/// Opens a document and compiles it.
pub(crate) fn organization(document: &Path) -> Result<Organization, Failure> {
    Organization::parse(bytes(document)?).map_err(Failure::Invalid)
}

/// Prints the problems of a document on standard output.
pub(crate) fn validate(document: &Path) -> Result<Exit, Failure> {
    match organization(document) {
        Ok(_) => Ok(Exit::Done),
        Err(Failure::Invalid(invalid)) => {
            // Whoever closed the output gets the exit code all the same.
            let _written = writeln!(io::stdout().lock(), "{invalid}");
            Ok(Exit::Invalid)
        }
        Err(failure) => Err(failure),
    }
}

/// Opens a file, or standard input for `-`.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).map_err(|error| failed(path, &error))?;
    Ok(Box::new(file))
}

/// A document and what is read beside it come from two places.
pub(crate) fn not_both_standard_input(document: &Path, other: &Path, what: &str) -> Result<(), Failure> {
    if document.as_os_str() != "-" || other.as_os_str() != "-" {
        return Ok(());
    }
    let message = format!("the document and the {what} cannot both be standard input: name a file for one");
    Err(Failure::Message(message))
}

pub(crate) fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::Message(format!("cannot read `{}`: {error}", path.display()))
}

pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    open(path)?.take(LIMIT).read_to_end(&mut bytes).map_err(|error| failed(path, &error))?;
    Ok(bytes)
}

/// Writes an answer to a file, with a line end.
pub(crate) fn write(path: &Path, answer: &str) -> Result<Exit, Failure> {
    fs::write(path, format!("{answer}\n"))
        .map_err(|error| Failure::Message(format!("cannot write `{}`: {error}", path.display())))?;
    Ok(Exit::Done)
}

/// Reads what a file holds as YAML.
pub(crate) fn yaml<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, Failure> {
    serde_saphyr::from_slice(bytes).map_err(|error| {
        // Without the lines around it: they may hold what nobody should read in a log.
        let error = error.without_snippet().render_with_formatter(&UserMessageFormatter);
        Failure::Message(format!("cannot read `{}`: {error}", path.display()))
    })
}
