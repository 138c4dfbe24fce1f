//! Changes to a document of which it is known what they may change.

use super::{Dice, ENTITIES, scopes, type_of};
use crate::oracle::catalog::{self, Catalog};
use serde_json::{Value, json};

/// Every array in another order.
pub(crate) fn shuffle(dice: &mut Dice, value: &mut Value) {
    match value {
        Value::Array(values) => {
            dice.shuffle(values);
            for value in values {
                shuffle(dice, value);
            }
        }
        Value::Object(fields) => {
            for value in fields.values_mut() {
                shuffle(dice, value);
            }
        }
        _ => {}
    }
}

/// One grant more, in one of the places where something is granted; nothing if the document has none of that kind.
pub(crate) fn grant_more(dice: &mut Dice, document: &mut Value) {
    let catalog = catalog::of(document["revision"].as_str().expect("a revision"));
    let holders = ["members", "collaborators", "teams", "servicePrincipals"];
    match dice.below(5) {
        0 => with_one_of(dice, document, &holders, |dice, holder| {
            let entity = dice.pick(&ENTITIES);
            add(holder, "grants", json!({ "entity": entity, "level": dice.pick(&["read", "admin"]) }));
        }),
        1 => with_one_of(dice, document, &["teams", "servicePrincipals"], |dice, holder| {
            add_new(holder, "roles", json!(dice.pick(&["admin", "member", "billing-manager"])));
        }),
        2 => with_one_of(dice, document, &["permissionSets"], |dice, set| {
            let of_type = scopes(catalog, set["entityType"].as_str().expect("a type"));
            add_new(set, "scopes", json!(dice.pick(&of_type)));
        }),
        _ => with_one_of(dice, document, &["roles"], |dice, role| widen(dice, catalog, role)),
    }
}

fn with_one_of(
    dice: &mut Dice,
    document: &mut Value,
    lists: &[&str],
    change: impl FnOnce(&mut Dice, &mut Value),
) {
    let list = dice.pick(lists);
    if let Some(values) = document.get_mut(list).and_then(Value::as_array_mut) {
        let index = dice.below(values.len());
        change(dice, &mut values[index]);
    }
}

/// A rule more, or an Allow beside the whole tree.
fn widen(dice: &mut Dice, catalog: &Catalog, role: &mut Value) {
    if role["details"].is_null() {
        let set = dice.pick(&["stack-read", "stack-admin", "environment-open", "insights-account-write"]);
        let (entity_type, _) = set.rsplit_once('-').expect("a level at the end");
        let of_type: Vec<&str> =
            ENTITIES.into_iter().filter(|entity| type_of(entity) == entity_type).collect();
        let on = if dice.percent(50) { json!("all") } else { json!([dice.pick(&of_type)]) };
        return add(role, "rules", json!({ "permissionSet": set, "on": on }));
    }
    if role["uxPurpose"] == "set" {
        return; // an Allow and nothing else
    }
    let tree = role["details"].take();
    let of_type = dice.pick(&["stack", "environment", "organization"]);
    let allow = json!({ "__type": "PermissionDescriptorAllow", "permissions": [dice.pick(&scopes(catalog, of_type))] });
    role["details"] = json!({ "__type": "PermissionDescriptorGroup", "entries": [tree, allow] });
}

fn add(holder: &mut Value, list: &str, value: Value) {
    match holder.get_mut(list).and_then(Value::as_array_mut) {
        Some(values) => values.push(value),
        None => holder[list] = json!([value]),
    }
}

fn add_new(holder: &mut Value, list: &str, value: Value) {
    if !holder[list].as_array().is_some_and(|values| values.contains(&value)) {
        add(holder, list, value);
    }
}
