//! A decision as a log keeps it: what `suggest` reads of what was used.

use serde::Serialize;

use crate::decide::{Effect, Reason};
use crate::organization::Organization;
use crate::request::{Request, RequestError};

/// A line of a decision log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DecisionRecord {
    /// The time of the question, in UTC with milliseconds; nothing for a question without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Who asked: `user:bob`.
    pub principal: String,
    /// For what: `stack:write`.
    pub scope: String,
    /// On what: `stack:acme/web/prod`.
    pub entity: String,
    /// As in the decision.
    pub effect: Effect,
    /// As in the decision.
    pub reason: Reason,
    /// The first of the documented statements that decided: `RO-10`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The version of the document, which whoever keeps it knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// What the request was called where it came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Organization {
    /// The decision on a request as a record, without version and request id.
    ///
    /// ```
    /// # use scopewise::{Organization, Request};
    /// let acme = Organization::parse(std::fs::read("examples/acme.json")?)?;
    /// let request = Request::parse(r#"{ "principal": "user:alice", "scope": "stack:read",
    ///     "entity": "stack:acme/web/prod", "at": "2026-11-20T00:00:00Z" }"#)?;
    /// let record = acme.decision_record(&request)?;
    /// assert_eq!(record.at.as_deref(), Some("2026-11-20T00:00:00.000Z"));
    /// assert_eq!(record.reason.as_str(), "organization_admin");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Organization::decide`].
    pub fn decision_record(&self, request: &Request) -> Result<DecisionRecord, RequestError> {
        let Request { principal, scope, entity, context } = request;
        let why = self.principal(principal).why(scope, entity, context)?;
        Ok(DecisionRecord {
            at: context.at.and_then(crate::time::Instant::text_with_milliseconds),
            principal: principal.clone(),
            scope: scope.clone(),
            entity: entity.clone(),
            effect: why.effect,
            reason: why.reason,
            rule: why.rules.into_iter().next().map(|cited| cited.rule),
            version: None,
            request_id: None,
        })
    }
}
