//! By what something changes: the grants that give it where more is allowed, and what stands in the way where less is.

use super::OWN_STACK;
use super::compare::{Comparison, Holder};
use super::pair::{Pair, Side};
use super::shift::{Level, Part, Spot, Step};
use super::universe::{ScopeOfBoth, TypeOfBoth};
use crate::condition::Truth;
use crate::decide::Reason;
use crate::scope::{Scope, ScopeSet};

/// The ways by which some scopes are held at a place, sorted.
pub(super) type Ways = Vec<Way>;

/// One way, with what it gives for sure, and what it may give.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) number: u32,
    sure: ScopeSet,
    maybe: ScopeSet,
}

impl Way {
    /// Whether it gives a scope at that level.
    fn gives(&self, level: Level, scope: Scope) -> bool {
        if level == Level::Unknown { &self.maybe } else { &self.sure }.contains(scope)
    }
}

impl<'o> Comparison<'_, 'o> {
    /// The ways by which a principal holds some of the scopes at a place.
    pub(super) fn ways(&mut self, side: Side, holder: &Holder, spot: &Spot<'_>, scopes: &ScopeSet) -> Ways {
        if scopes.is_empty() {
            return Ways::new();
        }
        let organization = *self.universe.organizations.at(side);
        let access = &holder.access;
        let mut ways = Ways::new();
        if access.admin {
            // The role alone decides; what else grants is beside the point.
            add(&mut ways, holder.first.into_iter(), Truth::True, scopes);
            return ways;
        }
        organization.each_grant(access, &spot.question, scopes, &mut |found| {
            let given = &organization.set(found.grant.set).scopes;
            add(&mut ways, holder.ways_to(found.source), found.truth, given);
        });
        let own = access.beside.as_ref().filter(|own| *own.entity == *spot.question.subject.text);
        if let Some(own) = own {
            add(&mut ways, [self.way(None, OWN_STACK)].into_iter(), Truth::True, &own.scopes);
        }
        ways
    }

    /// The scopes of a step by what gives them and what stands in the way.
    pub(super) fn parts(
        &mut self,
        of_type: &TypeOfBoth<'o>,
        holders: &Pair<Holder>,
        step: &Step,
        ways: &Ways,
    ) -> Vec<Part> {
        let (more, less) = (step.levels.more(), step.levels.more().other());
        let level = *step.levels.at(more);
        let mut parts: Vec<Part> = Vec::new();
        for position in &step.scopes {
            let Some(scope) = of_type.scopes.get(*position as usize) else { continue };
            let gives = |way: &&Way| scope.sides.at(more).is_some_and(|scope| way.gives(level, scope));
            let by: Vec<u32> = ways.iter().filter(gives).map(|way| way.number).collect();
            let blocker = match step.levels.at(less) {
                Level::Deny => self.blocker(less, of_type, scope, holders.at(less)),
                _ => None,
            };
            match parts.iter_mut().find(|part| part.ways == by && part.blocker == blocker) {
                Some(part) => part.scopes.push(*position),
                None => parts.push(Part { ways: by, blocker, scopes: vec![*position] }),
            }
        }
        parts
    }

    /// What stands in the way of a scope, beside that nothing grants it.
    fn blocker(
        &mut self,
        side: Side,
        of_type: &TypeOfBoth<'o>,
        scope: &ScopeOfBoth<'o>,
        holder: &Holder,
    ) -> Option<u32> {
        let organization = *self.universe.organizations.at(side);
        let refused = organization.refuses(&holder.access, self.universe.at);
        let known = of_type.sides.at(side).zip(*scope.sides.at(side));
        let (reason, setting) = match (refused, known) {
            (Some(Reason::UnknownPrincipal), _) => (Reason::UnknownPrincipal, None),
            (_, None) => match organization.catalog.scope_number(scope.name) {
                Some(_) => (Reason::WrongEntityType, None),
                None => (Reason::UnknownScope, None),
            },
            (Some(reason), _) => (reason, None),
            (None, Some((it, scope))) if organization.exceptions(&holder.access, it).contains(scope) => {
                (Reason::TokenException, None)
            }
            (None, Some((entity_type, scope))) => {
                let closed = holder.access.closed_by(organization, entity_type, scope)?;
                (Reason::SettingOff, organization.catalog.toggles.get(closed).map(|toggle| &*toggle.field))
            }
        };
        let setting = setting.map_or(0, |setting| self.texts.intern(setting) + 1);
        Some(self.lists.number(&[reason as u32, setting]))
    }
}

fn add(ways: &mut Ways, numbers: impl Iterator<Item = u32>, truth: Truth, scopes: &ScopeSet) {
    for number in numbers {
        let position = ways.partition_point(|way| way.number < number);
        if ways.get(position).is_none_or(|way| way.number != number) {
            ways.insert(position, Way { number, sure: ScopeSet::EMPTY, maybe: ScopeSet::EMPTY });
        }
        if let Some(way) = ways.get_mut(position) {
            if truth == Truth::True { &mut way.sure } else { &mut way.maybe }.add(scopes);
        }
    }
}
