//! The decision log.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::process::{Run, command};
use crate::server::Server;
use crate::shared::{DEV, PROD, ROOT, ask, document, fresh, guarded, lines, open};

#[test]
fn decisions_are_logged_as_records_that_suggest_reads() {
    let log = fresh("decisions.jsonl");
    let server = guarded(&["--decision-log", &log, "--document-version", "7"]);
    let headers = [("authorization", ROOT), ("x-request-id", "r-1")];
    server.post("/v1/check", &headers, &ask("user:bob", "stack:write", DEV)).is_ok();
    server.post("/v1/check", &headers[..1], &ask("user:bob", "stack:delete", PROD)).is_ok();
    server.post("/v1/check", &headers, "{").is_problem(400);
    server.post("/v1/explain", &headers, &ask("user:bob", "stack:write", DEV)).is_ok();
    server.signal("TERM");
    server.ends();
    let mut records: Vec<Value> = lines(&log);
    for record in &mut records {
        let at = record["at"].take();
        let at = at.as_str().unwrap();
        assert!(at.len() == "2026-11-20T00:00:00.000Z".len() && at.ends_with('Z'), "{at}");
    }
    let expected = json!([
        { "at": null, "principal": "user:bob", "scope": "stack:write", "entity": DEV, "effect": "allow",
          "reason": "granted", "rule": "TE-2", "version": 7, "requestId": "r-1" },
        { "at": null, "principal": "user:bob", "scope": "stack:delete", "entity": PROD, "effect": "deny",
          "reason": "not_granted", "rule": "EV-4", "version": 7 },
    ]);
    assert_eq!(json!(records), expected);
    let usage = Run::of(&["suggest", &document(), "--principal", "user:bob", "--log", &log, "--json"]).json();
    assert_eq!((&usage["records"], &usage["used"], &usage["skipped"]), (&json!(2), &json!(1), &json!(0)));
}

#[test]
fn a_log_may_leave_out_names_and_records() {
    let log = fresh("redacted.jsonl");
    let server = open(&["--decision-log", &log, "--redact", "principal", "--redact", "entity"]);
    for principal in ["user:bob", "user:bob", "user:ann"] {
        server.post("/v1/check", &[], &ask(principal, "stack:write", DEV)).is_ok();
    }
    server.signal("TERM");
    server.ends();
    let records = lines(&log);
    let names: Vec<&str> = records.iter().map(|it| it["principal"].as_str().unwrap()).collect();
    assert!(names[0].starts_with("user:~") && names[0] == names[1] && names[1] != names[2], "{names:?}");
    let entity = records[0]["entity"].as_str().unwrap();
    assert!(entity.starts_with("stack:acme/~") && entity.matches('~').count() == 2, "{entity}");
    let text = fs::read_to_string(&log).unwrap();
    assert!(!text.contains("bob") && !text.contains("web"), "{text}");

    let log = fresh("sampled.jsonl");
    let server = open(&["--decision-log", &log, "--sample", "0.25"]);
    let asked = vec![ask("user:bob", "stack:write", DEV); 1_000].join("\n");
    server.send("POST", "/v1/check", &[("content-type", "application/jsonl")], asked.as_bytes());
    server.signal("TERM");
    server.ends();
    let count = lines(&log).len();
    assert!((150..350).contains(&count), "{count} of 1000: six standard deviations from a quarter");
}

#[test]
fn a_log_that_cannot_be_written_changes_no_decision() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let server = open(&["--decision-log", "/dev/full"]);
    for _ in 0..200 {
        let answer = server.post("/v1/check", &[], &ask("user:bob", "stack:write", DEV));
        assert_eq!(answer.text(), r#"{"effect":"allow","reason":"granted"}"#);
    }
    server.waits_to_say("the decision log `/dev/full` cannot be written: ");
    let counted = server.get("/metrics", &[]).text().to_owned();
    let failures = counted.lines().find_map(|line| line.strip_prefix("scopewise_log_failures_total "));
    assert!(failures.unwrap().parse::<u32>().unwrap() > 0);
    assert_eq!(server.said().matches("cannot be written").count(), 1, "it is said once");
    server.signal("TERM");
    assert_eq!(server.ends().0, Some(0));
}

#[test]
fn a_log_on_standard_output_is_a_line_for_each_decision_and_nothing_else() {
    let server = open(&["--decision-log", "-"]);
    server.post("/v1/check", &[], &ask("user:bob", "stack:write", DEV)).is_ok();
    server.signal("TERM");
    let (code, printed) = server.ends();
    assert_eq!((code, printed.lines().count()), (Some(0), 1));
    assert!(printed.starts_with("{\"at\":\"20") && printed.ends_with("}\n"), "{printed}");
}

#[test]
fn a_log_whose_reader_goes_away_changes_no_decision() {
    let args = ["serve", &document(), "--listen", "127.0.0.1:0", "--decision-log", "-"];
    let mut server = Server::of(command(&args).stdin(Stdio::null()));
    server.closes_its_output();
    for _ in 0..20 {
        server.post("/v1/check", &[], &ask("user:bob", "stack:write", DEV)).is_ok();
    }
    server.waits_to_say("the decision log `-` cannot be written: ");
    assert!(!server.has_ended());
}

#[test]
fn another_file_is_written_after_a_hangup() {
    let log = fresh("turned.jsonl");
    let server = open(&["--decision-log", &log]);
    let decide = || drop(server.post("/v1/check", &[], &ask("user:bob", "stack:write", DEV)).is_ok());
    decide();
    server.waits(|| (lines(&log).len() == 1).then_some(()));
    let aside = format!("{log}.1");
    fs::rename(&log, &aside).unwrap();
    server.signal("HUP");
    server.waits(|| Path::new(&log).exists().then_some(()));
    decide();
    server.waits(|| (lines(&log).len() == 1).then_some(()));
    assert_eq!(lines(&aside).len(), 1);
}
