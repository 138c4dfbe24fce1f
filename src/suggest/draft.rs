//! What is needed → a role and the sets that it takes, or grants.
//!
//! Entities on which the same is needed share their rules. A set that is there is taken where it gives neither more
//! nor less; several, where together they do; else a set is made of exactly what is needed. So nothing beyond is
//! given, as few sets as can be are new, and no rule could be left out. Only where no set can be made, the smallest
//! is taken that has all in it. No scope brings another along (SC-9): who needs to write is not made to read.

use super::answer::{AddedGrant, AddedRole, AddedRule, AddedSet, Addition, RuleOn};
use super::wanted::Wanted;
use crate::entity::EntityType;
use crate::names::{Names, Ordered, as_u32, sorted};
use crate::organization::{Label, Organization};
use crate::scope::{Scope, ScopeSet};

/// The id of a role whose name has no letter and no digit.
const NAMELESS: &str = "role";

/// A role of that name that gives what is needed.
pub(super) fn role(organization: &Organization, wanted: &Wanted<'_>, name: &str) -> Addition {
    let mut draft = Draft::new(organization, name);
    let mut role = AddedRole { id: draft.id.clone(), name: draft.name.clone(), ..AddedRole::default() };
    for (entity_type, _) in organization.catalog.entity_types() {
        if Some(entity_type) == organization.catalog.organization_type() {
            let scopes = wanted.everywhere(entity_type);
            role.organization_access = draft.sets(entity_type, &scopes, &scopes);
        } else {
            draft.rules(entity_type, wanted, &mut role.rules);
        }
    }
    Addition { permission_sets: draft.new_sets, roles: vec![role], grants: Vec::new() }
}

/// Direct grants of what is needed; nothing where something is needed that no grant gives.
pub(super) fn grants(organization: &Organization, wanted: &Wanted<'_>, name: &str) -> Option<Addition> {
    let mut draft = Draft::new(organization, name);
    let mut grants = Vec::new();
    for (entity_type, _) in organization.catalog.entity_types() {
        if !wanted.everywhere(entity_type).is_empty() {
            return None;
        }
        for (entities, scopes) in alike(entity_type, wanted) {
            let sets = draft.sets(entity_type, &scopes, &scopes);
            for entity in entities {
                let grant = |set: &String| AddedGrant { entity: entity.clone(), permission_set: set.clone() };
                grants.extend(sets.iter().map(grant));
            }
        }
    }
    Some(Addition { permission_sets: draft.new_sets, roles: Vec::new(), grants: sorted(grants) })
}

/// A role or grants in the making.
struct Draft<'d> {
    organization: &'d Organization,
    id: String,
    name: String,
    new_sets: Vec<AddedSet>,
    /// Ids and names of sets.
    taken: Names,
}

impl<'d> Draft<'d> {
    fn new(organization: &'d Organization, name: &str) -> Self {
        let (mut ids, mut names) = (Names::default(), Names::of(&organization.customs.role_names));
        for label in organization.sources.iter().map(|source| &source.label) {
            if let Label::Role(id) | Label::Policy(id) = label {
                ids.intern(id);
            }
        }
        let mut taken = Names::of(&organization.customs.set_names);
        for id in organization.sets.iter().filter_map(|set| set.id.as_deref()) {
            taken.intern(id);
        }
        let (id, name) = (free(&mut ids, &slug(name), "-"), free(&mut names, name, " "));
        Self { organization, id, name, new_sets: Vec::new(), taken }
    }

    fn rules(&mut self, entity_type: EntityType, wanted: &Wanted<'_>, rules: &mut Vec<AddedRule>) {
        let everywhere = wanted.everywhere(entity_type);
        for permission_set in self.sets(entity_type, &everywhere, &everywhere) {
            rules.push(AddedRule { permission_set, on: RuleOn::All });
        }
        for (entities, scopes) in alike(entity_type, wanted) {
            let mut most = scopes;
            most.add(&everywhere);
            for set in self.sets(entity_type, &scopes, &most) {
                add_rule(rules, set, &entities);
            }
        }
    }

    /// The ids of sets that together give at least some scopes, and none beyond others.
    fn sets(&mut self, entity_type: EntityType, least: &ScopeSet, most: &ScopeSet) -> Vec<String> {
        if least.is_empty() {
            return Vec::new();
        }
        let mut there = Vec::new();
        for set in self.organization.sets.iter().filter(|set| set.entity_type == entity_type) {
            there.extend(set.id.as_deref().map(|id| (id, set.scopes)));
        }
        let fitting: Vec<_> = there.iter().copied().filter(|(_, scopes)| most.includes(scopes)).collect();
        let edition = self.organization.customs.edition.as_ref();
        let may_make = edition.is_none_or(|edition| edition.custom);
        let smallest = || smallest(least, &there).filter(|_| !may_make).map(|id| vec![id]);
        cover(least, &fitting).or_else(smallest).unwrap_or_else(|| vec![self.new_set(entity_type, least)])
    }

    fn new_set(&mut self, entity_type: EntityType, scopes: &ScopeSet) -> String {
        let catalog = &self.organization.catalog;
        let word = catalog.type_name(entity_type);
        let id = free(&mut self.taken, &format!("{}-{word}", self.id), "-");
        let name = free(&mut self.taken, &format!("{} {word}", self.name), " ");
        let scopes = scopes.iter().map(|scope| catalog.scope_name(entity_type, scope).to_owned()).collect();
        self.new_sets.push(AddedSet { id: id.clone(), name, entity_type: word.to_owned(), scopes });
        id
    }
}

/// A rule for a set on entities, or those entities beside others that the set has a rule for.
fn add_rule(rules: &mut Vec<AddedRule>, set: String, entities: &[String]) {
    let same = rules.iter_mut().find_map(|rule| match &mut rule.on {
        RuleOn::Entities(there) if rule.permission_set == set => Some(there),
        _ => None,
    });
    match same {
        Some(there) => {
            there.extend_from_slice(entities);
            *there = sorted(std::mem::take(there));
        }
        None => rules.push(AddedRule { permission_set: set, on: RuleOn::Entities(entities.to_vec()) }),
    }
}

/// The entities of a type on which more is needed than on all of it, those together on which the same is.
fn alike(entity_type: EntityType, wanted: &Wanted<'_>) -> Vec<(Vec<String>, ScopeSet)> {
    let mut groups: Ordered<Vec<Scope>, Vec<String>> = Ordered::default();
    for (entity, _, scopes) in wanted.named().filter(|(_, it, _)| *it == entity_type) {
        groups.change(scopes.iter().collect(), |entities| entities.push(entity.to_owned()));
    }
    let groups =
        sorted(groups.into_entries().into_iter().map(|(scopes, entities)| (entities, scopes)).collect());
    groups.into_iter().map(|(entities, scopes)| (entities, scopes.into_iter().collect())).collect()
}

/// The smallest set that has all of `least` in it, the first of equal ones.
fn smallest(least: &ScopeSet, sets: &[(&str, ScopeSet)]) -> Option<String> {
    let whole = sets.iter().filter(|(_, scopes)| scopes.includes(least));
    whole.min_by_key(|(_, scopes)| scopes.len()).map(|(id, _)| (*id).to_owned())
}

/// Of sets that may be given, some that give all of `least` together and none of which could be left out: one
/// where one does.
fn cover(least: &ScopeSet, sets: &[(&str, ScopeSet)]) -> Option<Vec<String>> {
    if let Some(one) = smallest(least, sets) {
        return Some(vec![one]);
    }
    let (mut taken, mut rest) = (Vec::new(), *least);
    while !rest.is_empty() {
        let gives = |scopes: &ScopeSet| rest.len() - rest.without(scopes).len();
        // Of equal ones the last would be taken, so they are gone through from the end.
        let next = sets.iter().rev().max_by_key(|(_, scopes)| gives(scopes))?;
        if gives(&next.1) == 0 {
            return None;
        }
        rest = rest.without(&next.1);
        taken.push(next);
    }
    Some(needed_of(least, taken))
}

/// The ids of the sets, without those whose part the others give.
fn needed_of(least: &ScopeSet, mut sets: Vec<&(&str, ScopeSet)>) -> Vec<String> {
    for position in (0..sets.len()).rev() {
        let mut rest = *least;
        for (other, (_, scopes)) in sets.iter().enumerate() {
            rest = if other == position { rest } else { rest.without(scopes) };
        }
        if rest.is_empty() {
            sets.remove(position);
        }
    }
    sets.into_iter().map(|(id, _)| (*id).to_owned()).collect()
}

/// A name that was not taken, and is now: the name itself, or with a number after it.
fn free(taken: &mut Names, name: &str, separator: &str) -> String {
    let mut free = name.to_owned();
    let mut number = 1;
    while !taken.insert(&free).1 {
        number += 1;
        free = format!("{name}{separator}{number}");
    }
    free
}

/// A name as an id: letters and digits in small, one `-` between words.
fn slug(name: &str) -> String {
    let small: String = name.chars().flat_map(char::to_lowercase).collect();
    let words = small.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-");
    if slug.is_empty() { NAMELESS.to_owned() } else { slug }
}

impl Organization {
    /// The roles that somebody may have, built-in ones first: the numbers of their sources and their ids.
    pub(super) fn numbered_roles(&self) -> impl Iterator<Item = (u32, &str)> {
        self.sources.iter().enumerate().filter_map(|(number, source)| match &source.label {
            Label::Role(id) => Some((as_u32(number), &**id)),
            _ => None,
        })
    }
}
