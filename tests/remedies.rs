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

mod apply;
#[allow(dead_code, unused_imports, reason = "other tests use the rest")]
mod generate;
#[allow(dead_code, reason = "other tests use the rest")]
mod oracle;

use apply::{Pair, People, apply};
use generate::{CASES, Case, KEYS, VALUES, for_every, parse};
use oracle::{catalog, list, text};
use scopewise::{Organization, Request};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Where nothing of the organization is asked about, nothing in it helps.
const FOREIGN: [&str; 4] = ["unknown_principal", "unknown_scope", "wrong_entity_type", "other_organization"];

#[test]
fn each_remedy_allows() {
    for_every(5, |document, organization, request| {
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
    for_every(17, |document, organization, request| {
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
        let vain = FOREIGN.contains(&text(&told["reason"])) && list(&told["remedies"]).next().is_some();
        (!in_order || !absent || vain).then(|| told.to_string())
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
        let told = refusal(organization, request)?;
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

/// Of the default levels the lowest that does it is told.
#[test]
fn the_lowest_level_is_told() {
    for_every(3, |document, organization, request| {
        let told = refusal(organization, request)?;
        let (setting, levels) = match text(&request["entity"]).split(':').next()? {
            "stack" => ("defaultStackPermission", &["read", "write", "admin"][..]),
            "environment" => ("defaultEnvironmentPermission", &["read", "open", "write", "admin"][..]),
            "insights-account" => ("defaultAccountPermission", &["read", "write", "admin"][..]),
            _ => return None,
        };
        let raise = |level: &str| json!({ "kind": "raise_level", "setting": setting, "level": level });
        let lowest = levels.iter().find(|level| allows(document, request, &raise(level)));
        let found = list(&told["remedies"]).find(|remedy| remedy["kind"] == "raise_level");
        let found = found.map(|remedy| (text(&remedy["setting"]), text(&remedy["level"])));
        (found != lowest.map(|level| (setting, *level)))
            .then(|| format!("{lowest:?} is the lowest\n{told:#}"))
    });
}

/// No other tags, as few or fewer, would do.
#[test]
fn tags_that_are_to_be_others_are_the_fewest() {
    let values: Vec<Option<&str>> =
        [None].into_iter().chain(VALUES.into_iter().chain(["new"]).map(Some)).collect();
    for_every(7, |document, organization, request| {
        let told = refusal(organization, request)?;
        let tagged = |remedy: &&Value| matches!(text(&remedy["kind"]), "set_tags" | "give_tags");
        let size = |remedy: &Value| {
            let given =
                remedy["set"].as_object().or(remedy["tags"].as_object()).map_or(0, serde_json::Map::len);
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

/// The form of every kind: names, numbers and the sentence.
#[test]
fn a_remedy_is_a_value_with_all_names() {
    let grant = json!({ "kind": "grant_set", "to": "user:bob", "entity": PROD, "permissionSet": "stack-read",
        "level": "read", "gains": 8, "loses": 0,
        "sentence": format!("grant `user:bob` the permission set `stack-read` on `{PROD}`") });
    told("user:bob", "stack:read", PROD, &grant);
    let role = json!({ "kind": "assign_role", "to": "user:bob", "role": "deployer", "replaces": "member",
        "gains": 50, "loses": 38, "sentence": "give `user:bob` the role `deployer` in place of `member`" });
    told("user:bob", "stack:write", PROD, &role);
    let team = json!({ "kind": "join_team", "user": "user:bob", "team": "team:platform", "gains": 16, "loses": 0,
        "sentence": "add `user:bob` to `team:platform`" });
    told("user:bob", "stack:read", PROD, &team);
    let toggle = json!({ "kind": "turn_on", "setting": "membersCanCreateTeams", "gains": 1, "loses": 0,
        "sentence": "turn on the setting `membersCanCreateTeams`" });
    told("user:bob", "team:create", "organization:acme", &toggle);
    let level = json!({ "kind": "raise_level", "setting": "defaultStackPermission", "level": "read",
        "gains": 16, "loses": 0, "sentence": "raise the setting `defaultStackPermission` to `read`" });
    told("user:bob", "stack:read", PROD, &level);
    let token = json!({ "kind": "use_token", "token": "token:ci", "gains": 50, "loses": 0, "sentence": "use `token:ci`" });
    told("token:old", "stack:write", PROD, &token);
    let tags = json!({ "kind": "set_tags", "entity": PROD, "set": { "env": "dev", "owner": "any" },
        "remove": ["frozen"], "free": ["owner"], "gains": 4, "loses": 0,
        "sentence": format!("on `{PROD}`, set the tag `env` to `dev`, set the tag `owner` to any value that no rule \
            names, such as `any`, remove the tag `frozen`") });
    told("team:care", "stack:delete", PROD, &tags);
    let given = json!({ "kind": "give_tags", "entity": "stack:acme/a/b", "tags": { "env": "dev", "owner": "any" },
        "free": ["owner"], "gains": 4, "loses": 0, "sentence": "give the tags of `stack:acme/a/b`: `env` is `dev`, \
            `owner` is any value that no rule names, such as `any`" });
    told("team:care", "stack:delete", "stack:acme/a/b", &given);
}

#[test]
fn a_remedy_for_a_run_is_a_value_with_all_names() {
    let (web, api) = ("deployment:web/prod", "deployment:api/prod");
    let role = json!({ "kind": "set_deployment_role", "stack": PROD, "role": "deployer", "gains": 25, "loses": 0,
        "sentence": format!("give the deployments of `{PROD}` the role `deployer`") });
    told(web, "stack:write", API, &role);
    let default = json!({ "kind": "set_default_deployment_role", "role": "deployer", "gains": 25, "loses": 0,
        "sentence": "make `deployer` the default role of deployments" });
    told(web, "stack:write", API, &default);
    let identity = json!({ "kind": "set_run_as", "stack": API, "runAs": "service-principal:runner",
        "replaces": ["team:care", "token:old"], "gains": 50, "loses": 0,
        "sentence": format!("let the deployments of `{API}` run as `service-principal:runner` in place of `team:care` \
            and `token:old`") });
    told(api, "stack:write", API, &identity);
    let token = json!({ "kind": "set_access_token", "stack": API, "accessToken": "token:ci",
        "replaces": ["team:care", "token:old"], "gains": 50, "loses": 0,
        "sentence": format!("let the deployments of `{API}` use `token:ci` in place of `team:care` and `token:old`") });
    told(api, "stack:write", API, &token);
    let without = json!({ "kind": "remove_access_token", "stack": API, "accessToken": "token:old",
        "gains": 8, "loses": 0, "sentence": format!("take `token:old` out of the deployment settings of `{API}`") });
    told(api, "stack:read", API, &without);
}

/// However many would do, and however much they would have to be compared, an answer comes and has an end.
#[test]
fn what_is_told_and_tried_is_bounded() {
    let many = |count: usize, each: &dyn Fn(usize) -> Value| (0..count).map(each).collect::<Value>();
    let tag = |number: usize| json!([{ "key": format!("k{number}"), "equals": "v" }]);
    let document = json!({ "revision": "2026-10", "organization": "acme",
        "roles": many(1_500, &|number| json!({ "id": format!("r{number}"), "name": format!("R{number}"), "rules": [
            { "permissionSet": "stack-read", "on": "all" },
            { "permissionSet": "environment-read", "on": { "tags": tag(number) } }] })),
        "members": [{ "user": "bob" }],
        "entities": many(300, &|number| json!({ "entity": format!("environment:acme/e/{number}"),
            "tags": { format!("k{number}"): "v" } })) });
    let request = json!({ "principal": "user:bob", "scope": "stack:read", "entity": PROD, "at": AT });
    let remedies = remedies(&parse(&document), &request).expect("it is refused");
    let roles = remedies.iter().filter(|remedy| remedy["kind"] == "assign_role").count();
    assert_eq!(
        roles, 699,
        "of a thousand that do, Admin and the 300 that reach an entity by its tag are larger"
    );
}

/// A rule of more wrong tags than can be tried one by one.
#[test]
fn a_search_for_tags_has_an_end() {
    let tests: Value = (0..400).map(|number| json!({ "key": format!("k{number}"), "equals": "v" })).collect();
    let document = json!({ "revision": "2026-10", "organization": "acme",
        "roles": [{ "id": "r", "name": "R", "rules": [{ "permissionSet": "stack-read", "on": { "tags": tests } }] }],
        "teams": [{ "name": "t", "roles": ["r"] }], "entities": [{ "entity": PROD }] });
    let asked = |count: usize| {
        let tags = |value: &str| (count..400).map(|number| (format!("k{number}"), json!(value))).collect();
        let request = json!({ "principal": "team:t", "scope": "stack:read", "entity": PROD, "at": AT,
            "tags": Value::Object(tags("v")) });
        let remedies = remedies(&parse(&document), &request).expect("it is refused");
        let found = remedies.iter().find(|remedy| remedy["kind"] == "set_tags");
        found.map(|remedy| remedy["set"].as_object().expect("tags").len())
    };
    assert_eq!((asked(1), asked(30), asked(400)), (Some(1), Some(30), None));
}

const AT: &str = "2026-11-20T00:00:00Z";
const PROD: &str = "stack:acme/web/prod";
const API: &str = "stack:acme/api/prod";

/// One of the remedies is this one, field by field.
#[track_caller]
fn told(principal: &str, scope: &str, entity: &str, remedy: &Value) {
    let mut request = json!({ "principal": principal, "scope": scope, "entity": entity, "at": AT });
    if principal.starts_with("deployment:") {
        request["trigger"] = json!({ "kind": "git-push" });
    }
    let remedies = remedies(&acme(), &request).expect("it is refused");
    assert!(remedies.contains(remedy), "{remedy} is not among\n{remedies:#?}");
}

fn acme() -> Organization {
    parse(&json!({ "revision": "2026-10", "organization": "acme",
        "permissionSets": [{ "id": "drop", "name": "Drop", "entityType": "stack",
                             "scopes": ["stack:delete", "stack:rename", "stack:transfer", "stack:export"] }],
        "roles": [{ "id": "deployer", "name": "Deployer", "rules": [{ "permissionSet": "stack-write", "on": "all" }] },
                  { "id": "reader", "name": "Reader", "rules": [{ "permissionSet": "stack-read", "on": "all" }] },
                  { "id": "dropper", "name": "Dropper", "rules": [{ "permissionSet": "drop", "on": { "tags": [
                      { "key": "env", "equals": "dev" }, { "key": "owner", "exists": true },
                      { "key": "frozen", "exists": false }] } }] }],
        "teams": [{ "name": "platform", "roles": ["reader"] },
                  { "name": "care", "roles": ["dropper"], "grants": [{ "entity": API, "level": "read" }] }],
        "members": [{ "user": "bob" }],
        "servicePrincipals": [{ "name": "runner", "roles": ["deployer"] }],
        "tokens": [{ "name": "ci", "kind": "organization", "role": "deployer" },
                   { "name": "old", "kind": "organization", "role": "deployer", "expiresAt": "2026-01-01T00:00:00Z" }],
        "entities": [{ "entity": PROD, "tags": { "env": "prod", "frozen": "yes" } },
                     { "entity": API, "deployment": { "runAs": "team:care", "accessToken": "token:old" } }] }))
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

/// The explanation of a refusal that a change could do something about.
fn refusal(organization: &Organization, request: &Value) -> Option<Value> {
    let told = explanation(organization, request)?;
    (told["effect"] != "allow" && !FOREIGN.contains(&text(&told["reason"]))).then_some(told)
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
    let holder = holder(document, request, told);
    let mut found = holder.as_deref().map_or_else(Vec::new, |holder| for_holder(document, request, holder));
    let toggles = ["CreateStacks", "DeleteStacks", "TransferStacks", "CreateTeams", "CreateAccounts"];
    found.extend(toggles.map(|verb| json!({ "kind": "turn_on", "setting": format!("membersCan{verb}") })));
    match text(&request["principal"]).split_once(':').expect("a kind and a name") {
        ("token", _) => found.extend(for_token(document, holder.as_deref())),
        ("deployment", stack) => found.extend(for_run(document, &format!("stack:acme/{stack}"))),
        _ => {}
    }
    found
}

fn for_holder(document: &Value, request: &Value, holder: &str) -> Vec<Value> {
    let (kind, name) = holder.split_once(':').expect("a kind and a name");
    let is_member = names(document, "members", "user").contains(&name);
    let mut found = Vec::new();
    if kind != "user" || is_member {
        let roles = roles(document).into_iter();
        found.extend(roles.map(|role| json!({ "kind": "assign_role", "to": holder, "role": role })));
    }
    if is_member && kind == "user" {
        let teams = names(document, "teams", "name").into_iter().map(|team| format!("team:{team}"));
        found.extend(teams.map(|team| json!({ "kind": "join_team", "user": holder, "team": team })));
    }
    if kind != "token" {
        let sets = sets(document, text(&request["entity"])).into_iter();
        let entity = &request["entity"];
        let grant =
            |set| json!({ "kind": "grant_set", "to": holder, "entity": entity, "permissionSet": set });
        found.extend(sets.map(grant));
    }
    found
}

/// Other tokens, but personal ones of others for whoever has one.
fn for_token(document: &Value, holder: Option<&str>) -> Vec<Value> {
    let personal = holder.filter(|holder| holder.starts_with("user:"));
    let own = |token: &&Value| {
        let user = token["user"].as_str().map(|user| format!("user:{user}"));
        personal.is_none() || user.is_none() || user.as_deref() == personal
    };
    let tokens = list(&document["tokens"]).filter(own).map(|token| format!("token:{}", text(&token["name"])));
    tokens.map(|token| json!({ "kind": "use_token", "token": token })).collect()
}

/// The settings of a stack's deployments, where the document lists it.
fn for_run(document: &Value, stack: &str) -> Vec<Value> {
    let current = document["revision"] == "2026-10";
    let of_role = |kind: &str| -> Vec<Value> {
        let roles = roles(document).into_iter().filter(|_| current);
        roles.map(|role| json!({ "kind": kind, "stack": stack, "role": role })).collect()
    };
    let mut found = of_role("set_default_deployment_role");
    for remedy in &mut found {
        remedy.as_object_mut().expect("an object").remove("stack");
    }
    let Some(listed) = oracle::find(&document["entities"], "entity", stack) else { return found };
    let chosen = listed["deployment"]["runAs"].as_str();
    found.extend(of_role("set_deployment_role"));
    let teams = names(document, "teams", "name").into_iter().map(|name| format!("team:{name}"));
    let machines = names(document, "servicePrincipals", "name").into_iter();
    let identities = teams.chain(machines.map(|name| format!("service-principal:{name}")));
    let others = identities.filter(|name| current && chosen != Some(name));
    found.extend(others.map(|name| json!({ "kind": "set_run_as", "stack": stack, "runAs": name })));
    let tokens = names(document, "tokens", "name").into_iter().map(|name| format!("token:{name}"));
    found.extend(
        tokens.map(|name| json!({ "kind": "set_access_token", "stack": stack, "accessToken": name })),
    );
    if listed["deployment"]["accessToken"].is_string() {
        found.push(json!({ "kind": "remove_access_token", "stack": stack }));
    }
    found
}

fn names<'d>(document: &'d Value, field: &str, key: &str) -> Vec<&'d str> {
    list(&document[field]).map(|it| text(&it[key])).collect()
}

/// The roles that somebody can have.
fn roles(document: &Value) -> Vec<&str> {
    let is_role = |role: &&Value| !matches!(role["uxPurpose"].as_str(), Some("policy" | "set"));
    let custom = list(&document["roles"]).filter(is_role).map(|role| text(&role["id"]));
    ["admin", "member", "billing-manager"].into_iter().chain(custom).collect()
}

/// The sets of the type of an entity.
fn sets<'d>(document: &'d Value, entity: &str) -> Vec<&'d str> {
    let entity_type = entity.split(':').next();
    let catalog = catalog::of(text(&document["revision"]));
    let default = catalog.sets.iter().filter(|set| Some(&*set.entity_type) == entity_type);
    let custom = list(&document["permissionSets"]).filter(|set| set["entityType"].as_str() == entity_type);
    default.map(|set| &*set.id).chain(custom.map(|set| text(&set["id"]))).collect()
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
