//! Something of the document before and of the one after; and numbers for lists of numbers.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::names::as_u32;

/// Which of the two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Before,
    After,
}

impl Side {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Before => Self::After,
            Self::After => Self::Before,
        }
    }
}

/// One thing of each document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair<T> {
    pub(super) before: T,
    pub(super) after: T,
}

impl<T> Pair<T> {
    pub(super) fn of(mut make: impl FnMut(Side) -> T) -> Self {
        Self { before: make(Side::Before), after: make(Side::After) }
    }

    pub(super) fn at(&self, side: Side) -> &T {
        match side {
            Side::Before => &self.before,
            Side::After => &self.after,
        }
    }

    pub(super) fn at_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Before => &mut self.before,
            Side::After => &mut self.after,
        }
    }
}

impl<T: PartialEq> Pair<T> {
    pub(super) fn is_same(&self) -> bool {
        self.before == self.after
    }
}

/// Lists of numbers, each with a number of its own, so that what is equal is found by one look.
#[derive(Debug, Default)]
pub(super) struct Lists {
    numbers: BTreeMap<Rc<[u32]>, u32>,
    lists: Vec<Rc<[u32]>>,
}

impl Lists {
    /// The number of a list, which is added when it is new.
    pub(super) fn number(&mut self, list: &[u32]) -> u32 {
        if let Some(number) = self.numbers.get(list) {
            return *number;
        }
        let number = as_u32(self.lists.len());
        let list: Rc<[u32]> = list.into();
        self.lists.push(Rc::clone(&list));
        self.numbers.insert(list, number);
        number
    }

    pub(super) fn list(&self, number: u32) -> &[u32] {
        self.lists.get(number as usize).map_or(&[], |list| list)
    }
}
