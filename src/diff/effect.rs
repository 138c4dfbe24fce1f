//! One shift → what is told of it: numbers become names.

use std::sync::Arc;

use super::compare::{Comparison, Delta, Untried};
use super::pair::Side;
use super::places::Places;
use super::shift::{Level, Name, Seconds, Shift};
use super::sites::SiteList;
use super::tags::{EQUALS, EXISTS, NOT_EQUALS};
use super::tell::{Teams, value};
use super::{ConditionChange, EffectChange, Limits, NamedSet, Where};
use crate::decide::{Effect, Reason};
use crate::explain::{Blocker, ExplainedGrant, TagTest, label};
use crate::holdings::distinct;
use crate::names::sorted;
use crate::organization::{Organization, Place};

/// What comes with the Admin role and has no set.
const EVERYTHING: NamedSet<'_> = NamedSet { id: "*", name: "every scope" };

impl<'o> Comparison<'_, 'o> {
    /// A shift at a list of places, or on the stack that a deployment deploys.
    pub(super) fn effect(
        &self,
        shift: &Shift,
        sites: Option<u32>,
        but_own_stack: bool,
        teams: &Teams,
    ) -> EffectChange<'o> {
        let of_type = self.universe.entity_type(shift.entity_type);
        let scopes = of_type.map_or(&[][..], |it| &it.scopes);
        let name = |position: &u32| scopes.get(*position as usize).map(|scope| scope.name);
        let list = SiteList::read(sites.map(|sites| self.lists.list(sites)).unwrap_or_default());
        EffectChange {
            before: shift.levels.before.effect(),
            after: shift.levels.after.effect(),
            max_open_seconds: limits(shift),
            entity_type: of_type.map_or("", |it| it.name),
            scopes: shift.scopes.iter().filter_map(name).collect(),
            set: shift.name.map(|name| self.set(shift.levels.more(), name)),
            on: self.places(list, sites.is_none()),
            everywhere: self.is_everywhere(shift.entity_type, &list),
            but_own_stack: but_own_stack && sites.is_some(),
            by: sorted(shift.ways.iter().map(|way| self.way_in_words(*way)).collect()),
            blocked_by: shift.blocker.and_then(|blocker| self.blocker_in_words(blocker)),
            told_at: sites.map(|_| self.told_at(shift, &list, teams)).unwrap_or_default(),
        }
    }

    fn places(&self, list: SiteList<'_>, own_stack: bool) -> Places<'o> {
        let tagged = list.tagged.iter().filter_map(|place| self.tagged_place(self.tagged.list(*place)));
        let own = own_stack.then_some(Where::OwnStack);
        let table = Arc::clone(&self.universe.table);
        Places::new(table, list, tagged.chain(own).collect())
    }

    fn set(&self, side: Side, name: Name) -> NamedSet<'o> {
        let organization: &'o Organization = self.universe.organizations.at(side);
        match name {
            Name::Everything => EVERYTHING,
            Name::Set(number) => NamedSet {
                id: organization.set(number).id.as_deref().unwrap_or_default(),
                name: organization.customs.set_names.get(number as usize).map_or("", |name| name),
            },
        }
    }

    /// A place under tags that somebody might bring: an item plus one or nothing, a type, tests.
    fn tagged_place(&self, place: &[u32]) -> Option<Where<'o>> {
        let (item, rest) = place.split_first()?;
        let (entity_type, tests) = rest.split_first()?;
        let tests = tests.chunks(3).filter_map(|test| match test {
            [key, kind, value] => Some(self.tag_test(*key, *kind, *value)),
            _ => None,
        });
        let tests = tests.collect();
        Some(match item.checked_sub(1).and_then(|item| self.universe.table.item(item)) {
            Some(item) => Where::Tagged(item.name.clone(), tests),
            None => Where::OtherTagged(self.universe.entity_type(*entity_type)?.name, tests),
        })
    }

    fn tag_test(&self, key: u32, kind: u32, value: u32) -> TagTest {
        let value = Some(self.texts.name(value).to_owned());
        let test =
            TagTest { key: self.texts.name(key).to_owned(), equals: None, not_equals: None, exists: None };
        match kind {
            EQUALS => TagTest { equals: value, ..test },
            NOT_EQUALS => TagTest { not_equals: value, ..test },
            kind => TagTest { exists: Some(kind == EXISTS), ..test },
        }
    }

    /// Whether these are all entities of a type, those that neither document knows included.
    fn is_everywhere(&self, entity_type: u32, list: &SiteList<'_>) -> bool {
        let table = &self.universe.table;
        let all = table.of_type(entity_type).len();
        table.other_of(entity_type).is_some() && list.count(table) == all
    }

    fn way_in_words(&self, way: u32) -> Vec<String> {
        let words = self.lists.list(way);
        let (team, source) = match words {
            [team, source] => (team.checked_sub(1), Some(*source)),
            _ => (None, None),
        };
        team.into_iter().chain(source).map(|text| self.texts.name(text).to_owned()).collect()
    }

    fn blocker_in_words(&self, blocker: u32) -> Option<Blocker> {
        let [reason, setting] = self.lists.list(blocker) else { return None };
        let code = *Reason::ALL.get(*reason as usize)?;
        Some(Blocker { code, setting: setting.checked_sub(1).map(|text| self.texts.name(text).to_owned()) })
    }

    /// The teams by which alone it comes, if to each of them the same happens in all these places.
    fn told_at(&self, shift: &Shift, list: &SiteList<'_>, teams: &Teams) -> Vec<String> {
        let mut told = Vec::new();
        for way in &shift.ways {
            let words = self.way_in_words(*way);
            let [team, _] = words.as_slice() else { return Vec::new() };
            let delta = value(teams, team).and_then(|delta| self.deltas.get(delta as usize));
            if !delta.is_some_and(|delta| self.covers(delta, shift, list)) {
                return Vec::new();
            }
            told.push(team.clone());
        }
        distinct(told)
    }

    /// Whether the same happens to a team, in all these places.
    fn covers(&self, delta: &Delta, shift: &Shift, list: &SiteList<'_>) -> bool {
        let alike = |it: &Shift| {
            it.entity_type == shift.entity_type
                && it.levels == shift.levels
                && shift.scopes.iter().all(|scope| it.scopes.binary_search(scope).is_ok())
        };
        delta.shifts.iter().any(|(number, sites)| {
            self.shifts.get(*number as usize).is_some_and(alike)
                && SiteList::read(self.lists.list(*sites)).includes(&self.universe.table, list)
        })
    }

    pub(super) fn condition_change(&self, untried: &Untried, principals: Vec<String>) -> ConditionChange<'o> {
        let of_type = self.universe.entity_type(untried.entity_type);
        let scopes = of_type.map_or(&[][..], |it| &it.scopes);
        let given = self.lists.list(untried.scopes).iter();
        ConditionChange {
            principals,
            entity_type: of_type.map_or("", |it| it.name),
            scopes: given.filter_map(|it| Some(scopes.get(*it as usize)?.name)).collect(),
            before: self.conditional_grants(Side::Before, untried),
            after: self.conditional_grants(Side::After, untried),
        }
    }

    /// What the sources that differ give under conditions.
    fn conditional_grants(&self, side: Side, untried: &Untried) -> Vec<ExplainedGrant> {
        let organization = self.universe.organizations.at(side);
        let asked = self.universe.entity_type(untried.entity_type).and_then(|it| *it.sides.at(side));
        let mut told = Vec::new();
        for number in self.lists.list(*untried.sources.at(side)) {
            let source = organization.source(*number);
            let mut tell = |guard, to: Option<String>| {
                let via = label(&source.label).into_iter().chain(to).collect();
                let on = organization.on_guard(guard);
                told.push(ExplainedGrant { via, on, effect: Effect::Unknown });
            };
            for (_, grant) in organization.grants_of(source.guarded.clone()) {
                let set = organization.set(grant.set);
                if let Place::When(guard) = grant.place
                    && Some(set.entity_type) == asked
                {
                    tell(guard, set.id.as_ref().map(|id| format!("permission-set:{id}")));
                }
            }
            for used in organization.uses_of(*number) {
                if let Some(guard) = used.guard {
                    tell(guard, label(&organization.source(used.source).label));
                }
            }
        }
        told
    }
}

/// For how long something may stay open, where that is limited by one of the documents.
fn limits(shift: &Shift) -> Option<Limits> {
    let seconds = |level| match level {
        Level::Allow(Seconds::AtMost(seconds)) => Some(seconds),
        _ => None,
    };
    let (before, after) = (seconds(shift.levels.before), seconds(shift.levels.after));
    before.or(after).map(|_| Limits { before, after })
}
