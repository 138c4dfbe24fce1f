//! What was told so far, by name.

use crate::names::{Names, as_u32, sorted};

/// What is made with the seed of its document, so that nobody can choose names that collide in it.
pub(super) trait Seeded {
    fn seeded(seed: u64) -> Self;
}

impl Seeded for Names {
    fn seeded(seed: u64) -> Self {
        Names::seeded(seed)
    }
}

impl<T> Seeded for Option<T> {
    fn seeded(_: u64) -> Self {
        None
    }
}

/// Things by name.
pub(super) struct Table<T> {
    names: Names,
    items: Vec<T>,
    seed: u64,
    /// What a name has that is in no table; there is none.
    spare: T,
}

impl<T: Seeded> Seeded for Table<T> {
    fn seeded(seed: u64) -> Self {
        Self { names: Names::seeded(seed), items: Vec::new(), seed, spare: T::seeded(seed) }
    }
}

impl<T: Seeded> Table<T> {
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.get(name).is_some()
    }

    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.items.get(self.names.get(name)? as usize)
    }

    /// What has that name, new if nothing had it.
    pub(super) fn of(&mut self, name: &str) -> &mut T {
        let (number, new) = self.names.insert(name);
        if new {
            self.items.push(T::seeded(self.seed));
        }
        self.items.get_mut(number as usize).unwrap_or(&mut self.spare)
    }

    /// Names and what has them, in the order of the names.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&str, &T)> {
        in_order(&self.names).into_iter().filter_map(|(name, number)| Some((name, self.items.get(number)?)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// Names in order, each with its number.
pub(super) fn in_order(names: &Names) -> Vec<(&str, usize)> {
    sorted((0..names.len()).map(|number| (names.name(as_u32(number)), number)).collect())
}

/// Notes what is told: the first counts. Answers whether this says the same.
pub(super) fn told<T: PartialEq>(known: &mut Option<T>, said: T) -> bool {
    if let Some(first) = known {
        return *first == said;
    }
    *known = Some(said);
    true
}
