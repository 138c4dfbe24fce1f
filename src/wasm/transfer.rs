//! The part that reads what the API answers, and writes what it takes.

use wasm_bindgen::prelude::*;

use crate::export::{self, ExportError};
use crate::import;
use crate::wasm::text::to_js;
use crate::wasm::{problems, read_catalog};

/// A role of a document as the tree of the API. Throws the problems of the document, or a sentence.
#[wasm_bindgen]
pub fn transfer_export_role(
    document: &[u8],
    role: &str,
    catalog: Option<Box<[u8]>>,
) -> Result<String, JsValue> {
    let catalog = catalog.map(|catalog| read_catalog(&catalog)).transpose()?;
    let exported = match &catalog {
        Some(catalog) => export::export_role_with(catalog, document, role),
        None => export::export_role(document, role),
    };
    exported.map_err(|error| match error {
        ExportError::Invalid(invalid) => problems(&invalid),
        other => JsValue::from_str(&other.to_string()),
    })
}

/// A document out of answers of the API. Throws the problems of the answers.
#[wasm_bindgen]
pub fn transfer_import_organization(
    answers: &[u8],
    revision: Option<String>,
    organization: Option<String>,
) -> Result<JsValue, JsValue> {
    let options = import::Options { revision, organization };
    to_js(&import::import(answers, &options).map_err(|invalid| problems(&invalid))?)
}
