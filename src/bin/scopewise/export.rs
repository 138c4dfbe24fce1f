//! `export`: a role in the form in which the API keeps it.

use crate::args::{self, Form};
use crate::{Exit, Failure, ask, files};

pub(crate) fn export(flags: &args::Export) -> Result<Exit, Failure> {
    let document = files::bytes(&flags.document)?;
    let text = match flags.form {
        Form::Tree => scopewise::export_role(document, &flags.role)?,
    };
    match &flags.output {
        Some(path) => files::write(path, &text),
        None => ask::print(&text, Exit::Done),
    }
}
