//! `replay` as a shell runs it: logs of both kinds, what it prints, and how it ends.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that meets something unexpected stops there"
)]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "common/process.rs"]
mod process;

use std::io::Write;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use process::{DONE, Run, command, file, peak};
use serde_json::{Value, json};

const FAILED: i32 = 1;
const DIFFERS: i32 = 2;
const INVALID: i32 = 3;

// What it prints.

#[test]
fn what_differs_is_told_by_route_with_its_explanation_and_the_rest_is_counted() {
    let log = lines(&[
        record("user:bob", "GET", "/api/stacks/acme/web/dev", 200),
        record("user:bob", "POST", "/api/stacks/acme/web/dev/update?x=1", 403),
        record("user:bob", "POST", "/api/stacks/acme/web/dev/update", 403),
        record("user:cyd", "DELETE", "/api/stacks/acme/web/dev", 204),
        record("user:cyd", "GET", "/api/stacks/acme/web/dev", 404),
        record("user:bob", "POST", "/api/stacks/acme/web/dev/hooks/h/ping", 403),
        record("user:bob", "GET", "/api/orgs/acme", 404),
        record("user:bob", "POST", "/api/stacks/acme/web/prod/update", 200),
        record("user:bob", "GET", "/api/stacks/acme/web/dev/updates/7", 404),
        record("user:bob", "GET", "/api/user", 200),
        record("user:bob", "GET", "/nowhere", 200),
        record("user:bob", "GET", "/api/../api/user", 200),
        record("user:bob", "GET", "/api/stacks/acme/web/dev/annotations/a", 200),
        record("user:bob", "GET", "/api/stacks/other/web/dev", 200),
        record("user:bob", "GET", "/api/stacks/acme/web/dev", 429),
    ]);
    replay(&log, &[]).prints(
        "\
15 records: 1 agree, 5 differ, 1 differ where the need is a guess, 8 not compared
DELETE /api/stacks/{orgName}/{projectName}/{stackName}  documented
  the rules deny it, the server let it through: 1
    line 4: user:cyd stack:delete on stack:acme/web/dev: deny setting_off, answered by 204
      permission-set:stack-admin, on stack:acme/web/dev
      the setting membersCanDeleteStacks is off
      by EV-1 documented, OS-14 documented
POST /api/stacks/{orgName}/{projectName}/{stackName}/update  documented
  the rules allow it, the server refused it: 2
    line 2: user:bob stack:write on stack:acme/web/dev: allow granted, answered by 403, 2 times
      team:platform > role:deployer > permission-set:stack-write, where tag env is dev
      by TE-2 documented, RO-11 documented
GET /api/orgs/{orgName}  inferred
  the answer holds more for some roles than for others
  the rules allow it and the document has it, the server did not find it: 1
    line 7: user:bob as a member of organization:acme: allow granted, answered by 404
GET /api/stacks/{orgName}/{projectName}/{stackName}  inferred
  the rules allow it and the document has it, the server did not find it: 1
    line 5: user:cyd stack:read on stack:acme/web/dev: allow granted, answered by 404
      permission-set:stack-admin, on stack:acme/web/dev
      by EV-1 documented
POST /api/stacks/{orgName}/{projectName}/{stackName}/hooks/{hookName}/ping  guessed
  sending a delivery again is taken for a change of the webhook
  the rules allow it, the server refused it: 1
    line 6: user:bob stack_webhook:update on stack:acme/web/dev: allow granted, answered by 403
      team:platform > role:deployer > permission-set:stack-write, where tag env is dev
      by TE-2 documented, RO-11 documented
not compared
  1 in no route of the table
    GET /nowhere
  1 with a path that can be read in two ways
    GET /api/../api/user: dot_segment
  1 needing what the revision does not have
    GET /api/stacks/acme/web/dev/annotations/a: stack_annotations:read
  1 about another organization
    GET /api/stacks/other/web/dev
  1 needing no scope, or what no scope decides
    GET /api/user
  1 answered by a status that says nothing about permission
    GET /api/stacks/acme/web/dev: 429
  1 resting on tags that are not known
    POST /api/stacks/acme/web/prod/update
  1 allowed, and something of it not there
    GET /api/stacks/acme/web/dev/updates/7
",
        DIFFERS,
    );
}

#[test]
fn a_log_that_agrees_is_one_line() {
    let log = lines(&[record("user:bob", "GET", "/api/stacks/acme/web/dev", 200)]);
    replay(&log, &[]).prints("1 record: 1 agree, 0 differ\n", DONE);
    replay("", &[]).prints("0 records: 0 agree, 0 differ\n", DONE);
    let guessed = lines(&[record("user:bob", "POST", "/api/stacks/acme/web/dev/hooks/h/ping", 403)]);
    let run = replay(&guessed, &[]);
    assert_eq!(run.code, DONE, "a guess is no difference");
    assert!(
        run.stdout.starts_with("1 record: 0 agree, 0 differ, 1 differ where the need is a guess\n"),
        "{run:?}"
    );
}

#[test]
fn decisions_are_read_beside_requests() {
    let decision = |principal: &str, scope: &str, effect: &str| {
        json!({ "at": "2026-11-20T00:00:00.000Z", "principal": principal, "scope": scope,
            "entity": "stack:acme/web/dev", "effect": effect, "reason": "granted", "version": 7 })
    };
    let log = lines(&[
        decision("user:bob", "stack:write", "allow"),
        decision("user:cyd", "stack:delete", "allow"),
        record("user:bob", "GET", "/api/stacks/acme/web/dev", 200),
        decision("user:cyd", "stack:delete", "allow"),
        decision("user:~0b2f", "stack:delete", "allow"),
        decision("deployment:web/dev", "stack:write", "allow"),
    ]);
    replay(&log, &[]).prints(
        "\
6 records: 2 agree, 2 differ, 2 not compared
stack:delete on stack
  the rules say deny, the log says allow: 2
    line 2: user:cyd stack:delete on stack:acme/web/dev: deny setting_off, 2 times
      permission-set:stack-admin, on stack:acme/web/dev
      the setting membersCanDeleteStacks is off
      by EV-1 documented, OS-14 documented
not compared
  1 with stand-ins for names
    user:~0b2f stack:delete on stack:acme/web/dev
  1 of a deployment of which it is not told what started it
    deployment:web/dev stack:write on stack:acme/web/dev
",
        DIFFERS,
    );
}

#[test]
fn json_is_the_report_on_one_line() {
    let log = lines(&[
        record("user:bob", "GET", "/api/stacks/acme/web/dev", 200),
        record("user:nobody", "GET", "/api/orgs/acme", 200),
        record("user:bob", "GET", "/nowhere?token=secret", 200),
    ]);
    replay(&log, &["--format", "json"]).prints(
        "{\"records\":3,\"agree\":1,\"differ\":1,\"unsure\":0,\
         \"apart\":[{\"why\":\"unmapped\",\"count\":1,\"examples\":[\"GET /nowhere\"]}],\
         \"groups\":[{\"method\":\"GET\",\"path\":\"/api/orgs/{orgName}\",\"name\":\"GetOrganization\",\
         \"confidence\":\"inferred\",\"note\":\"the answer holds more for some roles than for others\",\
         \"difference\":\"denied_but_let_through\",\"count\":1,\"cases\":[{\"record\":2,\"count\":1,\
         \"principal\":\"user:nobody\",\"entity\":\"organization:acme\",\"status\":200,\
         \"effect\":\"deny\",\"reason\":\"unknown_principal\"}]}]}\n",
        DIFFERS,
    );
}

#[test]
fn nothing_of_a_log_reaches_the_terminal_as_it_is() {
    let log = lines(&[
        record("user:bob", "GET", "/api/\u{1b}[2Jx", 200),
        record("user:\u{1b}[2J", "GET", "/api/orgs/acme", 200),
    ]);
    let run = replay(&log, &[]);
    assert!(!run.stdout.contains('\u{1b}') && run.stdout.contains("\\u{1b}[2J"), "{run:?}");
}

// An archive.

#[test]
fn an_archive_is_read_entry_by_entry() {
    let entries = [
        entry("GET", "https://api.example.com/api/stacks/acme/web/dev", 200),
        entry("POST", "https://api.example.com/api/stacks/acme/web/dev/update?dryRun=true", 200),
        entry("GET", "HTTPS://USER:PASS@API.example.com:443/api/stacks/acme/web/dev#part", 200),
        entry("OPTIONS", "https://api.example.com/api/stacks/acme/web/dev", 204),
        entry("GET", "https://app.example.com/static/app.js", 200),
        entry("GET", "https://other.example.com?next=/api/user", 200),
        entry("GET", "data:text/plain,/api/user", 200),
        entry("GET", "wss://api.example.com/api/user", 101),
        entry("GET", "https://api.example.com/api/stacks/acme/web%2Fdev/x/y", 200),
        entry("GET", "https://api.example.com/api/stacks/acme/web/dev", 0),
        entry("GET", "https://api.example.com/api/stacks/acme/web/dev", -1),
        entry("DELETE", "https://api.example.com/api/stacks/acme/web/dev", 200),
    ];
    archive(&entries, &["--principal", "user:bob"]).prints(
        "\
12 records: 3 agree, 1 differ, 8 not compared
DELETE /api/stacks/{orgName}/{projectName}/{stackName}  documented
  the rules deny it, the server let it through: 1
    entry 12: user:bob stack:delete on stack:acme/web/dev: deny not_granted, answered by 200
      by EV-4 inferred
not compared
  4 to another server
  1 in no route of the table
    OPTIONS /api/stacks/acme/web/dev
  1 with a path that can be read in two ways
    GET /api/stacks/acme/web%2Fdev/x/y: encoded_separator
  2 answered by a status that says nothing about permission
    GET /api/stacks/acme/web/dev: 0
",
        DIFFERS,
    );
}

#[test]
fn an_archive_says_when_but_not_who() {
    let mut old = entry("GET", "https://api.example.com/api/stacks/acme/web/dev", 200);
    old["startedDateTime"] = json!("2025-12-31T23:00:00.25-00:30");
    let mut young = old.clone();
    young["startedDateTime"] = json!("2025-12-31T23:59:59.999-00:30");
    let run = archive(&[old, young], &["--principal", "token:old"]);
    assert!(run.stdout.contains("entry 2: token:old") && !run.stdout.contains("entry 1:"), "{run:?}");
    assert_eq!(run.code, DIFFERS);
    let mut by_header = entry("GET", "https://api.example.com/api/stacks/acme/web/dev", 200);
    by_header["request"]["headers"] = json!([{ "name": "Authorization", "value": "token secret" }, { "name": "X-Login", "value": "user:bob" }]);
    archive(&[by_header], &["--principal-header", "x-login"]).prints("1 record: 1 agree, 0 differ\n", DONE);
}

#[test]
fn a_host_is_looked_at_alone() {
    let entries = [
        entry("GET", "https://a.example.com/api/stacks/acme/web/dev", 200),
        entry("GET", "https://A.example.com:8443/api/stacks/acme/web/dev", 200),
        entry("GET", "https://b.example.com/api/stacks/acme/web/dev", 200),
        entry("GET", "https://a.example.com/login", 200),
        entry("GET", "https://a.example.com.evil.example/api/stacks/acme/web/dev", 200),
        entry("GET", "https://a.example.com@b.example.com/api/stacks/acme/web/dev", 200),
    ];
    let run = |host: &str| {
        let run = archive(&entries, &["--principal", "user:bob", "--host", host]);
        run.stdout.lines().take(3).map(str::to_owned).collect::<Vec<_>>()
    };
    let counts = |agree, apart, elsewhere| {
        [
            format!("6 records: {agree} agree, 0 differ, {apart} not compared"),
            "not compared".to_owned(),
            format!("  {elsewhere} to another server"),
        ]
    };
    assert_eq!(run("a.example.com"), counts(2, 4, 3));
    assert_eq!(run("A.EXAMPLE.com:8443"), counts(1, 5, 5));
    assert_eq!(run("b.example.com"), counts(2, 4, 4));
}

#[test]
fn a_log_is_known_by_its_beginning() {
    let har = json!({ "log": { "version": "1.2", "creator": {}, "entries": [], "pages": [] } }).to_string();
    for start in ["", "\n \t", "\u{feff}", "\u{feff}\r\n"] {
        replay(&format!("{start}{har}"), &["--principal", "user:bob"])
            .prints("0 records: 0 agree, 0 differ\n", DONE);
    }
    let late = r#"{ "comment": { "log": { "entries": 1 } }, "log": { "entries": [] }, "more": 1 }"#;
    replay(late, &["--principal", "user:bob"]).fails("error: each line names its principal", FAILED);
    replay(late, &["--principal", "user:bob", "--har"]).prints("0 records: 0 agree, 0 differ\n", DONE);
    replay(&har, &["--jsonl"]).fault("line 1: log: no field `log` is known here: remove it");
}

/// The same as the package answers, which reads the same file in `tests/archives.test.mjs`.
#[test]
fn odd_archives_are_answered_as_it_is_written_down() {
    let told: Value = serde_json::from_str(include_str!("replay/archives.json")).expect("JSON");
    let document = file("replay-archives-document.json", &told["document"].to_string());
    let routes = file("replay-archives-routes.json", &told["routes"].to_string());
    let run = |log: &str, flags: &[String]| {
        let args = ["replay", &document, "-", "--har", "--routes", &routes, "--format", "json"];
        let flags = flags.iter().map(String::as_str);
        Run::with_input(&args.into_iter().chain(flags).collect::<Vec<_>>(), log)
    };
    for case in told["cases"].as_array().expect("a list") {
        let har = json!({ "log": { "entries": case["entries"] } });
        let run = run(&har.to_string(), &flags(&case["options"]));
        let mut report = case["report"].clone();
        let faults = report.as_object_mut().expect("an object").remove("faults");
        assert_eq!(serde_json::from_str::<Value>(&run.stdout).ok(), Some(report), "{case} {run:?}");
        assert_eq!(run.stderr, faults.map_or_else(String::new, |faults| faults_in_words(&faults)));
    }
    for broken in told["broken"].as_array().expect("a list") {
        let run = run(broken["archive"].as_str().expect("a text"), &["--principal=user:bob".to_owned()]);
        assert!(run.stderr.starts_with("error: `-` is no HTTP archive: "), "{broken} {run:?}");
        assert_eq!((run.code, &*run.stdout), (FAILED, ""));
    }
}

/// What a caller of the package says, as flags.
fn flags(options: &Value) -> Vec<String> {
    let flag = |(name, value): (&String, &Value)| {
        let name = if name == "principalHeader" { "principal-header" } else { name };
        format!("--{name}={}", value.as_str().expect("a text"))
    };
    options.as_object().expect("an object").iter().map(flag).collect()
}

/// What the package tells of faults, in the words of the command.
fn faults_in_words(faults: &Value) -> String {
    let faults = faults.as_array().expect("a list");
    let line = |fault: &Value| {
        let message = fault["message"].as_str().expect("a text");
        let message = message.replace("`principal`", "`--principal`");
        let message = message.replace("`principalHeader`", "`--principal-header`");
        format!("entry {}: {message}\n", fault["record"])
    };
    let lines: String = faults.iter().map(line).collect();
    format!("error: {} of the log cannot be read\n{lines}", faults.len())
}

/// What stands in an archive beside what is looked at, the bodies above all, is never held.
#[test]
fn an_archive_is_not_held() {
    let document = acme();
    let mut run = command(&["replay", &document, "-", "--principal", "user:bob"]);
    let mut child = run.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("piped");
    write!(stdin, r#"{{ "log": {{ "entries": ["#).expect("it reads");
    let body = "x".repeat(1_000_000);
    for number in 0..50 {
        let mut entry = entry("GET", "https://api.example.com/api/stacks/acme/web/dev", 200);
        entry["response"]["content"] = json!({ "text": body });
        let comma = if number == 0 { "" } else { "," };
        write!(stdin, "{comma}{entry}").expect("it reads");
    }
    stdin.flush().expect("it reads");
    thread::sleep(Duration::from_millis(50));
    if let Some(peak) = peak(child.id()) {
        assert!(peak < 25_000, "{peak} kB");
    }
    write!(stdin, "] }} }}").expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "50 records: 50 agree, 0 differ\n");
}

// What is wrong with a log.

#[test]
fn faults_of_a_log_are_told_with_their_lines_and_the_rest_is_replayed() {
    let good = record("user:bob", "GET", "/api/stacks/acme/web/dev", 200);
    let log = format!(
        "{good}\n\n{{\n{good}\n{}\n{}\n{}\n{good}",
        record("bob", "GET", "/", 200),
        json!({ "principal": "user:bob", "method": "GET", "path": "/", "status": 200, "at": "today" }),
        format_args!("{{ \"principal\": \"user:{}\" }}", "x".repeat(1_000_000)),
    );
    let run = replay(&log, &[]);
    assert_eq!((run.code, &*run.stdout), (FAILED, "3 records: 3 agree, 0 differ\n"));
    assert_eq!(
        run.stderr,
        "\
error: 5 of the log cannot be read
line 2, column 1: the text ends where a value should be
line 3, column 2: the text ends where a key in double quotes should be
line 5: `bob` is no principal: use `user:LOGIN`, `token:NAME`, `team:NAME`, `service-principal:NAME` or `deployment:PROJECT/STACK`
line 6: at: `today` is no date: write it like `2027-01-01T00:00:00Z`, with seconds and `Z` or an offset
line 7: the line has 1000024 bytes: at most 1000000 are read
"
    );
    let many = replay(&"[]\n".repeat(25), &[]);
    assert!(many.stderr.starts_with("error: 25 of the log cannot be read\nline 1: "), "{many:?}");
    assert!(
        many.stderr.ends_with("line 20: an object is wanted here, not a list\n5 more are not told\n"),
        "{many:?}"
    );
}

#[test]
fn faults_of_an_archive_are_told_with_their_entries() {
    let sound = entry("GET", "https://api.example.com/api/stacks/acme/web/dev", 200);
    let mut dateless = sound.clone();
    dateless["startedDateTime"] = json!("24/7/2009");
    archive(&[sound.clone(), dateless], &["--principal", "user:bob"])
        .fault("entry 2: `24/7/2009` is no date: write it like `2026-11-20T00:00:00Z`");
    archive(std::slice::from_ref(&sound), &[])
        .fault("entry 1: an archive does not say who sent it: use `--principal` or `--principal-header`");
    archive(std::slice::from_ref(&sound), &["--principal-header", "x-login"])
        .fault("entry 1: the request has no header `x-login`");
    for (har, message) in [
        (r#"{"log": {"entries": [{}]}}"#, "missing field `request` at line 1 column 23"),
        (
            r#"{"log": {"entries": 7}}"#,
            "invalid type: integer `7`, expected a list of entries at line 1 column 22",
        ),
        (r#"{"log": {}}"#, "missing field `entries` at line 1 column 10"),
        (r#"{"log": {"entries": []}} x"#, "trailing characters at line 1 column 26"),
        (r#"{"log": {"entries": ["#, "EOF while parsing a list at line 1 column 21"),
    ] {
        let run = replay(har, &["--principal", "user:bob"]);
        assert_eq!(run.stderr, format!("error: `-` is no HTTP archive: {message}\n"));
        assert_eq!((run.code, &*run.stdout), (FAILED, ""));
    }
}

#[test]
fn flags_files_and_documents_that_are_wrong_fail() {
    let document = acme();
    let log = file("replay-log.jsonl", &lines(&[record("user:bob", "GET", "/api/orgs/acme", 200)]));
    let run = |args: &[&str]| Run::of(&[&["replay"], args].concat());
    run(&[&document, &log]).prints("1 record: 1 agree, 0 differ\n", DONE);
    run(&["-", "-"]).fails("error: the document and the log cannot both be standard input", FAILED);
    run(&[&document, "/nowhere.har"]).fails("error: cannot read `/nowhere.har`", FAILED);
    run(&[&document, &log, "--at", "now"]).fails("error: `now` is no date", FAILED);
    run(&[&document, &log, "--har", "--jsonl"]).fails("error: the argument '--har' cannot be used", FAILED);
    run(&[&document, &log, "--principal", "user:bob"]).fails("error: each line names its principal", FAILED);
    run(&[&document, &log, "--routes", "/nowhere.json"]).fails("error: cannot read `/nowhere.json`", FAILED);
    let invalid = file("replay-invalid.json", "{}");
    run(&[&invalid, &log]).fails("organization: the field `organization` is missing", INVALID);
    let faulty = file(
        "replay-routes-faulty.json",
        r#"{ "routes": [{ "method": "get", "path": "x", "needs": "user" }] }"#,
    );
    let refused = run(&[&document, &log, "--routes", &faulty]);
    assert!(
        refused.stderr.starts_with(&format!("error: `{faulty}` is no table of routes\nroutes[0].method: ")),
        "{refused:?}"
    );
    assert_eq!(refused.code, FAILED);
}

#[test]
fn routes_of_ones_own_take_the_place_of_those_of_the_api() {
    let table = json!({ "routes": [
        { "method": "GET", "path": "/s/{s}", "needs": "scope", "scope": "stack:read", "entity": "stack:acme/web/{s}" }] });
    let table = file("replay-routes.json", &table.to_string());
    let log =
        lines(&[record("user:bob", "GET", "/s/dev", 200), record("user:bob", "GET", "/api/orgs/acme", 200)]);
    replay(&log, &["--routes", &table]).prints(
        "2 records: 1 agree, 0 differ, 1 not compared\nnot compared\n  1 in no route of the table\n    GET /api/orgs/acme\n",
        DONE,
    );
}

#[test]
fn a_record_without_a_time_is_of_now_unless_it_is_told() {
    let log = lines(&[record("token:old", "GET", "/api/stacks/acme/web/dev", 200)]);
    assert_eq!(replay(&log, &[]).code, DIFFERS);
    assert_eq!(replay(&log, &["--at", "2025-06-01T00:00:00Z"]).code, DONE);
}

fn entry(method: &str, url: &str, status: i64) -> Value {
    json!({
        "startedDateTime": "2026-11-20T10:00:00.000+01:00", "time": 12.5, "cache": {}, "timings": {},
        "request": { "method": method, "url": url, "httpVersion": "h2", "headers": [], "queryString": [],
                     "cookies": [], "headersSize": -1, "bodySize": -1 },
        "response": { "status": status, "statusText": "", "content": { "size": 2, "text": "{}" }, "redirectURL": "" } })
}

/// A run over an archive that comes by standard input.
fn archive(entries: &[Value], more: &[&str]) -> Run {
    let har = json!({ "log": { "version": "1.2", "creator": { "name": "test" }, "entries": entries } });
    replay(&har.to_string(), more)
}

impl Run {
    /// One record cannot be read, and it is said why.
    #[track_caller]
    fn fault(&self, message: &str) {
        assert_eq!(self.stderr, format!("error: 1 of the log cannot be read\n{message}\n"));
        assert_eq!(self.code, FAILED);
    }
}

fn record(principal: &str, method: &str, path: &str, status: u16) -> Value {
    json!({ "principal": principal, "method": method, "path": path, "status": status })
}

fn lines(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

/// A run over a log that comes by standard input.
fn replay(log: &str, more: &[&str]) -> Run {
    let document = acme();
    Run::with_input(&[&["replay", &document, "-"], more].concat(), log)
}

/// Bob reads every stack and writes those for development; cyd is the admin of one stack, which nobody may delete.
fn acme() -> String {
    let document = json!({
        "revision": "2026-10", "organization": "acme",
        "roles": [{ "id": "deployer", "name": "Deployer", "rules": [
            { "permissionSet": "stack-read", "on": "all" },
            { "permissionSet": "stack-write", "on": { "tags": [{ "key": "env", "equals": "dev" }] } }] }],
        "teams": [{ "name": "platform", "roles": ["deployer"], "members": [{ "user": "bob" }] }],
        "members": [{ "user": "ann", "role": "admin" }, { "user": "bob" },
                    { "user": "cyd", "grants": [{ "entity": "stack:acme/web/dev", "level": "admin" }] }],
        "tokens": [{ "name": "old", "kind": "organization", "role": "deployer",
                     "expiresAt": "2026-01-01T00:00:00Z" }],
        "entities": [{ "entity": "stack:acme/web/dev", "tags": { "env": "dev" } }] });
    file("replay-acme.json", &document.to_string())
}
