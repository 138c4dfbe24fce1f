//! The AuthZEN Authorization API 1.0 as a client of it sees `serve`.
#![cfg(all(feature = "server", unix))]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "common/process.rs"]
mod process;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "common/server.rs"]
mod server;

use process::file;
use serde_json::{Value, json};
use server::{ACME, Server};

#[test]
fn an_evaluation_is_true_for_an_allow_and_nothing_less() {
    let server = open(&[]);
    let allowed = evaluate(&server, &asked("user", "bob", "stack:write", "acme/web/dev"));
    assert_eq!(allowed, json!({ "decision": true, "context": { "effect": "allow", "reason": "granted" } }));
    let denied = evaluate(&server, &asked("user", "bob", "stack:delete", "acme/web/dev"));
    assert_eq!(
        denied,
        json!({ "decision": false, "context": { "effect": "deny", "reason": "not_granted" } })
    );
    let unknown = evaluate(&server, &asked("user", "bob", "stack:write", "acme/web/new"));
    let needs = json!({ "effect": "unknown", "reason": "needs_tags", "needs": ["env"] });
    assert_eq!(unknown, json!({ "decision": false, "context": needs }));
    let nobody = evaluate(&server, &asked("user", "zoe", "stack:write", "acme/web/dev"));
    assert_eq!(nobody["context"]["reason"], "unknown_principal");
}

#[test]
fn every_kind_of_principal_is_a_type_of_subject() {
    let server = open(&[]);
    for (kind, id) in
        [("user", "bob"), ("team", "platform"), ("token", "tt"), ("service-principal", "runner")]
    {
        let evaluated = evaluate(&server, &asked(kind, id, "stack:write", "acme/web/dev"));
        assert_eq!(evaluated["decision"], true, "{kind}:{id}");
    }
    let mut run = asked("deployment", "web/dev", "stack:write", "acme/web/dev");
    assert_eq!(post(&server, "evaluation", &run).0, 400, "a deployment needs its trigger");
    run["context"] = json!({ "trigger": { "kind": "git-push" } });
    assert_eq!(evaluate(&server, &run)["decision"], true);
}

#[test]
fn what_is_not_known_is_not_read_and_what_is_malformed_is_refused() {
    let server = open(&[]);
    let mut more = asked("user", "bob", "stack:write", "acme/web/dev");
    more["subject"]["properties"] = json!({ "department": "Sales", "ip_address": "172.217.22.14" });
    more["resource"]["properties"] = json!({ "owner": [1, { "a": null }] });
    more["action"]["properties"] = json!({ "method": "GET" });
    more["context"] = json!({ "time": "1985-10-26T01:22-07:00" });
    more["extension"] = json!(true);
    assert_eq!(evaluate(&server, &more)["decision"], true);

    let whole = asked("user", "bob", "stack:write", "acme/web/dev");
    let without = |pointer: &str, field: &str| {
        let mut cut = whole.clone();
        cut.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(field);
        refused(&server, "evaluation", &cut)
    };
    assert_eq!(without("", "subject"), "the field `subject` is missing: add it");
    assert_eq!(without("", "action"), "the field `action` is missing: add it");
    assert_eq!(without("", "resource"), "the field `resource` is missing: add it");
    assert_eq!(without("/subject", "id"), "the field `subject.id` is missing: add it");
    assert!(without("/subject", "type").contains("missing field `type`"));
    assert!(without("/action", "name").contains("missing field `name`"));
    let sentence = "a `type` is a word without a colon: write `user`, `stack`";
    assert_eq!(
        refused(&server, "evaluation", &asked("user:bob", "x", "stack:write", "acme/web/dev")),
        sentence
    );
    assert_eq!(
        refused(&server, "evaluation", &asked("", "user:bob", "stack:write", "acme/web/dev")),
        sentence
    );
    assert!(
        refused(&server, "evaluation", &asked("robot", "r2", "stack:write", "acme/web/dev"))
            .contains("is no principal")
    );
    assert!(
        refused(&server, "evaluation", &asked("user", "bob", "write", "acme/web/dev"))
            .contains("is no scope")
    );
    for wrong in ["[]", "null", "1", "", "{", "{} {}"] {
        assert_eq!(server.post("/access/v1/evaluation", &[], wrong).status, 400, "{wrong}");
    }
    let lists = r#"{"subject":["user","bob"],"action":["stack:write"],"resource":{"type":"stack","id":"acme/web/dev"}}"#;
    assert!(server.post("/access/v1/evaluation", &[], lists).is_problem(400).contains("an object"));
    let twice = whole.to_string().replacen("\"id\":", "\"id\":\"ann\",\"id\":", 1);
    assert!(server.post("/access/v1/evaluation", &[], &twice).is_problem(400).contains("duplicate field"));
}

#[test]
fn tags_and_time_are_believed_where_the_server_shall() {
    let mut tagged = asked("user", "bob", "stack:write", "acme/web/new");
    tagged["resource"]["properties"] = json!({ "tags": { "env": "dev" } });
    let mut dated = asked("token", "tt", "stack:write", "acme/web/dev");
    dated["context"] = json!({ "at": "2040-01-01T00:00:00Z" });
    let server = open(&[]);
    assert_eq!([&tagged, &dated].map(|body| post(&server, "evaluation", body).0), [403, 403]);
    let server = open(&["--trust-context"]);
    assert_eq!(evaluate(&server, &tagged)["decision"], true);
    assert_eq!(evaluate(&server, &dated)["context"]["reason"], "token_expired");
    let twice = tagged.to_string().replace("\"env\":\"dev\"", "\"env\":\"prod\",\"env\":\"dev\"");
    server.post("/access/v1/evaluation", &[], &twice).is_problem(400);
    dated["context"]["at"] = json!("1985-10-26T01:22-07:00");
    assert!(refused(&server, "evaluation", &dated).starts_with("at: "));
}

#[test]
fn evaluations_take_from_beside_the_list_what_they_leave_out() {
    let server = open(&[]);
    let body = json!({
        "subject": { "type": "user", "id": "bob" },
        "action": { "name": "stack:write" },
        "evaluations": [
            { "resource": stack("dev") },
            { "resource": stack("prod") },
            { "resource": stack("prod"), "action": { "name": "stack:read" } },
            { "resource": stack("prod"), "subject": { "type": "user", "id": "ann" } },
        ]
    });
    assert_eq!(decisions(&server, &body), [true, false, true, true]);
    let mut missing = body.clone();
    missing.as_object_mut().unwrap().remove("action");
    assert_eq!(refused(&server, "evaluations", &missing), "the field `action` is missing: add it");
}

#[test]
fn without_a_list_evaluations_are_one() {
    let server = open(&[]);
    let mut body = asked("user", "bob", "stack:write", "acme/web/dev");
    let single = evaluate(&server, &body);
    assert_eq!(post(&server, "evaluations", &body), (200, single.clone()));
    body["evaluations"] = json!([]);
    assert_eq!(post(&server, "evaluations", &body), (200, single));
}

#[test]
fn a_list_ends_where_its_semantic_says() {
    let server = open(&[]);
    let list = |semantic: Value, stacks: &[&str]| {
        let evaluations: Vec<Value> = stacks.iter().map(|it| json!({ "resource": stack(it) })).collect();
        json!({
            "subject": { "type": "user", "id": "bob" }, "action": { "name": "stack:write" },
            "evaluations": evaluations, "options": { "evaluations_semantic": semantic, "another_option": "value" }
        })
    };
    let decided = |semantic: &str, stacks: &[&str]| decisions(&server, &list(json!(semantic), stacks));
    assert_eq!(decided("execute_all", &["dev", "prod", "dev"]), [true, false, true]);
    assert_eq!(decided("deny_on_first_deny", &["dev", "prod", "dev"]), [true, false]);
    assert_eq!(decided("deny_on_first_deny", &["dev", "new", "dev"]), [true, false], "unknown is no permit");
    assert_eq!(decided("deny_on_first_deny", &["dev", "dev"]), [true, true]);
    assert_eq!(decided("permit_on_first_permit", &["prod", "dev", "prod"]), [false, true]);
    assert_eq!(decided("permit_on_first_permit", &["prod", "new"]), [false, false]);
    for wrong in [json!("first"), json!(1), Value::Null] {
        assert_eq!(post(&server, "evaluations", &list(wrong.clone(), &["dev"])).0, 400, "{wrong}");
    }
}

#[test]
fn an_evaluation_that_fails_is_false_in_its_place() {
    let server = open(&[]);
    let body = json!({
        "action": { "name": "stack:write" }, "resource": stack("dev"),
        "evaluations": [
            { "subject": { "type": "robot", "id": "r2" } },
            { "subject": { "type": "user", "id": "bob" } },
            { "subject": { "type": "user", "id": "bob" }, "resource": { "type": "stack", "id": "acme" } },
        ]
    });
    let (status, answer) = post(&server, "evaluations", &body);
    assert_eq!((status, decisions(&server, &body)), (200, vec![false, true, false]));
    let error = &answer["evaluations"][0]["context"]["error"];
    assert_eq!(error["status"], 400);
    assert!(error["message"].as_str().unwrap().starts_with("`robot:r2` is no principal"));
    let mut first = body;
    first["options"] = json!({ "evaluations_semantic": "deny_on_first_deny" });
    assert_eq!(decisions(&server, &first), [false]);
    let many = json!({ "evaluations": vec![json!({}); 1_001] });
    assert_eq!(post(&server, "evaluations", &many).0, 413);
}

#[test]
fn what_a_search_finds_is_true_when_evaluated_and_nothing_else_is() {
    let server = open(&[]);
    let scopes = ["stack:read", "stack:write", "stack:delete"];
    let found = |what: &str, body: Value| {
        let (status, answer) = post(&server, &format!("search/{what}"), &body);
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["page"]["next_token"], "");
        assert_eq!(answer["page"]["total"], answer["results"].as_array().unwrap().len());
        answer["results"].as_array().unwrap().clone()
    };
    for scope in scopes {
        let action = json!({ "name": scope });
        let users = found(
            "subject",
            json!({ "subject": { "type": "user" }, "action": action, "resource": stack("dev") }),
        );
        for user in ["ann", "bob", "eve"] {
            let is_found = users.contains(&json!({ "type": "user", "id": user }));
            assert_eq!(evaluate(&server, &asked("user", user, scope, "acme/web/dev"))["decision"], is_found);
        }
        for user in ["ann", "bob", "eve"] {
            let subject = json!({ "type": "user", "id": user });
            let body = json!({ "subject": subject, "action": action, "resource": { "type": "stack", "id": "ignored" } });
            let stacks = found("resource", body);
            for id in ["dev", "prod"] {
                let is_found = stacks.contains(&json!({ "type": "stack", "id": format!("acme/web/{id}") }));
                let evaluated = evaluate(&server, &asked("user", user, scope, &format!("acme/web/{id}")));
                assert_eq!(evaluated["decision"], is_found, "{user} {scope} {id}");
            }
            let actions = found("action", json!({ "subject": subject, "resource": stack("dev") }));
            let evaluated = evaluate(&server, &asked("user", user, scope, "acme/web/dev"));
            assert_eq!(evaluated["decision"], actions.contains(&action), "{user} {scope}");
        }
    }
}

#[test]
fn a_search_tells_of_what_no_list_can_hold() {
    let server = open(&[]);
    let body = |user: &str| json!({ "subject": { "type": "user", "id": user }, "action": { "name": "stack:write" }, "resource": { "type": "stack" } });
    let elsewhere =
        |user: &str| post(&server, "search/resource", &body(user)).1["context"]["elsewhere"].clone();
    assert_eq!(elsewhere("ann"), json!({ "effect": "allow", "reason": "organization_admin" }));
    assert_eq!(elsewhere("bob"), json!({ "effect": "unknown", "reason": "needs_tags", "needs": ["env"] }));
    assert_eq!(elsewhere("eve"), Value::Null);
}

#[test]
fn a_long_answer_comes_in_parts() {
    let server = open(&[]);
    let mut body = json!({ "subject": { "type": "user", "id": "ann" }, "resource": stack("dev") });
    let (_, whole) = post(&server, "search/action", &body);
    let whole = whole["results"].as_array().unwrap();
    assert!(whole.len() > 20);
    body["page"] = json!({ "limit": 7 });
    let mut found = Vec::new();
    loop {
        let (status, part) = post(&server, "search/action", &body);
        assert_eq!(status, 200, "{part}");
        let results = part["results"].as_array().unwrap();
        assert_eq!(
            (&part["page"]["count"], &part["page"]["total"]),
            (&json!(results.len()), &json!(whole.len()))
        );
        found.extend(results.iter().cloned());
        let token = part["page"]["next_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
        assert_eq!(results.len(), 7);
        body["page"] = json!({ "token": token });
    }
    assert_eq!(&found, whole);

    let (_, first) = post(
        &server,
        "search/action",
        &json!({ "subject": body["subject"], "resource": stack("dev"), "page": { "limit": 7 } }),
    );
    let token = &first["page"]["next_token"];
    let again = |resource: Value, page: Value| {
        post(
            &server,
            "search/action",
            &json!({ "subject": body["subject"], "resource": resource, "page": page }),
        )
        .0
    };
    assert_eq!(again(stack("dev"), json!({ "token": token, "limit": 7 })), 200);
    assert_eq!(again(stack("dev"), json!({ "token": token, "limit": 8 })), 400, "the limit has changed");
    assert_eq!(again(stack("prod"), json!({ "token": token })), 400, "the question has changed");
    for wrong in [json!("x"), json!("0.0"), json!("1.2.3"), json!(1)] {
        assert_eq!(again(stack("dev"), json!({ "token": wrong })), 400, "{wrong}");
    }
    assert_eq!(again(stack("dev"), json!({ "limit": -1 })), 400);
    assert_eq!(again(stack("dev"), json!({ "limit": 0 })), 200);
}

#[test]
fn a_token_of_a_principal_searches_for_its_own() {
    let hash = "81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9";
    let server = open(&["--tokens", &file("authzen-tokens.txt", &format!("{hash} user:bob"))]);
    let status = |path: &str, body: &Value| {
        server
            .post(&format!("/access/v1/{path}"), &[("authorization", "Bearer bob")], &body.to_string())
            .status
    };
    let own = asked("user", "bob", "stack:write", "acme/web/dev");
    let other = asked("user", "ann", "stack:write", "acme/web/dev");
    for path in ["evaluation", "evaluations", "search/resource", "search/action"] {
        assert_eq!([&own, &other].map(|body| status(path, body)), [200, 403], "{path}");
    }
    assert_eq!(status("search/subject", &own), 403);
    let both = json!({ "evaluations": [own, other] });
    let headers = [("authorization", "Bearer bob")];
    let answer = server.post("/access/v1/evaluations", &headers, &both.to_string()).is_ok();
    assert_eq!(answer["evaluations"][0]["decision"], true);
    assert_eq!(answer["evaluations"][1]["decision"], false);
    assert_eq!(answer["evaluations"][1]["context"]["error"]["status"], 403);
}

#[test]
fn the_metadata_says_where_everything_is() {
    let server = open(&[]);
    let metadata = |server: &Server| server.get("/.well-known/authzen-configuration", &[]).is_ok();
    let here = metadata(&server);
    assert_eq!(here["policy_decision_point"], server.url());
    for (name, endpoint) in here.as_object().unwrap() {
        let path = endpoint.as_str().unwrap().strip_prefix(&server.url()).unwrap();
        assert!(path.is_empty() || server.post(path, &[], "{}").status == 400, "{name}: {endpoint}");
    }
    assert_eq!(here.as_object().unwrap().len(), 6);
    let server = open(&["--public-url", "https://pdp.example.com/"]);
    let named = metadata(&server);
    assert_eq!(named["policy_decision_point"], "https://pdp.example.com");
    assert_eq!(named["search_subject_endpoint"], "https://pdp.example.com/access/v1/search/subject");
}

#[test]
fn a_request_gets_its_name_back() {
    let server = open(&[]);
    let body = asked("user", "bob", "stack:write", "acme/web/dev").to_string();
    let name = "bfe9eb29-ab87-4ca3-be83-a1d5d8305716";
    let answer = server.post("/access/v1/evaluation", &[("X-Request-ID", name)], &body);
    assert_eq!(answer.header("x-request-id"), Some(name));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

// What the tests are made of.

fn open(flags: &[&str]) -> Server {
    Server::start(&file("authzen.json", ACME), flags)
}

fn asked(kind: &str, id: &str, action: &str, stack: &str) -> Value {
    json!({
        "subject": { "type": kind, "id": id },
        "action": { "name": action },
        "resource": { "type": "stack", "id": stack },
    })
}

fn stack(name: &str) -> Value {
    json!({ "type": "stack", "id": format!("acme/web/{name}") })
}

fn post(server: &Server, path: &str, body: &Value) -> (u16, Value) {
    let answer = server.post(&format!("/access/v1/{path}"), &[], &body.to_string());
    (answer.status, answer.json())
}

#[track_caller]
fn evaluate(server: &Server, body: &Value) -> Value {
    let (status, answer) = post(server, "evaluation", body);
    assert_eq!(status, 200, "{answer}");
    answer
}

#[track_caller]
fn refused(server: &Server, path: &str, body: &Value) -> String {
    server.post(&format!("/access/v1/{path}"), &[], &body.to_string()).is_problem(400)
}

#[track_caller]
fn decisions(server: &Server, body: &Value) -> Vec<bool> {
    let (status, answer) = post(server, "evaluations", body);
    assert_eq!(status, 200, "{answer}");
    answer["evaluations"].as_array().unwrap().iter().map(|it| it["decision"].as_bool().unwrap()).collect()
}
