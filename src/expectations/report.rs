//! What came of tests, as values.

use serde::Serialize;

use crate::decide::{Decision, Effect, Reason};
use crate::explain::Explanation;

/// What came of every test.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TestReport {
    /// How many expectations are met.
    pub passed: usize,
    /// How many are not.
    pub failed: usize,
    /// The tests in their order.
    pub tests: Vec<TestOutcome>,
    /// Entities that were asked about by their full name and that the document neither lists nor names anywhere, in
    /// the order in which they were met. What holds on all of a type decides there; a name that is misspelt stands
    /// here as well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unlisted: Vec<String>,
    /// The grants behind every expectation that a scope is allowed, and is; sorted.
    #[serde(skip)]
    pub(crate) touched: Vec<u32>,
}

/// What came of one test.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TestOutcome {
    /// Its name, else its place.
    pub name: String,
    /// Where it stands in the file: `tests[3]`.
    pub path: String,
    /// Every combination of its lists: by principal, then by entity, then by scope.
    pub expectations: Vec<ExpectationOutcome>,
}

impl TestOutcome {
    /// The expectations that are not met.
    pub fn failures(&self) -> impl Iterator<Item = &ExpectationOutcome> {
        self.expectations.iter().filter(|expectation| !expectation.passed)
    }
}

/// One expectation and the answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ExpectationOutcome {
    /// Who asked.
    pub principal: String,
    /// For what.
    pub scope: String,
    /// On what.
    pub entity: String,
    /// What should come.
    pub expected: Expected,
    /// What came.
    pub got: Decision,
    /// Whether they agree.
    pub passed: bool,
    /// Why it came so, where it should not: the reason, the grants by their ways, what stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Box<Explanation<()>>>,
}

/// What a decision should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Expected {
    /// Its effect.
    pub effect: Effect,
    /// Its reason, where that is expected too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

impl Expected {
    /// Whether a decision is as expected.
    pub fn is_met_by(&self, decision: &Decision) -> bool {
        self.effect == decision.effect && self.reason.is_none_or(|reason| reason == decision.reason)
    }
}
