//! `scopewise diff` as a shell runs it: what it prints, and how it exits.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "common/process.rs"]
mod process;

use std::fs;

use process::{DONE, Run, command, file};
use serde_json::{Value, json};

const FAILED: i32 = 1;
const GUARDED: i32 = 2;
const INVALID: i32 = 3;

/// The organization of the README.
fn acme() -> String {
    format!("{}/examples/acme.json", env!("CARGO_MANIFEST_DIR"))
}

/// That organization after a change, as a file.
fn edited(name: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut document = document();
    change(&mut document);
    file(name, &document.to_string())
}

fn document() -> Value {
    serde_json::from_str(&fs::read_to_string(acme()).unwrap()).unwrap()
}

fn diff(name: &str, change: impl FnOnce(&mut Value), more: &[&str]) -> Run {
    let after = edited(name, change);
    Run::of(&[&["diff", &acme(), &after], more].concat())
}

fn admin(document: &mut Value) {
    document["roles"][0]["rules"][1]["permissionSet"] = json!("stack-admin");
}

fn everything(document: &mut Value) {
    document["settings"] = json!({ "defaultDeploymentRole": "deployer", "membersCanDeleteStacks": true });
    document["roles"][0]["name"] = json!("Shipper");
    document["members"] = json!([
        { "user": "bob", "role": "billing-manager", "grants": [{ "entity": "stack:acme/web/dev", "level": "admin" }] },
        { "user": "dan" }]);
}

#[test]
fn a_change_is_told_so_that_a_person_can_read_it() {
    diff("diff-admin.json", admin, &[]).prints(
        "\
team:platform
  + Stack Admin (4 scopes) on stack:acme/web/dev, and on other stacks where tag env is dev, by role:deployer
  and so for user:bob by it
2 principals: 12 decisions gained, 0 lost
",
        DONE,
    );
    diff("diff-prod.json", |it| it["roles"][0]["rules"][1]["on"]["tags"][0]["equals"] = json!("prod"), &[]).prints(
        "\
team:platform
  + Stack Write (17 scopes) on other stacks where tag env is prod, by role:deployer
  - Stack Write (17 scopes) on stack:acme/web/dev, and on other stacks where tag env is dev, which came by role:deployer
  and so for user:bob by it
2 principals: 0 decisions gained, 34 lost
",
        DONE,
    );
    diff("diff-same.json", |_| {}, &[]).prints("nothing changes\n", DONE);
}

#[test]
fn everything_that_can_be_told_has_its_words() {
    diff("diff-everything.json", everything, &[]).prints("", DONE);
}
