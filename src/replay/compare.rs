//! One record against the rules: what the request needs, what the rules say of that, what the status says.

use crate::access::Access;
use crate::decide::{Decision, Effect};
use crate::explain::Explanation;
use crate::organization::Organization;
use crate::principal::{Asked, Resolved};
use crate::replay::cases::{Question, ReplayCase};
use crate::replay::{Apart, Difference, Record};
use crate::request::Context;
use crate::route::{NeededScope, Route, RouteError, RouteMatch, RouteNeeds, Routes};

/// Why a record cannot be compared.
pub(super) struct Aside {
    pub(super) why: Apart,
    /// What the example says of it.
    pub(super) detail: String,
}

/// A record on which the server and the rules differ.
pub(super) struct Differing<'r> {
    pub(super) found: RouteMatch<'r>,
    pub(super) difference: Difference,
    pub(super) predicted: Predicted,
}

/// What the rules say of a request.
pub(super) struct Predicted {
    /// Nothing, where it takes no more than to belong to the organization.
    scope: Option<String>,
    entity: String,
    pub(super) decision: Decision,
    /// The document lists the entity, or it is the organization itself.
    there: bool,
}

/// What a status says about permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Observed {
    LetThrough,
    Refused,
    /// Refused, or not there.
    Missing,
}

/// Where the server and the rules differ on a record, if they do.
pub(super) fn compare<'r>(
    organization: &Organization,
    routes: &'r Routes,
    access: &Access,
    record: &Record,
) -> Result<Option<Differing<'r>>, Aside> {
    let found = route(routes, record)?;
    let status = || Aside { why: Apart::Status, detail: record.status.to_string() };
    let observed = Observed::of(record.status).ok_or_else(status)?;
    let predicted = predicted(organization, access, &found.needs, record)?;
    let difference = difference(&predicted, observed, found.route)?;
    Ok(difference.map(|difference| Differing { found, difference, predicted }))
}

fn route<'r>(routes: &'r Routes, record: &Record) -> Result<RouteMatch<'r>, Aside> {
    match routes.find(&record.method, &record.path) {
        Ok(Some(found)) => Ok(found),
        Ok(None) | Err(RouteError::Unmapped | RouteError::MethodUnmapped) => Err(Apart::Unmapped.into()),
        Err(unclear) => Err(Aside { why: Apart::Unclear, detail: unclear.as_str().to_owned() }),
    }
}

/// What the rules say of what is needed.
fn predicted(
    organization: &Organization,
    access: &Access,
    needs: &RouteNeeds,
    record: &Record,
) -> Result<Predicted, Aside> {
    let asking = Asking { organization, access, context: &record.context };
    match needs {
        RouteNeeds::Scope { scopes } => asking.weakest(scopes),
        // No source says what a collaborator may see of the organization.
        RouteNeeds::Member { entity } if !organization.is_collaborator(&record.principal) => {
            asking.decide(None, entity)
        }
        _ => Err(Apart::NoScope.into()),
    }
}

/// One caller at one time.
pub(super) struct Asking<'a> {
    pub(super) organization: &'a Organization,
    pub(super) access: &'a Access,
    pub(super) context: &'a Context,
}

impl Asking<'_> {
    /// Of several scopes the one that lets least through: a denied one, failing that one that rests on tags.
    fn weakest(&self, scopes: &[NeededScope]) -> Result<Predicted, Aside> {
        let each = scopes.iter().map(|it| self.decide(Some(&it.scope), &it.entity));
        let all: Vec<Predicted> = each.collect::<Result<_, _>>()?;
        let order = |it: &Predicted| match it.decision.effect {
            Effect::Deny => 0,
            Effect::Unknown => 1,
            Effect::Allow => 2,
        };
        all.into_iter().min_by_key(order).ok_or_else(|| Apart::NoScope.into())
    }

    pub(super) fn decide(&self, scope: Option<&str>, entity: &str) -> Result<Predicted, Aside> {
        let organization = self.organization;
        let unknown = |what: &str| Aside { why: Apart::NotInCatalog, detail: what.to_owned() };
        let asked = Asked::new(organization, self.access, entity, self.context);
        let asked = asked.map_err(|_| unknown(entity))?;
        let question = asked.question();
        let subject = question.subject;
        if !subject.here {
            return Err(Apart::OtherOrganization.into());
        }
        let known = |scope| organization.catalog.scope(subject.entity_type, scope).is_some();
        let decision = match scope {
            None => organization.decide_admission(self.access, &question),
            Some(scope) if known(scope) => organization.decide_scope(self.access, &question, scope),
            Some(scope) => return Err(unknown(scope)),
        };
        let itself = organization.catalog.organization_type() == Some(subject.entity_type);
        let listed = subject.number.is_some_and(|it| organization.entities.tags_of(it).is_some());
        let there = itself || listed;
        Ok(Predicted { scope: scope.map(str::to_owned), entity: entity.to_owned(), decision, there })
    }
}

fn difference(predicted: &Predicted, observed: Observed, route: &Route) -> Result<Option<Difference>, Apart> {
    let hidden = predicted.there && route.ends_with_entity();
    match (predicted.decision.effect, observed) {
        (Effect::Allow, Observed::LetThrough) | (Effect::Deny, Observed::Refused | Observed::Missing) => {
            Ok(None)
        }
        (Effect::Allow, Observed::Refused) => Ok(Some(Difference::AllowedButRefused)),
        (Effect::Allow, Observed::Missing) if hidden => Ok(Some(Difference::AllowedButHidden)),
        (Effect::Allow, Observed::Missing) => Err(Apart::NotThere),
        (Effect::Deny, Observed::LetThrough) => Ok(Some(Difference::DeniedButLetThrough)),
        (Effect::Unknown, _) => Err(Apart::UnknownTags),
    }
}

impl From<Apart> for Aside {
    fn from(why: Apart) -> Self {
        Self { why, detail: String::new() }
    }
}

impl Observed {
    /// Success, and 304, which is success without the body, come after every check of permission. Of the others only 403
    /// and 404 speak of it: a server may find a fault in a request, or in itself, before or after it looks at who
    /// sends it.
    fn of(status: u16) -> Option<Self> {
        match status {
            200..=299 | 304 => Some(Self::LetThrough),
            403 => Some(Self::Refused),
            404 => Some(Self::Missing),
            _ => None,
        }
    }
}

impl Predicted {
    pub(super) fn question(&self, principal: &str, status: Option<u16>) -> Question {
        let reason = self.decision.reason.as_str();
        (principal.to_owned(), self.scope.clone(), self.entity.clone(), status, reason)
    }

    /// Why the rules say so.
    pub(super) fn explained(
        &self,
        organization: &Organization,
        caller: &Resolved,
        context: &Context,
    ) -> Option<Explanation<()>> {
        let explained = |scope| caller.explain(organization, scope, &self.entity, context);
        explained(self.scope.as_deref()?).ok()
    }

    pub(super) fn case(
        self,
        number: usize,
        (principal, .., status, _): &Question,
        explanation: Option<Explanation<()>>,
    ) -> ReplayCase {
        ReplayCase {
            record: number,
            count: 1,
            principal: principal.clone(),
            scope: self.scope,
            entity: self.entity,
            status: *status,
            decision: self.decision,
            explanation,
        }
    }
}
