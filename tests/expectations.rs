//! Expectations beside a document: what is read, what is refused, what came, and what no test touches.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    reason = "a test that meets something unexpected stops there"
)]

#[allow(dead_code, unused_imports, reason = "other tests need more of it")]
mod generate;
#[allow(dead_code, reason = "other tests need more of it")]
mod oracle;

use std::collections::BTreeMap;

use generate::{CASES, Case, for_every, parse};
use scopewise::{
    Coverage, Effect, Expectations, Instant, Invalid, Organization, Reason, Request, TestReport,
};
use serde_json::{Value, json};

const PROD: &str = "stack:acme/web/prod";
const DEV: &str = "stack:acme/web/dev";
const AWS: &str = "environment:acme/default/aws";

// What is asked.

#[test]
fn a_test_is_the_product_of_its_lists() {
    let report = run(&json!({ "who": ["user:bob", "team:platform"], "may": ["stack:read", "stack:write"],
        "mayNot": "stack:delete", "on": [PROD, DEV] }));
    let asked = claims(&report);
    let of = |who: &str, on: &str| {
        ["allow stack:read", "allow stack:write", "deny stack:delete"]
            .map(|what| format!("{who} {what} {on}"))
    };
    let all =
        [of("user:bob", PROD), of("user:bob", DEV), of("team:platform", PROD), of("team:platform", DEV)];
    assert_eq!(asked, all.concat());
    assert_eq!((report.passed, report.failed), (10, 2), "they write the one of development alone");
}

#[test]
fn a_scope_is_asked_for_where_the_type_has_it() {
    let report = run(&json!({ "who": "user:bob", "may": ["stack:read", "environment:read"],
        "mayNot": "stack:create", "on": [PROD, AWS, "organization:acme"] }));
    let asked = claims(&report);
    let wanted = [
        "user:bob allow stack:read stack:acme/web/prod",
        "user:bob deny stack:create stack:acme/web/prod",
        "user:bob allow environment:read environment:acme/default/aws",
        "user:bob deny stack:create organization:acme",
    ];
    assert_eq!(asked, wanted);
}

#[test]
fn a_star_names_everyone_and_every_listed_entity_that_fits() {
    let who = |who: Value| asked(&json!({ "who": who, "mayNot": "stack:delete", "on": PROD }), |it| it.0);
    assert_eq!(who(json!("user:*")), ["user:alice", "user:bob", "user:zoe"]);
    assert_eq!(who(json!(["user:zoe", "user:*o*", "team:*"])), ["user:zoe", "user:bob", "team:platform"]);
    let runs = json!({ "who": "deployment:web/*", "mayNot": "stack:delete", "on": "organization:acme",
        "trigger": "git-push", "reason": "wrong_entity_type" });
    assert_eq!(asked(&runs, |it| it.0), ["deployment:web/prod", "deployment:web/dev"]);
    let mut all = runs;
    all["who"] = json!("deployment:*");
    assert_eq!(asked(&all, |it| it.0).len(), 3);
    let on = |on: Value| asked(&json!({ "who": "user:bob", "may": "stack:read", "on": on }), |it| it.1);
    assert_eq!(on(json!("stack:*")), [PROD, DEV, "stack:acme/net/prod"]);
    assert_eq!(on(json!(["stack:acme/*/prod", PROD])), [PROD, "stack:acme/net/prod"]);
    assert_eq!(on(json!([DEV, "stack:acme/web/*"])), [DEV, PROD], "each once, where it comes first");
}

#[test]
fn exceptions_are_left_out_of_who_and_of_on() {
    let report = run(&json!({ "who": "user:*", "except": ["user:alice", "stack:acme/net/*", "user:z*"],
        "mayNot": "stack:delete", "on": "stack:acme/*/*" }));
    let wanted = [PROD, DEV].map(|on| format!("user:bob deny stack:delete {on}"));
    assert_eq!(claims(&report), wanted);
}

#[test]
fn tags_and_trigger_go_with_every_question() {
    let tagged = |tags: Value, field: &str| {
        run(
            &json!({ "who": "user:bob", field: "stack:write", "on": ["stack:acme/new/a", PROD], "tags": tags }),
        )
    };
    assert_eq!(tagged(json!({ "env": "dev" }), "may").passed, 2);
    assert_eq!(tagged(json!({ "env": "prod" }), "mayNot").passed, 2);
    let unknown = run(&json!({ "who": "user:bob", "unknown": "stack:write", "on": "stack:acme/new/a" }));
    assert_eq!((unknown.passed, unknown.failed), (1, 0));
    let run_of = |trigger: &str, who: &str| {
        let test = json!({ "who": ["deployment:web/prod", who], "may": "stack:read", "on": PROD, "trigger": trigger });
        run(&test).tests[0].expectations.iter().map(|it| it.got.reason).collect::<Vec<_>>()
    };
    assert_eq!(run_of("git-push", "user:bob"), [Reason::Granted, Reason::Granted], "its own stack");
    assert_eq!(run_of("rest:user:alice", "user:bob"), [Reason::OrganizationAdmin, Reason::Granted]);
}

#[test]
fn the_time_is_the_test_s_or_the_file_s_or_the_caller_s() {
    let reason = |file: Option<&str>, test: Option<&str>, caller: Option<i64>| {
        let mut question =
            json!({ "who": "token:ci", "mayNot": "stack:fly", "on": PROD, "reason": "unknown_scope" });
        question["mayNot"] = json!("stack:read");
        question["reason"] = json!("token_expired");
        let mut text = json!({ "tests": [question] });
        if let Some(at) = file {
            text["at"] = json!(at);
        }
        if let Some(at) = test {
            text["tests"][0]["at"] = json!(at);
        }
        let read = Expectations::parse(text.to_string()).unwrap();
        let read = caller.map(Instant::from_unix).map_or(read.clone(), |at| read.or_at(at));
        acme().test(&read).unwrap().tests[0].expectations[0].got.reason
    };
    let (before, after) = (Some("2026-11-20T00:00:00Z"), Some("2027-01-01T00:00:00Z"));
    assert_eq!(reason(None, None, None), Reason::TokenExpired, "without a time it counts as expired");
    assert_eq!(reason(None, None, Some(0)), Reason::OrganizationAdmin);
    assert_eq!(reason(before, None, None), Reason::OrganizationAdmin);
    assert_eq!(reason(after, None, Some(0)), Reason::TokenExpired);
    assert_eq!(reason(after, before, None), Reason::OrganizationAdmin);
    assert_eq!(reason(before, after, None), Reason::TokenExpired);
}

// What is refused.

#[test]
fn every_fault_of_a_file_is_told_with_its_place() {
    let text = json!({ "at": "noon", "documents": 1, "tests": [
        { "who": ["bob", "", 7, "deployment:web/prod", "robot:*", "*"], "may": ["stack:read", "read"], "mayNot": "stack:read",
          "on": {}, "reason": "luck", "trigger": "moon", "tags": { "env": true } },
        { "who": "deployment:web/*", "may": "stack:read", "on": PROD },
        { "who": [], "unknown": null, "on": "", "except": 1, "reason": "granted" },
        {} ] });
    let reasons: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    let wanted = format!(
        "\
at: `noon` is no date: write it like `2027-01-01T00:00:00Z`, with seconds and `Z` or an offset [malformed_date]
documents: no field `documents` is known here: remove it [unknown_field]
tests[0].mayNot: `stack:read` stands twice in one test: keep one [duplicate]
tests[0].may[1]: `read` is no scope: write it `object:action` [unknown_scope]
tests[0].on: a text or a list of texts is wanted here, not an object [wrong_type]
tests[0].reason: no reason `luck` is known: use one of `{}` [unknown_value]
tests[0].reason: a test with a `reason` has `may` or `mayNot` and nothing else: make two tests of it [conflicting_fields]
tests[0].tags.env: a text is wanted here, not true or false [wrong_type]
tests[0].trigger: no trigger `moon` is known: use one of `rest`, `console`, `git-push`, `pull-request`, `schedule` [unknown_value]
tests[0].who[0]: `bob` is no principal: use `user:LOGIN`, `token:NAME`, `team:NAME`, `service-principal:NAME` or `deployment:PROJECT/STACK` [malformed_principal]
tests[0].who[1]: the text must not be empty [empty]
tests[0].who[2]: a text is wanted here, not a number [wrong_type]
tests[0].who[4]: `robot:*` is no principal: use `user:LOGIN`, `token:NAME`, `team:NAME`, `service-principal:NAME` or `deployment:PROJECT/STACK` [malformed_principal]
tests[0].who[5]: `*` is no principal: use `user:LOGIN`, `token:NAME`, `team:NAME`, `service-principal:NAME` or `deployment:PROJECT/STACK` [malformed_principal]
tests[1].trigger: the field `trigger` is missing: say what starts `deployment:web/*`, like `git-push` or `rest:user:LOGIN` [missing_field]
tests[2].except: a text or a list of texts is wanted here, not a number [wrong_type]
tests[2].on: the text must not be empty [empty]
tests[2].reason: a test with a `reason` has `may` or `mayNot` and nothing else: make two tests of it [conflicting_fields]
tests[2].unknown: a text or a list of texts is wanted here, not null [wrong_type]
tests[2].who: the list must not be empty [empty]
tests[3]: a test says `may`, `mayNot` or `unknown`: add one of them [missing_field]
tests[3].on: the field `on` is missing: add it [missing_field]
tests[3].who: the field `who` is missing: add it [missing_field]",
        reasons.join("`, `")
    );
    assert_eq!(told(Expectations::parse(text.to_string())), wanted);
}

#[test]
fn a_file_without_a_test_is_no_file_of_expectations() {
    let told = |text: &str| told(Expectations::parse(text));
    assert_eq!(told("{}"), "tests: the field `tests` is missing: add it [missing_field]");
    assert_eq!(told(r#"{"tests":[]}"#), "tests: there must be at least one test [empty]");
    assert_eq!(told(r#"{"tests":{}}"#), "tests: a list is wanted here, not an object [wrong_type]");
    assert_eq!(told("[]"), "document: an object is wanted here, not a list [wrong_type]");
    assert_eq!(
        told(r#"{"tests":[],"tests":[]}"#),
        "line 1, column 13: the key `tests` stands twice in one object: keep one [duplicate_key]"
    );
}

/// Each of these would pass as a refusal, for a reason that nobody meant.
#[test]
fn a_name_that_is_not_there_is_a_fault_and_no_refusal() {
    let text = json!({ "tests": [
        { "who": ["user:bbo", "team:gone", "token:gone", "service-principal:gone", "team:x*", "user:bob"],
          "mayNot": ["stack:fly", "environment:open", "stack:read"],
          "on": ["stack:acme/nope/*", "stack:other/web/prod", "stack:acme/web", "planet:*", "organization:acme"] },
        { "who": "user:bob", "mayNot": ["stack:read", "environment:read"], "on": [PROD, AWS],
          "except": ["user:eve", "stack:acme/*/*"] },
        { "who": "user:bob", "mayNot": "stack:read", "on": PROD, "except": "user:*" },
        { "who": "deployment:web/*", "mayNot": "stack:read", "on": PROD, "trigger": "rest:user:gone" },
        { "who": "user:bob", "mayNot": "environment:read", "on": PROD } ] });
    let wanted = "\
tests[0].mayNot[0]: no scope `stack:fly` is in the catalog `2026-10`: use one of `stack:cancel_update`, `stack:create`, `stack:decrypt`, `stack:delete`, `stack:encrypt`, `stack:export`, `stack:import`, `stack:read` and 3 more: mend the name, or expect the `reason` `unknown_scope` [unknown_scope]
tests[0].mayNot[1]: no entity of this test has the scope `environment:open`: name one in `on` [wrong_entity_type]
tests[0].on[0]: `stack:acme/nope/*` matches no entity that the document lists: mend it, or list one [empty]
tests[0].on[1]: `stack:other/web/prod` is not an entity of the organization `acme`: mend the name, or expect the `reason` `other_organization` [other_organization]
tests[0].on[2]: `stack:acme/web` is no entity: write `stack:ORGANIZATION/PROJECT/STACK`, no part of it empty [malformed_entity]
tests[0].on[3]: `planet:*` is no `TYPE:PATH`: the type is one of `stack`, `environment`, `insights-account`, `organization` [malformed_entity]
tests[0].on[4]: no scope of this test is one of the type `organization`: add one, or remove `organization:acme` [wrong_entity_type]
tests[0].who[0]: `user:bbo` is nobody in the organization `acme`: mend the name, or expect the `reason` `unknown_principal` [unknown_member]
tests[0].who[1]: `team:gone` is nobody in the organization `acme`: mend the name, or expect the `reason` `unknown_principal` [unknown_team]
tests[0].who[2]: `token:gone` is nobody in the organization `acme`: mend the name, or expect the `reason` `unknown_principal` [unknown_token]
tests[0].who[3]: `service-principal:gone` is nobody in the organization `acme`: mend the name, or expect the `reason` `unknown_principal` [unknown_service_principal]
tests[0].who[4]: `team:x*` matches nobody of the document: mend it [empty]
tests[1].except[0]: `user:eve` excepts nothing of `who` and `on`: remove it [empty]
tests[1].mayNot[0]: no entity of this test has the scope `stack:read`: name one in `on` [wrong_entity_type]
tests[2].except: nothing is left of `who` or `on`: except less [empty]
tests[3].trigger: `user:gone` is nobody in the organization `acme`: mend the name, or expect the `reason` `unknown_principal` [unknown_member]
tests[4].mayNot: no entity of this test has the scope `environment:read`: name one in `on` [wrong_entity_type]";
    assert_eq!(told(acme().test(&read(&text))), wanted);
}

#[test]
fn a_name_that_is_not_there_may_be_expected() {
    let passes = |who: &str, scope: &str, on: &str, reason: &str| {
        let report = run(&json!({ "who": who, "mayNot": scope, "on": on, "reason": reason }));
        assert_eq!((report.passed, report.failed), (1, 0), "{reason}");
    };
    passes("user:eve", "stack:read", PROD, "unknown_principal");
    passes("user:bob", "stack:fly", PROD, "unknown_scope");
    passes("user:bob", "environment:read", PROD, "wrong_entity_type");
    passes("user:bob", "stack:read", "stack:other/web/prod", "other_organization");
}

#[test]
fn a_product_beyond_measure_is_refused_before_it_is_asked() {
    let entities: Vec<Value> =
        (0..600).map(|it| json!({ "entity": format!("stack:acme/web/s{it}") })).collect();
    let members: Vec<Value> = (0..600).map(|it| json!({ "user": format!("u{it}") })).collect();
    let large = Organization::parse(
        json!({ "revision": "2026-10", "organization": "acme", "members": members, "entities": entities })
            .to_string(),
    );
    let test = json!({ "who": "user:*", "mayNot": "stack:delete", "on": "stack:acme/web/*" });
    let small = json!({ "who": "user:u1", "mayNot": "stack:delete", "on": "stack:acme/web/*" });
    let told = told(large.unwrap().test(&read(&json!({ "tests": [small, test, small] }))));
    let wanted =
        "tests[1]: the tests up to this one expect 360600 answers: at most 250000 are asked for [too_many]";
    assert_eq!(told, wanted);
}

// What came.

#[test]
fn a_report_tells_what_was_expected_and_what_came() {
    let report = run_all(&json!({ "document": "acme.json", "tests": [
        { "name": "bob", "who": "user:bob", "mayNot": ["stack:read", "stack:delete"], "on": PROD },
        { "who": "user:bob", "mayNot": "stack:delete", "on": "stack:acme/new/a", "reason": "setting_off" } ] }));
    let rules = |numbers: &[&str]| -> Vec<Value> {
        numbers.iter().map(|rule| json!({ "rule": rule, "basis": "documented" })).collect()
    };
    let denied = json!({ "effect": "deny", "reason": "not_granted" });
    let wanted = json!({ "passed": 1, "failed": 2, "tests": [
        { "name": "bob", "path": "tests[0]", "expectations": [
            { "principal": "user:bob", "scope": "stack:read", "entity": PROD, "expected": { "effect": "deny" },
              "got": { "effect": "allow", "reason": "granted" }, "passed": false,
              "explanation": { "effect": "allow", "reason": "granted",
                "grants": [{ "via": ["team:platform", "role:deployer", "permission-set:stack-read"], "on": "all",
                             "effect": "allow" }],
                "blockedBy": [], "rules": rules(&["TE-2", "RO-10"]) } },
            { "principal": "user:bob", "scope": "stack:delete", "entity": PROD, "expected": { "effect": "deny" },
              "got": denied, "passed": true } ] },
        { "name": "tests[1]", "path": "tests[1]", "expectations": [
            { "principal": "user:bob", "scope": "stack:delete", "entity": "stack:acme/new/a",
              "expected": { "effect": "deny", "reason": "setting_off" }, "got": denied, "passed": false,
              "explanation": { "effect": "deny", "reason": "not_granted", "grants": [], "blockedBy": [],
                               "rules": json!(report.tests[1].expectations[0].explanation.as_ref().unwrap().rules) } } ] } ],
        "unlisted": ["stack:acme/new/a"] });
    assert_eq!(json!(report), wanted);
    assert_eq!(report.tests[0].failures().count(), 1);
}

#[test]
fn what_is_neither_listed_nor_named_is_told() {
    let unlisted =
        |on: Value| run(&json!({ "who": "user:bob", "mayNot": "stack:delete", "on": on })).unlisted;
    assert_eq!(unlisted(json!([PROD, "stack:acme/*/*"])), [""; 0]);
    assert_eq!(unlisted(json!("stack:acme/old/named")), [""; 0], "a grant names it");
    assert_eq!(
        unlisted(json!(["stack:acme/b/b", PROD, "stack:acme/a/a"])),
        ["stack:acme/b/b", "stack:acme/a/a"]
    );
    let itself = run(&json!({ "who": "user:bob", "mayNot": "team:create", "on": "organization:acme" }));
    assert_eq!(itself.unlisted, [""; 0]);
}

/// Every verdict is a decision held against what was expected, and every failure has the decision's explanation.
#[test]
fn verdicts_agree_with_deciding() {
    for_every(3, |_, organization, request| {
        let asked = Request::parse(request.to_string());
        let decided = asked.clone().and_then(|asked| organization.decide(&asked));
        for (field, effect) in FIELDS {
            let result = tested(organization, &test_of(request, field, None));
            let Ok(decision) = &decided else {
                if result.is_ok() {
                    return Some("a malformed request is tested".to_owned());
                }
                continue;
            };
            if NOT_THERE.contains(&decision.reason) {
                let expected = tested(organization, &test_of(request, "mayNot", Some(decision.reason)));
                if result.is_ok() || expected.is_ok_and(|it| it.passed != 1) {
                    return Some(format!("{decision:?} is not told, or cannot be expected"));
                }
                continue;
            }
            let report = match result {
                Ok(report) => report,
                Err(invalid) => return Some(invalid.to_string()),
            };
            let outcome = &report.tests[0].expectations[0];
            let passed = decision.effect == effect;
            let counted = (report.passed, report.failed) == (usize::from(passed), usize::from(!passed));
            let Request { principal, scope, entity, context } = asked.clone().expect("a request");
            let told = organization.principal(&principal).why(&scope, &entity, &context).ok();
            let explained = outcome.explanation.as_deref() == told.filter(|_| !passed).as_ref();
            if (outcome.passed, &outcome.got) != (passed, decision) || !counted || !explained {
                return Some(format!("{field}: {outcome:?}\n{decision:?}"));
            }
        }
        None
    });
}

/// A reason that is expected must be the decision's.
#[test]
fn a_reason_is_held_against_the_decision() {
    for_every(3, |_, organization, request| {
        let decision = Request::parse(request.to_string()).and_then(|it| organization.decide(&it)).ok()?;
        let field = FIELDS.iter().find(|(_, effect)| *effect == decision.effect)?.0;
        if field == "unknown" || NOT_THERE.contains(&decision.reason) {
            return None;
        }
        let other = if decision.reason == Reason::Creator { Reason::Granted } else { Reason::Creator };
        let passed =
            |reason| tested(organization, &test_of(request, field, Some(reason))).map(|it| it.passed);
        let holds = passed(decision.reason) == Ok(1) && passed(other) == Ok(0);
        (!holds).then(|| format!("{decision:?}"))
    });
}

// What no test touches.

#[test]
fn every_way_of_granting_is_covered_by_its_place() {
    let untouched = |report: Option<&TestReport>| {
        let coverage = covered(&everything(), report);
        let line = |it: &scopewise::UntouchedGrant| {
            format!("{}: {}, {} {}", it.path, it.via.join(" > "), it.on, it.scopes.join(","))
        };
        (coverage.grants, coverage.untouched.iter().map(line).collect::<Vec<_>>())
    };
    let all = [
        "collaborators[0].grants[0]: user:zoe > permission-set:stack-read, on stack:acme/web/prod ",
        "collaborators[1].grants[0]: user:bob > permission-set:stack-write, on stack:acme/web/dev ",
        "entities[1].creator: creator > permission-set:stack-admin, on stack:acme/web/dev ",
        "members[1].grants[0]: user:bob > permission-set:stack-read, on stack:acme/web/prod ",
        "members[1].grants[1]: user:bob > permission-set:environment-open, on environment:acme/default/aws ",
        "roles[0].organizationAccess[0]: role:flat > permission-set:org-settings-read-only, everywhere ",
        "roles[0].rules[0]: role:flat > permission-set:stack-write, where tag env is dev ",
        "roles[0].rules[1].on[0]: role:flat > permission-set:stack-read, on stack:acme/web/prod ",
        "roles[0].rules[1].on[1]: role:flat > permission-set:stack-read, on stack:acme/web/dev ",
        "roles[0].rules[2]: role:flat > permission-set:environment-read, everywhere ",
        "roles[0].rules[3]: role:flat > permission-set:stack-read, where tag env is there ",
        "roles[0].rules[4].on[0]: role:flat > permission-set:insights-account-read, on insights-account:acme/main ",
        "roles[1].details: role:tree, everywhere stack:read",
        "roles[1].details: role:tree > permission-set:stack-write, on stack:acme/web/dev ",
        "servicePrincipals[0].grants[0]: service-principal:runner > permission-set:stack-read, on stack:acme/web/dev ",
        "settings.defaultEnvironmentPermission: setting:defaultEnvironmentPermission > permission-set:environment-read, everywhere ",
        "settings.membersCanCreateStacks: setting:membersCanCreateStacks, everywhere stack:create",
        "teams[0].grants[0]: team:platform > permission-set:stack-admin, on stack:acme/web/prod ",
    ];
    assert_eq!(untouched(None), (all.len(), all.map(str::to_owned).to_vec()));
    let organization = parse(&everything());
    let report = organization.test(&read(&json!({ "tests": [
        { "who": "user:bob", "may": "stack:read", "on": PROD },
        { "who": "user:alice", "may": "stack:read", "on": DEV },
        { "who": "user:zoe", "may": "stack:write", "on": PROD },
        { "who": "user:bob", "mayNot": "stack:read", "on": DEV } ] })));
    let (grants, left) = untouched(Some(&report.unwrap()));
    let touched: Vec<&str> = all.into_iter().filter(|line| !left.iter().any(|it| it == line)).collect();
    assert_eq!((grants, left.len() + touched.len()), (all.len(), all.len()));
    let wanted = [all[3], all[7], all[12], all[17]];
    assert_eq!(touched, wanted, "what an admin may, what fails and what is refused touch nothing");
}

#[test]
fn reports_cover_a_document_together() {
    let document = everything();
    let organization = parse(&document);
    let test = |on: &str| {
        let test = json!({ "tests": [{ "who": "user:bob", "may": "stack:read", "on": on }] });
        organization.test(&read(&test)).unwrap()
    };
    let (prod, dev) = (test(PROD), test(DEV));
    let touched = |reports: &[&TestReport]| {
        let coverage = organization.coverage(document.to_string(), reports.iter().copied()).unwrap();
        assert_eq!(coverage.touched + coverage.untouched.len(), coverage.grants);
        (coverage.touched, coverage.percent())
    };
    assert_eq!(touched(&[]), (0, 0));
    assert_eq!(touched(&[&prod]), (4, 22));
    assert_eq!(touched(&[&dev]), (5, 27));
    assert_eq!(touched(&[&prod, &dev]), (8, 44), "the tree's grant everywhere is touched by both");
    let nothing = json!({ "revision": "2026-10", "organization": "acme" });
    let coverage = parse(&nothing).coverage(nothing.to_string(), []).unwrap();
    assert_eq!((coverage.grants, coverage.percent()), (0, 100));
    assert!(organization.coverage("{", []).is_err());
}

/// A grant is touched exactly if an explanation of an expectation that was met is another one without it.
#[test]
fn coverage_agrees_with_explanations() {
    let (mut touched, mut untouched) = (0, 0);
    for Case { document, requests } in CASES.iter().step_by(2) {
        let organization = parse(document);
        let allowed: Vec<(&Value, Value)> =
            requests.iter().filter_map(|it| Some((it, explained(&organization, it)?))).collect();
        let tests: Vec<Value> = allowed.iter().map(|(request, _)| test_of(request, "may", None)).collect();
        let report = (!tests.is_empty())
            .then(|| organization.test(&read(&json!({ "tests": tests }))).expect("every name is there"));
        let left = places(&covered(document, report.as_ref()));
        for (place, count) in places(&covered(document, None)) {
            let is_touched = left.get(&place).copied().unwrap_or_default() < count;
            let without = parse(&without(document, &place));
            let matters =
                |(request, with): &&(&Value, Value)| explained(&without, request).as_ref() != Some(with);
            let found = allowed.iter().find(matters);
            // What a tree composes is written elsewhere, and gone with the tree all the same.
            let composes = place.ends_with(".details") && document.to_string().contains("Compose");
            let agree = is_touched == found.is_some() || composes && found.is_some();
            assert!(agree, "{place}\n{found:?}\n{document:#}");
            *if is_touched { &mut touched } else { &mut untouched } += 1;
        }
    }
    assert!(touched > 300 && untouched > 300, "{touched} touched, {untouched} not");
}

// What the tests are made of.

const FIELDS: [(&str, Effect); 3] =
    [("may", Effect::Allow), ("mayNot", Effect::Deny), ("unknown", Effect::Unknown)];

/// What a name can be that is not there.
const NOT_THERE: [Reason; 4] =
    [Reason::UnknownPrincipal, Reason::UnknownScope, Reason::WrongEntityType, Reason::OtherOrganization];

fn acme() -> Organization {
    parse(&json!({ "revision": "2026-10", "organization": "acme",
        "roles": [{ "id": "deployer", "name": "Deployer", "rules": [
            { "permissionSet": "stack-read", "on": "all" },
            { "permissionSet": "stack-write", "on": { "tags": [{ "key": "env", "equals": "dev" }] } },
            { "permissionSet": "stack-read", "on": ["stack:acme/old/named"] }] }],
        "teams": [{ "name": "platform", "roles": ["deployer"], "members": [{ "user": "bob" }] }],
        "members": [{ "user": "alice", "role": "admin" }, { "user": "bob" }],
        "collaborators": [{ "user": "zoe" }],
        "tokens": [{ "name": "ci", "kind": "organization", "role": "admin", "expiresAt": "2027-01-01T00:00:00Z" }],
        "entities": [
            { "entity": PROD, "tags": { "env": "prod" } }, { "entity": DEV, "tags": { "env": "dev" } },
            { "entity": AWS }, { "entity": "stack:acme/net/prod" }] }))
}

/// A document with every way of granting, out of order where order could mislead.
fn everything() -> Value {
    let tree = json!({ "__type": "PermissionDescriptorGroup", "entries": [
        { "__type": "PermissionDescriptorCondition",
          "condition": { "__type": "PermissionExpressionEqual", "left": { "__type": "PermissionExpressionStack" },
                         "right": { "__type": "PermissionLiteralExpressionStack", "identity": "acme/web/dev" } },
          "subNode": { "__type": "PermissionDescriptorCompose", "permissionDescriptors": ["stack-write"] } },
        { "__type": "PermissionDescriptorAllow", "permissions": ["stack:read"] }] });
    json!({ "revision": "2026-10", "organization": "acme",
        "settings": { "membersCanCreateStacks": true, "defaultEnvironmentPermission": "read",
                      "membersCanDeleteStacks": true, "defaultStackPermission": "none" },
        "roles": [
            { "id": "flat", "name": "Flat", "organizationAccess": ["org-settings-read-only"], "rules": [
                { "permissionSet": "stack-write", "on": { "tags": [{ "key": "env", "equals": "dev" }] } },
                { "permissionSet": "stack-read", "on": [PROD, DEV] },
                { "permissionSet": "environment-read", "on": "all" },
                { "permissionSet": "stack-read", "on": { "tags": [{ "key": "env", "exists": true }] } },
                { "permissionSet": "insights-account-read", "on": ["insights-account:acme/main"] }] },
            { "id": "tree", "name": "Tree", "details": tree }],
        "teams": [{ "name": "platform", "roles": ["tree"], "members": [{ "user": "bob" }],
                    "grants": [{ "entity": PROD, "level": "admin" }] }],
        "members": [{ "user": "alice", "role": "admin" },
            { "user": "bob", "role": "flat", "grants": [
                { "entity": PROD, "level": "read" }, { "entity": AWS, "level": "open" }] }],
        "collaborators": [{ "user": "zoe", "grants": [{ "entity": PROD, "level": "read" }] },
                          { "user": "bob", "grants": [{ "entity": DEV, "level": "write" }] }],
        "servicePrincipals": [{ "name": "runner", "grants": [{ "entity": DEV, "level": "read" }] }],
        "entities": [{ "entity": PROD }, { "entity": DEV, "creator": "user:bob" }, { "entity": AWS }] })
}

fn read(text: &Value) -> Expectations {
    Expectations::parse(text.to_string()).unwrap_or_else(|invalid| panic!("{invalid}\n{text:#}"))
}

fn run_all(text: &Value) -> TestReport {
    acme().test(&read(text)).unwrap_or_else(|invalid| panic!("{invalid}\n{text:#}"))
}

fn run(test: &Value) -> TestReport {
    run_all(&json!({ "tests": [test] }))
}

fn tested(organization: &Organization, test: &Value) -> Result<TestReport, Invalid> {
    organization.test(&Expectations::parse(json!({ "tests": [test] }).to_string())?)
}

/// `user:bob allow stack:read stack:acme/web/prod`, one for each expectation.
fn claims(report: &TestReport) -> Vec<String> {
    let expectations = report.tests.iter().flat_map(|test| &test.expectations);
    let claim = |it: &scopewise::ExpectationOutcome| {
        format!("{} {} {} {}", it.principal, it.expected.effect, it.scope, it.entity)
    };
    expectations.map(claim).collect()
}

/// Principals or entities of a test's expectations.
fn asked(test: &Value, part: fn((String, String)) -> String) -> Vec<String> {
    let expectations = run(test).tests.remove(0).expectations;
    expectations.into_iter().map(|it| part((it.principal, it.entity))).collect()
}

fn told<T: std::fmt::Debug>(result: Result<T, Invalid>) -> String {
    result.expect_err("faults").to_string()
}

/// A request as a test: everything that it says, and what is expected.
fn test_of(request: &Value, field: &str, reason: Option<Reason>) -> Value {
    let mut test = request.clone();
    let fields = test.as_object_mut().expect("an object");
    for (from, to) in [("principal", "who"), ("entity", "on"), ("scope", field)] {
        let value = fields.remove(from);
        fields.extend(value.map(|value| (to.to_owned(), value)));
    }
    match &request["trigger"] {
        Value::String(text) => test["trigger"] = json!([text]), // malformed there, and the form of it here
        trigger if trigger["kind"].is_string() => {
            let words = ["kind", "by"].into_iter().filter_map(|field| trigger[field].as_str());
            test["trigger"] = json!(words.collect::<Vec<_>>().join(":"));
        }
        _ => {}
    }
    if let Some(reason) = reason {
        test["reason"] = json!(reason);
    }
    test
}

/// The grants behind an allow.
fn explained(organization: &Organization, request: &Value) -> Option<Value> {
    let Request { principal, scope, entity, context } = Request::parse(request.to_string()).ok()?;
    let told = organization.principal(&principal).explain(&scope, &entity, &context).ok()?;
    (told.effect == Effect::Allow).then(|| json!(told.grants))
}

fn covered(document: &Value, report: Option<&TestReport>) -> Coverage {
    parse(document).coverage(document.to_string(), report).expect("a document")
}

/// How many grants are untouched at each place.
fn places(coverage: &Coverage) -> BTreeMap<String, usize> {
    let mut places = BTreeMap::new();
    for grant in &coverage.untouched {
        *places.entry(grant.path.clone()).or_default() += 1;
    }
    places
}

/// The document without what stands at a place.
fn without(document: &Value, place: &str) -> Value {
    let mut document = document.clone();
    let pointer = format!("/{}", place.replace('[', "/").replace(']', "").replace('.', "/"));
    let (outer, last) = pointer.rsplit_once('/').expect("a path");
    match document.pointer_mut(outer).unwrap_or_else(|| panic!("nothing at {place}")) {
        Value::Array(items) => drop(items.remove(last.parse().expect("a position"))),
        role if last == "details" => {
            assert!(role.get(last).is_some(), "nothing at {place}");
            role[last] = json!({ "__type": "PermissionDescriptorGroup", "entries": [] });
        }
        object => {
            assert!(object.as_object_mut().expect("fields").remove(last).is_some(), "nothing at {place}");
        }
    }
    document
}
