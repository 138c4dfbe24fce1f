//! Documents around role trees: the largest role that is read, and some that were made to do harm. The tests ask
//! what becomes of them, the benchmark how long that takes.

use serde_json::{Value, json};

/// An Allow of reading stacks.
pub(crate) const ALLOW: &str = r#"{"__type":"PermissionDescriptorAllow","permissions":["stack:read"]}"#;

/// The stack of [`largest`] that has every tag which the last entry wants; another one has no tags.
pub(crate) const DEEP_STACK: &str = "stack:acme/web/deep";

/// The bytes that a role may have, its entries, and the nodes on its longest path.
const BYTES: usize = 1_000_000;
const ENTRIES: usize = 2_000;
const LEVELS: usize = 60;

/// A document in which bob has a role of a million bytes: a group of two thousand entries that lies under groups and
/// conditions, so that a path has sixty nodes. Each entry wants a value of its own of one tag; the last one gives
/// Stack Admin, and the others Stack Read.
pub(crate) fn largest() -> String {
    let entries: Vec<String> = (0..ENTRIES).map(entry).collect();
    let mut tree = group(&entries.join(","));
    // The group itself, and below it a Condition, its Equal, the Tag and what that looks at.
    for level in (0..LEVELS - 5).rev() {
        tree = if level % 2 == 0 { group(&tree) } else { under(&has_tag(&tag_of(level)), &tree) };
    }
    let role = |description: &str| {
        format!(r#"{{"id":"wide","name":"Wide","description":"{description}","details":{tree}}}"#)
    };
    let role = role(&"x".repeat(BYTES - role("").len()));
    let tags = (0..LEVELS - 5).map(|level| (tag_of(level), json!("yes")));
    let tags: Value = tags.chain([(key_of(ENTRIES - 1), json!(value_of(ENTRIES - 1)))]).collect();
    let listed = json!([{ "entity": DEEP_STACK, "tags": tags }, { "entity": "stack:acme/web/flat" }]);
    document(&format!(r#""roles":[{role}],"members":[{{"user":"bob","role":"wide"}}],"entities":{listed}"#))
}

/// Documents that are refused: what is wrong, its code, and the text.
pub(crate) fn hostile() -> Vec<(&'static str, &'static str, String)> {
    let many = vec![ALLOW; ENTRIES + 1].join(",");
    let circle = [("a", "b"), ("b", "c"), ("c", "a")].map(|(id, next)| record(id, &compose(&[next])));
    let long = under(&has_tag(&"x".repeat(BYTES)), ALLOW);
    vec![
        ("65 nodes on a path", "too_deep", with_tree(&groups(64, ALLOW))),
        ("2,001 entries", "too_many", with_tree(&group(&many))),
        (
            "a circle through three records",
            "compose_cycle",
            document(&format!(r#""roles":[{}]"#, circle.join(","))),
        ),
        ("a text of a megabyte", "role_too_large", with_tree(&long)),
    ]
}

/// A document with these fields beside those that it must have.
pub(crate) fn document(fields: &str) -> String {
    format!(r#"{{"revision":"2026-10","organization":"acme",{fields}}}"#)
}

/// A document in which bob has a role with this tree.
pub(crate) fn with_tree(details: &str) -> String {
    let role = format!(r#"{{"id":"deep","name":"Deep","details":{details}}}"#);
    document(&format!(r#""roles":[{role}],"members":[{{"user":"bob","role":"deep"}}]"#))
}

/// That many groups in one another, around a node.
pub(crate) fn groups(count: usize, node: &str) -> String {
    let open = r#"{"__type":"PermissionDescriptorGroup","entries":["#;
    format!("{}{node}{}", open.repeat(count), "]}".repeat(count))
}

/// A policy.
pub(crate) fn record(id: &str, details: &Value) -> String {
    json!({ "id": id, "name": format!("Record {id}"), "uxPurpose": "policy", "details": details }).to_string()
}

pub(crate) fn compose(records: &[&str]) -> Value {
    json!({ "__type": "PermissionDescriptorCompose", "permissionDescriptors": records })
}

fn group(entries: &str) -> String {
    groups(1, entries)
}

fn entry(number: usize) -> String {
    let tag = json!({ "__type": "PermissionExpressionTag", "context": { "__type": "PermissionExpressionStack" },
        "key": key_of(number) });
    let value = json!({ "__type": "PermissionLiteralExpressionString", "value": value_of(number) });
    let equal = json!({ "__type": "PermissionExpressionEqual", "left": tag, "right": value });
    let set = if number == ENTRIES - 1 { "stack-admin" } else { "stack-read" };
    under(&equal.to_string(), &compose(&[set]).to_string())
}

fn under(condition: &str, node: &str) -> String {
    format!(r#"{{"__type":"PermissionDescriptorCondition","condition":{condition},"subNode":{node}}}"#)
}

fn has_tag(key: &str) -> String {
    let context = json!({ "__type": "PermissionExpressionStack" });
    json!({ "__type": "PermissionExpressionHasTag", "context": context, "key": key }).to_string()
}

fn tag_of(level: usize) -> String {
    format!("level-{level}")
}

fn key_of(number: usize) -> String {
    format!("key-{}", number % 20)
}

/// A value that makes the entries fill the role.
fn value_of(number: usize) -> String {
    format!("{number:0>139}")
}
