//! The example catalogs: their organizations are valid, do what is expected of them, and the commands that their pages
//! show are answered.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folders of the examples, the file of expectations in each, and the line that ends its report.
const EXAMPLES: [(&str, &str, &str); 2] = [
    ("repository-hosting", "acme.test.yaml", "17 tests, 154 expectations: 154 passed, 0 failed\n"),
    ("shop", "lindenhof.test.yaml", "18 tests, 91 expectations: 91 passed, 0 failed\n"),
];

#[test]
fn every_example_is_one_of_the_list() {
    let mut folders: Vec<String> = fs::read_dir(root().join("examples/catalogs"))
        .unwrap()
        .map(|folder| folder.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(folders, EXAMPLES.map(|(folder, ..)| folder));
}

#[test]
fn its_catalog_and_its_organization_are_valid_and_no_lint_finds_anything() {
    for (folder, ..) in EXAMPLES {
        assert_eq!(done(folder, "validate --catalog catalog.json"), "");
        assert_eq!(done(folder, "validate organization.json --catalog catalog.json"), "");
        assert_eq!(done(folder, "lint organization.json --catalog catalog.json"), "nothing found\n");
    }
}

#[test]
fn its_expectations_pass_and_touch_every_grant() {
    for (folder, tests, end) in EXAMPLES {
        let report = done(folder, &format!("test --catalog catalog.json {tests} --coverage"));
        assert!(report.contains(" grants (100 %)\n") && report.ends_with(end), "{report}");
    }
}

/// What a page says behind a command in the same line is a comment.
#[test]
fn the_commands_of_the_pages_are_answered() {
    let mut count = 0;
    let pages = EXAMPLES.map(|(folder, ..)| (folder, format!("examples/catalogs/{folder}/README.md")));
    for (folder, page) in pages.into_iter().chain([("shop", String::from("docs/guide.md"))]) {
        let page = fs::read_to_string(root().join(page)).unwrap();
        for line in page.lines().filter_map(|line| line.strip_prefix("scopewise ")) {
            let command = line.split("  ").next().unwrap_or(line);
            let output = run(folder, command);
            // What is denied is an answer too.
            assert!(matches!(output.status.code(), Some(0 | 2)), "{command}: {output:?}");
            count += 1;
        }
    }
    assert!(count >= 9, "only {count} commands");
}

/// What the command prints when all is well.
fn done(folder: &str, command: &str) -> String {
    let output = run(folder, command);
    let (told, fault) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!((output.status.code(), &*fault), (Some(0), ""), "{folder}: {command}\n{told}");
    told
}

fn run(folder: &str, command: &str) -> Output {
    let mut process = Command::new(env!("CARGO_BIN_EXE_scopewise"));
    process.current_dir(root().join("examples/catalogs").join(folder));
    process.args(command.split_whitespace()).output().unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
