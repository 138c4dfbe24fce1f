//! One principal's part of an organization: an [`Organization`] that answers about this principal as the whole does,
//! and in which nobody else is named.
//!
//! What the principal holds comes along with its conditions, so that the part answers for any entity, tags and time.
//! Of the entities come those that something names, and where tags are tested all that are listed, each with no more
//! of its tags than the tests can tell apart.

use std::borrow::Cow;

use crate::access::Access;
use crate::column::Column;
use crate::condition::Condition;
use crate::entity::EntityType;
use crate::holdings::Tested;
use crate::names::{Lying, Names, Register, as_u32};
use crate::organization::{
    Customs, Entities, Grant, Grants, Guard, Holder, Organization, Person, Place, Principals, Settings,
    Source, Tags, Token, TokenKind, Use,
};
use crate::roster::Who;

impl Organization {
    /// The part of one principal, which is not to be asked before it is in order, as in a bundle.
    pub(crate) fn projected(&self, who: Who) -> Self {
        let access = self.access_of(who);
        let kept = Kept::of(self, &access);
        let mut cut = Cut { organization: self, kept, tags: Names::default(), own: &access.teams };
        let entities = cut.entities();
        let conditions = cut.conditions();
        let (sources, grants, uses) = cut.sources();
        Self {
            // Nobody else acts by a part, and no deployment either: their settings stay behind.
            catalog: self.catalog.clone().without_deployments(),
            name: self.name.clone(),
            entities,
            conditions,
            guards: cut.guards(),
            sets: cut.sets(),
            grants,
            uses,
            principals: cut.principals(who),
            rules: cut.rules(),
            customs: Customs::default(),
            tags: cut.tags.into(),
            sources,
        }
    }
}

/// Rows of a table that are to come along.
struct Chosen(Vec<bool>);

impl Chosen {
    /// The first so many rows of a table, and nothing else yet.
    fn first(count: usize, length: usize) -> Self {
        Self((0..length).map(|row| row < count).collect())
    }

    /// Chooses a row, and says whether it was not chosen before.
    fn is_new(&mut self, row: u32) -> bool {
        self.0.get_mut(row as usize).is_some_and(|chosen| !std::mem::replace(chosen, true))
    }

    fn add(&mut self, row: u32) {
        self.is_new(row);
    }

    fn has(&self, row: u32) -> bool {
        self.0.get(row as usize) == Some(&true)
    }

    /// The rows of a table that are chosen.
    fn rows<'t, T>(&'t self, table: &'t [T]) -> impl Iterator<Item = &'t T> {
        table.iter().zip(&self.0).filter(|(_, chosen)| **chosen).map(|(row, _)| row)
    }
}

/// The new numbers of the rows that come along.
struct Numbers {
    chosen: Chosen,
    numbers: Vec<u32>,
}

impl Numbers {
    fn of(chosen: Chosen) -> Self {
        let mut next = 0;
        let mut numbers = Vec::with_capacity(chosen.0.len());
        for chosen in &chosen.0 {
            numbers.push(next);
            next += u32::from(*chosen);
        }
        Self { chosen, numbers }
    }

    /// The new number of a row, if it comes along.
    fn get(&self, row: u32) -> Option<u32> {
        self.numbers.get(row as usize).copied().filter(|_| self.chosen.has(row))
    }

    /// The new number of a row that comes along.
    fn of_kept(&self, row: u32) -> u32 {
        self.get(row).unwrap_or(u32::MAX)
    }

    fn rows<'t, T>(&'t self, table: &'t [T]) -> impl Iterator<Item = &'t T> {
        self.chosen.rows(table)
    }
}

/// What comes along of every table.
struct Kept {
    sources: Numbers,
    guards: Numbers,
    conditions: Numbers,
    sets: Numbers,
    entities: Numbers,
    tested: Tested,
}

impl Kept {
    fn of(organization: &Organization, access: &Access) -> Self {
        let sources = sources_of(organization, access);
        let mut guards = Chosen::first(0, organization.guards.len());
        let mut entities = Chosen::first(0, organization.entities.types.len());
        // Default sets are known by their positions.
        let mut sets = Chosen::first(organization.catalog.sets.len(), organization.sets.len());
        for source in sources.rows(&organization.sources) {
            for grant in grants_of(organization, source) {
                sets.add(grant.set);
                match grant.place {
                    Place::Everywhere => {}
                    Place::Entity(entity) => entities.add(entity),
                    Place::When(guard) => add_guard(organization, &mut guards, guard),
                }
            }
            for guard in organization.uses_in(source).iter().filter_map(|used| used.guard) {
                add_guard(organization, &mut guards, guard);
            }
        }
        let conditions = conditions_of(organization, &guards);
        let tested = Tested::new(conditions.rows(&organization.conditions));
        add_entities(organization, &conditions, &mut entities);
        let [sources, guards, conditions, sets, entities] =
            [sources, guards, conditions, sets, entities].map(Numbers::of);
        Self { sources, guards, conditions, sets, entities, tested }
    }
}

/// The built-in roles, which are known by their positions, and all that the principal holds and that this composes.
fn sources_of(organization: &Organization, access: &Access) -> Chosen {
    let mut chosen = Chosen::first(organization.catalog.roles.len(), organization.sources.len());
    let mut open: Vec<u32> = Vec::new();
    for (source, _) in &access.sources {
        chosen.add(*source);
        open.push(*source);
    }
    while let Some(source) = open.pop() {
        for used in organization.uses_of(source) {
            if chosen.is_new(used.source) {
                open.push(used.source);
            }
        }
    }
    chosen
}

fn add_guard(organization: &Organization, chosen: &mut Chosen, guard: u32) {
    let mut next = Some(guard);
    while let Some(guard) = next.filter(|guard| chosen.is_new(*guard)) {
        next = organization.guards.get(guard as usize).and_then(|guard| guard.outer);
    }
}

/// The conditions of guards, and their parts, which stand before them.
fn conditions_of(organization: &Organization, guards: &Chosen) -> Chosen {
    let mut chosen = Chosen::first(0, organization.conditions.len());
    for guard in guards.rows(&organization.guards) {
        chosen.add(guard.condition);
    }
    for (number, condition) in organization.conditions.iter().enumerate().rev() {
        if chosen.has(as_u32(number)) {
            condition.parts().for_each(|part| chosen.add(part));
        }
    }
    chosen
}

/// The entities that conditions name, and where they test tags, every listed one of that type.
fn add_entities(organization: &Organization, conditions: &Chosen, chosen: &mut Chosen) {
    let mut tested: Vec<EntityType> = Vec::new();
    for condition in conditions.rows(&organization.conditions) {
        match condition {
            Condition::Is(_, entity) => chosen.add(*entity),
            Condition::HasTag(of, _) | Condition::TagIs(of, _, _) | Condition::SameTags(of, _, _)
                if !tested.contains(of) =>
            {
                tested.push(*of);
            }
            _ => {}
        }
    }
    for (number, _) in organization.entities.listed().filter(|(_, of)| tested.contains(of)) {
        chosen.add(number);
    }
}

fn grants_of<'o>(organization: &'o Organization, source: &Source) -> impl Iterator<Item = Grant> + use<'o> {
    let ranges = [source.everywhere.clone(), source.guarded.clone(), source.named.clone()];
    ranges.into_iter().flat_map(|range| organization.grants_of(range)).map(|(_, grant)| grant)
}

/// The tables in the making.
struct Cut<'o> {
    organization: &'o Organization,
    kept: Kept,
    /// Keys and values of the tags that come along.
    tags: Names,
    /// The teams of the principal, sorted: each is known by its position.
    own: &'o [u32],
}

impl Cut<'_> {
    fn sets(&self) -> Vec<crate::organization::GrantedSet> {
        self.kept.sets.rows(&self.organization.sets).cloned().collect()
    }

    fn entities(&mut self) -> Entities {
        let all = &self.organization.entities;
        let (mut entities, mut names, mut list_of) = (Entities::default(), Vec::new(), Vec::new());
        for (number, entity_type) in (0..).zip(&all.types) {
            if self.kept.entities.get(number).is_some() {
                names.push(all.names.name(number));
                entities.types.push(*entity_type);
                list_of.push(all.tags_of(number).map_or(0, |tags| self.tags_of(tags, &mut entities.tags)));
            }
        }
        entities.tags.list_of = Some(Column::from(&*list_of));
        entities.names = named(names);
        entities
    }

    /// Adds the tags of an entity, as far as they are tested, as a list, and tells how many lists there are then.
    fn tags_of(&mut self, tags: &[(u32, u32)], lists: &mut Tags) -> u32 {
        for (key, value) in self.kept.tested.part_of(tags) {
            lists.pairs.push((self.tag(key), self.tag(value)));
        }
        lists.ends.push(as_u32(lists.pairs.len()));
        as_u32(lists.ends.len())
    }

    /// A key or a value under its new number. A value that nothing asks for has no name, here as there.
    fn tag(&mut self, number: u32) -> u32 {
        self.tags.intern(&self.organization.tags.name(number))
    }

    fn conditions(&mut self) -> Vec<Condition> {
        let organization = self.organization;
        let mut conditions = Vec::new();
        for (old, condition) in (0..).zip(&organization.conditions) {
            if self.kept.conditions.get(old).is_some() {
                let condition = self.condition(condition);
                conditions.push(condition);
            }
        }
        conditions
    }

    fn condition(&mut self, condition: &Condition) -> Condition {
        let part = |number: &u32| self.kept.conditions.of_kept(*number);
        match condition {
            Condition::And(a, b) => Condition::And(part(a), part(b)),
            Condition::Or(a, b) => Condition::Or(part(a), part(b)),
            Condition::Same(a, b) => Condition::Same(part(a), part(b)),
            Condition::Not(a) => Condition::Not(part(a)),
            Condition::All(first, count) => Condition::All(part(first), *count),
            // What names no entity keeps its number, which no entity has.
            Condition::Is(of, entity) => {
                Condition::Is(*of, self.kept.entities.get(*entity).unwrap_or(*entity))
            }
            Condition::HasTag(of, key) => Condition::HasTag(*of, self.tag(*key)),
            Condition::TagIs(of, key, value) => Condition::TagIs(*of, self.tag(*key), self.tag(*value)),
            Condition::SameTags(of, a, b) => Condition::SameTags(*of, self.tag(*a), self.tag(*b)),
            // A team of others is one in which this principal is not.
            Condition::InTeam(team) => match self.own.binary_search(team) {
                Ok(position) => Condition::InTeam(as_u32(position)),
                Err(_) => Condition::Constant(false),
            },
            Condition::Constant(_)
            | Condition::OfType(_)
            | Condition::OtherKind(_)
            | Condition::InAnyTeam
            | Condition::Never => condition.clone(),
        }
    }

    fn guards(&self) -> Vec<Guard> {
        let renumbered = |guard: &Guard| Guard {
            outer: guard.outer.and_then(|outer| self.kept.guards.get(outer)),
            condition: self.kept.conditions.of_kept(guard.condition),
            ..*guard
        };
        self.kept.guards.rows(&self.organization.guards).map(renumbered).collect()
    }

    fn sources(&self) -> (Vec<Source>, Grants, Vec<Use>) {
        let (mut sources, mut grants, mut uses) = (Vec::new(), Vec::new(), Vec::new());
        for source in self.kept.sources.rows(&self.organization.sources) {
            let mut part = |range: &std::ops::Range<u32>| {
                let start = as_u32(grants.len());
                let old = self.organization.grants_of(range.clone());
                grants.extend(old.map(|(_, grant)| self.grant(&grant)));
                start..as_u32(grants.len())
            };
            let (everywhere, guarded, named) =
                (part(&source.everywhere), part(&source.guarded), part(&source.named));
            let start = as_u32(uses.len());
            let old = source.uses.start as usize..source.uses.end as usize;
            uses.extend(
                self.organization.uses.get(old).unwrap_or_default().iter().map(|used| self.used(used)),
            );
            let uses = start..as_u32(uses.len());
            sources.push(Source { label: source.label.clone(), everywhere, guarded, named, uses });
        }
        (sources, Grants::Table(grants), uses)
    }

    fn grant(&self, grant: &Grant) -> Grant {
        let set = self.kept.sets.of_kept(grant.set);
        let place = match grant.place {
            Place::Everywhere => Place::Everywhere,
            Place::Entity(entity) => Place::Entity(self.kept.entities.of_kept(entity)),
            Place::When(guard) => Place::When(self.kept.guards.of_kept(guard)),
        };
        Grant { set, place, ..*grant }
    }

    fn used(&self, used: &Use) -> Use {
        let guard = used.guard.map(|guard| self.kept.guards.of_kept(guard));
        Use { guard, source: self.kept.sources.of_kept(used.source) }
    }

    /// The principal and its teams; the person behind a personal token is left without its name.
    fn principals(&self, who: Who) -> Principals {
        let all = &self.organization.principals;
        let of_own =
            |team: &u32| all.teams.get(*team as usize).map_or_else(Holder::default, |it| self.holder(it));
        let principals = Principals {
            team_names: named(self.own.iter().map(|team| all.team_names.name(*team))),
            teams: self.own.iter().map(of_own).collect(),
            ..Principals::default()
        };
        match who {
            Who::Team(_) => principals,
            Who::User(number) => self.with_person(principals, number, all.people.name(number)),
            Who::ServicePrincipal(number) => Principals {
                service_principal_names: named([all.service_principal_names.name(number)]),
                service_principals: all
                    .service_principals
                    .get(number as usize)
                    .map(|it| self.holder(it))
                    .into_iter()
                    .collect(),
                ..principals
            },
            Who::Token(number) => {
                let token = all.tokens.get(number as usize);
                let principals = Principals {
                    token_names: named([all.token_names.name(number)]),
                    tokens: token.map(|it| self.token(it)).into_iter().collect(),
                    ..principals
                };
                match token.map(|token| token.kind) {
                    Some(TokenKind::Personal(person)) => {
                        self.with_person(principals, person, Cow::Borrowed(""))
                    }
                    _ => principals,
                }
            }
        }
    }

    fn with_person(&self, principals: Principals, number: u32, name: Cow<'_, str>) -> Principals {
        let person = self.organization.principals.persons.get(number).unwrap_or_default();
        Principals { people: named([name]), persons: (&[self.person(&person)][..]).into(), ..principals }
    }

    fn person(&self, person: &Person) -> Person {
        Person {
            role: person.role.and_then(|role| self.kept.sources.get(role)),
            teams: person.teams.iter().filter_map(|team| self.team(*team)).collect(),
            direct: self.held(person.direct),
            created: self.held(person.created),
        }
    }

    fn holder(&self, holder: &Holder) -> Holder {
        Holder {
            roles: holder.roles.iter().filter_map(|role| self.kept.sources.get(*role)).collect(),
            direct: self.held(holder.direct),
            created: self.held(holder.created),
        }
    }

    fn token(&self, token: &Token) -> Token {
        let kind = match token.kind {
            TokenKind::Personal(_) => TokenKind::Personal(0),
            TokenKind::Team(team) => TokenKind::Team(self.team(team).unwrap_or(u32::MAX)),
            TokenKind::Organization { role, own } => {
                TokenKind::Organization { role: self.kept.sources.of_kept(role), own }
            }
        };
        Token { kind, created: self.held(token.created), ..*token }
    }

    fn held(&self, source: Option<u32>) -> Option<u32> {
        source.and_then(|source| self.kept.sources.get(source))
    }

    fn team(&self, team: u32) -> Option<u32> {
        self.own.binary_search(&team).ok().map(as_u32)
    }

    fn rules(&self) -> Settings {
        let all = &self.organization.rules;
        Settings {
            toggles: all.toggles.iter().map(|(on, source)| (*on, self.held(*source))).collect(),
            levels: all.levels.iter().map(|source| self.held(*source)).collect(),
            default_deployment_role: None,
            ..*all
        }
    }
}

/// As many names as there are: bytes may have lied, and two be the same.
fn named<'n>(names: impl IntoIterator<Item = Cow<'n, str>>) -> Register {
    Lying::of(names.into_iter()).into()
}
