//! Who there is: every principal of a document, as a number, a name, and what it holds.

use crate::access::Access;
use crate::names::as_u32;
use crate::organization::Organization;

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
    /// Every principal of the document: members and collaborators, teams, service principals, tokens.
    pub(crate) fn everyone(&self) -> impl Iterator<Item = Who> {
        let principals = &self.principals;
        let users = (0..as_u32(principals.persons.len())).map(Who::User);
        let teams = (0..as_u32(principals.teams.len())).map(Who::Team);
        let machines = (0..as_u32(principals.service_principals.len())).map(Who::ServicePrincipal);
        let tokens = (0..as_u32(principals.tokens.len())).map(Who::Token);
        users.chain(teams).chain(machines).chain(tokens)
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
    pub(crate) fn word_and_name(&self, who: Who) -> (&'static str, &str) {
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
