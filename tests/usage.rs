//! What a principal holds and never used: worked examples, and on generated organizations that it is told of everything
//! that is held and of nothing that was used.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    reason = "a test that meets something unexpected stops there"
)]
#![allow(
    dead_code,
    unused_imports,
    reason = "the generators and the oracle have more than is asked for here"
)]

mod generate;
mod oracle;

use std::collections::BTreeSet;

use generate::{AT, CASES, Case, Dice, parse};
use oracle::{list, text};
use scopewise::{Context, Effect, Instant, Organization, Request, Surplus, Trigger, Unused, UsageReport};
use serde_json::{Value, json};

const PROD: &str = "stack:acme/web/prod";
const DEV: &str = "stack:acme/web/dev";

#[test]
fn what_was_never_used_is_told_by_the_way_in_which_it_is_held() {
    let log = [
        record("user:bob", "stack:read", PROD),
        record("user:bob", "stack:write", DEV),
        record("user:ann", "stack:rename", PROD),
        json!({ "at": AT, "principal": "user:bob", "scope": "stack:delete", "entity": PROD, "effect": "deny" }),
    ];
    let report = report(&acme(), "user:bob", &log);
    let expected = json!([
        { "via": ["role:billing-manager"], "entityType": "organization", "scopes": billing(),
          "entities": ["organization:acme"], "held": 1, "toCome": false },
        { "via": ["team:platform", "role:deployer"], "entityType": "stack", "scopes": ["stack:read"],
          "entities": [DEV], "held": 2, "toCome": true },
        { "via": ["team:platform", "role:deployer"], "entityType": "stack", "scopes": ["stack:write"],
          "entities": [PROD], "held": 2, "toCome": true },
        { "via": ["team:platform", "direct-grants"], "entityType": "stack", "scopes": ["stack:delete"],
          "entities": [PROD], "held": 1, "toCome": false },
        { "via": ["direct-grants"], "entityType": "stack", "scopes": ["stack:delete"],
          "entities": [DEV], "held": 1, "toCome": false }]);
    assert_eq!(json!(report.unused), expected);
    assert_eq!((report.records, report.own, report.skipped), (4, 3, 0));
    assert_eq!((report.holds, report.used), (billing().len() + 6, 2));
    let instead = json!(report.instead.unwrap().add);
    let rules = json!([{ "permissionSet": "look", "on": [PROD] }, { "permissionSet": "suggested-stack", "on": [DEV] }]);
    let by_entity = |rules: &Value| list(rules).map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(by_entity(&instead["roles"][0]["rules"]), by_entity(&rules));
}

#[test]
fn a_log_of_nothing_leaves_everything_unused_and_needs_no_role() {
    let report = report(&acme(), "user:bob", &[]);
    assert_eq!((report.used, &report.instead), (0, &None));
    assert_eq!((report.from, report.to), (None, None));
    let unused: usize = report.unused.iter().map(|it| it.scopes.len() * it.entities.len()).sum();
    assert_eq!(unused, report.holds, "nothing is held twice here");
}

#[test]
fn the_log_is_from_its_first_record_to_its_last_in_whatever_order_they_stand() {
    let at = |at: &str| json!({ "at": at, "principal": "user:zed", "scope": "stack:read", "entity": PROD, "effect": "allow" });
    let log = ["2026-11-01T00:00:00+02:00", "2026-11-02T00:00:00Z", "2026-10-31T23:00:00Z"].map(at);
    let report = report(&acme(), "user:bob", &log);
    assert_eq!(report.from.as_deref(), Some("2026-11-01T00:00:00+02:00"));
    assert_eq!(report.to.as_deref(), Some("2026-11-02T00:00:00Z"));
    assert_eq!((report.records, report.own), (3, 0), "whoever left may stand in a log");
}

#[test]
fn records_of_those_who_act_with_what_one_holds_count_too() {
    let counted = |principal: &str| report(&acme(), principal, &[]).counted;
    assert_eq!(counted("user:bob"), ["token:pat", "user:bob"]);
    assert_eq!(counted("team:platform"), ["team:platform", "token:pat", "token:tt", "user:bob"]);
    assert_eq!(counted("token:pat"), ["token:pat"]);
    assert_eq!(counted("token:org"), ["token:org"]);
    let log = [record("token:pat", "stack:read", PROD), record("token:org", "stack:read", DEV)];
    assert_eq!(report(&acme(), "user:bob", &log).used, 1);
    assert_eq!(report(&acme(), "team:platform", &log).used, 1);
}

#[test]
fn what_was_used_and_is_held_no_more_is_told_and_not_suggested() {
    let log = [
        record("user:bob", "stack:rename", PROD),
        record("user:bob", "stack:fly", PROD),
        record("user:bob", "stack:read", PROD),
    ];
    let gone = |principal: &str| json!(report(&acme(), principal, &log).no_longer_held);
    let expected =
        json!([{ "entity": PROD, "scope": "stack:fly" }, { "entity": PROD, "scope": "stack:rename" }]);
    assert_eq!(gone("user:bob"), expected);
    assert_eq!(gone("team:platform"), json!([]), "bob may have had it by himself");
    let suggested = report(&acme(), "user:bob", &log).instead.unwrap();
    assert_eq!(json!(suggested.needs), json!([{ "entity": PROD, "scope": "stack:read" }]));
}

#[test]
fn a_use_on_a_stack_that_is_not_listed_counts_where_it_was() {
    let new = "stack:acme/web/new";
    let report = report(&acme(), "user:bob", &[record("user:bob", "stack:write", new)]);
    assert_eq!(report.used, 1);
    let write: Vec<&Unused> =
        report.unused.iter().filter(|it| it.scopes.contains(&"stack:write".to_owned())).collect();
    assert_eq!(
        (write.len(), &write[0].entities, write[0].to_come),
        (1, &vec![PROD.to_owned(), DEV.to_owned()], false)
    );
    assert_eq!(json!(report.instead.unwrap().add)["roles"][0]["rules"][0]["on"], json!([new]));
}

#[test]
fn what_is_held_on_stacks_to_come_alone_is_told_as_that() {
    let mut document = acme();
    document["entities"] = json!([]);
    document["teams"][0]["grants"] = json!([]);
    document["members"][0]["grants"] = json!([]);
    let report = report(&document, "team:platform", &[]);
    assert_eq!(report.unused.len(), 1);
    let unused = &report.unused[0];
    assert_eq!((&unused.entities, unused.held, unused.to_come), (&vec![], 0, true));
    assert_eq!(unused.scopes, ["stack:read", "stack:write"]);
}

#[test]
fn a_run_holds_its_own_stack() {
    let document = acme();
    let organization = parse(&document);
    let context = context().trigger(Trigger::parse("git-push").unwrap());
    let mut usage = organization.usage("deployment:web/prod", &context).unwrap();
    usage.record(record("deployment:web/prod", "stack:write", PROD).to_string()).unwrap();
    let report = usage.report(None);
    assert_eq!((report.used, report.holds), (1, report.unused[0].scopes.len() + 1));
    assert_eq!(report.unused[0].via, ["own-stack"]);
    let error = organization.usage("deployment:web/prod", &Context::default()).unwrap_err();
    assert_eq!(error.to_string(), "a deployment needs its `trigger`: say what started it");
}

#[test]
fn what_no_token_may_do_is_not_held_by_one() {
    let mut document = acme();
    document["tokens"][2]["role"] = json!("admin");
    let unused = report(&document, "token:org", &[]).unused;
    let scopes: Vec<&String> = unused.iter().flat_map(|it| &it.scopes).collect();
    let has = |scope: &str| scopes.iter().any(|it| *it == scope);
    assert_eq!(
        [has("org_token:read"), has("org_token:create"), has("org_token:delete")],
        [true, false, false]
    );
}

#[test]
fn what_was_used_wherever_it_is_held_is_not_told_for_entities_to_come() {
    let log = [record("user:bob", "stack:write", PROD), record("user:bob", "stack:write", DEV)];
    let unused = report(&acme(), "user:bob", &log).unused;
    assert!(unused.iter().all(|it| !it.scopes.contains(&"stack:write".to_owned())), "{unused:?}");
}

#[test]
fn a_role_that_a_team_has_twice_is_told_once() {
    let mut document = acme();
    document["teams"][0]["roles"] = json!(["deployer", "deployer"]);
    assert_eq!(report(&document, "user:bob", &[]).unused, report(&acme(), "user:bob", &[]).unused);
}

#[test]
fn a_token_that_has_expired_holds_nothing() {
    let mut document = acme();
    document["tokens"][2]["expiresAt"] = json!("2026-01-01T00:00:00Z");
    let report = report(&document, "token:org", &[]);
    assert_eq!((report.holds, report.unused), (0, vec![]));
}

#[test]
fn a_line_that_is_no_record_is_told_and_has_no_effect() {
    let organization = parse(&acme());
    let mut usage = organization.usage("user:bob", &context()).unwrap();
    let mut fails = |change: &dyn Fn(&mut Value), start: &str| {
        let mut line = record("user:bob", "stack:read", PROD);
        change(&mut line);
        let error = usage.record(line.to_string()).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error}");
    };
    fails(&|line| line["at"] = json!("yesterday"), "`yesterday` is no date: write it like");
    fails(&|line| line["principal"] = json!("bob"), "`bob` is no principal: use");
    fails(&|line| line["scope"] = json!("read"), "`read` is no scope: write it `object:action`");
    fails(&|line| line["entity"] = json!("stack:acme/web"), "`stack:acme/web` is no entity");
    fails(
        &|line| line["effect"] = json!("Allow"),
        "no effect `Allow` is known: it is one of `allow`, `deny`, `unknown`",
    );
    fails(&|line| line["effect"] = json!(1), "the field `effect` must be there and be a text");
    fails(
        &|line| drop(line.as_object_mut().unwrap().remove("at")),
        "the field `at` must be there and be a text",
    );
    fails(&|line| *line = json!([]), "the field `at` must be there and be a text");
    let error = usage.record("{\"at\": }").unwrap_err().to_string();
    assert!(error.starts_with("column 8: "), "{error}");
    usage.skip();
    let report = usage.report(None);
    assert_eq!((report.skipped, report.records, report.used), (10, 0, 0));
}

#[test]
fn records_of_another_organization_and_fields_that_are_not_known_are_passed_over() {
    let mut more = record("user:bob", "stack:read", PROD);
    more["requestId"] = json!({ "a": [1] });
    let report =
        report(&acme(), "user:bob", &[record("user:bob", "stack:read", "stack:other/web/prod"), more]);
    assert_eq!((report.records, report.used, report.skipped), (1, 1, 0));
}

#[test]
fn nobody_has_no_usage() {
    let error = parse(&acme()).usage("user:zed", &context()).unwrap_err();
    assert_eq!(error.to_string(), "`user:zed` is not in the organization: name somebody who is");
    assert!(
        parse(&acme()).usage("zed", &context()).unwrap_err().to_string().starts_with("`zed` is no principal")
    );
}

// On generated organizations.

/// On every listed entity: what is allowed is either used or told, never both.
#[test]
fn everything_that_is_held_was_used_or_is_told() {
    let mut told = 0;
    for_all(|document, organization, report, used| {
        let listed = list(&document["entities"]).map(|it| text(&it["entity"])).chain(["organization:acme"]);
        for entity in listed {
            let held = organization.principal(&report.principal).scopes(entity, &context()).unwrap();
            let was_used = |scope: &str| used.contains(&(scope.to_owned(), entity.to_owned()));
            let expected: BTreeSet<&str> = held.into_iter().filter(|scope| !was_used(scope)).collect();
            let on = report.unused.iter().filter(|it| it.entities.iter().any(|it| it == entity));
            let unused: BTreeSet<&str> = on.flat_map(|it| &it.scopes).map(|it| &**it).collect();
            assert_eq!(unused, expected, "{} on {entity}\n{document}", report.principal);
            told += unused.len();
        }
    });
    assert!(told > 10_000, "only {told}");
}

/// Each way that is told is one by which an explanation says that the scope came.
#[test]
fn the_ways_are_those_of_the_explanations() {
    let mut ways = BTreeSet::new();
    for_all(|document, organization, report, _| {
        let principal = organization.principal(&report.principal);
        for unused in &report.unused {
            for (scope, entity) in unused
                .scopes
                .iter()
                .flat_map(|scope| unused.entities.iter().map(move |it| (scope, it)))
                .step_by(5)
            {
                let explanation = principal.why(scope, entity, &context()).unwrap();
                let came = explanation.grants.iter().any(|grant| is_way(&unused.via, &grant.via));
                let admin = explanation.reason.as_str() == "organization_admin";
                assert!(came || admin, "{unused:?}\n{explanation:?}\n{document}");
            }
            let kind = |step: &String| step.split(':').next().unwrap_or_default().to_owned();
            ways.insert(unused.via.iter().map(kind).collect::<Vec<_>>().join(" > "));
        }
    });
    let expected = ["creator", "direct-grants", "role", "setting", "team > direct-grants", "team > role"];
    assert_eq!(ways.iter().map(|it| &**it).collect::<Vec<_>>(), expected);
}

/// The role that is told instead gives what was used and is held, and where roles can be made, no more.
#[test]
fn the_role_instead_gives_what_was_used() {
    let mut instead = 0;
    for_all(|document, organization, report, used| {
        let principal = organization.principal(&report.principal);
        let denied = |scope: &str, entity: &str| {
            principal.decide(scope, entity, &context()).unwrap().effect == Effect::Deny
        };
        let held: Pairs = used.iter().filter(|(scope, entity)| !denied(scope, entity)).cloned().collect();
        let Some(suggestion) = &report.instead else {
            return assert!(held.is_empty(), "{held:?} of {}\n{document}", report.principal);
        };
        let needs = suggestion.needs.iter().map(|need| (need.scope.clone(), need.entity.clone()));
        assert_eq!(needs.collect::<Pairs>(), held, "{}\n{document}", report.principal);
        assert_eq!(report.used, held.len());
        let custom = !matches!(text(&document["edition"]), "team" | "individual");
        assert!(!custom || suggestion.surplus == Some(Surplus::default()));
        instead += 1;
    });
    assert!(instead > 100, "only {instead}");
}

type Pairs = BTreeSet<(String, String)>;

/// Holds a property against the report on somebody of each organization, by a log of what was asked about it; the last
/// is what was used by those whose records count.
fn for_all(mut property: impl FnMut(&Value, &Organization, &UsageReport, &Pairs)) {
    for (seed, Case { document, requests }) in (0..).zip(CASES.iter()) {
        let dice = &mut Dice::new(seed);
        let organization = parse(document);
        for principal in dice.several(&principals(document), 1, 1) {
            let log: Vec<Value> = requests
                .iter()
                .filter_map(|request| logged(dice, &organization, &principal, request))
                .collect();
            let report = report(document, &principal, &log);
            let own = log.iter().filter(|it| report.counted.iter().any(|own| it["principal"] == **own));
            let used = own.filter(|it| it["effect"] == "allow");
            let used =
                used.map(|it| (text(&it["scope"]).to_owned(), text(&it["entity"]).to_owned())).collect();
            property(document, &organization, &report, &used);
        }
    }
}

/// Whoever is listed in a document.
fn principals(document: &Value) -> Vec<String> {
    let kinds = [
        ("members", "user", "user"),
        ("collaborators", "user", "user"),
        ("teams", "team", "name"),
        ("tokens", "token", "name"),
        ("servicePrincipals", "service-principal", "name"),
    ];
    let of_kind = |(part, word, name): (&str, &str, &str)| {
        list(&document[part]).map(|it| format!("{word}:{}", text(&it[name]))).collect::<Vec<_>>()
    };
    kinds.into_iter().flat_map(of_kind).collect()
}

/// The record of a request, half of them made by that principal; nothing for a malformed one and for one that is about
/// no scope of the entity, which nobody was ever allowed.
fn logged(dice: &mut Dice, organization: &Organization, principal: &str, request: &Value) -> Option<Value> {
    let mut request = request.clone();
    request.as_object_mut()?.remove("tags");
    request["at"] = json!(AT);
    if dice.percent(50) {
        request["principal"] = json!(principal);
    }
    let decision = organization.decide(&Request::parse(request.to_string()).ok()?).ok()?;
    let reason = decision.reason.as_str();
    let known = !["unknown_scope", "wrong_entity_type", "other_organization"].contains(&reason);
    // Now and then it was allowed once and is not now.
    let effect = if dice.percent(10) { "allow" } else { decision.effect.as_str() };
    let field = |name: &str| request[name].clone();
    let record = json!({ "at": AT, "principal": field("principal"), "scope": field("scope"),
        "entity": field("entity"), "effect": effect });
    known.then_some(record)
}

/// Whether a grant of an explanation came by that way. Direct grants are no step there.
fn is_way(way: &[String], via: &[String]) -> bool {
    let steps = way.strip_suffix(&["direct-grants".to_owned()]);
    let next = via.get(steps.unwrap_or(way).len());
    let direct = next.is_none_or(|next| next.starts_with("permission-set:"));
    via.starts_with(steps.unwrap_or(way)) && (steps.is_none() || direct)
}

/// The report on a principal by a log.
fn report(document: &Value, principal: &str, log: &[Value]) -> UsageReport {
    let organization = parse(document);
    let mut usage = organization.usage(principal, &context()).unwrap();
    for record in log {
        usage.record(record.to_string()).unwrap();
    }
    usage.report(None)
}

fn record(principal: &str, scope: &str, entity: &str) -> Value {
    json!({ "at": AT, "principal": principal, "scope": scope, "entity": entity, "effect": "allow" })
}

fn context() -> Context {
    Context::at(Instant::parse(AT).expect("a date"))
}

/// What a billing manager holds.
fn billing() -> Vec<String> {
    let organization = parse(&acme());
    let scopes = organization.principal("user:bob").scopes("organization:acme", &context()).unwrap();
    scopes.into_iter().map(str::to_owned).collect()
}

/// Bob manages the billing, deploys by his team, and wipes one stack by it and one by himself.
fn acme() -> Value {
    let set =
        |id: &str, scopes: &[&str]| json!({ "id": id, "name": id, "entityType": "stack", "scopes": scopes });
    let wipe = |entity: &str| json!([{ "entity": entity, "permissionSet": "wipe" }]);
    json!({
        "revision": "2026-10", "organization": "acme",
        "permissionSets": [set("look", &["stack:read"]), set("wipe", &["stack:delete"]),
            set("change", &["stack:read", "stack:write"])],
        "roles": [{ "id": "deployer", "name": "Deployer", "rules": [{ "permissionSet": "change", "on": "all" }] }],
        "teams": [{ "name": "platform", "roles": ["deployer"], "members": [{ "user": "bob" }],
            "grants": wipe(PROD) }],
        "members": [{ "user": "bob", "role": "billing-manager", "grants": wipe(DEV) }, { "user": "ann" }],
        "tokens": [{ "name": "pat", "kind": "personal", "user": "bob" },
            { "name": "tt", "kind": "team", "team": "platform" },
            { "name": "org", "kind": "organization", "role": "deployer" }],
        "entities": [{ "entity": PROD }, { "entity": DEV }] })
}
