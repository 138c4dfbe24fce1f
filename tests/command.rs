//! The command as a shell runs it: what it prints where, and how it exits.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

#[path = "common/process.rs"]
mod process;

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Stdio;
use std::thread;

use process::{DONE, Run, Talk, command, file, peak};
use serde_json::{Value, json};

const ALLOW: i32 = 0;
const FAILED: i32 = 1;
const DENY: i32 = 2;
const INVALID: i32 = 3;
const UNKNOWN: i32 = 4;

// One question.

#[test]
fn the_answer_is_the_exit_code() {
    let check = |principal, scope, entity| Run::of(&check(principal, scope, entity));
    check("user:ann", "stack:delete", PROD).prints("allow organization_admin\n", ALLOW);
    check("user:bob", "stack:write", PROD).prints("allow granted\n", ALLOW);
    check("user:bob", "team:delete", "organization:acme").prints("deny not_granted\n", DENY);
    check("user:bob", "environment:open", DEV_KEYS).prints("unknown needs_tags: env, owner\n", UNKNOWN);
    check("user:nobody", "stack:read", PROD).prints("deny unknown_principal\n", DENY);
    check("user:bob", "stack:fly", PROD).prints("deny unknown_scope\n", DENY);
    check("user:bob", "environment:open", PROD).prints("deny wrong_entity_type\n", DENY);
}

#[test]
fn a_malformed_request_is_a_failure_and_no_answer() {
    let parts = [
        ("bob", "stack:read", PROD),
        ("user:", "stack:read", PROD),
        ("user:bob", "read", PROD),
        ("user:bob", "stack:read", "stack:acme/web"),
        ("user:bob", "stack:read", "acme/web/prod"),
        ("deployment:web/prod", "stack:read", PROD),
    ];
    for (principal, scope, entity) in parts {
        Run::of(&check(principal, scope, entity)).fails("error: ", FAILED);
        let scopes = ["scopes", &acme(), "--principal", principal, "--entity", entity];
        if scope.contains(':') {
            Run::of(&scopes).fails("error: ", FAILED);
        }
    }
}

#[test]
fn a_name_that_is_misspelt_is_asked_about_beside_the_answer() {
    let says = |principal, scope, hint: &str| {
        let question = check(principal, scope, PROD);
        let run = Run::of(&question);
        assert_eq!((run.code, &*run.stderr), (DENY, hint), "{principal} {scope}");
        assert!(run.stdout.starts_with("deny unknown_"), "{run:?}");
        let explained = Run::of(&[&["explain".to_owned()], &question[1..]].concat());
        assert_eq!((explained.code, &*explained.stderr), (DENY, hint));
        let json = Run::of(&[&question[..], &["--json".into()]].concat());
        assert_eq!((json.code, &*json.stderr), (DENY, ""), "programs ask nobody what he meant");
    };
    says("user:bob", "stack:wirte", "did you mean `stack:write`?\n");
    says("user:bob", "stacks:delete", "did you mean `stack:delete`?\n");
    says("user:bbo", "stack:read", "did you mean `user:bob`?\n");
    says("user:platform", "stack:read", "did you mean `team:platform`?\n");
    says("user:bbo", "stack:wirte", "did you mean `user:bob`?\ndid you mean `stack:write`?\n");
    says("user:nobody", "stack:read", "");
    says("user:bob", "stack:fly", "");
    let who = Run::of(&["who-can", &acme(), "--scope", "stack:wirte", "--entity", PROD]);
    assert_eq!((who.code, &*who.stderr), (DONE, "did you mean `stack:write`?\n"));
    let scopes = Run::of(&["scopes", &acme(), "--principal", "user:bbo", "--entity", PROD]);
    assert_eq!((&*scopes.stdout, &*scopes.stderr), ("", "did you mean `user:bob`?\n"));
}

#[test]
fn json_is_the_decision_on_one_line() {
    let json = |principal, scope, entity| {
        Run::of(&[&check(principal, scope, entity)[..], &["--json".into()]].concat())
    };
    json("user:bob", "stack:write", PROD).prints("{\"effect\":\"allow\",\"reason\":\"granted\"}\n", ALLOW);
    json("user:bob", "environment:open", DEV_KEYS).prints(
        "{\"effect\":\"unknown\",\"reason\":\"needs_tags\",\"needs\":[\"env\",\"owner\"]}\n",
        UNKNOWN,
    );
    json("user:bob", "environment:open", "environment:acme/web/limited")
        .prints("{\"effect\":\"allow\",\"reason\":\"granted\",\"maxOpenSeconds\":3600}\n", ALLOW);
}

#[test]
fn tags_replace_those_of_the_document() {
    let open = |tags: &[&str]| {
        let mut args = check("user:bob", "environment:open", DEV_KEYS);
        args.extend(tags.iter().flat_map(|tag| ["--tag".to_owned(), (*tag).to_owned()]));
        Run::of(&args)
    };
    open(&["env=dev", "owner=bob"]).prints("allow granted\n", ALLOW);
    open(&["env=dev", "owner="]).prints("allow granted\n", ALLOW);
    open(&["env=dev"]).prints("deny not_granted\n", DENY);
    open(&["env=a=b", "owner=bob"]).prints("deny not_granted\n", DENY);
    open(&["env"]).fails("error: `env` is no tag", FAILED);
    open(&["env=dev", "env=prod"]).fails("error: the tag `env` is given twice", FAILED);
}

#[test]
fn a_time_decides_about_a_token() {
    let at = |time: &[&str]| {
        let mut args = check("token:ci", "stack:read", PROD);
        args.extend(time.iter().map(|it| (*it).to_owned()));
        Run::of(&args)
    };
    at(&["--at", "2030-12-31T23:59:59Z"]).prints("allow organization_admin\n", ALLOW);
    at(&["--at", "2031-01-01T00:30:00+01:00"]).prints("allow organization_admin\n", ALLOW);
    at(&["--at", "2031-01-01T00:00:00Z"]).prints("deny token_expired\n", DENY);
    at(&["--at", "yesterday"]).fails("error: `yesterday` is no date", FAILED);
    at(&["--at", "2031-01-01"]).fails("error: `2031-01-01` is no date", FAILED);
}

#[test]
fn a_request_without_a_time_is_asked_now() {
    Run::of(&check("token:old", "stack:read", PROD)).prints("deny token_expired\n", DENY);
    Run::of(&check("token:young", "stack:read", PROD)).prints("allow organization_admin\n", ALLOW);
}

#[test]
fn a_trigger_tells_whom_a_run_acts_as() {
    let run = |trigger: &str| {
        let mut args = check("deployment:web/prod", "stack:delete", PROD);
        args.extend(["--trigger".to_owned(), trigger.to_owned()]);
        Run::of(&args)
    };
    run("git-push").prints("allow granted\n", ALLOW);
    run("rest:user:ann").prints("allow organization_admin\n", ALLOW);
    run("console:user:bob").prints("deny setting_off\n", DENY);
    run("rest").fails("error: `rest` is no trigger: write `rest:user:LOGIN`\n", FAILED);
    run("rest:bob").fails("error: `rest:bob` is no trigger: write `rest:user:LOGIN`\n", FAILED);
    run("schedule:user:bob").fails("error: `schedule:user:bob` is no trigger: write `schedule`\n", FAILED);
    run("magic").fails("error: no trigger `magic` is known", FAILED);
}

#[test]
fn scopes_are_listed_one_a_line() {
    let scopes = |principal: &str, entity: &str, more: &[&str]| {
        let acme = acme();
        Run::of(&[&["scopes", &acme, "--principal", principal, "--entity", entity], more].concat())
    };
    let limited = "environment:acme/web/limited";
    scopes("user:bob", limited, &[]).prints("environment:open\nenvironment:read\n", DONE);
    scopes("user:bob", limited, &["--json"]).prints("[\"environment:open\",\"environment:read\"]\n", DONE);
    scopes("user:nobody", limited, &[]).prints("", DONE);
    scopes("user:nobody", limited, &["--json"]).prints("[]\n", DONE);
    let tagged = scopes("user:bob", DEV_KEYS, &["--tag", "env=dev", "--tag", "owner=bob"]);
    assert!(tagged.stdout.lines().any(|scope| scope == "environment:open"), "{}", tagged.stdout);
    assert_eq!(tagged.code, DONE);
}

#[test]
fn an_explanation_is_told_in_words_and_without_colour_where_nobody_sees_it() {
    let explain = |scope: &str, entity: &str| {
        let acme = acme();
        Run::of(&["explain", &acme, "--principal", "user:bob", "--scope", scope, "--entity", entity])
    };
    explain("stack:write", PROD).prints(
        "\
allow: user:bob may stack:write on stack:acme/web/prod
  a role, a team or a direct grant gives it
granted by
  team:platform > role:deployer > permission-set:stack-write, everywhere
  team:platform > permission-set:stack-admin, on stack:acme/web/prod
by the rules
  TE-2  documented
  RO-10  documented
  TE-1  documented
",
        ALLOW,
    );
    explain("environment:open", DEV_KEYS).prints(
        "\
unknown: user:bob may or may not environment:open on environment:acme/dev/keys
  a grant rests on tags of the entity that are not known
would be granted by
  team:platform > role:deployer > permission-set:environment-open, where tag env is dev and tag owner is there, \
         if the tags say so
rests on the tags
  env  (say --tag env=VALUE)
  owner  (say --tag owner=VALUE)
by the rules
  TE-2  documented
  RO-11  documented
  AB-4  documented
what would allow it (pairs of scope and entity)
  grant `user:bob` the permission set `environment-open` on `environment:acme/dev/keys`  (+8)
  raise the setting `defaultEnvironmentPermission` to `open`  (+14)
  give the tags of `environment:acme/dev/keys`: `env` is `dev`, `owner` is any value that no rule names, such as \
         `any`  (+16)
  give `user:bob` the role `admin` in place of `member`  (+143)
",
        UNKNOWN,
    );
    explain("stack:delete", PROD).prints(
        "\
deny: user:bob may not stack:delete on stack:acme/web/prod
  it is granted, but a setting that must also be on is off
would be granted by
  team:platform > permission-set:stack-admin, on stack:acme/web/prod
blocked by
  the setting membersCanDeleteStacks, which is off
by the rules
  TE-1  documented
  OS-14  documented
what would allow it (pairs of scope and entity)
  turn on the setting `membersCanDeleteStacks`  (+1)
  give `user:bob` the role `deployer` in place of `member`  (+2, -38)
  give `user:bob` the role `opener` in place of `member`  (+2, -38)
",
        DENY,
    );
}

#[test]
fn an_explanation_of_a_run_says_whom_it_acts_as() {
    let acme = acme();
    let question =
        ["explain", &acme, "--principal", "deployment:web/prod", "--scope", "stack:read", "--entity", PROD];
    let told = Run::of(&[&question[..], &["--trigger", "rest:user:ann"]].concat());
    assert!(told.stdout.contains("\nacts as\n  user:ann\n"), "{}", told.stdout);
    let json = Run::of(&[&question[..], &["--trigger", "rest:user:ann", "--json"]].concat());
    let value: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.code, &value["actsAs"], &value["effect"]), (ALLOW, &json!("user:ann"), &json!("allow")));
    assert_eq!(value["grants"][0]["via"], json!(["role:admin"]));
}

#[test]
fn colour_is_there_where_it_is_asked_for() {
    let args = check("user:bob", "stack:write", PROD);
    let output = command(&args).env("CLICOLOR_FORCE", "1").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\u{1b}[") && text.contains("allow"), "{text:?}");
}

// Flags and files.

#[test]
fn names_of_a_document_leave_the_terminal_as_it_is() {
    let evil = "a\u{1b}]0;b\u{7}\u{9b}\nallow";
    let document = file("evil.json", &evil_document(evil).to_string());
    let (stack, run) = (format!("stack:acme/web/{evil}"), format!("web/{evil}"));
    let (bob, named) = (["--principal", "user:bob"], format!("user:{evil}"));
    let record = json!({ "at": "2026-11-20T00:00:00Z", "principal": "user:bob", "scope": "stack:read",
        "entity": stack, "effect": "allow" });
    let log = file("evil.jsonl", &record.to_string());
    let need = format!("stack:delete@{stack}");
    let asked = ["--scope", "stack:write", "--entity", &stack];
    let commands: [(&str, &[&[&str]]); 13] = [
        ("check", &[&bob, &["--scope", "stack:write", "--entity", "stack:acme/web/dev"]]),
        ("check", &[&["--principal", evil], &asked]),
        ("explain", &[&bob, &asked]),
        ("who-can", &[&asked]),
        ("entities", &[&bob]),
        ("scopes", &[&["--principal", &named, "--type", "stack"]]),
        ("preflight", &[&["--stack", &run, "--trigger", "git-push"]]),
        ("suggest", &[&["--need", &need, "--name", evil]]),
        ("suggest", &[&["--for-deployment", &run]]),
        ("suggest", &[&bob, &["--log", &log]]),
        ("types", &[&["--entities"]]),
        ("lint", &[]),
        ("export", &[&["--role", evil, "--as", "tree"]]),
    ];
    for (command, flags) in commands {
        let run = Run::of(&[&[command, &*document], &*flags.concat()].concat());
        let written = format!("{}{}", run.stdout, run.stderr);
        assert!(!written.contains(|it: char| it.is_control() && it != '\n'), "{command}: {written:?}");
        assert!(!written.lines().any(|line| line.starts_with("allow")), "{command}: {written}");
        let escaped = ["b\\u{7}", "a\\u{1b}", "a\\u001b", "a\u{fffd}"];
        assert!(escaped.iter().any(|it| written.contains(it)), "{command}: {written}");
    }
}

/// A document with that name wherever one of its own choice may stand.
fn evil_document(evil: &str) -> Value {
    let [stack, environment, base] =
        ["stack:acme/web/", "environment:acme/default/", "environment:acme/base/"]
            .map(|start| format!("{start}{evil}"));
    let deployment = json!({ "accessToken": format!("token:{evil}") });
    let rules = json!([{ "permissionSet": "stack-write", "on": { "tags": [{ "key": evil, "equals": evil }] } },
        { "permissionSet": "stack-read", "on": [stack] }]);
    json!({ "revision": "2026-10", "organization": "acme",
        "settings": { "defaultStackPermission": "none" },
        "roles": [{ "id": evil, "name": evil, "rules": rules }],
        "teams": [{ "name": evil, "roles": [evil], "members": [{ "user": "bob" }] }],
        "members": [{ "user": "bob" }, { "user": evil }],
        "tokens": [{ "name": evil, "kind": "organization", "role": evil }],
        "entities": [
            { "entity": stack, "environments": [environment], "stackReferences": [stack], "deployment": deployment },
            { "entity": environment, "imports": [base] }, { "entity": base, "imports": [environment] }] })
}

#[test]
fn help_and_version_are_answers() {
    for args in [&["--help"][..], &["help"], &["check", "--help"], &["catalog", "-h"]] {
        let run = Run::of(args);
        assert!(
            run.code == DONE && run.stdout.contains("Usage:") && run.stderr.is_empty(),
            "{args:?}: {run:?}"
        );
    }
    Run::of(&["--version"]).prints(concat!("scopewise ", env!("CARGO_PKG_VERSION"), "\n"), DONE);
}

#[test]
fn bad_flags_are_a_failure_and_no_deny() {
    let acme = acme();
    let bad = [
        &[][..],
        &["fly"],
        &["check"],
        &["check", &acme],
        &["check", &acme, "--principal", "user:bob"],
        &["check", &acme, "--principal"],
        &["check", &acme, "--requests", "-", "--json"],
        &["check", &acme, "--requests", "-", "--principal", "user:bob"],
        &["check", &acme, "--colour"],
        &["scopes", &acme],
        &["explain", &acme, "--requests", "-"],
        &["validate"],
        &["validate", &acme, &acme],
        &["export", &acme, "--role", "deployer"],
        &["export", &acme, "--as", "tree"],
        &["export", &acme, "--role", "deployer", "--as", "bush"],
        &["catalog", "extra"],
    ];
    for args in bad {
        let run = Run::of(args);
        assert!(run.code == FAILED && run.stdout.is_empty() && !run.stderr.is_empty(), "{args:?}: {run:?}");
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let missing = &check_in("no-such-file.json", "user:bob", "stack:read", PROD);
    Run::of(missing).fails("error: cannot read `no-such-file.json`: ", FAILED);
    Run::of(&["validate", "no-such-file.json"]).fails("error: cannot read `no-such-file.json`: ", FAILED);
    Run::of(&["validate", env!("CARGO_MANIFEST_DIR")]).fails("error: cannot read `", FAILED);
    let requests = ["check", &acme(), "--requests", "no-such-file.jsonl"];
    Run::of(&requests).fails("error: cannot read `no-such-file.jsonl`: ", FAILED);
}

#[test]
fn a_document_comes_from_standard_input() {
    let question = &check_in("-", "user:bob", "stack:write", PROD);
    Run::with_input(question, ACME).prints("allow granted\n", ALLOW);
    Run::with_input(question, "{").fails("line 1, column 2: ", INVALID);
    Run::with_input(&["validate", "-"], ACME).prints("", DONE);
    Run::with_input(&["scopes", "-", "--principal", "user:nobody", "--entity", PROD], ACME).prints("", DONE);
    let requests = file("stdin-document.jsonl", &request("user:bob", "stack:read", PROD));
    Run::with_input(&["check", "-", "--requests", &requests], ACME)
        .prints("{\"effect\":\"allow\",\"reason\":\"granted\"}\n", DONE);
}

#[test]
fn an_invalid_document_tells_its_problems_on_standard_error() {
    let broken = file("broken.json", "{ \"revision\": \"2026-10\" }");
    let told = "organization: ";
    Run::of(&check_in(&broken, "user:bob", "stack:read", PROD)).fails(told, INVALID);
    Run::of(&["scopes", &broken, "--principal", "user:bob", "--entity", PROD]).fails(told, INVALID);
    Run::of(&["check", &broken, "--requests", "-"]).fails(told, INVALID);
    let args = ["explain", &broken, "--principal", "user:bob", "--scope", "stack:read", "--entity", PROD];
    Run::of(&args).fails(told, INVALID);
}

// A deployment before it runs.

#[test]
fn a_preflight_is_a_table_and_its_exit_code_is_the_answer() {
    let run = preflight(&["--stack", "web/prod", "--trigger", "console:user:bob"]);
    let expected = "\
deny: a deployment of web/prod, started by console, may not do all that it needs
  acts as user:bob
needs
  its stack        stack:acme/web/prod            stack:write       allow
  stack reference  stack:acme/net/prod            stack:read        allow
  environment      environment:acme/default/aws   environment:open  allow
  import           environment:acme/default/base  environment:open  deny     \
nothing gives it (DP-17); imported by environment:acme/default/aws
imports in a ring
  environment:acme/default/aws > environment:acme/default/base > environment:acme/default/aws
what would allow it (pairs of scope and entity)
  environment:open on environment:acme/default/base
    grant `user:bob` the permission set `environment-open` on `environment:acme/default/base`  (+8)
    raise the setting `defaultEnvironmentPermission` to `open`  (+8)
    give `user:bob` the role `admin` in place of `member`  (+139)
    and 2 more that add as much or more: --json tells them
";
    run.prints(expected, DENY);
    let ann = ["--stack", "web/prod", "--trigger", "rest:user:ann"];
    let allowed = preflight(&ann);
    assert!(allowed.stdout.starts_with("allow: a deployment of web/prod, started by rest, may do all"));
    assert_eq!((allowed.code, &*allowed.stderr), (ALLOW, ""));
    assert!(!allowed.stdout.contains('\u{1b}'), "no colour where nobody sees it");
}

#[test]
fn a_preflight_is_written_as_json() {
    let run = preflight(&["--stack", "web/prod", "--trigger", "git-push", "--json"]);
    assert_eq!((run.code, run.stdout.lines().count()), (DENY, 1));
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["actsAs"], "stack-token:web/prod");
    assert_eq!((&report["allowed"], report["rows"].as_array().unwrap().len()), (&json!(false), 4));
    assert_eq!(report["rows"][3]["via"], json!(["environment:acme/default/aws"]));
    assert!(
        report["rows"][0]["explanation"].get("remedies").is_none(),
        "nothing helps where nothing is amiss"
    );
    assert_eq!(report["rows"][1]["explanation"]["remedies"][0]["kind"], "set_deployment_role");
}

#[test]
fn the_flags_of_a_preflight_replace_what_the_document_lists() {
    let needs = |more: &[&str]| needs(&[&["--stack", "web/prod", "--trigger", "git-push"], more].concat());
    let aws = ["environment:acme/default/aws", "environment:acme/default/base"];
    assert_eq!(needs(&["--stack-reference", "a/b"]), [&["stack:acme/a/b"], &aws[..]].concat());
    assert_eq!(
        needs(&["--environment", "solo@2", "--environment", "p/e"]),
        ["stack:acme/net/prod", "environment:acme/default/solo", "environment:acme/p/e"]
    );
}

#[test]
fn a_preflight_that_cannot_be_asked_fails() {
    let fails = |args: &[&str], start: &str| preflight(args).fails(start, FAILED);
    fails(
        &["--stack", "prod", "--trigger", "git-push"],
        "error: `prod` is no `stack` of the organization `acme`: write `PROJECT/STACK`\n",
    );
    fails(&["--stack", "web/prod", "--trigger", "magic"], "error: no trigger `magic` is known");
    fails(
        &["--stack", "web/prod", "--trigger", "rest"],
        "error: `rest` is no trigger: write `rest:user:LOGIN`\n",
    );
    fails(&["--stack", "web/prod", "--trigger", "git-push", "--at", "soon"], "error: `soon` is no date");
    fails(&["--stack", "web/prod"], "error: the following required arguments");
    let args = ["preflight", "-", "--stack", "web/prod", "--trigger", "git-push"];
    Run::with_input(&args, "{}").fails("organization: ", INVALID);
}

#[test]
fn a_preflight_asks_at_its_time() {
    let at = |time: &str| {
        let document = file("flight-at.json", FLIGHT_WITH_TOKEN);
        Run::of(&["preflight", &document, "--stack", "web/prod", "--trigger", "schedule", "--at", time]).code
    };
    assert_eq!((at("2026-12-31T23:59:59Z"), at("2027-01-01T00:00:00Z")), (ALLOW, DENY));
}

#[test]
fn the_files_of_a_project_say_which_environments_a_stack_opens() {
    let project = project(
        "listed",
        &[
            ("Pulumi.yaml", "name: web\nruntime: nodejs\n"),
            (
                "Pulumi.prod.yaml",
                "environment:\n  - aws\n  - keys/prod@7\n  - more: { merge: false }\nconfig:\n  web:a: 1\n",
            ),
        ],
    );
    let stack = |stack: &str| needs(&["--stack", stack, "--trigger", "git-push", "--project-dir", &project]);
    let expected = [
        "stack:acme/net/prod",
        "environment:acme/default/aws",
        "environment:acme/default/base",
        "environment:acme/keys/prod",
        "environment:acme/default/more",
    ];
    for name in ["prod", "web/prod", "acme/web/prod", "stack:acme/web/prod"] {
        assert_eq!(stack(name), expected);
    }
}

#[test]
fn a_project_may_define_its_environment_in_place_and_keep_its_files_aside() {
    let defined = "environment:\n  imports:\n    - a/b\n  values:\n    x: 1\n";
    let project = project(
        "aside",
        &[
            ("Pulumi.yml", "name: web\nstackConfigDir: stacks\n"),
            ("stacks/Pulumi.prod.yml", defined),
            ("stacks/Pulumi.bare.yaml", ""),
        ],
    );
    let stack = |stack: &str| needs(&["--stack", stack, "--trigger", "git-push", "--project-dir", &project]);
    assert_eq!(stack("prod"), ["stack:acme/net/prod", "environment:acme/a/b"]);
    assert_eq!(stack("bare"), [""; 0], "a configuration that lists nothing opens nothing");
}

#[test]
fn pre_run_commands_open_environments() {
    let deploy = r#"
settings:
  operationContext:
    preRunCommands:
      - pulumi env run tools/ci -- npm ci
      - "cd app && pulumi env run -i --lifetime 2h acme/tools/far -- make; pulumi env run solo -- echo"
      - sh -c 'pulumi env run --env=tools/flag -- pulumi env run --env tools/inner -- ls'
      - echo pulumi env
      - pulumi env run -- nothing
"#;
    let files = [
        ("Pulumi.yaml", "name: web"),
        ("Pulumi.prod.yaml", "environment: [keys/prod]"),
        ("Pulumi.prod.deploy.yaml", deploy),
    ];
    let project = project("commands", &files);
    let args =
        ["--stack", "prod", "--trigger", "git-push", "--project-dir", &project, "--environment", "own"];
    let names =
        ["keys/prod", "tools/ci", "tools/far", "default/solo", "tools/flag", "tools/inner", "default/own"];
    let environments = names.map(|name| format!("environment:acme/{name}"));
    assert_eq!(needs(&args), [&["stack:acme/net/prod".to_owned()], &environments[..]].concat());
}

#[test]
fn a_project_that_cannot_be_read_is_a_failure() {
    let broken = project(
        "broken",
        &[
            ("Pulumi.yaml", "name: web"),
            ("Pulumi.open.yaml", "secret: hush\nenvironment: [a"),
            ("Pulumi.number.yaml", "environment: 3"),
            ("Pulumi.item.yaml", "environment: [[a]]"),
        ],
    );
    let says = |stack: &str, folder: &str| {
        let run = preflight(&["--stack", stack, "--trigger", "git-push", "--project-dir", folder]);
        run.fails("error: ", FAILED);
        assert!(!run.stderr.contains("hush"), "{}", run.stderr);
        run.stderr
    };
    assert!(says("open", &broken).contains("Pulumi.open.yaml`: "));
    assert!(
        says("number", &broken).contains("a list of environments, or an object with `imports`, is wanted")
    );
    assert!(says("item", &broken).contains("Pulumi.item.yaml`: "));
    assert!(says("gone", &broken).contains("Pulumi.gone.yaml`: "));
    assert!(says("prod", &format!("{broken}/nowhere")).contains("Pulumi.yaml`: "));
    assert!(says("net/prod", &broken).contains("`net/prod` is no stack of the project `web`"));
}

// Validation.

#[test]
fn a_valid_document_prints_nothing() {
    Run::of(&["validate", &acme()]).prints("", DONE);
}

#[test]
fn every_problem_is_a_line_with_its_path_and_its_code() {
    let document = file("ten-faults.json", TEN_FAULTS);
    let run = Run::of(&["validate", &document]);
    let expected = [
        "entities[0].creator: … [malformed_principal]",
        "entities[0].entity: … [other_organization]",
        "members[1].user: … [duplicate]",
        "members[2].role: … [unknown_role]",
        "permissionSets[0].scopes[1]: … [unknown_scope]",
        "roles[0].rules[0].onn: … [unknown_field]",
        "roles[0].rules[0].on: … [missing_field]",
        "settings.tokenMaxLifetimeDays: … [out_of_range]",
        "teams[0].name: … [empty]",
        "tokens[0].expiresAt: … [malformed_date]",
    ];
    let mut found: Vec<String> = run.stdout.lines().map(without_sentence).collect();
    let mut expected = expected.map(str::to_owned).to_vec();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "{}", run.stdout);
    assert_eq!((run.code, &*run.stderr), (INVALID, ""));
}

#[test]
fn problems_stand_in_the_order_of_their_places() {
    let members: Vec<Value> = (0..12).map(|_| json!({ "user": "" })).collect();
    let document = json!({ "revision": "2026-10", "organization": "acme", "members": members });
    let run = Run::of(&["validate", &file("twelve.json", &document.to_string())]);
    let places: Vec<&str> = run.stdout.lines().map(|line| line.split(':').next().unwrap()).collect();
    let expected: Vec<String> = (0..12).map(|number| format!("members[{number}].user")).collect();
    assert_eq!(places, expected);
}

#[test]
fn faults_of_the_text_have_a_line_and_a_column() {
    let validate = |text: &[u8]| {
        let run = Run::with_input(&["validate", "-"], text);
        assert_eq!((run.code, &*run.stderr), (INVALID, ""), "{run:?}");
        run.stdout.lines().map(without_sentence).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(validate(b""), "line 1, column 1: … [invalid_json]");
    assert_eq!(validate(b"{\n  \"revision\": nope\n}"), "line 2, column 15: … [invalid_json]");
    assert_eq!(validate(b"{\"a\":1,\n\"a\":2}"), "line 2, column 1: … [duplicate_key]");
    assert_eq!(validate(b"{\n\"revision\": \"\xFF\"}"), "line 2, column 14: … [invalid_utf8]");
}

// Many questions.

#[test]
fn every_line_has_its_answer_in_order() {
    let granted = "{\"effect\":\"allow\",\"reason\":\"granted\"}";
    let lines = [
        (request("user:bob", "stack:write", PROD), granted),
        (
            request("user:bob", "environment:open", DEV_KEYS),
            "{\"effect\":\"unknown\",\"reason\":\"needs_tags\",\"needs\":[\"env\",\"owner\"]}",
        ),
        (String::new(), "error"),
        ("nonsense".to_owned(), "error"),
        ("   ".to_owned(), "error"),
        ("[]".to_owned(), "error"),
        ("{\"principal\":\"user:bob\"}".to_owned(), "error"),
        (request("bob", "stack:write", PROD), "error"),
        (format!("{} x", request("user:bob", "stack:write", PROD)), "error"),
        (
            request("user:nobody", "stack:write", PROD),
            "{\"effect\":\"deny\",\"reason\":\"unknown_principal\"}",
        ),
        (
            with(&request("token:ci", "stack:read", PROD), "\"at\":\"2031-01-01T00:00:00Z\""),
            "{\"effect\":\"deny\",\"reason\":\"token_expired\"}",
        ),
        (
            with(
                &request("deployment:web/prod", "stack:delete", PROD),
                "\"trigger\":{\"kind\":\"git-push\"}",
            ),
            granted,
        ),
        (
            with(
                &request("user:bob", "environment:open", DEV_KEYS),
                "\"tags\":{\"env\":\"dev\",\"owner\":\"\"}",
            ),
            granted,
        ),
    ];
    let text = lines.each_ref().map(|(line, _)| &**line).join("\n");
    let expected: Vec<&str> = lines.iter().map(|(_, answer)| *answer).collect();
    let from_file = Run::of(&["check", &acme(), "--requests", &file("lines.jsonl", &text)]);
    let from_input = Run::with_input(&["check", &acme(), "--requests", "-"], &text);
    for run in [from_file, from_input] {
        assert_eq!((run.code, &*run.stderr), (DONE, ""));
        assert_eq!(answers(&run.stdout), expected, "{}", run.stdout);
    }
}

#[test]
fn line_ends_may_be_of_any_kind() {
    let line = request("user:bob", "stack:write", PROD);
    let answers =
        |text: String| answers(&Run::with_input(&["check", &acme(), "--requests", "-"], text).stdout).len();
    assert_eq!(answers(format!("{line}\r\n{line}\r\n")), 2);
    assert_eq!(answers(format!("{line}\n{line}")), 2);
    assert_eq!(answers(format!("{line}\n\n")), 2);
    assert_eq!(answers("\n".to_owned()), 1);
    assert_eq!(answers(String::new()), 0);
}

#[test]
fn bytes_that_are_no_text_are_an_error_at_their_line() {
    let line = request("user:bob", "stack:write", PROD);
    let text = [line.as_bytes(), b"\n\xFF\xFE\n{\"principal\":\"\xC3\"}\n\0\n", line.as_bytes()].concat();
    let run = Run::with_input(&["check", &acme(), "--requests", "-"], text);
    let granted = "{\"effect\":\"allow\",\"reason\":\"granted\"}";
    assert_eq!(answers(&run.stdout), [granted, "error", "error", "error", granted]);
}

#[test]
fn a_line_of_a_million_bytes_is_answered_and_a_longer_one_is_told() {
    let line = request("user:bob", "stack:write", PROD);
    let of = |length: usize| format!("{line}{}", " ".repeat(length - line.len()));
    let text = format!("{}\n{}\n{line}\n{}", of(1_000_000), of(1_000_001), of(5_000_000));
    let run = Run::with_input(&["check", &acme(), "--requests", "-"], text);
    let granted = "{\"effect\":\"allow\",\"reason\":\"granted\"}";
    assert_eq!(answers(&run.stdout), [granted, "error", granted, "error"]);
    assert!(
        run.stdout.contains("\"the line has 1000001 bytes: at most 1000000 are read\""),
        "{}",
        run.stdout
    );
}

#[test]
fn standard_input_is_the_document_or_the_requests() {
    Run::with_input(&["check", "-", "--requests", "-"], ACME)
        .fails("error: the document and the requests", FAILED);
}

#[test]
fn an_answer_comes_before_the_next_question() {
    let mut talk = Talk::begin(&acme());
    for _ in 0..3 {
        talk.say(&request("user:bob", "stack:write", PROD));
        assert_eq!(talk.hear(), "{\"effect\":\"allow\",\"reason\":\"granted\"}");
        talk.say("nonsense");
        assert!(talk.hear().starts_with("{\"error\":"));
    }
    talk.end();
}

#[test]
fn a_stream_of_requests_takes_no_more_memory_than_a_few() {
    let mut talk = Talk::begin(&acme());
    let count = 200_000;
    let mut say = talk.stdin.take().unwrap();
    let writer = thread::spawn(move || {
        for number in 0..count {
            writeln!(say, "{}", generated(number)).unwrap();
        }
        let part = vec![b'x'; 1 << 16];
        (0..1_000).for_each(|_| say.write_all(&part).unwrap());
        writeln!(say).unwrap();
        say
    });
    for number in 0..count {
        let answer = talk.hear();
        assert!(answer.starts_with("{\"effect\":"), "{number}: {answer}");
    }
    assert_eq!(talk.hear(), "{\"error\":\"the line has 65536000 bytes: at most 1000000 are read\"}");
    talk.stdin = Some(writer.join().unwrap());
    if let Some(kilobytes) = peak(talk.child.id()) {
        assert!(kilobytes < 60_000, "{kilobytes} kB at the most");
    }
    talk.end();
}

#[test]
fn whoever_stops_reading_is_told_nothing() {
    let lines: Vec<String> = (0..100_000).map(generated).collect();
    let requests = file("many.jsonl", &lines.join("\n"));
    let acme = acme();
    let runs = [&["check", &acme, "--requests", &requests][..], &["catalog", "--json"], &["check", "--help"]];
    for args in runs {
        let mut child =
            command(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 1];
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut first).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
        assert_eq!(output.status.code(), Some(DONE), "{args:?}");
    }
}

#[test]
fn the_exit_code_is_the_answer_though_nobody_reads_it() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let args = check("user:bob", "team:delete", "organization:acme");
    let output = command(&args).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!((output.status.code(), &*String::from_utf8_lossy(&output.stderr)), (Some(DENY), ""));
}

// The catalog.

#[test]
fn the_catalog_has_the_documented_number_of_scopes() {
    let revisions =
        [("2025-11", [31, 29, 12, 102]), ("2026-04", [29, 27, 11, 102]), ("2026-10", [30, 32, 11, 116])];
    for (revision, counts) in revisions {
        let names = ["stack", "environment", "insights-account", "organization"];
        let json = Run::of(&["catalog", "--revision", revision, "--json"]).json();
        let words = Run::of(&["catalog", "--revision", revision]).stdout;
        assert!(
            words.starts_with(&format!("Revision {revision}, {} scopes\n", counts.iter().sum::<usize>()))
        );
        assert_eq!(json["revision"], revision);
        for ((name, count), listed) in names.iter().zip(counts).zip(json["entityTypes"].as_array().unwrap()) {
            assert_eq!((&listed["name"], scopes_in(listed)), (&json!(name), count), "{revision}");
            assert!(words.contains(&format!("\n{name}, {count} scopes\n")), "{revision} {name}");
        }
    }
}

#[test]
fn the_newest_catalog_is_the_one_without_a_name() {
    assert_eq!(Run::of(&["catalog"]).stdout, Run::of(&["catalog", "--revision", "2026-10"]).stdout);
}

#[test]
fn a_scope_is_listed_with_what_it_allows_and_who_has_it() {
    let words = Run::of(&["catalog", "--type", "stack"]).stdout;
    let at = words.find("    stack:delete ").expect("a row for stack:delete");
    let row: Vec<&str> = words[at..].lines().take(2).map(str::trim).collect();
    assert!(row[0].split_whitespace().count() > 3, "no description: {row:?}");
    assert_eq!(row[1], "roles: admin; sets: stack-admin");
}

#[test]
fn the_catalog_is_narrowed_to_a_type_and_a_set() {
    let count = |args: &[&str]| {
        let json = Run::of(&[&["catalog", "--json"], args].concat()).json();
        json["entityTypes"].as_array().unwrap().iter().map(scopes_in).sum::<usize>()
    };
    assert_eq!(count(&["--type", "environment"]), 32);
    assert_eq!(count(&["--set", "stack-read"]), 8);
    assert_eq!(count(&["--set", "Stack Read"]), 8);
    assert_eq!(count(&["--set", "stack-read", "--revision", "2025-11"]), 9);
    assert_eq!(count(&["--set", "org-settings-standard"]), 35);
}

#[test]
fn what_the_catalog_does_not_have_is_told_with_what_it_has() {
    let told = |args: &[&str], sentence: &str| {
        Run::of(&[&["catalog"], args].concat()).fails(&format!("error: {sentence}"), FAILED);
    };
    told(
        &["--revision", "2020-01"],
        "no revision `2020-01` is known: use one of `2025-11`, `2026-04`, `2026-10`",
    );
    told(&["--type", "planet"], "no entity type `planet` is known: use one of `stack`, ");
    told(&["--set", "planet-read"], "no permission set `planet-read` is known: use one of `stack-read`, ");
    told(&["--type", "stack", "--set", "environment-read"], "no permission set `environment-read` is known");
}

// A role in the API's form.

#[test]
fn a_role_is_exported_as_its_tree() {
    let run = export(&["--role", "deployer"]);
    let tree = run.json();
    assert_eq!(run.stdout, format!("{tree:#}\n"), "indented, and a line end");
    let entries = tree["entries"].as_array().unwrap();
    assert_eq!((&tree["__type"], entries.len()), (&json!("PermissionDescriptorGroup"), 3));
    assert_eq!(entries[1]["condition"]["right"]["identity"], "environment:acme/web/limited");
    let mut document: Value = serde_json::from_str(ACME).unwrap();
    document["roles"][0] = json!({ "id": "deployer", "name": "Deployer", "details": tree });
    let by_tree = file("by-tree.json", &document.to_string());
    Run::of(&check_in(&by_tree, "user:bob", "stack:write", PROD)).prints("allow granted\n", ALLOW);
    Run::of(&check_in(&by_tree, "user:bob", "environment:open", DEV_KEYS))
        .prints("unknown needs_tags: env, owner\n", UNKNOWN);
    assert_eq!(export(&["--role", "opener"]).json(), document["roles"][1]["details"]);
}

#[test]
fn an_exported_role_goes_to_a_file_where_one_is_named() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exported.json");
    for flag in ["-o", "--output"] {
        export(&["--role", "deployer", flag, path.to_str().unwrap()]).prints("", DONE);
        assert_eq!(fs::read_to_string(&path).unwrap(), export(&["--role", "deployer"]).stdout);
        fs::remove_file(&path).unwrap();
    }
    let nowhere = path.join("exported.json");
    export(&["--role", "deployer", "-o", nowhere.to_str().unwrap()]).fails("error: cannot write `", FAILED);
}

#[test]
fn a_role_that_cannot_be_exported_is_a_failure() {
    let fails = |role: &str, start: &str| export(&["--role", role]).fails(start, FAILED);
    fails("boss", "error: no role `boss` is in the document: use one of `deployer`, `opener`\n");
    let args = ["export", "-", "--role", "deployer", "--as", "tree"];
    Run::with_input(&args, "{}").fails("organization: ", INVALID);
    Run::with_input(&args, "{").fails("line 1, column 2: ", INVALID);
    let missing = ["export", "no-such-file.json", "--role", "deployer", "--as", "tree"];
    Run::of(&missing).fails("error: cannot read `no-such-file.json`: ", FAILED);
}

// What the tests are made of.

const PROD: &str = "stack:acme/web/prod";
const DEV_KEYS: &str = "environment:acme/dev/keys";

const ACME: &str = r#"{
  "revision": "2026-10",
  "organization": "acme",
  "permissionSets": [
    { "id": "look", "name": "Look", "entityType": "environment", "scopes": ["environment:read"] } ],
  "roles": [
    { "id": "deployer", "name": "Deployer", "rules": [
      { "permissionSet": "stack-write", "on": "all" },
      { "permissionSet": "look", "on": ["environment:acme/web/limited"] },
      { "permissionSet": "environment-open", "on": { "tags": [
        { "key": "env", "equals": "dev" }, { "key": "owner", "exists": true } ] } } ] },
    { "id": "opener", "name": "Opener", "details": {
      "__type": "PermissionDescriptorCondition",
      "condition": { "__type": "PermissionExpressionEqual",
        "left": { "__type": "PermissionExpressionEnvironment" },
        "right": { "__type": "PermissionLiteralExpressionEnvironment", "identity": "acme/web/limited" } },
      "subNode": { "__type": "PermissionDescriptorAllow", "permissions": ["environment:open"],
        "constraints": { "MaxOpenDuration": 3600 } } } } ],
  "teams": [
    { "name": "platform", "roles": ["deployer", "opener"], "members": [{ "user": "bob" }],
      "grants": [{ "entity": "stack:acme/web/prod", "level": "admin" }] } ],
  "members": [{ "user": "ann", "role": "admin" }, { "user": "bob" }],
  "tokens": [
    { "name": "ci", "kind": "organization", "role": "admin", "expiresAt": "2031-01-01T00:00:00Z" },
    { "name": "old", "kind": "organization", "role": "admin", "expiresAt": "2001-01-01T00:00:00Z" },
    { "name": "young", "kind": "organization", "role": "admin", "expiresAt": "2999-01-01T00:00:00Z" } ],
  "entities": [
    { "entity": "stack:acme/web/prod", "tags": { "env": "prod" } },
    { "entity": "environment:acme/web/limited" } ]
}"#;

const TEN_FAULTS: &str = r#"{
  "revision": "2026-10",
  "organization": "acme",
  "settings": { "tokenMaxLifetimeDays": 0 },
  "permissionSets": [
    { "id": "own", "name": "Own", "entityType": "stack", "scopes": ["stack:read", "stack:fly"] } ],
  "roles": [{ "id": "deployer", "name": "Deployer", "rules": [{ "permissionSet": "stack-read", "onn": "all" }] }],
  "teams": [{ "name": "" }],
  "members": [{ "user": "bob" }, { "user": "bob" }, { "user": "eve", "role": "boss" }],
  "tokens": [{ "name": "pat", "kind": "personal", "user": "bob", "expiresAt": "soon" }],
  "entities": [{ "entity": "stack:other/web/prod", "creator": "bob" }]
}"#;

const FLIGHT: &str = r#"{
  "revision": "2026-10", "organization": "acme", "settings": { "defaultStackPermission": "read" },
  "members": [{ "user": "ann", "role": "admin" }, { "user": "bob", "grants": [
    { "entity": "stack:acme/web/prod", "level": "write" },
    { "entity": "environment:acme/default/aws", "level": "open" } ] }],
  "entities": [
    { "entity": "stack:acme/web/prod", "stackReferences": ["stack:acme/net/prod"],
      "environments": ["environment:acme/default/aws"] },
    { "entity": "environment:acme/default/aws", "imports": ["environment:acme/default/base"] },
    { "entity": "environment:acme/default/base", "imports": ["environment:acme/default/aws"] } ]
}"#;

const FLIGHT_WITH_TOKEN: &str = r#"{
  "revision": "2026-10", "organization": "acme",
  "tokens": [{ "name": "ci", "kind": "organization", "role": "admin", "expiresAt": "2027-01-01T00:00:00Z" }],
  "entities": [{ "entity": "stack:acme/web/prod", "deployment": { "accessToken": "token:ci" } }]
}"#;

fn preflight(args: &[&str]) -> Run {
    let document = file("flight.json", FLIGHT);
    Run::of(&[&["preflight", &document], args].concat())
}

fn export(args: &[&str]) -> Run {
    Run::of(&[&["export", &acme(), "--as", "tree"], args].concat())
}

/// The entities of a preflight but the stack itself.
fn needs(args: &[&str]) -> Vec<String> {
    let run = preflight(&[args, &["--json"]].concat());
    assert_eq!(run.stderr, "");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let rows = report["rows"].as_array().unwrap().iter().skip(1);
    rows.map(|row| row["entity"].as_str().unwrap().to_owned()).collect()
}

/// A folder with these files.
fn project(name: &str, files: &[(&str, &str)]) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("project-{name}"));
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder.to_str().unwrap().to_owned()
}

fn check(principal: &str, scope: &str, entity: &str) -> Vec<String> {
    check_in(&acme(), principal, scope, entity)
}

fn check_in(document: &str, principal: &str, scope: &str, entity: &str) -> Vec<String> {
    let args = ["check", document, "--principal", principal, "--scope", scope, "--entity", entity];
    args.map(str::to_owned).to_vec()
}

fn acme() -> String {
    file("acme.json", ACME)
}

fn request(principal: &str, scope: &str, entity: &str) -> String {
    format!(r#"{{"principal":"{principal}","scope":"{scope}","entity":"{entity}"}}"#)
}

fn with(request: &str, field: &str) -> String {
    request.replace('}', &format!(",{field}}}"))
}

/// A request about a principal and an entity that no other line has.
fn generated(number: usize) -> String {
    let principal = format!("user:user-{number}");
    let request = request(&principal, "environment:open", &format!("environment:acme/dev/keys-{number}"));
    with(&request, &format!(r#""tags":{{"env":"{number}"}},"at":"2026-11-20T00:00:00Z""#))
}

/// Each answer, with errors cut to the word.
fn answers(stdout: &str) -> Vec<&str> {
    let is_error = |line: &str| line.starts_with("{\"error\":\"") && line.ends_with("\"}");
    stdout.lines().map(|line| if is_error(line) { "error" } else { line }).collect()
}

/// `PATH: … [code]`; the sentence must be one.
fn without_sentence(line: &str) -> String {
    let (place, rest) = line.split_once(": ").expect("a place");
    let (sentence, code) = rest.rsplit_once(" [").expect("a code");
    assert!(!sentence.ends_with('.') && !sentence.starts_with(char::is_uppercase), "{line}");
    format!("{place}: … [{code}")
}

fn scopes_in(entity_type: &Value) -> usize {
    let groups = entity_type["groups"].as_array().unwrap();
    groups.iter().map(|group| group["scopes"].as_array().unwrap().len()).sum()
}
