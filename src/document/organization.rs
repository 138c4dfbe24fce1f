//! The fields of an organization document, each with what people are told of it.

use super::notes::Means;
use super::words::{ACCESS_TOKEN, CREATORS, LIFETIME_DAYS, MODES, PURPOSES, RUN_AS, TEAM_ROLES, TOKEN_KINDS};
use super::{CATALOG, Field, Object, SCHEMA, Shape, TEXTS, needed, object, optional};

/// An organization document.
pub(crate) const DOCUMENT: Shape = Shape::Object(&object(&[
    SCHEMA,
    needed("revision", Shape::Text)
        .beside_no("catalog")
        .means(Means::Revision, "Which documented state of the access model decides"),
    optional("catalog", Shape::NameOr(&CATALOG))
        .means(Means::Catalog, "In the place of revision: a catalog of one's own, or the name of one"),
    needed("organization", Shape::Text)
        .says("The name of the organization, with which the paths of all its entities begin"),
    optional("edition", Shape::Text)
        .means(Means::Edition, "The edition of the product, which says whether custom roles and sets exist"),
    optional("settings", Shape::Map(&Shape::Any))
        .means(Means::Settings(SETTINGS), "Settings of the whole organization"),
    optional("permissionSets", Shape::List(&Shape::Object(&PERMISSION_SET)))
        .says("Custom permission sets: named scopes of one entity type"),
    optional("roles", Shape::List(&Shape::Object(&ROLE)))
        .says("Custom roles, and records that roles are composed of"),
    optional("teams", Shape::List(&Shape::Object(&TEAM)))
        .says("Teams: what they give to their members, and who these are"),
    optional("members", Shape::List(&Shape::Object(&MEMBER))).says("Everyone in the organization"),
    optional("collaborators", Shape::List(&Shape::Object(&COLLABORATOR)))
        .says("Users from outside, who have their grants and nothing else"),
    optional("servicePrincipals", Shape::List(&Shape::Object(&SERVICE_PRINCIPAL))).known_by(
        "servicePrincipals",
        Means::Text,
        "Machines with roles and grants of their own",
    ),
    optional("tokens", Shape::List(&Shape::Object(&TOKEN))).says("Access tokens"),
    optional("entities", Shape::List(&Shape::Object(&ENTITY))).says(
        "What is known of entities: one that is not listed may be granted and asked about all the same",
    ),
]));

/// The settings that are mechanisms of the engine and no rows of the catalog.
const SETTINGS: &[Field] = &[
    optional("defaultRole", Shape::Text).means(Means::Role, "The role of members for whom nothing names one"),
    optional("defaultDeploymentRole", Shape::Nullable).known_by(
        "settings.defaultDeploymentRole",
        Means::Role,
        "The role of deployments whose stack names none",
    ),
    optional("permissionMode", Shape::Text).known_by(
        "settings.permissionMode",
        Means::OneOf(MODES),
        "Whether a deployment runs only as whom its stack names",
    ),
    optional("tokenMaxLifetimeDays", Shape::Nullable).means(
        Means::Number(LIFETIME_DAYS.0, LIFETIME_DAYS.1),
        "For how many days a token may be valid; one that may live longer, or for ever, is refused",
    ),
];

const GRANTS: Shape = Shape::List(&Shape::Object(&GRANT));

const PERMISSION_SET: Object = object(&[
    needed("id", Shape::Text).says("By which roles and grants name it"),
    needed("name", Shape::Text).says("What people call it"),
    optional("description", Shape::Prose).says("For people"),
    needed("entityType", Shape::Text).means(Means::EntityType, "The type of all its scopes"),
    needed("scopes", TEXTS).means(Means::Scope, "What it allows, at least one scope"),
]);

/// How many bytes a role may have as compact JSON: the service refuses a larger definition (RO-17).
pub(crate) const ROLE_LIMIT: usize = 1_000_000;

const ROLE: Object = Object {
    limit: Some(ROLE_LIMIT),
    ..object(&[
        needed("id", Shape::Text).says("By which members, teams and tokens name it"),
        needed("name", Shape::Text).says("What people call it"),
        optional("description", Shape::Prose).says("For people"),
        optional("uxPurpose", Shape::Text)
            .means(Means::OneOf(PURPOSES), "What the API calls its purpose: a policy or a set is no role"),
        optional("rules", Shape::List(&Shape::Object(&RULE)))
            .says("What it allows where; each rule adds to the others"),
        optional("organizationAccess", TEXTS)
            .means(Means::OrganizationSet, "Permission sets for the organization itself"),
        optional("details", Shape::Tree)
            .says("The tree of the API, in the place of rules and organizationAccess"),
    ])
};

const RULE: Object = object(&[
    needed("permissionSet", Shape::Text).means(Means::Set, "What the rule allows"),
    needed("on", Shape::On).means(
        Means::Entity,
        "Where: \"all\" entities of the set's type, a list of them, or those that have certain tags",
    ),
]);

pub(crate) const TAGGED: Object = object(&[needed("tags", Shape::List(&Shape::Object(&TAG_TEST)))
    .says("Tests that an entity must pass, all of them")]);

const TAG_TEST: Object = Object {
    one_of: &["equals", "notEquals", "exists"],
    ..object(&[
        needed("key", Shape::Text).says("The tag"),
        optional("equals", Shape::Text).says("The tag has this value"),
        optional("notEquals", Shape::Text).says("The tag has another value, or is not there"),
        optional("exists", Shape::Bool).says("The tag is there, whatever its value; or is not"),
    ])
};

const GRANT: Object = Object {
    one_of: &["level", "permissionSet"],
    ..object(&[
        needed("entity", Shape::Text).means(Means::Entity, "On what: TYPE:PATH"),
        optional("level", Shape::Any).means(Means::Level, "A level of the entity's type"),
        optional("permissionSet", Shape::Text).means(Means::Set, "A permission set of the entity's type"),
    ])
};

const GIVEN: &str = "What is given directly, entity by entity";

const TEAM: Object = object(&[
    needed("name", Shape::Text).says("By which tokens and requests name it"),
    optional("roles", TEXTS).means(Means::Role, "Roles that its members have beside their own"),
    optional("members", Shape::List(&Shape::Object(&TEAM_MEMBER))).says("Who is in it"),
    optional("grants", GRANTS).says(GIVEN),
]);

const TEAM_MEMBER: Object = object(&[
    needed("user", Shape::Text).says("The login of a member of the organization"),
    optional("role", Shape::Text)
        .means(Means::OneOf(TEAM_ROLES), "What the user is in the team: a member where nothing stands"),
]);

const MEMBER: Object = object(&[
    needed("user", Shape::Text).says("The login"),
    optional("role", Shape::Text)
        .means(Means::Role, "The role in the organization; where nothing stands the default role"),
    optional("grants", GRANTS).says(GIVEN),
]);

const COLLABORATOR: Object =
    object(&[needed("user", Shape::Text).says("The login"), optional("grants", GRANTS).says(GIVEN)]);

const SERVICE_PRINCIPAL: Object = object(&[
    needed("name", Shape::Text).says("By which requests and deployments name it"),
    optional("roles", TEXTS).means(Means::Role, "Its roles"),
    optional("grants", GRANTS).says(GIVEN),
]);

const TOKEN: Object = object(&[
    needed("name", Shape::Text).says("By which requests and deployments name it"),
    needed("kind", Shape::Text).means(Means::OneOf(TOKEN_KINDS), "Whose permissions it has"),
    optional("user", Shape::Text).says("Of a personal token: the login of a member"),
    optional("team", Shape::Text).says("Of a team token: the team"),
    optional("role", Shape::Nullable).means(Means::Role, "Of an organization token: its role"),
    optional("expiresAt", Shape::Nullable)
        .means(Means::Instant, "From when on it is refused: RFC 3339 with seconds and an offset"),
]);

const ENTITY: Object = object(&[
    needed("entity", Shape::Text).means(Means::Entity, "TYPE:PATH"),
    optional("id", Shape::Text).says("By which the API's role trees name it"),
    optional("tags", Shape::Map(&Shape::Text)).says("Its tags, all of them: without this field it has none"),
    optional("creator", Shape::Text).means(Means::Principal(CREATORS), "Who created it"),
    optional("stackReferences", TEXTS).means(Means::Reference, "Stacks whose outputs its program reads"),
    optional("environments", TEXTS).means(Means::Reference, "Environments that its deployments open"),
    optional("imports", TEXTS).means(Means::Reference, "Environments that it imports"),
    optional("deployment", Shape::Object(&DEPLOYMENT))
        .means(Means::Deployment, "The settings of its deployments"),
]);

const DEPLOYMENT: Object = object(&[
    optional("role", Shape::Nullable).known_by("deployment.role", Means::Role, "The role of its runs"),
    optional("accessToken", Shape::Nullable)
        .means(Means::Principal(ACCESS_TOKEN), "The token that its runs act as"),
    optional("runAs", Shape::Nullable).known_by(
        "deployment.runAs",
        Means::Principal(RUN_AS),
        "The service principal or team that its runs act as",
    ),
]);
