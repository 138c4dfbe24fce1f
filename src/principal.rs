//! One principal of an organization, and everything that can be asked about it.

use std::borrow::Cow;

use crate::access::Access;
use crate::condition::Facts;
use crate::decide::{Decision, Effect, Row};
use crate::explain::Explanation;
use crate::json::excerpt;
use crate::names::as_u32;
use crate::organization::{Organization, Subject};
use crate::remedy::{Asking, Counsel, Remedy};
use crate::request::{Context, PrincipalName, Request, RequestError};
use crate::scope::{Scope, ScopeSet};
use crate::standing::Question;
use crate::validate;

/// A principal, ready to be asked about.
///
/// Whoever it is, it can be asked: a name that is not in the document is denied everything, and one that is
/// malformed gives an error to every question but [`Principal::can`], which answers false.
#[derive(Debug, Clone)]
pub struct Principal<'o> {
    pub(crate) organization: &'o Organization,
    name: Box<str>,
    pub(crate) resolved: Resolved,
}

#[derive(Debug, Clone)]
pub(crate) enum Resolved {
    Access(Box<Access>),
    /// Whom a run acts as depends on what started it: `PROJECT/STACK`.
    Deployment(Box<str>),
    Malformed(RequestError),
}

/// A page of decisions: entities × scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    scopes: usize,
    effects: Vec<Effect>,
}

impl Matrix {
    /// The effect on an entity and a scope, by their positions in what was asked; deny outside of it.
    pub fn at(&self, entity: usize, scope: usize) -> Effect {
        let inside = scope < self.scopes;
        let position = entity.checked_mul(self.scopes).and_then(|row| row.checked_add(scope));
        position
            .filter(|_| inside)
            .and_then(|position| self.effects.get(position))
            .copied()
            .unwrap_or_default()
    }

    /// All effects, entity by entity.
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }
}

impl Organization {
    /// A principal by name: `user:LOGIN`, `token:NAME`, `team:NAME`, `service-principal:NAME` or
    /// `deployment:PROJECT/STACK`. Never fails; see [`Principal`].
    pub fn principal(&self, name: &str) -> Principal<'_> {
        Principal { organization: self, name: name.into(), resolved: self.resolve(name) }
    }

    /// Answers one request.
    ///
    /// # Errors
    ///
    /// A malformed request: a principal of an unknown kind, a scope without a colon, an entity of an unknown type
    /// or with a path of the wrong shape, a deployment without its trigger.
    pub fn decide(&self, request: &Request) -> Result<Decision, RequestError> {
        self.principal(&request.principal).decide(&request.scope, &request.entity, &request.context)
    }

    /// The entity of a question.
    #[inline]
    pub(crate) fn asked_about<'e>(&self, entity: &'e str) -> Result<Subject<'e>, RequestError> {
        self.subject(entity).map_err(|malformed| {
            RequestError::new(validate::malformed_entity(&self.catalog, entity, malformed))
        })
    }

    pub(crate) fn resolve(&self, name: &str) -> Resolved {
        let access = match PrincipalName::parse(name) {
            Err(error) => return Resolved::Malformed(error),
            Ok(PrincipalName::Deployment(stack)) => return Resolved::Deployment(stack.into()),
            Ok(PrincipalName::User(login)) => self.access_of_user(login),
            Ok(PrincipalName::Token(name)) => self.access_of_token(name),
            Ok(PrincipalName::Team(name)) => self.access_of_team(name),
            Ok(PrincipalName::ServicePrincipal(name)) => self.access_of_service_principal(name),
        };
        Resolved::Access(Box::new(access))
    }
}

impl<'o> Principal<'o> {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the principal may do this: true for an allow alone, false for everything else, a malformed
    /// question included.
    pub fn can(&self, scope: &str, entity: &str, context: &Context) -> bool {
        self.decide(scope, entity, context).is_ok_and(|decision| decision.is_allow())
    }

    /// The decision on a scope and an entity.
    ///
    /// # Errors
    ///
    /// As [`Organization::decide`].
    pub fn decide(&self, scope: &str, entity: &str, context: &Context) -> Result<Decision, RequestError> {
        self.resolved.decide(self.organization, scope, entity, context)
    }

    /// The decision with the grants that made it, what stands in the way, the documented statements behind it, and
    /// the changes that would turn it into an allow.
    ///
    /// Remedies take milliseconds where an organization is large, for each is tried and what it adds is counted.
    /// [`Principal::why`] goes without.
    ///
    /// # Errors
    ///
    /// As [`Organization::decide`].
    pub fn explain(&self, scope: &str, entity: &str, context: &Context) -> Result<Explanation, RequestError> {
        let explanation = self.why(scope, entity, context)?;
        Ok(explanation.with(self.remedies(scope, entity, context)?))
    }

    /// Whether the principal belongs to the organization (`organization:acme`), in whatever role: the decision on what
    /// takes no scope. A collaborator holds something in it and does not belong to it.
    ///
    /// # Errors
    ///
    /// As [`Organization::decide`].
    pub fn membership(&self, entity: &str, context: &Context) -> Result<Decision, RequestError> {
        self.resolved.membership(self.organization, &self.name, entity, context)
    }

    /// What would make it an allow; nothing where it is one.
    fn remedies(
        &self,
        scope: &str,
        entity: &str,
        context: &Context,
    ) -> Result<Option<Vec<Remedy>>, RequestError> {
        let access = self.resolved.access(self.organization, context)?;
        let asked = Asked::new(self.organization, &access, entity, context)?;
        let trigger = context.trigger.as_ref().and_then(|trigger| trigger.as_ref().ok());
        let Some(asker) = self.organization.asker(PrincipalName::parse(&self.name)?, trigger) else {
            return Ok(Some(Vec::new()));
        };
        let (question, brought) = (asked.question(), context.tags.as_deref());
        let asking = Asking { asker, access: &access, question, scope, brought };
        Ok(Counsel::new(self.organization).remedies(&asking))
    }

    /// What [`Principal::explain`] tells, without remedies.
    ///
    /// # Errors
    ///
    /// As [`Organization::decide`].
    pub fn why(&self, scope: &str, entity: &str, context: &Context) -> Result<Explanation<()>, RequestError> {
        self.resolved.explain(self.organization, scope, entity, context)
    }

    /// The scopes that are allowed on an entity, sorted by name.
    ///
    /// # Errors
    ///
    /// As [`Organization::decide`].
    pub fn scopes(&self, entity: &str, context: &Context) -> Result<Vec<&'o str>, RequestError> {
        self.resolved.scopes(self.organization, entity, context)
    }

    /// The entities on which a scope is allowed, in the order in which they were given.
    ///
    /// # Errors
    ///
    /// As [`Organization::decide`], for the first entity that is malformed.
    pub fn filter<'e>(
        &self,
        entities: impl IntoIterator<Item = &'e str>,
        scope: &str,
        context: &Context,
    ) -> Result<Vec<&'e str>, RequestError> {
        let mut allowed = Vec::new();
        for entity in entities {
            if self.decide(scope, entity, context)?.is_allow() {
                allowed.push(entity);
            }
        }
        Ok(allowed)
    }

    /// A page: every scope on every entity.
    ///
    /// # Errors
    ///
    /// As [`Organization::decide`], for the first name that is malformed.
    pub fn matrix(
        &self,
        entities: &[&str],
        scopes: &[&str],
        context: &Context,
    ) -> Result<Matrix, RequestError> {
        let access = self.resolved.access(self.organization, context)?;
        let page = Page::new(self.organization, scopes)?;
        let mut effects = Vec::with_capacity(entities.len().saturating_mul(scopes.len()));
        for entity in entities {
            page.row(&access, entity, context, &mut effects, |effect| effect)?;
        }
        Ok(Matrix { scopes: scopes.len(), effects })
    }
}

/// The scopes of a page, looked up once for each entity type.
pub(crate) struct Page<'p> {
    organization: &'p Organization,
    by_type: Vec<Columns>,
}

/// The scopes of a page as one entity type has them.
pub(crate) struct Columns {
    scopes: Vec<Option<Scope>>,
    all: ScopeSet,
}

impl<'p> Page<'p> {
    pub(crate) fn new(organization: &'p Organization, scopes: &[&str]) -> Result<Self, RequestError> {
        scopes.iter().try_for_each(|scope| well_formed(scope))?;
        let columns = |(entity_type, _)| {
            let scopes: Vec<_> =
                scopes.iter().map(|name| organization.catalog.scope(entity_type, name)).collect();
            Columns { all: scopes.iter().flatten().copied().collect(), scopes }
        };
        Ok(Self { organization, by_type: organization.catalog.entity_types().map(columns).collect() })
    }

    /// Adds the effects on one entity, in the order of the scopes.
    pub(crate) fn row<T>(
        &self,
        access: &Access,
        entity: &str,
        context: &Context,
        effects: &mut Vec<T>,
        written: fn(Effect) -> T,
    ) -> Result<(), RequestError> {
        let asked = Asked::new(self.organization, access, entity, context)?;
        let Some(columns) = self.by_type.get(asked.subject.entity_type.position()) else { return Ok(()) };
        let row = self.organization.row(access, &asked.question(), &columns.all);
        let effect = |scope: &Option<Scope>| scope.map_or(Effect::Deny, |scope| row.effect(scope));
        effects.extend(columns.scopes.iter().map(|scope| written(effect(scope))));
        Ok(())
    }
}

impl Resolved {
    /// What the principal holds; of a deployment, what its trigger makes of it.
    #[inline]
    pub(crate) fn access(
        &self,
        organization: &Organization,
        context: &Context,
    ) -> Result<Cow<'_, Access>, RequestError> {
        match self {
            Self::Access(access) => Ok(Cow::Borrowed(access)),
            Self::Malformed(error) => Err(error.clone()),
            Self::Deployment(stack) => access_of_run(organization, stack, context).map(Cow::Owned),
        }
    }

    /// Whether the answers depend on nothing but the entity and its tags: not on the time, as of a token that expires,
    /// nor on what started a run.
    #[cfg(all(target_arch = "wasm32", feature = "engine"))]
    pub(crate) fn is_timeless(&self, organization: &Organization) -> bool {
        match self {
            Self::Access(access) => {
                let token = access.token.and_then(|token| organization.principals.tokens.get(token as usize));
                token.is_none_or(|token| token.expires.is_none())
            }
            Self::Deployment(_) => false,
            Self::Malformed(_) => true,
        }
    }

    pub(crate) fn decide(
        &self,
        organization: &Organization,
        scope: &str,
        entity: &str,
        context: &Context,
    ) -> Result<Decision, RequestError> {
        let access = self.access(organization, context)?;
        let number = scope_number(organization, scope)?;
        let asked = Asked::new(organization, &access, entity, context)?;
        Ok(organization.decide_number(&access, &asked.question(), number))
    }

    pub(crate) fn membership(
        &self,
        organization: &Organization,
        name: &str,
        entity: &str,
        context: &Context,
    ) -> Result<Decision, RequestError> {
        let access = self.access(organization, context)?;
        let asked = Asked::new(organization, &access, entity, context)?;
        let decision = organization.decide_admission(&access, &asked.question());
        let outside = decision.is_allow() && organization.is_collaborator(name);
        Ok(if outside { Decision::default() } else { decision })
    }

    pub(crate) fn explain(
        &self,
        organization: &Organization,
        scope: &str,
        entity: &str,
        context: &Context,
    ) -> Result<Explanation<()>, RequestError> {
        let access = self.access(organization, context)?;
        well_formed(scope)?;
        let asked = Asked::new(organization, &access, entity, context)?;
        Ok(organization.explain_scope(&access, &asked.question(), scope))
    }

    /// What is allowed and what is unknown on an entity.
    pub(crate) fn row(
        &self,
        organization: &Organization,
        entity: &str,
        context: &Context,
    ) -> Result<Row, RequestError> {
        let access = self.access(organization, context)?;
        let asked = Asked::new(organization, &access, entity, context)?;
        Ok(organization.whole_row(&access, &asked.question()))
    }

    pub(crate) fn scopes<'o>(
        &self,
        organization: &'o Organization,
        entity: &str,
        context: &Context,
    ) -> Result<Vec<&'o str>, RequestError> {
        let row = self.row(organization, entity, context)?;
        let name = |scope| organization.catalog.scope_name(row.entity_type, scope);
        Ok(row.allow.iter().map(name).collect())
    }
}

fn access_of_run(
    organization: &Organization,
    stack: &str,
    context: &Context,
) -> Result<Access, RequestError> {
    match &context.trigger {
        Some(Ok(trigger)) => {
            trigger.check()?;
            Ok(organization.access_of_deployment(stack, trigger))
        }
        Some(Err(error)) => Err(error.clone()),
        None => Err(RequestError::new("a deployment needs its `trigger`: say what started it")),
    }
}

/// The entity of a question with its tags as numbers.
pub(crate) struct Asked<'a> {
    subject: Subject<'a>,
    tags: Option<Cow<'a, [(u32, u32)]>>,
    teams: &'a [u32],
    at: Option<crate::time::Instant>,
}

impl<'a> Asked<'a> {
    #[inline]
    pub(crate) fn new(
        organization: &'a Organization,
        access: &'a Access,
        entity: &'a str,
        context: &Context,
    ) -> Result<Self, RequestError> {
        let subject = organization.asked_about(entity)?;
        let tags = match &context.tags {
            Some(tags) => Some(Cow::Owned(numbered(organization, tags))),
            None => {
                subject.number.and_then(|number| organization.entities.tags_of(number)).map(Cow::Borrowed)
            }
        };
        Ok(Self { subject, tags, teams: &access.teams, at: context.at })
    }

    #[inline]
    pub(crate) fn question(&self) -> Question<'_> {
        let facts = Facts {
            entity_type: self.subject.entity_type,
            entity: self.subject.number,
            tags: self.tags.as_deref(),
            teams: self.teams,
        };
        Question { subject: self.subject, facts, at: self.at }
    }
}

/// The tags of a request. A key that no condition tests is left out; a value that the document does not have
/// gets a number of its own, the same for the same text, so that two tags of a request can be compared.
pub(crate) fn numbered(organization: &Organization, tags: &[(String, String)]) -> Vec<(u32, u32)> {
    let value = |position: usize, value: &str| {
        let known = organization.tags.get(value);
        let first = || tags.iter().position(|(_, other)| other == value).unwrap_or(position);
        known.unwrap_or_else(|| u32::MAX - as_u32(first()))
    };
    let tag = |(position, (key, text)): (usize, &(String, String))| {
        Some((organization.tags.get(key)?, value(position, text)))
    };
    tags.iter().enumerate().filter_map(tag).collect()
}

/// The number of a scope, which can be none of the catalog's.
pub(crate) fn scope_number(organization: &Organization, scope: &str) -> Result<Option<u32>, RequestError> {
    match organization.catalog.scope_number(scope) {
        None => well_formed(scope).map(|()| None),
        number => Ok(number),
    }
}

/// Whether a text can be a scope.
pub(crate) fn well_formed(scope: &str) -> Result<(), RequestError> {
    if scope.contains(':') {
        return Ok(());
    }
    Err(RequestError::new(format!("`{}` is no scope: write it `object:action`", excerpt(scope))))
}
