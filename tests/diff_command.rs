//! `scopewise diff` as a shell runs it: what it prints, and how it exits.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "common/process.rs"]
mod process;

use std::fs;

use process::{DONE, Run, file};
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
  and a part of it for user:bob by it
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
    diff("diff-everything.json", everything, &[]).prints(
        "\
user:alice (gone)
  - every scope (32 scopes) on every environment, which came by role:admin
  - Account Admin (11 scopes) on every insights-account, which came by role:admin
  - every scope (116 scopes) on organization:acme, which came by role:admin
  - every scope (30 scopes) on every stack, which came by role:admin
user:bob
  + organization:billing on organization:acme, by role:billing-manager
  + stack:delete on stack:acme/web/dev, by grant (before: membersCanDeleteStacks is off)
  + stack:rename, stack_access:update on stack:acme/web/dev, by grant
  + stack:transfer on stack:acme/web/dev, by grant (before: membersCanTransferStacks is off)
  - ai_conversations:create, ai_conversations:read, ai_conversations:update and 28 more scopes on organization:acme, \
         which came by role:member
user:dan (new)
  + ai_conversations:create, ai_conversations:read, ai_conversations:update and 35 more scopes on organization:acme, \
         by role:member
deployment:web/dev, deployment:*
  + Stack Read (8 scopes) on stacks that neither document knows, and on other stacks where tag env is not dev, \
         by role:deployer
  + Stack Write (25 scopes) on stack:acme/web/dev but its own, and on other stacks where tag env is dev, \
         by role:deployer
runs deployment:*, deployment:web/dev, started by a push or a schedule, act as role:deployer, before as its own stack
runs deployment:*, deployment:web/dev, started by hand, act as role:deployer, before as whoever starts it
  + Stack Read (8 scopes) on stacks that neither document knows, and on other stacks where tag env is not dev, \
         by role:deployer
  + Stack Write (25 scopes) on stack:acme/web/dev but its own, and on other stacks where tag env is dev, \
         by role:deployer
  + Stack Admin (29 scopes) on its own stack, by own-stack, role:deployer
renamed role deployer: Deployer is now Shipper
5 principals: 118 decisions gained, 250 lost
",
        DONE,
    );
}

// Guards.

#[test]
fn whoever_gains_what_a_guard_names_ends_it_with_no() {
    let guard = ["--guard", "stack:rename@stack:acme/*/dev for user:*"];
    diff("diff-guard.json", admin, &guard).prints(
        "\
guarded stack:rename@stack:acme/*/dev for user:*: user:bob gains stack:rename on stacks that neither document knows, \
         if the tags say so
guarded stack:rename@stack:acme/*/dev for user:*: user:bob gains stack:rename on stack:acme/web/dev, \
         other stacks where tag env is dev
team:platform
  + Stack Admin (4 scopes) on stack:acme/web/dev, and on other stacks where tag env is dev, by role:deployer
  and a part of it for user:bob by it
2 principals: 12 decisions gained, 0 lost
",
        GUARDED,
    );
    assert_eq!(diff("diff-guard-reverse.json", |_| {}, &guard).code, DONE, "nobody gains anything");
    let others = ["--guard", "stack:delete@stack:acme/*/prod for token:*", "--guard", "environment:*"];
    assert_eq!(diff("diff-guard-others.json", admin, &others).code, DONE, "nobody gains just that");
}

#[test]
fn a_file_of_guards_has_one_a_line() {
    let guards = file(
        "guards.txt",
        "# what nobody gains unnoticed\n\nstack:transfer # ever\nstack:rename for user:*\n",
    );
    let told = diff("diff-guards.json", admin, &["--guard", &guards]);
    assert_eq!(told.code, GUARDED, "{told:?}");
    let found: Vec<&str> = told.stdout.lines().filter(|line| line.starts_with("guarded")).collect();
    let lines = [
        "guarded stack:transfer: team:platform gains stack:transfer on stacks that neither document knows, \
         if the tags say so",
        "guarded stack:transfer: team:platform gains stack:transfer on stack:acme/web/dev, \
         other stacks where tag env is dev",
        "guarded stack:rename for user:*: user:bob gains stack:rename on stacks that neither document knows, \
         if the tags say so",
        "guarded stack:rename for user:*: user:bob gains stack:rename on stack:acme/web/dev, \
         other stacks where tag env is dev",
    ];
    assert_eq!(found, lines);
    let wrong = file("guards-wrong.txt", "stack:transfer\n\nstack:delete@\n");
    let error = format!("error: `{wrong}`, line 3: ");
    diff("diff-guards-wrong.json", admin, &["--guard", &wrong]).fails(&error, FAILED);
}

#[test]
fn a_guard_that_would_guard_nothing_is_an_error() {
    let error = "error: the guard `stack:deleet` names no scope that either document knows for such an entity: \
                 correct it\n";
    diff("diff-guard-none.json", admin, &["--guard", "stack:deleet"]).fails(error, FAILED);
}

// For a pull request.

#[test]
fn a_pull_request_is_told_in_markdown() {
    let shape = ["--format", "markdown", "--guard", "stack:rename for user:*"];
    diff("diff-markdown.json", admin, &shape).prints(
        "\
### Access: 2 principals: 12 decisions gained, 0 lost

**Guarded, and gained**

- `stack:rename for user:*`: `user:bob gains stack:rename on stacks that neither document knows, if the tags say so`
- `stack:rename for user:*`: `user:bob gains stack:rename on stack:acme/web/dev, other stacks where tag env is dev`

**`team:platform`**

```diff
+ Stack Admin (4 scopes) on stack:acme/web/dev, and on other stacks where tag env is dev, by role:deployer
```

<details><summary>in full</summary>

- + `Stack Admin`: `stack:delete`, `stack:rename`, `stack:transfer`, `stack_access:update`

</details>

`and a part of it for user:bob by it`
",
        GUARDED,
    );
    diff("diff-markdown-same.json", |_| {}, &["--format", "markdown"])
        .prints("### Access: nothing changes\n", DONE);
}

#[test]
fn no_name_of_a_document_is_markup() {
    let nasty = |document: &mut Value| {
        document["roles"][0]["name"] = json!("``` </details> @everyone\n# Owned \u{1b}[31m");
        document["teams"][0]["name"] = json!("`platform`\n**and more**");
    };
    let told = diff("diff-nasty.json", nasty, &["--format", "markdown"]);
    assert_eq!((told.code, &*told.stderr), (DONE, ""));
    assert!(told.stdout.contains("**``team:`platform`\u{fffd}**and more** (new)``**"), "{}", told.stdout);
    assert!(
        told.stdout.contains("````role deployer: Deployer is now ``` </details> @everyone\u{fffd}"),
        "{}",
        told.stdout
    );
    assert!(!told.stdout.lines().any(|line| line.starts_with("# Owned")), "{}", told.stdout);
    assert!(!told.stdout.contains('\u{1b}'), "{}", told.stdout);
}

#[test]
fn a_comment_holds_what_it_can_and_says_what_it_leaves_out() {
    let crowd = |document: &mut Value| {
        let entity = |number| format!("stack:acme/project-with-a-long-name/stack-{number}");
        let grants = |number: usize| json!([{ "entity": entity(number), "level": "write" }]);
        let members =
            (0..500).map(|number| json!({ "user": format!("user-{number}"), "grants": grants(number) }));
        document["members"] = Value::Array(members.collect());
        document["teams"] = json!([]);
    };
    let told = diff("diff-crowd.json", crowd, &["--format", "markdown"]);
    assert_eq!((told.code, &*told.stderr), (DONE, ""));
    assert!(told.stdout.len() < 65_536, "{} bytes", told.stdout.len());
    let end = told.stdout.trim_end().lines().last().unwrap_or_default();
    assert!(
        end.ends_with(" parts are left out**, for a comment holds no more: `scopewise diff` tells them."),
        "{end}"
    );
}

// For programs.

#[test]
fn json_has_everything() {
    let told = diff("diff-json.json", admin, &["--format", "json"]).json();
    let effects = |after: &str, on: Value| {
        let effect = json!({ "before": "deny", "after": after, "entityType": "stack", "on": on });
        let (mut of_bob, mut of_team) = (effect.clone(), effect);
        of_bob["scopes"] = json!(["stack:rename", "stack_access:update"]);
        of_bob["by"] = json!([["team:platform", "role:deployer"]]);
        of_bob["toldAt"] = json!(["team:platform"]);
        of_team["scopes"] = json!(["stack:delete", "stack:rename", "stack:transfer", "stack_access:update"]);
        of_team["set"] = json!({ "id": "stack-admin", "name": "Stack Admin" });
        of_team["by"] = json!([["role:deployer"]]);
        [of_bob, of_team]
    };
    let [bob_may, team_may] = effects("unknown", json!([{ "other": "stack" }]));
    let tagged = json!({ "other": "stack", "tags": [{ "key": "env", "equals": "dev" }] });
    let [bob, team] = effects("allow", json!(["stack:acme/web/dev", tagged]));
    assert_eq!(
        told,
        json!({
            "changes": [
                { "principals": ["user:bob"], "effects": [bob_may, bob] },
                { "principals": ["team:platform"], "effects": [team_may, team] }],
            "runs": [], "conditions": [], "renamed": [],
            "totals": { "gained": 12, "lost": 0, "principals": 2 },
            "guarded": [] })
    );
}

#[test]
fn guards_speak_in_json_too() {
    let told =
        diff("diff-json-guard.json", admin, &["--format", "json", "--guard", "stack:rename for user:*"]);
    assert_eq!(told.code, GUARDED);
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    let breach = |after: &str, on: Value| {
        json!({ "guard": "stack:rename for user:*", "principals": ["user:bob"], "scopes": ["stack:rename"],
                "on": on, "after": after })
    };
    let tagged = json!({ "other": "stack", "tags": [{ "key": "env", "equals": "dev" }] });
    let known = breach("allow", json!(["stack:acme/web/dev", tagged]));
    let breaches = json!([breach("unknown", json!([{ "other": "stack" }])), known]);
    assert_eq!(told["guarded"], breaches);
}

// What it is given.

#[test]
fn a_document_may_come_from_standard_input() {
    let after = edited("diff-stdin.json", admin);
    let told = Run::with_input(&["diff", "-", &after], document().to_string());
    assert_eq!((told.code, &*told.stderr), (DONE, ""));
    assert!(told.stdout.starts_with("team:platform\n  + Stack Admin (4 scopes)"), "{}", told.stdout);
    let error = "error: the two documents cannot both be standard input: name a file for one\n";
    Run::of(&["diff", "-", "-"]).fails(error, FAILED);
}

#[test]
fn what_is_wrong_with_either_document_is_told() {
    let broken = edited("diff-broken.json", |it| it["members"][1]["role"] = json!("nobody"));
    for documents in [[&*acme(), &broken], [&broken, &acme()]] {
        Run::of(&["diff", documents[0], documents[1]]).fails("members[1].role: ", INVALID);
    }
    Run::of(&["diff", &acme(), "no-such-file.json"])
        .fails("error: cannot read `no-such-file.json`: ", FAILED);
    let other = |it: &mut Value| {
        it["organization"] = json!("other");
        it["entities"] = json!([]);
    };
    let error = "error: `acme` and `other` are two organizations: compare documents of one\n";
    diff("diff-other.json", other, &[]).fails(error, FAILED);
    diff("diff-time.json", |_| {}, &["--at", "today"]).fails("error: ", FAILED);
}

#[test]
fn a_token_that_runs_out_is_told_by_the_time() {
    let with_token = |expires: &str| {
        let token = json!({ "name": "ci", "kind": "organization", "role": "deployer", "expiresAt": expires });
        move |it: &mut Value| it["tokens"] = json!([token])
    };
    let before = edited("diff-token.json", with_token("2026-10-01T00:00:00Z"));
    let after = edited("diff-token-longer.json", with_token("2027-10-01T00:00:00Z"));
    let at = |time| Run::of(&["diff", &before, &after, "--at", time]);
    at("2026-09-30T00:00:00Z").prints("nothing changes\n", DONE);
    at("2026-11-21T00:00:00Z").prints(
        "\
token:ci
  + Stack Read (8 scopes) on stacks that neither document knows, and on other stacks where tag env is not dev, \
         by role:deployer (before: the token is past its end)
  + Stack Write (25 scopes) on stack:acme/web/dev, and on other stacks where tag env is dev, \
         by role:deployer (before: the token is past its end)
1 principal: 50 decisions gained, 0 lost
",
        DONE,
    );
}
