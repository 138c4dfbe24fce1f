//! What is needed, as sets of scopes.

use super::answer::ScopeOn;
use super::power::Power;
use crate::entity::{EntityType, Malformed};
use crate::json::excerpt;
use crate::names::{Named, sorted};
use crate::organization::Organization;
use crate::request::RequestError;
use crate::scope::{Scope, ScopeSet};
use crate::validate;

/// The path that stands for all entities of a type.
const ALL: &str = "*";

/// Scopes that must be allowed on all entities of a type, and on single ones.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'o> {
    organization: &'o Organization,
    /// By entity type. What is needed of the organization stands here, since its type has one entity.
    everywhere: Vec<ScopeSet>,
    /// By entity.
    named: Named<(EntityType, ScopeSet)>,
}

impl<'o> Wanted<'o> {
    pub(crate) fn new(organization: &'o Organization) -> Self {
        let everywhere = vec![ScopeSet::EMPTY; organization.catalog.type_count()];
        Self { organization, everywhere, named: Named::seeded(organization.entities.names.seed()) }
    }

    /// Adds a scope on `TYPE:PATH` or on `TYPE:*`. There are no other patterns, and what looks like one is refused.
    pub(super) fn add(&mut self, scope: &str, entity: &str) -> Result<(), RequestError> {
        let word = match entity.strip_suffix(ALL) {
            None if !entity.contains(ALL) => return self.add_named(scope, entity),
            rest => rest.and_then(|rest| rest.strip_suffix(':')),
        };
        let Some(word) = word else {
            let entity = excerpt(entity);
            let message = format!("`{entity}` is no entity: name one, or all of a type as `TYPE:*`");
            return Err(RequestError::new(message));
        };
        let catalog = &self.organization.catalog;
        let entity_type = catalog.entity_type(word).ok_or_else(|| {
            RequestError::new(validate::malformed_entity(catalog, entity, Malformed::EntityType))
        })?;
        let scope = self.scope(entity_type, scope)?;
        self.add_everywhere(entity_type, &ScopeSet::of(scope));
        Ok(())
    }

    /// Adds a scope on an entity of this organization.
    pub(super) fn add_named(&mut self, scope: &str, entity: &str) -> Result<(), RequestError> {
        let subject = self.organization.asked_about(entity)?;
        if !subject.here {
            let (entity, name) = (excerpt(entity), excerpt(self.organization.name()));
            let message = format!("`{entity}` is no entity of the organization `{name}`: name one");
            return Err(RequestError::new(message));
        }
        let scope = self.scope(subject.entity_type, scope)?;
        self.add_on(entity, subject.entity_type, &ScopeSet::of(scope));
        Ok(())
    }

    pub(crate) fn add_on(&mut self, entity: &str, entity_type: EntityType, scopes: &ScopeSet) {
        if Some(entity_type) == self.organization.catalog.organization_type() {
            return self.add_everywhere(entity_type, scopes);
        }
        if scopes.is_empty() {
            return;
        }
        self.named.change(entity, (entity_type, ScopeSet::EMPTY), |(_, named)| named.add(scopes));
    }

    fn add_everywhere(&mut self, entity_type: EntityType, scopes: &ScopeSet) {
        if let Some(everywhere) = self.everywhere.get_mut(entity_type.position()) {
            everywhere.add(scopes);
        }
    }

    fn scope(&self, entity_type: EntityType, scope: &str) -> Result<Scope, RequestError> {
        let catalog = &self.organization.catalog;
        catalog.scope(entity_type, scope).ok_or_else(|| {
            let fault = catalog.scope_fault(scope, Some(entity_type));
            RequestError::new(fault.map(|(_, message)| message).unwrap_or_default())
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.named.is_empty() && self.everywhere.iter().all(ScopeSet::is_empty)
    }

    /// What is needed on all entities of a type.
    pub(super) fn everywhere(&self, entity_type: EntityType) -> ScopeSet {
        self.everywhere.get(entity_type.position()).copied().unwrap_or_default()
    }

    /// Entities on which more is needed than on all of their type, and what that is; in the order of their names.
    pub(super) fn named(&self) -> impl Iterator<Item = (&str, EntityType, ScopeSet)> {
        let more = self.named.iter().map(|(entity, (entity_type, scopes))| {
            (entity, *entity_type, scopes.without(&self.everywhere(*entity_type)))
        });
        more.filter(|(_, _, scopes)| !scopes.is_empty())
    }

    /// Every entity that is named.
    pub(super) fn entities(&self) -> impl Iterator<Item = (&str, EntityType)> {
        self.named.iter().map(|(entity, (entity_type, _))| (entity, *entity_type))
    }

    /// Everything that is needed on an entity.
    pub(super) fn on(&self, entity: &str, entity_type: EntityType) -> ScopeSet {
        let mut all = self.everywhere(entity_type);
        if let Some((_, scopes)) = self.named.get(entity) {
            all.add(scopes);
        }
        all
    }

    /// What is still needed by whoever has this power.
    pub(super) fn beside(&self, power: &Power<'_>) -> Self {
        let mut rest = Self::new(self.organization);
        for (entity_type, _) in self.organization.catalog.entity_types() {
            let scopes = self.everywhere(entity_type).without(&power.elsewhere(entity_type));
            rest.add_everywhere(entity_type, &scopes);
        }
        for (entity, entity_type, scopes) in self.named() {
            rest.add_on(entity, entity_type, &scopes.without(&power.on(entity, entity_type)));
        }
        rest
    }

    /// What is needed, by names.
    pub(super) fn listed(&self) -> Vec<ScopeOn> {
        let catalog = &self.organization.catalog;
        let everywhere = catalog.entity_types().map(|(entity_type, name)| {
            (self.entity_for_all(name, entity_type), entity_type, self.everywhere(entity_type))
        });
        let named =
            self.named().map(|(entity, entity_type, scopes)| (entity.to_owned(), entity_type, scopes));
        let mut listed = Vec::new();
        for (entity, entity_type, scopes) in everywhere.chain(named) {
            for scope in scopes.iter() {
                let scope = catalog.scope_name(entity_type, scope).to_owned();
                listed.push(ScopeOn { entity: entity.clone(), scope });
            }
        }
        sorted(listed)
    }

    fn entity_for_all(&self, name: &str, entity_type: EntityType) -> String {
        let itself = Some(entity_type) == self.organization.catalog.organization_type();
        format!("{name}:{}", if itself { self.organization.name() } else { ALL })
    }
}
