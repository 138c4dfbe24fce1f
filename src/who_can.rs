//! Who may do something on an entity: every principal of the document, each decided, with the way it came by it.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::decide::{Decision, Effect, Fields, Reason};
use crate::explain::ExplainedGrant;
use crate::filter::Filter;
use crate::names::by_key;
use crate::organization::Organization;
use crate::principal::{Asked, scope_number};
use crate::request::{Context, RequestError};
use crate::roster::KINDS;

/// Who may do something on an entity.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WhoCan {
    /// Those who may, and those of whom it rests on tags: users, teams, service principals, then tokens, each by
    /// name. The denied ones only where they were asked for.
    pub principals: Vec<WhoCanRow>,
    /// How many of all who were asked about are denied, for each reason, in the order of [`Reason::ALL`].
    pub denied: Vec<Denied>,
}

/// One principal, and by which way it may.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WhoCanRow {
    /// `user:bob`.
    pub principal: String,
    /// The effect, the reason and what it rests on.
    pub decision: Decision,
    /// The grants that decided, as in an explanation.
    pub grants: Vec<ExplainedGrant>,
}

impl Serialize for WhoCanRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_struct("WhoCanRow", 2 + Decision::FIELDS)?;
        row.serialize_field("principal", &self.principal)?;
        self.decision.fields(&mut row)?;
        row.serialize_field("grants", &self.grants)?;
        row.end()
    }
}

/// So many are denied for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Denied {
    /// The reason.
    pub reason: Reason,
    /// How many.
    pub count: usize,
}

impl Organization {
    /// Who may do something on an entity: every user, team, service principal and token of the document that the
    /// filter takes, decided one by one.
    ///
    /// ```
    /// # use scopewise::{Context, Filter, Organization};
    /// let acme = Organization::parse(std::fs::read("examples/acme.json")?)?;
    /// let users = Filter::default().kind("user");
    /// let who = acme.who_can("stack:delete", "stack:acme/web/prod", &users, &Context::default())?;
    /// let names: Vec<&str> = who.principals.iter().map(|row| row.principal.as_str()).collect();
    /// assert_eq!(names, ["user:alice"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Organization::decide`]; a filter by a kind that no principal is of.
    pub fn who_can(
        &self,
        scope: &str,
        entity: &str,
        filter: &Filter,
        context: &Context,
    ) -> Result<WhoCan, RequestError> {
        let number = scope_number(self, scope)?;
        self.asked_about(entity)?;
        filter.check("kind of principal", &KINDS)?;
        let mut told = Vec::new();
        let mut denied = Vec::new();
        for (who, principal) in self.everyone().map(|who| (who, self.name_of(who))) {
            if !filter.takes(&principal) {
                continue;
            }
            let access = self.access_of(who);
            let asked = Asked::new(self, &access, entity, context)?;
            let decision = self.decide_number(&access, &asked.question(), number);
            if decision.effect == Effect::Deny {
                count(&mut denied, decision.reason);
            }
            if decision.effect != Effect::Deny || filter.tells_denied() {
                let grants = self.grants_behind(&decision, &access, &asked.question(), scope);
                let row = WhoCanRow { principal, decision, grants };
                told.push(((who.kind(), row.principal.clone()), row));
            }
        }
        let denied = denied.into_iter().map(|it: Denied| (it.reason as usize, it)).collect();
        Ok(WhoCan { principals: by_key(told).collect(), denied: by_key(denied).collect() })
    }
}

fn count(denied: &mut Vec<Denied>, reason: Reason) {
    match denied.iter_mut().find(|denied| denied.reason == reason) {
        Some(denied) => denied.count += 1,
        None => denied.push(Denied { reason, count: 1 }),
    }
}
