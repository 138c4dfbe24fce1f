//! Documents, catalogs and tokens that take another's place.

use std::fs;

use serde_json::json;

use crate::process::{Run, file};
use crate::server::{ACME, Server};
use crate::shared::{DEV, PROD, ROOT, ask, document, hash, own};

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
fn a_catalog_is_given_along_and_read_again_or_stands_in_the_document() {
    let catalog = |maintain: &str| {
        format!(
            r#"{{ "name": "notes", "defaultRole": "guest",
            "roles": [{{ "id": "owner", "everything": true }}, {{ "id": "guest", "permissionSets": ["read"] }}],
            "entityTypes": [{{ "name": "desk", "path": "organization" }},
              {{ "name": "note", "path": "organization/note", "scopes": [{{ "name": "note:read" }}, {{ "name": "note:write" }}] }}],
            "permissionSets": [{{ "id": "read", "entityType": "note", "scopes": [{maintain}] }}] }}"#
        )
    };
    let of = |catalog: &str| {
        format!(r#"{{ "catalog": {catalog}, "organization": "acme", "members": [{{ "user": "bob" }}] }}"#)
    };
    let effect = |server: &Server| {
        let asked = ask("user:bob", "note:write", "note:acme/todo");
        server.post("/v1/check", &[], &asked).is_ok()["effect"].clone()
    };
    let (reads, writes) = (catalog(r#""note:read""#), catalog(r#""note:read", "note:write""#));
    let beside = own("notes.json", &reads);
    let document = file("server-notes.json", &of(r#""notes""#));
    let server = Server::start(&document, &["--catalog", &beside, "--document-version", "7"]);
    assert_eq!(effect(&server), "deny");
    own("notes.json", &writes);
    server.waits(|| (effect(&server) == "allow").then_some(()));
    assert_eq!(server.get("/health", &[]).is_ok()["documentVersion"], 8);
    own("notes.json", "{}");
    server.waits_to_say("what was read before stays in force: version 8");
    assert_eq!(effect(&server), "allow");

    let server = Server::start(&file("server-own-notes.json", &of(&writes)), &[""; 0]);
    assert_eq!(effect(&server), "allow");
    Run::of(&["serve", &document]).fails("catalog: no catalog `notes` is known", 3);
    Run::of(&["serve", &document, "--catalog", "no-such.json"])
        .fails("error: cannot read `no-such.json`: ", 1);
}

#[test]
fn a_version_that_is_not_given_is_the_time_and_only_goes_up() {
    let path = own("versions.json", ACME);
    let server = Server::start(&path, &[""; 0]);
    let version = || server.get("/health", &[]).is_ok()["documentVersion"].as_u64().unwrap();
    let first = version();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!((now - 3_600..=now).contains(&first), "{first}");
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

#[test]
fn a_token_that_is_taken_away_is_gone_whatever_is_wrong_with_the_document() {
    let (document, tokens) = (own("broken-too.json", ACME), own("tokens-gone.txt", &line("root")));
    let server = Server::start(&document, &["--tokens", &tokens]);
    let status = |token: &str| server.get("/v1/bundle", &[("authorization", token)]).status;
    own("broken-too.json", "{");
    server.waits(|| (server.get("/health", &[]).is_ok()["status"] == "outdated").then_some(()));
    own("tokens-gone.txt", &line("new"));
    server.waits(|| (status(ROOT) == 401).then_some(()));
    assert_eq!(status("Bearer new"), 200, "by the document that was there before");
    own("tokens-gone.txt", "not a token");
    own("broken-too.json", &format!("{ACME} "));
    server.waits_to_say("cannot use the tokens");
    assert_eq!([status("Bearer new"), status("Bearer not a token")], [200, 401]);
}

/// A line of the file of tokens: an administrator's.
fn line(token: &str) -> String {
    format!("{} admin", hash(token))
}
