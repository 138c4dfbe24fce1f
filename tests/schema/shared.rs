//! The schema of documents, and the files of this repository.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use jsonschema::Validator;
use scopewise::Schema;

use crate::spoil::validator;

pub(crate) static DOCUMENT: LazyLock<Validator> = LazyLock::new(|| validator(&Schema::document()));

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}
