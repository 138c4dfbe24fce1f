//! Two documents beside each other.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unreachable, reason = "tests")]

use scopewise::Organization;
use serde_json::Value;

#[test]
fn scratch() {
    let text = std::fs::read_to_string("examples/acme.json").unwrap();
    let before = Organization::parse(&text).unwrap();
    for (a, b) in [
        ("stack-write", "stack-admin"),
        (r#""equals": "dev""#, r#""equals": "prod""#),
        ("2026-10", "2025-11"),
        (
            r#""members": [{ "user": "alice""#,
            r#""settings": {"defaultStackPermission": "write"}, "members": [{ "user": "alice""#,
        ),
    ] {
        let after = Organization::parse(text.replace(a, b)).unwrap();
        let diff = before.diff(&after, None).unwrap();
        println!("{}", serde_json::to_string_pretty(&diff).unwrap());
    }
    for size in ["small","medium","large"] {
        let text = std::fs::read_to_string(format!("/tmp/diff-scratch/{size}.json")).unwrap();
        let before = Organization::parse(&text).unwrap();
        let mut document: Value = serde_json::from_str(&text).unwrap();
        document["roles"][7]["rules"].as_array_mut().unwrap().pop();
        let one_role = document.to_string();
        document["settings"]["defaultStackPermission"] = "read".into();
        let levels = document.to_string();
        let mut document: Value = serde_json::from_str(&text).unwrap();
        document["revision"] = "2026-04".into();
        let s = document
            .to_string()
            .replace("org-settings-standard", "")
            .replace("org-settings-read-only", "")
            .replace("org-settings-billing", "");
        for (name, edited) in
            [("same", text.clone()), ("one role", one_role), ("levels", levels), ("revision", s)]
        {
            let Ok(after) = Organization::parse(&edited) else {
                println!("not valid");
                continue;
            };
            let t = std::time::Instant::now();
            let diff = before.diff(&after, None).unwrap();
            println!(
                "{size} {name}: {:?} {} changes {:?}, {} bytes",
                t.elapsed(),
                diff.changes.len(),
                diff.totals,
                serde_json::to_string(&diff).unwrap().len()
            );
        }
    }
}
