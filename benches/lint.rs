//! A whole document judged. What the other benchmarks do not ask about is added to it: direct grants, tokens,
//! environments and deployments of the stacks.

use scopewise::{Finding, Instant};
use serde_json::{Value, json};

use crate::workload::{Size, Workload};

/// From the text to every finding.
pub(crate) fn lint(size: Size) -> impl FnMut() -> Vec<Finding> {
    let document = document(size);
    let now = Instant::from_unix(1_800_000_000);
    move || scopewise::lint(&document, Some(now)).expect("the workload writes valid documents")
}

fn document(size: Size) -> String {
    let mut document: Value = serde_json::from_str(&Workload::of(size).document()).expect("it is JSON");
    document["settings"]["defaultStackPermission"] = json!("read");
    let names = |field: &str, name: &str, word: &str| -> Vec<String> {
        let items = document[field].as_array().into_iter().flatten();
        let names = items.filter_map(|it| it[name].as_str()).filter(|it| it.starts_with(word));
        names.map(str::to_owned).collect()
    };
    let (stacks, environments) =
        (names("entities", "entity", "stack:"), names("entities", "entity", "environment:"));
    let (users, roles) = (names("members", "user", ""), names("roles", "id", ""));
    let token = |(number, user): (usize, &String)| {
        let role = &roles[number % roles.len()];
        [
            json!({ "name": format!("p{number}"), "kind": "personal", "user": user }),
            json!({ "name": format!("o{number}"), "kind": "organization", "role": role }),
        ]
    };
    document["tokens"] = users.iter().step_by(10).enumerate().flat_map(token).collect();
    for (number, member) in each(&mut document, "members").enumerate().step_by(5) {
        member["grants"] = json!([{ "entity": stacks[number % stacks.len()], "level": "write" }]);
    }
    for (number, entity) in each(&mut document, "entities").enumerate() {
        if number < stacks.len() {
            entity["environments"] = json!([environments[number % environments.len()]]);
            entity["stackReferences"] = json!([stacks[number / 2]]);
            let role = if number % 4 == 0 { json!(roles[number % roles.len()]) } else { Value::Null };
            entity["deployment"] = json!({ "role": role });
        } else if number < stacks.len() + environments.len() {
            entity["imports"] = json!([environments[(number - stacks.len()) / 2]]);
        }
    }
    document.to_string()
}

fn each<'d>(document: &'d mut Value, field: &str) -> impl Iterator<Item = &'d mut Value> {
    document[field].as_array_mut().into_iter().flatten()
}
