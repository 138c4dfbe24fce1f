//! Everything that two documents know: the entity types and scopes of both by name, and the entities of both, each
//! beside what it is in the other.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::Where;
use super::pair::{Pair, Side};
use crate::access::Access;
use crate::catalog::Catalog;
use crate::condition::Facts;
use crate::entity::EntityType;
use crate::holdings::{Inventory, distinct};
use crate::lists::Lists;
use crate::names::{as_u32, sorted};
use crate::organization::{Organization, Subject};
use crate::scope::Scope;
use crate::standing::Question;
use crate::time::Instant;

/// Two documents of one organization.
pub(super) struct Universe<'o> {
    pub(super) organizations: Pair<&'o Organization>,
    pub(super) at: Option<Instant>,
    pub(super) inventories: Pair<Inventory<'o>>,
    pub(super) types: Vec<TypeOfBoth<'o>>,
    /// A type or a scope has the same number in both, and no catalog refuses to tokens what the other does not.
    pub(super) same_words: bool,
    /// Of every entity both documents know the same.
    pub(super) same_facts: bool,
    pub(super) table: Arc<Table<'o>>,
    /// For each document its entities with their items, sorted.
    items_of: Pair<Vec<(u32, u32)>>,
}

/// Every entity of either document.
#[derive(Debug, Default)]
pub(super) struct Table<'o> {
    pub(super) organization: &'o str,
    /// By type, then by name; the last of each type stands for all entities that neither document knows.
    pub(super) items: Vec<Item<'o>>,
    pub(super) kinds: Vec<KindOfBoth>,
    /// For each item its kind.
    pub(super) kind_of: Vec<u32>,
}

impl<'o> Table<'o> {
    pub(super) fn item(&self, number: u32) -> Option<&Item<'o>> {
        self.items.get(number as usize)
    }

    /// An item as a place.
    pub(super) fn place(&self, number: u32) -> Option<Where<'o>> {
        let item = self.item(number)?;
        Some(match (item.renamed_from.clone(), &item.name) {
            (Some(before), _) => Where::Renamed { before, after: item.name.clone() },
            (None, Cow::Borrowed(entity_type)) if item.is_other => Where::Other(entity_type),
            _ => Where::Entity(item.name.clone()),
        })
    }

    /// Whether a document knows an entity of that name.
    pub(super) fn is_known(&self, entity: &str) -> bool {
        let mut known = self.items.iter().filter(|item| !item.is_other);
        known.any(|item| item.name == entity || item.renamed_from.as_deref() == Some(entity))
    }

    /// The entities whose tags a document does not know.
    pub(super) fn unlisted(&self) -> impl Iterator<Item = &str> {
        let kinds = self.kinds.iter().filter(|kind| !kind.is_listed);
        let items = kinds.flat_map(|kind| &kind.items).filter_map(|item| self.item(*item));
        items.filter(|item| !item.is_other).map(|item| &*item.name)
    }

    /// The items of a type; the last of them stands for all entities that neither document knows.
    pub(super) fn of_type(&self, entity_type: u32) -> Range<u32> {
        let start = self.items.partition_point(|item| item.entity_type < entity_type);
        let end = self.items.partition_point(|item| item.entity_type <= entity_type);
        as_u32(start)..as_u32(end)
    }

    /// The item that stands for all entities of a type that neither document knows.
    pub(super) fn other_of(&self, entity_type: u32) -> Option<u32> {
        let last = self.of_type(entity_type).last()?;
        self.item(last).filter(|item| item.is_other).map(|_| last)
    }
}

/// An entity type of either catalog.
pub(super) struct TypeOfBoth<'o> {
    pub(super) name: &'o str,
    pub(super) sides: Pair<Option<EntityType>>,
    /// By name.
    pub(super) scopes: Vec<ScopeOfBoth<'o>>,
    /// Its paths have one part: no other entity is of it.
    pub(super) is_organization: bool,
}

pub(super) struct ScopeOfBoth<'o> {
    pub(super) name: &'o str,
    pub(super) sides: Pair<Option<Scope>>,
}

/// An entity beside what it is in the other document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item<'o> {
    pub(super) entity_type: u32,
    /// It stands for all entities of its type that neither document knows.
    pub(super) is_other: bool,
    /// How it is called; in the document before where that calls it otherwise.
    pub(super) name: Cow<'o, str>,
    pub(super) renamed_from: Option<Cow<'o, str>>,
    /// Its numbers in the inventories.
    pub(super) sides: Pair<Option<u32>>,
}

impl Item<'_> {
    /// How a document calls it that knows it.
    pub(super) fn name_by(&self, side: Side) -> &str {
        match &self.renamed_from {
            Some(before) if side == Side::Before => before,
            _ => &self.name,
        }
    }
}

/// Entities that no condition of either document can tell apart.
#[derive(Debug)]
pub(super) struct KindOfBoth {
    pub(super) entity_type: u32,
    /// Its numbers in the inventories, where the catalog has the type.
    pub(super) sides: Pair<Option<u32>>,
    /// Both documents list them, with their tags.
    pub(super) is_listed: bool,
    pub(super) items: Vec<u32>,
}

impl<'o> Universe<'o> {
    pub(super) fn new(organizations: Pair<&'o Organization>, at: Option<Instant>) -> Self {
        let types = types(Pair::of(|side| &organizations.at(side).catalog));
        let mut universe = Self {
            organizations,
            at,
            inventories: Pair::of(|side| Inventory::new(organizations.at(side))),
            same_words: same_words(&organizations, &types),
            types,
            same_facts: false,
            table: Arc::default(),
            items_of: Pair::default(),
        };
        let items = universe.all_items();
        universe.same_facts = items.iter().all(|item| universe.is_same(item));
        universe.items_of = Pair::of(|side| {
            let numbered = (0..).zip(&items);
            sorted(numbered.filter_map(|(item, it)| Some(((*it.sides.at(side))?, item))).collect())
        });
        universe.table = Arc::new(universe.sorted_by_kind(items));
        universe
    }

    pub(super) fn entity_type(&self, number: u32) -> Option<&TypeOfBoth<'o>> {
        self.types.get(number as usize)
    }

    pub(super) fn all_types(&self) -> Vec<u32> {
        (0..as_u32(self.types.len())).collect()
    }

    /// Whether some grant limits how long something stays open.
    pub(super) fn has_limits(&self) -> bool {
        let Pair { before, after } = self.organizations;
        before.rules.has_time_limits || after.rules.has_time_limits
    }

    /// What is asked about an entity, or about all that a document does not know.
    pub(super) fn question<'q>(
        &self,
        subject: Subject<'q>,
        tags: Option<&'q [(u32, u32)]>,
        access: &'q Access,
    ) -> Question<'q> {
        let (entity_type, entity) = (subject.entity_type, subject.number);
        let facts = Facts { entity_type, entity, tags, teams: &access.teams };
        Question { subject, facts, at: self.at }
    }

    /// The items of an entity of one document: one, but where an old name stands for something else.
    pub(super) fn items_of(&self, side: Side, entity: u32) -> impl Iterator<Item = u32> {
        let items = self.items_of.at(side);
        let start = items.partition_point(|(known, _)| *known < entity);
        let rest = items.get(start..).unwrap_or_default().iter();
        rest.take_while(move |(known, _)| *known == entity).map(|(_, item)| *item)
    }

    /// Entities with one id stand beside each other, and of the others those with one name.
    fn all_items(&self) -> Vec<Item<'o>> {
        let Pair { before, after } = &self.inventories;
        let same_id = self.same_ids();
        let mut met = vec![false; after.len() as usize];
        let mut items = Vec::new();
        for number in 0..before.len() {
            let same = same_id.get(number as usize).copied().flatten();
            let same = same.or_else(|| after.find(&before.entity(number)));
            if let Some(met) = same.and_then(|same| met.get_mut(same as usize)) {
                *met = true;
            }
            items.extend(self.item(Pair { before: Some(number), after: same }));
        }
        for (number, _) in (0..).zip(&met).filter(|(_, met)| !**met) {
            let same = before.find(&after.entity(number));
            items.extend(self.item(Pair { before: same, after: Some(number) }));
        }
        let others = (0..).zip(&self.types).filter(|(_, it)| !it.is_organization);
        items.extend(others.map(|(entity_type, it)| Item {
            entity_type,
            is_other: true,
            name: Cow::Borrowed(it.name),
            renamed_from: None,
            sides: Pair::default(),
        }));
        sorted(items)
    }

    /// For each entity of the document before the one of the document after that has its id.
    fn same_ids(&self) -> Vec<Option<u32>> {
        let Pair { before, after } = self.organizations;
        let mut same = vec![None; before.entities.types.len()];
        for (id, number) in before.entities.ids.iter() {
            let found = after.entities.ids.get(id).map(as_u32);
            let types = Pair { before: Some(as_u32(number)), after: found };
            let types = Pair::of(|side| self.type_of(side, (*types.at(side))?));
            if let Some(slot) = same.get_mut(number).filter(|_| types.is_same()) {
                *slot = found;
            }
        }
        same
    }

    fn item(&self, sides: Pair<Option<u32>>) -> Option<Item<'o>> {
        let known = |side: Side| Some((side, (*sides.at(side))?));
        let (side, number) = known(Side::After).or_else(|| known(Side::Before))?;
        let name = self.name(side, number);
        let was = sides.before.map(|number| self.name(Side::Before, number));
        // The organization itself is no entity that got another name.
        let before = &self.organizations.before.entities.names;
        let is_named = sides.before.is_some_and(|number| (number as usize) < before.len());
        let renamed_from = was.filter(|was| is_named && *was != name);
        let entity_type = self.type_of(side, number)?;
        Some(Item { entity_type, is_other: false, name, renamed_from, sides })
    }

    /// The organization itself has no name in its document where nothing names it.
    fn name(&self, side: Side, number: u32) -> Cow<'o, str> {
        let name = self.organizations.at(side).entities.names.name(number);
        if name.is_empty() { Cow::Owned(self.inventories.at(side).entity(number).into_owned()) } else { name }
    }

    /// The type of an entity, among those of both.
    fn type_of(&self, side: Side, number: u32) -> Option<u32> {
        let entity_type = self.inventories.at(side).entity_type(number);
        self.types.iter().position(|it| *it.sides.at(side) == Some(entity_type)).map(as_u32)
    }

    fn is_same(&self, item: &Item<'o>) -> bool {
        let tags = Pair::of(|side| item.sides.at(side).map(|number| self.tags(side, number)));
        item.is_other || (tags.is_same() && item.renamed_from.is_none())
    }

    /// The tags of an entity, sorted; nothing where they are not known.
    fn tags(&self, side: Side, number: u32) -> Option<Vec<(Cow<'o, str>, Cow<'o, str>)>> {
        let organization = *self.organizations.at(side);
        let name = |(key, value): &(u32, u32)| (organization.tags.name(*key), organization.tags.name(*value));
        organization.entities.tags_of(number).map(|tags| sorted(tags.iter().map(name).collect()))
    }

    fn sorted_by_kind(&self, items: Vec<Item<'o>>) -> Table<'o> {
        const NO_TYPE: u32 = u32::MAX;
        let mut numbers = Lists::default();
        let mut table = Table { organization: &self.organizations.after.name, items, ..Table::default() };
        for (number, item) in (0..).zip(&table.items) {
            let sides = Pair::of(|side| self.kind_of(side, item));
            let [before, after] = [sides.before, sides.after].map(|kind| kind.unwrap_or(NO_TYPE));
            let kind = numbers.number(&[item.entity_type, before, after]);
            if kind as usize == table.kinds.len() {
                let is_listed = self.is_listed(item);
                let (entity_type, items) = (item.entity_type, Vec::new());
                table.kinds.push(KindOfBoth { entity_type, sides, is_listed, items });
            }
            if let Some(kind) = table.kinds.get_mut(kind as usize) {
                kind.items.push(number);
            }
            table.kind_of.push(kind);
        }
        table
    }

    /// Whether both documents list it.
    fn is_listed(&self, item: &Item<'o>) -> bool {
        let listed = |side: Side| {
            item.sides.at(side).is_some_and(|number| self.inventories.at(side).is_listed(number))
        };
        listed(Side::Before) && listed(Side::After)
    }

    /// What a document does not know is of the kind of all that it does not know.
    fn kind_of(&self, side: Side, item: &Item<'o>) -> Option<u32> {
        let known = item
            .sides
            .at(side)
            .and_then(|number| self.inventories.at(side).kind_of.get(number as usize).copied());
        let entity_type = self.entity_type(item.entity_type).and_then(|it| *it.sides.at(side));
        known.or(entity_type.map(|it| as_u32(it.position())))
    }
}

fn types(catalogs: Pair<&Catalog>) -> Vec<TypeOfBoth<'_>> {
    let Pair { before, after } = catalogs;
    let names = before.entity_types().chain(after.entity_types()).map(|(_, name)| name);
    let of_both = |name| {
        let sides = Pair::of(|side| catalogs.at(side).entity_type(name));
        let is_organization = [before, after].iter().all(|catalog| {
            let entity_type = catalog.entity_type(name);
            entity_type.is_none() || entity_type == catalog.organization_type()
        });
        TypeOfBoth { name, sides, scopes: scopes(catalogs, sides), is_organization }
    };
    distinct(names.collect()).into_iter().map(of_both).collect()
}

fn scopes<'o>(catalogs: Pair<&'o Catalog>, types: Pair<Option<EntityType>>) -> Vec<ScopeOfBoth<'o>> {
    let names = [Side::Before, Side::After].into_iter().filter_map(|side| {
        let catalog: &'o Catalog = catalogs.at(side);
        Some(catalog.scopes((*types.at(side))?))
    });
    let of_both = |name| ScopeOfBoth {
        name,
        sides: Pair::of(|side| catalogs.at(side).scope((*types.at(side))?, name)),
    };
    distinct(names.flatten().collect()).into_iter().map(of_both).collect()
}

fn same_words(organizations: &Pair<&Organization>, types: &[TypeOfBoth<'_>]) -> bool {
    let marks = |side: Side, it: &TypeOfBoth<'_>, scope: &ScopeOfBoth<'_>| {
        let catalog = &organizations.at(side).catalog;
        let (entity_type, scope) = (*it.sides.at(side)).zip(*scope.sides.at(side))?;
        let refused = catalog.token_exceptions(entity_type).contains(scope);
        Some((entity_type, scope, refused, catalog.is_timed(entity_type, scope)))
    };
    types.iter().all(|it| {
        it.sides.is_same() && it.scopes.iter().all(|scope| Pair::of(|side| marks(side, it, scope)).is_same())
    })
}
