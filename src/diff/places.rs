//! A list of places as whoever reads a diff sees it: many names, of which none is written before it is asked for.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::Where;
use super::sites::{SiteList, Sites};
use super::universe::Table;

/// Where something changes: the entities by type and name, then places under tags.
#[derive(Clone)]
pub struct Places<'o> {
    table: Arc<Table<'o>>,
    sites: Sites,
    /// Places that are no entity as it is listed.
    more: Vec<Where<'o>>,
}

impl<'o> Places<'o> {
    pub(super) fn new(table: Arc<Table<'o>>, list: SiteList<'_>, more: Vec<Where<'o>>) -> Self {
        Self { table, sites: list.kept(), more }
    }

    pub(super) fn table(&self) -> &Table<'o> {
        &self.table
    }

    /// The organization of all of them.
    pub(super) fn organization(&self) -> &'o str {
        self.table.organization
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.sites.list().count(&self.table) + self.more.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every one of them.
    pub fn iter(&self) -> impl Iterator<Item = Where<'o>> {
        let items = self.sites.list().items(&self.table);
        let entities = items.into_iter().filter_map(|item| self.table.place(item));
        entities.chain(self.more.iter().cloned())
    }
}

impl fmt::Debug for Places<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Places<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Serialize for Places<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
