//! The engine against a second reading of the contract, on worked cases and on generated organizations.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    reason = "a test that meets something unexpected stops there"
)]

mod generate;
mod oracle;

use generate::{CASES, Case, Dice, ENTITIES, Tags, completions, for_all, for_every, parse};
use oracle::catalog;
use oracle::{list, text};
use scopewise::{Effect, ExportError, Organization, Request};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

#[test]
fn engine_agrees_with_the_oracle() {
    for_all(|document, organization, request| {
        let (expected, got) = (expected(document, request), answer(organization, request));
        (expected != got).then(|| format!("expected {expected}\ngot      {got}"))
    });
}

/// Every case that was worked out by hand; where they are not beside the project there is nothing to compare.
#[test]
fn oracle_agrees_with_the_worked_cases() {
    let cases = worked_cases();
    if cases.is_empty() {
        return eprintln!("skipped: no worked cases beside the project");
    }
    let mut wrong = Vec::new();
    for case in &cases {
        let answer = expected(&case["document"], &case["request"]);
        if answer != case["expect"] {
            wrong.push(format!("{case:#}\nthe oracle says {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() > 400, "only {} cases", cases.len());
}

/// A generator that yields nothing but `deny` would prove nothing.
#[test]
fn generated_requests_meet_every_answer() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for Case { document, requests } in CASES.iter() {
        for request in requests {
            let answer = expected(document, request);
            let reason = if answer["error"] == true { "malformed" } else { text(&answer["reason"]) };
            *counts.entry(reason.to_owned()).or_default() += 1;
            let timed = answer.get("maxOpenSeconds").is_some();
            *counts.entry("limited in time".to_owned()).or_default() += usize::from(timed);
        }
    }
    let answers = "creator deployment_refused granted malformed needs_tags not_granted organization_admin \
                   organization_setting other_organization setting_off token_exception token_expired \
                   token_lifetime unknown_principal unknown_scope wrong_entity_type";
    for answer in answers.split_whitespace().chain(["limited in time"]) {
        assert!(counts.get(answer).is_some_and(|count| *count >= 10), "too few `{answer}`: {counts:#?}");
    }
}

#[test]
fn an_explanation_explains_the_decision() {
    for_all(|_, organization, request| {
        let Request { principal, scope, entity, context } = Request::parse(request.to_string()).ok()?;
        let principal = organization.principal(&principal);
        let (decision, explanation) =
            match (principal.decide(&scope, &entity, &context), principal.explain(&scope, &entity, &context))
            {
                (Ok(decision), Ok(explanation)) => (json!(decision), json!(explanation)),
                (Err(_), Err(_)) => return None,
                _ => return Some("one of them is an error".to_owned()),
            };
        let same = ["effect", "reason", "needs"].iter().all(|field| decision[field] == explanation[field]);
        let backed = list(&explanation["grants"]).any(|grant| grant["effect"] == decision["effect"]);
        let needs_none = decision["effect"] == "deny" || decision["reason"] == "organization_admin";
        (!same || !backed && !needs_none).then(|| format!("{decision}\n{explanation:#}"))
    });
}

/// `can`, `scopes`, `filter` and `matrix` are short for many decisions.
#[test]
fn the_other_questions_agree_with_decide() {
    for_every(7, |document, organization, request| {
        let Request { principal, scope, entity, context } = Request::parse(request.to_string()).ok()?;
        let principal = organization.principal(&principal);
        let effect = |scope: &str, entity: &str| {
            principal.decide(scope, entity, &context).map_or(Effect::Deny, |it| it.effect)
        };
        let allowed = |scope: &str, entity: &str| effect(scope, entity) == Effect::Allow;
        let can = principal.can(&scope, &entity, &context) == allowed(&scope, &entity);
        if principal.decide(&scope, &entity, &context).is_err() {
            return (!can).then(|| "`can` is true of a malformed request".to_owned());
        }
        let scopes = names(document).into_iter().filter(|scope| allowed(scope, &entity)).collect();
        let entities: Vec<&str> = [entity.as_str()].into_iter().chain(ENTITIES).collect();
        let on = entities.iter().copied().filter(|entity| allowed(&scope, entity)).collect();
        let columns = [scope.as_str(), "stack:read", "environment:open", "team:create"];
        let cells = entities.iter().flat_map(|entity| columns.map(|scope| effect(scope, entity)));
        let page = principal.matrix(&entities, &columns, &context);
        let agree = [
            ("can", can),
            ("scopes", principal.scopes(&entity, &context) == Ok(scopes)),
            ("filter", principal.filter(entities.iter().copied(), &scope, &context) == Ok(on)),
            ("matrix", page.is_ok_and(|page| page.effects() == cells.collect::<Vec<_>>())),
        ];
        agree
            .iter()
            .find(|(_, agrees)| !agrees)
            .map(|(question, _)| format!("`{question}` says something else"))
    });
}

/// An answer given without the tags stays, whatever they turn out to be; and with those in `needs` it is given.
#[test]
fn tags_that_become_known_keep_what_was_decided() {
    let completions = completions(&["other"]);
    for_all(|document, organization, request| {
        let Request { principal, scope, entity, context } = Request::parse(request.to_string()).ok()?;
        let listed = list(&document["entities"]).any(|row| row["entity"] == entity.as_str());
        if listed || request.get("tags").is_some() {
            return None;
        }
        let principal = organization.principal(&principal);
        let effect = |tags: &Tags| {
            let context = context.clone().tags(tags.iter().copied());
            principal.decide(&scope, &entity, &context).map(|it| it.effect)
        };
        let without = principal.decide(&scope, &entity, &context).ok()?;
        completions.iter().step_by(if without.needs.is_empty() { 11 } else { 1 }).find_map(|tags| {
            let needed =
                tags.iter().copied().filter(|(key, _)| without.needs.iter().any(|it| it == key)).collect();
            let (all, needed) = (effect(tags), effect(&needed));
            let kept = without.effect == Effect::Unknown || all == Ok(without.effect);
            let told = all != Ok(Effect::Unknown) && all == needed;
            (!kept || !told).then(|| format!("{without:?}\n{tags:?}: {all:?}, with `needs` alone {needed:?}"))
        })
    });
}

/// Nothing in a document has a place in an order.
#[test]
fn order_means_nothing() {
    for_all_with(generate::shuffle, |before, after| before == after);
}

/// EV-2: grants only add.
#[test]
fn a_grant_more_takes_nothing_away() {
    let rank =
        |answer: &Value| ["deny", "unknown", "allow"].iter().position(|effect| answer["effect"] == *effect);
    let widened = for_all_with(generate::grant_more, |before, after| rank(before) <= rank(after));
    assert!(widened > 50, "only {widened} answers changed");
}

/// EX-10: in the place of its rules, the tree of a role decides every request alike, whatever is known of the tags.
#[test]
fn a_role_and_its_exported_tree_decide_alike() {
    let (mut trees, mut nameless) = (0, 0);
    for Case { document, requests } in CASES.iter() {
        let mut changed = document.clone();
        for record in changed.get_mut("roles").and_then(Value::as_array_mut).into_iter().flatten() {
            match exported(document, record) {
                Ok(true) => trees += 1,
                Ok(false) => {}
                Err(ExportError::NoIdentity { .. }) => nameless += 1,
                Err(error) => panic!("{error}\n{record}\n{document}"),
            }
        }
        let (organization, other) = (parse(document), parse(&changed));
        for request in requests.iter().flat_map(with_other_tags) {
            let decide =
                |organization: &Organization| organization.decide(&Request::parse(request.to_string())?);
            let (before, after) = (decide(&organization), decide(&other));
            assert_eq!(before, after, "{request}\n{document}\n{changed}");
            let (expected, got) = (expected(&changed, &request), answer(&other, &request));
            assert_eq!(expected, got, "{request}\n{changed}");
        }
    }
    assert!(trees > 200 && nameless < trees / 20, "{trees} trees, and {nameless} that could not be written");
}

/// Puts the tree of a record in the place of its rules, if it has some.
fn exported(document: &Value, record: &mut Value) -> Result<bool, ExportError> {
    if record.get("details").is_some() {
        return Ok(false);
    }
    let tree = scopewise::export_role(document.to_string(), text(&record["id"]))?;
    let fields = record.as_object_mut().expect("an object");
    fields.retain(|field, _| field != "rules" && field != "organizationAccess");
    fields.insert("details".to_owned(), serde_json::from_str(&tree).expect("JSON"));
    Ok(true)
}

/// A request as it is, without its tags, and with some others.
fn with_other_tags(request: &Value) -> Vec<Value> {
    let mut without = request.clone();
    without.as_object_mut().expect("an object").remove("tags");
    let tags: [&[(&str, &str)]; 2] = [&[], &[("env", "dev"), ("tier", "prod")]];
    let with = tags.map(|tags| {
        let tags: BTreeMap<_, _> = tags.iter().copied().collect();
        let mut with = without.clone();
        with["tags"] = json!(tags);
        with
    });
    [request.clone(), without].into_iter().chain(with).collect()
}

/// The scopes and default sets by which the engine decides are those that were collected.
#[test]
fn the_catalog_is_the_collected_one() {
    for revision in catalog::REVISIONS {
        let Some(collected) = catalog::shared(&format!("catalog/{revision}.json")) else {
            eprintln!("skipped: no catalog beside the project");
            return;
        };
        assert_eq!(*catalog::of(revision), catalog::read(&collected));
    }
}

/// Holds each answer against the one after a change of the document; how many are others.
fn for_all_with(change: impl Fn(&mut Dice, &mut Value), fits: impl Fn(&Value, &Value) -> bool) -> usize {
    let mut others = 0;
    for (seed, Case { document, requests }) in (0..).zip(CASES.iter()) {
        let mut changed = document.clone();
        change(&mut Dice::new(seed), &mut changed);
        let (organization, other) = (parse(document), parse(&changed));
        for request in requests {
            let (before, after) = (answer(&organization, request), answer(&other, request));
            assert!(fits(&before, &after), "{before} became {after}\n{request}\n{document}\n{changed}");
            others += usize::from(before != after);
        }
    }
    others
}

/// What the oracle says.
fn expected(document: &Value, request: &Value) -> Value {
    oracle::decide(document, catalog::of(text(&document["revision"])), request)
}

/// What the engine says, in the same words.
fn answer(organization: &Organization, request: &Value) -> Value {
    let decided = Request::parse(request.to_string()).and_then(|request| organization.decide(&request));
    let Ok(decision) = decided else { return json!({ "error": true }) };
    let mut answer = json!(decision);
    if request["scope"] != "environment:open" || answer["maxOpenSeconds"] == 0 {
        answer.as_object_mut().expect("an object").remove("maxOpenSeconds");
    }
    answer
}

fn worked_cases() -> Vec<Value> {
    let Ok(files) = fs::read_dir(catalog::beside().join("cases")) else { return Vec::new() };
    let paths = files.map(|file| file.expect("an entry").path());
    let read = |path| serde_json::from_slice(&fs::read(path).expect("a readable file")).expect("JSON");
    paths.map(read).flat_map(|file: Value| list(&file["cases"]).cloned().collect::<Vec<_>>()).collect()
}

/// The names of all scopes of a document's revision.
fn names(document: &Value) -> BTreeSet<&'static str> {
    let catalog = catalog::of(text(&document["revision"]));
    catalog.scopes.iter().map(|(_, name)| name.as_str()).collect()
}
