//! A decision as a log keeps it, and as `suggest` and `replay` read it there.

use serde::Serialize;

use crate::decide::{Effect, Reason};
use crate::json::{Value, excerpt};
use crate::organization::Organization;
use crate::request::{self, Context, Request, RequestError};

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

/// What is read of a line of a decision log: the question, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedDecision {
    /// Who asked: `user:bob`.
    pub principal: String,
    /// For what: `stack:write`.
    pub scope: String,
    /// On what: `stack:acme/web/prod`.
    pub entity: String,
    /// What was decided.
    pub effect: Effect,
    /// When it was. A log keeps neither tags nor triggers.
    pub context: Context,
}

impl LoggedDecision {
    /// Reads `{"principal", "scope", "entity", "effect"}` with `at` where it is given; what else stands there is not read.
    ///
    /// # Errors
    ///
    /// A text that is no such object: no JSON, a field that is missing or no text, an effect that is none, a bad date.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, RequestError> {
        Self::read(request::parse(text.as_ref())?.root())
    }

    pub(crate) fn read(written: Value<'_>) -> Result<Self, RequestError> {
        let own = |name| text(written, name).map(str::to_owned);
        let (principal, scope, entity) = (own("principal")?, own("scope")?, own("entity")?);
        let effect = effect(text(written, "effect")?)?;
        let at = written.get("at").map(|_| text(written, "at")).transpose()?;
        let context = Context { at: at.map(request::instant).transpose()?, ..Context::default() };
        Ok(Self { principal, scope, entity, effect, context })
    }

    /// Whether a stand-in is in the place of the principal or of a part of the entity, as `serve --redact` writes them.
    pub(crate) fn is_redacted(&self) -> bool {
        [&self.principal, &self.entity].into_iter().any(|name| name.contains(":~") || name.contains("/~"))
    }
}

/// A text that a line of a log must have.
pub(crate) fn text<'t>(written: Value<'t>, name: &str) -> Result<&'t str, RequestError> {
    let missing = || RequestError::new(format!("the field `{name}` must be there and be a text"));
    written.text(name).ok_or_else(missing)
}

/// The effect of that name.
pub(crate) fn effect(name: &str) -> Result<Effect, RequestError> {
    let known = [Effect::Allow, Effect::Deny, Effect::Unknown];
    let unknown = || {
        let known = known.map(Effect::as_str).join("`, `");
        RequestError::new(format!("no effect `{}` is known: it is one of `{known}`", excerpt(name)))
    };
    known.into_iter().find(|it| it.as_str() == name).ok_or_else(unknown)
}
