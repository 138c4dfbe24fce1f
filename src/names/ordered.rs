//! Values in the order of their keys. The library's tree keeps them so as well, at ten kilobytes for each type of key.

use std::borrow::Borrow;

use super::Names;

/// Values by keys of which there are few: a new one is put between the others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ordered<K, V = ()>(Vec<(K, V)>);

impl<K, V> Default for Ordered<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V: Default> Ordered<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (_, value) = self.0.get(self.find(key).ok()?)?;
        Some(value)
    }

    /// Gives a key a value. Whether the key is new.
    pub(crate) fn insert(&mut self, key: K, value: V) -> bool {
        let found = self.find(&key);
        self.change(key, |known| *known = value);
        found.is_err()
    }

    /// Changes the value of a key, which has the default if the key is new.
    pub(crate) fn change(&mut self, key: K, change: impl FnOnce(&mut V)) {
        let at = self.find(&key).unwrap_or_else(|at| {
            self.0.insert(at, (key, V::default()));
            at
        });
        if let Some((_, value)) = self.0.get_mut(at) {
            change(value);
        }
    }

    pub(crate) fn remove(&mut self, key: &K) {
        if let Ok(at) = self.find(key) {
            self.0.remove(at);
        }
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, (K, V)> {
        self.0.iter()
    }

    pub(crate) fn into_entries(self) -> Vec<(K, V)> {
        self.0
    }

    /// Where the key is, or where it would be.
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.0.binary_search_by(|(known, _)| known.borrow().cmp(key))
    }
}

/// Values by names, of which there may be many.
#[derive(Debug, Clone)]
pub(crate) struct Named<V> {
    names: Names,
    values: Vec<V>,
    /// The numbers of the names in the order of the names.
    order: Vec<u32>,
}

impl<V> Named<V> {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { names: Names::seeded(seed), values: Vec::new(), order: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        self.values.get(self.names.get(name)? as usize)
    }

    /// Changes the value of a name; `value` if the name is new.
    pub(crate) fn change(&mut self, name: &str, value: V, change: impl FnOnce(&mut V)) {
        let (number, new) = self.names.insert(name);
        if new {
            let place = self.order.partition_point(|other| self.names.name(*other) < name);
            self.order.insert(place, number);
            self.values.push(value);
        }
        if let Some(value) = self.values.get_mut(number as usize) {
            change(value);
        }
    }

    /// Names and values, in the order of the names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.order
            .iter()
            .filter_map(|number| Some((self.names.name(*number), self.values.get(*number as usize)?)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The same numbers each time, in no order.
    fn shuffled() -> impl Iterator<Item = u32> {
        std::iter::successors(Some(1_u32), |last| Some(last.wrapping_mul(75) % 65_537)).take(2_000)
    }

    #[test]
    fn a_sorted_list_holds_what_a_tree_holds() {
        let (mut list, mut tree) = (Ordered::<u32, u32>::default(), BTreeMap::<u32, u32>::new());
        for number in shuffled() {
            let key = number % 300;
            match number % 5 {
                0 => {
                    list.remove(&key);
                    tree.remove(&key);
                }
                1 => assert_eq!(list.insert(key, number), tree.insert(key, number).is_none()),
                _ => {
                    list.change(key, |value| *value += number);
                    *tree.entry(key).or_default() += number;
                }
            }
            assert_eq!(list.get(&key), tree.get(&key));
        }
        assert_eq!(list.len(), tree.len());
        assert!(list.iter().copied().eq(tree.clone()));
        assert_eq!(list.into_entries(), tree.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn named_values_stand_in_the_order_of_their_names() {
        let (mut named, mut tree) = (Named::<u32>::seeded(7), BTreeMap::<String, u32>::new());
        assert!(named.is_empty());
        for number in shuffled() {
            let name = format!("name-{}", number % 700);
            named.change(&name, 100, |value| *value += number);
            *tree.entry(name.clone()).or_insert(100) += number;
            assert_eq!(named.get(&name), tree.get(&name));
        }
        assert_eq!(named.get("name"), None);
        assert!(!named.is_empty());
        assert!(named.iter().eq(tree.iter().map(|(name, value)| (&**name, value))));
    }
}
