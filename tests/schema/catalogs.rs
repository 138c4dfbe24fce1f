//! The JSON Schemas of catalogs of one's own, and of the documents that they decide: what they refuse the engine refuses
//! too, and what stands at a place is known there.

use std::sync::LazyLock;

use jsonschema::Validator;
use scopewise::catalog::{Catalog, Listing, NAMES};
use scopewise::{Organization, Schema};
use serde_json::{Map, Value, json};

use crate::generate::Dice;
use crate::shared::{DOCUMENT, read};
use crate::spoil::{Tally, Words, accepts, changed, refused_at, validator};
#[cfg(feature = "cli")]
use crate::{process::Run, shared::root};

static CATALOG: LazyLock<Validator> = LazyLock::new(|| validator(&Schema::catalog()));

/// The catalogs of the page and of the examples, each with a document.
static PAIRS: LazyLock<Vec<(Value, Value)>> = LazyLock::new(|| {
    let page = read("docs/catalogs.md");
    let mut blocks = page.split("```json\n").skip(1).map(|block| json_of(block.split("```").next().unwrap()));
    let mut pairs = vec![(blocks.next().unwrap(), blocks.next().unwrap())];
    for example in ["repository-hosting", "shop"] {
        let file = |name: &str| json_of(&read(&format!("examples/catalogs/{example}/{name}.json")));
        pairs.push((file("catalog"), file("organization")));
    }
    pairs
});

#[test]
fn catalogs_and_their_documents_are_accepted() {
    for (catalog, document) in PAIRS.iter() {
        accepts(&CATALOG, catalog);
        accepts(&DOCUMENT, document);
        accepts(&DOCUMENT, &bringing(document, catalog));
        accepts(&validator(&schema_of(catalog)), document);
        Organization::parse_with(&parse(catalog), document.to_string()).expect("a valid document");
        Organization::parse(bringing(document, catalog).to_string()).expect("a valid document");
    }
}

#[test]
fn what_the_schema_of_catalogs_refuses_the_engine_refuses() {
    let values = values();
    let (mut tally, mut dice) = (Tally::default(), Dice::new(21));
    for (catalog, document) in PAIRS.iter() {
        let bare = json!({ "catalog": null, "organization": document["organization"] });
        for _ in 0..600 {
            let catalog = changed(&mut dice, catalog, &Words { fields: &FIELDS, values: &values });
            let valid = Catalog::parse(catalog.to_string()).is_ok();
            tally.count(&CATALOG, &catalog, valid);
            if !catalog.is_object() {
                continue;
            }
            let inside = bringing(&bare, &catalog);
            assert_eq!(
                Organization::parse(inside.to_string()).is_ok(),
                valid && catalog.is_object(),
                "{inside}"
            );
            assert_eq!(DOCUMENT.is_valid(&inside), CATALOG.is_valid(&catalog), "{inside}");
        }
    }
    assert!(tally.schema * 2 > tally.engine && tally.none > 100, "{tally:?}");
}

#[test]
fn what_the_schema_of_their_documents_refuses_the_engine_refuses() {
    let values = values();
    let (mut given, mut brought, mut dice) = (Tally::default(), Tally::default(), Dice::new(34));
    for (catalog, document) in PAIRS.iter() {
        let (parsed, schema) = (parse(catalog), validator(&schema_of(catalog)));
        for _ in 0..300 {
            let document = changed(&mut dice, document, &Words { fields: &FIELDS, values: &values });
            given.count(&schema, &document, Organization::parse_with(&parsed, document.to_string()).is_ok());
            if document.is_object() {
                let whole = bringing(&document, catalog);
                brought.count(&DOCUMENT, &whole, Organization::parse(whole.to_string()).is_ok());
            }
        }
    }
    assert!(given.schema * 4 > given.engine * 3 && given.none > 50, "{given:?}");
    assert!(brought.schema * 2 > brought.engine && brought.none > 50, "{brought:?}");
}

/// A field of the first catalog with another value, and where the schema does not accept it.
#[test]
fn a_fault_of_a_catalog_is_seen_where_it_is() {
    let faults = [
        ("/roles", json!([{ "id": "a" }, { "name": "B" }]), "/roles/1"),
        ("/defaultRole", json!(""), "/defaultRole"),
        ("/entityTypes/0/name", json!("code house"), "/entityTypes/0/name"),
        ("/entityTypes/1/path", json!("owner/repository"), "/entityTypes/1/path"),
        ("/entityTypes/1/path", json!("organization//repository"), "/entityTypes/1/path"),
        ("/entityTypes/1/scopes/0/name", json!("read"), "/entityTypes/1/scopes/0/name"),
        ("/permissionSets/0/scopes/0", json!("code:*"), "/permissionSets/0/scopes/0"),
        ("/permissionSets/0/scope", json!(["code:read"]), "/permissionSets/0"),
        ("/settings/1/kind", json!("conditions"), "/settings/1/kind"),
        ("/levels/0/levels/read", json!(["read"]), "/levels/0/levels/read"),
        ("/levels/0/exceptRoles", json!("member"), "/levels/0/exceptRoles"),
        ("/creator/machines", json!("no"), "/creator/machines"),
    ];
    for (place, value, at) in faults {
        let catalog = with(&PAIRS[0].0, place, value);
        assert_eq!(refused_at(&CATALOG, &catalog), [at], "{place}");
        Catalog::parse(catalog.to_string()).expect_err("what the schema refuses");
    }
    let both = json!({ "name": "s", "entityType": "repository", "scope": "code:read", "roles": [], "exceptRoles": [] });
    let catalog = with(&PAIRS[0].0, "/settings/0", both);
    assert_eq!(refused_at(&CATALOG, &catalog), ["/settings/0/exceptRoles"]);
}

/// As many as fit of everything are accepted; one more of anything neither the schema takes nor the engine.
#[test]
fn one_more_than_fit_is_seen() {
    let full = full();
    accepts(&CATALOG, &full);
    parse(&full);
    for place in [
        "/entityTypes",
        "/entityTypes/0/scopes",
        "/permissionSets",
        "/roles",
        "/roles/0/permissionSets",
        "/settings",
        "/levels",
        "/levels/0/levels",
    ] {
        let mut catalog = full.clone();
        match catalog.pointer_mut(place).expect("a place that is there") {
            Value::Array(items) => items.push(items[0].clone()),
            levels => levels["one more"] = json!("s0"),
        }
        assert_eq!(refused_at(&CATALOG, &catalog), [place]);
        let invalid = Catalog::parse(catalog.to_string()).expect_err("one more than fit");
        let codes: Vec<&str> = invalid.problems().iter().map(|problem| problem.code.as_str()).collect();
        assert_eq!(codes, ["too_many"], "{place}: {invalid}");
    }
}

/// A field of the first document with another value, and where the schema of its catalog does not accept it.
#[test]
fn the_words_of_a_catalog_are_known_in_its_documents() {
    let (catalog, document) = &PAIRS[0];
    let schema = validator(&schema_of(catalog));
    let faults = [
        ("/catalog", json!("hosting"), "/catalog"),
        ("/catalog", catalog.clone(), "/catalog"),
        ("/revision", json!("code-hosting"), "/revision"),
        ("/edition", json!("team"), ""),
        ("/settings/basePermission", json!("open"), "/settings/basePermission"),
        ("/settings/membersCanFly", json!(true), "/settings"),
        ("/teams/0/grants/0/level", json!("owner"), "/teams/0/grants/0/level"),
        ("/teams/0/grants/0/level", json!("none"), "/teams/0/grants/0/level"),
        ("/teams/0/grants/0/entity", json!("repository:acme/a/b"), "/teams/0/grants/0/entity"),
        ("/entities/0/entity", json!("stack:acme/site"), "/entities/0/entity"),
        ("/entities/0/deployment", json!({}), "/entities/0"),
        ("/entities/0/imports", json!([]), "/entities/0"),
        (
            "/permissionSets",
            json!([{ "id": "s", "name": "S", "entityType": "repository", "scopes": ["member:read"] }]),
            "/permissionSets/0/scopes/0",
        ),
    ];
    for (place, value, at) in faults {
        let document = with(document, place, value);
        assert_eq!(refused_at(&schema, &document), [at], "{place}");
        Organization::parse_with(&parse(catalog), document.to_string()).expect_err("what the schema refuses");
    }
    let tree = |node: &str| {
        let test =
            json!({ "__type": "PermissionExpressionHasTag", "context": { "__type": node }, "key": "state" });
        let allow = json!({ "__type": "PermissionDescriptorAllow", "permissions": ["code:read"] });
        let details =
            json!({ "__type": "PermissionDescriptorCondition", "condition": test, "subNode": allow });
        with(document, "/roles", json!([{ "id": "janitor", "name": "Janitor", "details": details }]))
    };
    accepts(&schema, &tree("PermissionExpressionTeam"));
    assert!(!refused_at(&schema, &tree("PermissionExpressionStack")).is_empty());
}

/// Whichever field names a revision, its words are known; a document has one of the two.
#[test]
fn an_embedded_catalog_may_be_named_by_either_field() {
    for name in NAMES {
        for field in ["revision", "catalog"] {
            let mut document = json!({ field: name, "organization": "acme", "settings": { "defaultStackPermission": "read" } });
            accepts(&DOCUMENT, &document);
            document["settings"]["defaultStackPermission"] = json!("open");
            assert_eq!(refused_at(&DOCUMENT, &document), ["/settings/defaultStackPermission"], "{document}");
        }
        let both = json!({ "revision": name, "catalog": name, "organization": "acme" });
        assert_eq!(refused_at(&DOCUMENT, &both), ["/revision"]);
        Organization::parse(both.to_string()).expect_err("two fields exclude each other");
    }
    let neither = json!({ "organization": "acme" });
    assert_eq!(refused_at(&DOCUMENT, &neither), [""]);
    let nothing = json!({ "catalog": null, "organization": "acme" });
    assert_eq!(refused_at(&DOCUMENT, &nothing), ["/catalog"]);
}

/// An editor tells what a scope is for in the words of the catalog.
#[test]
fn scopes_have_the_descriptions_of_their_catalog() {
    let schema = json!(schema_of(&PAIRS[0].0));
    let scopes = &schema["$defs"]["own"]["$defs"]["repository-scopes"]["anyOf"];
    let push = json!({ "const": "code:push", "description": "Push to branches that are not protected" });
    assert!(scopes.as_array().is_some_and(|scopes| scopes.contains(&push)), "{scopes}");
    jsonschema::meta::validate(&schema).expect("a schema");
}

#[test]
#[cfg(feature = "cli")]
fn the_command_writes_the_schema_of_a_catalog_s_documents() {
    let text = serde_json::to_string_pretty(&schema_of(&PAIRS[2].0)).unwrap() + "\n";
    let run = |what: &str, file: &str| {
        let file = root().join(file);
        Run::of(&["schema", what, "--catalog", file.to_str().expect("a path in UTF-8")])
    };
    let catalog = "examples/catalogs/shop/catalog.json";
    run("document", catalog).prints(&text, 0);
    run("catalog", catalog).fails("error: every catalog has the same schema: leave `--catalog` out", 1);
    run("document", "examples/acme.json").fails("", 3);
}

/// A catalog with as many as fit of everything.
fn full() -> Value {
    let list = |count: usize, item: &dyn Fn(usize) -> Value| (0..count).map(item).collect::<Value>();
    let scopes = |count| list(count, &|it| json!({ "name": format!("it:{it}") }));
    let names = |count| (0..count).map(|it| (format!("l{it}"), json!("s0"))).collect::<Map<_, _>>();
    let mut catalog = json!({
        "name": "full",
        "defaultRole": "r0",
        "entityTypes": list(32, &|it| {
            json!({ "name": format!("t{it}"), "path": format!("organization/p{it}"), "scopes": scopes(1) })
        }),
        "permissionSets": list(1_000, &|it| {
            json!({ "id": format!("s{it}"), "entityType": format!("t{}", it % 32), "scopes": ["it:0"] })
        }),
        "roles": list(256, &|it| json!({ "id": format!("r{it}") })),
        "settings": list(256, &|it| {
            json!({ "name": format!("x{it}"), "entityType": "t0", "scope": "it:0" })
        }),
        "levels": list(32, &|it| {
            json!({ "entityType": format!("t{it}"), "levels": { "all": format!("s{it}") } })
        }),
    });
    catalog["entityTypes"][0]["scopes"] = scopes(256);
    catalog["entityTypes"][31]["path"] = json!("organization");
    catalog["roles"][0]["permissionSets"] = list(1_000, &|it| json!(format!("s{it}")));
    catalog["levels"][0]["levels"] = names(64).into();
    catalog
}

fn schema_of(catalog: &Value) -> Schema {
    Schema::document_of(&parse(catalog), &Listing::parse(catalog.to_string()).expect("a valid catalog"))
}

fn parse(catalog: &Value) -> Catalog {
    Catalog::parse(catalog.to_string()).expect("a valid catalog")
}

fn bringing(document: &Value, catalog: &Value) -> Value {
    let mut document = document.clone();
    document["catalog"] = catalog.clone();
    document
}

/// The same with another value at a place; a field that is not there comes to be.
fn with(value: &Value, place: &str, other: Value) -> Value {
    let (parent, name) = place.rsplit_once('/').expect("a place");
    let mut value = value.clone();
    match value.pointer_mut(parent).expect("a place that is there") {
        Value::Array(items) => items[name.parse::<usize>().expect("a position")] = other,
        inner => inner[name] = other,
    }
    value
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// Fields of several kinds of objects, and one that nothing has.
const FIELDS: [&str; 18] = [
    "$schema",
    "id",
    "name",
    "description",
    "path",
    "group",
    "kind",
    "scope",
    "scopes",
    "roles",
    "exceptRoles",
    "includes",
    "everything",
    "setting",
    "level",
    "permissionSet",
    "permissionSets",
    "nothing",
];

fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(3),
        json!(""),
        json!("a word"),
        json!("name"),
        json!("organization"),
        json!("organization/part"),
        json!("read"),
        json!("member"),
        json!("clerk"),
        json!("code:read"),
        json!("order:read"),
        json!("order"),
        json!("repository"),
        json!("repository:acme/site"),
        json!("condition"),
        json!([]),
        json!(["member"]),
        json!({}),
    ]
}
