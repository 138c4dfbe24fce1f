//! What is looked at: a document as it is written, the organization that it makes, and who there is.

use std::borrow::Cow;

use super::worlds::is_of_teams;
use crate::access::{Access, Class};
use crate::compile::Origins;
use crate::condition::Facts;
use crate::decide::{Reason, Row};
use crate::entity::EntityType;
use crate::holdings::{Inventory, distinct};
use crate::json::Value;
use crate::names::sorted;
use crate::organization::{GrantedSet, Organization, Subject, TokenKind};
use crate::roster::Who;
use crate::scope::{Scope, ScopeSet};
use crate::standing::Question;
use crate::time::Instant;

pub(super) struct Study<'s> {
    pub(super) document: Value<'s>,
    pub(super) organization: &'s Organization,
    pub(super) origins: &'s Origins<Option<u32>>,
    pub(super) inventory: Inventory<'s>,
    pub(super) at: Option<Instant>,
    pub(super) callers: Vec<Caller>,
    /// Sorted by their names.
    sets: Vec<(&'s str, u32)>,
    /// By entity type, whether some listed entity has a tag.
    tells_tags: Vec<bool>,
    /// Some condition asks for the teams of whoever asks.
    pub(super) tests_teams: bool,
}

/// Principals that hold the same, so that what one may do all may.
pub(super) struct Caller {
    pub(super) access: Access,
    pub(super) who: Vec<Who>,
}

/// All that tells what one principal may do from what another may.
type Held = (Vec<(u32, Class)>, Vec<usize>, Vec<u32>, [bool; 3]);

impl<'s> Study<'s> {
    pub(super) fn new(
        document: Value<'s>,
        organization: &'s Organization,
        origins: &'s Origins<Option<u32>>,
        at: Option<Instant>,
    ) -> Self {
        let inventory = Inventory::new(organization);
        let (sets, tells_tags) = (sets(organization), tells_tags(organization));
        let tests_teams = organization.conditions.iter().any(is_of_teams);
        let callers = Vec::new();
        let mut study =
            Self { document, organization, origins, inventory, at, callers, sets, tells_tags, tests_teams };
        study.callers = study.callers();
        study
    }

    /// The types of entities, the organization itself among them.
    pub(super) fn types(&self) -> impl Iterator<Item = EntityType> {
        self.organization.catalog.entity_types().map(|(entity_type, _)| entity_type)
    }

    pub(super) fn type_name(&self, entity_type: EntityType) -> &str {
        self.organization.catalog.type_name(entity_type)
    }

    pub(super) fn entity(&self, number: u32) -> Cow<'s, str> {
        self.organization.entities.names.name(number)
    }

    pub(super) fn entity_type(&self, number: u32) -> Option<EntityType> {
        self.organization.entities.types.get(number as usize).copied()
    }

    /// Whether some listed entity of the type has a tag: else the document may say nothing about tags.
    pub(super) fn tells_tags(&self, entity_type: EntityType) -> bool {
        self.tells_tags.get(entity_type.position()).copied().unwrap_or(false)
    }

    /// The set of that id, or the default set of that name.
    pub(super) fn set(&self, name: &str) -> Option<&GrantedSet> {
        let position = self.sets.binary_search_by_key(&name, |(name, _)| name).ok()?;
        self.sets.get(position).map(|(_, set)| self.organization.set(*set))
    }

    /// What a principal may do on an entity of the document, as far as is asked.
    pub(super) fn row(&self, access: &Access, entity: u32, only: &ScopeSet) -> Row {
        let entity_type = self.entity_type(entity).unwrap_or(EntityType::FIRST);
        let subject = Subject { text: &self.entity(entity), entity_type, number: Some(entity), here: true };
        let tags = self.organization.entities.tags_of(entity);
        let facts = Facts { entity_type, entity: Some(entity), tags, teams: &access.teams };
        self.organization.row(access, &Question { subject, facts, at: self.at }, only)
    }

    pub(super) fn allows(&self, access: &Access, entity: u32, scope: Scope) -> bool {
        self.row(access, entity, &ScopeSet::of(scope)).allow.contains(scope)
    }

    /// Why nothing at all is allowed to a caller, if that is so: its token has expired, or may live too long.
    pub(super) fn refused(&self, access: &Access) -> Option<Reason> {
        let entity_type = self.types().find(|it| !self.organization.catalog.all_scopes(*it).is_empty())?;
        let scope = self.organization.catalog.scopes(entity_type).next()?;
        let subject = Subject { text: "", entity_type, number: None, here: true };
        let facts = Facts { entity_type, entity: None, tags: None, teams: &access.teams };
        let question = Question { subject, facts, at: self.at };
        let reason = self.organization.decide_scope(access, &question, scope).reason;
        matches!(reason, Reason::TokenExpired | Reason::TokenLifetime | Reason::DeploymentRefused)
            .then_some(reason)
    }

    /// The names of principals, sorted.
    pub(super) fn names_of(&self, who: impl IntoIterator<Item = Who>) -> Vec<String> {
        sorted(who.into_iter().map(|who| self.organization.name_of(who)).collect())
    }

    /// Everyone, those that hold the same together. A personal token is its user.
    fn callers(&self) -> Vec<Caller> {
        let mut held = Vec::new();
        for who in self.organization.everyone().filter(|who| !self.is_personal(*who)) {
            held.push((self.held(&self.organization.access_of(who)), who));
        }
        let mut callers = Vec::new();
        for same in sorted(held).chunk_by(|(a, _), (b, _)| a == b) {
            let who: Vec<Who> = same.iter().map(|(_, who)| *who).collect();
            let Some(first) = who.first() else { continue };
            callers.push(Caller { access: self.organization.access_of(*first), who });
        }
        callers
    }

    fn held(&self, access: &Access) -> Held {
        let ways = distinct(access.ways.iter().map(|way| (way.source, way.class)).collect());
        let teams = if self.tests_teams { access.teams.clone() } else { Vec::new() };
        let flags = [access.admin, access.has_exceptions, self.refused(access).is_some()];
        (ways, access.closed.clone(), teams, flags)
    }

    fn is_personal(&self, who: Who) -> bool {
        let Who::Token(number) = who else { return false };
        let token = self.organization.principals.tokens.get(number as usize);
        token.is_some_and(|token| matches!(token.kind, TokenKind::Personal(_)))
    }
}

/// Default sets and those of the document by their ids, the default ones by their names too.
fn sets(organization: &Organization) -> Vec<(&str, u32)> {
    let mut sets = Vec::new();
    for (number, set) in (0..).zip(&organization.catalog.sets) {
        sets.push((&*set.name, number));
    }
    for (number, set) in (0..).zip(&organization.sets) {
        sets.extend(set.id.as_deref().map(|id| (id, number)));
    }
    sorted(sets)
}

fn tells_tags(organization: &Organization) -> Vec<bool> {
    let entities = &organization.entities;
    let mut tells = vec![false; organization.catalog.type_count()];
    for (number, entity_type) in (0..).zip(&entities.types) {
        if entities.tags_of(number).is_some_and(|tags| !tags.is_empty()) {
            tells.iter_mut().skip(entity_type.position()).take(1).for_each(|it| *it = true);
        }
    }
    tells
}

/// Whether a record may be given to somebody.
pub(super) fn is_role(record: Value<'_>) -> bool {
    !matches!(record.text("uxPurpose"), Some("policy" | "set"))
}
