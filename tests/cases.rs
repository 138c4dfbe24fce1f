//! The shared cases, natively: every file is a test.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::{FILES, case_files};

macro_rules! tests {
    ($($name:ident $file:literal,)*) => {
        $(#[test]
        fn $name() {
            common::run($file);
        })*
    };
}
case_files!(tests);

#[test]
fn the_list_of_the_files_is_complete() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let listed: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(there, listed, "left: tests/cases, right: the list in tests/common/mod.rs");
}

#[test]
fn a_case_has_a_name_of_its_own() {
    for (file, _) in FILES {
        let read = common::read(file);
        assert!(read.about.ends_with('.'), "{file}: `about` is a sentence");
        let mut names = BTreeSet::new();
        for case in &read.cases {
            assert!(
                !case.name.trim().is_empty() && names.insert(&case.name),
                "{file}: `{}` twice",
                case.name
            );
        }
    }
}

#[test]
fn the_rules_that_a_case_shows_are_on_the_page_of_the_rules() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md")).unwrap();
    let numbers: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next()).collect();
    for (file, _) in FILES {
        for case in common::read(file).cases {
            for rule in &case.rules {
                assert!(numbers.contains(rule.as_str()), "{file}: `{}` shows `{rule}`", case.name);
            }
        }
    }
}
