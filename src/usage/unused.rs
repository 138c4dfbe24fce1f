//! What is held in each way, without what was used.

use super::{Unused, Usage};
use crate::access::Way;
use crate::entity::EntityType;
use crate::explain::label;
use crate::holdings::Inventory;
use crate::names::{Ordered, sorted};
use crate::roster::Who;
use crate::scope::{Scope, ScopeSet};

/// What was not used, in the making.
pub(super) struct Unusing<'u> {
    pub(super) usage: &'u Usage<'u>,
    pub(super) inventory: &'u Inventory<'u>,
}

/// Where a scope is held in one way: entities on which it was not used, how many there are in all, and whether those
/// to come are among them.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Where {
    unused: Vec<u32>,
    held: usize,
    to_come: bool,
}

impl Unusing<'_> {
    /// Way by way.
    pub(super) fn all(&self) -> Vec<Unused> {
        let access = &self.usage.access;
        let mut told = Ordered::default();
        let ways = access.ways.iter().filter(|way| told.insert((way.source, way.team), ()));
        let mut unused: Vec<Unused> = ways.flat_map(|way| self.by(Some(way))).collect();
        if access.beside.is_some() {
            unused.extend(self.by(None));
        }
        unused
    }

    /// What came in one way; nothing: what a run holds on its own stack.
    fn by(&self, way: Option<&Way>) -> Vec<Unused> {
        let organization = self.usage.organization;
        let mut alike: Ordered<(EntityType, Where), Vec<Scope>> = Ordered::default();
        for ((entity_type, scope), place) in self.places(way).into_entries() {
            if !place.unused.is_empty() || place.held == 0 {
                alike.change((entity_type, place), |scopes| scopes.push(scope));
            }
        }
        let alike = alike
            .into_entries()
            .into_iter()
            .map(|((entity_type, place), scopes)| (entity_type, scopes, place));
        let unused = |(entity_type, scopes, place): (EntityType, Vec<Scope>, Where)| Unused {
            via: self.via(way),
            entity_type: organization.catalog.type_name(entity_type).to_owned(),
            scopes: scopes
                .into_iter()
                .map(|it| organization.catalog.scope_name(entity_type, it).to_owned())
                .collect(),
            entities: place.unused.into_iter().map(|it| self.inventory.entity(it).into_owned()).collect(),
            held: place.held,
            to_come: place.to_come,
        };
        sorted(alike.collect()).into_iter().map(unused).collect()
    }

    /// Everything that came in one way, and where.
    fn places(&self, way: Option<&Way>) -> Ordered<(EntityType, Scope), Where> {
        let organization = self.usage.organization;
        let access = organization.access_by(&self.usage.access, way);
        let holdings = self.inventory.holdings(&access, self.usage.context.at);
        let mut places: Ordered<(EntityType, Scope), Where> = Ordered::default();
        for number in 0..self.inventory.len() {
            let row = self.inventory.row(&holdings, number);
            let used = self.usage.used.get(&self.inventory.entity(number)).map(|(_, used)| *used);
            for scope in row.allow.iter() {
                places.change((row.entity_type, scope), |place| {
                    place.held += 1;
                    place.unused.extend((!used.unwrap_or_default().contains(scope)).then_some(number));
                });
            }
        }
        for (entity_type, _) in organization.catalog.entity_types() {
            let to_come = holdings.elsewhere(entity_type).allow.without(&self.used_elsewhere(entity_type));
            for scope in to_come.iter().filter(|_| !self.is_single(entity_type)) {
                places.change((entity_type, scope), |place| place.to_come = true);
            }
        }
        places
    }

    /// The organization is the one entity of its type (EN-4).
    fn is_single(&self, entity_type: EntityType) -> bool {
        Some(entity_type) == self.usage.organization.catalog.organization_type()
    }

    /// What was used on entities that the document neither lists nor names.
    fn used_elsewhere(&self, entity_type: EntityType) -> ScopeSet {
        let names = &self.usage.organization.entities.names;
        let mut elsewhere = ScopeSet::EMPTY;
        for (entity, (it, used)) in self.usage.used.iter() {
            if *it == entity_type && names.get(entity).is_none() {
                elsewhere.add(used);
            }
        }
        elsewhere
    }

    fn via(&self, way: Option<&Way>) -> Vec<String> {
        let organization = self.usage.organization;
        let Some(way) = way else { return vec!["own-stack".to_owned()] };
        let team = way.team.map(|team| organization.name_of(Who::Team(team)));
        let source = label(&organization.source(way.source).label);
        team.into_iter().chain([source.unwrap_or_else(|| "direct-grants".to_owned())]).collect()
    }
}
