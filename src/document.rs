//! The form of documents and requests, as data: which fields each object has, and of what kind.
//!
//! [`check`] notes every fault of form at once, each with its path: unknown fields, missing ones, values of a
//! wrong kind, empty texts. What names must exist and which values fit is `validate.rs`'s matter. Both read the
//! same values, and neither stops at what the other found.

mod catalog;
pub(crate) mod notes;
mod organization;
pub(crate) mod tree;
pub(crate) mod words;

use crate::json::{Kind, Value, excerpt, listed};
use crate::problem::{Code, Path, Problems};

pub(crate) use catalog::{CATALOG, CONDITION, LEVEL_NAMES, ROLES, SETS, SETTINGS};
#[cfg(not(target_arch = "wasm32"))]
use notes::Notes;
pub(crate) use organization::{DOCUMENT, ROLE_LIMIT, TAGGED};

/// What a value must be.
pub(crate) enum Shape {
    /// A text that is not empty.
    Text,
    /// A text that is not empty, or `null`.
    Nullable,
    /// A text that may be empty.
    Prose,
    /// A word out of a closed list.
    OneOf(&'static [&'static str]),
    Bool,
    /// Judged where its meaning is known.
    Any,
    List(&'static Shape),
    /// An object whose keys are names and not fields.
    Map(&'static Shape),
    Object(&'static Object),
    /// The name of something, or the thing itself.
    NameOr(&'static Object),
    /// Where a rule holds: `"all"`, a list of entities, an object with `tags`.
    On,
    /// A role tree of the API.
    Tree,
}

/// The fields of an object.
pub(crate) struct Object {
    pub(crate) fields: &'static [Field],
    /// Exactly one of these must be there.
    pub(crate) one_of: &'static [&'static str],
    /// At most so many bytes as compact JSON.
    limit: Option<usize>,
}

/// A field of an object.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) needed: bool,
    /// The field that excludes this one, and that does where this one is needed.
    pub(crate) beside_no: Option<&'static str>,
    /// What people are told of it: no page needs that, and none loads it.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) notes: Notes,
}

impl Field {
    const fn beside_no(self, other: &'static str) -> Self {
        Self { beside_no: Some(other), ..self }
    }
}

const fn needed(name: &'static str, shape: Shape) -> Field {
    Field { needed: true, ..optional(name, shape) }
}

const fn optional(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        shape,
        needed: false,
        beside_no: None,
        #[cfg(not(target_arch = "wasm32"))]
        notes: Notes::NONE,
    }
}

/// What editors read, and nobody else.
const SCHEMA: Field = optional("$schema", Shape::Prose)
    .says("Where editors find the JSON Schema of this file; the engine passes over it");

const fn object(fields: &'static [Field]) -> Object {
    Object { fields, one_of: &[], limit: None }
}

/// A request; each of its fields may be absent, for it is also what is known beside a document.
pub(crate) const REQUEST: Shape = Shape::Object(&object(&[
    optional("principal", Shape::Text),
    optional("scope", Shape::Text),
    optional("entity", Shape::Text),
    optional("tags", Shape::Map(&Shape::Prose)),
    optional("at", Shape::Text),
    optional("trigger", Shape::Any),
]));

/// The question what a deployment will be allowed.
pub(crate) const PREFLIGHT: Shape = Shape::Object(&object(&[
    needed("stack", Shape::Text),
    needed("trigger", Shape::Any),
    optional("stackReferences", TEXTS),
    optional("environments", TEXTS),
    optional("at", Shape::Text),
]));

/// Which of many a question goes through.
pub(crate) const FILTER: Shape = Shape::Object(&object(&[
    optional("kinds", TEXTS),
    optional("name", Shape::Text),
    optional("denied", Shape::Bool),
]));

/// The question which role gives what is needed.
pub(crate) const NEEDS: Shape = Shape::Object(&object(&[
    needed("needs", Shape::List(&Shape::Object(&NEED))),
    optional("name", Shape::Text),
]));

const NEED: Object = object(&[needed("scope", Shape::Text), needed("entity", Shape::Text)]);

/// A file of expectations.
pub(crate) const EXPECTATIONS: Shape = Shape::Object(&object(&[
    optional("document", Shape::Text),
    optional("at", Shape::Text),
    needed("tests", Shape::List(&Shape::Object(&TEST))),
]));

/// One of its tests. What may be a text or a list of them is judged where it is read.
const TEST: Object = object(&[
    optional("name", Shape::Text),
    needed("who", Shape::Any),
    optional("except", Shape::Any),
    optional("may", Shape::Any),
    optional("mayNot", Shape::Any),
    optional("unknown", Shape::Any),
    needed("on", Shape::Any),
    optional("reason", Shape::Text),
    optional("tags", Shape::Map(&Shape::Prose)),
    optional("at", Shape::Text),
    optional("trigger", Shape::Text),
]);

/// A table of routes.
pub(crate) const ROUTES: Shape = Shape::Object(&object(&[
    optional("unmapped", Shape::Text),
    optional("reads", Shape::Map(&Shape::Text)),
    needed("routes", Shape::List(&Shape::Object(&ROUTE))),
]));

/// A request that a server has answered.
pub(crate) const RECORD: Shape = Shape::Object(&object(&[
    needed("principal", Shape::Text),
    needed("method", Shape::Text),
    needed("path", Shape::Text),
    needed("status", Shape::Any),
    optional("tags", Shape::Map(&Shape::Prose)),
    optional("at", Shape::Text),
    optional("trigger", Shape::Any),
]));

pub(crate) const TEXTS: Shape = Shape::List(&Shape::Text);

const ROUTE: Object = object(&[
    needed("method", Shape::Text),
    needed("path", Shape::Text),
    optional("name", Shape::Text),
    needed("needs", Shape::Text),
    optional("scope", Shape::Text),
    optional("entity", Shape::Text),
    optional("also", Shape::List(&Shape::Object(&NEED))),
    optional("entityType", Shape::Text),
    optional("opaque", TEXTS),
    optional("confidence", Shape::Text),
    optional("note", Shape::Text),
]);

/// What started a deployment: read where a deployment asks, and nowhere else.
pub(crate) const TRIGGER: Shape =
    Shape::Object(&object(&[needed("kind", Shape::Text), optional("by", Shape::Text)]));

/// Notes every fault of form. Shapes are of a fixed depth and trees of a bounded one, so recursion is.
pub(crate) fn check(value: Value<'_>, shape: &Shape, at: &Path<'_>, problems: &mut Problems) {
    match (shape, value.kind()) {
        (Shape::Text | Shape::Nullable | Shape::NameOr(_), Kind::Text) => {
            not_empty(value.as_text(), at, problems);
        }
        (Shape::Prose, Kind::Text)
        | (Shape::Bool, Kind::Bool)
        | (Shape::Nullable, Kind::Null)
        | (Shape::Any, _) => {}
        (Shape::List(shape), Kind::Array) => {
            for (index, item) in value.items().enumerate() {
                check(item, shape, &at.index(index), problems);
            }
        }
        (Shape::Map(shape), Kind::Object) => {
            for (key, value) in value.members() {
                let at = at.key(key);
                not_empty(Some(key), &at, problems);
                check(value, shape, &at, problems);
            }
        }
        (Shape::Object(object) | Shape::NameOr(object), Kind::Object) => {
            check_object(value, object, at, problems);
        }
        (Shape::OneOf(words), Kind::Text) => one_of(value.as_text().unwrap_or(""), words, at, problems),
        (Shape::On, Kind::Text) if value.as_text() == Some("all") => {}
        (Shape::On, Kind::Array) => check(value, &TEXTS, at, problems),
        (Shape::On, Kind::Object) => check_object(value, &TAGGED, at, problems),
        (Shape::On, Kind::Text) => {
            let text = excerpt(value.as_text().unwrap_or(""));
            problems.add(Code::UnknownValue, at, format!("`{text}` is not {}", wanted(shape)));
        }
        (Shape::Tree, _) => tree::check(value, tree::Part::Descriptor, 1, at, problems),
        (_, kind) => problems.add(Code::WrongType, at, wrong_type(wanted(shape), kind)),
    }
}

fn check_object(value: Value<'_>, object: &Object, at: &Path<'_>, problems: &mut Problems) {
    for (key, value) in value.members() {
        let at = at.key(key);
        match object.fields.iter().find(|field| field.name == key) {
            Some(field) => check(value, &field.shape, &at, problems),
            None => unknown_field(&at, key, "", problems),
        }
    }
    for field in object.fields {
        match field.beside_no.filter(|other| value.get(other).is_some()) {
            None if field.needed => need(value, field.name, at, problems),
            Some(other) if value.get(field.name).is_some() => {
                let message = format!("`{}` and `{other}` exclude each other: keep one", field.name);
                problems.add(Code::ConflictingFields, &at.key(field.name), message);
            }
            _ => {}
        }
    }
    let given = object.one_of.iter().filter(|name| value.get(name).is_some()).count();
    if given != 1 && !object.one_of.is_empty() {
        let names = object.one_of.join("`, `");
        problems.add(Code::ConflictingFields, at, format!("exactly one of `{names}` must be given"));
    }
    let size = value.compact();
    if let Some(limit) = object.limit.filter(|limit| size > *limit) {
        let message = format!("the role has {size} bytes as compact json: at most {limit} are allowed");
        problems.add(Code::RoleTooLarge, at, message);
    }
}

/// Notes a field that must be there and is not.
fn need(value: Value<'_>, name: &str, at: &Path<'_>, problems: &mut Problems) {
    if value.get(name).is_none() {
        problems.add(Code::MissingField, &at.key(name), format!("the field `{name}` is missing: add it"));
    }
}

fn unknown_field(at: &Path<'_>, name: &str, more: &str, problems: &mut Problems) {
    let name = excerpt(name);
    problems.add(Code::UnknownField, at, format!("no field `{name}` is known here{more}: remove it"));
}

fn one_of(text: &str, words: &[&str], at: &Path<'_>, problems: &mut Problems) {
    if !words.contains(&text) {
        let (text, words) = (excerpt(text), listed(words.iter().copied()));
        problems.add(Code::UnknownValue, at, format!("`{text}` is not known here: use one of {words}"));
    }
}

fn not_empty(text: Option<&str>, at: &Path<'_>, problems: &mut Problems) {
    if text == Some("") {
        problems.add(Code::Empty, at, "the text must not be empty");
    }
}

fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text | Shape::Prose | Shape::OneOf(_) => "a text",
        Shape::NameOr(_) => "a name or an object",
        Shape::Nullable => "a text or null",
        Shape::Bool => "true or false",
        Shape::List(_) => "a list",
        Shape::Map(_) | Shape::Object(_) | Shape::Tree => "an object",
        Shape::On => "`\"all\"`, a list of entities, or an object with `tags`",
        Shape::Any => "a value",
    }
}

/// The sentence about a value of a wrong kind.
pub(crate) fn wrong_type(wanted: &str, found: Kind) -> String {
    format!("{wanted} is wanted here, not {}", found.in_words())
}
