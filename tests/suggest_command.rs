//! `suggest` as a shell runs it: what it prints where, and how it exits.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#![allow(dead_code, reason = "other commands take more of what runs them")]

#[path = "common/process.rs"]
mod process;

use process::{DONE, Run, file};
use serde_json::{Value, json};

const FAILED: i32 = 1;
const NO: i32 = 2;
const INVALID: i32 = 3;

#[test]
fn a_role_is_printed_in_words_and_ready_to_paste() {
    let needs = ["stack:write@stack:acme/web/prod", "stack:read@stack:*", "team:read@organization:acme"];
    let flags = needs.iter().flat_map(|need| ["--need", need]);
    suggest(&[&flags.collect::<Vec<_>>()[..], &["--name", "Web"]].concat()).prints(
        r#"a new role `web` gives what is needed, and nothing beyond it
needed
  team:read on organization:acme
  stack:read on stack:*
  stack:write on stack:acme/web/prod
it gives
  look everywhere
  web-stack on stack:acme/web/prod: stack:write
  web-organization on the organization: team:read
roles that are there and fit
  admin gives what is needed, and 204 pairs of scope and entity and 72 scopes on entities to come beyond it
add to the document
{
  "permissionSets": [
    {
      "id": "web-stack",
      "name": "Web stack",
      "entityType": "stack",
      "scopes": [
        "stack:write"
      ]
    },
    {
      "id": "web-organization",
      "name": "Web organization",
      "entityType": "organization",
      "scopes": [
        "team:read"
      ]
    }
  ],
  "roles": [
    {
      "id": "web",
      "name": "Web",
      "rules": [
        {
          "permissionSet": "look",
          "on": "all"
        },
        {
          "permissionSet": "web-stack",
          "on": [
            "stack:acme/web/prod"
          ]
        }
      ],
      "organizationAccess": [
        "web-organization"
      ]
    }
  ]
}
"#,
        DONE,
    );
}

#[test]
fn a_role_that_is_there_is_named_and_nothing_is_to_be_added() {
    suggest(&["--need", "stack:read@stack:acme/net/prod"]).prints(
        "\
the role `watcher` gives what is needed, and nothing beyond it
needed
  stack:read on stack:acme/net/prod
roles that are there and fit
  watcher gives what is needed, and nothing beyond it
  operator gives what is needed, and 1 pair of scope and entity beyond it
  admin gives what is needed, and 207 pairs of scope and entity and 73 scopes on entities to come beyond it
",
        DONE,
    );
}

#[test]
fn json_is_the_suggestion_on_one_line() {
    let run = suggest(&["--need", "environment:open@environment:acme/default/aws", "--json"]);
    assert_eq!(run.stdout.lines().count(), 1);
    let set = json!({ "id": "suggested-environment", "name": "Suggested environment", "entityType": "environment",
        "scopes": ["environment:open"] });
    let rule = json!({ "permissionSet": "suggested-environment", "on": ["environment:acme/default/aws"] });
    let expected = json!({
        "sentence": "a new role `suggested` gives what is needed, and nothing beyond it",
        "role": "suggested",
        "surplus": { "pairs": 0, "toCome": 0 },
        "add": {
            "permissionSets": [set],
            "roles": [{ "id": "suggested", "name": "Suggested", "rules": [rule] }] },
        "existing": [{ "surplus": { "pairs": 207, "toCome": 73 }, "role": "admin" }],
        "needs": [{ "entity": "environment:acme/default/aws", "scope": "environment:open" }] });
    assert_eq!(run.json(), expected);
}

#[test]
fn needs_come_from_a_file_or_from_standard_input() {
    let needs = "stack:read@stack:*\n\n  stack:write@stack:acme/web/prod\r\n";
    let flags = ["--need", "stack:read@stack:*", "--need", "stack:write@stack:acme/web/prod", "--json"];
    let expected = suggest(&flags).stdout;
    assert_eq!(suggest(&["--needs", &file("needs.txt", needs), "--json"]).stdout, expected);
    let document = acme();
    let piped = Run::with_input(&["suggest", &document, "--needs", "-", "--json"], needs);
    assert_eq!(piped.stdout, expected);
    let from_input = Run::with_input(&[&["suggest", "-"], &flags[..]].concat(), ACME);
    assert_eq!(from_input.stdout, expected);
}

#[test]
fn a_role_for_a_deployment_lets_its_preflight_pass() {
    suggest(&["--for-deployment", "web/prod"]).prints(
        r#"a new role `deploy-web-prod` gives what is needed, and nothing beyond it
needed
  environment:open on environment:acme/default/aws
  environment:open on environment:acme/default/base
  stack:read on stack:acme/net/prod
  stack:write on stack:acme/web/prod
it gives
  look on stack:acme/net/prod
  deploy-web-prod-stack on stack:acme/web/prod: stack:write
  deploy-web-prod-environment on environment:acme/default/aws, environment:acme/default/base: environment:open
roles that are there and fit
  admin gives what is needed, and 234 pairs of scope and entity and 73 scopes on entities to come beyond it
the token
  it must end, and within 30 days, or it is refused (TK-14)
add to the document
{
  "permissionSets": [
    {
      "id": "deploy-web-prod-stack",
      "name": "Deploy web/prod stack",
      "entityType": "stack",
      "scopes": [
        "stack:write"
      ]
    },
    {
      "id": "deploy-web-prod-environment",
      "name": "Deploy web/prod environment",
      "entityType": "environment",
      "scopes": [
        "environment:open"
      ]
    }
  ],
  "roles": [
    {
      "id": "deploy-web-prod",
      "name": "Deploy web/prod",
      "rules": [
        {
          "permissionSet": "look",
          "on": [
            "stack:acme/net/prod"
          ]
        },
        {
          "permissionSet": "deploy-web-prod-stack",
          "on": [
            "stack:acme/web/prod"
          ]
        },
        {
          "permissionSet": "deploy-web-prod-environment",
          "on": [
            "environment:acme/default/aws",
            "environment:acme/default/base"
          ]
        }
      ]
    }
  ]
}
"#,
        DONE,
    );
    let json = suggest(&["--for-deployment", "acme/web/prod", "--trigger", "rest:user:ann", "--json"]).json();
    let mut document: Value = serde_json::from_str(ACME).unwrap();
    for part in ["permissionSets", "roles"] {
        let more = json["add"][part].as_array().unwrap().clone();
        document[part].as_array_mut().unwrap().extend(more);
    }
    let token = json!({ "name": "ci", "kind": "organization", "role": json["role"], "expiresAt": "2026-12-01T00:00:00Z" });
    document["tokens"] = json!([token]);
    document["entities"][0]["deployment"] = json!({ "accessToken": "token:ci" });
    let edited = file("suggested.json", &document.to_string());
    let flags = ["--stack", "web/prod", "--trigger", "git-push", "--at", "2026-11-20T00:00:00Z"];
    assert_eq!(Run::of(&[&["preflight", &edited], &flags[..]].concat()).code, DONE);
}

#[test]
fn a_deployment_that_may_not_use_a_token_is_a_no() {
    let document = r#"{ "revision": "2026-10", "organization": "acme", "settings": { "permissionMode": "restricted" } }"#;
    let document = file("restricted.json", document);
    let args = ["suggest", &document, "--for-deployment", "web/prod"];
    Run::of(&args).prints(
        "\
no role gives what is needed: the restricted mode refuses access tokens: let the stack run as a service principal or \
         a team
needed
  stack:write on stack:acme/web/prod
",
        NO,
    );
    let json = Run::of(&[&args[..], &["--json"]].concat());
    assert_eq!(json.code, NO);
    assert_eq!(serde_json::from_str::<Value>(&json.stdout).unwrap().get("role"), None);
}

#[test]
fn what_was_never_used_is_told_with_the_role_that_would_do() {
    let log = file("log.jsonl", LOG);
    let run = suggest(&["--principal", "user:bob", "--log", &log]);
    assert_eq!(run.code, DONE);
    assert_eq!(
        run.stderr,
        "\
line 2 is passed over: column 1: found `n` where `null` should be
line 4 is passed over: the field `at` must be there and be a text
"
    );
    assert_eq!(
        run.stdout,
        r#"user:bob holds 12 pairs of scope and entity, and used 2
  4 of 5 records are of token:pat, user:bob
  the log is from 2026-10-01T00:00:00Z to 2026-11-01T00:00:00Z
  lines passed over: 2
held by role:billing-manager and never used
  on organization:acme: deployments:read_usage, org_member:read, organization:billing, organization:read_usage, resources:dashboard, saml:read, team:list, team:read
held by team:platform > role:operator and never used
  on stack:acme/net/prod: stack:cancel_update
held by team:platform > direct-grants and never used
  on 1 of 2 stacks: stack:delete
used and no longer held
  stack:rename on stack:acme/web/prod

a new role `suggested` gives what is needed, and nothing beyond it
needed
  stack:read on stack:acme/net/prod
  stack:delete on stack:acme/web/prod
it gives
  look on stack:acme/net/prod
  wipe on stack:acme/web/prod
roles that are there and fit
  admin gives what is needed, and 206 pairs of scope and entity and 73 scopes on entities to come beyond it
add to the document
{
  "roles": [
    {
      "id": "suggested",
      "name": "Suggested",
      "rules": [
        {
          "permissionSet": "look",
          "on": [
            "stack:acme/net/prod"
          ]
        },
        {
          "permissionSet": "wipe",
          "on": [
            "stack:acme/web/prod"
          ]
        }
      ]
    }
  ]
}
"#
    );
}

#[test]
fn a_line_that_is_too_long_is_passed_over() {
    let record = LOG.lines().next().unwrap();
    let text = format!("{}{}\n{record}\n", record, " ".repeat(1_000_001 - record.len()));
    let document = acme();
    let args = ["suggest", &document, "--principal", "user:bob", "--log", "-", "--json"];
    let run = Run::with_input(&args, text);
    assert_eq!(run.stderr, "line 1 is passed over: the line has 1000001 bytes: at most 1000000 are read\n");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&report["records"], &report["skipped"]), (&json!(1), &json!(1)));
}

#[test]
fn what_is_malformed_is_a_failure() {
    suggest(&["--need", "stack:read"])
        .fails("error: `stack:read` is no need: write it `SCOPE@ENTITY`", FAILED);
    suggest(&["--need", "stack:fly@stack:*"]).fails("error: no scope `stack:fly` is in the catalog", FAILED);
    suggest(&["--need", "stack:read@stack:acme/web"]).fails("error: `stack:acme/web` is no entity", FAILED);
    suggest(&["--needs", &file("none.txt", "\n")]).fails("error: nothing is needed: name a scope", FAILED);
    suggest(&["--needs", "absent.txt"]).fails("error: cannot read `absent.txt`", FAILED);
    suggest(&["--for-deployment", "web"]).fails("error: `", FAILED);
    suggest(&["--for-deployment", "web/prod", "--trigger", "rest"])
        .fails("error: `rest` is no trigger: write `rest:user:LOGIN`\n", FAILED);
    suggest(&["--principal", "user:zed", "--log", &file("empty.jsonl", "")])
        .fails("error: `user:zed` is not in the organization", FAILED);
    for flags in [
        &["--json"][..],
        &["--need", "stack:read@stack:*", "--for-deployment", "web/prod"],
        &["--need", "stack:read@stack:*", "--at", "2026-11-20T00:00:00Z"],
        &["--principal", "user:bob"],
        &["--log", "log.jsonl", "--need", "stack:read@stack:*"],
    ] {
        suggest(flags).fails("error: ", FAILED);
    }
    let both = Run::of(&["suggest", "-", "--needs", "-"]);
    both.fails("error: only one of the files can be standard input", FAILED);
    let invalid = file("invalid-suggest.json", "{}");
    let run = Run::of(&["suggest", &invalid, "--need", "stack:read@stack:*"]);
    run.fails("organization: the field `organization` is missing", INVALID);
}

const ACME: &str = r#"{
  "revision": "2026-10",
  "organization": "acme",
  "settings": { "tokenMaxLifetimeDays": 30 },
  "permissionSets": [
    { "id": "look", "name": "Look", "entityType": "stack", "scopes": ["stack:read"] },
    { "id": "stop", "name": "Stop", "entityType": "stack", "scopes": ["stack:cancel_update"] },
    { "id": "wipe", "name": "Wipe", "entityType": "stack", "scopes": ["stack:delete"] } ],
  "roles": [
    { "id": "operator", "name": "Operator", "rules": [
      { "permissionSet": "look", "on": ["stack:acme/net/prod"] },
      { "permissionSet": "stop", "on": ["stack:acme/net/prod"] } ] },
    { "id": "watcher", "name": "Watcher", "rules": [{ "permissionSet": "look", "on": ["stack:acme/net/prod"] }] } ],
  "teams": [
    { "name": "platform", "roles": ["operator"], "members": [{ "user": "bob" }], "grants": [
      { "entity": "stack:acme/web/prod", "permissionSet": "wipe" },
      { "entity": "stack:acme/net/prod", "permissionSet": "wipe" } ] } ],
  "members": [{ "user": "ann", "role": "admin" }, { "user": "bob", "role": "billing-manager" }],
  "tokens": [{ "name": "pat", "kind": "personal", "user": "bob" }],
  "entities": [
    { "entity": "stack:acme/web/prod", "stackReferences": ["stack:acme/net/prod"],
      "environments": ["environment:acme/default/aws"] },
    { "entity": "stack:acme/net/prod" },
    { "entity": "environment:acme/default/aws", "imports": ["environment:acme/default/base"] } ]
}"#;

const LOG: &str = r#"{"at":"2026-10-01T00:00:00Z","principal":"user:bob","scope":"stack:read","entity":"stack:acme/net/prod","effect":"allow","requestId":"1"}
nonsense
{"at":"2026-10-02T00:00:00Z","principal":"token:pat","scope":"stack:delete","entity":"stack:acme/web/prod","effect":"allow"}
{"principal":"user:bob","scope":"stack:read","entity":"stack:acme/net/prod","effect":"allow"}
{"at":"2026-10-03T00:00:00Z","principal":"user:ann","scope":"stack:cancel_update","entity":"stack:acme/net/prod","effect":"allow"}
{"at":"2026-10-04T00:00:00Z","principal":"user:bob","scope":"stack:rename","entity":"stack:acme/web/prod","effect":"allow"}
{"at":"2026-11-01T00:00:00Z","principal":"user:bob","scope":"stack:write","entity":"stack:acme/net/prod","effect":"deny"}
"#;

fn suggest(flags: &[&str]) -> Run {
    let document = acme();
    Run::of(&[&["suggest", &document], flags].concat())
}

fn acme() -> String {
    file("suggest.json", ACME)
}
