//! The API's own answers → an organization document, and a list of what has no place in one.
//!
//! What an answer consists of is a table (`import/fields.rs`), and so is which requests' answers are read
//! (`import/answers.rs`). The answers are gone through in an order of their own, those on roles first, so that what
//! one of them names is known when it is met; the order in which they stand means nothing. What they say is gathered
//! under the names of the document, written, and read once more as any other document is.
//!
//! Whatever cannot be said in a document is listed. Where that is a grant or a role, less is granted and not more.

mod answers;
mod draft;
mod entities;
mod fields;
mod lefts;
mod pages;
mod people;
mod records;
mod roles;
mod settings;
mod stacks;
mod table;
mod teams;
mod tokens;
mod tree;
mod write;

use std::fmt;

use serde::Serialize;

use crate::catalog;
use crate::document::wrong_type;
use crate::json::{self, Json, Kind, Value, excerpt};
use crate::names::{Names, sorted};
use crate::organization::{Organization, unknown_revision};
use crate::problem::{Code, Invalid, Path, Problem};

use answers::Reply;
pub use answers::{ANSWERS, Answer};
use draft::Draft;
pub use fields::{Fields, Form};
use lefts::Lefts;
use table::in_order;

/// Makes an organization document of the API's answers: one JSON object whose keys are the paths of the requests and
/// whose values are the answers to them. [`ANSWERS`] lists the paths that are read.
///
/// A query may stand behind a path and selects nothing: pages of a list are put together. What has no place in a
/// document, and every field that is not known, is listed with its path in the answers.
///
/// ```
/// use scopewise::import::Options;
///
/// let answers = r#"{ "/api/orgs/acme/members": { "members": [
///     { "user": { "githubLogin": "bob" }, "role": "admin", "shoeSize": 43 } ] } }"#;
/// let imported = scopewise::import(answers, &Options::default())?;
/// assert!(imported.document.contains(r#""user": "bob""#));
/// assert_eq!(imported.left[0].path, r#"["/api/orgs/acme/members"].members[0].shoeSize"#);
/// # Ok::<(), scopewise::Invalid>(())
/// ```
///
/// # Errors
///
/// A text that is no JSON object, with line and column; answers of no organization, or of several of which none is
/// chosen; a revision that is not known.
pub fn import(answers: impl AsRef<[u8]>, options: &Options) -> Result<Imported, Invalid> {
    Answers::parse(answers.as_ref())?.import(options)
}

/// What the answers leave open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The revision of the document; the newest if there is none.
    pub revision: Option<String>,
    /// The organization, where the answers are of several.
    pub organization: Option<String>,
}

/// What became of the answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Imported {
    /// An organization document that is valid.
    pub document: String,
    /// What has no place in it, in the order of its places.
    pub left: Vec<Left>,
}

/// Something in the answers that has no place in a document, or not the place that it should have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Left {
    /// Where it was found: `["/api/orgs/acme/teams"].teams[0].stacks[2]`.
    pub path: String,
    /// What it is and what became of it, in one sentence for people.
    pub message: String,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Answers of the API, each with the path of its request.
#[derive(Debug, Default)]
pub struct Answers<'a> {
    /// Without a path, a text is an object of paths and answers.
    texts: Vec<(Option<&'a str>, Json<'a>)>,
}

impl<'a> Answers<'a> {
    /// No answers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one JSON object of paths and answers.
    ///
    /// # Errors
    ///
    /// The first fault of a text that is no JSON; a text that is no object.
    pub fn parse(text: &'a [u8]) -> Result<Self, Invalid> {
        let json = read(text)?;
        let kind = json.root().kind();
        if kind == Kind::Object {
            return Ok(Self { texts: vec![(None, json)] });
        }
        let message = wrong_type("an object of request paths and answers", kind);
        Err(invalid(Code::WrongType, &Path::Root, message))
    }

    /// Reads the answer to one more request.
    ///
    /// # Errors
    ///
    /// The first fault of a text that is no JSON.
    pub fn add(&mut self, path: &'a str, text: &'a [u8]) -> Result<(), Invalid> {
        self.texts.push((Some(path), read(text)?));
        Ok(())
    }

    /// Makes a document of them, as [`import`] does.
    ///
    /// # Errors
    ///
    /// Answers of no organization, or of several of which none is chosen; a revision that is not known.
    pub fn import(&self, options: &Options) -> Result<Imported, Invalid> {
        let newest = catalog::NAMES.last().copied().unwrap_or_default();
        let revision = options.revision.as_deref().unwrap_or(newest);
        let Some(catalog) = catalog::revision(revision) else {
            let message = unknown_revision(revision, &catalog::NAMES);
            return Err(invalid(Code::UnknownRevision, &Path::Root.key("revision"), message));
        };
        let (replies, others) = self.replies();
        let organization = match &options.organization {
            Some(organization) => organization.clone(),
            None => the_organization(&replies)?,
        };
        let size = self.texts.iter().map(|(_, json)| json.size()).sum();
        let seed = self.texts.iter().fold(0, |seed: u64, (_, json)| seed.rotate_left(1) ^ json.seed());
        let mut draft = Draft::new(&catalog, &organization, seed, Lefts::within(size));
        for path in others {
            let message = "no answers to requests of this path are read: nothing of it is in the document";
            draft.left(&Path::Root.key(path), message);
        }
        draft.read(&replies);
        let document = draft.document();
        match Organization::parse(&document) {
            Ok(_) => Ok(Imported { document, left: draft.lefts.finish() }),
            Err(invalid) => Err(not_valid(&invalid)),
        }
    }

    /// The answers that are read, in the order of their paths, and the paths of the others.
    fn replies(&self) -> (Vec<Reply<'_>>, Vec<&str>) {
        let mut all: Vec<(&str, Value<'_>)> = Vec::new();
        for (path, json) in &self.texts {
            match path {
                Some(path) => all.push((path, json.root())),
                None => all.extend(json.root().members()),
            }
        }
        let order = sorted(all.iter().enumerate().map(|(number, (path, _))| (*path, number)).collect());
        let (mut replies, mut others) = (Vec::new(), Vec::new());
        for (path, value) in order.iter().filter_map(|(_, number)| all.get(*number)) {
            match Reply::read(path, *value) {
                Some(reply) => replies.push(reply),
                None => others.push(*path),
            }
        }
        (replies, others)
    }
}

fn read(text: &[u8]) -> Result<Json<'_>, Invalid> {
    json::parse(text).map_err(|fault| Invalid::new(vec![fault.in_text(text)]))
}

fn invalid(code: Code, at: &Path<'_>, message: String) -> Invalid {
    Invalid::new(vec![Problem::new(code, at, message)])
}

/// A document that was made here and is refused is a fault of this crate, or too large.
fn not_valid(invalid: &Invalid) -> Invalid {
    let told = |problem: &Problem| {
        let message = format!("the document that was made of the answers is not valid: {}", problem.message);
        Problem { message, ..problem.clone() }
    };
    Invalid::new(invalid.problems().iter().map(told).collect())
}

/// The one organization that the answers are of.
fn the_organization(replies: &[Reply<'_>]) -> Result<String, Invalid> {
    let mut names = Names::default();
    for reply in replies {
        reply.organization().map(|name| names.intern(name));
    }
    let message = match &*in_order(&names) {
        [(name, _)] => return Ok((*name).to_owned()),
        [] => "no path of the answers names an organization: name it".to_owned(),
        several => {
            let several: Vec<_> = several.iter().take(10).map(|(name, _)| excerpt(name)).collect();
            format!("the answers are of several organizations: choose one of `{}`", several.join("`, `"))
        }
    };
    Err(invalid(Code::MissingField, &Path::Root.key("organization"), message))
}
