//! What would turn a deny or an unknown into an allow: changes as values, the one that adds least power first.
//!
//! Nothing is decided here. A change is tried by asking the evaluator about an access, or about tags, as they would
//! be; what it gives is counted by what everyone may do before and after.

mod case;
mod offers;
mod power;
mod runs;
mod tags;
mod words;

use std::rc::Rc;

use serde::{Serialize, Serializer};

use crate::access::Access;
use crate::decide::Reason;
use crate::deployment::Run;
use crate::holdings::{Inventory, Shares};
use crate::names::by_key;
use crate::organization::{Organization, TokenKind};
use crate::request::{PrincipalName, Trigger};
use crate::roster::Who;
use crate::standing::Question;

use case::Case;

/// A change after which the request is allowed, and what else comes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Remedy {
    /// What is to be changed.
    #[serde(flatten)]
    pub change: Change,
    /// The added power: how many pairs of scope and entity are allowed then that are not now, over the listed
    /// entities, the organization and the entity of the request, summed over everyone whom the change reaches.
    pub gains: u64,
    /// How many pairs are allowed now and not then: a role that is replaced takes its own away.
    pub loses: u64,
    /// What to do, in words.
    pub sentence: String,
}

/// One thing of a document, or of a request, that can be another. Principals are written as requests name them,
/// everything else as the document does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Change {
    /// Give a role that exists. A member and an organization token have one, whose place it takes; a team and a
    /// service principal have it beside their others.
    AssignRole {
        /// `user:bob`, `team:platform`, `service-principal:runner`, `token:ci`.
        to: String,
        /// The id of the role.
        role: String,
        /// The role whose place it takes.
        #[serde(skip_serializing_if = "Option::is_none")]
        replaces: Option<String>,
    },
    /// Make a member part of a team.
    JoinTeam {
        /// `user:bob`.
        user: String,
        /// `team:platform`.
        team: String,
    },
    /// Grant a default or custom permission set directly, on the entity of the request alone.
    GrantSet {
        /// `user:bob`, `team:platform`, `service-principal:runner`.
        to: String,
        /// `TYPE:PATH`.
        entity: String,
        /// The id of the set.
        permission_set: String,
        /// The level of the entity's type that gives this set, if one does.
        #[serde(skip_serializing_if = "Option::is_none")]
        level: Option<String>,
    },
    /// Turn an organization-wide setting on.
    TurnOn {
        /// Its field.
        setting: String,
    },
    /// Raise a default level.
    RaiseLevel {
        /// Its field.
        setting: String,
        /// The lowest level that does it.
        level: String,
    },
    /// Ask with another token.
    UseToken {
        /// `token:ci`.
        token: String,
    },
    /// Bring the tags of an entity that the document does not list, with the request or by listing it: these, and no
    /// others.
    GiveTags {
        /// `TYPE:PATH`.
        entity: String,
        /// The tags.
        #[serde(serialize_with = "object")]
        tags: Vec<(String, String)>,
        /// Those of them whose value is an example: any that nothing tests for does.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        free: Vec<String>,
    },
    /// Change the tags of an entity: those of the request where it brought them, else those of the document.
    SetTags {
        /// `TYPE:PATH`.
        entity: String,
        /// Tags to add or to change.
        #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "object")]
        set: Vec<(String, String)>,
        /// Tags to take away.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        remove: Vec<String>,
        /// Those of `set` whose value is an example: any that nothing tests for does.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        free: Vec<String>,
    },
    /// Give the deployments of a stack a role.
    SetDeploymentRole {
        /// `stack:ORG/PROJECT/STACK`.
        stack: String,
        /// The id of the role.
        role: String,
        /// The stack's role whose place it takes.
        #[serde(skip_serializing_if = "Option::is_none")]
        replaces: Option<String>,
    },
    /// Give a role to the deployments of all stacks whose settings choose nothing.
    SetDefaultDeploymentRole {
        /// The id of the role.
        role: String,
        /// The default role whose place it takes.
        #[serde(skip_serializing_if = "Option::is_none")]
        replaces: Option<String>,
    },
    /// Let the deployments of a stack run as somebody. An access token goes, for the two refuse each other.
    SetRunAs {
        /// `stack:ORG/PROJECT/STACK`.
        stack: String,
        /// `team:platform`, `service-principal:runner`.
        run_as: String,
        /// The identity and the token whose place it takes.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        replaces: Vec<String>,
    },
    /// Let the deployments of a stack use an access token. A chosen identity goes, for the two refuse each other.
    SetAccessToken {
        /// `stack:ORG/PROJECT/STACK`.
        stack: String,
        /// `token:ci`.
        access_token: String,
        /// The identity and the token whose place it takes.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        replaces: Vec<String>,
    },
    /// Take the access token out of the settings of a stack's deployments.
    RemoveAccessToken {
        /// `stack:ORG/PROJECT/STACK`.
        stack: String,
        /// `token:ci`.
        access_token: String,
    },
}

/// Who asks, as far as something can be changed for it.
#[derive(Debug, Clone)]
pub(crate) enum Asker<'a> {
    /// Somebody of the document.
    Somebody(Who),
    Run(Run<'a>),
}

/// A question that may have been answered by something else than allow.
#[derive(Debug)]
pub(crate) struct Asking<'a> {
    pub(crate) asker: Asker<'a>,
    pub(crate) access: &'a Access,
    pub(crate) question: Question<'a>,
    pub(crate) scope: &'a str,
    /// The tags that came with it.
    pub(crate) brought: Option<&'a [(String, String)]>,
}

/// Finds remedies. What it learns of an organization serves for the next question.
#[derive(Debug)]
pub(crate) struct Counsel<'o> {
    organization: &'o Organization,
    shares: Option<Shares<'o>>,
    /// The listed stacks whose settings leave it to the organization whom a run acts as.
    free_stacks: Option<Rc<[u32]>>,
}

impl Organization {
    /// Who asks by that name, if the document has it.
    pub(crate) fn asker<'a>(
        &'a self,
        name: PrincipalName<'a>,
        trigger: Option<&'a Trigger>,
    ) -> Option<Asker<'a>> {
        match name {
            PrincipalName::Deployment(stack) => {
                trigger.map(|trigger| Asker::Run(Run::new(self, stack, trigger)))
            }
            name => self.who(&name).map(Asker::Somebody),
        }
    }

    /// Who holds what somebody holds: of a token its user or its team, of an organization token itself.
    fn holder_behind(&self, who: Who) -> Who {
        let Who::Token(number) = who else { return who };
        match self.principals.tokens.get(number as usize).map(|token| token.kind) {
            Some(TokenKind::Personal(person)) => Who::User(person),
            Some(TokenKind::Team(team)) => Who::Team(team),
            _ => who,
        }
    }
}

impl<'o> Counsel<'o> {
    pub(crate) fn new(organization: &'o Organization) -> Self {
        Self { organization, shares: None, free_stacks: None }
    }

    /// What would turn the answer into allow, the least added power first; nothing beside an allow, and an empty list
    /// where no single change does.
    pub(crate) fn remedies(&mut self, asking: &Asking<'_>) -> Option<Vec<Remedy>> {
        let decision = self.organization.decide_scope(asking.access, &asking.question, asking.scope);
        if decision.is_allow() {
            return None;
        }
        let scope = self.organization.catalog.scope(asking.question.subject.entity_type, asking.scope);
        let Some(scope) = scope.filter(|_| can_be_helped(decision.reason)) else { return Some(Vec::new()) };
        let case = Case::new(self.organization, asking, scope);
        let mut remedies = Vec::new();
        for offers in case.offers() {
            remedies.extend(self.least(&case, offers));
        }
        if matches!(decision.reason, Reason::NotGranted | Reason::NeedsTags) {
            remedies.extend(case.by_tags());
        }
        Some(in_order(remedies))
    }

    /// What is known of everything that everybody holds.
    fn shares(&mut self) -> &mut Shares<'o> {
        let organization = self.organization;
        self.shares.get_or_insert_with(|| Shares::new(Inventory::new(organization)))
    }
}

/// Whether a change of the document could help at all. Nobody, nothing, and what belongs to others stay what they are.
fn can_be_helped(reason: Reason) -> bool {
    !matches!(
        reason,
        Reason::UnknownPrincipal | Reason::UnknownScope | Reason::WrongEntityType | Reason::OtherOrganization
    )
}

fn in_order(remedies: Vec<Remedy>) -> Vec<Remedy> {
    let keyed = remedies.into_iter().map(|it| ((it.gains, it.sentence.clone()), it));
    by_key(keyed.collect()).collect()
}

/// Keys and values as one object.
fn object<S: Serializer>(members: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(members.iter().map(|(key, value)| (key, value)))
}
