//! Remedies: each of them, carried out, allows the request; what they add is counted right; none contains another; and
//! nothing simple is missed.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    reason = "a test that meets something unexpected stops there"
)]
#![allow(dead_code, unused_imports, reason = "the generator and the oracle have more than is used here")]

mod apply;
mod generate;
mod oracle;

use apply::{Pair, People, apply};
use generate::{CASES, Case, KEYS, VALUES, for_every, parse};
use oracle::{catalog, list, text};
use scopewise::{Organization, Request};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

// On generated organizations.

#[test]
fn each_remedy_allows() {
    for_every(4, |document, organization, request| {
        remedies(organization, request)?.iter().find_map(|remedy| {
            let (document, request) = apply(document, request, remedy);
            let changed = match Organization::parse(document.to_string()) {
                Ok(changed) => changed,
                Err(invalid) => return Some(format!("{remedy}\nis no valid change: {invalid}")),
            };
            let engine = changed.decide(&Request::parse(request.to_string()).ok()?).ok()?;
            let oracle = oracle::decide(&document, catalog::of(text(&document["revision"])), &request);
            let allowed = engine.is_allow() && oracle["effect"] == "allow";
            (!allowed).then(|| format!("{remedy}\nthe engine says {engine:?}, the oracle {oracle}"))
        })
    });
}

/// Everyone's pairs are counted before and after, one by one.
#[test]
fn what_a_remedy_adds_and_takes_is_counted_right() {
    for_every(29, |document, organization, request| {
        let told = explanation(organization, request)?;
        list(&told["remedies"]).find_map(|remedy| {
            let (other, changed) = apply(document, request, remedy);
            let (before, after) = (People::of(document, request), People::of(&other, &changed));
            let (mut gains, mut loses) = (0, 0);
            for (earlier, later) in before.reached(text(&remedy["kind"]), told["actsAs"].as_str(), &after) {
                gains += later.difference(&earlier).count();
                loses += earlier.difference(&later).count();
            }
            let counted = json!([gains, loses]);
            (counted != json!([remedy["gains"], remedy["loses"]]))
                .then(|| format!("{remedy}\ncounted {counted}"))
        })
    });
}

#[test]
fn remedies_are_in_order_and_beside_no_allow() {
    for_every(1, |_, organization, request| {
        let told = explanation(organization, request)?;
        let key = |remedy: &Value| (remedy["gains"].as_u64(), text(&remedy["sentence"]).to_owned());
        let in_order = list(&told["remedies"]).map(key).is_sorted();
        let absent = told.get("remedies").is_none() == (told["effect"] == "allow");
        let foreign = ["unknown_principal", "unknown_scope", "wrong_entity_type", "other_organization"];
        let helpless = foreign.contains(&text(&told["reason"])) && list(&told["remedies"]).next().is_some();
        (!in_order || !absent || helpless).then(|| told.to_string())
    });
}

/// Of two of a kind for one receiver, none gives all that the other gives and more. Tags say what an entity is: of those
/// none is in place of another.
#[test]
fn no_remedy_contains_another() {
    for_every(13, |document, organization, request| {
        let remedies = remedies(organization, request)?;
        let gained: Vec<_> = remedies.iter().map(|remedy| gained(document, request, remedy)).collect();
        let (outer, inner) = pairs(&remedies).find(|(outer, inner)| {
            let alike = group(&remedies[*outer]) == group(&remedies[*inner]);
            let of_tags = matches!(text(&remedies[*outer]["kind"]), "give_tags" | "set_tags");
            alike && !of_tags && contains(&gained[*outer], &gained[*inner])
        })?;
        Some(format!("{}\ncontains\n{}", remedies[outer], remedies[inner]))
    });
}

/// Every role, team, set, toggle and token that is there is tried by hand: whatever allows is told, or another of its
/// kind that gives less is.
#[test]
fn nothing_simple_is_missed() {
    for_every(13, |document, organization, request| {
        let told = explanation(organization, request).filter(|told| told["effect"] != "allow")?;
        let candidates = candidates(document, request, &told);
        candidates.iter().find_map(|candidate| {
            let told_of =
                |remedy: &&Value| candidate.as_object().unwrap().iter().all(|(key, it)| remedy[key] == *it);
            if list(&told["remedies"]).any(|remedy| told_of(&remedy)) || !allows(document, request, candidate)
            {
                return None;
            }
            let gains = gained(document, request, candidate);
            let alike = list(&told["remedies"]).filter(|remedy| group(remedy) == group(candidate));
            let mut smaller = alike.map(|remedy| gained(document, request, remedy));
            (!smaller.any(|smaller| contains(&gains, &smaller)))
                .then(|| format!("{candidate} is missed in\n{told:#}"))
        })
    });
}

/// No other tags, as few or fewer, would do.
#[test]
fn tags_that_are_to_be_others_are_the_fewest() {
    let values: Vec<Option<&str>> =
        [None].into_iter().chain(VALUES.into_iter().chain(["new"]).map(Some)).collect();
    for_every(3, |document, organization, request| {
        let told = explanation(organization, request).filter(|told| told["effect"] != "allow")?;
        let tagged = |remedy: &&Value| matches!(text(&remedy["kind"]), "set_tags" | "give_tags");
        let size = |remedy: &Value| {
            let given = remedy["set"].as_object().or(remedy["tags"].as_object()).map_or(0, |tags| tags.len());
            given + list(&remedy["remove"]).count()
        };
        let told_size = list(&told["remedies"]).filter(tagged).map(size).max();
        let present = tags(document, request);
        let mut fewest = None;
        for assignment in assignments(&values) {
            let changed = KEYS
                .iter()
                .zip(&assignment)
                .filter(|(key, value)| present.as_ref().and_then(|tags| tags[**key].as_str()) != **value);
            let changed = changed.count();
            if fewest.is_none_or(|fewest| changed < fewest)
                && allowed_with(organization, request, &assignment)
            {
                fewest = Some(changed);
            }
        }
        (fewest != told_size).then(|| format!("{told:#}\nwith {fewest:?} other tags it is allowed"))
    });
}

/// A generator that leads to roles alone would prove little.
#[test]
fn generated_requests_meet_every_kind() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for Case { document, requests } in CASES.iter() {
        let organization = parse(document);
        for remedy in requests.iter().filter_map(|request| remedies(&organization, request)).flatten() {
            *counts.entry(text(&remedy["kind"]).to_owned()).or_default() += 1;
        }
    }
    let kinds = "assign_role give_tags grant_set join_team raise_level remove_access_token set_access_token \
                 set_default_deployment_role set_deployment_role set_run_as set_tags turn_on use_token";
    for kind in kinds.split_whitespace() {
        assert!(counts.get(kind).is_some_and(|count| *count >= 10), "too few `{kind}`: {counts:#?}");
    }
    assert_eq!(counts.len(), kinds.split_whitespace().count(), "{counts:#?}");
}

/// The remedies of a request, as JSON; nothing where it is malformed or allowed.
fn remedies(organization: &Organization, request: &Value) -> Option<Vec<Value>> {
    let told = explanation(organization, request)?;
    told.get("remedies").map(|remedies| list(remedies).cloned().collect())
}

fn explanation(organization: &Organization, request: &Value) -> Option<Value> {
    let Request { principal, scope, entity, context } = Request::parse(request.to_string()).ok()?;
    Some(json!(organization.principal(&principal).explain(&scope, &entity, &context).ok()?))
}

/// Kind, receiver and setting: what remedies must have alike to be compared.
fn group(remedy: &Value) -> Vec<&Value> {
    ["kind", "to", "user", "stack", "setting"].map(|field| &remedy[field]).to_vec()
}

/// Whether one set is a proper part of another.
fn contains(outer: &BTreeSet<Pair>, inner: &BTreeSet<Pair>) -> bool {
    inner.is_subset(outer) && inner.len() < outer.len()
}

fn pairs(all: &[Value]) -> impl Iterator<Item = (usize, usize)> {
    let count = all.len();
    (0..count).flat_map(move |one| (0..count).map(move |other| (one, other)))
}

/// What whoever gets something gains by it; by everything else, whoever asks.
fn gained(document: &Value, request: &Value, remedy: &Value) -> BTreeSet<Pair> {
    let (other, changed) = apply(document, request, remedy);
    let receiver = remedy["to"].as_str().or(remedy["user"].as_str());
    let (before, after) = (People::of(document, request), People::of(&other, &changed));
    let may = |people: &People<'_>| receiver.map_or_else(|| people.asker(), |name| people.may(name));
    may(&after).difference(&may(&before)).cloned().collect()
}

fn allows(document: &Value, request: &Value, candidate: &Value) -> bool {
    let (document, request) = apply(document, request, candidate);
    oracle::decide(&document, catalog::of(text(&document["revision"])), &request)["effect"] == "allow"
}

/// The simple changes that there are for whoever asks: kind and names alone.
fn candidates(document: &Value, request: &Value, told: &Value) -> Vec<Value> {
    let Some(holder) = holder(document, request, told) else { return Vec::new() };
    let (kind, name) = holder.split_once(':').expect("a kind and a name");
    let names =
        |field: &str, key: &str| -> Vec<&str> { list(&document[field]).map(|it| text(&it[key])).collect() };
    let is_member = names("members", "user").contains(&name);
    let catalog = catalog::of(text(&document["revision"]));
    let mut found = Vec::new();
    if kind != "user" || is_member {
        let purpose = |role: &&Value| !matches!(role["uxPurpose"].as_str(), Some("policy" | "set"));
        let custom = list(&document["roles"]).filter(purpose).map(|role| text(&role["id"]));
        let roles = ["admin", "member", "billing-manager"].into_iter().chain(custom);
        found.extend(roles.map(|role| json!({ "kind": "assign_role", "to": holder, "role": role })));
    }
    if kind == "user" && is_member {
        let teams = names("teams", "name").into_iter();
        found.extend(
            teams.map(|team| json!({ "kind": "join_team", "user": holder, "team": format!("team:{team}") })),
        );
    }
    if kind != "token" {
        let entity_type = text(&request["entity"]).split(':').next();
        let default =
            catalog.sets.iter().filter(|set| Some(&*set.entity_type) == entity_type).map(|set| &*set.id);
        let custom =
            list(&document["permissionSets"]).filter(|set| set["entityType"].as_str() == entity_type);
        let sets = default.chain(custom.map(|set| text(&set["id"])));
        let entity = &request["entity"];
        found.extend(
            sets.map(
                |set| json!({ "kind": "grant_set", "to": holder, "entity": entity, "permissionSet": set }),
            ),
        );
    }
    let toggles = ["CreateStacks", "DeleteStacks", "TransferStacks", "CreateTeams", "CreateAccounts"];
    found.extend(toggles.map(|verb| json!({ "kind": "turn_on", "setting": format!("membersCan{verb}") })));
    if text(&request["principal"]).starts_with("token:") {
        let own = list(&document["tokens"]).filter(|token| {
            token["kind"] != "personal" || format!("user:{}", text(&token["user"])) == holder
        });
        found.extend(
            own.map(
                |token| json!({ "kind": "use_token", "token": format!("token:{}", text(&token["name"])) }),
            ),
        );
    }
    found
}

/// Who holds what decides: behind a run or a token the user or the team.
fn holder(document: &Value, request: &Value, told: &Value) -> Option<String> {
    let asker = text(&request["principal"]);
    let acts_as = if asker.starts_with("deployment:") { told["actsAs"].as_str()? } else { asker };
    let (kind, name) = acts_as.split_once(':')?;
    let known = |field: &str, key: &str| oracle::find(&document[field], key, name);
    match kind {
        "user" => known("members", "user").or(known("collaborators", "user")).map(|_| acts_as.to_owned()),
        "team" => known("teams", "name").map(|_| acts_as.to_owned()),
        "service-principal" => known("servicePrincipals", "name").map(|_| acts_as.to_owned()),
        "token" => known("tokens", "name").map(|token| match text(&token["kind"]) {
            "personal" => format!("user:{}", text(&token["user"])),
            "team" => format!("team:{}", text(&token["team"])),
            _ => acts_as.to_owned(),
        }),
        _ => None,
    }
}

/// The tags of the entity of a request, if they are known.
fn tags(document: &Value, request: &Value) -> Option<Value> {
    let listed = oracle::find(&document["entities"], "entity", text(&request["entity"]));
    let of_document = || listed.map(|entity| entity.get("tags").cloned().unwrap_or_else(|| json!({})));
    request.get("tags").cloned().or_else(of_document)
}

fn assignments<'v>(values: &[Option<&'v str>]) -> Vec<[Option<&'v str>; 3]> {
    let with = |first| {
        values.iter().flat_map(move |second| values.iter().map(move |third| [first, *second, *third]))
    };
    values.iter().flat_map(|first| with(*first)).collect()
}

fn allowed_with(organization: &Organization, request: &Value, assignment: &[Option<&str>; 3]) -> bool {
    let mut request = request.clone();
    let given =
        KEYS.iter().zip(assignment).filter_map(|(key, value)| Some(((*key).to_owned(), json!((*value)?))));
    request["tags"] = Value::Object(given.collect());
    let asked = Request::parse(request.to_string()).expect("it was well formed");
    organization.decide(&asked).is_ok_and(|decision| decision.is_allow())
}
