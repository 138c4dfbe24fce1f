//! Findings as they are made: places are numbers until all are known, for one walk then tells them all.

use std::collections::BTreeMap;

use super::{Finding, Lint};
use crate::holdings::distinct;
use crate::json::{Place, Value};
use crate::names::sorted;

/// What has been found so far.
#[derive(Debug, Default)]
pub(super) struct Found(Vec<Draft>);

/// In the order in which findings are told.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Draft {
    code: Lint,
    /// The number of the value.
    at: u32,
    message: String,
    related: Vec<Related>,
}

/// Something that a finding is about, beside its own place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Related {
    /// A value of the document, which is told by its path.
    At(u32),
    /// A principal, an entity, a role.
    Name(String),
}

impl Found {
    pub(super) fn add(&mut self, code: Lint, at: u32, message: impl Into<String>, related: Vec<Related>) {
        self.0.push(Draft { code, at, message: message.into(), related });
    }

    /// Whether something of these kinds was found in a value.
    pub(super) fn is_in(&self, value: Value<'_>, codes: &[Lint]) -> bool {
        self.0.iter().any(|draft| codes.contains(&draft.code) && value.contains(draft.at))
    }

    /// All that was found, by severity, then by place.
    pub(super) fn into_findings(self, document: Value<'_>) -> Vec<Finding> {
        let numbers = self.0.iter().flat_map(Draft::numbers).collect();
        let numbers = distinct(numbers);
        let places = document.places(&numbers);
        let places: BTreeMap<u32, Place> = numbers.into_iter().zip(places).collect();
        let keyed = self.0.into_iter().map(|draft| (draft.code.severity(), draft.at, draft)).collect();
        sorted(keyed).into_iter().map(|(_, _, draft)| draft.finding(&places)).collect()
    }
}

impl Draft {
    fn numbers(&self) -> impl Iterator<Item = u32> {
        let related = self.related.iter().filter_map(|related| match related {
            Related::At(number) => Some(*number),
            Related::Name(_) => None,
        });
        related.chain([self.at])
    }

    fn finding(self, places: &BTreeMap<u32, Place>) -> Finding {
        let place = |number: u32| places.get(&number).cloned().unwrap_or_default();
        let related = self.related.into_iter().map(|related| match related {
            Related::At(number) => place(number).path,
            Related::Name(name) => name,
        });
        let Place { path, line, column } = place(self.at);
        let (code, severity) = (self.code, self.code.severity());
        Finding { code, severity, path, line, column, message: self.message, related: related.collect() }
    }
}

/// The first names of a list and how many more there are, for a sentence: `` `a`, `b` and 3 more ``.
pub(super) fn listed(names: &[impl AsRef<str>]) -> String {
    const SHOWN: usize = 2;
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| format!("`{}`", name.as_ref())).collect();
    match (names.len().saturating_sub(SHOWN), &*shown) {
        (0, [first, last]) => format!("{first} and {last}"),
        (0, _) => shown.concat(),
        (more, _) => format!("{} and {more} more", shown.join(", ")),
    }
}
