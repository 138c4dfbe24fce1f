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
                write!(f, "give {} the role {}", Name(to), Name(role))?;
                replaces.as_ref().map_or(Ok(()), |old| write!(f, " in place of {}", Name(old)))
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
                let tags = tags.iter().map(|tag| format!("{} is {}", Name(tag.0), Value::of(tag, free)));
                write!(f, "give the tags of {}: {}", Name(entity), listed(tags))
            }
            Self::SetTags { entity, set, remove, free } => {
                let set =
                    set.iter().map(|tag| format!("set the tag {} to {}", Name(tag.0), Value::of(tag, free)));
                let remove = remove.iter().map(|key| format!("remove the tag {}", Name(key)));
                write!(f, "on {}, {}", Name(entity), listed(set.chain(remove)))
            }
            Self::SetDeploymentRole { stack, role } => {
                write!(f, "give the deployments of {} the role {}", Name(stack), Name(role))
            }
            Self::SetDefaultDeploymentRole { role } => {
                write!(f, "give {} as the default role to deployments", Name(role))
            }
            Self::SetRunAs { stack, run_as } => {
                write!(
                    f,
                    "let the deployments of {} run as {}, without an access token",
                    Name(stack),
                    Name(run_as)
                )
            }
            Self::SetAccessToken { stack, access_token } => {
                write!(f, "let the deployments of {} use {}", Name(stack), Name(access_token))
            }
            Self::RemoveAccessToken { stack } => {
                write!(f, "take the access token out of the deployment settings of {}", Name(stack))
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

/// The value of a tag, or any.
enum Value<'v> {
    This(&'v str),
    Free(&'v str),
}

impl<'v> Value<'v> {
    fn of((key, value): (&String, &'v String), free: &[String]) -> Self {
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
