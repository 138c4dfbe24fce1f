//! Organizations and questions by the dice: valid documents of few names, so that what is given and what is asked
//! meet often. The same seed always gives the same ones.

mod cases;
mod dice;
mod document;
mod more;
mod request;
mod shrink;
mod tree;

use crate::oracle::catalog::Catalog;

pub(crate) use cases::{CASES, Case, for_all, for_every, parse};
pub(crate) use dice::Dice;
use document::document;
pub(crate) use more::{grant_more, shuffle};
use request::request;
use shrink::shrink;

/// Logins; whoever is not drawn as a member is nobody in that document.
pub(crate) const USERS: [&str; 4] = ["ann", "bob", "cyd", "dan"];
/// Teams; all of them are in every document.
pub(crate) const TEAMS: [&str; 2] = ["t", "u"];
/// Tokens, some of which are drawn as users are.
pub(crate) const TOKENS: [&str; 4] = ["org", "old", "tt", "pat"];
/// Stacks, environments and accounts; some are listed, all are asked about and granted on.
pub(crate) const ENTITIES: [&str; 7] = [
    "stack:acme/web/prod",
    "stack:acme/web/dev",
    "stack:acme/net/prod",
    "environment:acme/default/aws",
    "environment:acme/default/base",
    "insights-account:acme/main",
    "insights-account:acme/side",
];
/// The tags that conditions test and entities have.
pub(crate) const KEYS: [&str; 3] = ["env", "owner", "tier"];
/// Their values.
pub(crate) const VALUES: [&str; 3] = ["prod", "dev", "x"];
/// Keys of tags, each with its value.
pub(crate) type Tags = Vec<(&'static str, &'static str)>;
/// The time of most requests.
pub(crate) const AT: &str = "2026-11-20T00:00:00Z";

const ENTITY_TYPES: [&str; 4] = ["stack", "environment", "insights-account", "organization"];

/// Scopes with a story, by entity type, some twice; those of another revision are left out
/// where they are drawn.
const SCOPES: [(&str, &[&str]); 4] = [
    (
        "stack",
        &[
            "stack:read",
            "stack:write",
            "stack:delete",
            "stack:delete",
            "stack:transfer",
            "stack:transfer",
            "stack:rename",
            "stack:create",
            "stack_access:read",
            "stack_annotations:update",
        ],
    ),
    (
        "environment",
        &[
            "environment:read",
            "environment:open",
            "environment:open",
            "environment:open",
            "environment:write",
            "environment:delete",
            "environment:read_decrypt",
            "change_gate:create",
        ],
    ),
    ("insights-account", &["insights_account:read", "insights_account:update", "insights_account:delete"]),
    (
        "organization",
        &[
            "stack:create",
            "team:create",
            "insights_account:create",
            "team:read",
            "team:list",
            "org_member:read",
            "org_token:create",
            "org_token:delete",
            "org_token:delete",
            "audit_logs:read",
            "organization:billing",
            "environment_tags:list",
            "policy_pack:read",
            "stack_access:read",
            "change_gate:create",
        ],
    ),
];

/// Every way to fill in the tags that conditions test: missing, a value that they name, one of the others.
pub(crate) fn completions(others: &[&'static str]) -> Vec<Tags> {
    let mut found: Vec<Tags> = vec![Vec::new()];
    for key in KEYS {
        let values = VALUES.iter().chain(others);
        let with: Vec<Tags> = values
            .flat_map(|value| found.iter().map(move |tags| [&tags[..], &[(key, value)]].concat()))
            .collect();
        found.extend(with);
    }
    found
}

/// The scopes of a type that are worth drawing and that the catalog has.
fn scopes(catalog: &Catalog, entity_type: &str) -> Vec<&'static str> {
    let (_, drawn) = SCOPES.iter().find(|(of, _)| *of == entity_type).expect("a known type");
    let known = |scope: &str| catalog.scopes.iter().any(|(of, name)| of == entity_type && name == scope);
    drawn.iter().copied().filter(|scope| known(scope)).collect()
}

/// The type that stands before the colon.
fn type_of(entity: &str) -> &str {
    entity.split_once(':').map_or("", |(entity_type, _)| entity_type)
}
