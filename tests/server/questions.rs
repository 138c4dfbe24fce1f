//! Questions, answered as the command answers them.

use crate::process::Run;
use crate::shared::{DEV, PROD, ask, document, open};

#[test]
fn a_question_is_answered_as_the_command_answers_it() {
    let server = open(&[]);
    let bob = ask("user:bob", "stack:write", DEV);
    let answer = server.post("/v1/check", &[], &bob);
    assert_eq!(answer.text(), r#"{"effect":"allow","reason":"granted"}"#);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let malformed = server.post("/v1/check", &[], r#"{"principal":"user:bob"}"#);
    assert_eq!(malformed.is_problem(400), "the field `scope` is missing: add it");
    assert_eq!(server.post("/v1/check", &[], "{").status, 400);
}

#[test]
fn lines_are_answered_as_the_command_answers_them() {
    let server = open(&[]);
    let lines = [
        ask("user:bob", "stack:delete", PROD),
        "no question".to_owned(),
        String::new(),
        ask("user:ann", "stack:delete", PROD),
        ask("user:bob", "stack:write", "stack:acme/web/new"),
        ask("user:bob", "stack", PROD),
    ];
    let lines = lines.join("\n");
    let expected = Run::with_input(&["check", &document(), "--requests", "-"], &lines).stdout;
    for kind in ["application/jsonl", "application/x-ndjson; charset=utf-8"] {
        let answer = server.send("POST", "/v1/check", &[("content-type", kind)], lines.as_bytes());
        assert_eq!((answer.status, answer.text()), (200, &*expected));
    }
    assert_eq!(expected.lines().count(), 6);
}

#[test]
fn an_explanation_is_that_of_the_command() {
    let server = open(&[]);
    let answer = server.post("/v1/explain", &[], &ask("user:bob", "stack:delete", PROD));
    let asked = ["--principal", "user:bob", "--scope", "stack:delete", "--entity", PROD, "--json"];
    let expected = Run::of(&[&["explain", &document()], &asked[..]].concat()).stdout;
    assert_eq!(answer.text(), expected.trim_end());
    assert!(!answer.json()["remedies"].as_array().unwrap().is_empty());
}

#[test]
fn a_request_gets_its_name_back() {
    let server = open(&[]);
    let named =
        |path, name| server.get(path, &[("x-request-id", name)]).header("x-request-id").map(str::to_owned);
    for path in ["/health", "/nothing", "/metrics"] {
        assert_eq!(named(path, "a b-1").as_deref(), Some("a b-1"), "{path}");
    }
    assert_eq!(server.get("/health", &[]).header("x-request-id"), None);
}
