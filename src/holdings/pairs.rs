//! Sets of pairs of scope and entity, counted and compared without being spelled out.

use super::{Inventory, Kind};
use crate::entity::EntityType;
use crate::names::as_u32;
use crate::organization::Subject;
use crate::scope::ScopeSet;

/// The entities that count, by what can tell them apart: the listed ones and the organization.
#[derive(Debug)]
pub(crate) struct Grounds {
    pub(super) grounds: Vec<Ground>,
    /// For each entity of the inventory its ground; nothing for one that is named and not listed.
    of_entity: Vec<Option<u32>>,
    /// How many entities of each type count.
    of_type: Vec<u64>,
}

/// Entities on which whatever names none of them gives the same: a kind, or one that a condition singles out.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) entity_type: EntityType,
    /// The one entity that it is.
    pub(super) entity: Option<u32>,
    /// One whose tags stand for those of all; nothing where they are not known.
    pub(super) example: Option<u32>,
    pub(super) count: u64,
}

/// A set of pairs of scope and entity: of the entities that count, and of the one that a question is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pairs {
    pub(super) by_ground: Vec<ScopeSet>,
    /// Entities with a row of their own, sorted.
    pub(super) apart: Vec<(u32, ScopeSet)>,
}

/// The number of the entity of a question where the document does not have it.
const ELSEWHERE: u32 = u32::MAX;

impl Grounds {
    pub(super) fn new(inventory: &Inventory<'_>) -> Self {
        let of_kind = |kind: &Kind| Ground {
            entity_type: kind.entity_type,
            entity: None,
            example: kind.example,
            count: 0,
        };
        let mut grounds = Self {
            grounds: inventory.kinds.iter().map(of_kind).collect(),
            of_entity: Vec::new(),
            of_type: vec![0; inventory.organization.catalog.type_count()],
        };
        for entity in 0..inventory.len() {
            let ground = inventory.is_listed(entity).then(|| grounds.ground_for(inventory, entity));
            grounds.of_entity.push(ground);
            if let Some(ground) = ground.and_then(|ground| grounds.grounds.get_mut(ground as usize)) {
                ground.count += 1;
                if let Some(of_type) = grounds.of_type.get_mut(ground.entity_type.position()) {
                    *of_type += 1;
                }
            }
        }
        grounds
    }

    fn ground_for(&mut self, inventory: &Inventory<'_>, entity: u32) -> u32 {
        if inventory.singled_out.binary_search(&entity).is_err() {
            return inventory.kind_of.get(entity as usize).copied().unwrap_or_default();
        }
        let entity_type = inventory.entity_type(entity);
        self.grounds.push(Ground { entity_type, entity: Some(entity), example: Some(entity), count: 0 });
        as_u32(self.grounds.len() - 1)
    }

    pub(super) fn get(&self, ground: u32) -> Option<&Ground> {
        self.grounds.get(ground as usize)
    }

    /// The ground of an entity, if that counts.
    pub(super) fn of(&self, entity: u32) -> Option<u32> {
        self.of_entity.get(entity as usize).copied().flatten()
    }

    /// How many entities of a type count.
    pub(super) fn count_of(&self, entity_type: EntityType) -> u64 {
        self.of_type.get(entity_type.position()).copied().unwrap_or_default()
    }

    /// How many pairs there are.
    pub(crate) fn count(&self, pairs: &Pairs) -> u64 {
        let size = |scopes: &ScopeSet| scopes.len() as u64;
        let grounds = pairs.by_ground.iter().zip(&self.grounds);
        let as_of_ground: u64 = grounds.map(|(scopes, ground)| size(scopes) * ground.count).sum();
        let apart: u64 = pairs.apart.iter().map(|(_, scopes)| size(scopes)).sum();
        let counted_twice = pairs.apart.iter().filter_map(|(entity, _)| self.of(*entity));
        let counted_twice: u64 = counted_twice.map(|ground| size(&pairs.on_ground(ground))).sum();
        as_of_ground + apart - counted_twice
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
        let grounds = (0..).zip(pairs.by_ground.iter().zip(&inner.by_ground));
        let mut lacking =
            grounds.filter(|(_, (outer, inner))| !outer.includes(inner)).map(|(ground, _)| ground);
        let apart = apart_in_one_of(pairs, inner);
        // Entities apart do not have the row of their ground, which matters where it has others.
        let all_apart = |ground: u32| {
            let members = apart.iter().filter(|entity| self.of(**entity) == Some(ground)).count();
            self.get(ground).is_some_and(|ground| ground.count == members as u64)
        };
        lacking.all(all_apart)
            && apart.iter().all(|entity| self.row(pairs, *entity).includes(&self.row(inner, *entity)))
    }

    /// The scopes on one entity.
    pub(crate) fn row(&self, pairs: &Pairs, entity: u32) -> ScopeSet {
        let of_ground = || self.of(entity).map(|ground| pairs.on_ground(ground));
        pairs.own_row(entity).or_else(of_ground).unwrap_or_default()
    }
}

impl Inventory<'_> {
    /// The number under which the entity of a question counts.
    pub(crate) fn number_of(&self, subject: &Subject<'_>) -> u32 {
        let last = self.len().checked_sub(1).filter(|last| self.entity(*last) == subject.text);
        subject.number.or(last).unwrap_or(ELSEWHERE)
    }
}

impl Pairs {
    /// How many rows it takes to hold them.
    pub(crate) fn rows(&self) -> usize {
        self.by_ground.len() + self.apart.len()
    }

    pub(super) fn on_ground(&self, ground: u32) -> ScopeSet {
        self.by_ground.get(ground as usize).copied().unwrap_or_default()
    }

    fn own_row(&self, entity: u32) -> Option<ScopeSet> {
        let position = self.apart.binary_search_by_key(&entity, |(entity, _)| *entity).ok()?;
        self.apart.get(position).map(|(_, scopes)| *scopes)
    }

    /// Gives an entity a row of its own.
    pub(super) fn put(&mut self, entity: u32, scopes: ScopeSet) {
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
