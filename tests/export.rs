//! A role as the tree that the console writes for it: its form, what it names, what its limits do to it.
#![cfg(not(target_arch = "wasm32"))]

use scopewise::{Context, Effect, ExportError, Organization, export_role};
use serde_json::{Value, json};

const CASES: &str = include_str!("cases/trees.json");

/// The shared cases ask both roles the same; here the second must be the tree of the first.
#[test]
fn a_role_is_written_as_the_console_writes_it() {
    let mut compared = 0;
    for case in json_of(CASES)["cases"].as_array().unwrap() {
        let document = &case["document"];
        let (Some(_), Some(tree)) = (record(document, "flat"), record(document, "tree")) else { continue };
        assert_eq!(tree_of(document, "flat"), tree["details"], "{}", case["name"]);
        compared += 1;
    }
    assert!(compared >= 2, "{compared} cases have both");
}

#[test]
fn a_role_without_a_rule_is_an_empty_group() {
    let expected = "{\n  \"__type\": \"PermissionDescriptorGroup\",\n  \"entries\": []\n}";
    let document = with_role(&json!({ "id": "r", "name": "R" }), &[]);
    assert_eq!(export_role(document.to_string(), "r").unwrap(), expected);
    let document = with_role(&json!({ "id": "r", "name": "R", "rules": [], "organizationAccess": [] }), &[]);
    assert_eq!(export_role(document.to_string(), "r").unwrap(), expected);
}

#[test]
fn a_role_that_has_a_tree_is_given_out_as_it_stands() {
    for case in json_of(CASES)["cases"].as_array().unwrap() {
        for role in case["document"]["roles"].as_array().unwrap() {
            if let Some(details) = role.get("details") {
                assert_eq!(tree_of(&case["document"], role["id"].as_str().unwrap()), *details);
            }
        }
    }
    let details = r#"{
  "__type": "PermissionDescriptorAllow",
  "constraints": {
    "MaxOpenDuration": 6.0e1
  },
  "permissions": [
    "environment:open"
  ]
}"#;
    let text = format!(
        r#"{{"revision":"2026-10","organization":"acme","roles":[{{"id":"r","name":"R","details":{details}}}]}}"#
    );
    assert_eq!(
        export_role(text, "r").unwrap(),
        details,
        "in its own order, with numbers as they are written"
    );
}

#[test]
fn policies_are_written_too() {
    let policy = json!({ "id": "p", "name": "P", "uxPurpose": "policy",
        "rules": [{ "permissionSet": "stack-read", "on": "all" }] });
    let document = with_role(&policy, &[]);
    assert_eq!(tree_of(&document, "p")["entries"], json!([composed(&["stack-read"])]));
}

#[test]
fn a_role_that_is_not_there_is_told_with_those_that_are() {
    let told = |roles: usize, wanted: &str| {
        let roles: Vec<Value> =
            (0..roles).map(|it| json!({ "id": format!("role-{it}"), "name": format!("R {it}") })).collect();
        let document = json!({ "revision": "2026-10", "organization": "acme", "roles": roles });
        export_role(document.to_string(), wanted).unwrap_err().to_string()
    };
    assert_eq!(told(0, "r"), "no role `r` is in the document, which has none");
    assert_eq!(told(2, "r"), "no role `r` is in the document: use one of `role-0`, `role-1`");
    assert_eq!(told(1, "admin"), "no role `admin` is in the document: use one of `role-0`");
    let many = told(100, &"x".repeat(1_000_000));
    assert!(many.starts_with("no role `xxx") && many.ends_with("`role-19` and 80 more"), "{many:.500}");
    assert!(many.len() < 500, "{} bytes", many.len());
}

#[test]
fn a_document_that_is_not_valid_is_refused_with_every_problem() {
    let document = json!({ "revision": "2026-10", "organization": "acme", "roles": [
        { "id": "r", "name": "R", "rules": [{ "permissionSet": "stack-fly", "on": "all" }], "extra": 1 } ] });
    let Err(ExportError::Invalid(invalid)) = export_role(document.to_string(), "r") else {
        panic!("it is refused as a document")
    };
    let places: Vec<_> = invalid.problems().iter().map(|problem| &*problem.path).collect();
    assert_eq!(places, ["roles[0].extra", "roles[0].rules[0].permissionSet"]);
    assert_eq!(
        export_role("{", "r").unwrap_err().to_string(),
        "line 1, column 2: the text ends where a key in double quotes should be [invalid_json]"
    );
}

#[test]
fn an_entity_whose_name_and_path_are_the_ids_of_others_has_no_identity() {
    let role = json!({ "id": "r", "name": "R",
        "rules": [{ "permissionSet": "stack-read", "on": ["stack:acme/web/prod"] }] });
    let entities = [
        json!({ "entity": "stack:acme/web/prod" }),
        json!({ "entity": "stack:acme/web/one", "id": "stack:acme/web/prod" }),
        json!({ "entity": "environment:acme/web/two", "id": "acme/web/prod" }),
    ];
    let document = with_role(&role, &entities);
    let error = export_role(document.to_string(), "r").unwrap_err();
    assert_eq!(error, ExportError::NoIdentity { entity: "stack:acme/web/prod".to_owned() });
    assert_eq!(
        error.to_string(),
        "a tree cannot name `stack:acme/web/prod`: its name and its path are the ids of other entities, so give it one"
    );
    let mut with_id = document;
    with_id["entities"][0]["id"] = json!("s-1");
    decides_alike(&with_id, &["stack:acme/web/prod", "stack:acme/web/one"]);
}

/// A path may look like a name: only what is read as this very entity is its identity.
#[test]
fn a_path_that_begins_like_a_name_is_no_identity() {
    let role = |on: &[&str]| json!({ "id": "r", "name": "R", "rules": [{ "permissionSet": "stack-read", "on": on }] });
    let entities = [json!({ "entity": "stack:stack:acme/web/one", "id": "stack:stack:acme/web/prod" })];
    let mut document = with_role(&role(&["stack:stack:acme/web/prod"]), &entities);
    document["organization"] = json!("stack:acme");
    let error = export_role(document.to_string(), "r").unwrap_err();
    assert_eq!(error, ExportError::NoIdentity { entity: "stack:stack:acme/web/prod".to_owned() });
    let mut document = with_role(&role(&["stack:stack:acme/web/prod"]), &[]);
    document["organization"] = json!("stack:acme");
    decides_alike(&document, &["stack:stack:acme/web/prod", "stack:stack:acme/web/dev"]);
}

#[test]
fn more_entries_than_a_group_may_have_stand_in_groups_of_a_group() {
    let named =
        |count: usize| -> Vec<String> { (0..count).map(|it| format!("stack:acme/p/s{it}")).collect() };
    let document = |count: usize| {
        with_role(
            &json!({ "id": "r", "name": "R", "rules": [{ "permissionSet": "stack-read", "on": named(count) }] }),
            &[],
        )
    };
    let entries = |count: usize| tree_of(&document(count), "r")["entries"].as_array().unwrap().clone();
    assert_eq!(entries(2_000).len(), 2_000);
    let parts: Vec<usize> =
        entries(2_001).iter().map(|part| part["entries"].as_array().unwrap().len()).collect();
    assert_eq!(parts, [2_000, 1]);
    decides_alike(&document(2_001), &["stack:acme/p/s0", "stack:acme/p/s2000", "stack:acme/p/s2001"]);
}

#[test]
fn more_sets_than_a_compose_may_have_stand_in_several() {
    let sets: Vec<Value> = (0..2_001)
        .map(|it| {
            json!({ "id": format!("set-{it}"), "name": format!("Set {it}"), "entityType": "stack",
            "scopes": [if it == 2_000 { "stack:read" } else { "stack:write" }] })
        })
        .collect();
    for on in [json!("all"), json!(["stack:acme/web/prod"])] {
        let rules: Vec<Value> =
            (0..sets.len()).map(|it| json!({ "permissionSet": format!("set-{it}"), "on": on })).collect();
        let mut document = with_role(&json!({ "id": "r", "name": "R", "rules": rules }), &[]);
        document["permissionSets"] = json!(sets);
        assert_eq!(tree_of(&document, "r")["entries"].as_array().unwrap().len(), 2);
        decides_alike(&document, &["stack:acme/web/prod", "stack:acme/web/dev"]);
    }
}

#[test]
fn many_tests_of_one_rule_stay_within_the_depth_of_a_tree() {
    let tests: Vec<Value> =
        (0..1_000).map(|it| json!({ "key": format!("k{it}"), "notEquals": "x" })).collect();
    let role = json!({ "id": "r", "name": "R", "rules": [{ "permissionSet": "stack-read", "on": { "tags": tests } }] });
    let listed = [
        json!({ "entity": "stack:acme/web/prod" }),
        json!({ "entity": "stack:acme/web/x", "tags": { "k999": "x" } }),
    ];
    let document = with_role(&role, &listed);
    decides_alike(&document, &["stack:acme/web/prod", "stack:acme/web/x", "stack:acme/not/listed"]);
}

#[test]
fn a_tree_of_more_bytes_than_a_role_may_have_is_refused() {
    let role = |count: usize, description: &str| {
        let on: Vec<String> = (0..count).map(|it| format!("stack:acme/p/s{it:05}")).collect();
        json!({ "id": "r", "name": "R", "description": description,
            "rules": [{ "permissionSet": "stack-read", "on": on }] })
    };
    let with_tree = |role: &Value| {
        let mut document = with_role(role, &[]);
        document["roles"][0] = in_place_of_rules(&document, "r");
        document["roles"][0].to_string().len()
    };
    let bytes = with_tree(&role(2_000, ""));
    let fits = role(2_000, &"é".repeat((1_000_000 - bytes) / 2));
    assert!((999_999..=1_000_000).contains(&with_tree(&fits)), "{}", with_tree(&fits));
    let error = export_role(with_role(&role(2_000, &"x".repeat(1_000_001 - bytes)), &[]).to_string(), "r")
        .unwrap_err();
    assert_eq!(error, ExportError::TooLarge { bytes: 1_000_001 });
    assert_eq!(
        error.to_string(),
        "with its tree the role has 1000001 bytes as compact json: at most 1000000 are allowed, so name fewer \
         entities or go by tags"
    );
    let error = export_role(with_role(&role(30_000, ""), &[]).to_string(), "r").unwrap_err();
    assert!(matches!(error, ExportError::TooLarge { bytes: 9_000_000.. }), "{error:?}");
}

// What the tests are made of.

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A document in which bob has the role, and that lists these entities.
fn with_role(role: &Value, entities: &[Value]) -> Value {
    let is_role = role.get("uxPurpose").is_none();
    let members = if is_role { json!([{ "user": "bob", "role": role["id"] }]) } else { json!([]) };
    json!({ "revision": "2026-10", "organization": "acme", "roles": [role], "members": members, "entities": entities })
}

fn record<'d>(document: &'d Value, id: &str) -> Option<&'d Value> {
    document["roles"].as_array()?.iter().find(|record| record["id"] == id)
}

fn tree_of(document: &Value, role: &str) -> Value {
    json_of(&export_role(document.to_string(), role).unwrap())
}

fn composed(sets: &[&str]) -> Value {
    json!({ "__type": "PermissionDescriptorCompose", "permissionDescriptors": sets })
}

/// The record with its tree.
fn in_place_of_rules(document: &Value, role: &str) -> Value {
    let mut changed = record(document, role).unwrap().clone();
    let fields = changed.as_object_mut().unwrap();
    fields.retain(|field, _| field != "rules" && field != "organizationAccess");
    fields.insert("details".to_owned(), tree_of(document, role));
    changed
}

/// The only role of the document and its tree give bob the same on each of these stacks, and on some of them reading.
fn decides_alike(document: &Value, stacks: &[&str]) {
    let mut changed = document.clone();
    changed["roles"][0] = in_place_of_rules(document, "r");
    let [by_rules, by_tree] = [document, &changed]
        .map(|it| Organization::parse(it.to_string()).unwrap_or_else(|error| panic!("{error:.1000}")));
    let asked = |organization: &Organization| {
        let bob = organization.principal("user:bob");
        let decide = |stack: &&str| bob.decide("stack:read", stack, &Context::default()).unwrap();
        stacks.iter().map(decide).collect::<Vec<_>>()
    };
    let decisions = asked(&by_rules);
    assert_eq!(decisions, asked(&by_tree));
    let allowed = decisions.iter().filter(|decision| decision.effect == Effect::Allow).count();
    assert!(allowed > 0, "{decisions:?}");
}
