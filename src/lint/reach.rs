//! Nodes of role trees that reach further than to one type of entity (EX-3).

use super::Lint;
use super::found::{Found, listed};
use super::study::{Study, is_role};
use crate::entity::EntityType;
use crate::holdings::distinct;
use crate::names::as_u32;
use crate::organization::Place;

pub(super) fn look(study: &Study<'_>, found: &mut Found) {
    for of_node in study.unbound_nodes().chunk_by(|(a, _), (b, _)| a == b) {
        let types: Vec<&str> = of_node.iter().map(|(_, entity_type)| study.type_name(*entity_type)).collect();
        if let Some((at, _)) = of_node.first().filter(|_| types.len() > 1) {
            let message = format!(
                "no condition on an entity binds this, so that it gives its scopes on every {} there is: give those \
                 of each type by a node of their own, under the condition that they need",
                listed(&types)
            );
            found.add(Lint::ReachesOtherType, *at, message, Vec::new());
        }
    }
}

impl Study<'_> {
    /// The nodes that allow scopes under no condition on an entity, each with the types of these, the organization
    /// left out. In records that are composed under such conditions alone, every node is bound.
    fn unbound_nodes(&self) -> Vec<(u32, EntityType)> {
        let mut nodes = Vec::new();
        for source in self.unbound_records() {
            let source = self.organization.source(source);
            for range in [&source.everywhere, &source.guarded] {
                for (number, grant) in self.organization.grants_of(range.clone()) {
                    let at = self.origins.grants.get(number as usize).copied().flatten();
                    let node = at.map(|at| self.document.numbered(at));
                    let allows = node.filter(|node| node.get("permissions").is_some());
                    let entity_type = self.organization.set(grant.set).entity_type;
                    let counts = Some(entity_type) != self.organization.catalog.organization_type();
                    if counts && self.is_unbound(grant.place) {
                        nodes.extend(allows.map(|node| (node.number(), entity_type)));
                    }
                }
            }
        }
        distinct(nodes)
    }

    fn is_unbound(&self, place: Place) -> bool {
        match place {
            Place::Everywhere => true,
            Place::When(guard) => {
                self.organization.guards.get(guard as usize).is_some_and(|guard| !guard.on_entity)
            }
            Place::Entity(_) => false,
        }
    }

    /// The roles, and what they compose under no condition on an entity.
    fn unbound_records(&self) -> Vec<u32> {
        let first = self.organization.catalog.roles.len();
        let mut open = Vec::new();
        for (number, role) in self.document.list("roles").enumerate() {
            open.extend(is_role(role).then_some(as_u32(first + number)));
        }
        let mut met = vec![false; self.organization.sources.len()];
        let mut records = Vec::new();
        while let Some(record) = open.pop() {
            let new = met.get_mut(record as usize).is_some_and(|met| !std::mem::replace(met, true));
            if !new {
                continue;
            }
            records.push(record);
            for used in self.organization.uses_of(record) {
                let unbound = self.is_unbound(used.guard.map_or(Place::Everywhere, Place::When));
                open.extend(unbound.then_some(used.source));
            }
        }
        records
    }
}
