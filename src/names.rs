//! Names to numbers and back: what lets the engine compare integers where people write words.

mod ordered;
mod register;

use std::collections::BinaryHeap;
use std::hash::{DefaultHasher, Hasher};

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
    /// Open addressing with linear probing; a slot holds a number plus one, 0 is free.
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
        let slot = self.slot_of(name);
        match self.slots.get(slot) {
            Some(&taken) if taken != FREE => (taken - 1, false),
            _ => (self.push(slot, name), true),
        }
    }

    /// The number of a name that is in the table.
    #[inline]
    pub(crate) fn get(&self, name: &str) -> Option<u32> {
        self.slots.get(self.slot_of(name))?.checked_sub(1)
    }

    /// The name with that number; empty when there is none.
    #[inline]
    pub(crate) fn name(&self, number: u32) -> &str {
        let number = number as usize;
        let end = self.ends.get(number).copied().unwrap_or(0) as usize;
        let start =
            number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0) as usize;
        self.text.get(start..end).unwrap_or("")
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

    fn push(&mut self, slot: usize, name: &str) -> u32 {
        self.text.push_str(name);
        self.ends.push(as_u32(self.text.len()));
        let count = as_u32(self.ends.len());
        if let Some(free) = self.slots.get_mut(slot) {
            *free = count;
        }
        count - 1
    }

    /// The slot that holds the name, or the free one where it would go. A table is never full, so the search
    /// ends.
    #[inline]
    fn slot_of(&self, name: &str) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        let mut slot = self.first_slot(hash(self.seed, name.as_bytes()));
        while let Some(&taken) = self.slots.get(slot) {
            if taken == FREE || self.name(taken - 1) == name {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Where the search for a name of that hash begins.
    #[inline]
    fn first_slot(&self, hash: u64) -> usize {
        usize::try_from(hash >> 32).unwrap_or(0) & self.slots.len().wrapping_sub(1)
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(16);
        self.slots = vec![FREE; size];
        for number in 0..self.ends.len() {
            let slot = self.slot_of(self.name(as_u32(number)));
            if let Some(free) = self.slots.get_mut(slot) {
                *free = as_u32(number + 1);
            }
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

/// Puts things in order by a heap: slower than the sort of slices, and a twentieth of its bytes in a browser.
pub(crate) fn sorted<T: Ord>(items: Vec<T>) -> Vec<T> {
    BinaryHeap::from(items).into_sorted_vec()
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

/// A fast hash of bytes: eight at a time, each folded into the state by the two halves of a product.
#[inline]
fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let fold = |state: u64, word: u64| {
        let product = u128::from(state ^ word) * u128::from(MULTIPLIER);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the two halves of the product are what is wanted"
        )]
        let halves = (product as u64, (product >> 64) as u64);
        halves.0 ^ halves.1
    };
    let mut state = fold(seed, bytes.len() as u64);
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        state = fold(state.rotate_left(23), u64::from_le_bytes(*chunk));
    }
    if !rest.is_empty() {
        state = fold(state.rotate_left(23), last_word(bytes));
    }
    fold(state, MULTIPLIER)
}

/// The last eight bytes, or all where they are fewer: whatever came before has been taken, so an overlap does no
/// harm and a copy is saved.
#[inline]
fn last_word(bytes: &[u8]) -> u64 {
    if let Some(last) = bytes.last_chunk::<8>() {
        return u64::from_le_bytes(*last);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
    }
    bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte))
}
