//! Which of the parts of a holder may go: those without which as much is given wherever one looks.

use super::worlds::Unsure;
use crate::holdings::distinct;
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
    pub(super) limit: Limit,
}

/// For how long something may be used. Only what has the same limit can take its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Limit {
    /// Time is beside the point with these scopes.
    Untimed,
    /// The seconds that a grant gives, or nothing where it says none.
    Seconds(Option<u64>),
}

/// Of two parts that give the same the one with the smaller rank is kept.
pub(super) type Rank = (u8, u32);

/// A judgement in the making.
///
/// First everything is kept that is given by one part alone. Of what is left, in a second round, as much is kept as is
/// needed for everything to be given. What is left over then may go all at once.
#[derive(Debug)]
pub(super) struct Judge {
    parts: Vec<Part>,
    /// How many parts are not kept.
    left: usize,
    groups: Vec<Group>,
}

#[derive(Debug)]
struct Part {
    rank: Rank,
    kept: bool,
    seen: Seen,
}

#[derive(Debug)]
struct Group {
    /// The one with the smallest rank first.
    parts: Vec<usize>,
    seen: Seen,
}

/// What is seen of a giver as long as it is not kept: that it gives something for sure, and who gives the same.
#[derive(Debug, Default)]
struct Seen {
    gives: bool,
    instead: Vec<By>,
}

/// A part that may go, whether it gives something, and the parts and sources that give the same.
pub(super) struct Spare {
    pub(super) part: usize,
    pub(super) gives: bool,
    pub(super) instead: Vec<By>,
}

/// How many of those that give the same are noted.
const NOTED: usize = 64;

impl Judge {
    pub(super) fn new(ranks: &[Rank], groups: Vec<Vec<usize>>) -> Self {
        let part = |rank: &Rank| Part { rank: *rank, kept: false, seen: Seen::default() };
        let parts: Vec<Part> = ranks.iter().map(part).collect();
        let by_rank = |group: Vec<usize>| {
            let ranked = group.into_iter().map(|part| (ranks.get(part).copied(), part)).collect();
            let parts = sorted(ranked).into_iter().map(|(_, part)| part).collect();
            Group { parts, seen: Seen::default() }
        };
        Self { left: parts.len(), parts, groups: groups.into_iter().map(by_rank).collect() }
    }

    /// Whether some part may still go.
    pub(super) fn is_open(&self) -> bool {
        self.left > 0
    }

    /// First round: keeps what alone gives something.
    pub(super) fn alone(&mut self, given: &[Given], unsure: Unsure) {
        for limit in limits(given) {
            let same = given.iter().filter(|it| it.sure && it.limit == limit);
            let same: Vec<_> = same.map(|it| (it.by, it.scopes)).collect();
            self.keep_all(only_givers(&same));
        }
        let sure = union(given.iter().filter(|it| it.sure));
        let open = given.iter().filter(|it| !it.sure).map(|it| (it.by, it.scopes.without(&sure)));
        let open: Vec<_> = open.filter(|(_, scopes)| !scopes.is_empty()).collect();
        match unsure {
            Unsure::Counts => self.keep_all(only_givers(&open)),
            Unsure::IsKept => self.keep_all(open.into_iter().map(|(by, _)| by).collect()),
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

    pub(super) fn spares(&self) -> Vec<Spare> {
        let mut spares: Vec<Option<Spare>> = Vec::new();
        for (part, it) in self.parts.iter().enumerate() {
            let spare = Spare { part, gives: it.seen.gives, instead: self.kept_among(&it.seen.instead) };
            spares.push(Some(spare).filter(|_| !it.kept));
        }
        for (number, group) in self.groups.iter().enumerate() {
            let mut instead = self.kept_among(&group.seen.instead);
            instead.extend(self.kept_of(By::Group(number)));
            for part in &group.parts {
                if let Some(spare) = spares.get_mut(*part).and_then(Option::as_mut) {
                    spare.gives |= group.seen.gives;
                    spare.instead.extend(&instead);
                }
            }
        }
        spares.into_iter().flatten().collect()
    }

    fn kept_among(&self, givers: &[By]) -> Vec<By> {
        givers.iter().filter_map(|by| self.kept_of(*by)).collect()
    }

    fn keep_all(&mut self, givers: Vec<By>) {
        for by in givers {
            self.keep(by);
        }
    }

    /// Keeps a part, or of a group the first unless one is kept.
    fn keep(&mut self, by: By) {
        let first = self.first_of(by).filter(|_| self.kept_of(by).is_none());
        if let Some(part) = first.and_then(|part| self.parts.get_mut(part)) {
            part.kept = true;
            self.left -= 1;
        }
    }

    /// What is kept of a giver, a source itself.
    fn kept_of(&self, by: By) -> Option<By> {
        let kept = |part: &usize| self.parts.get(*part).is_some_and(|part| part.kept);
        match by {
            By::Part(part) => kept(&part).then_some(by),
            By::Group(group) => {
                let mut parts = self.groups.get(group)?.parts.iter().copied();
                parts.find(kept).map(By::Part)
            }
            By::Source(_) => Some(by),
        }
    }

    fn first_of(&self, by: By) -> Option<usize> {
        match by {
            By::Part(part) => Some(part),
            By::Group(group) => self.groups.get(group)?.parts.first().copied(),
            By::Source(_) => None,
        }
    }

    /// Keeps what is needed for these to be given, the smallest ranks first.
    fn cover(&mut self, given: &[Given], mut covered: ScopeSet) {
        let mut open = Vec::new();
        for (position, it) in given.iter().enumerate() {
            if self.kept_of(it.by).is_some() {
                covered.add(&it.scopes);
            } else {
                let rank = self.first_of(it.by).and_then(|part| self.parts.get(part)).map(|part| part.rank);
                open.push((rank, position));
            }
        }
        for (_, position) in sorted(open) {
            let Some(it) = given.get(position).filter(|it| !covered.includes(&it.scopes)) else { continue };
            self.keep(it.by);
            covered.add(&union(given.iter().filter(|other| other.by == it.by)));
        }
    }

    /// Notes what gives something for sure although it is not kept so far, and who gives the same.
    fn note(&mut self, given: &[Given]) {
        for it in given.iter().filter(|it| it.sure) {
            let seen = match it.by {
                By::Part(part) => {
                    self.parts.get_mut(part).filter(|part| !part.kept).map(|part| &mut part.seen)
                }
                By::Group(group) => self.groups.get_mut(group).map(|group| &mut group.seen),
                By::Source(_) => None,
            };
            let Some(seen) = seen else { continue };
            seen.gives = true;
            for other in given.iter().filter(|other| other.sure && other.by != it.by) {
                let new = seen.instead.len() < NOTED && !seen.instead.contains(&other.by);
                if new && other.scopes.meets(&it.scopes) {
                    seen.instead.push(other.by);
                }
            }
        }
    }
}

fn union<'g>(given: impl Iterator<Item = &'g Given>) -> ScopeSet {
    let mut all = ScopeSet::EMPTY;
    given.for_each(|it| all.add(&it.scopes));
    all
}

/// The different limits in time.
fn limits(given: &[Given]) -> Vec<Limit> {
    distinct(given.iter().map(|it| it.limit).collect())
}

/// The parts that give a scope which nothing else gives.
fn only_givers(given: &[(By, ScopeSet)]) -> Vec<By> {
    let (mut once, mut twice) = (ScopeSet::EMPTY, ScopeSet::EMPTY);
    let mut parts = Vec::new();
    let order = sorted(given.iter().enumerate().map(|(position, (by, _))| (*by, position)).collect());
    for of_one in order.chunk_by(|(a, _), (b, _)| a == b) {
        let Some((by, _)) = of_one.first() else { continue };
        let mut scopes = ScopeSet::EMPTY;
        of_one.iter().filter_map(|(_, position)| given.get(*position)).for_each(|(_, more)| scopes.add(more));
        let again = if matches!(by, By::Group(_)) { scopes } else { once.without(&once.without(&scopes)) };
        twice.add(&again);
        once.add(&scopes);
        if matches!(by, By::Part(_)) {
            parts.push((*by, scopes));
        }
    }
    let only = once.without(&twice);
    parts.into_iter().filter(|(_, scopes)| scopes.meets(&only)).map(|(by, _)| by).collect()
}
