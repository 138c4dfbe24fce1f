//! Scopes by which somebody may come to more than was given to them, for whoever judges a document. Nothing is decided
//! by these rows, and a catalog that has no scope of that name has nothing to fear from it.

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

/// Entity type, name, and what it does to tags (AB-11).
pub(crate) const TAG_CHANGES: &[(&str, &str, TagChange)] = &[
    ("stack", "stack_tags:update", TagChange::Any),
    ("environment", "environment_tag:create", TagChange::Add),
    ("environment", "environment_tag:delete", TagChange::Remove),
    ("environment", "environment_tag:update", TagChange::Any),
    ("insights-account", "insights_account:update", TagChange::Any),
];

/// Scopes on a stack by which somebody has code of their own run in its deployments: starting one, or saying how they
/// are set up.
pub(crate) const RUN_CODE: &[(&str, &str)] =
    &[("stack", "stack_deployment:create"), ("stack", "stack_deployment_settings:write")];
