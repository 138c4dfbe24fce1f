//! What a suggestion consists of: plain values, as answers print them and documents write them.

use std::fmt;

use serde::{Serialize, Serializer};

/// What gives all that is needed and the least beyond it: a role, or where no role can be made, direct grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Suggestion {
    /// The answer in one sentence.
    pub sentence: String,
    /// The id of the role to give.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What is given beyond the needs; nothing where they cannot be met at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surplus: Option<Surplus>,
    /// What the document lacks; nothing where the role is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub add: Option<Addition>,
    /// Why no new role was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_new_role: Option<String>,
    /// Every role of the organization that gives all that is needed, the least one first.
    pub existing: Vec<Fitting>,
    /// What is needed, each thing once, in the order of entities and scopes.
    pub needs: Vec<ScopeOn>,
    /// The organization lets no token live longer than so many days: a new one needs an end (TK-14).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_max_lifetime_days: Option<u32>,
}

/// How much more is given than is needed. Compared by the entities that are there, then by those to come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Surplus {
    /// Pairs of scope and entity, over the entities that the document lists or the needs name.
    pub pairs: usize,
    /// Scopes, of all entity types together, that hold on every entity that is not listed.
    pub to_come: usize,
}

/// A role that is there and fits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Fitting {
    /// What it gives beyond what is needed.
    pub surplus: Surplus,
    /// Its id.
    pub role: String,
}

/// A scope on an entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct ScopeOn {
    /// `TYPE:PATH`, or `TYPE:*` for all entities of the type.
    pub entity: String,
    /// `object:action`.
    pub scope: String,
}

/// What is to be added to an organization document, in its own format.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Addition {
    /// Permission sets that are not there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub permission_sets: Vec<AddedSet>,
    /// The role.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<AddedRole>,
    /// In the place of a role: grants for a team, a member or a service principal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<AddedGrant>,
}

/// A permission set as a document writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AddedSet {
    /// By which rules name it.
    pub id: String,
    /// By which people name it.
    pub name: String,
    /// The type of all its scopes.
    pub entity_type: String,
    /// In the order of their names.
    pub scopes: Vec<String>,
}

/// A role as a document writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AddedRole {
    /// By which documents name it.
    pub id: String,
    /// By which people name it.
    pub name: String,
    /// What it gives on entities.
    pub rules: Vec<AddedRule>,
    /// Sets that it gives on the organization.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub organization_access: Vec<String>,
}

/// A rule of a role as a document writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AddedRule {
    /// The id of a set.
    pub permission_set: String,
    /// Where it holds.
    pub on: RuleOn,
}

/// A direct grant as a document writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AddedGrant {
    /// `TYPE:PATH`.
    pub entity: String,
    /// The id of a set.
    pub permission_set: String,
}

/// Where a suggested rule holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleOn {
    /// On all entities of the type of its set, those to come included.
    All,
    /// On these entities.
    Entities(Vec<String>),
}

impl Serialize for RuleOn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Entities(entities) => entities.serialize(serializer),
        }
    }
}

impl Surplus {
    /// Nothing more than is needed is given, now or to come.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

impl fmt::Display for Surplus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pairs, scopes) = (counted(self.pairs, "pair"), counted(self.to_come, "scope"));
        match (self.pairs, self.to_come) {
            (0, 0) => f.write_str("nothing beyond it"),
            (_, 0) => write!(f, "{pairs} of scope and entity beyond it"),
            (0, _) => write!(f, "{scopes} on entities to come beyond it"),
            _ => write!(f, "{pairs} of scope and entity and {scopes} on entities to come beyond it"),
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
