//! The page of the rules: every numbered statement names the case or the test that shows it, or the reason why
//! nothing does; and what explanations cite is on the page.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// Number and last cell of every row of the page.
fn rows() -> Vec<(String, String)> {
    let page = fs::read_to_string(root().join("docs/rules.md")).unwrap();
    let is_number = |cell: &str| {
        let (letters, digits) = cell.split_once('-').unwrap_or_default();
        !digits.is_empty()
            && digits.chars().all(|it| it.is_ascii_digit())
            && letters.chars().all(char::is_uppercase)
    };
    let row = |line: &str| {
        let cells: Vec<_> =
            line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").map(str::to_owned).collect();
        Some((cells.first()?.clone(), cells.last()?.clone())).filter(|(number, _)| is_number(number))
    };
    page.lines().filter_map(row).collect()
}

/// For each case, as `file: name`, the numbers that it says it shows.
fn cases() -> BTreeMap<String, Vec<String>> {
    let mut cases = BTreeMap::new();
    for path in fs::read_dir(root().join("tests/cases")).unwrap().map(|entry| entry.unwrap().path()) {
        let file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        for case in file["cases"].as_array().unwrap() {
            let rules = case["rules"].as_array().into_iter().flatten();
            let rules = rules.map(|rule| rule.as_str().unwrap().to_owned()).collect();
            cases.insert(format!("{stem}: {}", case["name"].as_str().unwrap()), rules);
        }
    }
    cases
}

/// Every test function of the native tests, by name.
fn is_test(name: &str) -> bool {
    let files = fs::read_dir(root().join("tests")).unwrap().map(|entry| entry.unwrap().path());
    let mut rust = files.filter(|path| path.extension().is_some_and(|it| it == "rs"));
    rust.any(|path| fs::read_to_string(path).unwrap().contains(&format!("fn {name}()")))
}

#[test]
fn every_statement_has_what_shows_it_or_a_reason() {
    let (rows, cases) = (rows(), cases());
    assert!(rows.len() > 300, "only {} rows are read", rows.len());
    for (number, shown) in rows {
        if let Some(reason) = shown.strip_prefix("none: ").or_else(|| shown.strip_prefix("none yet: ")) {
            assert!(reason.len() > 8, "{number}: `{reason}` is no reason");
        } else if let Some(test) = shown.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
            assert!(is_test(test), "{number}: no test is called `{test}`");
        } else {
            let rules = cases.get(&shown).unwrap_or_else(|| panic!("{number}: no case is called `{shown}`"));
            assert!(rules.contains(&number), "{number}: the case `{shown}` does not say that it shows it");
        }
    }
}

#[test]
fn no_number_stands_twice() {
    let mut numbers: Vec<_> = rows().into_iter().map(|(number, _)| number).collect();
    let count = numbers.len();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), count);
}

#[test]
fn what_explanations_cite_is_on_the_page() {
    let rows = rows();
    let source = fs::read_to_string(root().join("src/catalog/revisions.rs")).unwrap();
    let mut cited = 0;
    for basis in ["documented(\"", "disputed(\"", "inferred(\""] {
        for number in source.split(basis).skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(rows.iter().any(|(known, _)| known == number), "{number} is cited and not on the page");
            cited += 1;
        }
    }
    assert!(cited > 40, "only {cited} citations are found");
}
