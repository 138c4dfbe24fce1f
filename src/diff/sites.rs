//! Where something changes, in the shortest way that says exactly that: whole kinds of entities, those that are left
//! out, and single ones. What changes on a hundred thousand stacks is a handful of numbers.

use super::universe::Table;
use crate::holdings::distinct;
use crate::lists::Lists;
use crate::names::as_u32;

/// A list of places as it is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sites {
    /// Kinds of which every entity is meant,
    pub(super) kinds: Vec<u32>,
    /// but these,
    pub(super) without: Vec<u32>,
    /// and these entities beside.
    pub(super) single: Vec<u32>,
    /// Places under tags that somebody might bring.
    pub(super) tagged: Vec<u32>,
}

/// A list of places as it is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct SiteList<'l> {
    pub(super) kinds: &'l [u32],
    pub(super) without: &'l [u32],
    pub(super) single: &'l [u32],
    pub(super) tagged: &'l [u32],
}

impl Sites {
    pub(super) fn list(&self) -> SiteList<'_> {
        let Self { kinds, without, single, tagged } = self;
        SiteList { kinds, without, single, tagged }
    }

    /// The number of the list, in the one form that every list of the same places has: of each kind either all
    /// entities with those that are left out, or single ones, whichever is less. Nothing for no place.
    pub(super) fn number(self, table: &Table<'_>, lists: &mut Lists) -> Option<u32> {
        let (mut kinds, mut without, mut single) = (Vec::new(), Vec::new(), Vec::new());
        let whole = distinct(self.kinds);
        let by_kind = |items: Vec<u32>| {
            let kind = |item: &u32| table.kind_of.get(*item as usize).copied().unwrap_or(0);
            distinct(items.iter().map(|item| (kind(item), *item)).collect())
        };
        let (left_out, beside) = (by_kind(self.without), by_kind(self.single));
        let touched = left_out.iter().chain(&beside).map(|(kind, _)| *kind);
        for kind in distinct(whole.iter().copied().chain(touched).collect()) {
            let items = table.kinds.get(kind as usize).map_or(&[][..], |kind| &kind.items);
            let is_whole = whole.binary_search(&kind).is_ok();
            let exceptions = of_kind(if is_whole { &left_out } else { &beside }, kind);
            let others = || items.iter().filter(|item| exceptions.binary_search(item).is_err());
            let count =
                if is_whole { items.len().saturating_sub(exceptions.len()) } else { exceptions.len() };
            let as_whole = count * 2 > items.len();
            kinds.extend(as_whole.then_some(kind));
            match (is_whole, as_whole) {
                (true, true) => without.extend(&exceptions),
                (true, false) => single.extend(others()),
                (false, true) => without.extend(others()),
                (false, false) => single.extend(&exceptions),
            }
        }
        let tagged = distinct(self.tagged);
        if kinds.is_empty() && single.is_empty() && tagged.is_empty() {
            return None;
        }
        let lengths = [kinds.len(), without.len(), single.len()].map(as_u32);
        let parts = [kinds, distinct(without), distinct(single), tagged].concat();
        Some(lists.number(&[&lengths[..], &parts].concat()))
    }
}

/// The items of a kind, from items that are sorted by kind.
fn of_kind(items: &[(u32, u32)], kind: u32) -> Vec<u32> {
    let start = items.partition_point(|(known, _)| *known < kind);
    let rest = items.get(start..).unwrap_or_default().iter();
    rest.take_while(|(known, _)| *known == kind).map(|(_, item)| *item).collect()
}

impl<'l> SiteList<'l> {
    pub(super) fn read(list: &'l [u32]) -> Self {
        let [kinds, without, single, rest @ ..] = list else { return Self::NOWHERE };
        let (kinds, rest) = split(rest, *kinds);
        let (without, rest) = split(rest, *without);
        let (single, tagged) = split(rest, *single);
        Self { kinds, without, single, tagged }
    }

    pub(super) fn kept(&self) -> Sites {
        let Self { kinds, without, single, tagged } = *self;
        Sites {
            kinds: kinds.to_vec(),
            without: without.to_vec(),
            single: single.to_vec(),
            tagged: tagged.to_vec(),
        }
    }

    const NOWHERE: Self = Self { kinds: &[], without: &[], single: &[], tagged: &[] };

    pub(super) fn contains(&self, table: &Table<'_>, item: u32) -> bool {
        let kind = table.kind_of.get(item as usize);
        let of_kind = kind.is_some_and(|kind| self.kinds.binary_search(kind).is_ok());
        of_kind && self.without.binary_search(&item).is_err() || self.single.binary_search(&item).is_ok()
    }

    pub(super) fn is_only(&self, item: u32) -> bool {
        self.kinds.is_empty() && self.single == [item] && self.tagged.is_empty()
    }

    /// How many entities these are, under whatever tags they have.
    pub(super) fn count(&self, table: &Table<'_>) -> usize {
        let kinds = self.kinds.iter().filter_map(|kind| table.kinds.get(*kind as usize));
        let of_kinds: usize = kinds.map(|kind| kind.items.len()).sum();
        (of_kinds + self.single.len()).saturating_sub(self.without.len())
    }

    /// The entities, in the order of all of them.
    pub(super) fn items(&self, table: &Table<'_>) -> Vec<u32> {
        let kinds = self.kinds.iter().filter_map(|kind| table.kinds.get(*kind as usize));
        let of_kinds =
            kinds.flat_map(|kind| &kind.items).filter(|it| self.without.binary_search(it).is_err());
        distinct(of_kinds.chain(self.single).copied().collect())
    }

    /// Whether every place of another list is in this one.
    pub(super) fn includes(&self, table: &Table<'_>, other: &SiteList<'_>) -> bool {
        let of_kind = |kind: &u32| {
            let whole = self.kinds.binary_search(kind).is_ok();
            let items = table.kinds.get(*kind as usize).map_or(&[][..], |kind| &kind.items);
            let left_out = |item: &u32| other.without.binary_search(item).is_ok();
            if whole {
                let here = |item: &&u32| table.kind_of.get(**item as usize) == Some(kind);
                return self.without.iter().filter(here).all(left_out);
            }
            items.iter().all(|item| left_out(item) || self.contains(table, *item))
        };
        other.kinds.iter().all(of_kind)
            && other.single.iter().all(|item| self.contains(table, *item))
            && other.tagged.iter().all(|place| self.tagged.binary_search(place).is_ok())
    }
}

fn split(list: &[u32], count: u32) -> (&[u32], &[u32]) {
    list.split_at_checked(count as usize).unwrap_or_default()
}
