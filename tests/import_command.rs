//! `scopewise import` as a shell runs it.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

#[path = "common/process.rs"]
#[allow(dead_code, reason = "other commands are talked to and measured")]
mod process;

use std::fs;
use std::path::{Path, PathBuf};

use process::{DONE, Run, file};
use serde_json::{Value, json};

const FAILED: i32 = 1;
const INVALID: i32 = 3;

#[test]
fn the_document_is_printed_and_what_is_left_told_aside() {
    let run = Run::of(&["import", &fixture("odd.json"), "--organization", "lighthouse"]);
    assert_eq!((run.code, run.stdout), (DONE, text("odd-document.json")));
    let count = text("odd-left.txt").lines().count();
    assert_eq!(run.stderr, format!("{}{count} things have no place in the document\n", text("odd-left.txt")));
}

#[test]
fn names_of_answers_leave_the_terminal_as_it_is() {
    let answers = json!({ "/api/orgs/acme/metadata": { "a\u{1b}]0;b\u{7}\u{9b}\n2 things": 1 } });
    let run = Run::with_input(&["import", "-"], answers.to_string());
    assert!(
        run.stderr.contains("no field `a\u{fffd}]0;b\u{fffd}\u{fffd}\u{fffd}2 things` is known"),
        "{run:?}"
    );
    assert!(!run.stderr.contains(|it: char| it.is_control() && it != '\n'), "{run:?}");
    assert_eq!(run.stderr.lines().count(), 2);
}

#[cfg(unix)]
#[test]
fn a_pipe_among_the_answers_is_not_waited_for() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("answers-with-a-pipe");
    fs::create_dir_all(&folder).unwrap();
    let pipe = folder.join("members.json");
    let _made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    let run = Run::of(&["import", folder.to_str().unwrap(), "--organization", "acme"]);
    assert_eq!(run.code, DONE);
    assert!(run.stderr.starts_with("members.json: no answer, for it is no file"), "{run:?}");
}

#[test]
fn where_nothing_is_left_nothing_is_told() {
    let answers = json!({ "/api/orgs/acme/members": { "members": [
        { "user": { "githubLogin": "bob" }, "role": "admin" } ] } });
    let run = Run::with_input(&["import", "-", "--revision", "2026-04"], answers.to_string());
    run.prints(
        "\
{
  \"revision\": \"2026-04\",
  \"organization\": \"acme\",
  \"members\": [
    {
      \"user\": \"bob\",
      \"role\": \"admin\"
    }
  ]
}
",
        DONE,
    );
}

#[test]
fn a_folder_has_a_file_for_each_answer() {
    let answers: Value = serde_json::from_str(&text("answers.json")).unwrap();
    let answers = answers
        .as_object()
        .unwrap()
        .iter()
        .map(|(path, answer)| (format!("{}.json", path.replacen('?', "@", 1)), answer.to_string()));
    let run = Run::of(&["import", &folder("whole", answers)]);
    assert_eq!((run.code, run.stdout), (DONE, text("document.json")));
    assert!(run.stderr.ends_with("1 thing has no place in the document\n"), "{}", run.stderr);
}

#[test]
fn files_that_are_no_answers_are_told() {
    let files = [
        ("/api/orgs/acme/members.json", r#"{ "members": [] }"#),
        ("/api/orgs/acme/.members.json.part", "{"),
        ("/api/esc/environments/acme/default/aws.yaml", "values: {}"),
        ("/readme", "about these answers"),
    ];
    let run = Run::of(&["import", &folder("others", files)]);
    assert_eq!(run.code, DONE);
    assert_eq!(
        run.stderr,
        "\
api/esc/environments/acme/default/aws.yaml: no answer, for it is no file that ends in `.json`: it is not read
readme: no answer, for it is no file that ends in `.json`: it is not read
2 things have no place in the document
"
    );
}

#[test]
fn a_file_that_is_no_json_is_named_with_line_and_column() {
    let files = [("/api/orgs/acme/members.json", "{}"), ("/api/orgs/acme/teams.json", "{\n  teams: []\n}")];
    let folder = folder("faulty", files);
    let broken = Path::new(&folder).join("api/orgs/acme/teams.json");
    let fault = "line 2, column 3: found `t` where a key in double quotes should be [invalid_json]";
    Run::of(&["import", &folder]).fails(&format!("{}: {fault}", broken.display()), INVALID);
    Run::with_input(&["import", "-"], "{ \"a\" }").fails("line 1, column 7: found `}` where `:`", INVALID);
}

#[test]
fn what_cannot_be_imported_says_why() {
    let broken = |answers: &str, flags: &[&str], start: &str| {
        Run::with_input(&[&["import", "-"], flags].concat(), answers).fails(start, INVALID);
    };
    broken("[]", &[], "document: an object of request paths and answers is wanted here");
    broken("{}", &[], "organization: no path of the answers names an organization");
    broken(r#"{ "/api/orgs/a": {}, "/api/orgs/b": {} }"#, &[], "organization: the answers are of several");
    broken(
        r#"{ "/api/orgs/a": {} }"#,
        &["--revision", "1999-01"],
        "revision: no revision `1999-01` is known",
    );
}

#[test]
fn a_file_that_cannot_be_opened_or_written_is_named() {
    Run::of(&["import", "no-such-file.json"]).fails("error: cannot read `no-such-file.json`", FAILED);
    let answers = file("import-acme.json", r#"{ "/api/orgs/acme": {} }"#);
    let nowhere = Path::new("no-such-folder").join("acme.json");
    let nowhere = nowhere.to_str().unwrap();
    Run::of(&["import", &answers, "-o", nowhere]).fails(&format!("error: cannot write `{nowhere}`"), FAILED);
    Run::of(&["import"]).fails("error: ", FAILED);
}

#[test]
fn the_document_goes_to_the_file_that_is_named() {
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("imported.json");
    let output = output.to_str().unwrap();
    let run = Run::of(&["import", &fixture("answers.json"), "--output", output]);
    assert_eq!((run.code, &*run.stdout), (DONE, ""));
    assert_eq!(fs::read_to_string(output).unwrap(), text("document.json"));
    Run::of(&["validate", output]).prints("", DONE);
}

/// A new folder with these files.
fn folder<N: AsRef<str>, T: AsRef<str>>(name: &str, files: impl IntoIterator<Item = (N, T)>) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("import-{name}"));
    let _gone = fs::remove_dir_all(&folder);
    for (name, text) in files {
        let path = folder.join(name.as_ref().trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.as_ref()).unwrap();
    }
    folder.to_str().unwrap().to_owned()
}

fn fixture(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import").join(name);
    path.to_str().unwrap().to_owned()
}

fn text(name: &str) -> String {
    fs::read_to_string(fixture(name)).unwrap()
}
