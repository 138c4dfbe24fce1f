//! Requests: mostly sensible ones, and a few of each kind that is not.

use super::{AT, Dice, ENTITIES, KEYS, USERS, VALUES, scopes, type_of};
use crate::oracle::catalog::Catalog;
use serde_json::{Map, Value, json};

/// A question to an organization of the catalog's revision.
pub(crate) fn request(dice: &mut Dice, catalog: &Catalog, document: &Value) -> Value {
    let (principal, scope, entity) = if dice.percent(25) {
        aimed(dice, catalog, document)
    } else {
        let entity = entity(dice);
        (principal(dice, document), scope(dice, catalog, type_of(&entity)), entity)
    };
    let mut request = json!({ "principal": principal, "scope": scope, "entity": entity, "at": at(dice) });
    if dice.percent(15) {
        request["tags"] = tags(dice);
    }
    if principal.starts_with("deployment:") || dice.percent(4) {
        request["trigger"] = trigger(dice, document);
    }
    if dice.percent(3) {
        spoil(dice, &mut request);
    }
    request
}

/// A question where something rare may decide it: what tokens get from settings or may not do, the creator of a
/// stack, limits in time, what teams give, scopes of the organization under conditions.
fn aimed(dice: &mut Dice, catalog: &Catalog, document: &Value) -> (String, String, String) {
    let organization = "organization:acme".to_owned();
    match dice.below(7) {
        0 => {
            let scope =
                dice.pick(&["stack:create", "team:create", "insights_account:create", "org_token:delete"]);
            (named(dice, document, "tokens", "token"), scope.to_owned(), organization)
        }
        1 => created(dice, catalog, document),
        2 => (
            format!("user:{}", member(dice, document)),
            "environment:open".to_owned(),
            ENTITIES[3].to_owned(),
        ),
        3..6 => {
            let entity = entity(dice);
            ("token:tt".to_owned(), scope(dice, catalog, type_of(&entity)), entity)
        }
        _ => (principal(dice, document), scope(dice, catalog, "organization"), organization),
    }
}

/// Whoever created a listed stack, on that stack.
fn created(dice: &mut Dice, catalog: &Catalog, document: &Value) -> (String, String, String) {
    let listed = document["entities"].as_array().map_or(&[][..], Vec::as_slice);
    let stacks: Vec<(&str, &str)> = listed
        .iter()
        .filter_map(|row| Some((row["creator"].as_str()?, row["entity"].as_str()?)))
        .filter(|(_, entity)| type_of(entity) == "stack")
        .collect();
    let scope = scope(dice, catalog, "stack");
    if stacks.is_empty() {
        return (principal(dice, document), scope, entity(dice));
    }
    let (creator, entity) = dice.pick(&stacks);
    (creator.to_owned(), scope, entity.to_owned())
}

fn entity(dice: &mut Dice) -> String {
    match dice.below(100) {
        0..16 => "organization:acme".to_owned(),
        16..18 => dice
            .pick(&["stack:other/web/prod", "organization:other", "environment:other/default/aws"])
            .to_owned(),
        18..26 => {
            dice.pick(&["stack:acme/a/b", "environment:acme/a/b", "insights-account:acme/new"]).to_owned()
        }
        _ => dice
            .weighted(
                &[(30, 0), (25, 1), (10, 2), (15, 3), (10, 4), (6, 5), (4, 6)]
                    .map(|(weight, index): (usize, usize)| (weight, ENTITIES[index])),
            )
            .to_owned(),
    }
}

fn principal(dice: &mut Dice, document: &Value) -> String {
    match dice.below(100) {
        0..40 => format!("user:{}", member(dice, document)),
        40..44 => "user:zoe".to_owned(),
        44..62 => named(dice, document, "tokens", "token"),
        62..68 => named(dice, document, "teams", "team"),
        68..74 => named(dice, document, "servicePrincipals", "service-principal"),
        74..96 => dice
            .pick(&["deployment:web/prod", "deployment:web/dev", "deployment:net/prod", "deployment:a/b"])
            .to_owned(),
        _ => dice.pick(&["user:nobody", "token:gone", "team:gone", "service-principal:sp"]).to_owned(),
    }
}

/// Mostly one of the document's members.
fn member(dice: &mut Dice, document: &Value) -> String {
    let members = document["members"].as_array().map_or(&[][..], Vec::as_slice);
    if members.is_empty() || dice.percent(5) {
        return dice.pick(&USERS).to_owned();
    }
    dice.pick(members)["user"].as_str().expect("a login").to_owned()
}

/// One of what the document has of a kind, or somebody else if it has none.
fn named(dice: &mut Dice, document: &Value, list: &str, word: &str) -> String {
    match document[list].as_array() {
        Some(values) => format!("{word}:{}", dice.pick(values)["name"].as_str().expect("a name")),
        None => format!("user:{}", member(dice, document)),
    }
}

fn scope(dice: &mut Dice, catalog: &Catalog, entity_type: &str) -> String {
    let of_type = |(of, _): &&(String, String)| of == entity_type;
    match dice.below(100) {
        0..2 => dice.pick(&["stack:fly", "environment:read_decrypt", "integrations:fly"]).to_owned(),
        2..5 => dice.pick(&catalog.scopes.iter().collect::<Vec<_>>()).1.clone(),
        5..15 => dice.pick(&catalog.scopes.iter().filter(of_type).collect::<Vec<_>>()).1.clone(),
        _ => dice.pick(&scopes(catalog, entity_type)).to_owned(),
    }
}

fn at(dice: &mut Dice) -> &'static str {
    if dice.percent(85) {
        return AT;
    }
    dice.pick(&[
        "2026-11-20T05:30:00+05:30",
        "2026-11-20T00:00:00.5Z",
        "2026-12-19T23:59:59Z",
        "2027-06-01T00:00:00Z",
    ])
}

fn tags(dice: &mut Dice) -> Value {
    let keys = dice.each(&KEYS, 50);
    keys.into_iter().map(|key| (key.to_owned(), json!(dice.pick(&VALUES)))).collect::<Map<_, _>>().into()
}

fn trigger(dice: &mut Dice, document: &Value) -> Value {
    if dice.percent(50) {
        return json!({ "kind": dice.pick(&["git-push", "pull-request", "schedule"]) });
    }
    let login =
        if dice.percent(90) { member(dice, document) } else { dice.pick(&["zoe", "nobody"]).to_owned() };
    json!({ "kind": dice.pick(&["rest", "console"]), "by": format!("user:{login}") })
}

/// Makes the request a malformed one.
fn spoil(dice: &mut Dice, request: &mut Value) {
    let (field, value) = dice.pick(&[
        ("principal", json!("bob")),
        ("principal", json!("user:")),
        ("principal", json!("robot:bob")),
        ("principal", json!("deployment:web")),
        ("principal", json!("deployment:web/prod/x")),
        ("principal", json!(7)),
        ("scope", json!("read")),
        ("entity", json!("acme/web/prod")),
        ("entity", json!("stack:acme/web")),
        ("entity", json!("stack:acme//prod")),
        ("entity", json!("planet:acme/web/prod")),
        ("entity", json!("organization:acme/web")),
        ("at", json!("yesterday")),
        ("at", json!("2026-02-29T00:00:00Z")),
        ("at", json!("2026-11-20T00:00Z")),
        ("tags", json!({ "env": 1 })),
        ("tags", json!(["env"])),
        ("extra", json!(true)),
    ]);
    if dice.percent(15) {
        request["principal"] = json!("deployment:web/prod");
        request["trigger"] = dice.pick(&[
            json!({ "kind": "rest" }),
            json!({ "kind": "moon" }),
            json!("git-push"),
            Value::Null,
        ]);
        return;
    }
    request[field] = value;
}
