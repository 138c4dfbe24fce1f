//! What one principal may do on every entity at once: the base of all questions that go through an organization.
//!
//! Entities that no condition can tell apart are of one *kind*, and a principal has the same row on all of a kind
//! but those that something it holds names. So a thousand principals on a hundred thousand entities cost rows for
//! kinds and for names, and no more; and nothing is sampled.

use std::collections::BTreeMap;

use crate::access::Access;
use crate::condition::{Condition, Facts};
use crate::decide::Row;
use crate::entity::EntityType;
use crate::names::{as_u32, sorted};
use crate::organization::{Organization, Place, Subject};
use crate::standing::Question;
use crate::time::Instant;

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

/// What one principal may do on every entity of an inventory.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Holdings {
    pub(crate) by_kind: Vec<Row>,
    /// Entities with a row of their own, sorted.
    pub(crate) apart: Vec<(u32, Row)>,
}

impl Holdings {
    /// What it may do on entities of the type that are neither listed nor named, and whose tags are not known.
    pub(crate) fn elsewhere(&self, entity_type: EntityType) -> Row {
        self.by_kind.get(entity_type.position()).copied().unwrap_or(Row::nothing(entity_type))
    }
}

impl<'o> Inventory<'o> {
    /// Sorts the entities of an organization into kinds.
    pub(crate) fn new(organization: &'o Organization) -> Self {
        let elsewhere = organization.catalog.entity_types();
        let kinds = elsewhere.map(|(entity_type, _)| Kind { entity_type, example: None }).collect();
        let singled_out = organization.conditions.iter().filter_map(|condition| match condition {
            Condition::Is(_, entity) => Some(*entity),
            _ => None,
        });
        // What is no entity of this organization has a number from the other end.
        let singled_out = singled_out.filter(|it| (*it as usize) < organization.entities.types.len());
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
        let tested = Tested::new(&self.organization.conditions);
        let mut known: BTreeMap<(EntityType, Vec<(u32, u32)>), u32> = BTreeMap::new();
        for (number, entity_type) in (0..).zip(&self.organization.entities.types) {
            let kind = match self.organization.entities.tags_of(number) {
                None => as_u32(entity_type.position()),
                Some(tags) => *known.entry((*entity_type, tested.part_of(tags))).or_insert_with(|| {
                    self.kinds.push(Kind { entity_type: *entity_type, example: Some(number) });
                    as_u32(self.kinds.len() - 1)
                }),
            };
            self.kind_of.push(kind);
        }
        let itself = self.itself.iter().map(|(_, entity_type)| as_u32(entity_type.position()));
        self.kind_of.extend(itself);
    }

    /// How many entities there are; they are numbered from 0, the listed ones first and in the document's order.
    pub(crate) fn len(&self) -> u32 {
        as_u32(self.kind_of.len())
    }

    /// The entity of that number, written out.
    pub(crate) fn entity(&self, number: u32) -> &str {
        match &self.itself {
            Some((name, _)) if number as usize == self.organization.entities.types.len() => name,
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
        let listed = (number as usize) < self.organization.entities.tag_ends.len();
        listed || Some(self.entity_type(number)) == self.organization.catalog.organization_type()
    }

    /// Everything that a principal may do, at that time.
    pub(crate) fn holdings(&self, access: &Access, at: Option<Instant>) -> Holdings {
        let conditional = !access.conditional.is_empty();
        let mut by_kind: Vec<Row> = Vec::with_capacity(self.kinds.len());
        for kind in &self.kinds {
            let same = by_kind.get(kind.entity_type.position()).copied().filter(|_| !conditional);
            by_kind.push(same.unwrap_or_else(|| self.row_of_kind(access, *kind, at)));
        }
        let apart = self.set_apart(access).into_iter();
        let apart = apart.map(|number| (number, self.row_of_entity(access, number, at))).collect();
        Holdings { by_kind, apart }
    }

    /// What a principal may do on an entity.
    pub(crate) fn row(&self, holdings: &Holdings, number: u32) -> Row {
        let apart = holdings.apart.binary_search_by_key(&number, |(number, _)| *number);
        let apart = apart.ok().and_then(|position| holdings.apart.get(position));
        let of_kind =
            || self.kind_of.get(number as usize).and_then(|kind| holdings.by_kind.get(*kind as usize));
        let row = apart.map(|(_, row)| row).or_else(of_kind).copied();
        row.unwrap_or(Row::nothing(self.entity_type(number)))
    }

    fn kind(&self, number: u32) -> Option<&Kind> {
        self.kind_of.get(number as usize).and_then(|kind| self.kinds.get(*kind as usize))
    }

    fn row_of_kind(&self, access: &Access, kind: Kind, at: Option<Instant>) -> Row {
        let tags = kind.example.and_then(|example| self.organization.entities.tags_of(example));
        let subject = Subject { text: "", entity_type: kind.entity_type, number: None, here: true };
        self.ask(access, subject, tags, at)
    }

    fn row_of_entity(&self, access: &Access, number: u32, at: Option<Instant>) -> Row {
        let tags = self.organization.entities.tags_of(number);
        let (text, entity_type) = (self.entity(number), self.entity_type(number));
        self.ask(access, Subject { text, entity_type, number: Some(number), here: true }, tags, at)
    }

    fn ask(
        &self,
        access: &Access,
        subject: Subject<'_>,
        tags: Option<&[(u32, u32)]>,
        at: Option<Instant>,
    ) -> Row {
        let entity_type = subject.entity_type;
        let facts = Facts { entity_type, entity: subject.number, tags, teams: &access.teams };
        let all = self.organization.catalog.all_scopes(entity_type);
        self.organization.row(access, &Question { subject, facts, at }, &all)
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
        let own = access.own_stack.as_ref().and_then(|own| self.organization.entities.names.get(&own.entity));
        apart.extend(own);
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
struct Tested {
    /// Keys that are tested at all.
    keys: Vec<u32>,
    /// Keys whose values are compared with each other, so that every value counts.
    compared: Vec<u32>,
    /// Keys with the values that are asked for.
    values: Vec<(u32, u32)>,
}

impl Tested {
    fn new(conditions: &[Condition]) -> Self {
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
    fn part_of(&self, tags: &[(u32, u32)]) -> Vec<(u32, u32)> {
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
