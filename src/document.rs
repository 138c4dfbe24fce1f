//! The form of documents and requests, as data: which fields each object has, and of what kind.
//!
//! [`check`] notes every fault of form at once, each with its path: unknown fields, missing ones, values of a
//! wrong kind, empty texts. What names must exist and which values fit is `validate.rs`'s matter. Both read the
//! same values, and neither stops at what the other found.

pub(crate) mod tree;

use crate::json::{Kind, Value, excerpt};
use crate::problem::{Code, Path, Problems};

/// What a value must be.
pub(crate) enum Shape {
    /// A text that is not empty.
    Text,
    /// A text that is not empty, or `null`.
    Nullable,
    /// A text that may be empty.
    Prose,
    Bool,
    /// Judged where its meaning is known.
    Any,
    List(&'static Shape),
    /// An object whose keys are names and not fields.
    Map(&'static Shape),
    Object(&'static Object),
    /// Where a rule holds: `"all"`, a list of entities, an object with `tags`.
    On,
    /// A role tree of the API.
    Tree,
}

/// The fields of an object.
pub(crate) struct Object {
    fields: &'static [Field],
    /// Exactly one of these must be there.
    one_of: &'static [&'static str],
    /// At most so many bytes as compact JSON.
    limit: Option<usize>,
}

/// A field of an object.
pub(crate) struct Field {
    name: &'static str,
    shape: Shape,
    needed: bool,
}

const fn needed(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, needed: true }
}

const fn optional(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, needed: false }
}

const fn object(fields: &'static [Field]) -> Object {
    Object { fields, one_of: &[], limit: None }
}

/// An organization document.
pub(crate) const DOCUMENT: Shape = Shape::Object(&object(&[
    needed("revision", Shape::Text),
    needed("organization", Shape::Text),
    optional("edition", Shape::Text),
    optional("settings", Shape::Map(&Shape::Any)),
    optional("permissionSets", Shape::List(&Shape::Object(&PERMISSION_SET))),
    optional("roles", Shape::List(&Shape::Object(&ROLE))),
    optional("teams", Shape::List(&Shape::Object(&TEAM))),
    optional("members", Shape::List(&Shape::Object(&MEMBER))),
    optional("collaborators", Shape::List(&Shape::Object(&COLLABORATOR))),
    optional("servicePrincipals", Shape::List(&Shape::Object(&SERVICE_PRINCIPAL))),
    optional("tokens", Shape::List(&Shape::Object(&TOKEN))),
    optional("entities", Shape::List(&Shape::Object(&ENTITY))),
]));

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
const GRANTS: Shape = Shape::List(&Shape::Object(&GRANT));

const PERMISSION_SET: Object = object(&[
    needed("id", Shape::Text),
    needed("name", Shape::Text),
    optional("description", Shape::Prose),
    needed("entityType", Shape::Text),
    needed("scopes", TEXTS),
]);

/// How many bytes a role may have as compact JSON: the service refuses a larger definition (RO-17).
pub(crate) const ROLE_LIMIT: usize = 1_000_000;

const ROLE: Object = Object {
    limit: Some(ROLE_LIMIT),
    ..object(&[
        needed("id", Shape::Text),
        needed("name", Shape::Text),
        optional("description", Shape::Prose),
        optional("uxPurpose", Shape::Text),
        optional("rules", Shape::List(&Shape::Object(&RULE))),
        optional("organizationAccess", TEXTS),
        optional("details", Shape::Tree),
    ])
};

const RULE: Object = object(&[needed("permissionSet", Shape::Text), needed("on", Shape::On)]);

const TAGGED: Object = object(&[needed("tags", Shape::List(&Shape::Object(&TAG_TEST)))]);

const TAG_TEST: Object = Object {
    one_of: &["equals", "notEquals", "exists"],
    ..object(&[
        needed("key", Shape::Text),
        optional("equals", Shape::Text),
        optional("notEquals", Shape::Text),
        optional("exists", Shape::Bool),
    ])
};

const GRANT: Object = Object {
    one_of: &["level", "permissionSet"],
    ..object(&[
        needed("entity", Shape::Text),
        optional("level", Shape::Any),
        optional("permissionSet", Shape::Text),
    ])
};

const TEAM: Object = object(&[
    needed("name", Shape::Text),
    optional("roles", TEXTS),
    optional("members", Shape::List(&Shape::Object(&TEAM_MEMBER))),
    optional("grants", GRANTS),
]);

const TEAM_MEMBER: Object = object(&[needed("user", Shape::Text), optional("role", Shape::Text)]);

const MEMBER: Object =
    object(&[needed("user", Shape::Text), optional("role", Shape::Text), optional("grants", GRANTS)]);

const COLLABORATOR: Object = object(&[needed("user", Shape::Text), optional("grants", GRANTS)]);

const SERVICE_PRINCIPAL: Object =
    object(&[needed("name", Shape::Text), optional("roles", TEXTS), optional("grants", GRANTS)]);

const TOKEN: Object = object(&[
    needed("name", Shape::Text),
    needed("kind", Shape::Text),
    optional("user", Shape::Text),
    optional("team", Shape::Text),
    optional("role", Shape::Nullable),
    optional("expiresAt", Shape::Nullable),
]);

const ENTITY: Object = object(&[
    needed("entity", Shape::Text),
    optional("id", Shape::Text),
    optional("tags", Shape::Map(&Shape::Text)),
    optional("creator", Shape::Text),
    optional("stackReferences", TEXTS),
    optional("environments", TEXTS),
    optional("imports", TEXTS),
    optional("deployment", Shape::Object(&DEPLOYMENT)),
]);

const DEPLOYMENT: Object = object(&[
    optional("role", Shape::Nullable),
    optional("accessToken", Shape::Nullable),
    optional("runAs", Shape::Nullable),
]);

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
        (Shape::Text | Shape::Nullable, Kind::Text) => not_empty(value.as_text(), at, problems),
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
        (Shape::Object(object), Kind::Object) => check_object(value, object, at, problems),
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
    for field in object.fields.iter().filter(|field| field.needed) {
        need(value, field.name, at, problems);
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

fn not_empty(text: Option<&str>, at: &Path<'_>, problems: &mut Problems) {
    if text == Some("") {
        problems.add(Code::Empty, at, "the text must not be empty");
    }
}

fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text | Shape::Prose => "a text",
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
