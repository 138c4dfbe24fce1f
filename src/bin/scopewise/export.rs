//! `export`: a role in the form in which the API keeps it.

use crate::args::{self, Form};
use crate::table::visible_json;
use crate::{Exit, Failure, ask, files};

pub(crate) fn export(flags: &args::Export) -> Result<Exit, Failure> {
    let document = files::bytes(&flags.document.path)?;
    let text = match (flags.form, flags.document.catalog.open()?) {
        (Form::Tree, None) => scopewise::export_role(document, &flags.role)?,
        (Form::Tree, Some(catalog)) => scopewise::export_role_with(&catalog, document, &flags.role)?,
    };
    match &flags.output {
        Some(path) => files::write(path, &text),
        None => ask::print(&visible_json(&text), Exit::Done),
    }
}
