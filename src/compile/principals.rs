//! Members, teams, collaborators, tokens and service principals → who holds which sources.

use super::{Compiler, Draft, Origin, as_u32};
use crate::catalog::Because;
use crate::json::Value;
use crate::names::{Names, sorted};
use crate::organization::{Grant, Holder, Label, Person, Place, Principals, Token, TokenKind};
use crate::time::Instant;
use crate::validate::{self, Settings};

/// Who created an entity, among those for whom that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Creator {
    Person(u32),
    Token(u32),
    ServicePrincipal(u32),
}

/// Everybody, in the making.
struct Everybody {
    people: Names,
    persons: Vec<Person>,
    teams: Vec<Holder>,
    tokens: Vec<Token>,
    service_principals: Vec<Holder>,
}

impl<O: Origin> Compiler<'_, O> {
    pub(super) fn principals(&mut self, document: Value<'_>, settings: &Settings) -> Principals {
        let everybody = self.everybody(document, settings);
        Principals {
            people: everybody.people.into(),
            persons: (&*everybody.persons).into(),
            team_names: self.index.teams.clone().into(),
            teams: everybody.teams,
            token_names: self.index.tokens.clone().into(),
            tokens: everybody.tokens,
            service_principal_names: self.index.service_principals.clone().into(),
            service_principals: everybody.service_principals,
        }
    }

    fn everybody(&mut self, document: Value<'_>, settings: &Settings) -> Everybody {
        let mut principals = Everybody {
            people: Names::seeded(self.index.seed),
            persons: Vec::new(),
            teams: Vec::new(),
            tokens: Vec::new(),
            service_principals: Vec::new(),
        };
        self.people(document, settings, &mut principals);
        self.teams(document, &mut principals);
        self.service_principals(document, &mut principals);
        self.tokens(document, settings, &mut principals);
        self.creators(document, &mut principals);
        principals
    }

    fn people(&mut self, document: Value<'_>, settings: &Settings, principals: &mut Everybody) {
        let mut holders = Vec::new();
        for member in document.list("members") {
            let named = member.text("role").and_then(|id| self.index.role(id));
            let role = Some(as_u32(named.unwrap_or(settings.default_role)));
            principals.people.intern(member.text("user").unwrap_or_default());
            principals.persons.push(Person { role, ..Person::default() });
            holders.push(vec![member]);
        }
        for collaborator in document.list("collaborators") {
            let (person, new) = principals.people.insert(collaborator.text("user").unwrap_or_default());
            if new {
                principals.persons.push(Person::default());
                holders.push(Vec::new());
            }
            set(&mut holders, person, |holders| holders.push(collaborator));
        }
        for (person, holders) in principals.persons.iter_mut().zip(holders) {
            person.direct = self.direct(&holders, Because::PersonalGrant);
        }
    }

    fn teams(&mut self, document: Value<'_>, principals: &mut Everybody) {
        for (number, team) in (0..).zip(document.list("teams")) {
            let holder = self.holder(team, Because::TeamGrant);
            principals.teams.push(holder);
            for user in team.list("members").filter_map(|member| member.text("user")) {
                let Some(person) = principals.people.get(user) else { continue };
                set(&mut principals.persons, person, |person| {
                    if person.teams.last() != Some(&number) {
                        person.teams.push(number);
                    }
                });
            }
        }
    }

    fn service_principals(&mut self, document: Value<'_>, principals: &mut Everybody) {
        for principal in document.list("servicePrincipals") {
            let holder = self.holder(principal, Because::ServicePrincipal);
            principals.service_principals.push(holder);
        }
    }

    /// Somebody with roles and direct grants.
    fn holder(&mut self, written: Value<'_>, because: Because) -> Holder {
        let roles = written.texts("roles").filter_map(|(_, id)| self.index.role(id)).map(as_u32).collect();
        Holder { roles, direct: self.direct(&[written], because), created: None }
    }

    fn tokens(&mut self, document: Value<'_>, settings: &Settings, principals: &mut Everybody) {
        let follows = self.catalog.tokens_follow_default_role;
        let fallback = as_u32(if follows { settings.default_role } else { self.catalog.member_role });
        for token in document.list("tokens") {
            let named = token.text("role").and_then(|id| self.index.role(id)).map(as_u32);
            let user = token.text("user").and_then(|user| principals.people.get(user));
            let team = token.text("team").and_then(|name| self.index.teams.get(name));
            let kind = match (token.text("kind"), user, team) {
                (Some(validate::PERSONAL), Some(user), _) => TokenKind::Personal(user),
                (Some(validate::TEAM), _, Some(team)) => TokenKind::Team(team),
                _ => TokenKind::Organization { role: named.unwrap_or(fallback), own: named.is_some() },
            };
            let expires = token.text("expiresAt").and_then(Instant::parse);
            principals.tokens.push(Token { kind, expires, created: None });
        }
    }

    /// What creators hold, as one source for each of them (CG-1, CG-2).
    fn creators(&mut self, document: Value<'_>, principals: &mut Everybody) {
        let mut created = Vec::new();
        for (number, entity) in (0..).zip(document.list("entities")) {
            if let Some(creator) = entity.text("creator").and_then(|text| self.creator(text, principals)) {
                created.push((creator, number));
            }
        }
        for of_one in sorted(created).chunk_by(|(a, _), (b, _)| a == b) {
            let mut draft = Draft::default();
            for (creator, entity) in of_one {
                self.created(*creator, *entity, &mut draft);
            }
            if draft.named.is_empty() {
                continue;
            }
            let source = Some(self.source(Label::Creator, draft));
            match of_one.first() {
                Some((Creator::Person(it), _)) => set(&mut principals.persons, *it, |it| it.created = source),
                Some((Creator::Token(it), _)) => set(&mut principals.tokens, *it, |it| it.created = source),
                Some((Creator::ServicePrincipal(it), _)) => {
                    set(&mut principals.service_principals, *it, |it| it.created = source);
                }
                None => {}
            }
        }
    }

    fn created(&self, creator: Creator, entity: u32, draft: &mut Draft<O>) {
        let because =
            if matches!(creator, Creator::Person(_)) { Because::Creator } else { Because::MachineCreator };
        let entity_type = self.entities.types.get(entity as usize);
        for set in self.catalog.creator_sets.iter().map(|set| as_u32(*set)) {
            if Some(&self.type_of_set(set)) == entity_type {
                draft.push(Grant { set, place: Place::Entity(entity), because }, O::default());
            }
        }
    }

    /// Whoever is named as a creator need not exist any more. A personal token counts as its user.
    fn creator(&self, text: &str, principals: &Everybody) -> Option<Creator> {
        let (kind, name) = text.split_once(':')?;
        let machines = self.catalog.machine_creators;
        match kind {
            "user" => {
                let person = principals.people.get(name)?;
                let member = principals.persons.get(person as usize)?.role.is_some();
                member.then_some(Creator::Person(person))
            }
            "token" => {
                let token = self.index.tokens.get(name)?;
                match principals.tokens.get(token as usize)?.kind {
                    TokenKind::Personal(person) => Some(Creator::Person(person)),
                    _ => machines.then_some(Creator::Token(token)),
                }
            }
            _ => {
                let principal = self.index.service_principals.get(name)?;
                machines.then_some(Creator::ServicePrincipal(principal))
            }
        }
    }
}

fn set<T>(items: &mut [T], number: u32, change: impl FnOnce(&mut T)) {
    if let Some(item) = items.get_mut(number as usize) {
        change(item);
    }
}
