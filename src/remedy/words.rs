//! Remedies in words: what to do, with every name.

use std::fmt;

use super::power::Power;
use super::{Change, Remedy};
use crate::json::excerpt;

impl Remedy {
    pub(super) fn new(change: Change, power: Power) -> Self {
        let sentence = change.to_string();
        Self { change, gains: power.gains, loses: power.loses, sentence }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AssignRole { to, role, replaces } => {
                write!(f, "give {} the role {}{}", Name(to), Name(role), InPlaceOf(replaces.as_slice()))
            }
            Self::JoinTeam { user, team } => write!(f, "add {} to {}", Name(user), Name(team)),
            Self::GrantSet { to, entity, permission_set, .. } => {
                let (to, set, entity) = (Name(to), Name(permission_set), Name(entity));
                write!(f, "grant {to} the permission set {set} on {entity}")
            }
            Self::TurnOn { setting } => write!(f, "turn on the setting {}", Name(setting)),
            Self::RaiseLevel { setting, level } => {
                write!(f, "raise the setting {} to {}", Name(setting), Name(level))
            }
            Self::UseToken { token } => write!(f, "use {}", Name(token)),
            Self::GiveTags { entity, tags, .. } if tags.is_empty() => {
                write!(f, "say that {} has no tags", Name(entity))
            }
            Self::GiveTags { entity, tags, free } => {
                let tags = tags.iter().map(|tag| format!("{} is {}", Name(&tag.0), Value::of(tag, free)));
                write!(f, "give the tags of {}: {}", Name(entity), listed(tags))
            }
            Self::SetTags { entity, set, remove, free } => {
                let set =
                    set.iter().map(|tag| format!("set the tag {} to {}", Name(&tag.0), Value::of(tag, free)));
                let remove = remove.iter().map(|key| format!("remove the tag {}", Name(key)));
                write!(f, "on {}, {}", Name(entity), listed(set.chain(remove)))
            }
            Self::SetDeploymentRole { stack, role, replaces } => {
                let (stack, role, old) = (Name(stack), Name(role), InPlaceOf(replaces.as_slice()));
                write!(f, "give the deployments of {stack} the role {role}{old}")
            }
            Self::SetDefaultDeploymentRole { role, replaces } => {
                let (role, old) = (Name(role), InPlaceOf(replaces.as_slice()));
                write!(f, "make {role} the default role of deployments{old}")
            }
            Self::SetRunAs { stack, run_as, replaces } => {
                let (stack, run_as, old) = (Name(stack), Name(run_as), InPlaceOf(replaces));
                write!(f, "let the deployments of {stack} run as {run_as}{old}")
            }
            Self::SetAccessToken { stack, access_token, replaces } => {
                let (stack, token, old) = (Name(stack), Name(access_token), InPlaceOf(replaces));
                write!(f, "let the deployments of {stack} use {token}{old}")
            }
            Self::RemoveAccessToken { stack, access_token } => {
                write!(f, "take {} out of the deployment settings of {}", Name(access_token), Name(stack))
            }
        }
    }
}

/// A name of the document as a sentence has it.
struct Name<'n>(&'n str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", excerpt(self.0))
    }
}

/// What goes.
struct InPlaceOf<'n>(&'n [String]);

impl fmt::Display for InPlaceOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = std::iter::once(" in place of ").chain(std::iter::repeat(" and "));
        self.0.iter().zip(before).try_for_each(|(name, before)| write!(f, "{before}{}", Name(name)))
    }
}

/// The value of a tag, or any.
enum Value<'v> {
    This(&'v str),
    Free(&'v str),
}

impl<'v> Value<'v> {
    fn of((key, value): &'v (String, String), free: &[String]) -> Self {
        if free.contains(key) { Self::Free(value) } else { Self::This(value) }
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::This(value) => Name(value).fmt(f),
            Self::Free(value) => write!(f, "any value that no rule names, such as {}", Name(value)),
        }
    }
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
