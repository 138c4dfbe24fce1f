//! An organization as a bundle wants it: what has a name is numbered in the order of the names, so that it is found by
//! halving, and what many entities have stands once.

use crate::column::Column;
use crate::condition::Condition;
use crate::lists::Lists;
use crate::names::{Lying, Register, as_u32, by_key, sorted};
use crate::organization::{
    Deployment, Entities, Grant, GrantColumns, Grants, Link, Organization, Person, Place, Principals, RunAs,
    Source, Tags, Token, TokenKind,
};

impl Organization {
    /// The same organization in that order. What asks about everyone or everything goes through them in it.
    pub(super) fn in_order(self) -> Self {
        let orders = Orders {
            entities: Order::of(&self.entities.names),
            tags: Order::of(&self.tags),
            people: Order::of(&self.principals.people),
            teams: Order::of(&self.principals.team_names),
            tokens: Order::of(&self.principals.token_names),
            service_principals: Order::of(&self.principals.service_principal_names),
        };
        Self {
            entities: orders.entities(self.entities),
            tags: orders.tags.names(&self.tags),
            conditions: self.conditions.into_iter().map(|it| orders.condition(it)).collect(),
            grants: orders.grants(&self.grants, &self.sources),
            principals: orders.principals(self.principals),
            ..self
        }
    }
}

/// The orders of everything that has a name.
struct Orders {
    entities: Order,
    tags: Order,
    people: Order,
    teams: Order,
    tokens: Order,
    service_principals: Order,
}

impl Orders {
    fn entities(&self, entities: Entities) -> Entities {
        let order = &self.entities;
        let links = entities.links.into_iter();
        let links = links.map(|it| Link { from: order.number(it.from), to: order.number(it.to), ..it });
        let deployments = entities.deployments.into_iter();
        let deployments = deployments.map(|(entity, it)| (order.number(entity), self.deployment(&it)));
        Entities {
            names: order.names(&entities.names),
            types: order.rows(entities.types),
            tags: self.tag_lists(&entities.tags),
            index: None,
            links: by_key(links.map(|it| ((it.from, it.field), it)).collect()).collect(),
            deployments: by_key(deployments.map(|it| (it.0, it)).collect()).collect(),
            ids: entities.ids,
        }
    }

    /// Each list of tags once, however many entities have it.
    fn tag_lists(&self, tags: &Tags) -> Tags {
        let (mut lists, mut list_of) = (Lists::default(), Vec::new());
        let (mut ends, mut pairs) = (Vec::new(), Vec::new());
        for old in &self.entities.old {
            let own = tags.of(*old).map(|own| self.tags(own));
            list_of.push(own.map_or(0, |own| {
                let number = lists.number(own.as_flattened());
                if number == as_u32(ends.len()) {
                    pairs.extend(own.iter().map(|[key, value]| (*key, *value)));
                    ends.push(as_u32(pairs.len()));
                }
                number + 1
            }));
        }
        Tags { list_of: Some(Column::from(&*list_of)), ends, pairs }
    }

    fn tags(&self, tags: &[(u32, u32)]) -> Vec<[u32; 2]> {
        sorted(tags.iter().map(|(key, value)| [self.tags.number(*key), self.tags.number(*value)]).collect())
    }

    fn deployment(&self, deployment: &Deployment) -> Deployment {
        let run_as = deployment.run_as.map(|run_as| match run_as {
            RunAs::Team(team) => RunAs::Team(self.teams.number(team)),
            RunAs::ServicePrincipal(it) => RunAs::ServicePrincipal(self.service_principals.number(it)),
        });
        let access_token = deployment.access_token.map(|token| self.tokens.number(token));
        Deployment { access_token, run_as, ..deployment.clone() }
    }

    fn condition(&self, condition: Condition) -> Condition {
        let tag = |number| self.tags.number(number);
        match condition {
            Condition::Is(of, entity) => Condition::Is(of, self.entities.number(entity)),
            Condition::HasTag(of, key) => Condition::HasTag(of, tag(key)),
            Condition::TagIs(of, key, value) => Condition::TagIs(of, tag(key), tag(value)),
            Condition::SameTags(of, a, b) => Condition::SameTags(of, tag(a), tag(b)),
            Condition::InTeam(team) => Condition::InTeam(self.teams.number(team)),
            other => other,
        }
    }

    /// Of every source, what it grants on entities in the order of these.
    fn grants(&self, grants: &Grants, sources: &[Source]) -> Grants {
        let mut all: Vec<Grant> = grants.iter().map(|grant| self.grant(grant)).collect();
        for source in sources {
            let named =
                all.get_mut(source.named.start as usize..source.named.end as usize).unwrap_or_default();
            let entity = |grant: &Grant| if let Place::Entity(entity) = grant.place { entity } else { 0 };
            let in_order = by_key(named.iter().map(|grant| (entity(grant), *grant)).collect());
            named.iter_mut().zip(in_order).for_each(|(slot, grant)| *slot = grant);
        }
        Grants::Lying(GrantColumns::from(&*all))
    }

    fn grant(&self, grant: Grant) -> Grant {
        match grant.place {
            Place::Entity(entity) => Grant { place: Place::Entity(self.entities.number(entity)), ..grant },
            _ => grant,
        }
    }

    fn principals(&self, principals: Principals) -> Principals {
        let persons = principals.persons.iter().map(|person| self.person(&person)).collect();
        let tokens = principals.tokens.iter().map(|token| self.token(token)).collect();
        Principals {
            people: self.people.names(&principals.people),
            persons: (&*self.people.rows::<Person>(persons)).into(),
            team_names: self.teams.names(&principals.team_names),
            teams: self.teams.rows(principals.teams),
            token_names: self.tokens.names(&principals.token_names),
            tokens: self.tokens.rows(tokens),
            service_principal_names: self.service_principals.names(&principals.service_principal_names),
            service_principals: self.service_principals.rows(principals.service_principals),
        }
    }

    /// The teams stay in the order in which they give something: explanations tell them so.
    fn person(&self, person: &Person) -> Person {
        Person { teams: person.teams.iter().map(|team| self.teams.number(*team)).collect(), ..person.clone() }
    }

    fn token(&self, token: &Token) -> Token {
        let kind = match token.kind {
            TokenKind::Personal(person) => TokenKind::Personal(self.people.number(person)),
            TokenKind::Team(team) => TokenKind::Team(self.teams.number(team)),
            other @ TokenKind::Organization { .. } => other,
        };
        Token { kind, ..token.clone() }
    }
}

/// The order of names: for each new number the old one, and the other way round.
struct Order {
    old: Vec<u32>,
    new: Vec<u32>,
}

impl Order {
    fn of(names: &Register) -> Self {
        let old: Vec<u32> = by_key(names.iter().zip(0..).collect()).collect();
        let mut new = vec![0; old.len()];
        for (number, old) in (0..).zip(&old) {
            new.iter_mut().skip(*old as usize).take(1).for_each(|slot| *slot = number);
        }
        Self { old, new }
    }

    /// The new number. What has no name keeps its number, which no name has.
    fn number(&self, old: u32) -> u32 {
        self.new.get(old as usize).copied().unwrap_or(old)
    }

    fn names(&self, names: &Register) -> Register {
        Lying::of(self.old.iter().map(|old| names.name(*old))).into()
    }

    fn rows<T>(&self, rows: Vec<T>) -> Vec<T> {
        by_key(rows.into_iter().enumerate().map(|(old, row)| (self.number(as_u32(old)), row)).collect())
            .collect()
    }
}
