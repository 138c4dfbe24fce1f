//! TypeScript types as the command writes them. That they check is for `tests/types.test.mjs`.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

#[allow(dead_code, reason = "others use the rest")]
#[path = "common/process.rs"]
mod process;

use process::Run;

const ACME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/acme.json");

#[test]
fn the_types_of_an_organization_name_what_it_has() {
    Run::of(&["types", ACME]).prints(include_str!("types/acme.d.ts"), 0);
}

#[test]
fn an_own_catalog_has_its_own_types_and_no_deployments() {
    let [document, catalog] = ["organization", "catalog"].map(|name| {
        format!("{}/examples/catalogs/repository-hosting/{name}.json", env!("CARGO_MANIFEST_DIR"))
    });
    Run::of(&["types", &document, "--catalog", &catalog]).prints(include_str!("types/hosting.d.ts"), 0);
}

#[test]
fn entities_are_templates_or_those_that_are_listed() {
    let listed = Run::of(&["types", ACME, "--entities"]);
    let union = "export type Entity =\n  | \"stack:acme/web/dev\";\n";
    assert!(listed.stdout.contains(union), "{}", listed.stdout);
}

#[test]
fn without_a_document_all_scopes_of_all_revisions_are_written() {
    let all = Run::of(&["types"]).stdout;
    for scope in ["\"stack:read\"", "\"team:create\"", "\"environment:open\""] {
        assert_eq!(all.matches(scope).count(), 1, "{scope}");
    }
    assert!(!all.contains("Vocabulary"), "{all}");
}

#[test]
fn an_organization_with_nobody_has_a_type_of_nothing() {
    let document = process::file("types-empty.json", "{\"revision\":\"2026-10\",\"organization\":\"a`${b\"}");
    let types = Run::of(&["types", &document]).stdout;
    assert!(types.contains("export type Principal = never;"), "{types}");
    assert!(types.contains("  | `organization:a\\`\\${b`"), "what would end a template is escaped: {types}");
}

#[test]
fn names_that_a_terminal_would_obey_are_escaped_as_typescript_has_it() {
    let name = "a\u{1b}[2J\u{9b}b";
    let document =
        serde_json::json!({ "revision": "2026-10", "organization": name, "members": [{ "user": name }] });
    let types = Run::of(&["types", &process::file("types-evil.json", &document.to_string())]).stdout;
    assert!(types.contains("  | \"user:a\\u001b[2J\\u009bb\""), "{types:?}");
    assert!(types.contains("  | `organization:a\\u{1b}[2J\\u{9b}b`"), "{types:?}");
    assert!(!types.contains(|it: char| it.is_control() && it != '\n'), "{types:?}");
}
