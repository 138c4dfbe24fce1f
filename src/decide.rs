//! Access × scope × entity → [`Decision`]. The only file that answers allow or deny.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::access::{Access, Refusal};
use crate::condition::Truth;
use crate::entity::EntityType;
use crate::organization::{Organization, Place};
use crate::scope::{Scope, ScopeSet};
use crate::standing::{Question, Standing};
use crate::time::Instant;

/// The answer to one question.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// Allow, deny, or not to be told without the tags in `needs`.
    pub effect: Effect,
    /// Why, for programs.
    pub reason: Reason,
    /// The keys of the tags on which an `unknown` rests, sorted. A request that brings them all is decided.
    pub needs: Vec<String>,
    /// Seconds for which an environment may stay open, 0 for no limit; where a grant that decided says so.
    pub max_open_seconds: Option<u64>,
}

/// What is written as fields of the object in which it stands.
pub trait Fields {
    /// How many fields it has at the most.
    const FIELDS: usize;

    /// Writes its fields.
    fn fields<S: SerializeStruct>(&self, object: &mut S) -> Result<(), S::Error>;
}

impl Fields for Decision {
    const FIELDS: usize = 4;

    fn fields<S: SerializeStruct>(&self, object: &mut S) -> Result<(), S::Error> {
        object.serialize_field("effect", &self.effect)?;
        object.serialize_field("reason", &self.reason)?;
        if !self.needs.is_empty() {
            object.serialize_field("needs", &self.needs)?;
        }
        match self.max_open_seconds {
            Some(seconds) => object.serialize_field("maxOpenSeconds", &seconds),
            None => Ok(()),
        }
    }
}

impl Serialize for Decision {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Decision", Self::FIELDS)?;
        self.fields(&mut object)?;
        object.end()
    }
}

impl Decision {
    pub(crate) fn deny(reason: Reason) -> Self {
        Self { reason, ..Self::default() }
    }

    fn allow(reason: Reason) -> Self {
        Self { effect: Effect::Allow, reason, ..Self::default() }
    }

    /// Whether the answer is allow, and nothing less.
    pub fn is_allow(&self) -> bool {
        self.effect == Effect::Allow
    }
}

/// The three answers. Deny is the default of everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// No.
    #[default]
    Deny,
    /// Yes.
    Allow,
    /// It rests on tags that are not known.
    Unknown,
}

impl Effect {
    /// The effect as it is written: `allow`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why an answer is as it is: the first of this list that holds.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The reason as it is written: `not_granted`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

reasons! {
    /// Nobody of that name is in the organization.
    UnknownPrincipal = "unknown_principal",
    /// The catalog has no such scope.
    UnknownScope = "unknown_scope",
    /// The scope exists, but not for entities of this type.
    WrongEntityType = "wrong_entity_type",
    /// The entity belongs to another organization.
    OtherOrganization = "other_organization",
    /// The mode or the deployment settings do not let it run.
    DeploymentRefused = "deployment_refused",
    /// The token is past its end.
    TokenExpired = "token_expired",
    /// The token may live longer than the organization allows.
    TokenLifetime = "token_lifetime",
    /// No organization token has this scope, whatever its role.
    TokenException = "token_exception",
    /// The caller's own organization role has everything.
    OrganizationAdmin = "organization_admin",
    /// A setting that must also hold is off.
    SettingOff = "setting_off",
    /// A role, a team or a direct grant gives it.
    Granted = "granted",
    /// An organization-wide setting gives it.
    OrganizationSetting = "organization_setting",
    /// The caller created the entity.
    Creator = "creator",
    /// A grant rests on tags that are not known.
    NeedsTags = "needs_tags",
    /// Nothing gives it.
    #[default]
    NotGranted = "not_granted",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Organization {
    /// Decides one scope.
    pub(crate) fn decide_scope(&self, access: &Access, question: &Question<'_>, scope: &str) -> Decision {
        self.decide_number(access, question, self.catalog.scope_number(scope))
    }

    /// Decides the scope that has a number in the catalog; nothing is one that the catalog does not have.
    pub(crate) fn decide_number(
        &self,
        access: &Access,
        question: &Question<'_>,
        scope: Option<u32>,
    ) -> Decision {
        match self.scope_numbered(access, question.subject.entity_type, scope) {
            Err(reason) => Decision::deny(reason),
            Ok(scope) => match self.before_grants(access, question, scope) {
                Some(decision) => decision,
                None => self.by_grants(access, question, scope),
            },
        }
    }

    /// The effect on every scope of the entity's type.
    pub(crate) fn whole_row(&self, access: &Access, question: &Question<'_>) -> Row {
        self.row(access, question, &self.catalog.all_scopes(question.subject.entity_type))
    }

    /// Decides what takes no scope and nothing more than to belong to the organization (`organization:acme`).
    pub(crate) fn decide_admission(&self, access: &Access, question: &Question<'_>) -> Decision {
        match self.refuses_all(access, question) {
            Some(reason) => Decision::deny(reason),
            None => Decision::allow(Reason::Granted),
        }
    }

    /// The effect on many scopes of the entity's type at once: which of them are allowed, and which rest on tags.
    pub(crate) fn row(&self, access: &Access, question: &Question<'_>, scopes: &ScopeSet) -> Row {
        let entity_type = question.subject.entity_type;
        if self.refuses_all(access, question).is_some() {
            return Row::nothing(entity_type);
        }
        let exceptions = self.exceptions(access, entity_type);
        if access.admin {
            return Row { entity_type, allow: scopes.without(&exceptions), unknown: ScopeSet::EMPTY };
        }
        let mut standing = Standing::before_grants(access, question);
        self.stand(access, question, scopes, &mut standing, &mut |_| {});
        for toggle in access.closed.iter().filter_map(|position| self.catalog.toggles.get(*position)) {
            if toggle.entity_type == entity_type {
                standing.close(toggle.scope);
            }
        }
        let allow = standing.allowed().without(&exceptions);
        Row { entity_type, allow, unknown: standing.unknown.without(&allow).without(&exceptions) }
    }

    /// The scope of a question, or why there is none to decide.
    pub(crate) fn scope_of(
        &self,
        access: &Access,
        entity_type: EntityType,
        scope: &str,
    ) -> Result<Scope, Reason> {
        self.scope_numbered(access, entity_type, self.catalog.scope_number(scope))
    }

    fn scope_numbered(
        &self,
        access: &Access,
        entity_type: EntityType,
        number: Option<u32>,
    ) -> Result<Scope, Reason> {
        if access.refusal == Some(Refusal::UnknownPrincipal) {
            return Err(Reason::UnknownPrincipal);
        }
        let number = number.ok_or(Reason::UnknownScope)?;
        self.catalog.scope_numbered(entity_type, number).ok_or(Reason::WrongEntityType)
    }

    /// What is decided before any grant is looked at.
    pub(crate) fn before_grants(
        &self,
        access: &Access,
        question: &Question<'_>,
        scope: Scope,
    ) -> Option<Decision> {
        if let Some(reason) = self.refuses_all(access, question) {
            return Some(Decision::deny(reason));
        }
        let entity_type = question.subject.entity_type;
        if access.has_exceptions && self.catalog.token_exceptions(entity_type).contains(scope) {
            return Some(Decision::deny(Reason::TokenException));
        }
        access.admin.then(|| Decision::allow(Reason::OrganizationAdmin))
    }

    /// Why every scope is refused, if it is.
    pub(crate) fn refuses_all(&self, access: &Access, question: &Question<'_>) -> Option<Reason> {
        match self.refuses(access, question.at) {
            Some(Reason::UnknownPrincipal) => Some(Reason::UnknownPrincipal),
            _ if !question.subject.here => Some(Reason::OtherOrganization),
            refused => refused,
        }
    }

    /// Why every scope is refused on every entity, if it is.
    pub(crate) fn refuses(&self, access: &Access, at: Option<Instant>) -> Option<Reason> {
        match access.refusal {
            Some(Refusal::UnknownPrincipal) => Some(Reason::UnknownPrincipal),
            Some(Refusal::Deployment(_)) => Some(Reason::DeploymentRefused),
            None => self.token_refuses(access, at),
        }
    }

    /// Expiry and lifetime of the token (TK-13, TK-14). Without a time, a token that can expire has expired.
    fn token_refuses(&self, access: &Access, at: Option<Instant>) -> Option<Reason> {
        let token = self.principals.tokens.get(access.token? as usize)?;
        let days = self.rules.token_max_lifetime_days;
        match (token.expires, at) {
            (None, _) => days.map(|_| Reason::TokenLifetime),
            (Some(_), None) => Some(Reason::TokenExpired),
            (Some(expires), Some(at)) if at >= expires => Some(Reason::TokenExpired),
            (Some(expires), Some(at)) => {
                days.filter(|days| expires > at.plus_days(*days)).map(|_| Reason::TokenLifetime)
            }
        }
    }

    pub(crate) fn exceptions(&self, access: &Access, entity_type: EntityType) -> ScopeSet {
        if access.has_exceptions { self.catalog.token_exceptions(entity_type) } else { ScopeSet::EMPTY }
    }

    fn by_grants(&self, access: &Access, question: &Question<'_>, scope: Scope) -> Decision {
        let entity_type = question.subject.entity_type;
        // Most answers: it is granted everywhere, and nothing can be said against it or of it.
        let plain = access.closed.is_empty() && !self.rules.has_time_limits;
        if plain && access.everywhere(entity_type).granted.contains(scope) {
            return Decision::allow(Reason::Granted);
        }
        let mut needs = Vec::new();
        let mut standing = Standing::before_grants(access, question);
        self.stand(access, question, &ScopeSet::of(scope), &mut standing, &mut |found| {
            if let (Truth::Unknown, Place::When(guard)) = (found.truth, found.grant.place) {
                self.keys_of(guard, entity_type, &mut needs);
            }
        });
        for guard in &standing.open {
            self.keys_of(*guard, entity_type, &mut needs);
        }
        let mut decision = self.verdict(access, entity_type, scope, &standing);
        if decision.effect == Effect::Unknown {
            decision.needs = self.tag_names(needs);
        }
        if decision.is_allow() && self.rules.has_time_limits && self.catalog.is_timed(entity_type, scope) {
            decision.max_open_seconds = self.longest_open(access, question, scope);
        }
        decision
    }

    /// The decision on a scope of which it is known what grants it.
    fn verdict(
        &self,
        access: &Access,
        entity_type: EntityType,
        scope: Scope,
        standing: &Standing,
    ) -> Decision {
        let decision = if standing.granted.contains(scope) {
            Decision::allow(Reason::Granted)
        } else if standing.setting.contains(scope) {
            Decision::allow(Reason::OrganizationSetting)
        } else if standing.creator.contains(scope) {
            Decision::allow(Reason::Creator)
        } else if standing.unknown.contains(scope) {
            Decision { effect: Effect::Unknown, reason: Reason::NeedsTags, ..Decision::default() }
        } else {
            Decision::deny(Reason::NotGranted)
        };
        let held = decision.effect != Effect::Deny;
        let closed = held && access.closed_by(self, entity_type, scope).is_some();
        if closed { Decision::deny(Reason::SettingOff) } else { decision }
    }

    /// The longest of the limits of what grants a scope; a grant without one wins over all. Nothing
    /// where no grant speaks of it.
    fn longest_open(&self, access: &Access, question: &Question<'_>, scope: Scope) -> Option<u64> {
        let mut limits = Vec::new();
        self.each_grant(access, question, &ScopeSet::of(scope), &mut |found| {
            if found.truth == Truth::True {
                limits.push(self.set(found.grant.set).max_open);
            }
        });
        let beside = access.beside.as_ref().is_some_and(|it| *it.entity == *question.subject.text);
        let spoken = limits.iter().any(Option::is_some);
        let unlimited = beside || limits.iter().any(|limit| limit.is_none_or(|seconds| seconds == 0));
        let longest = limits.into_iter().flatten().max().unwrap_or(0);
        spoken.then_some(if unlimited { 0 } else { longest })
    }
}

/// The scopes of one entity that are allowed, and those that rest on tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) entity_type: EntityType,
    pub(crate) allow: ScopeSet,
    pub(crate) unknown: ScopeSet,
}

impl Row {
    pub(crate) fn nothing(entity_type: EntityType) -> Self {
        Self { entity_type, allow: ScopeSet::EMPTY, unknown: ScopeSet::EMPTY }
    }

    pub(crate) fn effect(&self, scope: Scope) -> Effect {
        if self.allow.contains(scope) {
            Effect::Allow
        } else if self.unknown.contains(scope) {
            Effect::Unknown
        } else {
            Effect::Deny
        }
    }
}
