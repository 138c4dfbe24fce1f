//! Which of the parts of a holder may go: those without which as much is given wherever one looks.

use std::collections::{BTreeMap, BTreeSet};

use super::worlds::Unsure;
use crate::names::sorted;
use crate::scope::ScopeSet;

/// Who gives something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    /// A part that may go.
    Part(usize),
    /// Several of them, each by itself and all of them the same.
    Group(usize),
    /// A source that nobody takes away.
    Source(u32),
}

/// Scopes that are given somewhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given {
    pub(super) by: By,
    pub(super) scopes: ScopeSet,
    /// They are given whatever the tags turn out to be.
    pub(super) sure: bool,
    /// Of scopes whose use may be limited in time, the limit. Only another with the same one can take its place.
    pub(super) limit: Option<Option<u64>>,
}

/// Of two parts that give the same the one with the smaller rank is kept.
pub(super) type Rank = (u8, u32);

/// A judgement in the making.
///
/// First everything is kept that is given by one part alone. Of what is left, in a second round, as much is kept as is
/// needed for everything to be given. What is left over then may go all at once.
#[derive(Debug)]
pub(super) struct Judge {
    ranks: Vec<Rank>,
    kept: Vec<bool>,
    /// How many parts are not kept.
    left: usize,
    /// The parts of each group, the one with the smallest rank first.
    groups: Vec<Vec<usize>>,
    /// What was seen of parts and groups that were not kept then: that they give something, and who else does.
    seen: BTreeMap<By, BTreeSet<By>>,
}

/// How many of those that give the same are noted.
const NOTED: usize = 64;

impl Judge {
    pub(super) fn new(ranks: Vec<Rank>, groups: Vec<Vec<usize>>) -> Self {
        let by_rank = |parts: Vec<usize>| {
            let ranked = parts.into_iter().map(|part| (ranks.get(part).copied(), part)).collect();
            sorted(ranked).into_iter().map(|(_, part)| part).collect()
        };
        let groups = groups.into_iter().map(by_rank).collect();
        Self { kept: vec![false; ranks.len()], left: ranks.len(), groups, ranks, seen: BTreeMap::new() }
    }

    /// Whether some part may still go.
    pub(super) fn is_open(&self) -> bool {
        self.left > 0
    }

    /// First round: keeps what alone gives something.
    pub(super) fn alone(&mut self, given: &[Given], unsure: Unsure) {
        for limit in limits(given) {
            let same = given.iter().filter(|it| it.sure && it.limit == limit);
            self.keep_all(only_givers(same.map(|it| (it.by, it.scopes))));
        }
        let sure = union(given.iter().filter(|it| it.sure));
        let open = given.iter().filter(|it| !it.sure).map(|it| (it.by, it.scopes.without(&sure)));
        match unsure {
            Unsure::Counts => self.keep_all(only_givers(open)),
            Unsure::IsKept => self.keep_all(open.filter(|(_, it)| !it.is_empty()).map(|(by, _)| by)),
            Unsure::IsJudgedElsewhere => {}
        }
    }

    /// Second round: keeps more parts until everything is given by what is kept.
    pub(super) fn together(&mut self, given: &[Given], unsure: Unsure) {
        self.note(given);
        for limit in limits(given) {
            let same: Vec<_> = given.iter().filter(|it| it.sure && it.limit == limit).copied().collect();
            self.cover(&same, ScopeSet::EMPTY);
        }
        if unsure == Unsure::Counts {
            let open: Vec<_> = given.iter().filter(|it| !it.sure).copied().collect();
            self.cover(&open, union(given.iter().filter(|it| it.sure)));
        }
    }

    /// The parts that may go, each with whether it gives something, and the parts and sources that give the same.
    pub(super) fn spare(&self) -> impl Iterator<Item = (usize, bool, BTreeSet<By>)> {
        let mut seen: BTreeMap<usize, BTreeSet<By>> = BTreeMap::new();
        for (by, instead) in &self.seen {
            let parts = self.parts_of(*by);
            let others = instead.iter().flat_map(|by| self.kept_of(*by)).chain(self.kept_of(*by));
            let others: BTreeSet<By> = others.collect();
            for part in parts.filter(|part| !self.is_kept(By::Part(*part))) {
                seen.entry(part).or_default().extend(&others);
            }
        }
        let spare = (0..self.kept.len()).filter(|part| !self.is_kept(By::Part(*part)));
        spare.map(move |part| (part, seen.contains_key(&part), seen.remove(&part).unwrap_or_default()))
    }

    fn keep_all(&mut self, by: impl IntoIterator<Item = By>) {
        by.into_iter().for_each(|by| self.keep(by));
    }

    /// Keeps a part, or of a group the first unless one is kept.
    fn keep(&mut self, by: By) {
        let part = self.parts_of(by).next().filter(|_| !self.is_kept(by));
        if let Some(kept) = part.and_then(|part| self.kept.get_mut(part)) {
            *kept = true;
            self.left -= 1;
        }
    }

    fn is_kept(&self, by: By) -> bool {
        matches!(by, By::Source(_)) || self.kept_of(by).next().is_some()
    }

    /// What is kept of a giver.
    fn kept_of(&self, by: By) -> impl Iterator<Item = By> {
        let source = Some(by).filter(|by| matches!(by, By::Source(_)));
        let parts = self.parts_of(by).filter(|part| self.kept.get(*part) == Some(&true));
        source.into_iter().chain(parts.map(By::Part))
    }

    fn parts_of(&self, by: By) -> impl Iterator<Item = usize> {
        let (one, many) = match by {
            By::Part(part) => (Some(part), None),
            By::Group(group) => (None, self.groups.get(group)),
            By::Source(_) => (None, None),
        };
        one.into_iter().chain(many.into_iter().flatten().copied())
    }

    fn cover(&mut self, given: &[Given], mut covered: ScopeSet) {
        covered.add(&union(given.iter().filter(|it| self.is_kept(it.by))));
        let rank = |by| self.parts_of(by).next().and_then(|part| self.ranks.get(part).copied());
        let open = given.iter().enumerate().filter(|(_, it)| !self.is_kept(it.by));
        let open = sorted(open.map(|(position, it)| (rank(it.by), position)).collect());
        for it in open.into_iter().filter_map(|(_, position)| given.get(position)) {
            if !covered.includes(&it.scopes) {
                self.keep(it.by);
                covered.add(&union(given.iter().filter(|other| other.by == it.by)));
            }
        }
    }

    /// Notes what gives something for sure although it is not kept so far, and who gives the same.
    fn note(&mut self, given: &[Given]) {
        for it in given.iter().filter(|it| it.sure && !matches!(it.by, By::Source(_))) {
            if matches!(it.by, By::Part(_)) && self.is_kept(it.by) {
                continue;
            }
            let seen = self.seen.entry(it.by).or_default();
            let same = given.iter().filter(|other| other.sure && other.by != it.by);
            let same = same.filter(|other| other.scopes.meets(&it.scopes)).map(|other| other.by);
            seen.extend(same.take(NOTED.saturating_sub(seen.len())));
        }
    }
}

fn union<'g>(given: impl Iterator<Item = &'g Given>) -> ScopeSet {
    given.fold(ScopeSet::EMPTY, |mut all, it| {
        all.add(&it.scopes);
        all
    })
}

/// The different limits in time, that of scopes which have none among them.
fn limits(given: &[Given]) -> BTreeSet<Option<Option<u64>>> {
    given.iter().map(|it| it.limit).collect()
}

/// The parts that give a scope which nothing else gives.
fn only_givers(given: impl Iterator<Item = (By, ScopeSet)>) -> Vec<By> {
    let mut by_giver: BTreeMap<By, ScopeSet> = BTreeMap::new();
    given.for_each(|(by, scopes)| by_giver.entry(by).or_default().add(&scopes));
    let (mut once, mut twice) = (ScopeSet::EMPTY, ScopeSet::EMPTY);
    for (by, scopes) in &by_giver {
        let again = if matches!(by, By::Group(_)) { *scopes } else { once.without(&once.without(scopes)) };
        twice.add(&again);
        once.add(scopes);
    }
    let only = once.without(&twice);
    let parts = by_giver.into_iter().filter(|(by, _)| matches!(by, By::Part(_)));
    parts.filter(|(_, scopes)| scopes.meets(&only)).map(|(by, _)| by).collect()
}
