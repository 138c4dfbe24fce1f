//! Where the oracle has its scopes and default sets from.

use super::{list, text};
use scopewise::catalog::Listing;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The revisions, older ones first.
pub(crate) const REVISIONS: [&str; 3] = ["2025-11", "2026-04", "2026-10"];

/// What a revision has: names, and nothing about who may do what.
#[derive(Debug, PartialEq)]
pub(crate) struct Catalog {
    pub(crate) revision: String,
    /// Entity type and name (SC-4).
    pub(crate) scopes: BTreeSet<(String, String)>,
    pub(crate) sets: Vec<Set>,
}

/// A default permission set with everything that it includes.
#[derive(Debug, PartialEq)]
pub(crate) struct Set {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) entity_type: String,
    pub(crate) scopes: BTreeSet<String>,
}

/// The catalog of a revision.
pub(crate) fn of(revision: &str) -> &'static Catalog {
    static CATALOGS: LazyLock<BTreeMap<&str, Catalog>> =
        LazyLock::new(|| REVISIONS.into_iter().map(|revision| (revision, printed(revision))).collect());
    &CATALOGS[revision]
}

/// A file of the collection of facts that may lie beside the project.
pub(crate) fn shared(name: &str) -> Option<Value> {
    let text = fs::read_to_string(beside().join(name)).ok()?;
    Some(serde_json::from_str(&text).expect("JSON"))
}

/// The folder of that collection, whether it is there or not.
pub(crate) fn beside() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared")
}

/// What the project prints of itself. Another test compares it with what was collected.
fn printed(revision: &str) -> Catalog {
    let listing = Listing::of(revision).expect("an embedded revision");
    let types = listing.entity_types.iter();
    let rows =
        types.flat_map(|of| of.groups.iter().flat_map(|group| &group.scopes).map(|row| (&of.name, row)));
    let sets = listing.permission_sets.into_iter().map(|set| Set {
        id: set.id,
        name: set.name,
        entity_type: set.entity_type,
        scopes: set.scopes.into_iter().collect(),
    });
    Catalog {
        revision: listing.revision,
        scopes: rows.map(|(of, row)| (of.clone(), row.name.clone())).collect(),
        sets: by_id(sets.collect()),
    }
}

fn by_id(mut sets: Vec<Set>) -> Vec<Set> {
    sets.sort_by(|one, other| one.id.cmp(&other.id));
    sets
}

/// Reads `{ revision, scopes: [{ scope, entityType }], permissionSets: [{ id, name, entityType, scopes }] }`.
pub(crate) fn read(catalog: &Value) -> Catalog {
    let own = |value: &Value| text(value).to_owned();
    let scopes = list(&catalog["scopes"]).map(|row| (own(&row["entityType"]), own(&row["scope"]))).collect();
    let sets = list(&catalog["permissionSets"]).map(|set| Set {
        id: own(&set["id"]),
        name: own(&set["name"]),
        entity_type: own(&set["entityType"]),
        scopes: list(&set["scopes"]).map(own).collect(),
    });
    Catalog { revision: own(&catalog["revision"]), scopes, sets: by_id(sets.collect()) }
}
