//! The worked cases beside the project, where they are there: every one is decided as it says.
#![cfg(not(target_arch = "wasm32"))]

use std::path::Path;

use scopewise::{Organization, Request};
use serde_json::{Value, json};

#[test]
fn the_worked_cases_beside_the_project_are_decided() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases");
    let Ok(files) = std::fs::read_dir(&folder) else {
        return eprintln!("no ../shared/cases here: nothing to compare with");
    };
    let mut wrong = Vec::new();
    let mut count = 0;
    for file in files.map(|file| file.unwrap().path()) {
        let text = std::fs::read_to_string(&file).unwrap();
        let cases: Value = serde_json::from_str(&text).unwrap();
        for case in cases["cases"].as_array().unwrap() {
            count += 1;
            let got = decide(&case["document"], &case["request"]);
            if got != case["expect"] {
                wrong.push(format!("{} expects {} and got {got}", case["id"], case["expect"]));
            }
        }
    }
    assert!(count > 400, "only {count} cases in {}", folder.display());
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

fn decide(document: &Value, request: &Value) -> Value {
    let organization =
        Organization::parse(document.to_string()).unwrap_or_else(|error| panic!("{error}\n{document}"));
    let decision = Request::parse(request.to_string()).and_then(|request| organization.decide(&request));
    decision.map_or_else(|_| json!({ "error": true }), |decision| serde_json::to_value(decision).unwrap())
}
