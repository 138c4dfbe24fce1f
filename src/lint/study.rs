//! What is looked at: a document as it is written, the organization that it makes, and who there is.

use std::collections::BTreeMap;

use super::worlds::is_of_teams;
use crate::access::{Access, Class};
use crate::compile::Origins;
use crate::condition::Facts;
use crate::decide::{Reason, Row};
use crate::entity::EntityType;
use crate::holdings::Inventory;
use crate::json::Value;
use crate::names::{as_u32, sorted};
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
    /// Sets by their ids, the default ones by their names too.
    sets: BTreeMap<&'s str, u32>,
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

    /// How many entities are listed; these have the first numbers.
    pub(super) fn listed(&self) -> u32 {
        as_u32(self.organization.entities.tag_ends.len())
    }

    pub(super) fn entity(&self, number: u32) -> &'s str {
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
        self.sets.get(name).map(|set| self.organization.set(*set))
    }

    /// What a principal may do on an entity of the document, as far as is asked.
    pub(super) fn row(&self, access: &Access, entity: u32, only: &ScopeSet) -> Row {
        let entity_type = self.entity_type(entity).unwrap_or(EntityType::FIRST);
        let subject = Subject { text: self.entity(entity), entity_type, number: Some(entity), here: true };
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

    /// The scopes of these types and names that the catalog has.
    pub(super) fn scopes<'n>(
        &self,
        rows: impl IntoIterator<Item = (&'n str, &'n str)>,
    ) -> Vec<(EntityType, Scope)> {
        let catalog = &self.organization.catalog;
        let scope = |(entity_type, name)| {
            let entity_type = catalog.entity_type(entity_type)?;
            Some((entity_type, catalog.scope(entity_type, name)?))
        };
        rows.into_iter().filter_map(scope).collect()
    }

    /// The names of principals, sorted.
    pub(super) fn names_of(&self, who: impl IntoIterator<Item = Who>) -> Vec<String> {
        sorted(who.into_iter().map(|who| self.organization.name_of(who)).collect())
    }

    /// Everyone, those that hold the same together. A personal token is its user.
    fn callers(&self) -> Vec<Caller> {
        let mut callers: BTreeMap<Held, Caller> = BTreeMap::new();
        for who in self.organization.everyone().filter(|who| !self.is_personal(*who)) {
            let access = self.organization.access_of(who);
            let refused = self.refused(&access).is_some();
            let Access { sources, closed, teams, admin, has_exceptions, .. } = access.clone();
            let teams = if self.tests_teams { teams } else { Vec::new() };
            let held = (sources, closed, teams, [admin, has_exceptions, refused]);
            callers.entry(held).or_insert_with(|| Caller { access, who: Vec::new() }).who.push(who);
        }
        callers.into_values().collect()
    }

    fn is_personal(&self, who: Who) -> bool {
        let Who::Token(number) = who else { return false };
        let token = self.organization.principals.tokens.get(number as usize);
        token.is_some_and(|token| matches!(token.kind, TokenKind::Personal(_)))
    }
}

fn sets(organization: &Organization) -> BTreeMap<&str, u32> {
    let default = organization.catalog.sets.iter().map(|set| &*set.name);
    let ids = organization.sets.iter().map(|set| set.id.as_deref());
    // Sets that a document names come before those that it only lists the scopes of.
    let ids = ids.take_while(Option::is_some).flatten();
    (0..).zip(default).chain((0..).zip(ids)).map(|(number, name)| (name, number)).collect()
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
