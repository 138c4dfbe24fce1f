//! What the server counts, and what it says of itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::server::Server;
use crate::shared::{DEV, PROD, ROUTES, ask, open};

#[test]
fn what_happens_is_counted() {
    let server = open(&[]);
    server.post("/v1/check", &[], &ask("user:ann", "stack:write", DEV)).is_ok();
    server.post("/v1/check", &[], &ask("user:bob", "stack:delete", PROD)).is_ok();
    server.post("/v1/check", &[], &ask("user:bob", "stack:delete", PROD)).is_ok();
    server.post("/v1/check", &[], "{").is_problem(400);
    server.get("/some/path", &[]).is_problem(404);
    let counted = server.get("/metrics", &[]);
    assert_eq!(counted.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        "scopewise_decisions_total{effect=\"allow\",reason=\"organization_admin\"} 1",
        "scopewise_decisions_total{effect=\"deny\",reason=\"not_granted\"} 2",
        "scopewise_requests_total{route=\"/v1/check\",status=\"200\"} 3",
        "scopewise_requests_total{route=\"/v1/check\",status=\"400\"} 1",
        "scopewise_requests_total{route=\"none\",status=\"404\"} 1",
        "scopewise_request_duration_seconds_bucket{route=\"/v1/check\",le=\"+Inf\"} 4",
        "scopewise_request_duration_seconds_count{route=\"/v1/check\"} 4",
        "scopewise_requests_running 1",
        "scopewise_document_outdated 0",
        "scopewise_reload_failures_total 0",
        "scopewise_log_failures_total 0",
    ] {
        assert!(counted.text().lines().any(|it| it == line), "{line} in\n{}", counted.text());
    }
    for line in counted.text().lines() {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(
            line.starts_with("# ") || name.starts_with("scopewise_") && value.parse::<f64>().is_ok(),
            "{line}"
        );
    }
}

#[test]
fn the_description_has_every_route_and_says_what_is_answered() {
    let server = open(&[]);
    let api = server.get("/openapi.json", &[]).is_ok();
    assert_eq!(api["info"]["version"], env!("CARGO_PKG_VERSION"));
    let described: BTreeSet<(String, String)> = api["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, it)| {
            it.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    assert_eq!(described, routes_in_the_source());
    let listed = ROUTES.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned()));
    assert_eq!(described, listed.collect());
    for (method, path) in ROUTES {
        for (status, schema) in answers_to(&server, &api, method, path) {
            let answer = &api["paths"][path][method.to_lowercase()]["responses"];
            assert!(answer.get(status.to_string()).is_some(), "{path}: {status} is not described");
            assert!(schema, "{method} {path}");
        }
    }
}

/// Sends what the description shows, and tells with which status it was answered and whether the answer is as the
/// description says.
fn answers_to(server: &Server, api: &Value, method: &str, path: &str) -> Vec<(u16, bool)> {
    let operation = &api["paths"][path][method.to_lowercase()];
    let example = &operation["requestBody"]["content"]["application/json"]["example"];
    let query = if path == "/v1/snapshot" { "?principal=user:bob" } else { "" };
    let good = if example.is_null() {
        server.get(&format!("{path}{query}"), &[])
    } else {
        server.post(path, &[], &example.to_string())
    };
    let content = &operation["responses"]["200"]["content"];
    let is_json = good.header("content-type") == Some("application/json");
    let is_described = !is_json || fits(api, &content["application/json"]["schema"], &good.json());
    let bad = server.send("PATCH", path, &[], b"");
    assert!(fits(api, &json!({ "$ref": "#/components/schemas/Problem" }), &bad.json()), "{}", bad.text());
    vec![(good.status, is_described)]
}

/// Whether a value is as a schema of the description says.
fn fits(api: &Value, schema: &Value, value: &Value) -> bool {
    let mut whole = schema.clone();
    whole["components"] = api["components"].clone();
    let validator = jsonschema::validator_for(&whole).unwrap();
    let faults: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert_eq!(faults, [""; 0], "{value}");
    true
}

/// The routes as the server's own file has them.
fn routes_in_the_source() -> BTreeSet<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/scopewise/serve/routes.rs");
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix(".route(\""));
    lines
        .map(|line| {
            let (path, rest) = line.split_once("\", ").unwrap();
            (rest.split('(').next().unwrap().to_uppercase(), path.to_owned())
        })
        .collect()
}
