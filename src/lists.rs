//! Lists of numbers to numbers and back, as names are in `names.rs`.

use std::hash::{DefaultHasher, Hasher};

use crate::names::as_u32;

/// A table of distinct lists, numbered from 0 in the order in which they came: what is equal is found by one look.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    /// All lists end to end.
    items: Vec<u32>,
    ends: Vec<usize>,
    /// Open addressing with linear probing; a slot holds a number plus one, 0 is free.
    slots: Vec<u32>,
}

impl Lists {
    /// The number of a list, which is added when it is new.
    pub(crate) fn number(&mut self, list: &[u32]) -> u32 {
        if (self.ends.len() + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let slot = self.slot_of(list);
        if let Some(known) = self.slots.get(slot).and_then(|number| number.checked_sub(1)) {
            return known;
        }
        self.items.extend(list);
        self.ends.push(self.items.len());
        let count = as_u32(self.ends.len());
        self.take(slot, count);
        count - 1
    }

    /// The number of a list that is there.
    pub(crate) fn find(&self, list: &[u32]) -> Option<u32> {
        self.slots.get(self.slot_of(list))?.checked_sub(1)
    }

    pub(crate) fn list(&self, number: u32) -> &[u32] {
        let number = number as usize;
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(number).and_then(|end| self.items.get(start..*end)).unwrap_or_default()
    }

    /// The slot that holds the list, or the free one where it would go. A table is never full, so the search ends.
    fn slot_of(&self, list: &[u32]) -> usize {
        let mut hasher = DefaultHasher::new();
        for item in list {
            hasher.write_u32(*item);
        }
        let size = self.slots.len().max(1);
        let mut slot = usize::try_from(hasher.finish() % size as u64).unwrap_or(0);
        while let Some(taken) = self.slots.get(slot).and_then(|number| number.checked_sub(1)) {
            if self.list(taken) == list {
                break;
            }
            slot = (slot + 1) % size;
        }
        slot
    }

    fn grow(&mut self) {
        self.slots = vec![0; (self.slots.len() * 2).max(16)];
        for number in 0..as_u32(self.ends.len()) {
            self.take(self.slot_of(self.list(number)), number + 1);
        }
    }

    fn take(&mut self, slot: usize, count: u32) {
        if let Some(free) = self.slots.get_mut(slot) {
            *free = count;
        }
    }
}
