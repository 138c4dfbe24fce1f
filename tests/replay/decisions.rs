//! Replaying a log of decisions: what each record is held for, and what the report tells.

use std::collections::BTreeMap;

use scopewise::{
    Apart, Context, Difference, Effect, LoggedDecision, Organization, Outcome, Record, Replay, ReplayReport,
    Request, Routes,
};
use serde_json::{Value, json};

use crate::generate::{Case, parse};
use crate::shared::{AGREES, acme, enough, is_here, is_known, with_more};

const OTHERWISE: Outcome = Outcome::Differs(Difference::DecidedOtherwise);
const DEV: &str = "stack:acme/web/dev";

// One record.

#[test]
fn an_effect_is_held_against_what_the_rules_say() {
    let unlisted = "stack:acme/web/unlisted";
    for (scope, entity, effect, wanted) in [
        ("stack:write", DEV, "allow", AGREES),
        ("stack:write", DEV, "deny", OTHERWISE),
        ("stack:write", DEV, "unknown", OTHERWISE),
        ("stack:delete", DEV, "allow", OTHERWISE),
        ("stack:delete", DEV, "deny", AGREES),
        ("stack:delete", DEV, "unknown", OTHERWISE),
        ("stack:write", unlisted, "allow", Outcome::Apart(Apart::UnknownTags)),
        ("stack:write", unlisted, "deny", Outcome::Apart(Apart::UnknownTags)),
        ("stack:write", unlisted, "unknown", AGREES),
    ] {
        let record = json!({ "principal": "user:bob", "scope": scope, "entity": entity, "effect": effect });
        assert_eq!(outcome(&record), wanted, "{record}");
    }
}

#[test]
fn what_cannot_be_compared_is_set_apart() {
    for (principal, scope, entity, why) in [
        ("user:~0b2f", "stack:write", DEV, Apart::Redacted),
        ("user:bob", "stack:write", "stack:acme/~0b/~2f", Apart::Redacted),
        ("deployment:~0b2f", "stack:write", DEV, Apart::Redacted),
        ("deployment:web/dev", "stack:write", DEV, Apart::NoTrigger),
        ("user:bob", "stack:write", "stack:other/web/dev", Apart::OtherOrganization),
        ("user:bob", "stack:fly", DEV, Apart::NotInCatalog),
        ("user:bob", "planet:read", "planet:acme", Apart::NotInCatalog),
    ] {
        let record = json!({ "principal": principal, "scope": scope, "entity": entity, "effect": "allow" });
        assert_eq!(outcome(&record), Outcome::Apart(why), "{record}");
    }
}

#[test]
fn a_record_is_of_its_own_time_or_of_that_which_is_given() {
    let of = |effect: &str, at: Value, time: &str| {
        let acme = acme();
        let mut record =
            json!({ "principal": "token:old", "scope": "stack:write", "entity": DEV, "effect": effect });
        record["at"] = at;
        if record["at"].is_null() {
            record.as_object_mut().expect("an object").remove("at");
        }
        let time = LoggedDecision::parse(
            json!({ "principal": "user:bob", "scope": "stack:read", "entity": DEV, "effect": "deny", "at": time }).to_string(),
        );
        let time = time.expect("well formed").context;
        Replay::new(&acme, None).line(1, record.to_string(), &time).expect("well formed")
    };
    let (before, after) = ("2025-12-31T23:59:59.999Z", "2026-01-01T00:00:00Z");
    assert_eq!(of("allow", json!(before), after), AGREES);
    assert_eq!(of("allow", json!(after), before), OTHERWISE);
    assert_eq!(of("allow", Value::Null, before), AGREES);
    assert_eq!(of("allow", Value::Null, after), OTHERWISE);
}

#[test]
fn a_malformed_record_is_an_error_and_is_not_counted() {
    let acme = acme();
    let mut replay = Replay::new(&acme, None);
    for (line, message) in [
        ("{", "line 1, column 2: the text ends where a key in double quotes should be"),
        (r#"{"scope":"stack:read"}"#, "the field `principal` must be there and be a text"),
        (
            r#"{"principal":"user:bob","scope":"stack:read","entity":"stack:acme/a/b","effect":"maybe"}"#,
            "no effect `maybe` is known: it is one of `allow`, `deny`, `unknown`",
        ),
        (
            r#"{"principal":"user:bob","scope":"stack:read","entity":"stack:acme/a/b","effect":"allow","at":7}"#,
            "the field `at` must be there and be a text",
        ),
        (
            r#"{"principal":"user:bob","scope":"stack:read","entity":"stack:acme/a/b","effect":"allow","at":"now"}"#,
            "at: `now` is no date: write it like `2027-01-01T00:00:00Z`, with seconds and `Z` or an offset",
        ),
        (
            r#"{"principal":"bob","scope":"stack:read","entity":"stack:acme/a/b","effect":"allow"}"#,
            "`bob` is no principal: use `user:LOGIN`, `token:NAME`, `team:NAME`, `service-principal:NAME` or \
             `deployment:PROJECT/STACK`",
        ),
        (
            r#"{"principal":"user:bob","method":"GET","path":"/","status":200}"#,
            "what a request needs, a table of routes says: give one",
        ),
    ] {
        let error = replay.line(1, line, &Context::default()).expect_err(line);
        assert_eq!(error.to_string(), message);
    }
    assert_eq!(replay.report(), ReplayReport::default());
}

// The report.

#[test]
fn every_mismatch_is_told_once_with_its_explanation() {
    let record = |principal: &str, scope: &str, effect: &str| {
        json!({ "at": "2026-11-20T00:00:00.000Z", "principal": principal, "scope": scope, "entity": DEV,
            "effect": effect, "reason": "granted", "rule": "EV-1", "version": 7, "requestId": "r" })
    };
    let acme = acme();
    let routes = Routes::parse(
        r#"{ "routes": [{ "method": "GET", "path": "/{org}", "needs": "scope", "scope": "stack:read",
        "entity": "stack:{org}/web/dev" }] }"#,
    );
    let routes = routes.expect("a table");
    let mut replay = Replay::new(&acme, &routes);
    for (number, record) in (1..).zip([
        record("user:bob", "stack:write", "deny"),
        record("user:nobody", "stack:read", "allow"),
        record("user:bob", "stack:write", "deny"),
        json!({ "principal": "user:bob", "method": "GET", "path": "/acme", "status": 200 }),
        record("user:~0b2f", "stack:read", "allow"),
    ]) {
        replay.line(number, record.to_string(), &Context::default()).expect("well formed");
    }
    let bob = acme.principal("user:bob");
    let explained = bob.why("stack:write", DEV, &Context::default()).expect("well formed");
    assert_eq!(
        json!(replay.report()),
        json!({
            "records": 5, "agree": 1, "differ": 3, "unsure": 0,
            "apart": [{ "why": "redacted", "count": 1, "examples": [format!("user:~0b2f stack:read on {DEV}")] }],
            "groups": [],
            "decisions": [
                { "entityType": "stack", "scope": "stack:read", "logged": "allow", "effect": "deny", "count": 1, "cases": [
                    { "record": 2, "count": 1, "principal": "user:nobody", "scope": "stack:read", "entity": DEV,
                      "effect": "deny", "reason": "unknown_principal",
                      "explanation": { "effect": "deny", "reason": "unknown_principal", "grants": [],
                        "blockedBy": [], "rules": [{ "rule": "PR-9", "basis": "inferred" }] } } ] },
                { "entityType": "stack", "scope": "stack:write", "logged": "deny", "effect": "allow", "count": 2, "cases": [
                    { "record": 1, "count": 2, "principal": "user:bob", "scope": "stack:write", "entity": DEV,
                      "effect": "allow", "reason": "granted", "explanation": json!(explained) } ] } ]
        })
    );
}

// What the engine itself decided.

/// Held against its own document, a log has no difference; against another, exactly those decisions that changed.
#[test]
fn a_log_of_the_engine_differs_in_what_changed_and_in_nothing_else() {
    let mut met = BTreeMap::new();
    for (Case { document, requests }, changed) in with_more() {
        let (fewer, more) = (parse(document), parse(&changed));
        for (before, after) in [(&fewer, &fewer), (&fewer, &more), (&more, &fewer)] {
            let mut replay = Replay::new(after, None);
            for (number, asked) in log(before, document, requests).iter().enumerate() {
                let line = &asked.line;
                let outcome = replay.line(number, line, &Context::default()).expect("well formed");
                assert_eq!(outcome, wanted(before, after, asked), "{line}\n{document:#}\n{changed:#}");
                *met.entry(format!("{outcome:?}")).or_insert(0) += 1;
            }
            let report = replay.report();
            assert_eq!(report.differ, report.decisions.iter().map(|group| group.count).sum::<usize>());
        }
    }
    enough(&met, &["Agrees", "Differs(DecidedOtherwise)", "Apart(UnknownTags)", "Apart(NoTrigger)"]);
}

/// The same question without what a log does not keep.
struct Asked {
    whole: Request,
    untagged: Request,
    /// The catalog has the scope.
    is_known: bool,
    line: String,
}

fn wanted(before: &Organization, after: &Organization, asked: &Asked) -> Outcome {
    if asked.whole.principal.starts_with("deployment:") {
        return Outcome::Apart(Apart::NoTrigger);
    }
    if !is_here(&asked.whole) {
        return Outcome::Apart(Apart::OtherOrganization);
    }
    let logged = before.decide(&asked.whole).expect("well formed");
    let now = after.decide(&asked.untagged).expect("well formed");
    match (logged.effect, now.effect) {
        _ if !asked.is_known => Outcome::Apart(Apart::NotInCatalog),
        (logged, now) if logged == now => AGREES,
        (_, Effect::Unknown) => Outcome::Apart(Apart::UnknownTags),
        _ => OTHERWISE,
    }
}

/// The lines that a log has of these requests.
fn log(organization: &Organization, document: &Value, requests: &[Value]) -> Vec<Asked> {
    let asked = |request: &Value| {
        let whole = Request::parse(request.to_string()).ok()?;
        let line = json!(organization.decision_record(&whole).ok()?).to_string();
        let is_known = is_known(document, &whole);
        let mut untagged = request.clone();
        untagged.as_object_mut()?.remove("tags");
        Some(Asked { untagged: Request::parse(untagged.to_string()).ok()?, whole, is_known, line })
    };
    requests.iter().filter_map(asked).collect()
}

fn outcome(record: &Value) -> Outcome {
    let acme = acme();
    assert!(Record::parse(record.to_string()).is_err(), "no request");
    let logged = LoggedDecision::parse(record.to_string()).expect("well formed");
    Replay::new(&acme, None).add_decision(1, &logged).expect("well formed")
}
