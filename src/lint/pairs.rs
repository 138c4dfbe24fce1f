//! Numbers by numbers: sorted once all are known, and found by halving. A map would do the same in ten times the bytes.

use crate::names::sorted;

#[derive(Debug, Default)]
pub(super) struct Pairs(Vec<(u32, u32)>);

impl Pairs {
    pub(super) fn new(pairs: Vec<(u32, u32)>) -> Self {
        Self(sorted(pairs))
    }

    /// Every number that stands by this one, in their order.
    pub(super) fn of(&self, key: u32) -> impl Iterator<Item = u32> {
        let first = self.0.partition_point(|(it, _)| *it < key);
        let rest = self.0.get(first..).unwrap_or_default().iter();
        rest.take_while(move |(it, _)| *it == key).map(|(_, value)| *value)
    }

    /// The numbers by which others stand, each with those.
    pub(super) fn groups(&self) -> impl Iterator<Item = (u32, Vec<u32>)> {
        let groups = self.0.chunk_by(|(a, _), (b, _)| a == b);
        groups.filter_map(|group| Some((group.first()?.0, group.iter().map(|(_, value)| *value).collect())))
    }
}
