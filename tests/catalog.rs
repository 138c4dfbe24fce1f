//! Guards of the embedded catalog: its order, its counts, and what the documentation lists one by one.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use scopewise::catalog::{Listing, NAMES, ScopeListing, SetListing, TypeListing, revision};
use serde_json::Value;

/// Scopes of stacks, environments, accounts and the organization (SC-7, and the seeds for the older revisions).
const COUNTS: [(&str, [usize; 4]); 3] =
    [("2025-11", [31, 29, 12, 102]), ("2026-04", [29, 27, 11, 102]), ("2026-10", [30, 32, 11, 116])];

const TYPES: [&str; 4] = ["stack", "environment", "insights-account", "organization"];

/// Id, name, entity type, what it includes, how many scopes it has.
type DocumentedSet = (&'static str, &'static str, &'static str, Option<&'static str>, usize, usize);

/// The default sets of entities (PS-2, PS-23), each after the one that it includes (PS-3), with the sizes (PS-18)
/// of the first revision and of the later ones.
const ENTITY_SETS: [DocumentedSet; 10] = [
    ("stack-read", "Stack Read", "stack", None, 9, 8),
    ("stack-write", "Stack Write", "stack", Some("stack-read"), 27, 25),
    ("stack-admin", "Stack Admin", "stack", Some("stack-write"), 31, 29),
    ("environment-read", "Environment Read", "environment", None, 5, 5),
    ("environment-open", "Environment Open", "environment", Some("environment-read"), 10, 8),
    ("environment-write", "Environment Write", "environment", Some("environment-open"), 28, 26),
    ("environment-admin", "Environment Admin", "environment", Some("environment-write"), 29, 27),
    ("insights-account-read", "Account Read", "insights-account", None, 3, 3),
    ("insights-account-write", "Account Write", "insights-account", Some("insights-account-read"), 10, 9),
    ("insights-account-admin", "Account Admin", "insights-account", Some("insights-account-write"), 12, 11),
];

/// The organization sets of the current pages (PS-19).
const ORGANIZATION_SETS: [(&str, &str, usize); 3] = [
    ("org-settings-read-only", "Read Only", 20),
    ("org-settings-standard", "Standard", 35),
    ("org-settings-billing", "Organization Settings Billing", 7),
];

/// Member's own scopes of the organization (RO-3).
const MEMBER: [&str; 23] = [
    "ai_conversations:create",
    "ai_conversations:read",
    "ai_conversations:update",
    "deployments:read",
    "deployments:read_usage",
    "environment:create",
    "environment:list_deleted",
    "environment_yaml:open",
    "integrations:read",
    "integrations:update",
    "org_member:read",
    "organization:read_usage",
    "policy_groups:read",
    "project:decrypt",
    "project:encrypt",
    "resources:dashboard",
    "resources:search",
    "saml:read",
    "stack_access:read",
    "tags:read",
    "team:list",
    "team:read",
    "templates:read",
];

/// Billing Manager's (RO-4).
const BILLING_MANAGER: [&str; 7] = [
    "deployments:read_usage",
    "org_member:read",
    "organization:billing",
    "organization:read_usage",
    "resources:dashboard",
    "saml:read",
    "team:list",
];

#[test]
fn every_revision_has_the_documented_number_of_scopes() {
    assert_eq!(COUNTS.map(|(name, _)| name), NAMES);
    for (name, counts) in COUNTS {
        let listing = listing(name);
        let found: Vec<(&str, usize)> =
            listing.entity_types.iter().map(|it| (&*it.name, scopes(it).count())).collect();
        assert_eq!(found, TYPES.into_iter().zip(counts).collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn the_listing_has_what_the_engine_decides_by() {
    for name in NAMES {
        let (listing, catalog) = (listing(name), revision(name).unwrap());
        for (listed, (entity_type, type_name)) in listing.entity_types.iter().zip(catalog.entity_types()) {
            let listed_names: BTreeSet<&str> = scopes(listed).map(|scope| &*scope.name).collect();
            assert_eq!(listed.name, type_name);
            assert!(listed_names.into_iter().eq(catalog.scopes(entity_type)), "{name} {type_name}");
        }
        assert_eq!((catalog.name(), catalog.entity_types().count()), (name, TYPES.len()));
    }
}

#[test]
fn groups_and_scopes_are_sorted_and_unique() {
    for listing in NAMES.map(listing) {
        for entity_type in &listing.entity_types {
            let groups: Vec<&str> = entity_type.groups.iter().map(|group| &*group.name).collect();
            assert!(groups.is_sorted_by(|a, b| a < b), "{}: {groups:?}", entity_type.name);
            for group in &entity_type.groups {
                let names: Vec<&str> = group.scopes.iter().map(|scope| &*scope.name).collect();
                assert!(names.is_sorted_by(|a, b| a < b), "{}: {names:?}", group.name);
            }
            let names: BTreeSet<&str> = scopes(entity_type).map(|scope| &*scope.name).collect();
            assert_eq!(names.len(), scopes(entity_type).count(), "{} has a scope twice", entity_type.name);
        }
    }
}

#[test]
fn a_scope_is_an_object_and_an_action() {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    for scope in every_scope() {
        let parts: Vec<&str> = scope.name.split(':').collect();
        assert!(parts.len() == 2 && parts.iter().all(|part| is_word(part)), "{}", scope.name);
    }
}

#[test]
fn a_scope_has_a_description_of_one_line() {
    for ScopeListing { name, description, .. } in every_scope() {
        let length = description.chars().count();
        assert!((20..=100).contains(&length), "{name}: {length} characters: {description}");
        assert!(!description.ends_with('.') && description.trim() == description, "{name}: {description}");
        assert!(description.starts_with(char::is_uppercase), "{name}: {description}");
        assert!(!description.contains(['\n', '`', ':']), "{name}: {description}");
    }
}

#[test]
fn no_two_scopes_of_a_type_read_the_same() {
    for listing in NAMES.map(listing) {
        for entity_type in &listing.entity_types {
            let mut first = BTreeMap::new();
            for scope in scopes(entity_type) {
                let other = first.insert(&scope.description, &scope.name);
                assert_eq!(other, None, "{}: {}", scope.name, scope.description);
            }
        }
    }
}

#[test]
fn the_sets_of_entities_are_those_of_the_documentation() {
    for (listing, newest) in [("2025-11", false), ("2026-04", true), ("2026-10", true)]
        .map(|(name, newest)| (listing(name), newest))
    {
        for ((id, name, entity_type, includes, first, later), set) in
            ENTITY_SETS.iter().zip(&listing.permission_sets)
        {
            assert_eq!((&*set.id, &*set.name, &*set.entity_type), (*id, *name, *entity_type));
            assert_eq!(set.includes.first().map(String::as_str), *includes, "{id}");
            assert_eq!(
                set.scopes.len(),
                if newest { *later } else { *first },
                "{id} of {}",
                listing.revision
            );
        }
    }
}

#[test]
fn only_the_newest_revision_has_sets_of_the_organization() {
    for listing in NAMES.map(listing) {
        let found: Vec<(&str, &str, usize)> = listing.permission_sets[ENTITY_SETS.len()..]
            .iter()
            .map(|set| (&*set.id, &*set.name, set.scopes.len()))
            .collect();
        let expected = if listing.revision == "2026-10" { &ORGANIZATION_SETS[..] } else { &[] };
        assert_eq!(found, expected, "{}", listing.revision);
    }
    let newest = listing("2026-10");
    let scopes = |id: &str| -> BTreeSet<&String> { set(&newest, id).scopes.iter().collect() };
    assert!(scopes("org-settings-standard").is_superset(&scopes("org-settings-read-only")));
}

#[test]
fn a_set_holds_sorted_scopes_of_its_type_and_all_of_the_one_that_it_includes() {
    for listing in NAMES.map(listing) {
        for it in &listing.permission_sets {
            let entity_type = listing.entity_types.iter().find(|known| known.name == it.entity_type).unwrap();
            let known: BTreeSet<&String> = scopes(entity_type).map(|scope| &scope.name).collect();
            let own: BTreeSet<&String> = it.scopes.iter().collect();
            assert!(it.scopes.is_sorted() && own.len() == it.scopes.len(), "{}", it.id);
            assert!(own.is_subset(&known), "{} of {}", it.id, listing.revision);
            for included in &it.includes {
                assert!(own.is_superset(&set(&listing, included).scopes.iter().collect()), "{}", it.id);
            }
        }
    }
}

#[test]
fn a_scope_names_the_sets_that_have_it() {
    for listing in NAMES.map(listing) {
        for entity_type in &listing.entity_types {
            for scope in scopes(entity_type) {
                let has = |set: &&SetListing| {
                    set.entity_type == entity_type.name && set.scopes.contains(&scope.name)
                };
                let sets: Vec<&String> =
                    listing.permission_sets.iter().filter(has).map(|set| &set.id).collect();
                assert!(scope.sets.iter().eq(sets), "{} of {}", scope.name, listing.revision);
            }
        }
    }
}

#[test]
fn admin_has_every_scope() {
    assert!(every_scope().all(|scope| scope.roles.first().is_some_and(|role| role == "admin")));
}

#[test]
fn the_other_built_in_roles_have_what_the_documentation_lists() {
    for name in NAMES {
        let standard = ["org-settings-standard", "org-settings-billing"].map(|id| scopes_of_set(name, id));
        for (role, own, set) in
            [("member", &MEMBER[..], &standard[0]), ("billing-manager", &BILLING_MANAGER[..], &standard[1])]
        {
            let listing = listing(name);
            let organization = listing.entity_types.last().unwrap();
            let has = |scope: &&ScopeListing| scope.roles.iter().any(|it| it == role);
            let found: BTreeSet<&str> = scopes(organization).filter(has).map(|scope| &*scope.name).collect();
            let expected: BTreeSet<&str> =
                own.iter().copied().chain(set.iter().map(String::as_str)).collect();
            assert_eq!(found, expected, "{role} of {name}");
            let elsewhere = &listing.entity_types[..TYPES.len() - 1];
            assert!(!elsewhere.iter().flat_map(scopes).any(|scope| has(&scope)), "{role} of {name}");
        }
    }
}

#[test]
fn the_settings_are_the_five_toggles_with_the_scope_of_each() {
    let toggles = [
        ("membersCanCreateAccounts", "insights_account:create", "organization"),
        ("membersCanCreateStacks", "stack:create", "organization"),
        ("membersCanCreateTeams", "team:create", "organization"),
        ("membersCanDeleteStacks", "stack:delete", "stack"),
        ("membersCanTransferStacks", "stack:transfer", "stack"),
    ];
    for listing in NAMES.map(listing) {
        let found: Vec<(&str, &str, &str)> =
            listing.settings.iter().map(|it| (&*it.field, &*it.scope, &*it.entity_type)).collect();
        assert_eq!(found, toggles, "{}", listing.revision);
        let conditions =
            listing.settings.iter().filter(|it| it.kind == "condition").map(|it| &*it.entity_type);
        let expected = if listing.revision == "2026-10" { 2 } else { 0 };
        assert_eq!(conditions.filter(|entity_type| *entity_type == "stack").count(), expected);
    }
}

#[test]
fn an_unknown_revision_has_no_catalog() {
    for name in ["", "2026-1", "2026-10 ", "latest"] {
        assert!(Listing::of(name).is_none() && revision(name).is_none(), "{name:?}");
    }
}

/// Where the collected catalogs stand beside the project, ours has every row of theirs and no other.
#[test]
fn the_catalogs_beside_the_project_are_the_same() {
    for name in NAMES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../shared/catalog/{name}.json"));
        let Ok(text) = std::fs::read_to_string(&path) else {
            return eprintln!("no ../shared/catalog here: nothing to compare with");
        };
        let theirs: Value = serde_json::from_str(&text).unwrap();
        let ours = listing(name);
        assert_same(
            &rows_of_scopes(&ours),
            &rows(&theirs["scopes"], ["entityType", "scope", "group", "roles"]),
        );
        assert_same(
            &rows_of_sets(&ours),
            &rows(&theirs["permissionSets"], ["id", "name", "entityType", "includes", "scopes"]),
        );
        assert_same(
            &rows_of_settings(&ours),
            &rows(&theirs["settings"], ["field", "scope", "entityType", "kind"]),
        );
        let types: Vec<&str> =
            theirs["entityTypes"].as_array().unwrap().iter().map(|it| it["type"].as_str().unwrap()).collect();
        assert_eq!(types, TYPES);
    }
}

fn listing(name: &str) -> Listing {
    Listing::of(name).unwrap()
}

fn scopes(entity_type: &TypeListing) -> impl Iterator<Item = &ScopeListing> {
    entity_type.groups.iter().flat_map(|group| &group.scopes)
}

fn every_scope() -> impl Iterator<Item = ScopeListing> {
    let groups = NAMES.into_iter().flat_map(|name| listing(name).entity_types).flat_map(|it| it.groups);
    groups.flat_map(|group| group.scopes)
}

fn set<'l>(listing: &'l Listing, id: &str) -> &'l SetListing {
    listing.permission_sets.iter().find(|set| set.id == id).unwrap()
}

/// Nothing where the revision does not have the set.
fn scopes_of_set(revision: &str, id: &str) -> Vec<String> {
    let sets = listing(revision).permission_sets;
    sets.into_iter().find(|set| set.id == id).map(|set| set.scopes).unwrap_or_default()
}

/// A row of a table as texts, lists sorted.
type Row = Vec<String>;

fn assert_same(ours: &BTreeSet<Row>, theirs: &BTreeSet<Row>) {
    let only = |a: &BTreeSet<Row>, b: &BTreeSet<Row>| a.difference(b).cloned().collect::<Vec<_>>();
    let (more, less) = (only(ours, theirs), only(theirs, ours));
    assert!(more.is_empty() && less.is_empty(), "only here: {more:#?}\nonly there: {less:#?}");
    assert!(!ours.is_empty());
}

fn rows<const N: usize>(table: &Value, fields: [&str; N]) -> BTreeSet<Row> {
    let row = |row: &Value| fields.map(|field| text(&row[field])).to_vec();
    table.as_array().unwrap().iter().map(row).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) if text == "gate" => "condition".to_owned(),
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(items) => listed(items.iter().map(text)),
        other => panic!("{other} is no field of these tables"),
    }
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
}

fn rows_of_scopes(listing: &Listing) -> BTreeSet<Row> {
    let mut rows = BTreeSet::new();
    for entity_type in &listing.entity_types {
        for group in &entity_type.groups {
            for scope in &group.scopes {
                let roles = listed(scope.roles.iter().cloned());
                rows.insert(vec![entity_type.name.clone(), scope.name.clone(), group.name.clone(), roles]);
            }
        }
    }
    rows
}

fn rows_of_sets(listing: &Listing) -> BTreeSet<Row> {
    let row = |set: &SetListing| {
        let scopes = listed(set.scopes.iter().cloned());
        vec![set.id.clone(), set.name.clone(), set.entity_type.clone(), set.includes.join(", "), scopes]
    };
    listing.permission_sets.iter().map(row).collect()
}

fn rows_of_settings(listing: &Listing) -> BTreeSet<Row> {
    let row = |it: &scopewise::catalog::SettingListing| {
        vec![it.field.clone(), it.scope.clone(), it.entity_type.clone(), it.kind.to_owned()]
    };
    listing.settings.iter().map(row).collect()
}
