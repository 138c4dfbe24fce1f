//! Names to numbers and back: what lets the engine compare integers where people write words.

mod ordered;
mod register;

use std::collections::BinaryHeap;
use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;

pub(crate) use ordered::{Named, Ordered};
pub(crate) use register::{Lying, Register};

/// A table of distinct names, numbered from 0 in the order in which they came.
///
/// The texts stand end to end in one string, so that a hundred thousand names cost three allocations and not a
/// hundred thousand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    text: String,
    ends: Vec<u32>,
    /// Open addressing with linear probing. A slot holds a number plus one in as many bits as it takes to count the
    /// slots, and in the others some of the hash, so that most names that are not meant are not looked at; 0 is free.
    slots: Vec<u32>,
    seed: u64,
}

/// The number that no name has.
const FREE: u32 = 0;

impl Names {
    /// An empty table whose order of slots depends on `seed`.
    ///
    /// A document seeds its tables with a number that all of it decides: whoever wants names that collide would
    /// have to find them under a seed that the names themselves change.
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// What decides the order of its slots.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of a name, which is added when it is new.
    pub(crate) fn intern(&mut self, name: &str) -> u32 {
        self.insert(name).0
    }

    /// The number of a name, and whether it is new.
    pub(crate) fn insert(&mut self, name: &str) -> (u32, bool) {
        if (self.ends.len() + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let hash = self.hash(name);
        self.find(hash, name).map_or_else(|| (self.push(hash, name), true), |number| (number, false))
    }

    /// The number of a name that is in the table.
    #[inline]
    pub(crate) fn get(&self, name: &str) -> Option<u32> {
        self.find(self.hash(name), name)
    }

    /// The name with that number; empty when there is none.
    #[inline]
    pub(crate) fn name(&self, number: u32) -> &str {
        self.text.get(self.range(number)).unwrap_or("")
    }

    /// A table of these names.
    pub(crate) fn of(list: &[Box<str>]) -> Self {
        let mut names = Self::default();
        for name in list {
            names.intern(name);
        }
        names
    }

    /// All names, by their numbers.
    pub(crate) fn to_list(&self) -> Vec<Box<str>> {
        (0..as_u32(self.len())).map(|number| self.name(number).into()).collect()
    }

    /// Gives back what the table reserved and does not use.
    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Where the name with that number stands in the text.
    #[inline]
    fn range(&self, number: u32) -> Range<usize> {
        let number = number as usize;
        let end = self.ends.get(number).copied().unwrap_or(0) as usize;
        let start =
            number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0) as usize;
        start..end
    }

    #[inline]
    fn hash(&self, name: &str) -> Hash {
        Hash::of(self.seed, name.as_bytes())
    }

    /// Which bits of a slot are the number, and which slots there are.
    #[inline]
    fn mask(&self) -> u32 {
        as_u32(self.slots.len().wrapping_sub(1))
    }

    /// The number of a name of that hash. A table is never full, so the search ends.
    #[inline]
    fn find(&self, hash: Hash, name: &str) -> Option<u32> {
        let mask = self.mask();
        let mut slot = hash.slot & mask;
        loop {
            let taken = *self.slots.get(slot as usize)?;
            let number = (taken & mask).checked_sub(1)?;
            let alike = (taken ^ hash.mark) & !mask == 0;
            if alike && self.text.as_bytes().get(self.range(number)) == Some(name.as_bytes()) {
                return Some(number);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn push(&mut self, hash: Hash, name: &str) -> u32 {
        let number = as_u32(self.ends.len());
        self.text.push_str(name);
        self.ends.push(as_u32(self.text.len()));
        self.place(hash, number);
        number
    }

    /// Enters the number of a name of that hash into the first slot that is free for it.
    fn place(&mut self, hash: Hash, number: u32) {
        let mask = self.mask();
        let mut slot = hash.slot & mask;
        while self.slots.get(slot as usize).is_some_and(|taken| *taken != FREE) {
            slot = (slot + 1) & mask;
        }
        if let Some(free) = self.slots.get_mut(slot as usize) {
            *free = hash.mark & !mask | (number + 1);
        }
    }

    fn grow(&mut self) {
        self.slots = vec![FREE; (self.slots.len() * 2).max(16)];
        for number in 0..as_u32(self.len()) {
            self.place(self.hash(self.name(number)), number);
        }
    }
}

/// Names, several of which may stand for one thing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    names: Names,
    targets: Vec<usize>,
}

impl Keys {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { names: Names::seeded(seed), targets: Vec::new() }
    }

    /// Whether the name was free.
    pub(crate) fn insert(&mut self, name: &str, target: usize) -> bool {
        let (_, new) = self.names.insert(name);
        if new {
            self.targets.push(target);
        }
        new
    }

    pub(crate) fn get(&self, name: &str) -> Option<usize> {
        self.targets.get(self.names.get(name)? as usize).copied()
    }

    /// Every name with what it stands for.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, usize)> {
        (0..).map(|number| self.names.name(number)).zip(self.targets.iter().copied())
    }
}

/// A count that a document within its size limit cannot bring past 32 bits.
pub(crate) fn as_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Puts things in order: where bytes count by a heap, which is slower than the sort of slices and a twentieth of its
/// bytes. What compares as equal has to be equal, or the two would differ.
pub(crate) fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    if cfg!(target_arch = "wasm32") {
        return BinaryHeap::from(items).into_sorted_vec();
    }
    items.sort_unstable();
    items
}

/// Puts values in the order of their keys; of equal keys the one that came first stands first.
pub(crate) fn by_key<K: Ord, T>(items: Vec<(K, T)>) -> impl Iterator<Item = T> {
    let (mut keys, mut values) = (Vec::with_capacity(items.len()), Vec::with_capacity(items.len()));
    for (position, (key, value)) in items.into_iter().enumerate() {
        keys.push((key, position));
        values.push(Some(value));
    }
    sorted(keys).into_iter().filter_map(move |(_, position)| values.get_mut(position).and_then(Option::take))
}

/// A number that every byte of a text decides, and that nobody can steer: for the seeds of tables.
pub(crate) fn seed_of(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(text);
    hasher.finish()
}

/// A sum of bytes that is the same everywhere and that hardly any damage leaves as it was: no step of it forgets.
pub(crate) fn sum_of(bytes: &[u8]) -> u64 {
    let add = |sum: u64, word: u64| (sum ^ word).wrapping_mul(MULTIPLIER).rotate_left(29);
    let (chunks, rest) = bytes.as_chunks::<8>();
    let whole = chunks.iter().fold(0, |sum, chunk| add(sum, u64::from_le_bytes(*chunk)));
    rest.iter().fold(add(whole, bytes.len() as u64), |sum, byte| add(sum, u64::from(*byte)))
}

/// Odd, and its bits follow no pattern.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
/// The same, and unlike the other.
const OTHER: u64 = 0xc2b2_ae3d_27d4_eb4f;

/// What a table knows of a name: where the search for it begins, and what its slot has of it.
#[derive(Clone, Copy)]
struct Hash {
    slot: u32,
    mark: u32,
}

impl Hash {
    /// A fast hash of bytes: sixteen at a time, as the factors of a product whose halves are folded into one word. The
    /// seed is in both factors, so that without it nobody can make one of them nothing.
    #[inline]
    fn of(seed: u64, bytes: &[u8]) -> Self {
        let key = seed.rotate_left(32) ^ OTHER;
        let fold = |state: u64, words: u128| {
            let (first, second) = halves(words);
            let (low, high) = halves(u128::from(first ^ key) * u128::from(second ^ state));
            low ^ high
        };
        let mut state = seed ^ MULTIPLIER.wrapping_add(bytes.len() as u64);
        let (chunks, rest) = bytes.as_chunks::<16>();
        for chunk in chunks {
            state = fold(state, u128::from_le_bytes(*chunk));
        }
        if !rest.is_empty() {
            state = fold(state, last_words(bytes));
        }
        // What one product makes of names that are counted still shows how they were.
        state = fold(state, 0);
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of the hash are what is wanted")]
        Self { slot: (state >> 32) as u32, mark: state as u32 }
    }
}

/// The last sixteen bytes, or all where they are fewer: whatever came before has been taken, so an overlap does no
/// harm and a copy is saved.
#[inline]
fn last_words(bytes: &[u8]) -> u128 {
    if let Some(last) = bytes.last_chunk::<16>() {
        return u128::from_le_bytes(*last);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        return u128::from(u64::from_le_bytes(*first)) << 64 | u128::from(u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return u128::from(u32::from_le_bytes(*first)) << 64 | u128::from(u32::from_le_bytes(*last));
    }
    bytes.iter().fold(0, |word, byte| word << 8 | u128::from(*byte))
}

/// The lower and the higher word.
#[inline]
fn halves(words: u128) -> (u64, u64) {
    #[expect(clippy::cast_possible_truncation, reason = "the two halves are what is wanted")]
    (words as u64, (words >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(seed: u64, list: &[String]) -> Names {
        let mut names = Names::seeded(seed);
        for (number, name) in (0..).zip(list) {
            assert_eq!(names.insert(name), (number, true), "{name}");
        }
        names
    }

    #[test]
    fn names_of_every_length_are_told_apart() {
        let long = "stack:acme/website-and-its-parts/production-in-the-north-of-europe-0001";
        let mut list: Vec<String> = (0..=long.len()).map(|end| long[..end].to_owned()).collect();
        list.extend((0..long.len()).map(|at| format!("{}#{}", &long[..at], &long[at + 1..])));
        let names = table(7, &list);
        for (number, name) in (0..).zip(&list) {
            assert_eq!((names.get(name), names.name(number)), (Some(number), name.as_str()));
            assert_eq!(names.get(&format!("{name}!")), None);
        }
        assert_eq!((Names::default().get(""), Names::default().name(3)), (None, ""));
    }

    /// Names as people make them, by counting, and under seeds without a pattern and with one.
    #[test]
    fn a_name_is_found_in_few_steps() {
        let counted = |name: fn(u32) -> String| (0..12_000).map(name).collect::<Vec<_>>();
        let families = [
            counted(|it| format!("stack:acme/proj-{:05}/dev-{it:06}", it % 97)),
            counted(|it| format!("u{it:05}")),
            counted(|it| format!("{it}")),
            counted(|it| format!("{it:016}")),
            counted(|it| format!("{}:read", "x".repeat(it as usize % 40) + &it.to_string())),
        ];
        for (seed, list) in [0, 1, u64::MAX, 0x0123_4567_89ab_cdef]
            .into_iter()
            .flat_map(|seed| families.iter().map(move |it| (seed, it)))
        {
            let names = table(seed, list);
            let mask = names.mask();
            let steps =
                names.slots.iter().zip(0_u32..).filter(|(taken, _)| **taken != FREE).map(|(taken, at)| {
                    u64::from(at.wrapping_sub(names.hash(names.name((taken & mask) - 1)).slot) & mask)
                });
            let (longest, all) = (steps.clone().max().unwrap(), steps.sum::<u64>());
            assert!(
                all < 3 * list.len() as u64 && longest < 150,
                "{seed:x}: {all} steps to {:?}",
                list.last()
            );
            let mut hashes: Vec<_> =
                list.iter().map(|name| names.hash(name)).map(|it| (it.slot, it.mark)).collect();
            hashes.sort_unstable();
            hashes.dedup();
            assert_eq!(hashes.len(), list.len(), "{seed:x}: {:?}", list.last());
        }
    }
}
