//! What somebody may do on any entity, held against what is needed.

use std::borrow::Cow;

use super::answer::Surplus;
use super::wanted::Wanted;
use crate::access::Access;
use crate::entity::EntityType;
use crate::holdings::{Holdings, Inventory};
use crate::scope::ScopeSet;
use crate::time::Instant;

/// Everything that an access allows.
pub(super) struct Power<'p> {
    inventory: &'p Inventory<'p>,
    holdings: Holdings,
}

impl<'p> Power<'p> {
    pub(super) fn new(inventory: &'p Inventory<'p>, access: &Access, at: Option<Instant>) -> Self {
        Self { inventory, holdings: inventory.holdings(access, at) }
    }

    /// On an entity, which need be neither listed nor named.
    pub(super) fn on(&self, entity: &str, entity_type: EntityType) -> ScopeSet {
        match self.inventory.organization.entities.names.get(entity) {
            Some(number) => self.inventory.row(&self.holdings, number).allow,
            None => self.elsewhere(entity_type),
        }
    }

    /// On entities that are neither listed nor named.
    pub(super) fn elsewhere(&self, entity_type: EntityType) -> ScopeSet {
        self.holdings.elsewhere(entity_type).allow
    }

    /// Whether everything that is needed is allowed.
    pub(super) fn gives(&self, wanted: &Wanted<'_>) -> bool {
        let mut named = wanted.named();
        let mut types = self.inventory.organization.catalog.entity_types();
        named.all(|(entity, entity_type, scopes)| self.on(entity, entity_type).includes(&scopes))
            && types
                .all(|(entity_type, _)| self.gives_everywhere(entity_type, &wanted.everywhere(entity_type)))
    }

    fn gives_everywhere(&self, entity_type: EntityType, scopes: &ScopeSet) -> bool {
        let inventory = self.inventory;
        let mut of_type = (0..inventory.len()).filter(|number| inventory.entity_type(*number) == entity_type);
        scopes.is_empty()
            || self.elsewhere(entity_type).includes(scopes)
                && of_type.all(|number| inventory.row(&self.holdings, number).allow.includes(scopes))
    }

    /// What is allowed and not needed, over the entities that an inventory lists or the needs name.
    pub(super) fn beyond(&self, wanted: &Wanted<'_>, inventory: &Inventory<'_>) -> Surplus {
        let listed = (0..inventory.len()).filter(|number| inventory.is_listed(*number));
        let listed = listed.map(|number| (inventory.entity(number), inventory.entity_type(number)));
        let is_new = |entity: &str| {
            let number = inventory.organization.entities.names.get(entity);
            !number.is_some_and(|number| inventory.is_listed(number))
        };
        let others = wanted.entities().filter(|(entity, _)| is_new(entity));
        let others = others.map(|(entity, entity_type)| (Cow::Borrowed(entity), entity_type));
        let more = |(entity, entity_type): (Cow<'_, str>, _)| {
            self.on(&entity, entity_type).without(&wanted.on(&entity, entity_type)).len()
        };
        let catalog = &inventory.organization.catalog;
        let types = catalog.entity_types().map(|(entity_type, _)| entity_type);
        let types = types.filter(|entity_type| Some(*entity_type) != catalog.organization_type());
        let to_come = |it| self.elsewhere(it).without(&wanted.everywhere(it)).len();
        Surplus { pairs: listed.chain(others).map(more).sum(), to_come: types.map(to_come).sum() }
    }
}
