//! Conditions that can never hold or that nothing meets, and scopes that the conditions around them never give.

use super::Lint;
use super::found::{Found, Related, listed};
use super::study::Study;
use super::worlds::{LIMIT, View, Worlds};
use crate::condition::Truth;
use crate::entity::EntityType;
use crate::holdings::distinct;
use crate::json::Value;
use crate::names::{as_u32, sorted};
use crate::organization::Place;

/// By guard and entity type, whether the guard and those around it can hold on an entity of the type.
type Reach = Vec<Vec<bool>>;

pub(super) fn look(study: &Study<'_>, found: &mut Found) {
    let reach: Reach = (0..as_u32(study.organization.guards.len())).map(|guard| study.reach(guard)).collect();
    let bearing = study.bearing_guards();
    dead_conditions(study, &reach, &bearing, found);
    dead_scopes(study, &reach, found);
    unmet_conditions(study, &reach, &bearing, found);
}

fn dead_conditions(study: &Study<'_>, reach: &Reach, bearing: &[u32], found: &mut Found) {
    for guard in bearing.iter().copied().filter(|guard| is_dead(reach, *guard)) {
        let outer = study.guards_around(guard).nth(1);
        let Some(at) = study.written_guard(guard).filter(|_| !outer.is_some_and(|it| is_dead(reach, it)))
        else {
            continue;
        };
        let message = if study.is_negated(guard) {
            "wherever this is asked it holds, so that nothing comes by `subNodeForFalse`: mend or remove it"
        } else {
            "this can never hold, so that nothing comes under it: mend or remove it"
        };
        if !found.is_in(at, &[Lint::UnknownLiteral, Lint::DeadGrant]) {
            found.add(Lint::DeadGrant, at.number(), message, Vec::new());
        }
    }
}

/// Scopes of types for which the conditions around them can never hold.
fn dead_scopes(study: &Study<'_>, reach: &Reach, found: &mut Found) {
    let given =
        |guard: Option<u32>, entity_type: EntityType| guard.is_none_or(|it| holds_on(reach, it, entity_type));
    study.each_leaf(&mut |leaf, guard| {
        if guard.is_some_and(|guard| is_dead(reach, guard)) {
            return;
        }
        if let Some(set) = leaf.as_text().and_then(|name| study.set(name)) {
            if !given(guard, set.entity_type) {
                let message = format!(
                    "the conditions around this hold for no `{}`, so that the set is never given: move it out of them",
                    study.type_name(set.entity_type)
                );
                found.add(Lint::DeadGrant, leaf.number(), message, Vec::new());
            }
            return;
        }
        let dead: Vec<Value<'_>> =
            leaf.list("permissions").filter(|name| !study.types_of(*name).any(|it| given(guard, it))).collect();
        let names: Vec<&str> = dead.iter().filter_map(|name| name.as_text()).collect();
        let Some((first, others)) = dead.split_first() else { return };
        let all = dead.len() == leaf.list("permissions").count();
        let message = format!(
            "the conditions around this hold for nothing that has {}: give it outside of them, or remove it",
            listed(&names)
        );
        let others = others.iter().filter(|_| !all).map(|name| Related::At(name.number())).collect();
        found.add(Lint::DeadGrant, if all { leaf } else { *first }.number(), message, others);
    });
}

fn unmet_conditions(study: &Study<'_>, reach: &Reach, bearing: &[u32], found: &mut Found) {
    let mut unmet: Vec<(u32, Vec<EntityType>)> = Vec::new();
    for guard in bearing.iter().copied().filter(|guard| !is_dead(reach, *guard)) {
        unmet.extend(study.types_where_unmet(guard, reach).map(|types| (guard, types)));
    }
    let is_unmet = |guard: u32| unmet.binary_search_by_key(&guard, |(guard, _)| *guard).is_ok();
    for (guard, types) in &unmet {
        let outer_unmet = study.guards_around(*guard).skip(1).any(is_unmet);
        let Some(at) = study.written_guard(*guard).filter(|_| !outer_unmet) else { continue };
        if !found.is_in(at, &[Lint::UnknownTag, Lint::UnknownLiteral]) {
            let types: Vec<&str> = types.iter().map(|it| study.type_name(*it)).collect();
            let (who, under) = if study.is_negated(*guard) {
                ("every listed", "comes by `subNodeForFalse`")
            } else {
                ("no listed", "comes under it")
            };
            let message = format!(
                "{who} {} meets this, so that nothing {under} yet: mend the test, or tag what is meant",
                listed(&types)
            );
            found.add(Lint::UnmetCondition, at.number(), message, Vec::new());
        }
    }
}

fn holds_on(reach: &Reach, guard: u32, entity_type: EntityType) -> bool {
    let holds = reach.get(guard as usize).and_then(|types| types.get(entity_type.position()));
    holds.copied().unwrap_or(false)
}

fn is_dead(reach: &Reach, guard: u32) -> bool {
    reach.get(guard as usize).is_none_or(|types| !types.contains(&true))
}

impl<'s> Study<'s> {
    /// For each entity type whether a guard can hold on some entity of it, whatever its tags and whoever asks. Where
    /// there is too much to look at, it can.
    fn reach(&self, guard: u32) -> Vec<bool> {
        let worlds = Worlds::of(self, [guard]);
        let on_entity = self.organization.guards.get(guard as usize).is_none_or(|guard| guard.on_entity);
        let holds = |entity_type: EntityType| {
            let (Some(tags), Some(teams)) = (worlds.tags_of(entity_type), &worlds.teams) else { return true };
            let named =
                worlds.singled_out.iter().copied().filter(|it| self.entity_type(*it) == Some(entity_type));
            let entities: Vec<_> = named.map(Some).chain([None]).collect();
            if entities.len() * tags.len() * teams.len() > LIMIT {
                return true;
            }
            teams.iter().any(|teams| {
                tags.iter().any(|tags| {
                    let view =
                        |entity: &Option<u32>| View { entity_type, entity: *entity, tags: Some(tags), teams };
                    entities.iter().any(|entity| self.holds(guard, &view(entity)))
                })
            })
        };
        // A scope of the organization cannot rest on an entity (AL-3).
        let of_organization = |it| Some(it) == self.organization.catalog.organization_type();
        self.types().map(|it| !(on_entity && of_organization(it)) && holds(it)).collect()
    }

    /// The types on whose listed entities a guard on tags is never met, if it is met on no listed entity at all, and
    /// tags are all that it could be met by.
    fn types_where_unmet(&self, guard: u32, reach: &Reach) -> Option<Vec<EntityType>> {
        let types: Vec<_> = self.types().filter(|it| holds_on(reach, guard, *it)).collect();
        let tested = |it: &EntityType| {
            let mut keys = Vec::new();
            self.organization.keys_of(guard, *it, &mut keys);
            !keys.is_empty() && self.tells_tags(*it)
        };
        let worlds = Worlds::of(self, [guard]);
        let teams = worlds.teams.as_ref().filter(|_| types.iter().all(tested))?;
        let listed = worlds.singled_out.iter().map(|it| (*it, Some(*it)));
        let listed = listed.chain(self.inventory.examples().map(|it| (it, None)));
        let met = listed.into_iter().any(|(example, entity)| {
            let Some(entity_type) = self.entity_type(example) else { return false };
            let tags = self.organization.entities.tags_of(example);
            teams
                .iter()
                .any(|teams| tags.is_some() && self.holds(guard, &View { entity_type, entity, tags, teams }))
        });
        (!met).then_some(types)
    }

    fn holds(&self, guard: u32, view: &View<'_>) -> bool {
        self.organization.holds(guard, &view.facts()) == Truth::True
    }

    /// The guards under which something stands, sorted.
    fn bearing_guards(&self) -> Vec<u32> {
        let mut bearing = Vec::new();
        for grant in self.organization.grants.iter() {
            if let Place::When(guard) = grant.place {
                bearing.extend(self.guards_around(guard));
            }
        }
        for guard in self.organization.uses.iter().filter_map(|used| used.guard) {
            bearing.extend(self.guards_around(guard));
        }
        distinct(bearing)
    }

    fn is_negated(&self, guard: u32) -> bool {
        self.organization.guards.get(guard as usize).is_some_and(|guard| guard.negated)
    }

    /// The tests of a rule, the condition of a node, the value of an option.
    fn written_guard(&self, guard: u32) -> Option<Value<'s>> {
        self.origins
            .guards
            .get(guard as usize)
            .copied()
            .flatten()
            .map(|number| self.document.numbered(number))
    }

    /// The types that have a scope of that name.
    fn types_of(&self, name: Value<'_>) -> impl Iterator<Item = EntityType> {
        let catalog = &self.organization.catalog;
        let name = name.as_text().unwrap_or_default();
        self.types().filter(move |it| catalog.scope(*it, name).is_some())
    }
}

/// A walk through the role trees, with the guards that stand around each node.
struct Leaves<'l> {
    /// By where its condition is written and whether it is negated, sorted.
    guards: Vec<((u32, bool), u32)>,
    each: &'l mut dyn FnMut(Value<'_>, Option<u32>),
}

impl Study<'_> {
    /// Shows every node that allows and every entry of one that composes, with the innermost guard around it.
    fn each_leaf(&self, each: &mut dyn FnMut(Value<'_>, Option<u32>)) {
        let mut guards = Vec::new();
        for (number, (at, guard)) in (0..).zip(self.origins.guards.iter().zip(&self.organization.guards)) {
            guards.extend(at.map(|at| ((at, guard.negated), number)));
        }
        let mut leaves = Leaves { guards: sorted(guards), each };
        for role in self.document.list("roles") {
            role.get("details").into_iter().for_each(|details| leaves.node(details, None));
        }
    }
}

impl Leaves<'_> {
    fn node(&mut self, node: Value<'_>, guard: Option<u32>) {
        if node.get("permissions").is_some() {
            (self.each)(node, guard);
        }
        node.list("permissionDescriptors").for_each(|entry| (self.each)(entry, guard));
        node.list("entries").for_each(|entry| self.node(entry, guard));
        for (field, negated) in [("subNode", false), ("subNodeForTrue", false), ("subNodeForFalse", true)] {
            self.under(node.get("condition"), negated, node.get(field));
        }
        for option in node.list("options") {
            self.under(option.get("value"), false, option.get("node"));
        }
    }

    fn under(&mut self, condition: Option<Value<'_>>, negated: bool, node: Option<Value<'_>>) {
        if let Some((condition, node)) = condition.zip(node) {
            let written = (condition.number(), negated);
            let position = self.guards.binary_search_by_key(&written, |(written, _)| *written).ok();
            let guard = position.and_then(|position| self.guards.get(position));
            self.node(node, guard.map(|(_, guard)| *guard));
        }
    }
}
