//! Two documents of one organization: who gains and who loses which scopes on which entities, and by what.
//!
//! Every decision is looked at, none is sampled, and what is told can be expanded to exactly the decisions that
//! change. What the documents decide is asked of the evaluator; nothing is decided here.

mod cause;
mod compare;
mod effect;
mod guard;
mod pair;
mod places;
mod portrait;
mod runs;
mod shift;
mod sites;
mod tags;
mod tell;
mod universe;

use std::borrow::Cow;

use serde::{Serialize, Serializer};

pub use guard::{Breach, Guard};
pub use places::Places;

use compare::Comparison;
use pair::Pair;
use universe::Universe;

use crate::decide::Effect;
use crate::explain::{Blocker, ExplainedGrant, TagTest};
use crate::json::excerpt;
use crate::organization::Organization;
use crate::request::RequestError;
use crate::time::Instant;

/// The stack that a deployment deploys, as a place and as a way.
const OWN_STACK: &str = "own-stack";

/// What changes from one document to another.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Diff<'o> {
    /// What principals gain and lose; those to whom the same happens stand together.
    pub changes: Vec<PrincipalChange<'o>>,
    /// Deployments whose runs act as somebody else.
    pub runs: Vec<RunChange<'o>>,
    /// Conditions that differ and have more cases than are tried: under some tags decisions may change.
    pub conditions: Vec<ConditionChange<'o>>,
    /// What has another name and is the same by its id. No change by itself.
    pub renamed: Vec<Rename<'o>>,
    /// How much that is.
    pub totals: Totals,
    /// What somebody gains of what guards name: of none, unless [`Diff::guarded_by`] was asked.
    pub guarded: Vec<Breach<'o>>,
}

impl Diff<'_> {
    /// Whether every decision stays what it is.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.runs.is_empty() && self.conditions.is_empty()
    }
}

/// What some principals gain and lose.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PrincipalChange<'o> {
    /// Users, teams, service principals, tokens, then deployments that start by themselves, each by name.
    /// `deployment:*` is that of any stack that neither document knows.
    pub principals: Vec<String>,
    /// Gains first.
    pub effects: Vec<EffectChange<'o>>,
}

/// Scopes whose effect changes alike, on every entity where it does, by the same cause.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EffectChange<'o> {
    /// The effect by the document before.
    pub before: Effect,
    /// The effect by the document after.
    pub after: Effect,
    /// Seconds for which something may stay open, where the effect is allow and there is a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_open_seconds: Option<Limits>,
    /// The type of the scopes and the entities.
    pub entity_type: &'o str,
    /// The scopes, sorted.
    pub scopes: Vec<&'o str>,
    /// What people call these scopes, as what comes to or goes from those that are held anyway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<NamedSet<'o>>,
    /// Where.
    pub on: Places<'o>,
    /// These are all entities of the type: those that a document knows, and all others.
    #[serde(skip_serializing_if = "is_false")]
    pub everywhere: bool,
    /// The stack that each deployment deploys is not among them, wherever it stands in `on`.
    #[serde(skip_serializing_if = "is_false")]
    pub but_own_stack: bool,
    /// The ways by which it is granted where more is allowed, from the principal outward: `team:platform`,
    /// `role:deployer`. A direct grant ends in `grant`.
    pub by: Vec<Vec<String>>,
    /// What stands in the way where less is allowed, beside that nothing grants it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_by: Option<Blocker>,
    /// The teams by which alone it comes, and to which the same happens: told there, it need not be told here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub told_at: Vec<String>,
}

impl EffectChange<'_> {
    /// Whether more is allowed than before: allow where it was unknown or deny, unknown where it was deny, or for
    /// longer.
    pub fn is_gain(&self) -> bool {
        let level =
            |effect| [Effect::Deny, Effect::Unknown, Effect::Allow].iter().position(|it| *it == effect);
        let longest = |seconds: Option<u64>| seconds.unwrap_or(u64::MAX);
        let limits = self.max_open_seconds.unwrap_or_default();
        (level(self.after), longest(limits.after)) > (level(self.before), longest(limits.before))
    }
}

/// Where something changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Where<'o> {
    /// On an entity, as it is listed or named. Written as its name.
    Entity(Cow<'o, str>),
    /// On an entity that has another name in each document and the same id. Written `{"before", "after"}`.
    Renamed {
        /// Its name in the document before.
        before: Cow<'o, str>,
        /// Its name in the document after.
        after: Cow<'o, str>,
    },
    /// On every entity of the type that neither document knows, and whose tags are not known. Written `{"other"}`,
    /// which is the type.
    Other(&'o str),
    /// On every entity of the type that neither document knows and whose tags are these. Written `{"other", "tags"}`.
    OtherTagged(&'o str, Vec<TagTest>),
    /// On an entity, if a request brings these tags of it. Written `{"entity", "tags"}`.
    Tagged(Cow<'o, str>, Vec<TagTest>),
    /// On the stack that each of the deployments deploys. Written `own-stack`.
    OwnStack,
}

impl Serialize for Where<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let (fields, tags): (&[(&str, &str)], _) = match self {
            Self::Entity(entity) => return serializer.serialize_str(entity),
            Self::OwnStack => return serializer.serialize_str(OWN_STACK),
            Self::Renamed { before, after } => (&[("before", before), ("after", after)], None),
            Self::Other(entity_type) => (&[("other", entity_type)], None),
            Self::OtherTagged(entity_type, tags) => (&[("other", entity_type)], Some(tags)),
            Self::Tagged(entity, tags) => (&[("entity", entity)], Some(tags)),
        };
        let mut map = serializer.serialize_map(Some(fields.len() + tags.iter().len()))?;
        for (name, value) in fields {
            map.serialize_entry(name, value)?;
        }
        if let Some(tags) = tags {
            map.serialize_entry("tags", tags)?;
        }
        map.end()
    }
}

/// For how long something may stay open, in seconds; without a limit where there is nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Limits {
    /// By the document before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// By the document after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// What people call scopes that come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NamedSet<'o> {
    /// The id of a permission set; `*` for everything that the type has.
    pub id: &'o str,
    /// Its name.
    pub name: &'o str,
}

/// Deployments whose runs act as somebody else.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RunChange<'o> {
    /// `deployment:web/prod`.
    pub deployments: Vec<String>,
    /// What starts such a run.
    pub started: Started,
    /// Whom it acted as: `token:ci`, `role:deployer`, `stack-token`, or `starter` for whoever starts it. Nothing
    /// where it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Whom it acts as now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Where the starter makes room for somebody else or comes back, what that one may do: beyond the starter, who
    /// counts for nothing here. Where it starts by itself, what it gains and loses stands among the changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<EffectChange<'o>>,
}

/// How a run starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Started {
    /// However it starts.
    Any,
    /// By a push, a pull request or a schedule.
    ByItself,
    /// By a call or a button.
    ByHand,
}

/// Conditions of some principals that differ, and that are too many to try.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConditionChange<'o> {
    /// Whom they concern.
    pub principals: Vec<String>,
    /// The type of the entities.
    pub entity_type: &'o str,
    /// What they may give by the document after, sorted.
    pub scopes: Vec<&'o str>,
    /// The grants under conditions that the other document does not have so.
    pub before: Vec<ExplainedGrant>,
    /// Those of the document after.
    pub after: Vec<ExplainedGrant>,
}

/// Something that is the same by its id and has another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Rename<'o> {
    /// `entity`, `role` or `permission-set`.
    pub kind: &'static str,
    /// The id.
    pub id: &'o str,
    /// The name in the document before.
    pub before: Cow<'o, str>,
    /// The name in the document after.
    pub after: Cow<'o, str>,
}

/// How much changes: each scope of each principal on each entity counts one. All entities of a type that neither
/// document knows count as one; what is told only of tags that a request may bring does not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// Decisions that allow more than before.
    pub gained: usize,
    /// Decisions that allow less.
    pub lost: usize,
    /// Principals for whom something changes.
    pub principals: usize,
}

impl Organization {
    /// What changes for whom, if another document takes the place of this one.
    ///
    /// Every principal of either document is looked at, and the deployment of every stack, on every entity that a
    /// document lists or names, on the organization itself, and on all others of each type, whatever their tags.
    /// The time decides about tokens; without one, a token that can expire counts as expired.
    ///
    /// ```
    /// # use scopewise::Organization;
    /// let text = std::fs::read_to_string("examples/acme.json")?;
    /// let before = Organization::parse(&text)?;
    /// let after = Organization::parse(text.replace("stack-write", "stack-admin"))?;
    /// let diff = before.diff(&after, None)?;
    /// let [of_bob, of_team] = &*diff.changes else { panic!("a team and its member gain") };
    /// assert_eq!((&*of_bob.principals[0], &*of_team.principals[0]), ("user:bob", "team:platform"));
    /// assert_eq!(of_bob.effects[0].scopes, ["stack:rename", "stack_access:update"]);
    /// assert_eq!(of_bob.effects[0].told_at, ["team:platform"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Documents of two organizations, which have nothing in common.
    pub fn diff<'o>(&'o self, after: &'o Self, at: Option<Instant>) -> Result<Diff<'o>, RequestError> {
        if self.name != after.name {
            let (before, after) = (excerpt(&self.name), excerpt(&after.name));
            let message = format!("`{before}` and `{after}` are two organizations: compare documents of one");
            return Err(RequestError::new(message));
        }
        let universe = Universe::new(Pair { before: self, after }, at);
        Ok(Comparison::new(&universe).tell())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(value: &bool) -> bool {
    !value
}
