//! Who may change the tags on which a grant rests, and so come to what it gives (AB-11).
//!
//! Looked at is any entity that may be, with any tags that it may have: whoever may change these there can make them
//! others, and then hold more than before.

use super::Lint;
use super::found::{Found, Related, listed};
use super::pairs::Pairs;
use super::study::Study;
use super::worlds::{Tags, View, Worlds};
use crate::access::Access;
use crate::catalog::risks::TagChange;
use crate::condition;
use crate::entity::EntityType;
use crate::holdings::distinct;
use crate::organization::Place;
use crate::scope::{Scope, ScopeSet};
use crate::standing::{Found as Held, Question, Standing};

/// A scope that somebody may come to, and the number of the condition under which it is written.
type Gain = (u32, (EntityType, Scope));

pub(super) fn look(study: &Study<'_>, found: &mut Found) {
    let (mut gains, mut who) = (Vec::new(), Vec::new());
    for (number, caller) in (0..).zip(&study.callers) {
        let mut own = Vec::new();
        if !caller.access.conditional.is_empty() {
            let climber = Climber::new(study, &caller.access);
            study.types().for_each(|entity_type| climber.gains(entity_type, &mut own));
        }
        let own = distinct(own);
        who.extend(own.iter().map(|(at, _)| (*at, number)));
        gains.extend(own);
    }
    let who = Pairs::new(who);
    for by_one in distinct(gains).chunk_by(|(a, _), (b, _)| a == b) {
        escalation(study, by_one, &who, found);
    }
}

/// What is gained under one condition.
fn escalation(study: &Study<'_>, gains: &[Gain], who: &Pairs, found: &mut Found) {
    let Some((at, _)) = gains.first() else { return };
    let catalog = &study.organization.catalog;
    let scopes: Vec<&str> = gains.iter().map(|(_, (of, scope))| catalog.scope_name(*of, *scope)).collect();
    let mut climbers = Vec::new();
    for number in distinct(who.of(*at).collect()) {
        study.callers.get(number as usize).into_iter().for_each(|caller| climbers.extend(&caller.who));
    }
    let who = study.names_of(climbers);
    let message = format!(
        "{} may change the tags on which this rests, and so come to {}: ask for a tag that they may not change, or \
         give the right to change tags to fewer",
        listed(&who),
        listed(&scopes)
    );
    found.add(Lint::TagEscalation, *at, message, who.into_iter().map(Related::Name).collect());
}

/// Somebody, and everything that tags can give or take there.
struct Climber<'c> {
    study: &'c Study<'c>,
    access: &'c Access,
    worlds: Worlds,
    /// Entities that grants name.
    named: Vec<u32>,
}

/// What somebody may do on some entity in every world, and by which scopes it comes from one to another.
struct Ladder<'l> {
    worlds: &'l [Tags],
    rows: Vec<ScopeSet>,
    changes: &'l [(Scope, TagChange)],
}

impl<'c> Climber<'c> {
    fn new(study: &'c Study<'c>, access: &'c Access) -> Self {
        let sources = study.inventory.reachable(access);
        let worlds = Worlds::of(study, study.guards_of(&sources));
        Self { study, access, worlds, named: study.named_by(&sources) }
    }

    /// Notes what is gained, by the condition under which it is given.
    fn gains(&self, entity_type: EntityType, gains: &mut Vec<Gain>) {
        let Some(worlds) = self.worlds.tags_of(entity_type).filter(|worlds| worlds.len() > 1) else { return };
        let changes = self.study.organization.catalog.tag_changes(entity_type);
        let may_change = |row: &ScopeSet| changes.iter().any(|(scope, _)| row.contains(*scope));
        let rows: Vec<_> = worlds.iter().map(|tags| self.allowed(entity_type, None, Some(tags))).collect();
        let given = self.given_by_name(entity_type).into_iter();
        for more in given.filter(|more| may_change(more) || rows.iter().any(may_change)) {
            let rows = rows.iter().map(|row| union(row, &more)).collect();
            let ladder = Ladder { worlds, rows, changes: &changes };
            for (world, tags) in worlds.iter().enumerate() {
                let gained = ladder.gained(world);
                if !gained.is_empty() {
                    self.note(entity_type, tags, &gained, gains);
                }
            }
        }
    }

    /// What grants by name add to what holds on any entity: nothing, and each that is different.
    fn given_by_name(&self, entity_type: EntityType) -> Vec<ScopeSet> {
        let mut given = vec![ScopeSet::EMPTY];
        for entity in self.named.iter().filter(|it| self.study.entity_type(**it) == Some(entity_type)) {
            let row = self.allowed(entity_type, Some(*entity), None);
            if !given.contains(&row) {
                given.push(row);
            }
        }
        given
    }

    fn allowed(&self, entity_type: EntityType, entity: Option<u32>, tags: Option<&[(u32, u32)]>) -> ScopeSet {
        let view = View { entity_type, entity, tags, teams: &self.access.teams };
        let question = Question { at: self.study.at, ..view.question() };
        let all = self.study.organization.catalog.all_scopes(entity_type);
        self.study.organization.row(self.access, &question, &all).allow
    }

    /// Notes the conditions under which something of what is gained is given where an entity has these tags.
    fn note(&self, entity_type: EntityType, tags: &[(u32, u32)], gained: &ScopeSet, gains: &mut Vec<Gain>) {
        let view = View { entity_type, entity: None, tags: Some(tags), teams: &self.access.teams };
        let (question, unused) = (view.question(), &mut Standing::default());
        self.study.organization.stand(self.access, &question, gained, unused, &mut |found| {
            let Some((at, set)) = self.study.rests_on(found, entity_type) else { return };
            for scope in self.study.organization.set(set).scopes.iter() {
                if gained.contains(scope) {
                    gains.push((at, (entity_type, scope)));
                }
            }
        });
    }
}

impl Ladder<'_> {
    /// What is allowed in a world and not in some other from which it can be reached.
    fn gained(&self, world: usize) -> ScopeSet {
        let mut gained = ScopeSet::EMPTY;
        if let Some((target, tags)) = self.rows.get(world).zip(self.worlds.get(world)) {
            for (row, from) in self.rows.iter().zip(self.worlds) {
                let more = target.without(row);
                if !more.is_empty() && self.leads(row, from, tags) {
                    gained.add(&more);
                }
            }
        }
        gained
    }

    /// Whether somebody with these scopes can make some tags others.
    fn leads(&self, row: &ScopeSet, from: &Tags, to: &Tags) -> bool {
        let may =
            |wanted| self.changes.iter().any(|(scope, change)| *change == wanted && row.contains(*scope));
        let within = |some: &Tags, all: &Tags| some.iter().all(|tag| all.contains(tag));
        let (add, remove) = (may(TagChange::Add), may(TagChange::Remove));
        may(TagChange::Any) || (add || within(to, from)) && (remove || within(from, to)) && (add || remove)
    }
}

fn union(a: &ScopeSet, b: &ScopeSet) -> ScopeSet {
    let mut both = *a;
    both.add(b);
    both
}

impl Study<'_> {
    /// Where the tests of tags are written on which a grant that was found rests, and the set that it gives.
    fn rests_on(&self, found: &Held<'_>, entity_type: EntityType) -> Option<(u32, u32)> {
        let mut around: Vec<u32> = found.reach.iter().rev().filter_map(|reach| reach.guard).collect();
        if let Place::When(guard) = found.grant.place {
            around.insert(0, guard);
        }
        let conditions = &self.organization.conditions;
        for guard in around.into_iter().flat_map(|guard| self.guards_around(guard)) {
            let Some(it) = self.organization.guards.get(guard as usize) else { continue };
            let mut keys = Vec::new();
            condition::keys(conditions, it.condition, entity_type, &mut keys);
            if !keys.is_empty() {
                let at = self.origins.guards.get(guard as usize).copied().flatten()?;
                return Some((at, found.grant.set));
            }
        }
        None
    }
}
