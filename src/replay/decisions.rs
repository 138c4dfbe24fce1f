//! A decision of a log, decided again.

use crate::decide::Effect;
use crate::json::excerpt;
use crate::record::LoggedDecision;
use crate::replay::cases::Cases;
use crate::replay::compare::{Aside, Asking, Predicted};
use crate::replay::{Apart, Difference, Outcome, Replay, ReplayCase};
use crate::request::RequestError;

/// What the principal of a run begins with.
const RUN: &str = "deployment:";

/// The decisions on one scope that differ in one way.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplayedDecisions {
    /// The type of the entities.
    pub entity_type: String,
    /// The scope.
    pub scope: String,
    /// What the log says.
    pub logged: Effect,
    /// What the rules say.
    pub effect: Effect,
    /// How many records.
    pub count: usize,
    /// Each question once, in the order of the log; of more than 1,000 the first.
    pub cases: Vec<ReplayCase>,
}

impl Replay<'_> {
    /// Holds a decision of a decision log against what the rules say at its time. `number` is its place in the log.
    ///
    /// Records with stand-ins for names are counted apart, and so are those of deployments, of which a log does not keep
    /// what started them.
    ///
    /// # Errors
    ///
    /// A principal that is malformed. The record is not counted.
    pub fn add_decision(&mut self, number: usize, logged: &LoggedDecision) -> Result<Outcome, RequestError> {
        let compared = match hidden(logged) {
            Some(why) => Err(why.into()),
            None => self.predicted(logged)?.and_then(|predicted| differing(logged, predicted)),
        };
        self.totals.records += 1;
        Ok(match compared {
            Err(Aside { why, .. }) => {
                let LoggedDecision { principal, scope, entity, .. } = logged;
                self.count_apart(
                    why,
                    Some(format!("{} {} on {}", excerpt(principal), excerpt(scope), excerpt(entity))),
                )
            }
            Ok(None) => {
                self.totals.agree += 1;
                Outcome::Agrees
            }
            Ok(Some(predicted)) => self.decided_otherwise(number, logged, predicted),
        })
    }

    fn predicted(&mut self, logged: &LoggedDecision) -> Result<Result<Predicted, Aside>, RequestError> {
        let (organization, context) = (self.organization, &logged.context);
        let caller = self.callers.resolved(organization, &logged.principal);
        let access = caller.access(organization, context)?;
        let asking = Asking { organization, access: &access, context };
        Ok(asking.decide(Some(&logged.scope), &logged.entity))
    }

    fn decided_otherwise(&mut self, number: usize, logged: &LoggedDecision, predicted: Predicted) -> Outcome {
        self.totals.differ += 1;
        let position = self.decisions_like(logged, predicted.decision.effect);
        let organization = self.organization;
        let caller = self.callers.resolved(organization, &logged.principal);
        if let Some((_, cases)) = self.decisions.get_mut(position) {
            cases.count(predicted.question(&logged.principal, None), |question| {
                let explanation = predicted.explained(organization, &caller, &logged.context);
                predicted.case(number, question, explanation)
            });
        }
        Outcome::Differs(Difference::DecidedOtherwise)
    }

    /// The position of the decisions that differ alike, which is there from now on.
    fn decisions_like(&mut self, logged: &LoggedDecision, effect: Effect) -> usize {
        let group = ReplayedDecisions::new(logged, effect);
        let position = self.decisions.partition_point(|(known, _)| known.key() < group.key());
        if self.decisions.get(position).is_none_or(|(known, _)| known.key() != group.key()) {
            self.decisions.insert(position, (group, Cases::default()));
        }
        position
    }
}

impl ReplayedDecisions {
    fn new(logged: &LoggedDecision, effect: Effect) -> Self {
        let (entity_type, _) = logged.entity.split_once(':').unwrap_or_default();
        Self {
            entity_type: entity_type.to_owned(),
            scope: logged.scope.clone(),
            logged: logged.effect,
            effect,
            count: 0,
            cases: Vec::new(),
        }
    }

    fn key(&self) -> (&str, &str, &str, &str) {
        (&self.entity_type, &self.scope, self.logged.as_str(), self.effect.as_str())
    }

    pub(super) fn with(self, Cases { count, cases, .. }: Cases) -> Self {
        Self { count, cases, ..self }
    }
}

/// Why a record does not say what was asked.
fn hidden(logged: &LoggedDecision) -> Option<Apart> {
    let is_run = logged.principal.starts_with(RUN) && logged.context.trigger.is_none();
    logged.is_redacted().then_some(Apart::Redacted).or(is_run.then_some(Apart::NoTrigger))
}

/// What the rules say, where that is not what was decided. Tags that were known then, and are not now, may have decided.
fn differing(logged: &LoggedDecision, predicted: Predicted) -> Result<Option<Predicted>, Aside> {
    match predicted.decision.effect {
        effect if effect == logged.effect => Ok(None),
        Effect::Unknown => Err(Apart::UnknownTags.into()),
        _ => Ok(Some(predicted)),
    }
}
