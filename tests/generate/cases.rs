//! A property against all generated organizations, and the least organization for which it does not hold.

use super::{Dice, document, request, shrink};
use crate::oracle::{catalog, text};
use scopewise::Organization;
use serde_json::Value;
use std::env;
use std::sync::LazyLock;

/// Enough that every answer is given often, and seconds in a debug build. `ORGANIZATIONS=20000 cargo test --release
/// --test properties` looks further.
const ORGANIZATIONS: u64 = 300;
const REQUESTS: usize = 40;

/// A generated organization and what it is asked.
pub(crate) struct Case {
    pub(crate) document: Value,
    pub(crate) requests: Vec<Value>,
}

/// All of them, drawn once and always the same.
pub(crate) static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let wished = env::var("ORGANIZATIONS").ok().and_then(|count| count.parse().ok());
    (0..wished.unwrap_or(ORGANIZATIONS)).map(case).collect()
});

fn case(seed: u64) -> Case {
    let mut dice = Dice::new(seed);
    let catalog = catalog::of(dice.weighted(&[(1, "2025-11"), (1, "2026-04"), (2, "2026-10")]));
    let document = document(&mut dice, catalog);
    let requests = (0..REQUESTS).map(|_| request(&mut dice, catalog, &document)).collect();
    Case { document, requests }
}

/// Holds a property, which says what is wrong, against every request. Stops at the first fault and prints it with
/// what is left of the document when all that does not matter is gone.
pub(crate) fn for_all(property: impl Fn(&Value, &Organization, &Value) -> Option<String>) {
    for_every(1, property);
}

/// The same for one in so many requests, where a property asks much.
pub(crate) fn for_every(step: usize, property: impl Fn(&Value, &Organization, &Value) -> Option<String>) {
    for (first, Case { document, requests }) in CASES.iter().enumerate() {
        let organization = parse(document);
        for request in requests.iter().skip(first % step).step_by(step) {
            if property(document, &organization, request).is_some() {
                stop(document, request, &property);
            }
        }
    }
}

fn stop(
    document: &Value,
    request: &Value,
    property: &impl Fn(&Value, &Organization, &Value) -> Option<String>,
) {
    let fault = |document: &Value| {
        let organization = Organization::parse(document.to_string()).ok()?;
        property(document, &organization, request)
    };
    let least = shrink(document.clone(), |document| fault(document).is_some());
    panic!("{}\n{request}\n{least:#}", fault(&least).expect("shrinking keeps the fault"));
}

/// The engine of a document that is valid.
pub(crate) fn parse(document: &Value) -> Organization {
    Organization::parse(document.to_string()).unwrap_or_else(|invalid| {
        let fault =
            |document: &Value| Some(Organization::parse(document.to_string()).err()?.problems()[0].code);
        let least = shrink(document.clone(), |other| fault(other) == fault(document));
        panic!("a generated document of {} is not valid: {invalid}\n{least:#}", text(&document["revision"]))
    })
}
