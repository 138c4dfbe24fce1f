//! What is left of a document once everything that does not matter is gone.

use serde_json::Value;

/// Takes away elements and fields, and puts parts of a tree in the place of the whole, as long as `fails` still says
/// yes.
pub(crate) fn shrink(mut document: Value, fails: impl Fn(&Value) -> bool) -> Value {
    let mut smaller = true;
    while smaller {
        smaller = false;
        for path in paths(&document) {
            for candidate in without(&document, &path) {
                if fails(&candidate) {
                    document = candidate;
                    smaller = true;
                    break;
                }
            }
        }
    }
    document
}

/// A step into a value.
#[derive(Clone)]
enum Step {
    Field(String),
    Index(usize),
}

/// The places of all values in a document, outer ones first.
fn paths(value: &Value) -> Vec<Vec<Step>> {
    let children: Vec<(Step, &Value)> = match value {
        Value::Array(values) => {
            values.iter().enumerate().map(|(at, value)| (Step::Index(at), value)).collect()
        }
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (Step::Field(name.clone()), value)).collect()
        }
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (step, child) in children {
        found.push(vec![step.clone()]);
        found.extend(paths(child).into_iter().map(|path| [vec![step.clone()], path].concat()));
    }
    found
}

/// The document with less at this place: the value gone, or one of its own parts instead of it.
fn without(document: &Value, path: &[Step]) -> Vec<Value> {
    let Some((last, above)) = path.split_last() else { return Vec::new() };
    let mut gone = document.clone();
    let mut candidates = Vec::new();
    match (at(&mut gone, above), last) {
        (Some(Value::Array(values)), Step::Index(index)) if *index < values.len() => {
            values.remove(*index);
        }
        (Some(Value::Object(fields)), Step::Field(name)) if fields.contains_key(name) => {
            fields.remove(name);
        }
        _ => return Vec::new(),
    }
    candidates.push(gone);
    let mut place = document.clone();
    let whole = at(&mut place, path).map(Value::take);
    for part in whole.iter().flat_map(parts) {
        let mut instead = place.clone();
        if let Some(value) = at(&mut instead, path) {
            *value = part;
            candidates.push(instead);
        }
    }
    candidates
}

/// The nodes and expressions directly below a node of a tree.
fn parts(value: &Value) -> Vec<Value> {
    let Some(fields) = value.as_object().filter(|fields| fields.contains_key("__type")) else {
        return Vec::new();
    };
    let lists = fields.values().filter_map(Value::as_array).flatten();
    let nodes = lists.map(|entry| entry.get("node").unwrap_or(entry));
    nodes.chain(fields.values()).filter(|part| part.get("__type").is_some()).cloned().collect()
}

fn at<'a>(value: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Field(name) => value.get_mut(name),
        Step::Index(index) => value.get_mut(index),
    })
}
