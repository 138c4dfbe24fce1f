//! Scopes by which somebody may come to more than was given to them, for whoever judges a document. Nothing is decided
//! by these rows. They are about mechanisms that the rows of a catalog name: one that has none of these has nothing to
//! fear from a scope that happens to have such a name.

use super::{Catalog, Need};
use crate::entity::EntityType;
use crate::scope::{Scope, ScopeSet};

/// What a scope can do to the tags of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TagChange {
    /// Give it a tag that it does not have.
    Add,
    /// Take a tag away.
    Remove,
    /// Make one tag another, or all of these.
    Any,
}

/// The word of expressions that look at the tags, a scope of that type, and what it does to them (AB-11).
const TAG_CHANGES: &[(&str, &str, TagChange)] = &[
    ("Stack", "stack_tags:update", TagChange::Any),
    ("Environment", "environment_tag:create", TagChange::Add),
    ("Environment", "environment_tag:delete", TagChange::Remove),
    ("Environment", "environment_tag:update", TagChange::Any),
    ("InsightsAccount", "insights_account:update", TagChange::Any),
];

/// Scopes on what is deployed by which somebody has code of their own run: starting a deployment, or saying how they are
/// set up.
const RUN_CODE: [&str; 2] = ["stack_deployment:create", "stack_deployment_settings:write"];

impl Catalog {
    /// The scopes that change the tags of an entity of the type.
    pub(crate) fn tag_changes(&self, entity_type: EntityType) -> Vec<(Scope, TagChange)> {
        let word = self.context_of_type(entity_type);
        let of_type = TAG_CHANGES.iter().filter(|(of, _, _)| word == Some(of));
        of_type.filter_map(|(_, name, change)| Some((self.scope(entity_type, name)?, *change))).collect()
    }

    /// The scopes on what is deployed by which somebody has code of their own run.
    pub(crate) fn run_code(&self) -> ScopeSet {
        let deployed = self.needed(Need::Stack).map(|needed| needed.entity_type);
        let scopes = RUN_CODE.iter().filter_map(|name| self.scope(deployed?, name));
        scopes.collect()
    }
}
