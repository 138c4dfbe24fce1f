//! The JSON Schemas as they are published, and of the documents of our revisions.

use std::fs;

use scopewise::catalog::{Listing, NAMES, revision};
use scopewise::{Organization, Schema};
use serde_json::{Value, json};

use crate::common;
use crate::generate::{CASES, Dice};
#[cfg(feature = "cli")]
use crate::process::Run;
use crate::shared::{DOCUMENT, read, root};
use crate::spoil::{Tally, Words, accepts, changed, refused_at, validator};

#[test]
fn the_published_schemas_are_what_is_generated() {
    for (name, schema) in [("document", Schema::document()), ("catalog", Schema::catalog())] {
        let generated = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let again = format!("cargo run --features cli -- schema {name} -o schema/{name}.json");
        assert!(
            read(&format!("schema/{name}.json")) == generated,
            "schema/{name}.json is an older one: {again}"
        );
    }
}

#[test]
#[cfg(feature = "cli")]
fn the_command_prints_the_published_schemas() {
    Run::of(&["schema", "document"]).prints(include_str!("../../schema/document.json"), 0);
    Run::of(&["schema", "catalog"]).prints(include_str!("../../schema/catalog.json"), 0);
}

#[test]
fn a_schema_is_one_by_its_own_schema() {
    let schemas = NAMES.iter().map(|name| of_revision(name));
    for schema in schemas.chain([Schema::document(), Schema::catalog()]) {
        jsonschema::meta::validate(&json!(schema)).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn every_valid_document_of_the_cases_is_accepted() {
    let mut accepted = 0;
    for (file, _) in common::FILES {
        for text in common::read(file).cases.iter().flat_map(common::Case::documents) {
            let Ok(document) = serde_json::from_str(&text) else { continue };
            holds(&document, &text);
            accepted += usize::from(DOCUMENT.is_valid(&document));
        }
    }
    assert!(accepted > 300, "only {accepted} documents are valid");
}

#[test]
fn every_generated_document_is_accepted_by_the_schema_of_its_revision_too() {
    let of_revisions = NAMES.map(|name| validator(&of_revision(name)));
    for case in CASES.iter() {
        accepts(&DOCUMENT, &case.document);
        let position = NAMES.iter().position(|name| case.document["revision"] == *name).unwrap();
        accepts(&of_revisions[position], &case.document);
    }
}

#[test]
fn what_the_schema_refuses_the_engine_refuses() {
    let values = values();
    let (mut tally, mut dice) = (Tally::default(), Dice::new(8));
    for case in CASES.iter() {
        for _ in 0..6 {
            let document = changed(&mut dice, &case.document, &Words { fields: &FIELDS, values: &values });
            tally.count(&DOCUMENT, &document, Organization::parse(document.to_string()).is_ok());
        }
    }
    assert!(tally.schema * 4 > tally.engine * 3 && tally.none > 100, "{tally:?}");
}

#[test]
fn the_documents_of_the_pages_are_accepted() {
    let pages = fs::read_dir(root().join("docs")).unwrap().map(|page| page.unwrap().path());
    let pages = pages.chain(["README.md", "pkg/README.md"].map(|page| root().join(page)));
    let mut accepted = 0;
    for page in pages.filter(|page| page.extension().is_some_and(|end| end == "md")) {
        for block in fs::read_to_string(&page).unwrap().split("```json\n").skip(1) {
            let text = block.split("```").next().unwrap();
            if Organization::parse(text).is_ok() {
                accepts(&DOCUMENT, &serde_json::from_str(text).unwrap());
                accepted += 1;
            }
        }
    }
    assert!(accepted >= 20, "only {accepted} documents");
    accepts(&DOCUMENT, &serde_json::from_str(&read("examples/acme.json")).unwrap());
}

#[test]
fn a_document_may_name_its_schema_at_its_root_and_nowhere_else() {
    let mut document = acme();
    document["$schema"] = json!("./node_modules/scopewise/schema/document.json");
    Organization::parse(document.to_string()).expect("a valid document");
    accepts(&DOCUMENT, &document);
    document["$schema"] = json!(1);
    document["members"] = json!([{ "user": "ann", "$schema": "x" }]);
    let problems = Organization::parse(document.to_string()).expect_err("two faults");
    let problems: Vec<String> = problems.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "[\"$schema\"]: a text is wanted here, not a number [wrong_type]",
            "members[0][\"$schema\"]: no field `$schema` is known here: remove it [unknown_field]"
        ]
    );
    assert_eq!(refused_at(&DOCUMENT, &document), ["/$schema", "/members/0"]);
}

/// A document with one field more, and where the schema does not accept it.
#[test]
fn a_fault_is_seen_where_it_is() {
    let set = |scope: &str| json!([{ "id": "s", "name": "S", "entityType": "stack", "scopes": [scope] }]);
    let role = |rest: Value| {
        let mut role = json!({ "id": "r", "name": "R" });
        role.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        json!([role])
    };
    let given = |grant: Value| json!([{ "user": "ann", "grants": [grant] }]);
    let tests =
        |test: Value| role(json!({ "rules": [{ "permissionSet": "stack-read", "on": { "tags": [test] } }] }));
    let tree = |node: Value| role(json!({ "details": node }));
    let entity = |rest: Value| json!([rest]);
    let faults = [
        ("organisation", json!("acme"), ""),
        ("edition", json!("free"), "/edition"),
        ("settings", json!({ "membersCanFly": true }), "/settings"),
        ("settings", json!({ "membersCanDeleteStacks": "yes" }), "/settings/membersCanDeleteStacks"),
        ("settings", json!({ "defaultStackPermission": "open" }), "/settings/defaultStackPermission"),
        ("settings", json!({ "permissionMode": "strict" }), "/settings/permissionMode"),
        ("settings", json!({ "tokenMaxLifetimeDays": 0 }), "/settings/tokenMaxLifetimeDays"),
        ("permissionSets", set("environment:open"), "/permissionSets/0/scopes/0"),
        ("permissionSets", set("stack_annotations:read"), "/permissionSets/0/scopes/0"),
        ("roles", role(json!({ "rules": [{ "permissionSet": "stack-read" }] })), "/roles/0/rules/0"),
        ("roles", tests(json!({ "key": "env", "equals": "x", "exists": true })), "/roles/0/rules/0/on"),
        ("roles", role(json!({ "uxPurpose": "job" })), "/roles/0/uxPurpose"),
        ("roles", tree(json!({ "__type": "PermissionDescriptorGroup" })), "/roles/0/details"),
        ("roles", tree(json!({ "__type": "Group" })), "/roles/0/details/__type"),
        (
            "roles",
            tree(json!({ "__type": "PermissionDescriptorAllow", "permissions": ["stack:fly"] })),
            "/roles/0/details/permissions/0",
        ),
        (
            "members",
            given(json!({ "entity": "stack:acme/web", "level": "read" })),
            "/members/0/grants/0/entity",
        ),
        (
            "members",
            given(json!({ "entity": "stack:acme/web/dev", "level": "open" })),
            "/members/0/grants/0/level",
        ),
        (
            "members",
            given(json!({ "entity": "organization:acme", "level": "read" })),
            "/members/0/grants/0/level",
        ),
        ("members", given(json!({ "entity": "stack:acme/web/dev" })), "/members/0/grants/0"),
        ("tokens", json!([{ "name": "ci", "kind": "robot" }]), "/tokens/0/kind"),
        (
            "tokens",
            json!([{ "name": "ci", "kind": "organization", "expiresAt": "tomorrow" }]),
            "/tokens/0/expiresAt",
        ),
        ("entities", entity(json!({ "entity": "stack:acme/a/b", "creator": "ann" })), "/entities/0/creator"),
        (
            "entities",
            entity(json!({ "entity": "stack:acme/a/b", "imports": ["stack:acme/a/c"] })),
            "/entities/0/imports/0",
        ),
        (
            "entities",
            entity(json!({ "entity": "stack:acme/a/b", "deployment": { "runAs": "token:ci" } })),
            "/entities/0/deployment/runAs",
        ),
    ];
    for (field, value, at) in faults {
        let mut document = json!({ "revision": "2026-10", "organization": "acme" });
        document[field] = value;
        assert_eq!(refused_at(&DOCUMENT, &document), [at], "{document}");
        holds(&document, &document.to_string());
    }
}

/// What only a later revision has is refused in an earlier one, and what only an earlier one had in a later one.
#[test]
fn a_revision_has_its_own_words() {
    let in_revision = |revision: &str, field: &str, value: Value| {
        let mut document = json!({ "revision": revision, "organization": "acme" });
        document[field] = value;
        holds(&document, &document.to_string());
        DOCUMENT.is_valid(&document)
    };
    let annotations =
        json!([{ "id": "s", "name": "S", "entityType": "stack", "scopes": ["stack_annotations:read"] }]);
    let mode = json!({ "permissionMode": "restricted" });
    let machines = json!([{ "name": "runner" }]);
    for (field, value, known) in [
        ("permissionSets", annotations, [true, false, false]),
        ("settings", mode, [false, false, true]),
        ("servicePrincipals", machines, [false, false, true]),
    ] {
        assert_eq!(NAMES.map(|name| in_revision(name, field, value.clone())), known, "{field}");
    }
}

/// The table has a row for every setting that the engine reads, and for no other.
#[test]
fn every_setting_of_the_schema_is_one() {
    for name in NAMES {
        let schema = json!(of_revision(name));
        let settings = &schema["$defs"]["own"]["properties"]["settings"]["properties"];
        let settings = settings.as_object().expect("settings");
        assert!(settings.len() >= 10, "{name}: {settings:?}");
        for setting in settings.keys() {
            let document = json!({ "revision": name, "organization": "acme", "settings": { setting: [] } });
            let invalid = Organization::parse(document.to_string()).expect_err("a list is no setting");
            assert_eq!(invalid.problems()[0].code.as_str(), "wrong_type", "{name}: {setting}");
        }
    }
}

/// Every field says what it is for.
#[test]
fn every_field_has_a_description() {
    fn fields(value: &Value, without: &mut Vec<String>) {
        let properties = value["properties"].as_object().filter(|_| value["additionalProperties"] == false);
        for (name, field) in properties.into_iter().flatten() {
            let told =
                field["description"].as_str().is_some_and(|text| text.len() > 3 && !text.ends_with('.'));
            let is_fixed = field.get("const").is_some() && name == "__type";
            if !told && !is_fixed {
                without.push(format!("{name}: {field}"));
            }
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| fields(item, without)),
            Value::Object(members) => members.values().for_each(|member| fields(member, without)),
            _ => {}
        }
    }
    let mut without = Vec::new();
    fields(&json!(Schema::document()), &mut without);
    fields(&json!(Schema::catalog()), &mut without);
    assert_eq!(without, [""; 0]);
}

/// What the schema refuses the engine refuses too.
#[track_caller]
fn holds(document: &Value, text: &str) {
    if Organization::parse(text).is_ok() {
        accepts(&DOCUMENT, document);
    }
}

fn of_revision(name: &str) -> Schema {
    Schema::document_of(&revision(name).unwrap(), &Listing::of(name).unwrap())
}

fn acme() -> Value {
    json!({ "revision": "2026-10", "organization": "acme" })
}

/// Fields of several kinds of objects, and one that nothing has.
const FIELDS: [&str; 16] = [
    "id",
    "name",
    "role",
    "roles",
    "level",
    "permissionSet",
    "tags",
    "equals",
    "exists",
    "user",
    "team",
    "details",
    "rules",
    "expiresAt",
    "nothing",
    "entity",
];

fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1.5),
        json!(102),
        json!(""),
        json!("all"),
        json!("read"),
        json!("none"),
        json!("admin"),
        json!("stack-read"),
        json!("stack:read"),
        json!("stack:acme/web/prod"),
        json!("organization:acme"),
        json!("stack:acme/web"),
        json!("user:ann"),
        json!("token:org"),
        json!("2027-01-01T00:00:00Z"),
        json!([]),
        json!(["stack:read"]),
        json!({}),
        json!({ "tags": [{ "key": "env", "exists": true }] }),
    ]
}
