//! Who may ask what, and that nobody else does.

use serde_json::json;

use crate::process::{Run, command, file};
use crate::server::Server;
use crate::shared::{BOB, DEV, PROD, ROOT, ROUTES, ask, document, guarded, hash, open, tokens, with};

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
