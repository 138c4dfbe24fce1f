//! `scopewise lint` as a shell runs it: what it prints, in which form, and how it exits.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "common/process.rs"]
mod process;

use std::fs;

use process::{DONE, Run, file};
use scopewise::{Lint, Severity};
use serde_json::{Value, json};

const FAILED: i32 = 1;
const DENIED: i32 = 2;
const INVALID: i32 = 3;

const DOCUMENT: &str = r#"{ "revision": "2026-10", "organization": "acme",
  "roles": [ { "id": "dev", "name": "Developer", "rules": [
    { "permissionSet": "stack-write", "on": "all" },
    { "permissionSet": "stack-admin", "on": { "tags": [ { "key": "own", "equals": "yes" } ] } } ] } ],
  "members": [ { "user": "ann", "role": "dev" }, { "user": "bob", "role": "dev", "grants": [
    { "entity": "stack:acme/web/prod", "level": "read" } ] } ],
  "tokens": [ { "name": "old", "kind": "personal", "user": "ann", "expiresAt": "2026-01-01T00:00:00Z" } ] }"#;

#[test]
fn findings_are_told_by_severity_and_counted() {
    lint(&[]).prints(
        "\
warnings
  roles[0].rules[1].on.tags: `user:ann` and `user:bob` may change the tags on which this rests, and so come to \
         `stack:delete`, `stack:rename` and 2 more: ask for a tag that they may not change, or give the right to change \
         tags to fewer [tag_escalation] 4:55
    see user:ann, user:bob
  tokens[0]: the token is past its end: renew or remove it [token_refused] 7:15
notes
  members[1].grants[0]: all that this gives comes otherwise as well: remove it [redundant_grant] 6:5
    see role:dev
2 warnings, 1 note
",
        DONE,
    );
    let clean = file("lint-clean.json", r#"{ "revision": "2026-10", "organization": "acme" }"#);
    Run::of(&["lint", &clean]).prints("nothing found\n", DONE);
}

#[test]
fn what_is_denied_decides_about_the_exit_code() {
    let exit = |more: &[&str]| lint(more).code;
    assert_eq!(exit(&["--deny", "all"]), DENIED);
    assert_eq!(exit(&["--deny", "note"]), DENIED);
    assert_eq!(exit(&["--deny", "warning"]), DENIED);
    assert_eq!(exit(&["--deny", "error"]), DONE);
    assert_eq!(exit(&["--deny", "redundant_grant"]), DENIED);
    assert_eq!(exit(&["--deny", "unused_role", "--deny", "token_refused"]), DENIED);
    assert_eq!(exit(&["--deny", "unused_role"]), DONE);
    assert_eq!(exit(&["--deny", "redundant_grant", "--allow", "redundant_grant"]), DONE);
    let run = lint(&["--deny", "token_refused", "--format", "json"]);
    assert_eq!(run.code, DENIED, "in every format");
    let run = lint(&["--deny", "token_refused", "--allow", "tag_escalation", "--allow", "redundant_grant"]);
    run.prints(
        "warnings\n  tokens[0]: the token is past its end: renew or remove it [token_refused, denied] 7:15\n1 warning\n",
        DENIED,
    );
}

#[test]
fn a_time_decides_about_tokens() {
    let refused = |at: &str| lint(&["--at", at]).stdout.contains("token_refused");
    assert!(refused("2026-01-01T00:00:00Z") && !refused("2025-12-31T23:59:59Z"));
    lint(&["--at", "yesterday"]).fails("error: `yesterday` is no date", FAILED);
}

#[test]
fn json_is_the_list_of_findings() {
    let findings = lint(&["--format", "json"]).json();
    let codes: Vec<&str> = list(&findings).iter().map(|it| it["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["tag_escalation", "token_refused", "redundant_grant"]);
    assert_eq!(
        findings[2],
        json!({ "code": "redundant_grant", "severity": "note", "path": "members[1].grants[0]", "line": 6, "column": 5,
                "message": "all that this gives comes otherwise as well: remove it", "related": ["role:dev"] })
    );
    let clean = r#"{ "revision": "2026-10", "organization": "acme" }"#;
    Run::with_input(&["lint", "-", "--format", "json"], clean).prints("[]\n", DONE);
}

#[test]
fn sarif_is_what_code_hosts_take() {
    let path = file("lint ä.json", DOCUMENT);
    let log = Run::of(&["lint", &path, "--format", "sarif"]).json();
    assert_eq!((&log["version"], list(&log["runs"]).len()), (&json!("2.1.0"), 1));
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    assert_eq!(
        (&driver["name"], &driver["version"]),
        (&json!("scopewise"), &json!(env!("CARGO_PKG_VERSION")))
    );
    let results = list(&run["results"]);
    assert_eq!(results.len(), 3);
    for result in results {
        let rule = &driver["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(
            (&rule["id"], &rule["defaultConfiguration"]["level"]),
            (&result["ruleId"], &result["level"])
        );
        assert!(
            rule["helpUri"]
                .as_str()
                .unwrap()
                .ends_with(&format!("lints.md#{}", rule["id"].as_str().unwrap()))
        );
        let file = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(file.ends_with("/lint%20%C3%A4.json"), "{file}");
    }
    let place = &results[2]["locations"][0];
    assert_eq!(place["physicalLocation"]["region"], json!({ "startLine": 6, "startColumn": 5 }));
    assert_eq!(place["logicalLocations"], json!([{ "fullyQualifiedName": "members[1].grants[0]" }]));
    assert_eq!(results[2]["message"]["text"], "all that this gives comes otherwise as well: remove it");
    assert_eq!(results[2]["level"], "note");
}

#[test]
fn every_code_is_listed_and_explained() {
    let listed = Run::of(&["lint", "--list"]);
    assert_eq!((listed.code, &*listed.stderr), (DONE, ""));
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/lints.md")).unwrap();
    for lint in Lint::ALL {
        let line = format!("  {:20}  {}", lint.as_str(), lint.summary());
        assert!(listed.stdout.lines().any(|it| it == line), "{line}\n{}", listed.stdout);
        let explained = Run::of(&["lint", "--explain", lint.as_str()]);
        assert_eq!((explained.code, &*explained.stderr), (DONE, ""));
        let section = explained.stdout.trim_end();
        assert!(page.contains(&format!("\n### {section}\n")), "{section}");
        assert!(
            section.starts_with(&format!("`{lint}`\n\n")) && section.contains("*To mend it:*"),
            "{section}"
        );
        assert!(!section.contains("\n## ") && !section.contains("\n### "), "{section}");
    }
    let severities = Severity::ALL.map(Severity::as_str);
    let headings: Vec<&str> = listed.stdout.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(headings, severities);
}

#[test]
fn what_cannot_be_linted_is_a_failure_or_an_invalid_document() {
    Run::of(&["lint"]).fails("error: ", FAILED);
    Run::of(&["lint", "no-such-file.json"]).fails("error: cannot read `no-such-file.json`", FAILED);
    lint(&["--deny", "everything"]).fails(
        "error: invalid value 'everything' for '--deny <CODE|SEVERITY|all>': no finding has that code",
        FAILED,
    );
    lint(&["--allow", "warning"]).fails("error: invalid value 'warning' for '--allow <CODE>'", FAILED);
    lint(&["--format", "xml"]).fails("error: invalid value 'xml'", FAILED);
    Run::with_input(&["lint", "-"], r#"{ "revision": "2026-10" }"#)
        .fails("organization: the field `organization` is missing: add it [missing_field]", INVALID);
    Run::with_input(&["lint", "-"], "{").fails("line 1, column 2: ", INVALID);
}

fn lint(more: &[&str]) -> Run {
    let path = file("lint.json", DOCUMENT);
    Run::of(&[&["lint", &path], more].concat())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
