//! Why: the grants that decided and the way each came, what stands in the way, and the documented statements.
//!
//! Nothing is decided here. The evaluator of `decide.rs` says which grants hold, and every grant keeps the way
//! back to where it was written.

mod chains;
mod on;
mod telling;

use serde::Serialize;

pub use on::{On, TagTest};

use telling::Telling;

use crate::access::Access;
use crate::decide::{Decision, Effect, Reason};
use crate::organization::{Label, Organization};
use crate::remedy::Remedy;
use crate::standing::Question;

/// A decision with everything behind it.
///
/// `R` is what it tells of remedies: `()` where nobody looked for any, as in [`Principal::why`](crate::Principal::why).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Explanation<R: Remedies = Option<Vec<Remedy>>> {
    /// As in the decision.
    pub effect: Effect,
    /// As in the decision.
    pub reason: Reason,
    /// As in the decision.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Whom the run of a deployment acts as: `token:ci`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acts_as: Option<String>,
    /// The grants that decided: those that hold, or of an `unknown` those that may.
    pub grants: Vec<ExplainedGrant>,
    /// What refuses although something grants, or before anything could.
    pub blocked_by: Vec<Blocker>,
    /// The documented statements that decided.
    pub rules: Vec<CitedRule>,
    /// What would turn a deny or an unknown into an allow, the least added power first; empty where no single change
    /// does. Beside an allow there are none.
    #[serde(skip_serializing_if = "Remedies::are_absent")]
    pub remedies: R,
}

impl Explanation<()> {
    /// The same with its remedies.
    pub(crate) fn with<R: Remedies>(self, remedies: R) -> Explanation<R> {
        let Self { effect, reason, needs, acts_as, grants, blocked_by, rules, remedies: () } = self;
        Explanation { effect, reason, needs, acts_as, grants, blocked_by, rules, remedies }
    }
}

/// What an explanation tells of remedies: a list beside a deny or an unknown, or nothing at all.
pub trait Remedies: Serialize {
    /// Whether they are not told of.
    fn are_absent(&self) -> bool;
}

impl Remedies for () {
    fn are_absent(&self) -> bool {
        true
    }
}

impl Remedies for Option<Vec<Remedy>> {
    fn are_absent(&self) -> bool {
        self.is_none()
    }
}

/// A grant and the way it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ExplainedGrant {
    /// From the principal outward: `team:platform`, `role:deployer`, `permission-set:stack-write`.
    pub via: Vec<String>,
    /// Where it holds.
    pub on: On,
    /// Allow, or unknown where it rests on tags.
    pub effect: Effect,
}

/// What stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Blocker {
    /// The reason of the decision.
    pub code: Reason,
    /// The setting that is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
}

/// A numbered statement of the rules page, and how sure it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CitedRule {
    /// Its number.
    pub rule: String,
    /// `documented`, `disputed` or `inferred`.
    pub basis: &'static str,
}

impl Organization {
    /// Decides on one scope and explains it, without remedies.
    pub(crate) fn explain_scope(
        &self,
        access: &Access,
        question: &Question<'_>,
        scope: &str,
    ) -> Explanation<()> {
        let decision = self.decide_scope(access, question, scope);
        self.explain_decision(&decision, access, question, scope)
    }

    /// Explains a decision that was made, without remedies.
    pub(crate) fn explain_decision(
        &self,
        decision: &Decision,
        access: &Access,
        question: &Question<'_>,
        scope: &str,
    ) -> Explanation<()> {
        let mut telling = Telling::new(self, access, question);
        telling.caller(decision.reason);
        match self.scope_of(access, question.subject.entity_type, scope) {
            Ok(scope) => telling.decided(decision.effect, decision.reason, scope),
            Err(reason) => telling.without_scope(reason),
        }
        let blocked_by = telling.blockers(decision.reason, scope);
        Explanation {
            effect: decision.effect,
            reason: decision.reason,
            needs: decision.needs.clone(),
            acts_as: access.acts_as.as_deref().map(Into::into),
            grants: telling.grants,
            blocked_by,
            rules: telling.rules,
            remedies: (),
        }
    }

    /// The grants of that explanation alone.
    pub(crate) fn grants_behind(
        &self,
        decision: &Decision,
        access: &Access,
        question: &Question<'_>,
        scope: &str,
    ) -> Vec<ExplainedGrant> {
        let mut telling = Telling::new(self, access, question);
        if let Ok(scope) = self.scope_of(access, question.subject.entity_type, scope) {
            telling.decided(decision.effect, decision.reason, scope);
        }
        telling.grants
    }
}

/// How a source is called on a way.
pub(crate) fn label(label: &Label) -> Option<String> {
    match label {
        Label::Role(id) => Some(format!("role:{id}")),
        Label::Policy(id) => Some(format!("policy:{id}")),
        Label::Setting(field) => Some(format!("setting:{field}")),
        Label::Creator => Some("creator".to_owned()),
        Label::Direct => None,
    }
}
