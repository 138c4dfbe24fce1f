//! Members, teams, collaborators, tokens and service principals → who holds which sources.

use super::{Compiler, Draft, as_u32};
use crate::catalog::Because;
use crate::document::{Document, Field, Text};
use crate::names::sorted;
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

impl Compiler<'_> {
    pub(super) fn principals(&mut self, document: &Document<'_>, settings: &Settings) -> Principals {
        let mut principals = Principals {
            team_names: self.index.teams.clone(),
            token_names: self.index.tokens.clone(),
            service_principal_names: self.index.service_principals.clone(),
            ..Principals::default()
        };
        self.people(document, settings, &mut principals);
        self.teams(document, &mut principals);
        self.service_principals(document, &mut principals);
        self.tokens(document, settings, &mut principals);
        self.creators(document, &mut principals);
        principals
    }

    fn people(&mut self, document: &Document<'_>, settings: &Settings, principals: &mut Principals) {
        for member in &document.members {
            let named = member.role.text().and_then(|id| self.index.role(id));
            let role = Some(as_u32(named.unwrap_or(settings.default_role)));
            principals.people.intern(member.user.text().unwrap_or_default());
            principals.persons.push(Person { role, ..Person::default() });
        }
        let mut personal: Vec<Vec<_>> = document.members.iter().map(|member| vec![&*member.grants]).collect();
        for collaborator in &document.collaborators {
            let (person, new) = principals.people.insert(collaborator.user.text().unwrap_or_default());
            if new {
                principals.persons.push(Person::default());
                personal.push(Vec::new());
            }
            set(&mut personal, person, |grants| grants.push(&collaborator.grants));
        }
        for (person, grants) in principals.persons.iter_mut().zip(personal) {
            person.direct = self.direct(&grants, Because::PersonalGrant);
        }
    }

    fn teams(&mut self, document: &Document<'_>, principals: &mut Principals) {
        for (number, team) in (0..).zip(&document.teams) {
            let direct = self.direct(&[&team.grants], Because::TeamGrant);
            principals.teams.push(Holder { roles: self.roles(&team.roles), direct, created: None });
            for user in team.members.iter().filter_map(|(user, _)| user.text()) {
                let Some(person) = principals.people.get(user) else { continue };
                set(&mut principals.persons, person, |person| {
                    if person.teams.last() != Some(&number) {
                        person.teams.push(number);
                    }
                });
            }
        }
    }

    fn service_principals(&mut self, document: &Document<'_>, principals: &mut Principals) {
        for it in document.service_principals.get().into_iter().flatten() {
            let direct = self.direct(&[&it.grants], Because::ServicePrincipal);
            principals.service_principals.push(Holder {
                roles: self.roles(&it.roles),
                direct,
                created: None,
            });
        }
    }

    fn roles(&self, ids: &[Field<Text<'_>>]) -> Vec<u32> {
        ids.iter().filter_map(Field::text).filter_map(|id| self.index.role(id)).map(as_u32).collect()
    }

    fn tokens(&mut self, document: &Document<'_>, settings: &Settings, principals: &mut Principals) {
        let follows = self.catalog.tokens_follow_default_role;
        let fallback = as_u32(if follows { settings.default_role } else { self.catalog.member_role });
        for token in &document.tokens {
            let named = token.role.text().and_then(|id| self.index.role(id)).map(as_u32);
            let user = token.user.text().and_then(|user| principals.people.get(user));
            let team = token.team.text().and_then(|name| principals.team_names.get(name));
            let kind = match (token.kind.text(), user, team) {
                (Some(validate::PERSONAL), Some(user), _) => TokenKind::Personal(user),
                (Some(validate::TEAM), _, Some(team)) => TokenKind::Team(team),
                _ => TokenKind::Organization { role: named.unwrap_or(fallback), own: named.is_some() },
            };
            let expires = token.expires_at.text().and_then(Instant::parse);
            principals.tokens.push(Token { kind, expires, created: None });
        }
    }

    /// What creators hold, as one source for each of them (CG-1, CG-2).
    fn creators(&mut self, document: &Document<'_>, principals: &mut Principals) {
        let mut created = Vec::new();
        for (number, entity) in (0..).zip(&document.entities) {
            let written = entity.more.as_ref().and_then(|more| more.creator.text());
            if let Some(creator) = written.and_then(|text| self.creator(text, principals)) {
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

    fn created(&self, creator: Creator, entity: u32, draft: &mut Draft) {
        let because =
            if matches!(creator, Creator::Person(_)) { Because::Creator } else { Because::MachineCreator };
        let entity_type = self.entities.types.get(entity as usize);
        for set in self.catalog.creator_sets.iter().map(|set| as_u32(*set)) {
            if Some(&self.type_of_set(set)) == entity_type {
                draft.push(Grant { set, place: Place::Entity(entity), because });
            }
        }
    }

    /// Whoever is named as a creator need not exist any more. A personal token counts as its user.
    fn creator(&self, text: &str, principals: &Principals) -> Option<Creator> {
        let (kind, name) = text.split_once(':')?;
        let machines = self.catalog.machine_creators;
        match kind {
            "user" => {
                let person = principals.people.get(name)?;
                let member = principals.persons.get(person as usize)?.role.is_some();
                member.then_some(Creator::Person(person))
            }
            "token" => {
                let token = principals.token_names.get(name)?;
                match principals.tokens.get(token as usize)?.kind {
                    TokenKind::Personal(person) => Some(Creator::Person(person)),
                    _ => machines.then_some(Creator::Token(token)),
                }
            }
            _ => {
                let principal = principals.service_principal_names.get(name)?;
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
