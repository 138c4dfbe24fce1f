//! The form of a catalog, as data. `docs/catalogs.md` says what it means.

use super::{Field, Object, SCHEMA, Shape, TEXTS, needed, object, optional};

/// A catalog, in a document or by itself.
pub(crate) const CATALOG: Object = object(&[
    SCHEMA,
    needed("name", Shape::Text),
    optional("description", Shape::Prose),
    needed("entityTypes", Shape::List(&Shape::Object(&ENTITY_TYPE))),
    optional("permissionSets", Shape::List(&Shape::Object(&PERMISSION_SET))),
    needed("roles", Shape::List(&Shape::Object(&ROLE))),
    needed("defaultRole", Shape::Text),
    optional("settings", Shape::List(&Shape::Object(&SETTING))),
    optional("levels", Shape::List(&Shape::Object(&LEVELS))),
    optional("creator", Shape::Object(&CREATOR)),
    optional("tokenExceptions", Shape::List(&Shape::Object(&SCOPE_OF_TYPE))),
]);

const ENTITY_TYPE: Object = object(&[
    needed("name", Shape::Text),
    needed("path", Shape::Text),
    optional("description", Shape::Prose),
    optional("scopes", Shape::List(&Shape::Object(&SCOPE))),
]);

const SCOPE: Object = object(&[
    needed("name", Shape::Text),
    optional("group", Shape::Text),
    optional("description", Shape::Prose),
]);

const PERMISSION_SET: Object = object(&[
    needed("id", Shape::Text),
    optional("name", Shape::Text),
    optional("description", Shape::Prose),
    needed("entityType", Shape::Text),
    optional("includes", TEXTS),
    optional("scopes", TEXTS),
]);

const ROLE: Object = object(&[
    needed("id", Shape::Text),
    optional("name", Shape::Text),
    optional("description", Shape::Prose),
    optional("everything", Shape::Bool),
    optional("scopes", TEXTS),
    optional("permissionSets", TEXTS),
]);

/// The kind of setting that refuses a scope while it is off; the other kind gives it while it is on.
pub(crate) const CONDITION: &str = "condition";

const SETTING: Object = object(&[
    needed("name", Shape::Text),
    optional("description", Shape::Prose),
    optional("kind", Shape::OneOf(&["grant", CONDITION])),
    needed("entityType", Shape::Text),
    needed("scope", Shape::Text),
    optional("roles", TEXTS),
    EXCEPT_ROLES,
]);

const LEVELS: Object = object(&[
    needed("entityType", Shape::Text),
    needed("levels", Shape::Map(&Shape::Text)),
    optional("setting", Shape::Text),
    optional("description", Shape::Prose),
    optional("roles", TEXTS),
    EXCEPT_ROLES,
]);

const EXCEPT_ROLES: Field = optional("exceptRoles", TEXTS).beside_no("roles");

const CREATOR: Object = object(&[optional("permissionSets", TEXTS), optional("machines", Shape::Bool)]);

const SCOPE_OF_TYPE: Object = object(&[needed("entityType", Shape::Text), needed("scope", Shape::Text)]);
