//! Who there is: every principal of a document, as a number, a name, and what it holds.

use std::borrow::Cow;

use crate::access::Access;
use crate::names::as_u32;
use crate::organization::{Label, Organization, TokenKind};
use crate::request::PrincipalName;

/// A principal that the document lists. In this order they are gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    User(u32),
    Team(u32),
    ServicePrincipal(u32),
    Token(u32),
}

/// The words for the kinds of principals, in that order.
pub(crate) const KINDS: [&str; 4] = ["user", "team", "service-principal", "token"];

impl Who {
    /// The position of its kind among [`KINDS`].
    pub(crate) fn kind(self) -> usize {
        match self {
            Self::User(_) => 0,
            Self::Team(_) => 1,
            Self::ServicePrincipal(_) => 2,
            Self::Token(_) => 3,
        }
    }
}

impl Organization {
    /// The names of everybody in the document: members and collaborators, teams, service principals, tokens.
    pub fn principals(&self) -> Vec<String> {
        self.everyone().map(|who| self.name_of(who)).collect()
    }

    /// The ids of the roles that may be given to somebody, built-in ones first.
    pub fn roles(&self) -> Vec<String> {
        let roles = self.sources.iter().filter_map(|source| match &source.label {
            Label::Role(id) => Some(id.to_string()),
            _ => None,
        });
        roles.collect()
    }

    /// The ids of the permission sets, default ones first.
    pub fn permission_sets(&self) -> Vec<String> {
        self.sets.iter().filter_map(|set| set.id.as_deref()).map(Into::into).collect()
    }

    /// The entities that the document lists: in its order, of a bundle in that of their names.
    pub fn listed_entities(&self) -> Vec<String> {
        self.entities.listed().map(|(number, _)| self.entities.names.name(number).into_owned()).collect()
    }

    /// Every principal of the document: members and collaborators, teams, service principals, tokens.
    pub(crate) fn everyone(&self) -> impl Iterator<Item = Who> {
        let principals = &self.principals;
        let users = (0..as_u32(principals.persons.len())).map(Who::User);
        let teams = (0..as_u32(principals.teams.len())).map(Who::Team);
        let machines = (0..as_u32(principals.service_principals.len())).map(Who::ServicePrincipal);
        let tokens = (0..as_u32(principals.tokens.len())).map(Who::Token);
        users.chain(teams).chain(machines).chain(tokens)
    }

    /// The principal of that name; nobody where it is a deployment.
    pub(crate) fn who(&self, name: &PrincipalName<'_>) -> Option<Who> {
        let principals = &self.principals;
        match name {
            PrincipalName::User(login) => principals.people.get(login).map(Who::User),
            PrincipalName::Team(name) => principals.team_names.get(name).map(Who::Team),
            PrincipalName::ServicePrincipal(name) => {
                principals.service_principal_names.get(name).map(Who::ServicePrincipal)
            }
            PrincipalName::Token(name) => principals.token_names.get(name).map(Who::Token),
            PrincipalName::Deployment(_) => None,
        }
    }

    /// Whether it is a collaborator, or a token of one: somebody who holds something and is no member.
    pub(crate) fn is_collaborator(&self, name: &str) -> bool {
        let person = match PrincipalName::parse(name).ok().and_then(|name| self.who(&name)) {
            Some(Who::User(person)) => Some(person),
            Some(Who::Token(token)) => match self.principals.tokens.get(token as usize).map(|it| it.kind) {
                Some(TokenKind::Personal(person)) => Some(person),
                _ => None,
            },
            _ => None,
        };
        let person = person.and_then(|it| self.principals.persons.get(it));
        person.is_some_and(|person| person.role.is_none())
    }

    /// Everything that a principal holds.
    pub(crate) fn access_of(&self, who: Who) -> Access {
        match who {
            Who::User(number) => self.access_of_person(number),
            Who::Team(number) => self.access_of_team_number(number),
            Who::ServicePrincipal(number) => self.access_of_service_principal_number(number),
            Who::Token(number) => self.access_of_token_number(number),
        }
    }

    /// The name by which a principal is asked about: `user:bob`.
    pub(crate) fn name_of(&self, who: Who) -> String {
        let (word, name) = self.word_and_name(who);
        format!("{word}:{name}")
    }

    /// The kind of a principal as requests write it, and its own name.
    pub(crate) fn word_and_name(&self, who: Who) -> (&'static str, Cow<'_, str>) {
        let principals = &self.principals;
        match who {
            Who::User(number) => ("user", principals.people.name(number)),
            Who::Team(number) => ("team", principals.team_names.name(number)),
            Who::ServicePrincipal(number) => {
                ("service-principal", principals.service_principal_names.name(number))
            }
            Who::Token(number) => ("token", principals.token_names.name(number)),
        }
    }
}
