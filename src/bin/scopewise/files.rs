//! Reading documents.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use scopewise::Organization;
use scopewise::catalog::Catalog;
use serde::de::DeserializeOwned;
use serde_saphyr::UserMessageFormatter;

use crate::args::{Beside, Document, Validate};
use crate::{Exit, Failure};

/// A little more than the engine reads, so that it is the engine that says what is too large.
const LIMIT: u64 = 256_000_001;

/// Opens a document and compiles it.
pub(crate) fn organization(document: &Document) -> Result<Organization, Failure> {
    with_catalog(&document.catalog, &document.path)
}

/// Opens a document with the catalog that may be given along.
pub(crate) fn with_catalog(beside: &Beside, document: &Path) -> Result<Organization, Failure> {
    not_both_standard_input(document, beside.catalog.as_deref().unwrap_or(Path::new("")), "catalog")?;
    let read = match beside.open()? {
        Some(catalog) => Organization::parse_with(&catalog, bytes(document)?),
        None => Organization::parse(bytes(document)?),
    };
    read.map_err(Failure::Invalid)
}

impl Beside {
    /// The catalog that is given along, if one is.
    pub(crate) fn open(&self) -> Result<Option<Catalog>, Failure> {
        self.catalog.as_deref().map(catalog).transpose()
    }
}

/// Opens a catalog.
pub(crate) fn catalog(path: &Path) -> Result<Catalog, Failure> {
    Catalog::parse(bytes(path)?).map_err(|invalid| Failure::InvalidFile(path.to_owned(), invalid))
}

/// Prints the problems of a document, or of a catalog alone, on standard output.
pub(crate) fn validate(flags: &Validate) -> Result<Exit, Failure> {
    let Beside { catalog } = &flags.catalog;
    let read = match (&flags.document, catalog) {
        (None, Some(alone)) => Catalog::parse(bytes(alone)?).map(|_| ()).map_err(Failure::Invalid),
        (document, _) => {
            with_catalog(&flags.catalog, document.as_deref().unwrap_or(Path::new("-"))).map(|_| ())
        }
    };
    match read {
        Ok(()) => Ok(Exit::Done),
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

/// How bundles begin, signed ones and others: people take one for a document.
const BUNDLES: [&[u8]; 2] = [b"SCPS", b"SCPW"];

/// What a file holds whose text somebody reads. A bundle has none.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = bundle(path)?;
    if BUNDLES.iter().any(|start| bytes.starts_with(start)) {
        let message = format!("`{}` is a bundle: give the document that it was made of", path.display());
        return Err(Failure::Message(message));
    }
    Ok(bytes)
}

/// What a file holds, a bundle too.
pub(crate) fn bundle(path: &Path) -> Result<Vec<u8>, Failure> {
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
