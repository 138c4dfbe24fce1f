//! Everything that somebody may do, put together from what each source gives.
//!
//! What many principals hold comes from few sources. Each source is looked at once on every kind of entity, and what a
//! principal may do is the union of what its sources give: a thousand of them are summed in milliseconds.

use std::rc::Rc;

use super::Inventory;
use super::pairs::{Ground, Grounds, Pairs};
use crate::access::{Access, Class};
use crate::condition::{Condition, Facts};
use crate::entity::EntityType;
use crate::names::{Ordered, sorted};
use crate::organization::Subject;
use crate::scope::ScopeSet;
use crate::standing::Question;

/// What each source of an organization gives, found when it is asked for.
#[derive(Debug)]
pub(crate) struct Shares<'o> {
    pub(crate) inventory: Inventory<'o>,
    pub(crate) grounds: Grounds,
    /// By source and, where conditions ask for them, the teams of whoever holds it.
    known: Vec<Ordered<Vec<u32>, Rc<Share>>>,
    teams_are_tested: bool,
    /// How many rows are known.
    rows: usize,
    on_grounds: Sheet,
    on_entities: Sheet,
}

/// What a source gives beyond what holds everywhere.
#[derive(Debug, Default)]
struct Share {
    by_ground: Vec<(EntityType, u32, ScopeSet)>,
    /// On entities that it names, of those that count.
    apart: Vec<(EntityType, u32, ScopeSet)>,
}

/// What somebody holds on every entity of a type, less what is refused whatever grants it.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    everywhere: ScopeSet,
    shut: ScopeSet,
}

/// Rows by number, to be filled, read and cleared again and again.
#[derive(Debug, Default)]
struct Sheet {
    rows: Vec<ScopeSet>,
    touched: Vec<u32>,
}

/// How many rows are kept before they are forgotten, so that memory stays within bounds whatever the document.
const ROWS: usize = 2_000_000;

impl<'o> Shares<'o> {
    pub(crate) fn new(inventory: Inventory<'o>) -> Self {
        let tests_teams = |it: &Condition| matches!(it, Condition::InTeam(_) | Condition::InAnyTeam);
        Self {
            grounds: Grounds::new(&inventory),
            known: Vec::new(),
            teams_are_tested: inventory.organization.conditions.iter().any(tests_teams),
            rows: 0,
            on_grounds: Sheet::default(),
            on_entities: Sheet::default(),
            inventory,
        }
    }

    /// Everything that a principal may do. The entity of the question counts as the question knows it, all others as
    /// the document has them.
    pub(crate) fn pairs(&mut self, access: &Access, question: &Question<'_>) -> Pairs {
        let mut pairs = Pairs::default();
        if self.inventory.organization.refuses_all(access, question).is_some() {
            pairs.by_ground = vec![ScopeSet::EMPTY; self.grounds.grounds.len()];
            return pairs;
        }
        let types = self.inventory.organization.catalog.entity_types();
        let held: Vec<Held> = types.map(|(entity_type, _)| self.held(access, entity_type)).collect();
        let of_type = |entity_type: EntityType| held.get(entity_type.position()).copied().unwrap_or_default();
        self.gather(access, |_, _| true);
        for (number, ground) in (0..).zip(&self.grounds.grounds) {
            pairs.by_ground.push(of_type(ground.entity_type).with(&self.on_grounds.row(number)));
        }
        for entity in sorted(self.on_entities.touched.clone()) {
            let scopes = of_type(self.inventory.entity_type(entity)).with(&self.on_entities.row(entity));
            let of_ground = self.grounds.of(entity).map(|ground| pairs.on_ground(ground));
            pairs.apart.push((entity, scopes.plus(&of_ground.unwrap_or_default())));
        }
        pairs.put(self.inventory.number_of(&question.subject), self.asked(access, question));
        pairs
    }

    /// How many pairs of some scopes of the question's type somebody wins by a setting, which leaves the sources as they
    /// are: the size of a part of what [`Shares::pairs`] has more after than before, found without the pairs.
    pub(crate) fn won_by(
        &mut self,
        [before, after]: [&Access; 2],
        question: &Question<'_>,
        scopes: &ScopeSet,
    ) -> u64 {
        if self.inventory.organization.refuses_all(before, question).is_some() {
            return 0;
        }
        let entity_type = question.subject.entity_type;
        self.gather(before, |it, row| it == entity_type && row.meets(scopes));
        let held = [before, after].map(|access| self.held(access, entity_type));
        let won = |rows: [ScopeSet; 2]| {
            let [before, after] = rows.map(|row| row.within(scopes).len() as u64);
            after.saturating_sub(before)
        };
        let won_on = |row: &ScopeSet| won(held.map(|held| held.with(row)));
        let of_ground = |entity| self.grounds.of(entity).map(|ground| self.on_grounds.row(ground));
        let anywhere = won_on(&ScopeSet::EMPTY);
        // As if no row were other than those of most, then each that is.
        let (mut more, mut less) = (anywhere * self.grounds.count_of(entity_type), 0);
        for number in &self.on_grounds.touched {
            let members = self.grounds.get(*number).map_or(0, |ground| ground.count);
            more += members * won_on(&self.on_grounds.row(*number));
            less += members * anywhere;
        }
        for entity in &self.on_entities.touched {
            let row = of_ground(*entity).unwrap_or_default();
            more += won_on(&self.on_entities.row(*entity).plus(&row));
            less += won_on(&row);
        }
        let asked = self.inventory.number_of(&question.subject);
        let by_document = of_ground(asked).map(|row| won_on(&row.plus(&self.on_entities.row(asked))));
        more += won([before, after].map(|access| self.asked(access, question)));
        more.saturating_sub(less + by_document.unwrap_or(0))
    }

    /// What holds on every entity of a type, and what is refused whatever grants it.
    fn held(&self, access: &Access, entity_type: EntityType) -> Held {
        let organization = self.inventory.organization;
        let exceptions = organization.exceptions(access, entity_type);
        if access.admin {
            return Held { everywhere: organization.catalog.all_scopes(entity_type), shut: exceptions };
        }
        let closed = access.closed.iter().filter_map(|position| organization.catalog.toggles.get(*position));
        let closed = closed.filter(|toggle| toggle.entity_type == entity_type).map(|toggle| toggle.scope);
        let everywhere = access.everywhere(entity_type);
        Held {
            everywhere: everywhere.granted.plus(&everywhere.setting),
            shut: exceptions.plus(&closed.collect::<ScopeSet>()),
        }
    }

    /// Notes what the sources give beyond what holds everywhere, and what is held beside them.
    fn gather(&mut self, access: &Access, wanted: impl Fn(EntityType, &ScopeSet) -> bool) {
        self.on_grounds.clear();
        self.on_entities.clear();
        for (source, class) in access.sources.iter().filter(|_| !access.admin) {
            let conditional = access.conditional.binary_search(&(*source, *class)).is_ok();
            if conditional || !self.inventory.organization.source(*source).named.is_empty() {
                let share = self.share(*source, conditional, &access.teams);
                self.note(&share, &wanted);
            }
        }
        if let Some(beside) = &access.beside {
            let entity = self.inventory.organization.entities.names.get(&beside.entity);
            let entity = entity.filter(|entity| self.grounds.of(*entity).is_some());
            let row = entity.map(|entity| (self.inventory.entity_type(entity), entity, beside.scopes));
            self.note(&Share { apart: row.into_iter().collect(), ..Share::default() }, &wanted);
        }
    }

    fn note(&mut self, share: &Share, wanted: &impl Fn(EntityType, &ScopeSet) -> bool) {
        let lists = [(&share.by_ground, &mut self.on_grounds), (&share.apart, &mut self.on_entities)];
        for (rows, sheet) in lists {
            for (_, number, scopes) in rows.iter().filter(|(it, _, scopes)| wanted(*it, scopes)) {
                sheet.add(*number, scopes);
            }
        }
    }

    /// What one source gives to somebody in these teams.
    fn share(&mut self, source: u32, conditional: bool, teams: &[u32]) -> Rc<Share> {
        let teams = if conditional && self.teams_are_tested { teams.to_vec() } else { Vec::new() };
        if let Some(known) = self.known.get(source as usize).and_then(|known| known.get(&teams)) {
            return Rc::clone(known);
        }
        let sources = vec![(source, Class::Granted)];
        let conditional = if conditional { sources.clone() } else { Vec::new() };
        let alone = Access { sources, conditional, teams: teams.clone(), ..Access::default() };
        let share = Rc::new(self.share_of(&alone));
        self.rows += share.by_ground.len() + share.apart.len();
        if self.rows > ROWS {
            (self.known, self.rows) = (Vec::new(), 0);
        }
        if self.known.len() <= source as usize {
            self.known.resize_with(source as usize + 1, Ordered::default);
        }
        if let Some(known) = self.known.get_mut(source as usize) {
            known.insert(teams, Rc::clone(&share));
        }
        share
    }

    fn share_of(&self, alone: &Access) -> Share {
        let mut share = Share::default();
        let types = self.types_of(alone);
        for (number, ground) in (0..).zip(&self.grounds.grounds) {
            let bears = ground.entity.is_some() || !alone.conditional.is_empty();
            if bears && types.contains(&ground.entity_type) {
                let scopes = self.on_ground(alone, ground);
                let row = (ground.entity_type, number, scopes);
                share.by_ground.extend(Some(row).filter(|_| !scopes.is_empty()));
            }
        }
        for entity in self.inventory.set_apart(alone) {
            let ground = self.grounds.of(entity).and_then(|ground| self.grounds.get(ground));
            if ground.is_some_and(|ground| ground.entity.is_none()) {
                let row = self.inventory.row_of_entity(alone, entity, None);
                share.apart.push((row.entity_type, entity, row.allow));
            }
        }
        share
    }

    /// The entity types of which a source, or a record that it composes, gives scopes.
    fn types_of(&self, alone: &Access) -> Vec<EntityType> {
        let organization = self.inventory.organization;
        let grants = |source: u32| {
            let source = organization.source(source);
            let ranges = [&source.everywhere, &source.guarded, &source.named];
            ranges.into_iter().flat_map(|range| organization.grants_of(range.clone()))
        };
        let grants = self.inventory.reachable(alone).into_iter().flat_map(grants);
        let mut types = Vec::new();
        for (_, grant) in grants {
            let entity_type = organization.set(grant.set).entity_type;
            if !types.contains(&entity_type) {
                types.push(entity_type);
            }
        }
        types
    }

    fn on_ground(&self, alone: &Access, ground: &Ground) -> ScopeSet {
        let tags = ground.example.and_then(|it| self.inventory.organization.entities.tags_of(it));
        let (entity_type, number) = (ground.entity_type, ground.entity);
        let subject = Subject { text: "", entity_type, number, here: true };
        self.inventory.row_of(alone, subject, tags, None).allow
    }

    /// What a principal may do on the entity of the question.
    fn asked(&self, access: &Access, question: &Question<'_>) -> ScopeSet {
        let facts = Facts { teams: &access.teams, ..question.facts };
        self.inventory.organization.whole_row(access, &Question { facts, ..*question }).allow
    }
}

impl Held {
    /// The scopes of an entity on which these come on top.
    fn with(&self, more: &ScopeSet) -> ScopeSet {
        self.everywhere.plus(more).without(&self.shut)
    }
}

impl Sheet {
    fn row(&self, number: u32) -> ScopeSet {
        self.rows.get(number as usize).copied().unwrap_or_default()
    }

    fn add(&mut self, number: u32, scopes: &ScopeSet) {
        if self.rows.len() <= number as usize {
            self.rows.resize(number as usize + 1, ScopeSet::EMPTY);
        }
        let Some(row) = self.rows.get_mut(number as usize) else { return };
        if row.is_empty() && !scopes.is_empty() {
            self.touched.push(number);
        }
        row.add(scopes);
    }

    fn clear(&mut self) {
        for number in self.touched.drain(..) {
            self.rows.iter_mut().skip(number as usize).take(1).for_each(|row| *row = ScopeSet::EMPTY);
        }
    }
}
