//! Nodes of role trees that reach further than to one type of entity (EX-3).

use std::collections::{BTreeMap, BTreeSet};

use super::Lint;
use super::found::{Found, listed};
use super::study::Study;
use crate::entity::EntityType;
use crate::names::as_u32;
use crate::organization::Place;

pub(super) fn look(study: &Study<'_>, found: &mut Found) {
    let organization_type = study.organization.catalog.organization_type();
    for (at, types) in study.unbound_nodes() {
        let types: Vec<&str> = types
            .into_iter()
            .filter(|it| Some(*it) != organization_type)
            .map(|it| study.type_name(it))
            .collect();
        if types.len() > 1 {
            let message = format!(
                "no condition on an entity binds this, so that it gives its scopes on every {} there is: give those \
                 of each type by a node of their own, under the condition that they need",
                listed(&types)
            );
            found.add(Lint::ReachesOtherType, at, message, Vec::new());
        }
    }
}

impl Study<'_> {
    /// The nodes that allow scopes under no condition on an entity, each with the types of its scopes. In records that
    /// are composed under such conditions alone, every node is bound.
    fn unbound_nodes(&self) -> BTreeMap<u32, BTreeSet<EntityType>> {
        let mut nodes: BTreeMap<u32, BTreeSet<EntityType>> = BTreeMap::new();
        for source in self.unbound_records() {
            let source = self.organization.source(source);
            for range in [&source.everywhere, &source.guarded] {
                for (number, grant) in self.organization.grants_of(range.clone()) {
                    let at = self.origins.grants.get(number as usize).copied().flatten();
                    let node = at
                        .map(|at| self.document.numbered(at))
                        .filter(|node| node.get("permissions").is_some());
                    if let Some(node) = node.filter(|_| self.is_unbound(grant.place)) {
                        let entity_type = self.organization.set(grant.set).entity_type;
                        nodes.entry(node.number()).or_default().insert(entity_type);
                    }
                }
            }
        }
        nodes
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
    fn unbound_records(&self) -> BTreeSet<u32> {
        let first = self.organization.catalog.roles.len();
        let roles = self.document.list("roles").enumerate();
        let roles = roles.filter(|(_, role)| !matches!(role.text("uxPurpose"), Some("policy" | "set")));
        let mut open: Vec<u32> = roles.map(|(number, _)| as_u32(first + number)).collect();
        let mut met = BTreeSet::new();
        while let Some(record) = open.pop() {
            if met.insert(record) {
                let uses = self.organization.uses_of(record).iter();
                let unbound =
                    uses.filter(|used| self.is_unbound(used.guard.map_or(Place::Everywhere, Place::When)));
                open.extend(unbound.map(|used| used.source));
            }
        }
        met
    }
}
