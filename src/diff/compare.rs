//! One principal by both documents: what changes, and on which entities.

use std::cmp::Ordering;
use std::rc::Rc;

use super::pair::{Pair, Side};
use super::portrait::{Model, Portraits};
use super::shift::{Cell, Memo, Shift, Spot};
use super::sites::Sites;
use super::universe::{Item, Universe};
use crate::access::Access;
use crate::entity::EntityType;
use crate::explain::label;
use crate::holdings::Kind;
use crate::lists::Lists;
use crate::names::{Names, as_u32, sorted};
use crate::organization::Subject;

/// What a direct grant is called, which is no step of its own in an explanation.
const DIRECT: &str = "grant";

/// The number of the delta that is none.
pub(super) const NOTHING: u32 = 0;

/// Two documents while they are compared. What will be told has numbers: shifts, lists of places, ways, blockers.
pub(super) struct Comparison<'u, 'o> {
    pub(super) universe: &'u Universe<'o>,
    pub(super) portraits: Portraits,
    /// Words of ways, of blockers and of tags.
    pub(super) texts: Names,
    /// Lists of places; ways as team and source; blockers as reason and setting.
    pub(super) lists: Lists,
    /// Places under tags that somebody might bring.
    pub(super) tagged: Lists,
    pub(super) shifts: Vec<Shift>,
    /// Their numbers, in their order.
    shift_order: Vec<u32>,
    /// What was found at places of the principal that is looked at.
    pub(super) memo: Memo,
    /// Portraits before and after, and for each such pair what changes.
    pairs: Lists,
    pub(super) deltas: Vec<Delta>,
}

/// What changes for a principal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Delta {
    /// Shifts, each with its list of places.
    pub(super) shifts: Vec<(u32, u32)>,
    pub(super) untried: Vec<Untried>,
}

/// Conditions that differ and have more cases than are tried.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Untried {
    pub(super) entity_type: u32,
    /// Lists of the sources that differ.
    pub(super) sources: Pair<u32>,
    /// The list of what may be given by the document after, as positions among the scopes of both.
    pub(super) scopes: u32,
}

/// Shifts with their places, while they are found; sorted.
#[derive(Debug, Default)]
pub(super) struct Found(pub(super) Vec<(u32, Sites)>);

impl Found {
    /// Puts something to the places of a shift.
    pub(super) fn put(&mut self, shift: u32, put: impl FnOnce(&mut Sites)) {
        let position = self.0.partition_point(|(known, _)| *known < shift);
        if self.0.get(position).is_none_or(|(known, _)| *known != shift) {
            self.0.insert(position, (shift, Sites::default()));
        }
        if let Some((_, sites)) = self.0.get_mut(position) {
            put(sites);
        }
    }
}

/// One principal in one document.
pub(super) struct Holder {
    pub(super) access: Access,
    /// Every source that it reaches without a condition, with the way by which it does; sorted.
    ways: Vec<(u32, u32)>,
    /// The first of its ways, which is its own role if it has one.
    pub(super) first: Option<u32>,
}

impl Holder {
    /// The same ways to another access.
    pub(super) fn with(&self, access: Access) -> Self {
        Self { access, ways: self.ways.clone(), first: self.first }
    }

    /// The ways by which a source is held.
    pub(super) fn ways_to(&self, source: u32) -> impl Iterator<Item = u32> {
        let start = self.ways.partition_point(|(known, _)| *known < source);
        let rest = self.ways.get(start..).unwrap_or_default().iter();
        rest.take_while(move |(known, _)| *known == source).map(|(_, way)| *way)
    }
}

impl<'u, 'o> Comparison<'u, 'o> {
    pub(super) fn new(universe: &'u Universe<'o>) -> Self {
        Self {
            universe,
            portraits: Portraits::default(),
            texts: Names::default(),
            lists: Lists::default(),
            tagged: Lists::default(),
            shifts: Vec::new(),
            shift_order: Vec::new(),
            memo: Memo::default(),
            pairs: Lists::default(),
            deltas: vec![Delta::default()],
        }
    }

    /// The number of what changes between two accesses. Between two that are the same nothing does, and any other two
    /// are compared once, however many principals hold just that.
    pub(super) fn delta(&mut self, accesses: Pair<Access>, is_team: bool) -> u32 {
        let portraits = Pair::of(|side| self.portrait(side, accesses.at(side), is_team, None));
        let same = portraits.is_same() && self.universe.same_words;
        if same && self.universe.same_facts {
            return NOTHING;
        }
        let number = 1 + self.pairs.number(&[portraits.before, portraits.after]);
        if number as usize == self.deltas.len() {
            let delta = self.compare(accesses, is_team, !same);
            self.deltas.push(delta);
        }
        number
    }

    /// The portrait of a principal, of all that it holds or of what it holds of one type.
    fn portrait(&mut self, side: Side, access: &Access, is_team: bool, only: Option<EntityType>) -> u32 {
        let organization = *self.universe.organizations.at(side);
        let refused = organization.refuses(access, self.universe.at);
        self.portraits.of(Model { side, organization, only }, access, refused, is_team)
    }

    /// The types of which what is held differs.
    fn differing_types(&mut self, holders: &Pair<Holder>) -> Vec<u32> {
        let universe = self.universe;
        let mut differing = Vec::new();
        for (number, of_type) in (0..).zip(&universe.types) {
            let portraits = Pair::of(|side| {
                let only = (*of_type.sides.at(side))?;
                Some(self.portrait(side, &holders.at(side).access, false, Some(only)))
            });
            differing.extend((!universe.same_words || !portraits.is_same()).then_some(number));
        }
        differing
    }

    fn compare(&mut self, accesses: Pair<Access>, is_team: bool, by_tags: bool) -> Delta {
        let Pair { before, after } = accesses;
        let before = self.holder(Side::Before, before, is_team);
        let holders = Pair { before, after: self.holder(Side::After, after, is_team) };
        self.memo = Memo::default();
        let (mut found, mut untried) = (Found::default(), Vec::new());
        let differing = if by_tags { self.differing_types(&holders) } else { Vec::new() };
        if self.universe.same_facts {
            self.as_listed(&holders, &differing, &mut found);
        } else {
            self.as_listed(&holders, &self.universe.all_types(), &mut found);
        }
        self.under_tags(&holders, &differing, &mut found, &mut untried);
        let found = found.0.into_iter();
        let numbered = found
            .filter_map(|(shift, sites)| Some((shift, sites.number(&self.universe.table, &mut self.lists)?)));
        Delta { shifts: numbered.collect(), untried }
    }

    /// A principal with every way by which it holds something. A team's own roles are not said to come by the team.
    pub(super) fn holder(&mut self, side: Side, access: Access, is_team: bool) -> Holder {
        let organization = *self.universe.organizations.at(side);
        let (mut ways, mut first) = (Vec::new(), None);
        for way in &access.ways {
            let team =
                way.team.filter(|_| !is_team).map(|team| organization.principals.team_names.name(team));
            let source = label(&organization.source(way.source).label);
            let number = self.way(team.as_deref(), source.as_deref().unwrap_or(DIRECT));
            first = first.or(Some(number));
            let mut open = vec![way.source];
            while let Some(source) = open.pop() {
                if !ways.contains(&(source, number)) {
                    ways.push((source, number));
                    open.extend(organization.composed(source));
                }
            }
        }
        Holder { ways: sorted(ways), first, access }
    }

    /// The number of a way: by a team, if it is by one, and what is held.
    pub(super) fn way(&mut self, team: Option<&str>, source: &str) -> u32 {
        let team = team.map_or(0, |team| self.texts.intern(&format!("team:{team}")) + 1);
        let source = self.texts.intern(source);
        self.lists.number(&[team, source])
    }

    pub(super) fn shift(&mut self, shift: Shift) -> u32 {
        let order = |number: &u32| self.shifts.get(*number as usize).map(|known| known.cmp(&shift));
        let before = self.shift_order.partition_point(|number| order(number) == Some(Ordering::Less));
        if let Some(known) = self.shift_order.get(before).filter(|it| order(it) == Some(Ordering::Equal)) {
            return *known;
        }
        let number = as_u32(self.shifts.len());
        self.shifts.push(shift);
        self.shift_order.insert(before, number);
        number
    }

    /// What changes on every entity of these types that a document knows, as it is listed there, and on all that
    /// neither knows.
    fn as_listed(&mut self, holders: &Pair<Holder>, types: &[u32], found: &mut Found) {
        let (universe, table) = (self.universe, &*self.universe.table);
        let nothing: Rc<[u32]> = Rc::default();
        let mut of_kinds = Vec::with_capacity(table.kinds.len());
        for (number, kind) in (0..).zip(&table.kinds) {
            if types.binary_search(&kind.entity_type).is_err() {
                of_kinds.push(Rc::clone(&nothing));
                continue;
            }
            let views = Pair::of(|side| universe.view_of_kind(side, (*kind.sides.at(side))?));
            let shifts = self.shifts_at(holders, &universe.cell(kind.entity_type, views, holders));
            for shift in &*shifts {
                found.put(*shift, |sites| sites.kinds.push(number));
            }
            of_kinds.push(shifts);
        }
        for (number, item) in universe.set_apart(holders, types) {
            let kind = table.kind_of.get(number as usize).copied();
            let usual = kind.and_then(|kind| of_kinds.get(kind as usize)).unwrap_or(&nothing);
            let views = Pair::of(|side| universe.view_of_item(side, item));
            let shifts = self.shifts_at(holders, &universe.cell(item.entity_type, views, holders));
            for shift in usual.iter().filter(|shift| !shifts.contains(shift)) {
                found.put(*shift, |sites| sites.without.push(number));
            }
            for shift in shifts.iter().filter(|shift| !usual.contains(shift)) {
                found.put(*shift, |sites| sites.single.push(number));
            }
        }
    }
}

/// What a document knows of a place.
#[derive(Clone, Copy)]
pub(super) struct View<'v> {
    pub(super) subject: Subject<'v>,
    pub(super) tags: Option<&'v [(u32, u32)]>,
}

impl<'o> Universe<'o> {
    /// A place with what a principal may do there, by both documents.
    pub(super) fn cell<'q>(
        &self,
        entity_type: u32,
        views: Pair<Option<View<'q>>>,
        holders: &'q Pair<Holder>,
    ) -> Cell<'q> {
        let spots = Pair::of(|side| {
            let View { subject, tags } = (*views.at(side))?;
            let access = &holders.at(side).access;
            let question = self.question(subject, tags, access);
            Some(Spot { question, row: self.organizations.at(side).whole_row(access, &question) })
        });
        Cell { entity_type, spots }
    }

    /// What a document knows of the entities of a kind.
    fn view_of_kind(&self, side: Side, kind: u32) -> Option<View<'_>> {
        let inventory = self.inventories.at(side);
        let Kind { entity_type, example } = *inventory.kinds.get(kind as usize)?;
        let tags = example.and_then(|example| inventory.organization.entities.tags_of(example));
        let subject = Subject { text: "", entity_type, number: None, here: true };
        Some(View { subject, tags })
    }

    /// What a document knows of an entity; of one that it does not know, what it knows of all such.
    pub(super) fn view_of_item<'v>(&'v self, side: Side, item: &'v Item<'_>) -> Option<View<'v>> {
        let inventory = self.inventories.at(side);
        let Some(number) = *item.sides.at(side) else {
            let entity_type = (*self.entity_type(item.entity_type)?.sides.at(side))?;
            return self.view_of_kind(side, as_u32(entity_type.position()));
        };
        let (text, entity_type) = (item.name_by(side), inventory.entity_type(number));
        let subject = Subject { text, entity_type, number: Some(number), here: true };
        Some(View { subject, tags: inventory.organization.entities.tags_of(number) })
    }

    /// The entities of these types on which a principal may hold something else than on others of their kind.
    pub(super) fn set_apart(&self, holders: &Pair<Holder>, types: &[u32]) -> Vec<(u32, &Item<'o>)> {
        let mut met = vec![false; self.table.items.len()];
        let mut apart = Vec::new();
        for side in [Side::Before, Side::After] {
            let named = self.inventories.at(side).named_by(&holders.at(side).access).into_iter();
            for number in named.flat_map(|entity| self.items_of(side, entity)) {
                let new = met.get_mut(number as usize).is_some_and(|met| !std::mem::replace(met, true));
                let item = self.table.item(number).filter(|item| new && types.contains(&item.entity_type));
                apart.extend(item.map(|item| (number, item)));
            }
        }
        apart
    }
}
