//! The form of a catalog, as data. `docs/catalogs.md` says what it means.

use super::notes::Means;
use super::words::{PATH, SCOPE as SCOPE_NAME, WORD};
use super::{Field, Object, SCHEMA, Shape, TEXTS, needed, object, optional};
use crate::entity::EntityType;
use crate::scope::Scope;

/// How many of each a catalog may have: what is past these is told and not looked at. Of types and of the scopes of one
/// there may be as many as there are numbers for.
pub(crate) const SETS: usize = 1_000;
pub(crate) const ROLES: usize = 256;
pub(crate) const SETTINGS: usize = 256;
pub(crate) const LEVEL_NAMES: usize = 64;

/// A catalog, in a document or by itself.
pub(crate) const CATALOG: Object = object(&[
    SCHEMA,
    needed("name", Shape::Text).says("What documents call the catalog"),
    optional("description", Shape::Prose).says("For people"),
    needed("entityTypes", Shape::List(&Shape::Object(&ENTITY_TYPE)))
        .says("What there is, at most 32 kinds of it; one is the organization itself")
        .at_most(EntityType::LIMIT),
    optional("permissionSets", Shape::List(&Shape::Object(&PERMISSION_SET)))
        .says("The default permission sets, in any order")
        .at_most(SETS),
    needed("roles", Shape::List(&Shape::Object(&ROLE))).says("The built-in roles").at_most(ROLES),
    needed("defaultRole", Shape::Text)
        .says("The id of the built-in role of members for whom nothing names another"),
    optional("settings", Shape::List(&Shape::Object(&SETTING)))
        .says("Settings that are on or off")
        .at_most(SETTINGS),
    optional("levels", Shape::List(&Shape::Object(&LEVELS)))
        .says("Names for sets, for direct grants and for what everyone has")
        .at_most(EntityType::LIMIT),
    optional("creator", Shape::Object(&CREATOR)).says("What whoever created an entity holds on it"),
    optional("tokenExceptions", Shape::List(&Shape::Object(&SCOPE_OF_TYPE)))
        .says("Scopes that no organization token has, whatever its role"),
]);

const ENTITY_TYPE: Object = object(&[
    needed("name", Shape::Text).means(Means::Form(WORD), "The word before the colon of an entity"),
    needed("path", Shape::Text).means(
        Means::Form(PATH),
        "The names of the parts behind the colon, with / between them; organization is one of them",
    ),
    optional("description", Shape::Prose).says("For people"),
    optional("scopes", Shape::List(&Shape::Object(&SCOPE)))
        .says("What may be done with entities of this type, at most 256 scopes")
        .at_most(Scope::LIMIT),
]);

const SCOPE: Object = object(&[
    needed("name", Shape::Text).means(Means::Form(SCOPE_NAME), "object:action"),
    optional("group", Shape::Text).says("A heading for lists; the word before the colon by default"),
    optional("description", Shape::Prose).says("What it allows, in a line"),
]);

const TYPE: Field =
    needed("entityType", Shape::Text).means(Means::Form(WORD), "An entity type of this catalog");

const PERMISSION_SET: Object = object(&[
    needed("id", Shape::Text).says("By which documents name it"),
    optional("name", Shape::Text).says("By which people name it, and documents may; the id by default"),
    optional("description", Shape::Prose).says("For people"),
    TYPE,
    optional("includes", TEXTS).says("The ids of sets of the same type that it has in it"),
    optional("scopes", TEXTS).means(Means::Form(SCOPE_NAME), "What it adds to those"),
]);

const ROLE: Object = object(&[
    needed("id", Shape::Text).says("By which documents name it"),
    optional("name", Shape::Text).says("What people call it; the id by default"),
    optional("description", Shape::Prose).says("For people"),
    optional("everything", Shape::Bool).says("Whether it has every scope on every entity"),
    optional("scopes", TEXTS).means(Means::Form(SCOPE_NAME), "Scopes of the organization that it has"),
    optional("permissionSets", TEXTS)
        .says("The ids of sets that it has on every entity of their type")
        .at_most(SETS),
]);

/// The kind of setting that refuses a scope while it is off; the other kind gives it while it is on.
pub(crate) const CONDITION: &str = "condition";

const SETTING: Object = object(&[
    needed("name", Shape::Text).says("What documents call it"),
    optional("description", Shape::Prose).says("For people"),
    optional("kind", Shape::OneOf(&["grant", CONDITION]))
        .says("A grant gives the scope where it is on; a condition refuses it where it is off"),
    TYPE,
    GOVERNED,
    REACHED,
    EXCEPT_ROLES,
]);

const LEVELS: Object = object(&[
    TYPE,
    needed("levels", Shape::Map(&Shape::Text))
        .says("The names of the levels, each with the id of its set; none is always there as well")
        .at_most(LEVEL_NAMES),
    optional("setting", Shape::Text)
        .says("What documents call the level that everyone has; without it there is none"),
    optional("description", Shape::Prose).says("For people"),
    REACHED,
    EXCEPT_ROLES,
]);

const GOVERNED: Field =
    needed("scope", Shape::Text).means(Means::Form(SCOPE_NAME), "A scope of that entity type");

const REACHED: Field = optional("roles", TEXTS).says("It concerns members with these built-in roles alone");

const EXCEPT_ROLES: Field = optional("exceptRoles", TEXTS)
    .beside_no("roles")
    .says("It concerns all members but those with these built-in roles");

const CREATOR: Object = object(&[
    optional("permissionSets", TEXTS).says("The ids of sets, one for each type of what is created"),
    optional("machines", Shape::Bool).says("Whether tokens and service principals count as creators too"),
]);

const SCOPE_OF_TYPE: Object = object(&[TYPE, GOVERNED]);
