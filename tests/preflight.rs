//! Before a deployment runs: whom it acts as, and each thing that it needs.
#![cfg(not(target_arch = "wasm32"))]

use std::fmt::Write;

use scopewise::catalog::Need;
use scopewise::{
    Context, Effect, Instant, Organization, Preflight, PreflightReport, Reason, Trigger, TriggerKind,
};
use serde_json::{Value, json};

const PROD: &str = "stack:acme/web/prod";
const NET: &str = "stack:acme/net/prod";
const AWS: &str = "environment:acme/default/aws";
const BASE: &str = "environment:acme/default/base";
const ROOT: &str = "environment:acme/default/root";

// What is needed.

#[test]
fn a_run_needs_to_write_its_stack() {
    let report = by_token("reader");
    let row = &report.rows[0];
    assert_eq!(
        (row.need, &*row.scope, &*row.entity, &*row.rule),
        (Need::Stack, "stack:write", PROD, "DP-14")
    );
    assert_eq!((row.decision.effect, row.decision.reason), (Effect::Deny, Reason::NotGranted));
    assert_eq!(by_token("writer").rows[0].decision.effect, Effect::Allow);
}

#[test]
fn a_run_needs_to_read_every_stack_reference() {
    let report = by_token("writer");
    let row = &report.rows[1];
    let asked = (row.need, &*row.scope, &*row.entity, &*row.rule);
    assert_eq!(asked, (Need::StackReference, "stack:read", NET, "DP-15"));
    assert_eq!(row.decision.effect, Effect::Deny);
    assert_eq!(by_token("reader").rows[1].decision.effect, Effect::Allow);
}

#[test]
fn a_run_needs_to_open_every_environment_of_its_stack() {
    let report = by_token("reader");
    let row = &report.rows[2];
    let asked = (row.need, &*row.scope, &*row.entity, &*row.rule);
    assert_eq!(asked, (Need::Environment, "environment:open", AWS, "DP-16"));
    assert_eq!(row.decision.effect, Effect::Deny);
    assert_eq!(by_token("opener").rows[2].decision.effect, Effect::Allow);
}

#[test]
fn a_run_needs_to_open_what_its_environments_import_near_or_far() {
    let report = by_token("opener");
    let imports: Vec<_> = report.rows.iter().filter(|row| row.need == Need::EnvironmentImport).collect();
    let told: Vec<_> = imports.iter().map(|row| (&*row.entity, row.via.clone(), &*row.rule)).collect();
    let via = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(told, [(BASE, via(&[AWS]), "DP-17"), (ROOT, via(&[AWS, BASE]), "DP-17")]);
    assert!(imports.iter().all(|row| row.scope == "environment:open"));
    let effects: Vec<_> = imports.iter().map(|row| row.decision.effect).collect();
    assert_eq!(effects, [Effect::Deny, Effect::Allow], "root by its own grant, base by none");
    assert!(!report.allowed);
}

#[test]
fn every_row_says_why() {
    let report = by_token("opener");
    assert_eq!(report.acts_as.as_deref(), Some("token:opener"));
    for row in &report.rows {
        assert_eq!(row.explanation.effect, row.decision.effect);
        assert_eq!(row.explanation.reason, row.decision.reason);
        assert_eq!(row.explanation.acts_as.as_deref(), Some("token:opener"));
        assert!(row.explanation.rules.iter().any(|it| it.rule == "DP-13"), "{row:?}");
    }
    let granted = &report.rows[2].explanation.grants;
    assert_eq!(granted[0].via, ["permission-set:environment-open"]);
}

#[test]
fn each_entity_is_told_once() {
    let diamond = organization(&json!({ "entities": [
        { "entity": PROD, "environments": [AWS, BASE, AWS] },
        { "entity": AWS, "imports": [ROOT, BASE, ROOT] },
        { "entity": BASE, "imports": [ROOT] }] }));
    let mut asked = push("web/prod");
    asked.stack_references = Some([NET, "net/prod", "acme/net/prod"].map(str::to_owned).to_vec());
    let report = diamond.preflight(&asked).unwrap();
    let told: Vec<_> = report.rows.iter().map(|row| (row.need, &*row.entity)).collect();
    let wanted = [
        (Need::Stack, PROD),
        (Need::StackReference, NET),
        (Need::Environment, AWS),
        (Need::EnvironmentImport, ROOT),
        (Need::Environment, BASE),
    ];
    assert_eq!(told, wanted, "an environment that the stack lists is no import, whoever else imports it");
    assert_eq!(report.cycles, [[""; 0]; 0]);
}

// Who acts.

#[test]
fn of_a_refused_run_every_row_says_so() {
    let report = run(
        &json!({ "settings": { "permissionMode": "restricted" }, "entities": [
            { "entity": PROD, "stackReferences": [NET], "environments": [AWS] },
            { "entity": AWS, "imports": [BASE] }] }),
        &push("web/prod"),
    );
    assert_eq!((report.acts_as, report.allowed, report.rows.len()), (None, false, 4));
    for row in report.rows {
        assert_eq!(row.decision.reason, Reason::DeploymentRefused);
        assert!(row.explanation.rules.iter().any(|it| it.rule == "PM-3"));
    }
}

#[test]
fn the_starter_acts_where_a_run_is_started_by_hand() {
    let by = |trigger: &str| {
        let members = json!({ "members": [{ "user": "ann", "role": "admin" }, { "user": "bob" }], "entities": [
            { "entity": PROD, "stackReferences": [NET] }] });
        run(&members, &Preflight::new("web/prod", Trigger::parse(trigger).unwrap()))
    };
    let ann = by("rest:user:ann");
    assert_eq!((ann.acts_as.as_deref(), ann.allowed), (Some("user:ann"), true));
    assert_eq!(ann.rows[1].decision.reason, Reason::OrganizationAdmin);
    let bob = by("console:user:bob");
    assert_eq!((bob.acts_as.as_deref(), bob.allowed), (Some("user:bob"), false));
    let nobody = by("rest:user:nobody");
    assert!(nobody.rows.iter().all(|row| row.decision.reason == Reason::UnknownPrincipal));
}

#[test]
fn a_stack_token_has_its_stack_and_the_default_levels_of_the_older_text() {
    let report = |revision: &str, level: &str| {
        let document = json!({ "revision": revision, "settings": { "defaultStackPermission": level },
            "entities": [{ "entity": PROD, "stackReferences": [NET] }] });
        run(&document, &push("web/prod"))
    };
    for (revision, level, allowed) in
        [("2025-11", "none", false), ("2026-04", "read", true), ("2026-10", "read", false)]
    {
        let report = report(revision, level);
        assert_eq!(report.acts_as.as_deref(), Some("stack-token:web/prod"));
        assert!(report.rows[0].decision.is_allow(), "{revision}: its own stack");
        assert_eq!((report.rows[1].decision.is_allow(), report.allowed), (allowed, allowed), "{revision}");
    }
}

#[test]
fn a_token_is_judged_at_the_time_that_is_asked_about() {
    let document = json!({ "members": [{ "user": "ann", "role": "admin" }],
        "tokens": [{ "name": "ci", "kind": "personal", "user": "ann", "expiresAt": "2027-01-01T00:00:00Z" }],
        "entities": [{ "entity": PROD, "deployment": { "accessToken": "token:ci" } }] });
    let at = |text: &str| run(&document, &push("web/prod").or_at(Instant::parse(text).unwrap()));
    assert!(at("2026-12-31T00:00:00Z").allowed);
    assert_eq!(at("2027-01-01T00:00:00Z").rows[0].decision.reason, Reason::TokenExpired);
    assert!(!run(&document, &push("web/prod")).allowed, "without a time it counts as expired");
}

#[test]
fn tags_that_are_not_known_leave_a_row_open() {
    let document = json!({
        "roles": [{ "id": "dev", "name": "Dev", "rules": [
            { "permissionSet": "environment-open", "on": { "tags": [{ "key": "env", "equals": "dev" }] } }] }],
        "servicePrincipals": [{ "name": "runner", "roles": ["dev"],
                                "grants": [{ "entity": PROD, "level": "write" }] }],
        "entities": [{ "entity": PROD, "environments": [AWS],
                       "deployment": { "runAs": "service-principal:runner" } }] });
    let report = run(&document, &push("web/prod"));
    assert_eq!(report.rows[1].decision.effect, Effect::Unknown);
    assert_eq!(report.rows[1].decision.needs, ["env"]);
    assert!(report.rows[0].decision.is_allow() && !report.allowed, "unknown is no allow");
}

// Where the needs come from.

#[test]
fn given_lists_replace_those_of_the_document() {
    let lists = |references: Option<&[&str]>, environments: Option<&[&str]>| {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let asked = Preflight {
            stack_references: references.map(owned),
            environments: environments.map(owned),
            ..push("web/prod")
        };
        entities(&run(&tokens("opener"), &asked))
    };
    assert_eq!(lists(None, None), [PROD, NET, AWS, BASE, ROOT]);
    assert_eq!(lists(Some(&[]), None), [PROD, AWS, BASE, ROOT]);
    assert_eq!(lists(None, Some(&["default/root", BASE])), [PROD, NET, ROOT, BASE]);
    assert_eq!(lists(Some(&["a/b"]), Some(&[])), [PROD, "stack:acme/a/b"]);
    assert_eq!(lists(Some(&["other/a/b"]), Some(&[])), [PROD, "stack:other/a/b"]);
}

#[test]
fn a_stack_that_is_not_listed_needs_itself_and_what_is_given() {
    let report = run(&tokens("opener"), &push("new/dev"));
    assert_eq!(report.acts_as.as_deref(), Some("stack-token:new/dev"));
    assert_eq!((entities(&report), report.allowed), (vec!["stack:acme/new/dev".to_owned()], true));
    let with = Preflight { environments: Some(vec!["default/aws".into()]), ..push("new/dev") };
    assert_eq!(entities(&run(&tokens("opener"), &with)), ["stack:acme/new/dev", AWS, BASE, ROOT]);
}

#[test]
fn cycles_are_told_and_end() {
    let name = |letter: &str| format!("environment:acme/default/{letter}");
    let report = |environments: &[&str], imports: &[(&str, &[&str])]| {
        let named = |letters: &[&str]| letters.iter().map(|it| name(it)).collect::<Vec<_>>();
        let mut listed = vec![json!({ "entity": PROD, "environments": named(environments) })];
        listed.extend(imports.iter().map(|(of, to)| json!({ "entity": name(of), "imports": named(to) })));
        let report = run(&json!({ "entities": listed }), &push("web/prod"));
        let short = |name: &String| name.rsplit('/').next().unwrap().to_owned();
        let cycles = report.cycles.iter().map(|cycle| cycle.iter().map(short).collect::<String>());
        let opened = report.rows.iter().skip(1).map(|row| short(&row.entity)).collect::<String>();
        (opened, cycles.collect::<Vec<_>>())
    };
    let told = |opened: &str, cycles: &[&str]| {
        (opened.to_owned(), cycles.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(report(&["a"], &[("a", &["a"])]), told("a", &["a"]));
    assert_eq!(report(&["a"], &[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]), told("abc", &["bc"]));
    assert_eq!(report(&["c"], &[("a", &["b"]), ("b", &["c"]), ("c", &["a"])]), told("cab", &["cab"]));
    let two: &[(&str, &[&str])] = &[("a", &["b", "c"]), ("b", &["b"]), ("c", &["d"]), ("d", &["c"])];
    assert_eq!(report(&["a"], two), told("abcd", &["b", "cd"]));
    let twice: &[(&str, &[&str])] = &[("a", &["b"]), ("b", &["a", "c"]), ("c", &["a", "b"])];
    assert_eq!(report(&["a"], twice), told("abc", &["ab"]), "one ring of those that share an environment");
    assert_eq!(report(&["a", "b"], &[("a", &["b"]), ("b", &[])]), told("ab", &[]));
}

#[test]
fn two_thousand_stacks_with_a_long_chain_and_a_cycle_are_answered() {
    let environment = |number: usize| format!("environment:acme/chain/{number}");
    let stack = |number: usize| {
        json!({ "entity": format!("stack:acme/web/{number}"), "environments": [environment(0)],
                "stackReferences": [format!("stack:acme/web/{}", (number + 1) % 2_000)] })
    };
    let link = |number: usize| {
        let next = if number == 49 { 40 } else { number + 1 };
        json!({ "entity": environment(number), "imports": [environment(next)] })
    };
    let all: Vec<Value> = (0..2_000).map(stack).chain((0..50).map(link)).collect();
    let levels = json!({ "defaultStackPermission": "read", "defaultEnvironmentPermission": "open" });
    let acme = organization(&json!({ "revision": "2026-04", "settings": levels, "entities": all }));
    for number in 0..2_000 {
        let report = acme.preflight(&push(&format!("web/{number}"))).unwrap();
        assert!(report.allowed);
        assert_eq!(report.rows.len(), 1 + 1 + 50);
        let last = report.rows.last().unwrap();
        assert_eq!((&last.entity, last.via.len()), (&environment(49), 49));
        assert_eq!(report.cycles, [(40..50).map(environment).collect::<Vec<_>>()]);
    }
}

#[test]
fn a_chain_of_any_length_is_walked_and_its_end_is_told() {
    const LENGTH: usize = 30_000;
    let mut entities = format!(r#"{{ "entity": "{PROD}", "environments": ["environment:acme/e/0"] }}"#);
    for number in 0..LENGTH {
        let (from, to) =
            (format!("environment:acme/e/{number}"), format!("environment:acme/e/{}", number + 1));
        write!(entities, r#", {{ "entity": "{from}", "imports": ["{to}", "environment:acme/e/0"] }}"#)
            .unwrap();
    }
    let text = format!(r#"{{ "revision": "2026-10", "organization": "acme", "entities": [{entities}] }}"#);
    let report = Organization::parse(text).unwrap().preflight(&push("web/prod")).unwrap();
    assert_eq!(report.rows.len(), LENGTH + 2);
    let last = report.rows.last().unwrap();
    let via = &last.via;
    assert_eq!((via.len(), &*via[0]), (64, &*format!("environment:acme/e/{}", LENGTH - 64)));
    assert_eq!(via[63], format!("environment:acme/e/{}", LENGTH - 1));
    assert_eq!(report.cycles.len(), 1, "every other ring has a part of the first");
}

// How it is asked, and what it looks like.

#[test]
fn a_malformed_question_is_an_error() {
    let acme = organization(&tokens("opener"));
    let says = |asked: &Preflight| acme.preflight(asked).unwrap_err().to_string();
    assert_eq!(says(&push("prod")), "`prod` is no `stack` of the organization `acme`: write `PROJECT/STACK`");
    assert!(says(&push("web/")).starts_with("`web/` is no `stack` of"));
    assert_eq!(
        says(&push("environment:acme/a/b")),
        "`environment:acme/a/b` is no `stack` of the organization `acme`: write `PROJECT/STACK`"
    );
    assert_eq!(
        says(&push("other/web/prod")),
        "`other/web/prod` is no `stack` of the organization `acme`: write `PROJECT/STACK`"
    );
    let references = Preflight { stack_references: Some(vec![AWS.into()]), ..push("web/prod") };
    assert!(says(&references).starts_with(&format!("`{AWS}` is no `stack` of")));
    let environments = Preflight { environments: Some(vec!["aws".into()]), ..push("web/prod") };
    assert_eq!(
        says(&environments),
        "`aws` is no `environment` of the organization `acme`: write `PROJECT/ENVIRONMENT`"
    );
    let trigger = Trigger { by: None, ..Trigger::parse("rest:user:ann").unwrap() };
    assert!(says(&Preflight::new("web/prod", trigger)).starts_with("a `rest` trigger needs `by`"));
}

#[test]
fn a_question_is_read_as_json() {
    let read = |text: Value| Preflight::parse(text.to_string()).map_err(|error| error.to_string());
    let git = json!({ "kind": "git-push" });
    assert_eq!(read(json!({ "stack": "web/prod", "trigger": git })), Ok(push("web/prod")));
    let whole = json!({ "stack": "web/prod", "trigger": { "kind": "rest", "by": "user:ann" },
        "stackReferences": [NET], "environments": [], "at": "2026-11-20T00:00:00Z" });
    let asked = read(whole).unwrap();
    assert_eq!(asked.stack_references, Some(vec![NET.to_owned()]));
    assert_eq!(asked.environments, Some(vec![]));
    assert_eq!(asked.at, Instant::parse("2026-11-20T00:00:00Z"));
    let fails = |text: Value, start: &str| {
        let error = read(text).unwrap_err();
        assert!(error.starts_with(start), "{error}");
    };
    fails(json!({ "trigger": git }), "stack: the field `stack` is missing");
    fails(json!({ "stack": "web/prod" }), "trigger: the field `trigger` is missing");
    fails(json!({ "stack": "web/prod", "trigger": {} }), "trigger.kind: the field `kind` is missing");
    fails(json!({ "stack": "web/prod", "trigger": git, "tags": {} }), "tags: no field `tags` is known here");
    fails(json!({ "stack": "web/prod", "trigger": git, "environments": [1] }), "environments[0]: a text");
    fails(json!({ "stack": "web/prod", "trigger": git, "at": "now" }), "at: `now` is no date");
}

#[test]
fn a_report_is_written_as_the_contract_says() {
    let document = json!({ "entities": [{ "entity": PROD, "environments": [AWS] }, { "entity": AWS, "imports": [AWS] }] });
    let report = serde_json::to_value(run(&document, &push("web/prod"))).unwrap();
    assert_eq!(report["actsAs"], "stack-token:web/prod");
    assert_eq!((&report["allowed"], &report["cycles"]), (&json!(false), &json!([[AWS]])));
    let row = &report["rows"][1];
    assert_eq!((&row["need"], &row["rule"]), (&json!("environment"), &json!("DP-16")));
    assert_eq!((&row["scope"], &row["entity"]), (&json!("environment:open"), &json!(AWS)));
    assert_eq!(row["decision"], json!({ "effect": "deny", "reason": "not_granted" }));
    assert_eq!(row["explanation"]["actsAs"], "stack-token:web/prod");
    assert_eq!(row.get("via"), None);
}

/// A stack with a reference and an environment that imports two more, one of them far; its access token is one of
/// those of the test.
fn tokens(name: &str) -> Value {
    let grant = |entity: &str, level: &str| json!({ "entity": entity, "level": level });
    json!({
        "members": [
            { "user": "writer", "grants": [grant(PROD, "write")] },
            { "user": "reader", "grants": [grant(PROD, "read"), grant(NET, "read")] },
            { "user": "opener", "grants": [grant(AWS, "open"), grant(ROOT, "open")] }],
        "tokens": [
            { "name": "writer", "kind": "personal", "user": "writer" },
            { "name": "reader", "kind": "personal", "user": "reader" },
            { "name": "opener", "kind": "personal", "user": "opener" }],
        "entities": [
            { "entity": PROD, "stackReferences": [NET], "environments": [AWS],
              "deployment": { "accessToken": format!("token:{name}") } },
            { "entity": AWS, "imports": [BASE] },
            { "entity": BASE, "imports": [ROOT] }] })
}

fn by_token(name: &str) -> PreflightReport {
    run(&tokens(name), &push("web/prod"))
}

fn push(stack: &str) -> Preflight {
    Preflight::new(stack, Trigger::parse("git-push").unwrap())
}

fn run(document: &Value, asked: &Preflight) -> PreflightReport {
    organization(document).preflight(asked).unwrap()
}

/// An organization `acme`, of the newest revision unless the document says another.
fn organization(document: &Value) -> Organization {
    let mut whole = json!({ "revision": "2026-10", "organization": "acme" });
    whole.as_object_mut().unwrap().extend(document.as_object().unwrap().clone());
    Organization::parse(whole.to_string()).unwrap()
}

fn entities(report: &PreflightReport) -> Vec<String> {
    report.rows.iter().map(|row| row.entity.clone()).collect()
}

#[test]
fn a_start_by_hand_without_its_user_is_refused_by_every_question() {
    let organization = Organization::parse(r#"{"revision":"2026-10","organization":"acme"}"#).unwrap();
    let trigger = Trigger { kind: TriggerKind::Rest, by: None };
    let context = Context::default().trigger(trigger);
    let run = organization.principal("deployment:web/prod");
    assert!(run.decide("stack:write", "stack:acme/web/prod", &context).is_err());
    assert!(!run.can("stack:write", "stack:acme/web/prod", &context));
}
