//! `serve` as a process on this machine: its routes, who may ask what, how documents take another's place, its limits,
//! its log, and how it begins and ends.
#![cfg(all(feature = "server", unix))]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "generate/dice.rs"]
mod dice;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "common/process.rs"]
mod process;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "common/server.rs"]
mod server;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use dice::Dice;
use process::{Run, command, file};
use scopewise::{Bundle, Context, SigningKey, Trust};
use serde_json::{Value, json};
use server::{Answer, Server};

// Questions.

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

// Who may ask.

#[test]
fn nobody_is_answered_without_a_token_but_about_health() {
    let server = guarded(&[]);
    let bad: [&[(&str, &str)]; 7] = [
        &[],
        &[("authorization", "Bearer wrong")],
        &[("authorization", "Bearer ")],
        &[("authorization", "Basic cm9vdDpyb290")],
        &[("authorization", "root")],
        &[("authorization", "Bearer root root")],
        &[("authorization", "Bearer root"), ("authorization", "Bearer root")],
    ];
    for (method, path) in ROUTES {
        for headers in bad {
            let answer = server.send(method, path, headers, b"");
            if path.starts_with("/health") {
                assert_eq!(answer.status, 200, "{path}");
            } else {
                answer.is_problem(401);
                assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            }
        }
    }
    server.get("/nothing", &[]).is_problem(401);
    assert_eq!(server.get("/health/live", &[]).is_ok(), json!({ "status": "ok" }));
}

#[test]
fn a_token_of_a_principal_asks_about_that_principal_alone() {
    let server = guarded(&[]);
    let asks =
        |path: &str, body: &str, token: &str| server.post(path, &[("authorization", token)], body).status;
    let statuses = |path: &str, body: &str| [ROOT, BOB].map(|token| asks(path, body, token));
    for path in ["/v1/check", "/v1/explain"] {
        assert_eq!(statuses(path, &ask("user:bob", "stack:read", PROD)), [200, 200], "{path}");
        assert_eq!(statuses(path, &ask("user:ann", "stack:read", PROD)), [200, 403], "{path}");
        assert_eq!(statuses(path, &ask("user:bob ", "stack:read", PROD)), [200, 403], "{path}");
        assert_eq!(statuses(path, &ask("team:platform", "stack:read", PROD)), [200, 403], "{path}");
    }
    let gets = |path: &str| [ROOT, BOB].map(|token| server.get(path, &[("authorization", token)]).status);
    assert_eq!(gets("/v1/bundle"), [200, 403]);
    assert_eq!(gets("/v1/bundle?principal=user:bob"), [200, 200]);
    assert_eq!(gets("/v1/bundle?principal=user%3Aann"), [200, 403]);
    assert_eq!(gets("/v1/bundle?principal=user:bob&principal=user:ann"), [400, 400]);
    assert_eq!(gets("/v1/bundle?principals=user:bob"), [400, 400]);
    assert_eq!(gets("/v1/snapshot"), [400, 400]);
    assert_eq!(gets("/v1/snapshot?principal=user:bob"), [200, 200]);
    assert_eq!(gets("/v1/snapshot?principal=user:ann"), [200, 403]);
    assert_eq!(gets("/metrics"), [200, 403]);
    assert_eq!(gets("/openapi.json"), [200, 200]);
}

#[test]
fn among_many_questions_those_of_others_have_an_error_in_their_place() {
    let server = guarded(&[]);
    let lines = [ask("user:bob", "stack:write", DEV), ask("user:ann", "stack:write", DEV)].join("\n");
    let headers = [("content-type", "application/jsonl"), ("authorization", BOB)];
    let answer = server.send("POST", "/v1/check", &headers, lines.as_bytes());
    let refused = "the token is for questions about `user:bob`: ask about that principal, or bring the token of an \
                   administrator";
    let expected = format!("{{\"effect\":\"allow\",\"reason\":\"granted\"}}\n{{\"error\":\"{refused}\"}}\n");
    assert_eq!((answer.status, answer.text()), (200, &*expected));
}

#[test]
fn remedies_are_for_administrators_unless_everybody_may_know() {
    let asked = ask("user:bob", "stack:delete", PROD);
    let explains = |server: &Server, token: &str| {
        server.post("/v1/explain", &[("authorization", token)], &asked).is_ok().get("remedies").is_some()
    };
    let server = guarded(&[]);
    assert_eq!([ROOT, BOB].map(|token| explains(&server, token)), [true, false]);
    let server = guarded(&["--tell-remedies"]);
    assert_eq!([ROOT, BOB].map(|token| explains(&server, token)), [true, true]);
}

#[test]
fn what_a_client_says_of_tags_and_time_is_not_believed_unless_it_shall_be() {
    let tagged = with(&ask("user:bob", "stack:write", "stack:acme/web/new"), r#""tags":{"env":"dev"}"#);
    let dated = with(&ask("user:bob", "stack:write", DEV), r#""at":"2026-11-20T00:00:00Z""#);
    let run = with(&ask("deployment:web/prod", "stack:read", PROD), r#""trigger":{"kind":"schedule"}"#);
    let statuses = |server: &Server, token: &str| {
        [&tagged, &dated, &run].map(|body| server.post("/v1/check", &[("authorization", token)], body).status)
    };
    let server = guarded(&[]);
    assert_eq!(statuses(&server, ROOT), [403, 403, 200], "who may name anybody may name what started a run");
    assert_eq!(statuses(&server, "Bearer run"), [403, 403, 403]);
    let refused = server.post("/v1/explain", &[("authorization", ROOT)], &tagged).is_problem(403);
    let sentence =
        "`tags` of a client is not believed here: leave it out, or start the server with --trust-context";
    assert_eq!(refused, sentence);
    let server = guarded(&["--trust-context"]);
    assert_eq!(statuses(&server, ROOT), [200, 200, 200]);
    assert_eq!(statuses(&server, "Bearer run"), [403, 403, 200]);
    let believed = server.post("/v1/check", &[("authorization", BOB)], &tagged).is_ok();
    assert_eq!(believed["effect"], "allow");
}

#[test]
fn without_tokens_it_answers_to_the_names_of_this_machine_alone() {
    let server = open(&[]);
    let status = |host: &str| server.get("/openapi.json", &[("host", host)]).status;
    for host in ["localhost", "LocalHost:80", "127.0.0.1", "127.8.8.8:99", "[::1]:99"] {
        assert_eq!(status(host), 200, "{host}");
    }
    for host in
        ["example.com", "localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "a b", "u@evil", ""]
    {
        assert_ne!(status(host), 200, "{host}");
    }
}

#[test]
fn it_does_not_begin_where_it_would_be_open_to_everybody() {
    let begin = |flags: &[&str]| Run::of(&[&["serve", &document()], flags].concat());
    let open =
        "error: beyond this machine nobody is answered without a token: give --tokens or SCOPEWISE_TOKENS";
    begin(&["--listen", "0.0.0.0:0"]).fails(open, 1);
    begin(&["--listen", "[::]:0"]).fails(open, 1);
    let token = |name: &str, text: &str| file(&format!("tokens-{name}.txt"), text);
    let hash = hash("root");
    let faults = [
        ("none", "# nobody\n\n", "there is no token: write a line with the SHA-256 of one"),
        ("plain", "root admin", "line 1: it does not begin with a SHA-256"),
        ("short", &format!("{} admin", &hash[1..]), "line 1: it does not begin with a SHA-256"),
        ("nobody", &format!("\n{hash}"), "line 2: it does not say whose the token is"),
        ("odd", &format!("{hash} Admin"), "line 1: `Admin` is no principal"),
        ("twice", &format!("{hash} admin\n{hash} user:bob"), "line 2: the same token stands above"),
    ];
    for (name, text, sentence) in faults {
        let path = token(name, text);
        let run = begin(&["--tokens", &path]);
        run.fails(&format!("error: cannot use the tokens of `{path}`: {sentence}"), 1);
        assert!(!run.stderr.contains("root"), "a token is never repeated: {}", run.stderr);
    }
    begin(&["--max-head", "8191"]).fails("error: invalid value '8191'", 1);
    begin(&["--sample", "1.5", "--decision-log", "-"]).fails("error: invalid value '1.5'", 1);
    begin(&["--decision-log", "no/such/folder"]).fails("error: cannot write `no/such/folder`: ", 1);
    Run::of(&["serve", &file("bad-server.json", "{}")]).fails("organization: ", 3);
    Run::of(&["serve", "no-such.json"]).fails("error: cannot read `no-such.json`: ", 1);
}

#[test]
fn beyond_this_machine_it_begins_with_tokens_and_keeps_bundles_that_nobody_signed() {
    let (document, tokens) = (document(), tokens());
    let begin = |flags: &[&str]| {
        let args = [&["serve", &document, "--listen", "0.0.0.0:0", "--tokens", &tokens], flags].concat();
        Server::of(command(&args).env_remove("SCOPEWISE_TOKENS"))
    };
    let refused = begin(&[]).get("/v1/bundle", &[("authorization", ROOT)]).is_problem(403);
    assert_eq!(
        refused,
        "bundles are not signed here, and not given out: start the server with --signing-key, or with --unsigned"
    );
    assert_eq!(begin(&["--unsigned"]).get("/v1/bundle", &[("authorization", ROOT)]).status, 200);
}

#[test]
fn tokens_may_stand_in_the_environment() {
    let args = ["serve", &document(), "--listen", "127.0.0.1:0"];
    let server = Server::of(command(&args).env("SCOPEWISE_TOKENS", format!("{} user:bob", hash("bob"))));
    assert_eq!(server.get("/v1/bundle?principal=user:bob", &[("authorization", BOB)]).status, 200);
    assert_eq!(server.get("/v1/bundle?principal=user:bob", &[]).status, 401);
}

// What others keep.

#[test]
fn a_bundle_decides_as_the_document_and_is_sent_once() {
    let server = guarded(&["--document-version", "7", "--max-age", "86400"]);
    let whole = server.get("/v1/bundle", &[("authorization", ROOT)]);
    let bundle = Bundle::open(&whole.body).unwrap();
    assert_eq!((bundle.label().version, bundle.label().max_age_seconds), (7, Some(86_400)));
    assert!(bundle.organization().principal("user:bob").can("stack:write", DEV, &Context::default()));
    let tag = whole.header("etag").unwrap();
    assert!(tag.starts_with('"') && tag.len() == 34, "a strong tag: {tag}");
    for held in [tag, &format!("\"other\", W/{tag}")] {
        let again = server.get("/v1/bundle", &[("authorization", ROOT), ("if-none-match", held)]);
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag)));
    }
    let part = server.get("/v1/bundle?principal=user:bob", &[("authorization", BOB), ("if-none-match", tag)]);
    assert_eq!(part.status, 200, "another thing has another tag");
    let part = Bundle::open(&part.body).unwrap();
    assert_eq!(part.label().principal.as_deref(), Some("user:bob"));
    assert!(part.organization().principal("user:bob").can("stack:write", DEV, &Context::default()));
    assert!(!part.organization().principal("user:ann").can("stack:write", DEV, &Context::default()));
    let nobody = server.get("/v1/bundle?principal=user:zoe", &[("authorization", ROOT)]);
    assert_eq!(nobody.is_problem(404), "`user:zoe` is nobody in the organization `acme`");
}

#[test]
fn bundles_are_signed_where_there_is_a_key() {
    let key = SigningKey::from_seed(&[7; 32]);
    let (document, tokens, path) = (document(), tokens(), file("server-key.pem", &key.to_pem()));
    let flags = ["--signing-key", &path, "--tokens", &tokens, "--document-version", "7"];
    let args = [&["serve", &document, "--listen", "0.0.0.0:0"], &flags[..]].concat();
    let server = Server::of(command(&args).env_remove("SCOPEWISE_TOKENS"));
    let get = |path: &str| server.get(path, &[("authorization", ROOT)]);
    let trust = Trust::new([key.public_key()], SystemTime::now()).organization("acme").min_version(7);
    let whole = Bundle::open_signed(&get("/v1/bundle").body, &trust.clone().whole()).unwrap();
    assert_eq!(whole.signed_by(), Some(key.id()));
    let part = get("/v1/bundle?principal=user:bob").body;
    let part = Bundle::open_signed(&part, &trust.clone().principal("user:bob")).unwrap();
    assert!(part.organization().principal("user:bob").can("stack:write", DEV, &Context::default()));
    let stranger = Trust::new([SigningKey::from_seed(&[8; 32]).public_key()], SystemTime::now());
    assert!(Bundle::open_signed(&get("/v1/bundle").body, &stranger).is_err());
    assert!(Bundle::open(&get("/v1/bundle").body).is_err(), "a signed one opens by a key alone");
    let unreadable = ["serve", &document, "--signing-key", &file("no-key.pem", "x")];
    Run::of(&unreadable).fails("error: cannot read `", 1);
}

#[test]
fn whoever_asks_again_before_its_copy_is_stale_gets_a_fresh_one() {
    let server = open(&["--max-age", "2"]);
    let first = server.get("/v1/bundle", &[]);
    let tag = first.header("etag").unwrap().to_owned();
    let next = server.waits(|| {
        Some(server.get("/v1/bundle", &[("if-none-match", &tag)])).filter(|answer| answer.status == 200)
    });
    let issued = |answer: &Answer| Bundle::open(&answer.body).unwrap().label().issued_at;
    assert!(issued(&next) > issued(&first));
}

#[test]
fn a_snapshot_holds_what_is_decided() {
    let server = open(&["--max-age", "86400"]);
    let scopes = ["stack:read", "stack:write", "stack:delete"];
    let query = "principal=user:bob&entity=stack:acme/web/dev&entity=stack:acme/web/new&scope=stack:read\
                 &scope=stack:write&scope=stack:delete";
    let answer = server.get(&format!("/v1/snapshot?{query}"), &[]);
    let snapshot = answer.is_ok();
    assert_eq!(snapshot["scopes"], json!({ "stack": scopes }));
    for entity in [DEV, "stack:acme/web/new"] {
        let row = snapshot["rows"][entity].as_str().unwrap();
        for (scope, letter) in scopes.iter().zip(row.bytes()) {
            let decision = server.post("/v1/check", &[], &ask("user:bob", scope, entity)).is_ok();
            let mut expected = vec![
                json!(decision["effect"].as_str().unwrap()[..1].to_uppercase()),
                decision["reason"].clone(),
            ];
            expected.extend(decision["needs"].as_array().into_iter().flatten().cloned());
            assert_eq!(
                snapshot["answers"][usize::from(letter - b'0')],
                json!(expected),
                "{scope} on {entity}"
            );
        }
    }
    let all = server.get("/v1/snapshot?principal=user:bob", &[]).is_ok();
    assert_eq!(all["rows"].as_object().unwrap().keys().collect::<Vec<_>>(), [DEV, PROD]);
    let held = [("if-none-match", answer.header("etag").unwrap())];
    assert_eq!(server.get(&format!("/v1/snapshot?{query}"), &held).status, 304);
    assert_eq!(server.get("/v1/snapshot?principal=user:bob", &held).status, 200);
    server.get("/v1/snapshot?principal=user:bob&entity=stack:acme", &[]).is_problem(400);
    server.get("/v1/snapshot?principal=user", &[]).is_problem(400);
}

#[test]
fn a_snapshot_of_a_token_says_until_when_it_holds() {
    let server = open(&[]);
    let until =
        |who: &str| server.get(&format!("/v1/snapshot?principal={who}"), &[]).is_ok()["validUntil"].clone();
    assert_eq!(until("token:ci"), json!(1_924_992_000_000_u64));
    assert_eq!(until("user:bob"), Value::Null);
}

// Another document.

#[test]
fn a_new_document_takes_the_place_of_the_old_one_and_a_bad_one_does_not() {
    let path = own("reload.json", ACME);
    let server = Server::start(&path, &["--document-version", "7", "--max-age", "86400"]);
    let effect =
        || server.post("/v1/check", &[], &ask("user:bob", "stack:write", PROD)).is_ok()["effect"].clone();
    let health = || server.get("/health", &[]).is_ok();
    let tag = || server.get("/v1/bundle", &[]).header("etag").unwrap().to_owned();
    let first = tag();
    assert_eq!((effect(), health()), (json!("deny"), json!({ "status": "ok", "documentVersion": 7 })));

    own("reload.json", &ACME.replace("[\"deployer\"]", "[\"boss\"]"));
    server.waits(|| (health()["status"] == "outdated").then_some(()));
    assert_eq!(health()["documentVersion"], 7);
    assert_eq!((effect(), tag()), (json!("deny"), first.clone()));
    assert!(server.said().contains("no role"), "the problems are told: {}", server.said());
    server.waits_to_say("what was read before stays in force: version 7");
    let counted = server.get("/metrics", &[]);
    assert!(counted.text().contains("\nscopewise_document_outdated 1\n"));
    assert!(counted.text().contains("\nscopewise_reload_failures_total 1\n"));

    own("reload.json", &ACME.replace("\"dev\" }] } }]", "\"prod\" }] } }]"));
    server.waits(|| (health() == json!({ "status": "ok", "documentVersion": 8 })).then_some(()));
    assert_eq!(effect(), "allow");
    assert_ne!(tag(), first);
    assert!(server.get("/metrics", &[]).text().contains("\nscopewise_document_version 8\n"));

    // The same bytes are the same document.
    server.signal("HUP");
    server
        .waits(|| server.get("/metrics", &[]).text().contains("\nscopewise_reloads_total 3\n").then_some(()));
    assert_eq!(health()["documentVersion"], 8);
}

#[test]
fn a_version_that_is_not_given_is_the_time_and_only_goes_up() {
    let path = own("versions.json", ACME);
    let server = Server::start(&path, &[""; 0]);
    let version = || server.get("/health", &[]).is_ok()["documentVersion"].as_u64().unwrap();
    let first = version();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!((now - 60..=now).contains(&first), "{first}");
    fs::write(&path, format!("{ACME} ")).unwrap();
    server.waits(|| (version() > first).then_some(()));
}

#[test]
fn a_document_that_goes_away_stays_in_force() {
    let path = own("gone.json", ACME);
    let server = Server::start(&path, &[""; 0]);
    fs::remove_file(&path).unwrap();
    server.waits(|| (server.get("/health", &[]).is_ok()["status"] == "outdated").then_some(()));
    let answer = server.post("/v1/check", &[], &ask("user:bob", "stack:write", DEV)).is_ok();
    assert_eq!(answer["effect"], "allow");
}

#[test]
fn tokens_are_read_again_too() {
    let path = own("tokens-again.txt", &format!("{} admin", hash("root")));
    let server = Server::start(&document(), &["--tokens", &path]);
    let status = |token: &str| server.get("/v1/bundle", &[("authorization", token)]).status;
    assert_eq!([ROOT, "Bearer new"].map(status), [200, 401]);
    own("tokens-again.txt", &format!("{} admin", hash("new")));
    server.waits(|| (status("Bearer new") == 200).then_some(()));
    assert_eq!(status(ROOT), 401);
}

// Limits.

#[test]
fn what_is_too_large_is_refused() {
    let server = open(&["--max-body", "2000", "--max-batch", "3", "--max-head", "8192"]);
    let asked = ask("user:bob", "stack:write", DEV);
    let refused = server.post("/v1/check", &[], &format!("{asked}{}", " ".repeat(2_000)));
    assert_eq!(refused.is_problem(413), "the body is longer than this server reads");
    let lines = |count: usize| vec![asked.clone(); count].join("\n");
    let send = |count| {
        server.send("POST", "/v1/check", &[("content-type", "application/jsonl")], lines(count).as_bytes())
    };
    assert_eq!(send(3).status, 200);
    assert_eq!(send(4).is_problem(413), "there are more than 3 questions: send them in several requests");
    let head = server.get("/health", &[("x-long", &"x".repeat(9_000))]);
    assert_eq!(head.status, 431);
    assert_eq!(server.get(&format!("/health?{}", "x".repeat(9_000)), &[]).status / 100, 4);
}

#[test]
fn a_body_must_say_what_it_is() {
    let server = open(&[]);
    let asked = ask("user:bob", "stack:write", DEV);
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json5", ""] {
        server.send("POST", "/v1/check", &[("content-type", kind)], asked.as_bytes()).is_problem(415);
    }
    server.send("POST", "/v1/check", &[], asked.as_bytes()).is_problem(415);
    server
        .send("POST", "/v1/explain", &[("content-type", "application/jsonl")], asked.as_bytes())
        .is_problem(415);
    server.send("PUT", "/v1/check", &[], asked.as_bytes()).is_problem(405);
    assert_eq!(server.get("/v1/check", &[]).header("allow"), Some("POST"));
    server.get("/v1", &[]).is_problem(404);
}

#[test]
fn a_slow_request_is_ended() {
    let server = open(&["--timeout", "1"]);
    let slow = server.begin_check(100);
    let answer = Answer::of(slow);
    assert_eq!(
        answer.is_problem(503),
        "there was no answer within 1 seconds: ask for less, or send it faster"
    );
    let mut head = server.connect();
    head.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nx-slow: ").unwrap();
    let mut rest = Vec::new();
    head.read_to_end(&mut rest).unwrap();
    assert!(!rest.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&rest));
}

#[test]
fn more_requests_than_there_is_room_for_are_sent_away() {
    let server = open(&["--max-requests", "1"]);
    let asked = ask("user:bob", "stack:write", DEV);
    let mut first = server.begin_check(asked.len());
    let busy = server.post("/v1/check", &[], &asked);
    assert_eq!(busy.is_problem(503), "too many requests are worked on: ask again later");
    assert_eq!(busy.header("retry-after"), Some("1"));
    assert_eq!(server.get("/health/ready", &[]).status, 200, "of health it tells all the same");
    first.write_all(asked.as_bytes()).unwrap();
    assert_eq!(Answer::of(first).status, 200);
    server.waits(|| (server.post("/v1/check", &[], &asked).status == 200).then_some(()));
}

#[test]
fn more_connections_than_there_are_seats_for_wait() {
    let server = open(&["--max-connections", "1"]);
    let idle = server.connect();
    let mut waiting = server.begin("GET", "/health", &[], 0);
    waiting.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(waiting.read(&mut [0]).is_err(), "nobody is answered while there is no seat");
    drop(idle);
    waiting.set_read_timeout(None).unwrap();
    assert_eq!(Answer::of(waiting).status, 200);
}

#[test]
fn it_ends_when_it_has_answered() {
    for signal in ["TERM", "INT"] {
        let server = open(&[]);
        let asked = ask("user:bob", "stack:write", DEV);
        let mut begun = server.begin_check(asked.len());
        let _idle = server.connect();
        server.signal(signal);
        server.waits(|| std::net::TcpStream::connect(server.url().trim_start_matches("http://")).err());
        begun.write_all(asked.as_bytes()).unwrap();
        assert_eq!(Answer::of(begun).is_ok()["effect"], "allow");
        assert_eq!(server.ends(), (Some(0), String::new()));
    }
}

#[test]
fn a_request_that_does_not_end_is_not_waited_for_for_ever() {
    let server = open(&["--drain", "1", "--timeout", "600"]);
    let _begun = server.begin_check(10);
    server.signal("TERM");
    server.waits_to_say("some requests are not answered: they took more than 1 seconds");
    assert_eq!(server.ends().0, Some(0));
}

// The log.

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

// Counts and descriptions.

#[test]
fn what_happens_is_counted() {
    let server = open(&[]);
    server.post("/v1/check", &[], &ask("user:ann", "stack:write", DEV)).is_ok();
    server.post("/v1/check", &[], &ask("user:bob", "stack:delete", PROD)).is_ok();
    server.post("/v1/check", &[], &ask("user:bob", "stack:delete", PROD)).is_ok();
    server.post("/v1/check", &[], "{").is_problem(400);
    server.get("/some/path", &[]).is_problem(404);
    let counted = server.get("/metrics", &[]);
    assert_eq!(counted.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        "scopewise_decisions_total{effect=\"allow\",reason=\"organization_admin\"} 1",
        "scopewise_decisions_total{effect=\"deny\",reason=\"not_granted\"} 2",
        "scopewise_requests_total{route=\"/v1/check\",status=\"200\"} 3",
        "scopewise_requests_total{route=\"/v1/check\",status=\"400\"} 1",
        "scopewise_requests_total{route=\"none\",status=\"404\"} 1",
        "scopewise_request_duration_seconds_bucket{route=\"/v1/check\",le=\"+Inf\"} 4",
        "scopewise_request_duration_seconds_count{route=\"/v1/check\"} 4",
        "scopewise_requests_running 1",
        "scopewise_document_outdated 0",
        "scopewise_reload_failures_total 0",
        "scopewise_log_failures_total 0",
    ] {
        assert!(counted.text().lines().any(|it| it == line), "{line} in\n{}", counted.text());
    }
    for line in counted.text().lines() {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(
            line.starts_with("# ") || name.starts_with("scopewise_") && value.parse::<f64>().is_ok(),
            "{line}"
        );
    }
}

#[test]
fn the_description_has_every_route_and_says_what_is_answered() {
    let server = open(&[]);
    let api = server.get("/openapi.json", &[]).is_ok();
    assert_eq!(api["info"]["version"], env!("CARGO_PKG_VERSION"));
    let described: BTreeSet<(String, String)> = api["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, it)| {
            it.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    assert_eq!(described, routes_in_the_source());
    let listed = ROUTES.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned()));
    assert_eq!(described, listed.collect());
    for (method, path) in ROUTES {
        for (status, schema) in answers_to(&server, &api, method, path) {
            let answer = &api["paths"][path][method.to_lowercase()]["responses"];
            assert!(answer.get(status.to_string()).is_some(), "{path}: {status} is not described");
            assert!(schema, "{method} {path}");
        }
    }
}

/// Sends what the description shows, and tells with which status it was answered and whether the answer is as the
/// description says.
fn answers_to(server: &Server, api: &Value, method: &str, path: &str) -> Vec<(u16, bool)> {
    let operation = &api["paths"][path][method.to_lowercase()];
    let example = &operation["requestBody"]["content"]["application/json"]["example"];
    let query = if path == "/v1/snapshot" { "?principal=user:bob" } else { "" };
    let good = if example.is_null() {
        server.get(&format!("{path}{query}"), &[])
    } else {
        server.post(path, &[], &example.to_string())
    };
    let content = &operation["responses"]["200"]["content"];
    let is_json = good.header("content-type") == Some("application/json");
    let is_described = !is_json || fits(api, &content["application/json"]["schema"], &good.json());
    let bad = server.send("PATCH", path, &[], b"");
    assert!(fits(api, &json!({ "$ref": "#/components/schemas/Problem" }), &bad.json()), "{}", bad.text());
    vec![(good.status, is_described)]
}

/// Whether a value is as a schema of the description says.
fn fits(api: &Value, schema: &Value, value: &Value) -> bool {
    let mut whole = schema.clone();
    whole["components"] = api["components"].clone();
    let validator = jsonschema::validator_for(&whole).unwrap();
    let faults: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert_eq!(faults, [""; 0], "{value}");
    true
}

/// The routes as the server's own file has them.
fn routes_in_the_source() -> BTreeSet<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/scopewise/serve/routes.rs");
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix(".route(\""));
    lines
        .map(|line| {
            let (path, rest) = line.split_once("\", ").unwrap();
            (rest.split('(').next().unwrap().to_uppercase(), path.to_owned())
        })
        .collect()
}

// Whatever comes.

#[test]
fn a_thousand_hostile_requests_get_no_allow_and_end_nothing() {
    let mut server = guarded(&["--timeout", "2", "--max-body", "100000"]);
    let mut dice = Dice::new(5);
    for number in 0..1_000 {
        let bytes = hostile(&mut dice);
        let answer = server.raw(&bytes);
        let text = String::from_utf8_lossy(&answer);
        for allow in ["\"effect\":\"allow\"", "\"decision\":true", "[\"A\",\""] {
            assert!(
                !text.contains(allow),
                "{number}: {} was answered by {text}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }
    assert!(!server.has_ended());
    assert_eq!(
        server.post("/v1/check", &[("authorization", ROOT)], &ask("user:ann", "stack:read", PROD)).status,
        200
    );
    assert!(!server.said().contains("panicked"), "{}", server.said());
}

/// A request by nobody, or by one who may do nothing, about what others may: whole, bent or broken.
fn hostile(dice: &mut Dice) -> Vec<u8> {
    let token = dice.pick(&[
        "",
        "Bearer eve",
        "Bearer eve",
        "Bearer eve",
        "Bearer  root root",
        "bearer\troot",
        "Basic root",
    ]);
    let (method, path) = dice.pick(&ROUTES);
    let method = dice.pick(&[method, method, method, "POST", "post", "GET", "PRI", "BREW"]);
    let path = dice.pick(&[
        path.to_owned(),
        path.to_owned(),
        format!("{path}/"),
        format!("/health/..{path}"),
        format!("//{path}"),
        format!("{path}?principal=user:ann"),
        format!("{path}?principal=user:eve&principal=user:ann"),
        format!("{path}?principal=user%3Aann%00"),
        format!("http://localhost{path}"),
        format!("/health%2f..{path}"),
    ]);
    let body = dice.pick(&[
        ask("user:ann", "stack:delete", PROD),
        format!("{{\"principal\":\"user:eve\",{}", &ask("user:ann", "stack:delete", PROD)[1..]),
        with(&ask("user:eve", "stack:write", DEV), r#""tags":{"env":"dev"}"#),
        with(&ask("deployment:web/prod", "stack:read", PROD), r#""trigger":{"kind":"rest","by":"user:ann"}"#),
        zen("user", "ann", "stack:delete"),
        zen("user:ann", "", "stack:delete"),
        zen("user", "eve", "stack:delete"),
        zen("user", "eve\\u0000", "stack:delete"),
        zen("", "user:ann", "stack:delete")
            .replace("\"subject\":", "\"subject\":{\"type\":\"user\",\"id\":\"ann\"},\"subject\":"),
        format!(
            "{{\"evaluations\":[{},{}]}}",
            zen("user", "eve", "stack:read"),
            zen("user", "ann", "stack:read")
        ),
        "[".repeat(50_000),
        format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200)),
        format!("{{\"principal\":\"{}\"", "x".repeat(20_000)),
        String::new(),
    ]);
    let kind = dice.pick(&[
        "application/json",
        "application/json",
        "application/jsonl",
        "text/plain",
        "application/json, x",
    ]);
    let length = dice.pick(&[body.len(), body.len(), body.len(), 0, body.len() / 2, body.len() + 7]);
    let extra = dice.pick(&[
        "",
        "",
        "transfer-encoding: chunked\r\n",
        "content-length: 3\r\n",
        "x: \0\r\n",
        "host: a\r\nhost: b\r\n",
    ]);
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: {kind}\r\nauthorization: \
         {token}\r\ncontent-length: {length}\r\n{extra}\r\n"
    );
    let mut bytes = [head.as_bytes(), body.as_bytes()].concat();
    if dice.percent(30) {
        for _ in 0..dice.between(1, 6) {
            let place = dice.below(bytes.len());
            bytes[place] = u8::try_from(dice.below(256)).unwrap();
        }
    }
    if dice.percent(10) {
        bytes.truncate(dice.below(bytes.len()));
    }
    bytes
}

// What the tests are made of.

const DEV: &str = "stack:acme/web/dev";
const PROD: &str = "stack:acme/web/prod";
const ROOT: &str = "Bearer root";
const BOB: &str = "Bearer bob";

const ROUTES: [(&str, &str); 15] = [
    ("GET", "/health"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("POST", "/v1/check"),
    ("POST", "/v1/explain"),
    ("GET", "/v1/bundle"),
    ("GET", "/v1/snapshot"),
    ("POST", "/access/v1/evaluation"),
    ("POST", "/access/v1/evaluations"),
    ("POST", "/access/v1/search/subject"),
    ("POST", "/access/v1/search/resource"),
    ("POST", "/access/v1/search/action"),
    ("GET", "/.well-known/authzen-configuration"),
];

const ACME: &str = r#"{ "revision": "2026-10", "organization": "acme",
  "roles": [{ "id": "deployer", "name": "Deployer", "rules": [
    { "permissionSet": "stack-read", "on": "all" },
    { "permissionSet": "stack-write", "on": { "tags": [{ "key": "env", "equals": "dev" }] } }] },
    { "id": "none", "name": "None" }],
  "teams": [{ "name": "platform", "roles": ["deployer"], "members": [{ "user": "bob" }] }],
  "members": [{ "user": "ann", "role": "admin" }, { "user": "bob" }, { "user": "eve", "role": "none" }],
  "tokens": [{ "name": "ci", "kind": "organization", "role": "admin", "expiresAt": "2031-01-01T00:00:00Z" }],
  "entities": [{ "entity": "stack:acme/web/dev", "tags": { "env": "dev" } },
    { "entity": "stack:acme/web/prod", "tags": { "env": "prod" } }] }"#;

fn document() -> String {
    file("server.json", ACME)
}

fn tokens() -> String {
    let of = |token: &str, whose: &str| format!("{} {whose}\n", hash(token));
    let lines =
        [of("root", "admin"), of("bob", "user:bob"), of("eve", "user:eve"), of("run", "deployment:web/prod")];
    file("server-tokens.txt", &format!("# who may ask what\n{}", lines.concat()))
}

/// A server for everybody on this machine.
fn open(flags: &[&str]) -> Server {
    Server::start(&document(), flags)
}

/// A server that asks for tokens.
fn guarded(flags: &[&str]) -> Server {
    Server::start(&document(), &[&["--tokens", &tokens()], flags].concat())
}

/// The SHA-256 of a token in hexadecimal, as `sha256sum` prints it.
fn hash(token: &str) -> String {
    let known = [
        ("root", "4813494d137e1631bba301d5acab6e7bb7aa74ce1185d456565ef51d737677b2"),
        ("bob", "81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9"),
        ("eve", "85262adf74518bbb70c7cb94cd6159d91669e5a81edf1efebd543eadbda9fa2b"),
        ("run", "acba25512100f80b56fc3ccd14c65be55d94800cda77585c5f41a887e398f9be"),
        ("new", "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437"),
    ];
    known.iter().find(|(it, _)| *it == token).expect("a token whose hash is listed").1.to_owned()
}

fn ask(principal: &str, scope: &str, entity: &str) -> String {
    format!(r#"{{"principal":"{principal}","scope":"{scope}","entity":"{entity}"}}"#)
}

fn with(request: &str, field: &str) -> String {
    request.replace('}', &format!(",{field}}}"))
}

fn zen(kind: &str, id: &str, action: &str) -> String {
    format!(
        r#"{{"subject":{{"type":"{kind}","id":"{id}"}},"action":{{"name":"{action}"}},"resource":{{"type":"stack","id":"acme/web/prod"}}}}"#
    )
}

/// A file in a folder of its own, so that nothing else happens there.
fn own(name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("own-{name}"));
    fs::create_dir_all(&folder).unwrap();
    let (aside, path) = (folder.join("aside"), folder.join(name));
    fs::write(&aside, text).unwrap();
    fs::rename(aside, &path).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The path of a file that is not there.
fn fresh(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&path);
    path.to_str().unwrap().to_owned()
}

fn lines(path: &str) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
