//! What differs in one way, question by question.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::decide::{Decision, Fields};
use crate::explain::Explanation;

/// How many distinct questions are listed.
const LISTED: usize = 1_000;

/// Who asked for what on what, the status where there was one, and the reason of the rules.
pub(super) type Question = (String, Option<String>, String, Option<u16>, &'static str);

/// Cases in the making.
#[derive(Debug, Default)]
pub(super) struct Cases {
    pub(super) count: usize,
    pub(super) cases: Vec<ReplayCase>,
    /// Each question, and where it stands among the cases; sorted.
    known: Vec<(Question, usize)>,
}

/// One question that was answered otherwise.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ReplayCase {
    /// The number of the first record of it.
    pub record: usize,
    /// How many records of it there are.
    pub count: usize,
    /// Who asked.
    pub principal: String,
    /// For what; nothing where the route needs a member of the organization alone.
    pub scope: Option<String>,
    /// On what.
    pub entity: String,
    /// What the server answered; nothing of a decision log.
    pub status: Option<u16>,
    /// What the rules say at the time of the first record.
    pub decision: Decision,
    /// Why they say so.
    pub explanation: Option<Explanation<()>>,
}

impl Serialize for ReplayCase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut case = serializer.serialize_struct("ReplayCase", 7 + Decision::FIELDS)?;
        case.serialize_field("record", &self.record)?;
        case.serialize_field("count", &self.count)?;
        case.serialize_field("principal", &self.principal)?;
        if let Some(scope) = &self.scope {
            case.serialize_field("scope", scope)?;
        }
        case.serialize_field("entity", &self.entity)?;
        if let Some(status) = &self.status {
            case.serialize_field("status", status)?;
        }
        self.decision.fields(&mut case)?;
        if let Some(explanation) = &self.explanation {
            case.serialize_field("explanation", explanation)?;
        }
        case.end()
    }
}

impl Cases {
    /// Counts a record by its question, which is a case of its own when it is new and there are not too many.
    pub(super) fn count(&mut self, question: Question, case: impl FnOnce(&Question) -> ReplayCase) {
        self.count += 1;
        let position = self.known.partition_point(|(known, _)| *known < question);
        let known = self.known.get(position).filter(|(known, _)| *known == question);
        if let Some(case) = known.and_then(|(_, at)| self.cases.get_mut(*at)) {
            case.count += 1;
        } else if self.cases.len() < LISTED {
            let case = case(&question);
            self.known.insert(position, (question, self.cases.len()));
            self.cases.push(case);
        }
    }
}
