//! Tags that only a request can bring: of entities that no document lists, whatever their tags may be.
//!
//! Conditions test finitely many tags for finitely many values. So there are finitely many cases that a principal's
//! conditions can tell apart, and each of them is tried.

use std::borrow::Cow;
use std::rc::Rc;

use super::compare::{Comparison, Found, Holder, Untried, View};
use super::pair::{Pair, Side};
use super::portrait::Model;
use super::universe::Universe;
use crate::access::Access;
use crate::condition::{Condition, visit};
use crate::decide::Row;
use crate::holdings::distinct;
use crate::names::{Names, as_u32};
use crate::organization::{Organization, Place, Subject};
use crate::scope::{Scope, ScopeSet};

/// How many cases are tried for one principal and entity type: once for all entities that grants do not tell apart,
/// and once more for all that they do.
const TRIED: usize = 1_024;

/// The tests by which cases are told: of a key against a value.
pub(super) const EQUALS: u32 = 0;
pub(super) const NOT_EQUALS: u32 = 1;
pub(super) const EXISTS: u32 = 2;
pub(super) const MISSING: u32 = 3;

/// What is held on an entity without a condition, by both documents, and the shifts between.
type Plain = (Pair<Option<Row>>, Rc<[u32]>);

/// A tag that conditions test.
struct Key<'o> {
    name: Cow<'o, str>,
    /// What they ask for.
    values: Vec<Cow<'o, str>>,
    /// How many other values have to be told apart.
    others: usize,
}

impl Key<'_> {
    /// The values, the other ones, and none.
    fn cases(&self) -> usize {
        self.values.len() + self.others + 1
    }
}

/// The cases of one entity type for one principal.
struct Cases<'o> {
    keys: Vec<Key<'o>>,
    count: usize,
    /// Tags are compared with each other: cases are then more than tests can tell.
    compared: bool,
    values: Names,
}

impl<'o> Comparison<'_, 'o> {
    /// What changes on entities of these types under tags that a request brings. Where there are more cases than are
    /// tried, the sources that differ are noted instead.
    pub(super) fn under_tags(
        &mut self,
        holders: &Pair<Holder>,
        types: &[u32],
        found: &mut Found,
        untried: &mut Vec<Untried>,
    ) {
        for entity_type in types {
            let cases = self.cases(holders, *entity_type);
            if !cases.keys.is_empty() && !self.try_cases(holders, *entity_type, &cases, found) {
                untried.push(self.untried(holders, *entity_type));
            }
        }
    }

    /// Whether every case could be tried, and told where it differs.
    fn try_cases(
        &mut self,
        holders: &Pair<Holder>,
        entity_type: u32,
        cases: &Cases<'o>,
        found: &mut Found,
    ) -> bool {
        if cases.count > TRIED || !self.try_on(holders, entity_type, &[], cases, found) {
            return false;
        }
        let of_type =
            |shift: &u32| self.shifts.get(*shift as usize).is_some_and(|it| it.entity_type == entity_type);
        if found.0.iter().any(|(shift, _)| of_type(shift)) {
            return true;
        }
        let named = self.otherwise_named(holders, entity_type);
        named.len().saturating_mul(cases.count) <= TRIED
            && named.iter().all(|items| self.try_on(holders, entity_type, items, cases, found))
    }

    /// Entities on which a principal may hold under some tags what it does not hold under the same tags elsewhere,
    /// and not the same by both documents: what is held there without a condition differs, or a condition is about
    /// the entity itself. Those where the same is held stand together: the first of them stands for all.
    fn otherwise_named(&mut self, holders: &Pair<Holder>, entity_type: u32) -> Vec<Vec<u32>> {
        let universe = self.universe;
        let plain = Pair::of(|side| {
            let access = &holders.at(side).access;
            holders.at(side).with(Access { conditional: Vec::new(), ..access.clone() })
        });
        let special = self.special(holders);
        let mut named: Vec<(Option<Plain>, Vec<u32>)> = Vec::new();
        for (number, item) in universe.set_apart(holders, &[entity_type]) {
            let views = Pair::of(|side| universe.view_of_item(side, item));
            let cell = universe.cell(entity_type, views, &plain);
            let rows = Pair::of(|side| cell.spots.at(side).map(|spot| spot.row));
            let shifts = self.shifts_at(&plain, &cell);
            if special.binary_search(&number).is_ok() {
                named.push((None, vec![number]));
            } else if !shifts.is_empty() {
                let held = Some((rows, shifts));
                match named.iter_mut().find(|(known, _)| *known == held) {
                    Some((_, items)) => items.push(number),
                    None => named.push((held, vec![number])),
                }
            }
        }
        named.into_iter().map(|(_, items)| items).collect()
    }

    /// Entities that a condition names, or a record that is composed under one.
    fn special(&self, holders: &Pair<Holder>) -> Vec<u32> {
        let mut special = Vec::new();
        for side in [Side::Before, Side::After] {
            let (inventory, access) = (self.universe.inventories.at(side), &holders.at(side).access);
            let organization = inventory.organization;
            let mut entities = inventory.singled_out.clone();
            for source in inventory.reachable(access).into_iter().filter(|it| access.class_of(*it).is_none())
            {
                let named = organization.grants_of(organization.source(source).named.clone());
                entities.extend(named.filter_map(|(_, grant)| match grant.place {
                    Place::Entity(entity) => Some(entity),
                    _ => None,
                }));
            }
            special.extend(entities.into_iter().flat_map(|entity| self.universe.items_of(side, entity)));
        }
        distinct(special)
    }

    /// Tries every case on the first of some entities, or on one that no document knows where there are none. False
    /// where it differs and tests of tags cannot tell how.
    fn try_on(
        &mut self,
        holders: &Pair<Holder>,
        entity_type: u32,
        items: &[u32],
        cases: &Cases<'o>,
        found: &mut Found,
    ) -> bool {
        let mut table = Vec::with_capacity(cases.count);
        for case in 0..cases.count {
            let tags = Pair::of(|side| cases.tags(self.universe.organizations.at(side), case));
            let views = Pair::of(|side| {
                self.universe.tagged(side, entity_type, items.first().copied(), tags.at(side))
            });
            table.push(self.shifts_at(holders, &self.universe.cell(entity_type, views, holders)));
        }
        let differs = table.iter().any(|shifts| !shifts.is_empty());
        if differs && cases.compared {
            return false;
        }
        let places = items.iter().map(|item| item + 1).chain(items.is_empty().then_some(0));
        for place in places.filter(|_| differs) {
            self.tell_cases(&cases.keys, &table, &[place, entity_type], found);
        }
        true
    }

    /// Tells the cases of a table, the first key turning slowest. A key that makes no difference is left out, and
    /// values that make none are told as what they are not.
    fn tell_cases(&mut self, keys: &[Key<'o>], table: &[Rc<[u32]>], place: &[u32], found: &mut Found) {
        let Some((key, rest)) = keys.split_first() else {
            let shifts = table.first().map_or(&[][..], |shifts| shifts);
            return self.tell_case(shifts, place, found);
        };
        let parts: Vec<_> = table.chunks((table.len() / key.cases()).max(1)).collect();
        let usual = parts.get(key.values.len()).copied().unwrap_or_default();
        let missing = parts.last().copied().unwrap_or_default();
        let name = self.texts.intern(&key.name);
        let mut of_usual = place.to_vec();
        if missing != usual {
            of_usual.extend([name, EXISTS, 0]);
            self.tell_cases(rest, missing, &[place, &[name, MISSING, 0]].concat(), found);
        }
        for (value, part) in key.values.iter().zip(parts).filter(|(_, part)| *part != usual) {
            let value = self.texts.intern(value);
            of_usual.extend([name, NOT_EQUALS, value]);
            self.tell_cases(rest, part, &[place, &[name, EQUALS, value]].concat(), found);
        }
        self.tell_cases(rest, usual, &of_usual, found);
    }

    /// Under these tags these shifts hold. What holds whatever the tags are is not told again.
    fn tell_case(&mut self, shifts: &[u32], place: &[u32], found: &mut Found) {
        let table = &self.universe.table;
        let other = match place {
            [0, entity_type] => table.other_of(*entity_type),
            _ => None,
        };
        let other = other.and_then(|other| table.kind_of.get(other as usize));
        for shift in shifts {
            found.put(*shift, |sites| {
                if other.is_none_or(|other| !sites.kinds.contains(other)) {
                    sites.tagged.push(self.tagged.number(place));
                }
            });
        }
    }

    /// The tags that the conditions of a principal test on entities of a type, by either document.
    fn cases(&self, holders: &Pair<Holder>, entity_type: u32) -> Cases<'o> {
        let mut tests: Vec<(Cow<'o, str>, Option<Cow<'o, str>>)> = Vec::new();
        let mut compared: Vec<Cow<'o, str>> = Vec::new();
        for side in [Side::Before, Side::After] {
            let organization: &'o Organization = self.universe.organizations.at(side);
            let asked = self.universe.entity_type(entity_type).and_then(|it| *it.sides.at(side));
            let tag = |number: u32| organization.tags.name(number);
            self.each_condition(side, holders.at(side), &mut |test| match test {
                Condition::HasTag(it, key) if Some(*it) == asked => tests.push((tag(*key), None)),
                Condition::TagIs(it, key, value) if Some(*it) == asked => {
                    tests.push((tag(*key), Some(tag(*value))));
                }
                Condition::SameTags(it, a, b) if Some(*it) == asked => {
                    compared.extend([tag(*a), tag(*b)]);
                    tests.extend([(tag(*a), None), (tag(*b), None)]);
                }
                _ => {}
            });
        }
        Cases::new(&distinct(tests), &distinct(compared))
    }

    /// Every test under which something is held that a principal may reach.
    fn each_condition(&self, side: Side, holder: &Holder, each: &mut dyn FnMut(&Condition)) {
        let organization = self.universe.organizations.at(side);
        let mut guards = Vec::new();
        for number in self.universe.inventories.at(side).reachable(&holder.access) {
            let guarded = organization.grants_of(organization.source(number).guarded.clone());
            guards.extend(guarded.filter_map(|(_, grant)| match grant.place {
                Place::When(guard) => Some(guard),
                _ => None,
            }));
            guards.extend(organization.uses_of(number).iter().filter_map(|used| used.guard));
        }
        let mut met = vec![false; organization.guards.len()];
        while let Some(number) = guards.pop() {
            let new = met.get_mut(number as usize).is_some_and(|met| !std::mem::replace(met, true));
            if let Some(guard) = organization.guards.get(number as usize).filter(|_| new) {
                visit(&organization.conditions, guard.condition, each);
                guards.extend(guard.outer);
            }
        }
    }

    fn untried(&mut self, holders: &Pair<Holder>, entity_type: u32) -> Untried {
        let universe = self.universe;
        let reached = Pair::of(|side| universe.inventories.at(side).reachable(&holders.at(side).access));
        let sources = self.differing(&reached);
        let scopes = self.given(entity_type, &reached.after);
        Untried { entity_type, sources, scopes }
    }

    /// Everything that sources of the document after give on entities of a type, wherever that is.
    fn given(&mut self, entity_type: u32, sources: &[u32]) -> u32 {
        let (universe, organization) = (self.universe, self.universe.organizations.after);
        let Some(of_type) = universe.entity_type(entity_type) else { return self.lists.number(&[]) };
        let mut given = ScopeSet::EMPTY;
        for source in sources.iter().map(|source| organization.source(*source)) {
            for range in [&source.everywhere, &source.guarded, &source.named] {
                let sets =
                    organization.grants_of(range.clone()).map(|(_, grant)| organization.set(grant.set));
                sets.filter(|set| Some(set.entity_type) == of_type.sides.after)
                    .for_each(|set| given.add(&set.scopes));
            }
        }
        let numbered = (0..).zip(&of_type.scopes);
        let is_given = |scope: Option<Scope>| scope.is_some_and(|scope| given.contains(scope));
        let positions = numbered.filter(|(_, it)| is_given(it.sides.after)).map(|(position, _)| position);
        self.lists.number(&positions.collect::<Vec<_>>())
    }

    /// The sources of each side that the other does not have so; all of them, where it is the teams that differ.
    fn differing(&mut self, reached: &Pair<Vec<u32>>) -> Pair<u32> {
        let universe = self.universe;
        let portraits = Pair::of(|side| {
            let organization = *universe.organizations.at(side);
            let of = |source: &u32| self.portraits.source(Model { side, organization, only: None }, *source);
            reached.at(side).iter().map(of).collect::<Vec<_>>()
        });
        let differing = Pair::of(|side| {
            let others = portraits.at(side.other());
            let each = reached.at(side).iter().zip(portraits.at(side));
            distinct(each.filter(|(_, it)| !others.contains(it)).map(|(source, _)| *source).collect())
        });
        let none = differing.before.is_empty() && differing.after.is_empty();
        let told = if none { reached } else { &differing };
        Pair::of(|side| self.lists.number(told.at(side)))
    }
}

impl Universe<'_> {
    /// A place under tags: an entity, or one that no document knows.
    fn tagged<'v>(
        &'v self,
        side: Side,
        entity_type: u32,
        item: Option<u32>,
        tags: &'v [(u32, u32)],
    ) -> Option<View<'v>> {
        let entity_type = (*self.entity_type(entity_type)?.sides.at(side))?;
        let item = item.and_then(|item| self.table.item(item));
        let number = item.and_then(|item| *item.sides.at(side));
        let text = item.filter(|_| number.is_some()).map_or("", |item| item.name_by(side));
        Some(View { subject: Subject { text, entity_type, number, here: true }, tags: Some(tags) })
    }
}

impl<'o> Cases<'o> {
    /// The keys with their values, from tests that are sorted by key.
    fn new(tests: &[(Cow<'o, str>, Option<Cow<'o, str>>)], compared: &[Cow<'o, str>]) -> Self {
        let asked = |key: &Cow<'o, str>| compared.binary_search(key).is_ok();
        let shared = tests.iter().filter(|(key, _)| asked(key)).filter_map(|(_, value)| value.clone());
        let shared = distinct(shared.collect());
        let keys = tests.chunk_by(|(a, _), (b, _)| a == b).filter_map(|of_key| {
            let (name, _) = of_key.first()?.clone();
            let own = of_key.iter().filter_map(|(_, value)| value.clone()).collect();
            Some(if asked(&name) {
                // Tags that are compared with each other need as many other values as there are such tags.
                Key { name, values: shared.clone(), others: compared.len() }
            } else {
                Key { name, values: own, others: 1 }
            })
        });
        let keys: Vec<_> = keys.collect();
        let count = keys.iter().fold(1, |count: usize, key| count.saturating_mul(key.cases()));
        let mut values = Names::default();
        for value in keys.iter().flat_map(|key| &key.values) {
            values.intern(value);
        }
        Self { keys, count, compared: !compared.is_empty(), values }
    }

    /// The tags of a case, by the numbers of a document. A value that it does not know gets a number that it does not
    /// have, the same for the same value.
    fn tags(&self, organization: &Organization, case: usize) -> Vec<(u32, u32)> {
        let mut tags = Vec::new();
        let mut rest = case;
        for key in self.keys.iter().rev() {
            let choice = rest % key.cases();
            rest /= key.cases();
            let value = match key.values.get(choice) {
                Some(value) => organization.tags.get(value).or_else(|| self.values.get(value).map(stranger)),
                None if choice + 1 == key.cases() => None,
                None => Some(stranger(as_u32(self.values.len() + choice))),
            };
            tags.extend(organization.tags.get(&key.name).zip(value));
        }
        tags
    }
}

/// A number of a value that no document has.
fn stranger(number: u32) -> u32 {
    u32::MAX - number
}
