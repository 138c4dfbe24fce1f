//! `--catalog` as a shell knows it: every command decides by a catalog in a file of its own.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "common/process.rs"]
mod process;

use process::{DONE, Run, file};
use serde_json::Value;

const FAILED: i32 = 1;
const DENY: i32 = 2;
const INVALID: i32 = 3;

const CATALOG: &str = r#"{
  "name": "notes",
  "entityTypes": [
    { "name": "desk", "path": "organization", "scopes": [{ "name": "note:create", "description": "Begin a note" }] },
    { "name": "note", "path": "organization/note", "scopes": [
      { "name": "note:read", "group": "Reading" }, { "name": "note:write", "group": "Writing" } ] } ],
  "permissionSets": [{ "id": "write", "entityType": "note", "includes": ["read"], "scopes": ["note:write"] },
                     { "id": "read", "entityType": "note", "scopes": ["note:read"] }],
  "roles": [{ "id": "owner", "everything": true }, { "id": "guest" }],
  "defaultRole": "guest",
  "settings": [{ "name": "guestsBegin", "entityType": "desk", "scope": "note:create" }],
  "levels": [{ "entityType": "note", "levels": { "read": "read", "write": "write" }, "setting": "everyone" }]
}"#;

const DOCUMENT: &str = r#"{
  "catalog": "notes", "organization": "acme", "settings": { "guestsBegin": true },
  "roles": [{ "id": "editor", "name": "Editor", "rules": [{ "permissionSet": "write", "on": "all" }] }],
  "members": [{ "user": "ann", "role": "owner" },
              { "user": "bob", "grants": [{ "entity": "note:acme/todo", "level": "write" }] }],
  "entities": [{ "entity": "note:acme/todo" }]
}"#;

#[test]
fn every_command_takes_a_catalog_beside_the_document() {
    let asked = ["--principal", "user:bob", "--scope", "note:write", "--entity", "note:acme/todo"];
    run(&["check"], &asked).prints("allow granted\n", DONE);
    run(&["check"], &["--principal", "user:bob", "--scope", "note:read", "--entity", "note:acme/plan"])
        .prints("deny not_granted\n", DENY);
    run(&["scopes"], &["--principal", "user:bob", "--entity", "note:acme/todo"])
        .prints("note:read\nnote:write\n", DONE);
    for (command, flags) in [
        ("explain", &asked[..]),
        ("who-can", &asked[2..]),
        ("entities", &asked[..4]),
        ("lint", &[]),
        ("types", &[]),
        ("validate", &[]),
        ("suggest", &["--need", "note:write@note:*"]),
        ("export", &["--role", "editor", "--as", "tree"]),
    ] {
        let run = run(&[command], flags);
        assert_eq!((run.code, &*run.stderr), (DONE, ""), "{command}: {}", run.stdout);
    }
}

#[test]
fn a_document_that_names_a_catalog_needs_it() {
    let refused = Run::of(&["validate", &document()]);
    let message = "catalog: no catalog `notes` is known: use one of `2025-11`, `2026-04`, `2026-10`, or give it along \
                   [unknown_catalog]\n";
    refused.prints(message, INVALID);
}

#[test]
fn a_file_of_expectations_is_tested_by_it() {
    let tests = r#"{ "tests": [{ "who": "user:bob", "may": "note:write", "on": "note:acme/todo" },
                               { "who": "user:bob", "mayNot": "note:read", "on": "note:acme/plan" }] }"#;
    let tests = file("notes.test.json", tests);
    let run = Run::of(&["test", &tests, "--document", &document(), "--catalog", &catalog(), "--coverage"]);
    assert_eq!(run.code, DONE, "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_catalog_is_listed_and_typed_by_itself() {
    Run::of(&["catalog", "--catalog", &catalog()]).prints(
        "\
Catalog notes, 3 scopes

desk, 1 scope

  note
    note:create  Begin a note
                 roles: owner

note, 2 scopes

  Reading
    note:read
                 roles: owner; sets: write, read

  Writing
    note:write
                 roles: owner; sets: write
",
        DONE,
    );
    let listed: Value = serde_json::from_str(
        &Run::of(&["catalog", "--catalog", &catalog(), "--json", "--type", "note"]).stdout,
    )
    .unwrap();
    assert_eq!(listed["permissionSets"][0]["includes"], serde_json::json!(["read"]));
    let types = Run::of(&["types", "--catalog", &catalog()]).stdout;
    assert!(types.contains("  \"note\":\n    | \"note:read\"\n    | \"note:write\";\n"), "{types}");
}

#[test]
fn a_catalog_that_is_not_valid_is_told_with_its_file() {
    let broken = file("broken-catalog.json", &CATALOG.replace("\"read\"]", "\"raed\"]"));
    let fault = "permissionSets[0].includes[0]: no permission set `raed` is in the catalog: use one of `write`, `read` \
                 [unknown_permission_set]\n";
    Run::of(&["validate", "--catalog", &broken]).prints(fault, INVALID);
    let told = format!("{broken}: {fault}");
    for run in [
        Run::of(&["validate", &document(), "--catalog", &broken]),
        Run::of(&["catalog", "--catalog", &broken]),
        Run::of(&["types", "--catalog", &broken]),
    ] {
        assert_eq!((run.code, &*run.stderr, &*run.stdout), (INVALID, &*told, ""));
    }
    Run::of(&["validate", "--catalog", &catalog()]).prints("", DONE);
}

#[test]
fn a_document_and_its_catalog_come_from_two_places() {
    Run::of(&["validate", "-", "--catalog", "-"]).fails(
        "error: the document and the catalog cannot both be standard input: name a file for one",
        FAILED,
    );
}

fn run(command: &[&str], flags: &[&str]) -> Run {
    let (document, catalog) = (document(), catalog());
    let files = [document.as_str(), "--catalog", catalog.as_str()];
    Run::of(&[command, &files, flags].concat())
}

fn catalog() -> String {
    file("notes.json", CATALOG)
}

fn document() -> String {
    file("notes-acme.json", DOCUMENT)
}
