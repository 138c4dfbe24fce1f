//! What a careful reader would say about a valid document: grants that give nothing, names that name nothing, and who
//! may come to more than was given to them.
//!
//! Every finding is proven by the engine's own evaluation, for all that the document lists and for whatever else may
//! come: nothing is guessed from names or numbers. What each code claims stands in `docs/lints.md`.

mod conditions;
mod found;
mod holder;
mod judge;
mod names;
mod pairs;
mod reach;
mod redundant;
mod runs;
mod settings;
mod study;
mod tags;
mod unused;
mod worlds;

use std::fmt;

use serde::{Serialize, Serializer};

use crate::catalog::Catalog;
use crate::compile;
use crate::organization;
use crate::problem::Invalid;
use crate::time::Instant;
use crate::validate::Checked;
use found::Found;
use study::Study;

/// Something about a valid document that an administrator may want to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Finding {
    /// What kind of finding it is, for programs.
    pub code: Lint,
    /// How serious it is: that of its code.
    pub severity: Severity,
    /// Where: `roles[3].rules[0].on`.
    pub path: String,
    /// The line in the text, from 1.
    pub line: usize,
    /// The column in the line, from 1, in characters.
    pub column: usize,
    /// What it is and what to do, in one sentence for people.
    pub message: String,
    /// What else it is about: places, principals, entities, each as it is written; at most 1,000 of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
}

/// How serious a finding is, the most serious first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something that is meant to work does not.
    Error,
    /// Somebody may come to more than was meant, or something gives less.
    Warning,
    /// Nothing changes when it goes away.
    Note,
}

impl Severity {
    /// Every severity, the most serious first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// The severity as it is written: `warning`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! lints {
    ($(#[doc = $summary:literal] $name:ident = $text:literal, $severity:ident;)*) => {
        /// The kinds of finding. `docs/lints.md` has a section on each, under its code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Lint { $(#[doc = $summary] $name,)* }

        impl Lint {
            /// Every code, the most serious first.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as it is written: `unused_role`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// How serious its findings are.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// What it finds, in a line.
            pub fn summary(self) -> &'static str {
                let line = match self { $(Self::$name => $summary,)* };
                line.trim()
            }
        }
    };
}

lints! {
    /// A stack whose deployments are refused, or may not do what they need.
    DeploymentFails = "deployment_fails", Error;
    /// Somebody may change the tags on which a grant rests, and so come to what it gives.
    TagEscalation = "tag_escalation", Warning;
    /// Somebody may run code in a stack's deployments, which open environments that they may not open themselves.
    EnvironmentByStack = "environment_by_stack", Warning;
    /// A node of a role tree that no condition on an entity binds gives scopes of several entity types everywhere.
    ReachesOtherType = "reaches_other_type", Warning;
    /// A condition that can never hold, or a scope that the conditions around it never give.
    DeadGrant = "dead_grant", Warning;
    /// A condition on tags that no listed entity meets.
    UnmetCondition = "unmet_condition", Warning;
    /// A test of a tag that no listed entity of the type has.
    UnknownTag = "unknown_tag", Warning;
    /// A literal of a role tree that names no entity and no team.
    UnknownLiteral = "unknown_literal", Warning;
    /// A token with which every request is refused.
    TokenRefused = "token_refused", Warning;
    /// A rule, a role of a holder or a direct grant whose removal changes nothing for anybody.
    RedundantGrant = "redundant_grant", Note;
    /// Members of a team to whom it gives nothing that they do not hold otherwise.
    RedundantMembership = "redundant_membership", Note;
    /// An organization-wide setting that changes nothing for anybody.
    IdleSetting = "idle_setting", Note;
    /// A role that nobody has, or a policy that nothing composes.
    UnusedRole = "unused_role", Note;
    /// A permission set that nothing gives.
    UnusedSet = "unused_set", Note;
    /// A team by which nobody acts.
    UnusedTeam = "unused_team", Note;
    /// A role that gives the same as another.
    EqualRole = "equal_role", Note;
    /// A permission set with the same scopes as another.
    EqualSet = "equal_set", Note;
    /// A rule, a grant or a literal for an entity that is not among those that are listed.
    UnlistedEntity = "unlisted_entity", Note;
    /// A token that never expires.
    TokenWithoutExpiry = "token_without_expiry", Note;
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Lint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Reads an organization document and tells what a careful reader would say about it, the most serious first and in
/// the order of the document.
///
/// The time says which tokens still work; without one, nothing is said about those that can expire, and they count as
/// expired where something else is said.
///
/// ```
/// let document = std::fs::read("examples/acme.json")?;
/// let now = std::time::SystemTime::now().into();
/// assert!(scopewise::lint(document, Some(now))?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`Organization::parse`](crate::Organization::parse).
pub fn lint(document: impl AsRef<[u8]>, at: Option<Instant>) -> Result<Vec<Finding>, Invalid> {
    organization::read(document.as_ref(), None, |checked, catalog| look_through(checked, catalog, at))
}

/// What a careful reader would say about a document for a catalog of one's own: see [`lint`].
///
/// # Errors
///
/// As [`Organization::parse_with`](crate::Organization::parse_with).
pub fn lint_with(
    catalog: &Catalog,
    document: impl AsRef<[u8]>,
    at: Option<Instant>,
) -> Result<Vec<Finding>, Invalid> {
    organization::read(document.as_ref(), Some(catalog), |checked, catalog| {
        look_through(checked, catalog, at)
    })
}

fn look_through(checked: Checked<'_>, catalog: Catalog, at: Option<Instant>) -> Vec<Finding> {
    let document = checked.document;
    let (organization, origins) = compile::traced(checked, catalog);
    look(&Study::new(document, &organization, &origins, at))
}

fn look(study: &Study<'_>) -> Vec<Finding> {
    let mut found = Found::default();
    names::look(study, &mut found);
    conditions::look(study, &mut found);
    let gone = settings::look(study, &mut found);
    redundant::look(study, &gone, &mut found);
    unused::look(study, &mut found);
    runs::look(study, &mut found);
    reach::look(study, &mut found);
    tags::look(study, &mut found);
    found.into_findings(study.document)
}
