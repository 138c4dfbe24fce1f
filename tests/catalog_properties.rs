//! Catalogs by the dice: the engine decides by any of them as a plain reading of their format does, wherever the catalog
//! stands; and whatever becomes of one, nothing panics.
#![cfg(not(target_arch = "wasm32"))]

#[path = "generate/dice.rs"]
#[allow(dead_code, reason = "the dice have more throws than are needed here")]
mod dice;
#[path = "oracle/catalogs.rs"]
mod oracle;
#[path = "generate/catalogs.rs"]
mod world;

use dice::Dice;
use oracle::Oracle;
use scopewise::catalog::{Catalog, Listing};
use scopewise::{Bundle, Context, Label, Organization};
use serde_json::{Value, json};

const WORLDS: u64 = 600;
const MUTATIONS: u64 = 50_000;

#[test]
fn the_engine_decides_by_any_catalog_as_its_format_says() {
    let (mut asked, mut allowed) = (0, 0);
    for seed in 0..WORLDS {
        let mut dice = Dice::new(seed);
        let (catalog, document) = world::throw(&mut dice);
        let organizations = in_every_place(&catalog, &document);
        let oracle = Oracle { catalog: &catalog, document: &document };
        for request in world::requests(&mut dice, &catalog, &document) {
            let [principal, scope, entity] = &request;
            let expected = oracle.decide(principal, scope, entity);
            for organization in &organizations {
                let decision = organization.principal(principal).decide(scope, entity, &Context::default());
                let decision = decision.unwrap_or_else(|error| panic!("{seed}: {error}: {request:?}"));
                let found = (decision.effect.as_str(), decision.reason.as_str());
                assert_eq!(found, expected, "{seed}: {request:?}\n{catalog:#}\n{document:#}");
            }
            asked += 1;
            allowed += usize::from(expected.0 == "allow");
        }
    }
    assert!(allowed * 8 > asked && allowed * 2 < asked, "{allowed} of {asked}");
}

/// The same organization with its catalog in the document, beside it, and in a bundle.
fn in_every_place(catalog: &Value, document: &Value) -> [Organization; 3] {
    let read = |result: Result<Organization, _>| {
        result.unwrap_or_else(|error| panic!("{error}\n{catalog:#}\n{document:#}"))
    };
    let beside = Catalog::parse(catalog.to_string()).unwrap_or_else(|error| panic!("{error}\n{catalog:#}"));
    let beside = read(Organization::parse_with(&beside, document.to_string()));
    let mut whole = document.clone();
    whole["catalog"] = catalog.clone();
    let inside = read(Organization::parse(whole.to_string()));
    let opened = Bundle::open(&inside.to_bundle(&Label::default())).unwrap().organization().clone();
    [beside, inside, opened]
}

#[test]
fn whatever_becomes_of_a_catalog_nothing_panics() {
    let mut taken = 0;
    for seed in 0..MUTATIONS {
        let mut dice = Dice::new(seed);
        if seed % 16 == 0 {
            taken += usize::from(changed(&mut dice, seed).is_some());
        } else {
            let (mut catalog, _) = world::throw(&mut dice);
            change_some(&mut dice, &mut catalog);
            let read = Catalog::parse(catalog.to_string());
            assert_eq!(read.is_ok(), Listing::parse(catalog.to_string()).is_ok());
            taken += usize::from(read.is_ok());
            assert!(read.map_or_else(|invalid| !invalid.problems().is_empty(), |_| true), "{seed}");
        }
    }
    assert!(taken > 1_000 && taken < 40_000, "{taken} were taken");
}

/// A document whose catalog was changed; if it is taken all the same, it answers.
fn changed(dice: &mut Dice, seed: u64) -> Option<()> {
    let (mut catalog, mut document) = world::throw(dice);
    let requests = world::requests(dice, &catalog, &document);
    change_some(dice, &mut catalog);
    document["catalog"] = catalog;
    let organization = match Organization::parse(document.to_string()) {
        Ok(organization) => organization,
        Err(invalid) => {
            assert!(!invalid.problems().is_empty(), "{seed}");
            return None;
        }
    };
    let bundle = Bundle::open(&organization.to_bundle(&Label::default())).unwrap();
    for [principal, scope, entity] in &requests {
        let told = organization.principal(principal).explain(scope, entity, &Context::default());
        let decided = bundle.organization().principal(principal).decide(scope, entity, &Context::default());
        assert_eq!(
            told.map(|it| it.effect),
            decided.map(|it| it.effect),
            "{seed}: {principal} {scope} {entity}"
        );
    }
    Some(())
}

fn change_some(dice: &mut Dice, catalog: &mut Value) {
    for _ in 0..dice.between(1, 3) {
        change(dice, catalog);
    }
}

/// Changes one value somewhere inside: gone, twice, moved or another.
fn change(dice: &mut Dice, value: &mut Value) {
    let inside = match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    if inside == 0 || dice.percent(5) {
        *value = other(dice);
        return;
    }
    let at = dice.below(inside);
    match (value, dice.below(12)) {
        (Value::Array(items), 0) => drop(items.remove(at)),
        (Value::Array(items), 1) => items.push(items[at].clone()),
        (Value::Array(items), 2) => items.swap(0, at),
        (Value::Array(items), _) => change(dice, &mut items[at]),
        (Value::Object(members), 0) => {
            let key = members.keys().nth(at).unwrap().clone();
            members.remove(&key);
        }
        (Value::Object(members), 1) => {
            members.insert(dice.pick(WORDS).to_owned(), other(dice));
        }
        (Value::Object(members), _) => change(dice, members.values_mut().nth(at).unwrap()),
        _ => unreachable!("it has parts"),
    }
}

const WORDS: &[&str] = &[
    "",
    "a",
    "none",
    "roles",
    "exceptRoles",
    "includes",
    "organization",
    "organization/a",
    "a/organization/b",
    "o:a",
    "t0:a0",
    "s0",
    "s1",
    "r0",
    "t0",
    "t1",
    "everything",
    "condition",
    "a b",
    "`\n\"",
    "*",
    "defaultRole",
];

fn other(dice: &mut Dice) -> Value {
    match dice.below(9) {
        0 => Value::Null,
        1 => json!(dice.percent(50)),
        2 => json!(dice.below(300)),
        3 => json!([dice.pick(WORDS)]),
        4 => json!({ dice.pick(WORDS): dice.pick(WORDS) }),
        5 => json!("x".repeat(dice.between(79, 200))),
        _ => json!(dice.pick(WORDS)),
    }
}
