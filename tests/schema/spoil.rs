//! Documents and catalogs changed at random, and what a schema says of them.

use jsonschema::{Draft, Validator};
use scopewise::Schema;
use serde_json::{Value, json};

use crate::generate::Dice;

pub(crate) fn validator(schema: &Schema) -> Validator {
    let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
    options.build(&json!(schema)).expect("a schema")
}

#[track_caller]
pub(crate) fn accepts(schema: &Validator, value: &Value) {
    let faults: Vec<String> =
        schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{}\nin {value:#}", faults.join("\n"));
}

/// Where the schema does not accept a value, each place once.
pub(crate) fn refused_at(schema: &Validator, value: &Value) -> Vec<String> {
    let mut places: Vec<String> =
        schema.iter_errors(value).map(|error| error.instance_path().to_string()).collect();
    places.sort();
    places.dedup();
    places
}

/// How often the schema refused what was changed at random, how often the engine did, and how often neither.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) schema: usize,
    pub(crate) engine: usize,
    pub(crate) none: usize,
}

impl Tally {
    /// Counts one value; what the engine takes the schema must accept.
    #[track_caller]
    pub(crate) fn count(&mut self, schema: &Validator, value: &Value, valid: bool) {
        if valid {
            accepts(schema, value);
        }
        self.schema += usize::from(!schema.is_valid(value));
        self.engine += usize::from(!valid);
        self.none += usize::from(valid);
    }
}

/// Names of fields and values that may come to stand anywhere.
pub(crate) struct Words<'w> {
    pub(crate) fields: &'w [&'w str],
    pub(crate) values: &'w [Value],
}

/// A value changed at one to three places: most are spoiled, some are not.
pub(crate) fn changed(dice: &mut Dice, value: &Value, words: &Words<'_>) -> Value {
    let mut value = value.clone();
    for _ in 0..dice.between(1, 3) {
        change(dice, &mut value, words);
    }
    value
}

/// Changes one place: something goes, comes, or becomes something else.
fn change(dice: &mut Dice, document: &mut Value, words: &Words<'_>) {
    let others: Vec<Value> = all(document).into_iter().cloned().collect();
    let place = dice.below(others.len());
    let replacement = if dice.percent(50) { dice.pick(&others) } else { dice.pick(words.values) };
    let Some(value) = nth(document, place) else { return };
    match value {
        Value::Object(members) if dice.percent(60) => {
            let keys: Vec<String> = members.keys().cloned().collect();
            if keys.is_empty() || dice.percent(40) {
                members.insert(dice.pick(words.fields).to_owned(), replacement);
            } else {
                members.shift_remove(&dice.pick(&keys));
            }
        }
        Value::Array(items) if !items.is_empty() && dice.percent(60) => {
            let at = dice.below(items.len());
            if dice.percent(50) {
                items.remove(at);
            } else {
                items[at] = replacement;
            }
        }
        value => *value = replacement,
    }
}

/// A value and everything in it.
fn all(value: &Value) -> Vec<&Value> {
    let inner: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    };
    [value].into_iter().chain(inner.into_iter().flat_map(all)).collect()
}

/// The value at a position of [`all`].
fn nth(value: &mut Value, place: usize) -> Option<&mut Value> {
    let Some(mut left) = place.checked_sub(1) else { return Some(value) };
    let inner: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(members) => members.values_mut().collect(),
        _ => Vec::new(),
    };
    for value in inner {
        let count = all(value).len();
        if left < count {
            return nth(value, left);
        }
        left -= count;
    }
    None
}
