//! The command `test` as a shell runs it: what it prints, what it writes, how it exits, when it runs again.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

#[allow(dead_code, reason = "other tests need more of it")]
#[path = "common/process.rs"]
mod process;

use std::fs;
use std::path::Path;

use process::{DONE, Run, Talk, file};
use roxmltree::{Document, Node};
use serde_json::json;

const FAILED: i32 = 1;
const NO: i32 = 2;
const INVALID: i32 = 3;

// What it prints.

#[test]
fn tests_that_pass_are_told_in_a_line_each() {
    let run = test(&[&passing("told")]);
    run.prints(
        &here(
            "\
told.test.yaml, about told.json
  passed  bob reads everything (2)
  passed  tests[1] (1)
2 tests, 3 expectations: 3 passed, 0 failed
",
        ),
        DONE,
    );
}

#[test]
fn a_test_that_fails_says_why_and_what_would_make_it_pass() {
    let document = file("why.json", ACME);
    let tests = file("why.test.yaml", FAILING);
    test(&[&tests, "--document", &document]).prints(
        &here(
            "\
why.test.yaml, about why.json
  passed  the team reads (2)
  failed  nobody touches production (3 of 4, tests[1])
    user:ann may not stack:write on stack:acme/web/prod
      expected    deny
      got         allow, organization_admin: the organization role of the caller has every scope
      by          role:admin, everywhere
      to pass     it must have another organization role, or be excepted
    user:bob may not stack:write on stack:acme/web/prod
      expected    deny
      got         allow, granted: a role, a team or a direct grant gives it
      by          team:platform > role:deployer > permission-set:stack-write, everywhere
      by          team:platform > permission-set:stack-admin, on stack:acme/web/prod
      to pass     none of these grants may reach it
    deployment:web/prod may not stack:write on stack:acme/web/prod
      expected    deny
      got         allow, granted: a role, a team or a direct grant gives it
      acting as   stack-token:web/prod
      by          stack-token:web/prod, on stack:acme/web/prod
      to pass     none of these grants may reach it
  failed  tests[2] (1 of 1, tests[2])
    user:bob may stack:delete on stack:acme/web/prod
      expected    allow
      got         deny, setting_off: it is granted, but a setting that must also be on is off
      by          team:platform > permission-set:stack-admin, on stack:acme/web/prod
      blocked by  the setting membersCanDeleteStacks, which is off
      to pass     the setting membersCanDeleteStacks must be on
  failed  tests[3] (2 of 2, tests[3])
    user:bob may environment:open on environment:acme/dev/keys
      expected    allow
      got         unknown, needs_tags: a grant rests on tags of the entity that are not known
      by          team:platform > role:deployer > permission-set:environment-open, where tag env is dev, if the tags say so
      to pass     its tags must be known, here or in the document: env
    user:bob may not environment:read on environment:acme/dev/keys
      expected    deny
      got         unknown, needs_tags: a grant rests on tags of the entity that are not known
      by          team:platform > role:deployer > permission-set:environment-open, where tag env is dev, if the tags say so
      to pass     its tags must be known, here or in the document: env
  failed  tests[4] (2 of 2, tests[4])
    user:bob may environment:open on environment:acme/dev/keys
      expected    allow
      got         deny, not_granted: nothing gives it
      to pass     a role, a team or a direct grant must give it
    user:bob may or may not environment:read on environment:acme/dev/keys
      expected    unknown
      got         deny, not_granted: nothing gives it
      to pass     it must rest on tags that are not known
  failed  tests[5] (1 of 1, tests[5])
    token:old may not stack:read on stack:acme/web/prod
      expected    deny, token_lifetime
      got         deny, token_expired: the token is past its end
      blocked by  token_expired
      to pass     something else must decide, or another `reason` be expected
  not listed in the document, are they spelt right: environment:acme/dev/keys
6 tests, 12 expectations: 3 passed, 9 failed
",
        ),
        NO,
    );
}

#[test]
fn of_very_many_failures_the_first_are_told() {
    let stacks: Vec<String> = (0..12).map(|it| format!("stack:acme/web/s{it}")).collect();
    let document = file("many.json", ACME);
    let text = json!({ "tests": [{ "who": "user:ann", "mayNot": "stack:read", "on": stacks }] });
    let run = test(&[&file("many.test.json", &text.to_string()), "--document", &document]);
    assert_eq!((run.code, run.stdout.matches("user:ann may not").count()), (NO, 10), "{}", run.stdout);
    assert!(run.stdout.contains("\n    and 2 more\n"), "{}", run.stdout);
    assert!(run.stdout.contains("stack:acme/web/s9 and 2 more\n"), "{}", run.stdout);
}

#[test]
fn coverage_lists_what_no_test_touches() {
    let reading = passing("covered");
    let writing = file(
        "writing.test.json",
        r#"{ "document": "covered.json", "tests": [
             { "who": "user:bob", "may": "stack:write", "on": "stack:acme/web/prod" } ] }"#,
    );
    let run = test(&[&reading, "--coverage"]);
    run.prints(
        &here(
            "\
covered.test.yaml, about covered.json
  passed  bob reads everything (2)
  passed  tests[1] (1)
coverage of covered.json: 3 of 6 grants (50 %)
  roles[0].rules[1]  role:deployer > permission-set:environment-open, where tag env is dev
  roles[1].details   role:opener, where the caller is in team platform: stack:read
  roles[1].details   role:opener, where the caller is in team platform: environment:open, environment:read
2 tests, 3 expectations: 3 passed, 0 failed
",
        ),
        DONE,
    );
    let both = test(&[&reading, &writing, "--coverage"]);
    assert!(both.stdout.contains("coverage of "), "{}", both.stdout);
    assert_eq!(both.stdout.matches("coverage of ").count(), 1, "one document, however many files");
}

#[test]
fn json_is_everything_on_one_line() {
    let tests = passing("json");
    let value = test(&[&tests, "--json", "--coverage"]).json();
    assert_eq!((&value["passed"], &value["failed"]), (&json!(3), &json!(0)));
    let of_file = &value["files"][0];
    assert_eq!((&of_file["file"], &of_file["passed"]), (&json!(tests), &json!(3)));
    assert_eq!(of_file["document"], json!(here("json.json")));
    assert_eq!(
        of_file["tests"][0]["expectations"][0]["got"],
        json!({ "effect": "allow", "reason": "granted" })
    );
    assert_eq!((&value["coverage"][0]["grants"], &value["coverage"][0]["touched"]), (&json!(6), &json!(3)));
    assert_eq!(value["coverage"][0]["untouched"][0]["path"], "roles[0].rules[1]");
    let without = test(&[&tests, "--json"]);
    assert_eq!((without.stdout.lines().count(), without.json().get("coverage")), (1, None));
}

#[test]
fn the_example_passes_and_covers_its_document() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme.test.yaml");
    let run = test(&[example.to_str().unwrap(), "--coverage"]);
    assert_eq!((run.code, &*run.stderr), (DONE, ""), "{}", run.stdout);
    assert!(run.stdout.contains(": 2 of 2 grants (100 %)\n"), "{}", run.stdout);
    assert!(run.stdout.ends_with("4 tests, 9 expectations: 9 passed, 0 failed\n"), "{}", run.stdout);
}

#[test]
fn the_page_shows_the_example_as_it_is() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    assert!(
        read("docs/testing-policies.md")
            .contains(&format!("```yaml\n{}```", read("examples/acme.test.yaml")))
    );
}

// What it writes.

#[test]
fn junit_has_a_suite_for_each_file_and_a_case_for_each_expectation() {
    let document = file("junit.json", ACME);
    let (good, bad) = (passing("junit-good"), file("junit.test.yaml", FAILING));
    let out = here("junit.xml");
    let run = test(&[&good, &bad, "--document", &document, "--junit", &out]);
    assert_eq!(run.code, NO);
    let text = fs::read_to_string(&out).unwrap();
    let xml = Document::parse(&text).unwrap();
    let root = xml.root_element();
    assert_eq!((root.tag_name().name(), counts(root)), ("testsuites", (15, 9)));
    let suites: Vec<Node> = children(root, "testsuite");
    let told: Vec<_> = suites.iter().map(|it| (it.attribute("name").unwrap(), counts(*it))).collect();
    assert_eq!(told, [(&*good, (3, 0)), (&*bad, (12, 9))]);
    for suite in &suites {
        let cases = children(*suite, "testcase");
        let failed = cases.iter().filter(|case| case.has_children()).count();
        assert_eq!((cases.len(), failed), counts(*suite));
    }
    let failing = children(suites[1], "testcase").into_iter().find(Node::has_children).unwrap();
    let named = ["classname", "name", "file"].map(|name| failing.attribute(name).unwrap());
    let claim = "user:ann may not stack:write on stack:acme/web/prod";
    assert_eq!(named, ["nobody touches production", claim, &bad]);
    let failure = children(failing, "failure")[0];
    assert_eq!(failure.attribute("message"), Some("expected deny, got allow, organization_admin"));
    let wanted = "
expected    deny
got         allow, organization_admin: the organization role of the caller has every scope
by          role:admin, everywhere
to pass     it must have another organization role, or be excepted
";
    assert_eq!(failure.text(), Some(wanted));
}

#[test]
fn whatever_names_hold_lines_stay_lines_and_xml_is_well_formed() {
    let odd = "<a href=\"x\">&amp; ]]> 'é'\t\n\u{1}\u{fffe}\u{fffd}🦀";
    let document = json!({ "revision": "2026-10", "organization": "acme", "members": [{ "user": odd }] });
    let tests = json!({ "tests": [
        { "name": odd, "who": format!("user:{odd}"), "may": "stack:read", "on": format!("stack:acme/{odd}/prod") }] });
    let (document, tests) =
        (file("odd.json", &document.to_string()), file("odd.test.json", &tests.to_string()));
    let out = here("odd.xml");
    let run = test(&[&tests, "--document", &document, "--junit", &out]);
    let controls = run.stdout.matches(|letter: char| letter.is_control() && letter != '\n').count();
    assert_eq!((run.code, controls, run.stdout.lines().count()), (NO, 0, 8), "{}", run.stdout);
    let text = fs::read_to_string(&out).unwrap();
    let xml = Document::parse(&text).unwrap();
    let case = xml.descendants().find(|node| node.has_tag_name("testcase")).unwrap();
    let kept = odd.replace(['\u{1}', '\u{fffe}'], "\u{fffd}");
    assert_eq!(case.attribute("classname"), Some(&*kept));
    assert_eq!(
        case.attribute("name"),
        Some(&*format!("user:{kept} may stack:read on stack:acme/{kept}/prod"))
    );
    test(&[&tests, "--document", &document, "--junit", "no/such/folder.xml"])
        .fails("error: cannot write `no/such/folder.xml`: ", FAILED);
}

// What it refuses.

#[test]
fn expectations_that_cannot_be_run_are_failures_of_the_run_and_not_of_a_test() {
    let document = file("faulty.json", ACME);
    let faulty = |name: &str, text: &str, stderr: &str| {
        let path = file(name, text);
        let run = test(&[&path, "--document", &document]);
        assert_eq!((run.code, &*run.stdout), (FAILED, ""), "{name}");
        assert_eq!(run.stderr.replace(&path, name), format!("error: {stderr}\n"));
    };
    faulty(
        "typo.test.yaml",
        "tests:\n  - { who: user:bbo, mayNot: stack:delete, on: stack:acme/web/prod }\n",
        "the expectations cannot be run\ntypo.test.yaml: tests[0].who: `user:bbo` is nobody in the organization \
         `acme`: mend the name, or expect the `reason` `unknown_principal` [unknown_member]",
    );
    faulty(
        "empty.test.yaml",
        "",
        "the expectations cannot be run\nempty.test.yaml: document: an object is wanted here, not null [wrong_type]",
    );
    faulty(
        "none.test.yaml",
        "tests: []",
        "the expectations cannot be run\nnone.test.yaml: tests: there must be at least one test [empty]",
    );
    faulty(
        "twice.test.yaml",
        "tests: []\ntests: []",
        "cannot read `twice.test.yaml`: duplicate mapping key: tests not allowed here at line 2, column 1",
    );
    faulty(
        "comma.test.json",
        "{\"tests\": [,]}",
        "the expectations cannot be run\ncomma.test.json: line 1, column 12: found `,` where a value should be \
         [invalid_json]",
    );
}

#[test]
fn the_faults_of_all_files_are_told_together() {
    let document = file("together.json", ACME);
    let test_of =
        |scope: &str| format!("tests: [{{ who: user:bob, may: '{scope}', on: stack:acme/web/prod }}]");
    let files = ["one", "two"].map(|it| file(&format!("{it}.test.yaml"), &test_of(&format!("stack:{it}"))));
    let run = test(&[&files[0], &files[1], "--document", &document]);
    let told: Vec<String> = run.stderr.lines().skip(1).map(|line| line.replace(&here(""), "")).collect();
    let line = |it: &str| {
        format!(
            "{it}.test.yaml: tests[0].may: no scope `stack:{it}` is in the catalog `2026-10`: use one of \
             `stack:cancel_update`, `stack:create`, `stack:decrypt`, `stack:delete`, `stack:encrypt`, \
             `stack:export`, `stack:import`, `stack:read` and 3 more: mend the name, or \
             expect the `reason` `unknown_scope` [unknown_scope]"
        )
    };
    assert_eq!((run.code, told), (FAILED, vec![line("one"), line("two")]));
}

#[test]
fn files_and_documents_must_be_there() {
    let tests =
        file("nowhere.test.yaml", "tests: [{ who: user:bob, may: stack:read, on: stack:acme/web/prod }]");
    test(&[&tests])
        .fails(&format!("error: `{tests}` names no `document`: add it, or use --document"), FAILED);
    test(&["no-such.test.yaml"]).fails("error: cannot read `no-such.test.yaml`: ", FAILED);
    test(&[&tests, "--document", "no-such.json"]).fails("error: cannot read `no-such.json`: ", FAILED);
    test(&[]).fails("error: the following required arguments were not provided", FAILED);
    test(&[&tests, "--watch", "--json"])
        .fails("error: the argument '--watch' cannot be used with '--json'", FAILED);
    for args in [&["-", "--document", "-"][..], &["-", "--document", &tests, "--watch"]] {
        test(args).fails("error: only one thing can be standard input, and with --watch nothing", FAILED);
    }
    let invalid = file("invalid.json", r#"{ "revision": "2026-10" }"#);
    test(&[&tests, "--document", &invalid]).fails(
        &format!("the document `{invalid}` is not valid\norganization: the field `organization` is missing"),
        INVALID,
    );
}

#[test]
fn a_document_or_the_expectations_may_be_standard_input() {
    let tests = passing("piped");
    let by_input = Run::with_input(&["test", &tests, "--document", "-"], ACME);
    assert_eq!((by_input.code, &*by_input.stderr), (DONE, ""));
    assert!(by_input.stdout.starts_with(&format!("{tests}, about -\n")), "{}", by_input.stdout);
    let from_input = Run::with_input(&["test", "-", "--document", &here("piped.json")], PASSING);
    assert_eq!((from_input.code, &*from_input.stderr), (DONE, ""));
}

// When it runs again.

#[test]
fn a_watch_runs_again_when_a_file_changes_and_says_which() {
    let tests = passing("watched");
    let document = here("watched.json");
    let mut watch = Talk::of(&["test", &tests, "--watch"]);
    let watching = format!("watching {document}, {tests}: ctrl-c ends");
    let mut round = || {
        let mut lines = Vec::new();
        while lines.last() != Some(&watching) {
            lines.push(watch.hear());
        }
        lines
    };
    let sum = |lines: &[String]| lines[lines.len() - 2].clone();
    let passed = "2 tests, 3 expectations: 3 passed, 0 failed";
    assert_eq!(sum(&round()), passed);

    file("watched.json", &ACME.replace("[{ \"user\": \"bob\" }]", "[]"));
    let lines = round();
    assert_eq!(lines[..2], ["", &format!("changed: {document}")]);
    assert_eq!(sum(&lines), "2 tests, 3 expectations: 1 passed, 2 failed");

    file("nobody-reads-this.json", "{}");
    fs::remove_file(&document).unwrap();
    let lines = round();
    assert_eq!(lines, ["", &format!("changed: {document}"), &watching], "the fault is on standard error");

    file("watched.json", ACME);
    assert_eq!(sum(&round()), passed);

    let renamed = PASSING.replace("bob reads everything", "bob still reads");
    file("watched.test.yaml", &format!("document: watched.json\n{renamed}"));
    let lines = round();
    assert_eq!(lines[1], format!("changed: {tests}"));
    assert!(lines.iter().any(|line| line == "  passed  bob still reads (2)"), "{lines:?}");
    watch.end();
}

/// A file that is written in place may be met half written, but not for good.
#[test]
fn a_watch_ends_as_its_last_run_did() {
    let tests = passing("written");
    let mut watch = Talk::of(&["test", &tests, "--watch"]);
    let mut until = |wanted: &str| while watch.hear() != wanted {};
    until("2 tests, 3 expectations: 3 passed, 0 failed");
    fs::write(
        &tests,
        format!("document: written.json\n{PASSING}").replace("may: stack:write", "mayNot: stack:write"),
    )
    .unwrap();
    until("2 tests, 3 expectations: 2 passed, 1 failed");
    until(&format!("watching {}, {tests}: ctrl-c ends", here("written.json")));
    watch.ends(NO);
}

// What the tests are made of.

const ACME: &str = r#"{
  "revision": "2026-10",
  "organization": "acme",
  "roles": [
    { "id": "deployer", "name": "Deployer", "rules": [
      { "permissionSet": "stack-write", "on": "all" },
      { "permissionSet": "environment-open", "on": { "tags": [{ "key": "env", "equals": "dev" }] } } ] },
    { "id": "opener", "name": "Opener", "details": {
      "__type": "PermissionDescriptorCondition",
      "condition": { "__type": "PermissionExpressionEqual",
        "left": { "__type": "PermissionExpressionTeam" },
        "right": { "__type": "PermissionLiteralExpressionTeam", "identity": "platform" } },
      "subNode": { "__type": "PermissionDescriptorAllow",
                   "permissions": ["stack:read", "environment:open", "environment:read"] } } } ],
  "teams": [
    { "name": "platform", "roles": ["deployer"], "members": [{ "user": "bob" }],
      "grants": [{ "entity": "stack:acme/web/prod", "level": "admin" }] } ],
  "members": [
    { "user": "ann", "role": "admin" },
    { "user": "bob", "grants": [{ "entity": "stack:acme/web/dev", "level": "read" }] } ],
  "tokens": [
    { "name": "old", "kind": "organization", "role": "admin", "expiresAt": "2001-01-01T00:00:00Z" } ],
  "entities": [{ "entity": "stack:acme/web/prod" }, { "entity": "stack:acme/web/dev" }]
}"#;

const PASSING: &str = "\
tests:
  - name: bob reads everything
    who: user:bob
    may: stack:read
    on: stack:acme/web/*
  - who: user:bob
    may: stack:write
    on: stack:acme/web/prod
";

const FAILING: &str = "\
tests:
  - name: the team reads
    who: team:platform
    may: stack:read
    on: stack:acme/web/*
  - name: nobody touches production
    who: ['user:*', 'deployment:web/*']
    mayNot: stack:write
    on: stack:acme/web/prod
    trigger: git-push
  - { who: user:bob, may: stack:delete, on: stack:acme/web/prod }
  - { who: user:bob, may: environment:open, mayNot: environment:read, on: environment:acme/dev/keys }
  - who: user:bob
    may: environment:open
    unknown: environment:read
    on: environment:acme/dev/keys
    tags: { env: prod }
  - who: token:old
    mayNot: stack:read
    on: stack:acme/web/prod
    reason: token_lifetime
";

fn test(args: &[&str]) -> Run {
    Run::of(&[&["test"], args].concat())
}

/// A file of tests that pass, and its document beside it.
fn passing(name: &str) -> String {
    file(&format!("{name}.json"), ACME);
    file(&format!("{name}.test.yaml"), &format!("document: {name}.json\n{PASSING}"))
}

/// A text with its files where the tests put them.
fn here(text: &str) -> String {
    let folder = format!("{}/", env!("CARGO_TARGET_TMPDIR"));
    let words = text.split_inclusive([' ', '\n']).map(|word| {
        let is_file = [".json", ".yaml", ".xml"]
            .iter()
            .any(|end| word.trim_end_matches([' ', '\n', ',', ':']).ends_with(end));
        if is_file || word.is_empty() { format!("{folder}{word}") } else { word.to_owned() }
    });
    if text.is_empty() { folder } else { words.collect() }
}

fn counts(node: Node<'_, '_>) -> (usize, usize) {
    let count = |name: &str| node.attribute(name).unwrap().parse().unwrap();
    (count("tests"), count("failures"))
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Vec<Node<'a, 'i>> {
    node.children().filter(|child| child.has_tag_name(name)).collect()
}
