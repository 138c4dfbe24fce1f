//! Small changes to a document: another value where there was one, something less, something that stands elsewhere too.

use crate::generate::{Dice, grant_more};
use scopewise::Organization;
use serde_json::{Value, json};

/// A valid document that is not quite the same.
pub(crate) fn edited(dice: &mut Dice, document: &Value) -> Value {
    for _ in 0..200 {
        let mut edited = document.clone();
        match dice.below(10) {
            0..5 => other_value(dice, &mut edited),
            5..7 => less(dice, &mut edited),
            7 => elsewhere_too(dice, &mut edited),
            8 => grant_more(dice, &mut edited),
            _ => setting(dice, &mut edited),
        }
        if edited != *document && Organization::parse(edited.to_string()).is_ok() {
            return edited;
        }
    }
    document.clone()
}

/// A value takes the place of another one in a field of the same name.
fn other_value(dice: &mut Dice, document: &mut Value) {
    let mut scalars = Vec::new();
    walk(document, "", &mut |path, value| {
        if !value.is_object() && !value.is_array() && path != "/organization" {
            scalars.push((path.to_owned(), value.clone()));
        }
    });
    let (path, _) = dice.pick(&scalars);
    let alike: Vec<Value> =
        scalars.iter().filter(|(other, _)| field(other) == field(&path)).map(|(_, it)| it.clone()).collect();
    let value = document.pointer_mut(&path).expect("a path of the document");
    *value = match (&*value, field(&path)) {
        (Value::Bool(is), _) => json!(!is),
        (_, "role" | "roles") if dice.percent(50) => {
            json!(dice.pick(&["admin", "member", "billing-manager"]))
        }
        (_, "expiresAt") => {
            dice.pick(&[json!(null), json!("2026-11-20T00:00:00Z"), json!("2026-11-21T00:00:00Z")])
        }
        (_, "value" | "equals" | "notEquals" | "env" | "owner" | "tier") => {
            json!(dice.pick(&["prod", "dev", "y"]))
        }
        _ => dice.pick(&alike),
    };
}

/// An element of a list, or a field, is gone.
fn less(dice: &mut Dice, document: &mut Value) {
    let mut parts = Vec::new();
    walk(document, "", &mut |path, _| parts.push(path.to_owned()));
    let path = dice.pick(&parts);
    let Some((above, last)) = path.rsplit_once('/') else { return };
    match document.pointer_mut(above) {
        Some(Value::Array(values)) => drop(values.remove(last.parse().expect("an index"))),
        Some(Value::Object(fields)) => drop(fields.remove(last)),
        _ => {}
    }
}

/// An element of a list stands in another list of the same name too.
fn elsewhere_too(dice: &mut Dice, document: &mut Value) {
    let mut lists = Vec::new();
    walk(document, "", &mut |path, value| {
        if value.is_array() {
            lists.push(path.to_owned());
        }
    });
    let to = dice.pick(&lists);
    let alike: Vec<&str> =
        lists.iter().map(String::as_str).filter(|from| field(from) == field(&to)).collect();
    let from = document.pointer(dice.pick(&alike)).and_then(Value::as_array).expect("a list").clone();
    if !from.is_empty() {
        document.pointer_mut(&to).and_then(Value::as_array_mut).expect("a list").push(dice.pick(&from));
    }
}

fn setting(dice: &mut Dice, document: &mut Value) {
    let (name, value) = dice.pick(&[
        ("membersCanDeleteStacks", json!(true)),
        ("membersCanTransferStacks", json!(false)),
        ("membersCanCreateTeams", json!(true)),
        ("defaultStackPermission", json!("read")),
        ("defaultStackPermission", json!("none")),
        ("defaultEnvironmentPermission", json!("open")),
        ("defaultRole", json!("billing-manager")),
        ("defaultDeploymentRole", json!("admin")),
        ("permissionMode", json!("restricted")),
        ("permissionMode", json!("permissive")),
        ("tokenMaxLifetimeDays", json!(30)),
    ]);
    document["settings"][name] = value;
}

/// The last name on the way to a value, whatever its place in a list.
fn field(path: &str) -> &str {
    path.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap_or_default()
}

/// Every value below a value with its path.
fn walk(value: &Value, path: &str, each: &mut impl FnMut(&str, &Value)) {
    let mut child = |name: &str, value: &Value| {
        let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
        each(&path, value);
        walk(value, &path, each);
    };
    match value {
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(at, value)| child(&at.to_string(), value));
        }
        Value::Object(fields) => fields.iter().for_each(|(name, value)| child(name, value)),
        _ => {}
    }
}
