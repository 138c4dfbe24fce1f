//! What both kinds of logs are replayed against.

use std::collections::BTreeMap;

use scopewise::{Organization, Outcome, Request};
use serde_json::{Value, json};

use crate::generate::{CASES, Case, Dice, grant_more};
use crate::oracle::catalog;

pub(crate) const AGREES: Outcome = Outcome::Agrees;

/// Bob reads every stack, writes those that are tagged and clones one environment; cyd clones what is tagged.
pub(crate) fn acme() -> Organization {
    let document = json!({
        "revision": "2026-10", "organization": "acme",
        "roles": [
            { "id": "dev", "name": "Dev", "organizationAccess": ["org-settings-standard"], "rules": [
                { "permissionSet": "stack-read", "on": "all" },
                { "permissionSet": "stack-write", "on": { "tags": [{ "key": "env", "equals": "dev" }] } },
                { "permissionSet": "environment-open", "on": ["environment:acme/default/aws"] } ] },
            { "id": "tagged", "name": "Tagged", "organizationAccess": ["org-settings-standard"], "rules": [
                { "permissionSet": "environment-open", "on": { "tags": [{ "key": "env", "equals": "dev" }] } } ] } ],
        "members": [{ "user": "ann", "role": "admin" }, { "user": "bob", "role": "dev" },
                    { "user": "cyd", "role": "tagged" }],
        "collaborators": [{ "user": "zoe", "grants": [{ "entity": "stack:acme/web/dev", "level": "read" }] }],
        "teams": [{ "name": "web", "roles": ["dev"] }],
        "servicePrincipals": [{ "name": "runner", "roles": ["dev"] }],
        "tokens": [
            { "name": "ci", "kind": "organization", "role": "dev" },
            { "name": "old", "kind": "organization", "role": "dev", "expiresAt": "2026-01-01T00:00:00Z" },
            { "name": "pat", "kind": "personal", "user": "bob" } ],
        "entities": [{ "entity": "stack:acme/web/dev", "tags": { "env": "dev" } }] });
    Organization::parse(document.to_string()).unwrap_or_else(|invalid| panic!("{invalid}"))
}

/// Every third generated document, and the same where more is granted.
pub(crate) fn with_more() -> impl Iterator<Item = (&'static Case, Value)> {
    (0..).zip(CASES.iter()).step_by(3).map(|(seed, case)| {
        let mut changed = case.document.clone();
        grant_more(&mut Dice::new(seed), &mut changed);
        (case, changed)
    })
}

/// Whether the request is about something of the organization that all documents are of.
pub(crate) fn is_here(request: &Request) -> bool {
    request.entity.split_once(':').is_some_and(|(_, path)| path.starts_with("acme"))
}

/// Whether the revision of the document has the scope, for entities of that type.
pub(crate) fn is_known(document: &Value, request: &Request) -> bool {
    let (entity_type, _) = request.entity.split_once(':').expect("well formed");
    let revision = document["revision"].as_str().expect("a text");
    catalog::of(revision).scopes.contains(&(entity_type.to_owned(), request.scope.clone()))
}

#[track_caller]
pub(crate) fn enough(met: &BTreeMap<String, usize>, wanted: &[&str]) {
    for wanted in wanted {
        assert!(met.get(*wanted).is_some_and(|count| *count > 10), "too few {wanted}: {met:?}");
    }
}
