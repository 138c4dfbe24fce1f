//! Findings as they are made: places are numbers until all are known, for one walk then tells them all.

use super::{Finding, Lint};
use crate::holdings::distinct;
use crate::json::{Place, Value, excerpt};
use crate::names::by_key;

/// How much else a finding tells that it is about: a rule may be about everybody, and a document may have many rules.
const RELATED: usize = 1_000;

/// What has been found so far.
#[derive(Debug, Default)]
pub(super) struct Found(Vec<Draft>);

#[derive(Debug)]
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
    pub(super) fn add(&mut self, code: Lint, at: u32, message: impl Into<String>, mut related: Vec<Related>) {
        related.truncate(RELATED);
        self.0.push(Draft { code, at, message: message.into(), related });
    }

    /// Whether something of these kinds was found in a value.
    pub(super) fn is_in(&self, value: Value<'_>, codes: &[Lint]) -> bool {
        self.0.iter().any(|draft| codes.contains(&draft.code) && value.contains(draft.at))
    }

    /// All that was found, by severity, then by place.
    pub(super) fn into_findings(self, document: Value<'_>) -> Vec<Finding> {
        let mut numbers = Vec::new();
        for draft in &self.0 {
            numbers.push(draft.at);
            numbers.extend(draft.related.iter().filter_map(Related::number));
        }
        let numbers = distinct(numbers);
        let places = Places { places: document.places(&numbers), numbers };
        let keyed = self.0.into_iter().map(|draft| ((draft.code.severity(), draft.at, draft.code), draft));
        by_key(keyed.collect()).map(|draft| draft.finding(&places)).collect()
    }
}

impl Related {
    fn number(&self) -> Option<u32> {
        match self {
            Self::At(number) => Some(*number),
            Self::Name(_) => None,
        }
    }
}

/// Places by the numbers of the values that stand there.
struct Places {
    numbers: Vec<u32>,
    places: Vec<Place>,
}

impl Places {
    fn of(&self, number: u32) -> Place {
        let position = self.numbers.binary_search(&number).ok();
        position.and_then(|position| self.places.get(position)).cloned().unwrap_or_default()
    }
}

impl Draft {
    fn finding(self, places: &Places) -> Finding {
        let mut related = Vec::new();
        for it in self.related {
            related.push(match it {
                Related::At(number) => places.of(number).path,
                Related::Name(name) => name,
            });
        }
        let Place { path, line, column } = places.of(self.at);
        let (code, severity) = (self.code, self.code.severity());
        Finding { code, severity, path, line, column, message: self.message, related }
    }
}

/// The first names of a list and how many more there are, for a sentence: `` `a`, `b` and 3 more ``.
pub(super) fn listed(names: &[impl AsRef<str>]) -> String {
    const SHOWN: usize = 2;
    let shown: Vec<_> =
        names.iter().take(SHOWN).map(|name| format!("`{}`", excerpt(name.as_ref()))).collect();
    match (names.len().saturating_sub(SHOWN), &*shown) {
        (0, [first, last]) => format!("{first} and {last}"),
        (0, _) => shown.concat(),
        (more, _) => format!("{} and {more} more", shown.join(", ")),
    }
}
