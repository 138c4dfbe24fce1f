//! Remedies carried out: by hand, on the JSON of a document or of a request, from nothing but what a remedy says.

mod people;

pub(crate) use people::{Pair, People};

use serde_json::{Map, Value, json};

/// The document and the request after a change.
pub(crate) fn apply(document: &Value, request: &Value, remedy: &Value) -> (Value, Value) {
    let (mut document, mut request) = (document.clone(), request.clone());
    match text(remedy, "kind") {
        "assign_role" => assign(&mut document, text(remedy, "to"), text(remedy, "role")),
        "join_team" => {
            let (_, user) = parts(text(remedy, "user"));
            let (_, team) = parts(text(remedy, "team"));
            push(find(&mut document, "teams", "name", team), "members", json!({ "user": user }));
        }
        "grant_set" => {
            let grant = json!({ "entity": remedy["entity"], "permissionSet": remedy["permissionSet"] });
            push(holder(&mut document, text(remedy, "to")), "grants", grant);
        }
        "turn_on" => document["settings"][text(remedy, "setting")] = json!(true),
        "raise_level" => document["settings"][text(remedy, "setting")] = remedy["level"].clone(),
        "use_token" => request["principal"] = remedy["token"].clone(),
        "give_tags" => {
            let entity = json!({ "entity": remedy["entity"], "tags": remedy["tags"] });
            push(&mut document, "entities", entity);
        }
        "set_tags" if request["tags"].is_object() => retag(&mut request["tags"], remedy),
        "set_tags" => {
            let entity = find(&mut document, "entities", "entity", text(remedy, "entity"));
            if entity["tags"].is_null() {
                entity["tags"] = json!({});
            }
            retag(&mut entity["tags"], remedy);
        }
        "set_deployment_role" => deployment(&mut document, remedy)["role"] = remedy["role"].clone(),
        "set_default_deployment_role" => {
            document["settings"]["defaultDeploymentRole"] = remedy["role"].clone();
        }
        "set_run_as" => {
            let deployment = deployment(&mut document, remedy);
            deployment["runAs"] = remedy["runAs"].clone();
            remove(deployment, "accessToken");
        }
        "set_access_token" => {
            let deployment = deployment(&mut document, remedy);
            deployment["accessToken"] = remedy["accessToken"].clone();
            remove(deployment, "runAs");
        }
        "remove_access_token" => remove(deployment(&mut document, remedy), "accessToken"),
        other => panic!("a remedy of kind `{other}`"),
    }
    (document, request)
}

fn assign(document: &mut Value, to: &str, role: &str) {
    match parts(to) {
        ("user", login) => find(document, "members", "user", login)["role"] = json!(role),
        ("token", name) => find(document, "tokens", "name", name)["role"] = json!(role),
        _ => push(holder(document, to), "roles", json!(role)),
    }
}

/// Whoever can have grants: a user as a member, or else as a collaborator.
fn holder<'d>(document: &'d mut Value, name: &str) -> &'d mut Value {
    match parts(name) {
        ("user", login) => {
            let is_member = list(document, "members").iter().any(|member| member["user"] == login);
            find(document, if is_member { "members" } else { "collaborators" }, "user", login)
        }
        ("team", name) => find(document, "teams", "name", name),
        (_, name) => find(document, "servicePrincipals", "name", name),
    }
}

fn deployment<'d>(document: &'d mut Value, remedy: &Value) -> &'d mut Value {
    let stack = find(document, "entities", "entity", text(remedy, "stack"));
    if stack["deployment"].is_null() {
        stack["deployment"] = json!({});
    }
    &mut stack["deployment"]
}

fn retag(tags: &mut Value, remedy: &Value) {
    let none = Map::new();
    for (key, value) in remedy["set"].as_object().unwrap_or(&none) {
        tags[key] = value.clone();
    }
    for key in list(remedy, "remove") {
        remove(tags, key.as_str().expect("a key"));
    }
}

fn remove(object: &mut Value, key: &str) {
    object.as_object_mut().expect("an object").remove(key);
}

fn push(object: &mut Value, field: &str, value: Value) {
    match object.get_mut(field).and_then(Value::as_array_mut) {
        Some(values) => values.push(value),
        None => object[field] = json!([value]),
    }
}

fn find<'d>(document: &'d mut Value, field: &str, key: &str, name: &str) -> &'d mut Value {
    let values = document[field].as_array_mut().unwrap_or_else(|| panic!("the document has no {field}"));
    values.iter_mut().find(|value| value[key] == name).unwrap_or_else(|| panic!("no {name} among {field}"))
}

fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value[field].as_array().map_or(&[], Vec::as_slice)
}

fn parts(name: &str) -> (&str, &str) {
    name.split_once(':').expect("a kind and a name")
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_else(|| panic!("{value} has no {field}"))
}
