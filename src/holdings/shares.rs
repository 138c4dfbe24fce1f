//! Everything that somebody may do, as a set of pairs of scope and entity, counted and compared.
//!
//! What many principals hold comes from few sources. Each source is looked at once on every kind of entity, and what a
//! principal may do is the union of what its sources give: a thousand of them are summed in milliseconds.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Inventory;
use crate::access::{Access, Class};
use crate::condition::{self, Facts};
use crate::entity::EntityType;
use crate::names::{as_u32, sorted};
use crate::organization::{Place, Subject};
use crate::scope::ScopeSet;
use crate::standing::Question;

/// What each source of an organization gives, found when it is asked for.
#[derive(Debug)]
pub(crate) struct Shares<'o> {
    inventory: Inventory<'o>,
    grounds: Vec<Ground>,
    /// For each entity of the inventory its ground; nothing for one that is named and not listed.
    ground_of: Vec<Option<u32>>,
    /// How many entities there are of each type.
    totals: Vec<u64>,
    known: BTreeMap<(u32, Vec<u32>), Rc<Share>>,
    on_grounds: Sheet,
    on_entities: Sheet,
}

/// Entities on which whatever names none of them gives the same: a kind, or one that a condition singles out.
#[derive(Debug)]
struct Ground {
    entity_type: EntityType,
    /// The one entity that it is.
    entity: Option<u32>,
    /// An entity whose tags stand for those of all; nothing where they are not known.
    example: Option<u32>,
    count: u64,
}

/// What a source gives beyond what holds everywhere.
#[derive(Debug, Default)]
struct Share {
    by_ground: Vec<(u32, ScopeSet)>,
    /// On entities that it names.
    apart: Vec<(u32, ScopeSet)>,
}

/// What somebody holds on every entity of a type, less what is refused whatever grants it.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    everywhere: ScopeSet,
    shut: ScopeSet,
}

/// Rows by number, to be filled, read and cleared again and again.
#[derive(Debug, Default)]
struct Sheet {
    rows: Vec<ScopeSet>,
    touched: Vec<u32>,
}

/// A set of pairs of scope and entity: of the listed entities, the organization, and the entity of a question.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pairs {
    by_ground: Vec<ScopeSet>,
    /// Entities with a row of their own, sorted.
    apart: Vec<(u32, ScopeSet)>,
}

/// The number of the entity of a question where the document does not have it.
const ELSEWHERE: u32 = u32::MAX;

impl<'o> Shares<'o> {
    pub(crate) fn new(inventory: Inventory<'o>) -> Self {
        let of_kind = inventory.kinds.iter().map(|kind| Ground {
            entity_type: kind.entity_type,
            entity: None,
            example: kind.example,
            count: 0,
        });
        let mut shares = Self {
            grounds: of_kind.collect(),
            ground_of: Vec::new(),
            totals: vec![0; inventory.organization.catalog.type_count()],
            known: BTreeMap::new(),
            on_grounds: Sheet::default(),
            on_entities: Sheet::default(),
            inventory,
        };
        for entity in 0..shares.inventory.len() {
            let ground = shares.inventory.is_listed(entity).then(|| shares.ground_for(entity));
            shares.ground_of.push(ground);
            let Some(ground) = ground.and_then(|ground| shares.grounds.get_mut(ground as usize)) else {
                continue;
            };
            ground.count += 1;
            shares
                .totals
                .iter_mut()
                .skip(ground.entity_type.position())
                .take(1)
                .for_each(|total| *total += 1);
        }
        shares
    }

    fn ground_for(&mut self, entity: u32) -> u32 {
        if self.inventory.singled_out.binary_search(&entity).is_err() {
            return self.inventory.kind_of.get(entity as usize).copied().unwrap_or_default();
        }
        let entity_type = self.inventory.entity_type(entity);
        self.grounds.push(Ground { entity_type, entity: Some(entity), example: Some(entity), count: 0 });
        as_u32(self.grounds.len() - 1)
    }

    /// Everything that a principal may do. The entity of the question counts as the question knows it, all others as
    /// the document has them.
    pub(crate) fn pairs(&mut self, access: &Access, question: &Question<'_>) -> Pairs {
        if self.inventory.organization.refuses_all(access, question).is_some() {
            return Pairs { by_ground: vec![ScopeSet::EMPTY; self.grounds.len()], apart: Vec::new() };
        }
        let types = self.inventory.organization.catalog.entity_types();
        let held: Vec<Held> = types.map(|(entity_type, _)| self.held(access, entity_type)).collect();
        let of_type = |entity_type: EntityType| held.get(entity_type.position()).copied().unwrap_or_default();
        self.gather(access, |_| true);
        let mut pairs = Pairs::default();
        for (number, ground) in (0..).zip(&self.grounds) {
            pairs.by_ground.push(of_type(ground.entity_type).with(&self.on_grounds.row(number)));
        }
        for entity in sorted(self.on_entities.touched.clone()) {
            let row = self.on_entities.row(entity);
            let row = of_type(self.inventory.entity_type(entity)).with(&row);
            let of_ground = self.ground_of(entity).map(|ground| pairs.on_ground(ground));
            pairs.apart.push((entity, row.plus(&of_ground.unwrap_or_default())));
        }
        pairs.put(self.number_of(&question.subject), self.asked(access, question));
        pairs
    }

    /// How many pairs of some scopes of one type a principal holds: the size of a part of [`Shares::pairs`], without
    /// the pairs.
    pub(crate) fn count_of(&mut self, access: &Access, question: &Question<'_>, scopes: &ScopeSet) -> u64 {
        if self.inventory.organization.refuses_all(access, question).is_some() {
            return 0;
        }
        let entity_type = question.subject.entity_type;
        let held = self.held(access, entity_type);
        self.gather(access, |it| it == entity_type);
        let size = |row: &ScopeSet| held.with(row).within(scopes).len() as u64;
        let everywhere = size(&ScopeSet::EMPTY);
        let more_on = |row: &ScopeSet, than: &ScopeSet| size(&row.plus(than)) - size(than);
        let mut count = everywhere * self.totals.get(entity_type.position()).copied().unwrap_or_default();
        for ground in &self.on_grounds.touched {
            let members = self.grounds.get(*ground as usize).map_or(0, |ground| ground.count);
            count += members * (size(&self.on_grounds.row(*ground)) - everywhere);
        }
        for entity in &self.on_entities.touched {
            let of_ground =
                self.ground_of(*entity).map(|ground| self.on_grounds.row(ground)).unwrap_or_default();
            count += more_on(&self.on_entities.row(*entity), &of_ground);
        }
        let asked = self.number_of(&question.subject);
        if let Some(ground) = self.ground_of(asked) {
            count -= size(&self.on_entities.row(asked).plus(&self.on_grounds.row(ground)));
        }
        count + self.asked(access, question).within(scopes).len() as u64
    }

    /// How many pairs there are.
    pub(crate) fn count(&self, pairs: &Pairs) -> u64 {
        let size = |scopes: &ScopeSet| scopes.len() as u64;
        let grounds = pairs.by_ground.iter().zip(&self.grounds);
        let as_of_kind: u64 = grounds.map(|(scopes, ground)| size(scopes) * ground.count).sum();
        let apart: u64 = pairs.apart.iter().map(|(_, scopes)| size(scopes)).sum();
        let counted_twice = pairs.apart.iter().filter_map(|(entity, _)| self.ground_of(*entity));
        let counted_twice: u64 = counted_twice.map(|ground| size(&pairs.on_ground(ground))).sum();
        as_of_kind + apart - counted_twice
    }

    /// The pairs that are in one set and not in the other.
    pub(crate) fn without(&self, pairs: &Pairs, other: &Pairs) -> Pairs {
        let grounds = pairs.by_ground.iter().zip(&other.by_ground);
        let rest = |entity| (entity, self.row(pairs, entity).without(&self.row(other, entity)));
        Pairs {
            by_ground: grounds.map(|(mine, theirs)| mine.without(theirs)).collect(),
            apart: apart_in_one_of(pairs, other).into_iter().map(rest).collect(),
        }
    }

    /// Whether every pair of one set is in the other.
    pub(crate) fn includes(&self, pairs: &Pairs, inner: &Pairs) -> bool {
        let lacks = |(ground, (outer, inner)): (u32, (&ScopeSet, &ScopeSet))| {
            (!outer.includes(inner)).then_some(ground)
        };
        let mut lacking = (0..).zip(pairs.by_ground.iter().zip(&inner.by_ground)).filter_map(lacks);
        let apart = apart_in_one_of(pairs, inner);
        // On entities apart the row of their ground is not theirs: it counts where the ground has others.
        let only_apart = |ground: u32| {
            let members = apart.iter().filter(|entity| self.ground_of(**entity) == Some(ground)).count();
            self.grounds.get(ground as usize).is_some_and(|ground| ground.count == members as u64)
        };
        lacking.all(only_apart)
            && apart.iter().all(|entity| self.row(pairs, *entity).includes(&self.row(inner, *entity)))
    }

    /// What holds on every entity of a type, and what is refused whatever grants it.
    fn held(&self, access: &Access, entity_type: EntityType) -> Held {
        let organization = self.inventory.organization;
        let exceptions = organization.exceptions(access, entity_type);
        if access.admin {
            return Held { everywhere: organization.catalog.all_scopes(entity_type), shut: exceptions };
        }
        let closed = access.closed.iter().filter_map(|position| organization.catalog.toggles.get(*position));
        let closed = closed.filter(|toggle| toggle.entity_type == entity_type).map(|toggle| toggle.scope);
        let everywhere = access.everywhere(entity_type);
        Held {
            everywhere: everywhere.granted.plus(&everywhere.setting),
            shut: exceptions.plus(&closed.collect::<ScopeSet>()),
        }
    }

    /// Notes what the sources give beyond what holds everywhere, and what is held beside them.
    fn gather(&mut self, access: &Access, wanted: impl Fn(EntityType) -> bool) {
        let shares = self.shares_of(access);
        self.on_grounds.clear();
        self.on_entities.clear();
        for (ground, scopes) in shares.iter().flat_map(|share| &share.by_ground) {
            if self.grounds.get(*ground as usize).is_some_and(|ground| wanted(ground.entity_type)) {
                self.on_grounds.add(*ground, scopes);
            }
        }
        let beside = access.beside.as_ref().and_then(|beside| {
            Some((self.inventory.organization.entities.names.get(&beside.entity)?, beside.scopes))
        });
        for (entity, scopes) in shares.iter().flat_map(|share| &share.apart).chain(&beside) {
            if self.ground_of(*entity).is_some() && wanted(self.inventory.entity_type(*entity)) {
                self.on_entities.add(*entity, scopes);
            }
        }
    }

    /// The shares of all that a principal holds, of those that give something beyond what holds everywhere.
    fn shares_of(&mut self, access: &Access) -> Vec<Rc<Share>> {
        let organization = self.inventory.organization;
        let mut shares = Vec::new();
        for (source, class) in access.sources.iter().filter(|_| !access.admin) {
            let conditional = access.conditional.contains(&(*source, *class));
            if conditional || !organization.source(*source).named.is_empty() {
                shares.push(self.share(*source, conditional, &access.teams));
            }
        }
        shares
    }

    /// What one source gives to somebody in these teams.
    fn share(&mut self, source: u32, conditional: bool, teams: &[u32]) -> Rc<Share> {
        let alone = Access {
            sources: vec![(source, Class::Granted)],
            conditional: if conditional { vec![(source, Class::Granted)] } else { Vec::new() },
            ..Access::default()
        };
        let teams = if conditional && self.tests_teams(&alone) { teams } else { &[] };
        if let Some(known) = self.known.get(&(source, teams.to_vec())) {
            return Rc::clone(known);
        }
        let alone = Access { teams: teams.to_vec(), ..alone };
        let share = Rc::new(self.share_of(&alone));
        self.known.insert((source, teams.to_vec()), Rc::clone(&share));
        share
    }

    fn share_of(&self, alone: &Access) -> Share {
        let mut share = Share::default();
        let types = self.types_of(alone);
        for (number, ground) in (0..).zip(&self.grounds) {
            let bears = ground.entity.is_some() || !alone.conditional.is_empty();
            if bears && types.contains(&ground.entity_type) {
                let scopes = self.on_ground(alone, ground);
                share.by_ground.extend(Some((number, scopes)).filter(|_| !scopes.is_empty()));
            }
        }
        for entity in self.inventory.set_apart(alone) {
            let of_many =
                |ground: u32| self.grounds.get(ground as usize).is_some_and(|it| it.entity.is_none());
            if self.ground_of(entity).is_some_and(of_many) {
                share.apart.push((entity, self.inventory.row_of_entity(alone, entity, None).allow));
            }
        }
        share
    }

    /// The entity types of which a source, or a record that it composes, gives scopes.
    fn types_of(&self, alone: &Access) -> BTreeSet<EntityType> {
        let organization = self.inventory.organization;
        let grants = |source: u32| {
            let source = organization.source(source);
            let ranges = [&source.everywhere, &source.guarded, &source.named];
            ranges.into_iter().flat_map(|range| organization.grants_of(range.clone()))
        };
        let grants = self.inventory.reachable(alone).into_iter().flat_map(grants);
        grants.map(|(_, grant)| organization.set(grant.set).entity_type).collect()
    }

    fn on_ground(&self, alone: &Access, ground: &Ground) -> ScopeSet {
        let tags = ground.example.and_then(|it| self.inventory.organization.entities.tags_of(it));
        let (entity_type, number) = (ground.entity_type, ground.entity);
        let subject = Subject { text: "", entity_type, number, here: true };
        self.inventory.ask(alone, subject, tags, None).allow
    }

    /// Whether what a source gives depends on the teams of whoever holds it.
    fn tests_teams(&self, alone: &Access) -> bool {
        let organization = self.inventory.organization;
        let tested = |guard: u32| {
            let around = std::iter::successors(organization.guards.get(guard as usize), |guard| {
                guard.outer.and_then(|outer| organization.guards.get(outer as usize))
            });
            around.into_iter().any(|it| condition::tests_teams(&organization.conditions, it.condition))
        };
        self.inventory.reachable(alone).into_iter().any(|source| {
            let grants = organization.grants_of(organization.source(source).guarded.clone());
            let mut guards = grants.filter_map(|(_, grant)| match grant.place {
                Place::When(guard) => Some(guard),
                _ => None,
            });
            guards.any(tested)
                || organization.uses_of(source).iter().filter_map(|used| used.guard).any(tested)
        })
    }

    /// What a principal may do on the entity of the question.
    fn asked(&self, access: &Access, question: &Question<'_>) -> ScopeSet {
        let organization = self.inventory.organization;
        let facts = Facts { teams: &access.teams, ..question.facts };
        let all = organization.catalog.all_scopes(question.subject.entity_type);
        organization.row(access, &Question { facts, ..*question }, &all).allow
    }

    /// The number of the entity of a question.
    pub(crate) fn number_of(&self, subject: &Subject<'_>) -> u32 {
        let itself = self.inventory.len().checked_sub(1);
        let itself = itself.filter(|number| self.inventory.entity(*number) == subject.text);
        subject.number.or(itself).unwrap_or(ELSEWHERE)
    }

    fn ground_of(&self, entity: u32) -> Option<u32> {
        self.ground_of.get(entity as usize).copied().flatten()
    }

    /// The scopes of one entity.
    pub(crate) fn row(&self, pairs: &Pairs, entity: u32) -> ScopeSet {
        let of_ground = || self.ground_of(entity).map(|ground| pairs.on_ground(ground));
        pairs.own_row(entity).or_else(of_ground).unwrap_or_default()
    }
}

impl Held {
    /// The scopes of an entity on which these come on top.
    fn with(&self, more: &ScopeSet) -> ScopeSet {
        self.everywhere.plus(more).without(&self.shut)
    }
}

impl Sheet {
    fn row(&self, number: u32) -> ScopeSet {
        self.rows.get(number as usize).copied().unwrap_or_default()
    }

    fn add(&mut self, number: u32, scopes: &ScopeSet) {
        if self.rows.len() <= number as usize {
            self.rows.resize(number as usize + 1, ScopeSet::EMPTY);
        }
        let Some(row) = self.rows.get_mut(number as usize) else { return };
        if row.is_empty() {
            self.touched.push(number);
        }
        row.add(scopes);
    }

    fn clear(&mut self) {
        for number in self.touched.drain(..) {
            self.rows.iter_mut().skip(number as usize).take(1).for_each(|row| *row = ScopeSet::EMPTY);
        }
    }
}

impl Pairs {
    fn on_ground(&self, ground: u32) -> ScopeSet {
        self.by_ground.get(ground as usize).copied().unwrap_or_default()
    }

    fn own_row(&self, entity: u32) -> Option<ScopeSet> {
        let position = self.apart.binary_search_by_key(&entity, |(entity, _)| *entity).ok()?;
        self.apart.get(position).map(|(_, scopes)| *scopes)
    }

    /// Gives an entity a row of its own.
    fn put(&mut self, entity: u32, scopes: ScopeSet) {
        match self.apart.binary_search_by_key(&entity, |(entity, _)| *entity) {
            Ok(position) => self.apart.iter_mut().skip(position).take(1).for_each(|row| row.1 = scopes),
            Err(position) => self.apart.insert(position, (entity, scopes)),
        }
    }
}

/// The entities that have a row of their own in one of two sets, sorted.
fn apart_in_one_of(pairs: &Pairs, other: &Pairs) -> Vec<u32> {
    let (mut mine, mut theirs) = (pairs.apart.iter().peekable(), other.apart.iter().peekable());
    let next = || {
        let least = [mine.peek(), theirs.peek()].into_iter().flatten().map(|(entity, _)| *entity).min()?;
        mine.next_if(|(entity, _)| *entity == least);
        theirs.next_if(|(entity, _)| *entity == least);
        Some(least)
    };
    std::iter::from_fn(next).collect()
}
