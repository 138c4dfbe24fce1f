//! `who-can`, `entities` and `scopes` on many entities as a shell runs them: tables, JSON, CSV.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "common/process.rs"]
mod process;

use std::process::Stdio;

use process::{DONE, Run, command, file};
use serde_json::{Value, json};

const FAILED: i32 = 1;
const INVALID: i32 = 3;

// who-can.

#[test]
fn everyone_who_may_is_a_row_with_the_ways_below() {
    who_can(&["--scope", "stack:write", "--entity", PROD]).prints(
        "\
stack:write on stack:acme/web/prod: 5 allow, 4 deny
principal                 effect  reason
user:ann                  allow   organization_admin
    role:admin, everywhere
user:bob                  allow   granted
    team:web > role:writer > permission-set:stack-write, where tag env is prod
      and tag owner is there
    permission-set:stack-write, on stack:acme/web/prod
user:dee                  allow   granted
    permission-set:stack-admin, on stack:acme/web/prod
team:web                  allow   granted
    team:web > role:writer > permission-set:stack-write, where tag env is prod
      and tag owner is there
service-principal:runner  allow   granted
    role:writer > permission-set:stack-write, where tag env is prod and tag
      owner is there
denied
  1 token_expired: the token is past its end
  3 not_granted: nothing gives it
",
        DONE,
    );
}

#[test]
fn denied_ones_are_listed_where_they_are_asked_for() {
    who_can(&["--scope", "stack:delete", "--entity", PROD, "--all", "--kind", "user"]).prints(
        "\
stack:delete on stack:acme/web/prod: 1 allow, 4 deny
principal  effect  reason
user:ann   allow   organization_admin
    role:admin, everywhere
user:bob   deny    not_granted
user:cyd   deny    not_granted
user:dee   deny    setting_off
    would be by permission-set:stack-admin, on stack:acme/web/prod
user:zoe   deny    not_granted
denied
  1 setting_off: it is granted, but a setting that must also be on is off
  3 not_granted: nothing gives it
",
        DONE,
    );
}

#[test]
fn whoever_it_rests_on_tags_for_is_listed_with_the_tags() {
    let robots = ["--scope", "stack:write", "--entity", "stack:acme/new/one", "--filter", "*e*:r*"];
    who_can(&robots).prints(
        "\
stack:write on stack:acme/new/one: 0 allow, 1 unknown
principal                 effect   reason
service-principal:runner  unknown  needs_tags: env, owner
    role:writer > permission-set:stack-write, where tag env is prod and tag
      owner is there, if the tags say so
",
        DONE,
    );
    let known = who_can(&[&robots[..], &["--tag", "env=prod", "--tag", "owner=me"]].concat());
    assert!(known.stdout.starts_with("stack:write on stack:acme/new/one: 1 allow\n"), "{}", known.stdout);
}

#[test]
fn nobody_is_an_answer() {
    let fly = who_can(&["--scope", "stack:fly", "--entity", PROD]);
    let denied = "denied\n  9 unknown_scope: the revision has no such scope\n";
    fly.prints(&format!("stack:fly on {PROD}: 0 allow, 9 deny\n{denied}"), DONE);
    let gone = who_can(&["--scope", "stack:read", "--entity", PROD, "--filter", "gone"]);
    gone.prints(&format!("stack:read on {PROD}: 0 allow\n"), DONE);
    who_can(&["--scope", "stack:read", "--entity", PROD, "--filter", "gone", "--format", "csv"])
        .prints("principal,effect,reason,needs,via,on\r\n", DONE);
}

#[test]
fn a_time_decides_about_tokens() {
    let at = |time: &str| {
        let asked = ["--scope", "stack:read", "--entity", PROD, "--kind", "token", "--at", time];
        who_can(&[&asked[..], &["--format", "json"]].concat()).json()
    };
    assert_eq!(at("2019-01-01T00:00:00Z")["principals"][0]["principal"], "token:old");
    let denied = json!([{ "reason": "token_expired", "count": 1 }, { "reason": "not_granted", "count": 1 }]);
    assert_eq!(at("2021-01-01T00:00:00Z"), json!({ "principals": [], "denied": denied }));
}

#[test]
fn every_way_is_a_line_of_csv() {
    let asked = ["--scope", "stack:write", "--entity", "stack:acme/new/one", "--all", "--format", "csv"];
    who_can(&asked).prints(
        &[
            "principal,effect,reason,needs,via,on",
            "user:ann,allow,organization_admin,,role:admin,all",
            "user:bob,unknown,needs_tags,\"env, owner\",team:web > role:writer > permission-set:stack-write,\
             tag env is prod and tag owner is there",
            "user:cyd,deny,not_granted,,,",
            "user:dee,deny,not_granted,,,",
            "user:zoe,deny,not_granted,,,",
            "team:web,unknown,needs_tags,\"env, owner\",team:web > role:writer > permission-set:stack-write,\
             tag env is prod and tag owner is there",
            "service-principal:runner,unknown,needs_tags,\"env, owner\",role:writer > permission-set:stack-write,\
             tag env is prod and tag owner is there",
            "\"token:=1+1, \"\"odd\"\"\n\u{1b}[31m\",deny,not_granted,,,",
            "token:old,deny,token_expired,,,",
            "",
        ]
        .join("\r\n"),
        DONE,
    );
    let dee = ["--scope", "stack:write", "--entity", PROD, "--filter", "dee", "--format", "csv"];
    let row = "user:dee,allow,granted,,permission-set:stack-admin,stack:acme/web/prod";
    who_can(&dee).prints(&format!("principal,effect,reason,needs,via,on\r\n{row}\r\n"), DONE);
}

#[test]
fn a_name_does_not_leave_its_line_of_a_table() {
    let odd = who_can(&["--scope", "stack:write", "--entity", PROD, "--all", "--filter", "*odd*"]);
    let row = r#"token:=1+1, "odd"\n\u{1b}[31m  deny    not_granted"#;
    assert_eq!(odd.stdout.lines().nth(2), Some(row));
}

#[test]
fn a_table_has_colour_where_it_is_asked_for() {
    let acme = acme();
    let args = ["who-can", &acme, "--scope", "stack:write", "--entity", PROD, "--filter", "dee"];
    let output = command(&args).env("CLICOLOR_FORCE", "1").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for styled in ["\u{1b}[1mprincipal", "\u{1b}[32mallow", "\u{1b}[2m    permission-set:stack-admin"] {
        assert!(text.contains(styled), "{styled:?} in {text:?}");
    }
}

#[test]
fn who_can_that_cannot_be_asked_fails() {
    let fails = |args: &[&str], start: &str| who_can(args).fails(start, FAILED);
    fails(&["--scope", "write", "--entity", PROD], "error: `write` is no scope");
    fails(&["--scope", "stack:write", "--entity", "web/prod"], "error: `web/prod` is no `TYPE:PATH`");
    fails(&["--scope", "stack:write", "--entity", PROD, "--at", "soon"], "error: `soon` is no date");
    fails(&["--scope", "stack:write", "--entity", PROD, "--tag", "env"], "error: `env` is no tag");
    fails(
        &["--scope", "stack:write", "--entity", PROD, "--kind", "robot"],
        "error: no kind of principal `robot` is known: use one of `user`, `team`, `service-principal`, `token`\n",
    );
    fails(&["--scope", "stack:write", "--entity", PROD, "--format", "xml"], "error: invalid value 'xml'");
    fails(&["--scope", "stack:write"], "error: the following required arguments");
    let invalid = ["who-can", "-", "--scope", "stack:write", "--entity", PROD];
    Run::with_input(&invalid, "{}").fails("organization: ", INVALID);
}

// entities.

#[test]
fn the_entities_of_a_scope_are_rows_and_all_others_the_last() {
    ask("entities", &["--principal", "user:bob", "--scope", "stack:write"]).prints(
        "\
stack:write for user:bob: 1 allow, 1 unknown
entity               effect   reason
stack:acme/web/prod  allow    granted
stack:acme/zoo/one   unknown  needs_tags: env, owner
any other stack      unknown  needs_tags: env, owner
",
        DONE,
    );
    let run = ["--principal", "deployment:new/one", "--scope", "stack:write", "--trigger", "git-push"];
    ask("entities", &run).prints(
        "\
stack:write for deployment:new/one: 1 allow
  acts as stack-token:new/one
entity              effect  reason
stack:acme/new/one  allow   granted
",
        DONE,
    );
}

#[test]
fn without_a_scope_the_entities_tell_how_many_there_are() {
    ask("entities", &["--principal", "user:bob"]).prints(
        "\
user:bob: scopes on 3 entities
entity               allow  unknown
stack:acme/web/prod  25     0
stack:acme/zoo/one   0      25
organization:acme    38     0
any other stack      0      25
",
        DONE,
    );
    let counts = "entity,allow,unknown\r\norganization:acme,38,0\r\n";
    ask("entities", &["--principal", "user:bob", "--type", "organization", "--format", "csv"])
        .prints(counts, DONE);
    ask("entities", &["--principal", "token:old"])
        .prints("token:old: scopes on 0 entities\n  token_expired: the token is past its end\n", DONE);
}

#[test]
fn entities_are_told_as_csv_and_as_json() {
    let asked = ["--principal", "user:bob", "--scope", "stack:write", "--filter", "*/one"];
    ask("entities", &[&asked[..], &["--all", "--format", "csv"]].concat()).prints(
        "entity,effect,reason,needs\r\n\
         stack:acme/dev/one,deny,not_granted,\r\n\
         stack:acme/zoo/one,unknown,needs_tags,\"env, owner\"\r\n\
         any other stack,unknown,needs_tags,\"env, owner\"\r\n",
        DONE,
    );
    let unknown = |place: &str, name: &str| json!({ place: name, "effect": "unknown", "reason": "needs_tags", "needs": ["env", "owner"] });
    assert_eq!(
        ask("entities", &[&asked[..], &["--format", "json"]].concat()).json(),
        json!({ "entities": [unknown("entity", "stack:acme/zoo/one")],
                "elsewhere": [unknown("entityType", "stack")] })
    );
}

#[test]
fn entities_that_cannot_be_asked_for_fail() {
    let fails = |args: &[&str], start: &str| ask("entities", args).fails(start, FAILED);
    fails(&["--principal", "bob"], "error: `bob` is no principal");
    fails(&["--principal", "user:bob", "--scope", "write"], "error: `write` is no scope");
    fails(
        &["--principal", "user:bob", "--type", "planet"],
        "error: no entity type `planet` is known: use one",
    );
    fails(&["--principal", "deployment:web/prod"], "error: a deployment needs its `trigger`");
    fails(&["--scope", "stack:write"], "error: the following required arguments");
}

// scopes.

#[test]
fn the_scopes_of_many_entities_stand_below_each() {
    let asked = ["--principal", "user:bob", "--filter", "organization:*"];
    let told = ask("scopes", &asked).stdout;
    let (head, rest) = told.split_once("\n    ").unwrap();
    assert_eq!(head, "user:bob: scopes on 1 entity\nentity             scopes\norganization:acme  38");
    assert!(rest.lines().all(|line| line.chars().count() <= 80), "{rest}");
    let listed: Vec<&str> = rest.split(',').map(str::trim).collect();
    let one_by_one = ["--principal", "user:bob", "--entity", "organization:acme"];
    assert_eq!(listed.join("\n"), ask("scopes", &one_by_one).stdout.trim_end());
}

#[test]
fn scopes_that_rest_on_tags_are_told_apart() {
    ask("scopes", &["--principal", "user:zoe", "--type", "stack", "--type", "environment"]).prints(
        "\
user:zoe: scopes on 1 entity
entity              scopes
stack:acme/zoo/one  8
    stack:decrypt, stack:encrypt, stack:export, stack:read, stack_access:read,
      stack_deployment:read, stack_deployment_settings:read, stack_schedule:read
",
        DONE,
    );
    let told = ask("scopes", &["--principal", "user:bob", "--filter", "acme/zoo/*"]).stdout;
    let head = "user:bob: scopes on 1 entity\nentity              scopes\n";
    let row = "stack:acme/zoo/one  25\n    if the tags say so: stack:cancel_update, ";
    assert!(told.starts_with(&[head, row].concat()), "{told}");
}

#[test]
fn every_entity_and_scope_is_a_line_of_csv() {
    let told = ask("scopes", &["--principal", "user:bob", "--filter", "*:acme/zoo/one", "--format", "csv"]);
    let lines: Vec<&str> = told.stdout.split("\r\n").collect();
    assert_eq!(lines[0], "entity,scope,effect");
    assert_eq!(lines[1], "stack:acme/zoo/one,stack:cancel_update,unknown");
    assert_eq!((lines.len(), lines[50], lines[51]), (52, "any other stack,stack_webhook:update,unknown", ""));
    let told = ask("scopes", &["--principal", "user:zoe", "--type", "stack", "--format", "csv"]).stdout;
    assert_eq!(told.split("\r\n").nth(4), Some("stack:acme/zoo/one,stack:read,allow"));
}

#[test]
fn scopes_of_many_entities_are_told_as_json() {
    let zoe = ["--principal", "user:zoe", "--filter", "*"];
    let read = json!([
        "stack:decrypt",
        "stack:encrypt",
        "stack:export",
        "stack:read",
        "stack_access:read",
        "stack_deployment:read",
        "stack_deployment_settings:read",
        "stack_schedule:read"
    ]);
    let told = json!({ "entities": [{ "entity": "stack:acme/zoo/one", "allow": read }], "elsewhere": [] });
    assert_eq!(ask("scopes", &[&zoe[..], &["--json"]].concat()).json(), told);
    assert_eq!(ask("scopes", &[&zoe[..], &["--format", "json"]].concat()).json(), told);
}

#[test]
fn the_scopes_of_one_entity_are_told_in_every_form() {
    let zoe = ["--principal", "user:zoe", "--entity", "stack:acme/zoo/one"];
    let told = |more: &[&str]| ask("scopes", &[&zoe[..], more].concat());
    let names: Vec<Value> = told(&["--json"]).json().as_array().unwrap().clone();
    let lines = names.iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(lines.len(), 8);
    told(&[]).prints(&format!("{}\n", lines.join("\n")), DONE);
    told(&["--format", "table"]).prints(&format!("{}\n", lines.join("\n")), DONE);
    told(&["--format", "json"]).prints(&told(&["--json"]).stdout, DONE);
    told(&["--format", "csv"]).prints(&format!("scope\r\n{}\r\n", lines.join("\r\n")), DONE);
    let nobody = ["--principal", "user:nobody", "--entity", PROD, "--format", "csv"];
    ask("scopes", &nobody).prints("scope\r\n", DONE);
}

#[test]
fn scopes_that_cannot_be_asked_for_fail() {
    let fails = |args: &[&str], start: &str| ask("scopes", args).fails(start, FAILED);
    let bob = ["--principal", "user:bob"];
    let with = |more: &[&'static str]| [&bob[..], more].concat();
    fails(&bob, "error: the following required arguments");
    fails(&with(&["--entity", PROD, "--type", "stack"]), "error: the argument '--entity <E>' cannot");
    fails(&with(&["--entity", PROD, "--filter", "*"]), "error: the argument '--entity <E>' cannot");
    fails(&with(&["--filter", "*", "--json", "--format", "csv"]), "error: the argument '--json' cannot");
    fails(&with(&["--type", "planet"]), "error: no entity type `planet` is known");
    fails(&with(&["--entity", "web/prod"]), "error: `web/prod` is no `TYPE:PATH`");
}

#[test]
fn whoever_stops_reading_is_told_nothing() {
    let acme = acme();
    for format in ["table", "json", "csv"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let args = ["scopes", &acme, "--principal", "user:ann", "--filter", "*", "--format", format];
        let output = command(&args).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let told = (output.status.code(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(told, (Some(DONE), String::new()), "{format}");
    }
}

// What the tests are made of.

const PROD: &str = "stack:acme/web/prod";

const ACME: &str = r#"{
  "revision": "2026-10",
  "organization": "acme",
  "roles": [
    { "id": "writer", "name": "Writer", "rules": [{ "permissionSet": "stack-write", "on": { "tags": [
      { "key": "env", "equals": "prod" }, { "key": "owner", "exists": true } ] } }] } ],
  "teams": [{ "name": "web", "roles": ["writer"], "members": [{ "user": "bob" }] }],
  "members": [
    { "user": "cyd", "role": "billing-manager" },
    { "user": "ann", "role": "admin" },
    { "user": "bob", "grants": [{ "entity": "stack:acme/web/prod", "level": "write" }] },
    { "user": "dee", "grants": [{ "entity": "stack:acme/web/prod", "level": "admin" }] } ],
  "collaborators": [{ "user": "zoe", "grants": [{ "entity": "stack:acme/zoo/one", "level": "read" }] }],
  "servicePrincipals": [{ "name": "runner", "roles": ["writer"] }],
  "tokens": [
    { "name": "old", "kind": "organization", "role": "admin", "expiresAt": "2020-01-01T00:00:00Z" },
    { "name": "=1+1, \"odd\"\n\u001b[31m", "kind": "organization" } ],
  "entities": [
    { "entity": "stack:acme/web/prod", "tags": { "env": "prod", "owner": "bob" } },
    { "entity": "stack:acme/dev/one", "tags": { "env": "dev" } },
    { "entity": "environment:acme/default/aws" } ]
}"#;

fn acme() -> String {
    file("who-can.json", ACME)
}

fn who_can(args: &[&str]) -> Run {
    ask("who-can", args)
}

fn ask(command: &str, args: &[&str]) -> Run {
    Run::of(&[&[command, &acme()], args].concat())
}
