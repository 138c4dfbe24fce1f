//! Replaying what a server answered: what each record is held for, and what the report tells.

use std::collections::BTreeMap;

use scopewise::Difference::{AllowedButHidden, AllowedButRefused, DeniedButLetThrough};
use scopewise::{Apart, Effect, Organization, Outcome, Record, Replay, ReplayReport, Request, Routes};
use serde_json::{Value, json};

use crate::generate::{CASES, Case, parse};
use crate::oracle::catalog;
use crate::shared::{AGREES, acme, enough, is_here, is_known, with_more};

// One record.

#[test]
fn a_status_is_held_against_what_the_rules_say() {
    let allowed = ("GET", "/api/stacks/acme/web/dev/updates/7");
    let denied = ("DELETE", "/api/stacks/acme/web/dev");
    let unknown = ("PUT", "/api/stacks/acme/web/unlisted");
    for status in [200, 201, 204, 299, 304] {
        check(allowed, status, AGREES);
        check(denied, status, Outcome::Differs(DeniedButLetThrough));
        check(unknown, status, Outcome::Apart(Apart::UnknownTags));
    }
    check(allowed, 403, Outcome::Differs(AllowedButRefused));
    check(denied, 403, AGREES);
    check(unknown, 403, Outcome::Apart(Apart::UnknownTags));
    check(allowed, 404, Outcome::Apart(Apart::NotThere));
    check(denied, 404, AGREES);
    check(unknown, 404, Outcome::Apart(Apart::UnknownTags));
    for status in
        [0, 100, 199, 301, 302, 303, 307, 400, 401, 402, 405, 409, 410, 413, 422, 423, 429, 500, 503, 999]
    {
        for request in [allowed, denied, unknown] {
            check(request, status, Outcome::Apart(Apart::Status));
        }
    }
}

/// Q-19: what one may not read looks as if it were not there.
#[test]
fn a_listed_entity_that_is_not_found_is_hidden() {
    check(("GET", "/api/stacks/acme/web/dev"), 404, Outcome::Differs(AllowedButHidden));
    check(("GET", "/api/stacks/acme/web/unlisted"), 404, Outcome::Apart(Apart::NotThere));
    check(("GET", "/api/stacks/acme/web/dev/updates/latest"), 404, Outcome::Apart(Apart::NotThere));
    check(("GET", "/api/stacks/acme/web/dev/updates/7"), 404, Outcome::Apart(Apart::NotThere));
}

#[test]
fn what_cannot_be_compared_is_set_apart() {
    for (method, path, why) in [
        ("GET", "/api/nowhere", Apart::Unmapped),
        ("PATCH", "/api/stacks/acme/web/dev", Apart::Unmapped),
        ("GET", "/api/stacks/acme//dev", Apart::Unclear),
        ("get", "/api/stacks/acme/web/dev", Apart::Unclear),
        ("GET", "/api/both/ways", Apart::Unclear),
        ("GET", "/api/flights/acme", Apart::NotInCatalog),
        ("GET", "/api/planets/acme", Apart::NotInCatalog),
        ("GET", "/api/teams/acme", Apart::NotInCatalog),
        ("GET", "/api/stacks/other/web/dev", Apart::OtherOrganization),
        ("GET", "/api/orgs/other", Apart::OtherOrganization),
        ("GET", "/api/user", Apart::NoScope),
        ("GET", "/api/public", Apart::NoScope),
        ("GET", "/api/stacks", Apart::NoScope),
        ("POST", "/api/leases/7", Apart::NoScope),
    ] {
        check((method, path), 200, Outcome::Apart(why));
    }
}

#[test]
fn of_several_scopes_the_one_that_lets_least_through_counts() {
    let clone = |environment: &str| format!("/api/envs/acme/{environment}/clone");
    let of = |principal: &str, environment: &str, status: u16| {
        outcome(
            &json!({ "principal": principal, "method": "POST", "path": clone(environment), "status": status }),
        )
    };
    assert_eq!(of("user:ann", "aws", 200), AGREES, "both");
    assert_eq!(of("user:bob", "aws", 200), AGREES, "both, by two sets");
    assert_eq!(of("user:bob", "gcp", 403), AGREES, "one of them not");
    assert_eq!(of("user:bob", "gcp", 200), Outcome::Differs(DeniedButLetThrough));
    assert_eq!(of("user:cyd", "unlisted", 200), Outcome::Apart(Apart::UnknownTags), "one rests on tags");
    let replayed = replayed(&[
        json!({ "principal": "user:bob", "method": "POST", "path": clone("gcp"), "status": 200 }),
    ]);
    let case = &replayed.groups[0].cases[0];
    assert_eq!(
        (case.scope.as_deref(), &*case.entity),
        (Some("environment:clone"), "environment:acme/default/gcp")
    );
}

#[test]
fn a_member_is_whoever_belongs() {
    let of = |principal: &str, status: u16| {
        outcome(
            &json!({ "principal": principal, "method": "GET", "path": "/api/orgs/acme", "status": status }),
        )
    };
    for member in ["user:bob", "token:ci", "token:pat", "team:web", "service-principal:runner"] {
        assert_eq!(of(member, 200), AGREES, "{member}");
        assert_eq!(of(member, 403), Outcome::Differs(AllowedButRefused), "{member}");
        assert_eq!(of(member, 404), Outcome::Differs(AllowedButHidden), "{member}");
    }
    for stranger in ["user:nobody", "token:old"] {
        assert_eq!(of(stranger, 404), AGREES, "{stranger}");
        assert_eq!(of(stranger, 200), Outcome::Differs(DeniedButLetThrough), "{stranger}");
    }
    assert_eq!(of("user:zoe", 200), Outcome::Apart(Apart::NoScope), "a collaborator");
}

#[test]
fn the_record_brings_its_time_its_tags_and_its_trigger() {
    let with = |principal: &str, method: &str, more: &Value| {
        let mut record = json!({ "principal": principal, "method": method, "status": 200,
            "path": "/api/stacks/acme/web/unlisted" });
        record.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        outcome(&record)
    };
    assert_eq!(with("user:bob", "PUT", &json!({})), Outcome::Apart(Apart::UnknownTags));
    assert_eq!(with("user:bob", "PUT", &json!({ "tags": { "env": "dev" } })), AGREES);
    assert_eq!(with("user:bob", "PUT", &json!({ "tags": {} })), Outcome::Differs(DeniedButLetThrough));
    assert_eq!(with("token:old", "GET", &json!({ "at": "2025-12-31T23:59:59Z" })), AGREES);
    assert_eq!(
        with("token:old", "GET", &json!({ "at": "2026-01-01T00:00:00Z" })),
        Outcome::Differs(DeniedButLetThrough)
    );
    let run =
        |by: &str| with("deployment:web/dev", "GET", &json!({ "trigger": { "kind": "rest", "by": by } }));
    assert_eq!(run("user:ann"), AGREES);
    assert_eq!(run("user:nobody"), Outcome::Differs(DeniedButLetThrough));
}

#[test]
fn what_is_guessed_of_a_route_makes_no_difference() {
    let of = |status: u16| {
        replayed(&[
            json!({ "principal": "user:bob", "method": "GET", "path": "/api/guessed/acme", "status": status }),
        ])
    };
    let report = of(200);
    assert_eq!((report.differ, report.unsure, report.agree), (0, 1, 0));
    assert_eq!(report.groups[0].confidence.as_str(), "guessed");
    let report = of(403);
    assert_eq!((report.differ, report.unsure, report.agree), (0, 0, 1));
}

#[test]
fn a_malformed_record_is_an_error_and_is_not_counted() {
    for (record, message) in [
        ("", "line 1, column 1: the text ends where a value should be"),
        ("[]", "an object is wanted here, not a list"),
        ("{}", "method: the field `method` is missing: add it"),
        (
            r#"{"principal":"user:bob","method":"GET","path":"/","status":200,"when":1}"#,
            "when: no field `when` is known here: remove it",
        ),
        (
            r#"{"principal":"user:bob","method":"GET","path":"/","status":"200"}"#,
            "status: a number up to 999 is wanted here",
        ),
        (
            r#"{"principal":"user:bob","method":"GET","path":"/","status":1000}"#,
            "status: a number up to 999 is wanted here",
        ),
        (
            r#"{"principal":"user:bob","method":"GET","path":"/","status":-1}"#,
            "status: a number up to 999 is wanted here",
        ),
        (
            r#"{"principal":"user:bob","method":"GET","path":"/","status":2.5}"#,
            "status: a number up to 999 is wanted here",
        ),
        (
            r#"{"principal":"user:bob","method":"GET","path":"/","status":200,"at":"now"}"#,
            "at: `now` is no date: write it like `2027-01-01T00:00:00Z`, with seconds and `Z` or an offset",
        ),
    ] {
        assert_eq!(Record::parse(record).expect_err(record).to_string(), message);
    }
    let (acme, routes) = (acme(), routes());
    let mut replay = Replay::new(&acme, &routes);
    for (principal, message) in [
        (
            "bob",
            "`bob` is no principal: use `user:LOGIN`, `token:NAME`, `team:NAME`, `service-principal:NAME` or \
             `deployment:PROJECT/STACK`",
        ),
        ("deployment:web/dev", "a deployment needs its `trigger`: say what started it"),
    ] {
        let record = json!({ "principal": principal, "method": "GET", "path": "/", "status": 200 });
        let record = Record::parse(record.to_string()).expect("well formed");
        assert_eq!(replay.add(1, &record).expect_err(principal).to_string(), message);
    }
    assert_eq!(replay.report(), ReplayReport::default());
}

// The report.

#[test]
fn the_report_tells_every_difference_once_with_its_explanation() {
    let record = |principal: &str, method: &str, path: &str, status: u16| json!({ "principal": principal, "method": method, "path": path, "status": status });
    let report = replayed(&[
        record("user:bob", "GET", "/api/guessed/acme", 200),
        record("user:bob", "PUT", "/api/stacks/acme/web/dev?x=1", 403),
        record("user:bob", "GET", "/api/stacks/acme/web/dev", 200),
        record("user:bob", "PUT", "/api/stacks/acme/web/dev", 403),
        record("user:nobody", "DELETE", "/api/stacks/acme/web/dev", 204),
        record("user:bob", "GET", "/api/nowhere?secret=1", 200),
        record("user:bob", "GET", "/api/nowhere?secret=2", 404),
        record("user:bob", "GET", "/api/stacks/acme/web/dev;x", 200),
        record("user:bob", "GET", "/api/user", 500),
    ]);
    let acme = acme();
    let bob = acme.principal("user:bob");
    let explained = bob.why("stack:write", "stack:acme/web/dev", &scopewise::Context::default());
    assert_eq!(
        json!(report),
        json!({
            "records": 9, "agree": 1, "differ": 3, "unsure": 1,
            "apart": [
                { "why": "unmapped", "count": 2, "examples": ["GET /api/nowhere"] },
                { "why": "unclear", "count": 1, "examples": ["GET /api/stacks/acme/web/dev;x: semicolon"] },
                { "why": "status", "count": 1, "examples": ["GET /api/user: 500"] } ],
            "groups": [
                { "method": "PUT", "path": "/api/stacks/{org}/{project}/{stack}", "name": "Write", "note": "as ever",
                  "confidence": "documented", "difference": "allowed_but_refused", "count": 2, "cases": [
                    { "record": 2, "count": 2, "principal": "user:bob", "scope": "stack:write",
                      "entity": "stack:acme/web/dev", "status": 403, "effect": "allow", "reason": "granted",
                      "explanation": json!(explained.expect("well formed")) } ] },
                { "method": "DELETE", "path": "/api/stacks/{org}/{project}/{stack}", "confidence": "inferred",
                  "difference": "denied_but_let_through", "count": 1, "cases": [
                    { "record": 5, "count": 1, "principal": "user:nobody", "scope": "stack:delete",
                      "entity": "stack:acme/web/dev", "status": 204, "effect": "deny", "reason": "unknown_principal",
                      "explanation": { "effect": "deny", "reason": "unknown_principal", "grants": [],
                        "blockedBy": [], "rules": [{ "rule": "PR-9", "basis": "inferred" }] } } ] },
                { "method": "GET", "path": "/api/guessed/{org}", "confidence": "guessed",
                  "difference": "denied_but_let_through", "count": 1, "cases": [
                    { "record": 1, "count": 1, "principal": "user:bob", "scope": "audit_logs:read",
                      "entity": "organization:acme", "status": 200, "effect": "deny", "reason": "not_granted",
                      "explanation": { "effect": "deny", "reason": "not_granted", "grants": [], "blockedBy": [],
                        "rules": [{ "rule": "EV-4", "basis": "inferred" }] } } ] } ]
        })
    );
}

#[test]
fn a_report_does_not_grow_with_the_log() {
    let (acme, routes) = (acme(), routes());
    let mut replay = Replay::new(&acme, &routes);
    let add = |replay: &mut Replay<'_>, number: usize, stack: usize, method: &str| {
        let path = format!("/api/stacks/acme/web/s{stack}");
        let record =
            json!({ "principal": format!("user:u{stack}"), "method": method, "path": path, "status": 200 });
        replay.add(number, &Record::parse(record.to_string()).expect("well formed")).expect("well formed")
    };
    for number in 0..3_000 {
        add(&mut replay, number, number % 1_500, "DELETE");
        add(&mut replay, number, number, "OPTIONS");
    }
    assert_eq!(replay.pass_over(), Outcome::Apart(Apart::Elsewhere));
    assert_eq!(replay.records(), 6_001);
    let report = replay.report();
    assert_eq!((report.records, report.differ), (6_001, 3_000));
    let group = &report.groups[0];
    assert_eq!((group.count, group.cases.len()), (3_000, 1_000));
    assert!(group.cases.iter().all(|case| case.count == 2));
    assert_eq!((group.cases[0].record, group.cases[999].record), (0, 999));
    let apart: Vec<_> = report.apart.iter().map(|it| (it.why, it.count, it.examples.len())).collect();
    assert_eq!(apart, [(Apart::Elsewhere, 1, 0), (Apart::Unmapped, 3_000, 5)]);
}

// What the engine itself answered.

/// A server that decides as the engine does agrees with it in everything.
#[test]
fn a_log_of_the_engine_itself_has_no_difference() {
    let mut agree = 0;
    for Case { document, requests } in CASES.iter().step_by(3) {
        let organization = parse(document);
        let routes = all_scopes(document);
        let mut replay = Replay::new(&organization, &routes);
        for (number, (_, record)) in log(&organization, document, requests).iter().enumerate() {
            let outcome = replay.add(number, record).expect("well formed");
            let apart = matches!(outcome, Outcome::Apart(Apart::Status | Apart::OtherOrganization));
            assert!(apart || outcome == AGREES, "{record:?} {outcome:?}\n{document:#}");
        }
        let report = replay.report();
        assert_eq!((report.differ, report.unsure, report.groups.len()), (0, 0, 0));
        agree += report.agree;
    }
    assert!(agree > 2_000, "{agree}");
}

/// Held against another document, a log differs in what the two decide otherwise, and in nothing else.
#[test]
fn a_log_differs_from_a_changed_document_in_what_changed() {
    let mut met = BTreeMap::new();
    for (Case { document, requests }, changed) in with_more() {
        let (fewer, more) = (parse(document), parse(&changed));
        for (before, after) in [(&fewer, &more), (&more, &fewer)] {
            let routes = all_scopes(document);
            let mut replay = Replay::new(after, &routes);
            for (number, (request, record)) in log(before, document, requests).iter().enumerate() {
                let outcome = replay.add(number, record).expect("well formed");
                let decide =
                    |organization: &Organization| organization.decide(request).expect("well formed").effect;
                let wanted = match (decide(before), decide(after)) {
                    _ if !is_here(request) => Outcome::Apart(Apart::OtherOrganization),
                    (Effect::Unknown, _) => Outcome::Apart(Apart::Status),
                    (_, Effect::Unknown) => Outcome::Apart(Apart::UnknownTags),
                    (Effect::Allow, Effect::Deny) => Outcome::Differs(DeniedButLetThrough),
                    (Effect::Deny, Effect::Allow) => Outcome::Differs(AllowedButRefused),
                    _ => AGREES,
                };
                assert_eq!(outcome, wanted, "{record:?}\n{document:#}\n{changed:#}");
                *met.entry(format!("{outcome:?}")).or_insert(0) += 1;
            }
            let report = replay.report();
            let groups: usize = report.groups.iter().map(|group| group.count).sum();
            assert_eq!((report.differ, report.unsure), (groups, 0));
        }
    }
    enough(&met, &["Differs(DeniedButLetThrough)", "Differs(AllowedButRefused)", "Apart(Status)", "Agrees"]);
}

/// What a server that decides as the engine does answered to each of the requests that there is a route for.
fn log(organization: &Organization, document: &Value, requests: &[Value]) -> Vec<(Request, Record)> {
    let record = |request: Request| {
        let effect = organization.decide(&request).ok()?.effect;
        let status = match effect {
            Effect::Allow => 200,
            Effect::Deny => 403,
            Effect::Unknown => 500,
        };
        let (entity_type, path) = request.entity.split_once(':')?;
        let path = format!("/{entity_type}/{}/{}", request.scope, path);
        let (principal, context) = (request.principal.clone(), request.context.clone());
        let record = Record { principal, method: "POST".to_owned(), path, status, context };
        is_known(document, &request).then_some((request, record))
    };
    requests.iter().filter_map(|request| record(Request::parse(request.to_string()).ok()?)).collect()
}

/// A route for each scope of the document's revision: its type and its name, then the path of the entity.
fn all_scopes(document: &Value) -> Routes {
    let catalog = catalog::of(document["revision"].as_str().expect("a revision"));
    let route = |(entity_type, scope): &(String, String)| {
        let path = match entity_type.as_str() {
            "organization" => "{a}",
            "insights-account" => "{a}/{b}",
            _ => "{a}/{b}/{c}",
        };
        json!({ "method": "POST", "path": format!("/{entity_type}/{scope}/{path}"), "needs": "scope", "scope": scope,
            "entity": format!("{entity_type}:{path}") })
    };
    let routes: Vec<Value> = catalog.scopes.iter().map(route).collect();
    Routes::parse(json!({ "routes": routes }).to_string()).expect("in order")
}

#[track_caller]
fn check((method, path): (&str, &str), status: u16, wanted: Outcome) {
    let record = json!({ "principal": "user:bob", "method": method, "path": path, "status": status });
    assert_eq!(outcome(&record), wanted, "{record}");
}

fn outcome(record: &Value) -> Outcome {
    let (acme, routes) = (acme(), routes());
    let mut replay = Replay::new(&acme, &routes);
    replay.add(1, &Record::parse(record.to_string()).expect("well formed")).expect("well formed")
}

fn replayed(records: &[Value]) -> ReplayReport {
    let (acme, routes) = (acme(), routes());
    let mut replay = Replay::new(&acme, &routes);
    for (number, record) in (1..).zip(records) {
        replay.add(number, &Record::parse(record.to_string()).expect("well formed")).expect("well formed");
    }
    replay.report()
}

fn routes() -> Routes {
    let path = "/api/stacks/{org}/{project}/{stack}";
    let scope = |method: &str, path: &str, scope: &str, entity: &str| json!({ "method": method, "path": path, "needs": "scope", "scope": scope, "entity": entity });
    let with = |mut route: Value, more: &Value| {
        route.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        route
    };
    let stack = "stack:{org}/{project}/{stack}";
    let needs =
        |method: &str, path: &str, needs: &str| json!({ "method": method, "path": path, "needs": needs });
    let table = json!({ "routes": [
        with(scope("DELETE", path, "stack:delete", stack), &json!({ "confidence": "inferred" })),
        scope("GET", path, "stack:read", stack),
        with(scope("PUT", path, "stack:write", stack), &json!({ "name": "Write", "note": "as ever" })),
        scope("GET", &format!("{path}/updates/{{version}}"), "stack:read", stack),
        scope("GET", &format!("{path}/updates/latest"), "stack:read", stack),
        scope("POST", "/api/stacks/{org}/{project}", "stack:create", "organization:{org}"),
        with(
            scope("POST", "/api/envs/{org}/{env}/clone", "environment:clone", "environment:{org}/default/{env}"),
            &json!({ "also": [{ "scope": "environment:create", "entity": "organization:{org}" }] }),
        ),
        with(scope("GET", "/api/guessed/{org}", "audit_logs:read", "organization:{org}"), &json!({ "confidence": "guessed" })),
        with(needs("GET", "/api/orgs/{org}", "member"), &json!({ "entity": "organization:{org}" })),
        scope("GET", "/api/flights/{org}", "stack:fly", "stack:{org}/a/b"),
        scope("GET", "/api/planets/{org}", "planet:read", "planet:{org}"),
        scope("GET", "/api/teams/{org}", "environment:open", "stack:{org}/a/b"),
        needs("GET", "/api/user", "user"),
        needs("GET", "/api/public", "public"),
        needs("GET", "/api/stacks", "filter"),
        needs("POST", "/api/leases/{id}", "special"),
        needs("GET", "/api/both/ways", "ambiguous") ] });
    Routes::parse(table.to_string()).unwrap_or_else(|invalid| panic!("{invalid}"))
}
