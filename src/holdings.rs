//! What one principal may do on every entity at once: the base of all questions that go through an organization.
//!
//! Entities that no condition can tell apart are of one *kind*, and a principal has the same row on all of a kind
//! but those that something it holds names. So a thousand principals on a hundred thousand entities cost rows for
//! kinds and for names, and no more; and nothing is sampled.

mod pairs;
mod shares;

use std::borrow::Cow;

use crate::access::Access;
use crate::condition::{Condition, Facts};
use crate::decide::Row;
use crate::entity::EntityType;
use crate::names::{as_u32, sorted};
use crate::organization::{Organization, Place, Subject};
use crate::standing::Question;
use crate::time::Instant;

pub(crate) use pairs::{Grounds, Pairs};
pub(crate) use shares::Shares;

/// The entities of an organization by their kinds.
#[derive(Debug)]
pub(crate) struct Inventory<'o> {
    pub(crate) organization: &'o Organization,
    /// For each entity its kind: those that are listed or named, and the organization itself.
    pub(crate) kind_of: Vec<u32>,
    /// For each entity type the kind of what is not listed stands first.
    pub(crate) kinds: Vec<Kind>,
    /// Entities that a condition names, sorted.
    pub(crate) singled_out: Vec<u32>,
    /// The organization as an entity, where nothing lists or names it.
    itself: Option<(String, EntityType)>,
}

/// Entities that no condition can tell apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) entity_type: EntityType,
    /// One of them, whose tags stand for those of all; nothing where the tags are not known.
    pub(crate) example: Option<u32>,
}

/// What is answered about one principal on every entity of an inventory: what it may do there, or whatever else was
/// asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Holdings<T = Row> {
    by_kind: Vec<T>,
    /// Entities with an answer of their own, sorted.
    apart: Vec<(u32, T)>,
}

impl Holdings {
    /// What it may do on entities of the type that are neither listed nor named, and whose tags are not known.
    pub(crate) fn elsewhere(&self, entity_type: EntityType) -> Row {
        self.on_others(entity_type).copied().unwrap_or(Row::nothing(entity_type))
    }
}

impl<T> Holdings<T> {
    /// The answer on entities of the type that are neither listed nor named.
    pub(crate) fn on_others(&self, entity_type: EntityType) -> Option<&T> {
        self.by_kind.get(entity_type.position())
    }
}

impl<'o> Inventory<'o> {
    /// Sorts the entities of an organization into kinds.
    pub(crate) fn new(organization: &'o Organization) -> Self {
        let elsewhere = organization.catalog.entity_types();
        let kinds = elsewhere.map(|(entity_type, _)| Kind { entity_type, example: None }).collect();
        // An identity that names nothing has a number past all entities.
        let known = as_u32(organization.entities.types.len());
        let singled_out = organization.conditions.iter().filter_map(|condition| match condition {
            Condition::Is(_, entity) if *entity < known => Some(*entity),
            _ => None,
        });
        let mut inventory = Self {
            organization,
            kind_of: Vec::new(),
            kinds,
            singled_out: distinct(singled_out.collect()),
            itself: itself(organization),
        };
        inventory.sort_entities();
        inventory
    }

    fn sort_entities(&mut self) {
        let tested = Tested::new(self.organization.conditions.iter());
        let mut listed = Vec::new();
        for (number, entity_type) in (0..).zip(&self.organization.entities.types) {
            self.kind_of.push(as_u32(entity_type.position()));
            if let Some(tags) = self.organization.entities.tags_of(number) {
                listed.push((*entity_type, tested.part_of(tags), number));
            }
        }
        for alike in sorted(listed).chunk_by(|(a, tags, _), (b, same, _)| (a, tags) == (b, same)) {
            let Some((entity_type, _, example)) = alike.first() else { continue };
            for (_, _, number) in alike {
                self.kind_of
                    .iter_mut()
                    .skip(*number as usize)
                    .take(1)
                    .for_each(|kind| *kind = as_u32(self.kinds.len()));
            }
            self.kinds.push(Kind { entity_type: *entity_type, example: Some(*example) });
        }
        let itself = self.itself.iter().map(|(_, entity_type)| as_u32(entity_type.position()));
        self.kind_of.extend(itself);
    }

    /// One of the listed entities of each kind.
    pub(crate) fn examples(&self) -> impl Iterator<Item = u32> {
        self.kinds.iter().filter_map(|kind| kind.example)
    }

    /// How many entities there are; they are numbered from 0: of a document the listed ones first and in its order, of a bundle in the order of their names.
    pub(crate) fn len(&self) -> u32 {
        as_u32(self.kind_of.len())
    }

    /// The entity of that number, written out.
    pub(crate) fn entity(&self, number: u32) -> Cow<'_, str> {
        match &self.itself {
            Some((name, _)) if number as usize == self.organization.entities.types.len() => name.into(),
            _ => self.organization.entities.names.name(number),
        }
    }

    /// The number of an entity that is listed or named, or of the organization itself.
    pub(crate) fn find(&self, entity: &str) -> Option<u32> {
        let itself = || self.itself.as_ref().is_some_and(|(name, _)| name == entity);
        let named = self.organization.entities.names.get(entity);
        named.or_else(|| itself().then_some(as_u32(self.organization.entities.types.len())))
    }

    pub(crate) fn entity_type(&self, number: u32) -> EntityType {
        self.kind(number).map_or(EntityType::FIRST, |kind| kind.entity_type)
    }

    /// Whether the document lists it, so that its tags are known; the organization itself always counts as listed.
    pub(crate) fn is_listed(&self, number: u32) -> bool {
        self.organization.entities.is_listed(number)
            || Some(self.entity_type(number)) == self.organization.catalog.organization_type()
    }

    /// Everything that a principal may do, at that time.
    pub(crate) fn holdings(&self, access: &Access, at: Option<Instant>) -> Holdings {
        self.ask(access, None, at, &mut |question| self.organization.whole_row(access, question))
    }

    /// What a principal may do on an entity.
    pub(crate) fn row(&self, holdings: &Holdings, number: u32) -> Row {
        self.answer(holdings, number).copied().unwrap_or(Row::nothing(self.entity_type(number)))
    }

    /// Asks something about a principal and every entity: once for each kind and for each entity that is set apart.
    /// Tags that are given stand in the place of those of every entity.
    pub(crate) fn ask<T: Clone>(
        &self,
        access: &Access,
        tags: Option<&[(u32, u32)]>,
        at: Option<Instant>,
        answer: &mut dyn FnMut(&Question<'_>) -> T,
    ) -> Holdings<T> {
        let entities = &self.organization.entities;
        let mut on = |subject: Subject<'_>, example: Option<u32>| {
            let tags = tags.or_else(|| entities.tags_of(example?));
            let Subject { entity_type, number, .. } = subject;
            let facts = Facts { entity_type, entity: number, tags, teams: &access.teams };
            answer(&Question { subject, facts, at })
        };
        let mut by_kind: Vec<T> = Vec::with_capacity(self.kinds.len());
        for kind in &self.kinds {
            let Kind { entity_type, example } = *kind;
            let same = by_kind.get(entity_type.position()).filter(|_| access.conditional.is_empty()).cloned();
            let subject = Subject { text: "", entity_type, number: None, here: true };
            by_kind.push(same.unwrap_or_else(|| on(subject, example)));
        }
        let apart = self.set_apart(access).into_iter().map(|number| {
            let (text, entity_type) = (self.entity(number), self.entity_type(number));
            let subject = Subject { text: &text, entity_type, number: Some(number), here: true };
            (number, on(subject, Some(number)))
        });
        let apart = apart.collect();
        Holdings { by_kind, apart }
    }

    /// What a principal may do on one entity.
    pub(crate) fn row_of_entity(&self, access: &Access, number: u32, at: Option<Instant>) -> Row {
        let (text, entity_type) = (self.entity(number), self.entity_type(number));
        let tags = self.organization.entities.tags_of(number);
        self.row_of(access, Subject { text: &text, entity_type, number: Some(number), here: true }, tags, at)
    }

    /// What a principal may do on an entity of which that is known.
    pub(crate) fn row_of(
        &self,
        access: &Access,
        subject: Subject<'_>,
        tags: Option<&[(u32, u32)]>,
        at: Option<Instant>,
    ) -> Row {
        let Subject { entity_type, number, .. } = subject;
        let facts = Facts { entity_type, entity: number, tags, teams: &access.teams };
        self.organization.whole_row(access, &Question { subject, facts, at })
    }

    /// The answer on an entity.
    pub(crate) fn answer<'h, T>(&self, holdings: &'h Holdings<T>, number: u32) -> Option<&'h T> {
        let apart = holdings.apart.binary_search_by_key(&number, |(number, _)| *number).ok();
        let apart = apart.and_then(|position| holdings.apart.get(position)).map(|(_, answer)| answer);
        apart.or_else(|| holdings.by_kind.get(*self.kind_of.get(number as usize)? as usize))
    }

    fn kind(&self, number: u32) -> Option<&Kind> {
        self.kind_of.get(number as usize).and_then(|kind| self.kinds.get(*kind as usize))
    }

    /// The entities on which a principal may hold something else than on others of their kind, sorted.
    fn set_apart(&self, access: &Access) -> Vec<u32> {
        distinct(self.named_by(access))
    }

    /// The same in no order, and some of them more than once.
    pub(crate) fn named_by(&self, access: &Access) -> Vec<u32> {
        let mut apart = Vec::new();
        for source in self.reachable(access) {
            let named = self.organization.source(source).named.clone();
            apart.extend(self.organization.grants_of(named).filter_map(|(_, grant)| match grant.place {
                Place::Entity(entity) => Some(entity),
                _ => None,
            }));
        }
        if !access.conditional.is_empty() {
            apart.extend_from_slice(&self.singled_out);
        }
        let beside = access.beside.as_ref().and_then(|it| self.organization.entities.names.get(&it.entity));
        apart.extend(beside);
        apart
    }

    /// Every source that a principal holds, and every record that these compose, under whatever guard.
    pub(crate) fn reachable(&self, access: &Access) -> Vec<u32> {
        let mut met = vec![false; self.organization.sources.len()];
        let mut reached: Vec<u32> = Vec::new();
        let mut open: Vec<u32> = access.sources.iter().map(|(source, _)| *source).collect();
        while let Some(source) = open.pop() {
            let new = met.get_mut(source as usize).is_some_and(|met| !std::mem::replace(met, true));
            if new {
                reached.push(source);
                open.extend(self.organization.uses_of(source).iter().map(|used| used.source));
            }
        }
        reached
    }
}

/// The organization as an entity of itself, unless the document lists or names it.
fn itself(organization: &Organization) -> Option<(String, EntityType)> {
    let entity_type = organization.catalog.organization_type()?;
    let name = format!("{}:{}", organization.catalog.type_name(entity_type), organization.name);
    organization.entities.names.get(&name).is_none().then_some((name, entity_type))
}

/// What conditions test of tags: all that can tell two entities apart.
#[derive(Debug)]
pub(crate) struct Tested {
    /// Keys that are tested at all.
    pub(crate) keys: Vec<u32>,
    /// Keys whose values are compared with each other, so that every value counts.
    pub(crate) compared: Vec<u32>,
    /// Keys with the values that are asked for.
    pub(crate) values: Vec<(u32, u32)>,
}

impl Tested {
    pub(crate) fn new<'c>(conditions: impl Iterator<Item = &'c Condition>) -> Self {
        let mut tested = Self { keys: Vec::new(), compared: Vec::new(), values: Vec::new() };
        for condition in conditions {
            match condition {
                Condition::HasTag(_, key) => tested.keys.push(*key),
                Condition::TagIs(_, key, value) => {
                    tested.keys.push(*key);
                    tested.values.push((*key, *value));
                }
                Condition::SameTags(_, a, b) => {
                    tested.keys.extend([*a, *b]);
                    tested.compared.extend([*a, *b]);
                }
                _ => {}
            }
        }
        tested.keys = distinct(tested.keys);
        tested.compared = distinct(tested.compared);
        tested.values = distinct(tested.values);
        tested
    }

    /// The tags as far as they are tested; values that nothing asks for are all one.
    pub(crate) fn part_of(&self, tags: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let kept = tags.iter().filter(|(key, _)| self.keys.binary_search(key).is_ok());
        let part = kept.map(|(key, value)| {
            let counts = self.compared.binary_search(key).is_ok()
                || self.values.binary_search(&(*key, *value)).is_ok();
            (*key, if counts { *value } else { u32::MAX })
        });
        sorted(part.collect())
    }
}

pub(crate) fn distinct<T: Ord>(items: Vec<T>) -> Vec<T> {
    let mut items = sorted(items);
    items.dedup();
    items
}
