//! Which answers are read: the requests that they answer, and what each consists of.

use std::borrow::Cow;

use super::fields::{self, Fields};
use crate::json::Value;

/// A kind of answer that is read.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// The path of the request that it answers: `/api/orgs/{orgName}/members`.
    pub path: &'static str,
    /// What it consists of.
    pub fields: &'static Fields,
    pub(super) route: Route,
}

/// What an answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Organization,
    Metadata,
    Role,
    Roles,
    RoleUsers,
    RoleTeams,
    RoleTokens,
    Members,
    MemberTeams,
    MemberStack,
    Team,
    Teams,
    TeamRoles,
    TeamTokens,
    Tokens,
    UserTokens,
    Stack,
    Stacks,
    StackMetadata,
    StackConfig,
    StackTeams,
    Collaborators,
    DeploymentSettings,
    Upstream,
    Downstream,
    Environments,
    EnvironmentMetadata,
    EnvironmentSettings,
    EnvironmentTags,
    Referrers,
    Account,
    Accounts,
    AccountTags,
    AccountTeams,
}

const fn row(route: Route, path: &'static str, fields: &'static Fields) -> Answer {
    Answer { path, fields, route }
}

/// Every kind of answer that is read.
pub const ANSWERS: &[Answer] = &[
    row(Route::Organization, "/api/orgs/{orgName}", &fields::ORGANIZATION),
    row(Route::Metadata, "/api/orgs/{orgName}/metadata", &fields::METADATA),
    row(Route::Roles, "/api/orgs/{orgName}/roles", &fields::ROLES),
    row(Route::Role, "/api/orgs/{orgName}/roles/{roleID}", &fields::ROLE),
    row(Route::RoleUsers, "/api/orgs/{orgName}/roles/{roleID}/users", &fields::ROLE_USERS),
    row(Route::RoleTeams, "/api/orgs/{orgName}/roles/{roleID}/teams", &fields::TEAMS),
    row(Route::RoleTokens, "/api/orgs/{orgName}/roles/{roleID}/tokens", &fields::TOKENS),
    row(Route::Members, "/api/orgs/{orgName}/members", &fields::MEMBERS),
    row(Route::MemberTeams, "/api/orgs/{orgName}/members/{user}/teams", &fields::MEMBER_TEAMS),
    row(
        Route::MemberStack,
        "/api/console/orgs/{orgName}/members/{userLogin}/stacks/{projectName}/{stackName}",
        &fields::MEMBER_STACK,
    ),
    row(Route::Teams, "/api/orgs/{orgName}/teams", &fields::TEAMS),
    row(Route::Team, "/api/orgs/{orgName}/teams/{teamName}", &fields::TEAM),
    row(Route::TeamRoles, "/api/orgs/{orgName}/teams/{teamName}/roles", &fields::ROLES),
    row(Route::TeamTokens, "/api/orgs/{orgName}/teams/{teamName}/tokens", &fields::TOKENS),
    row(Route::Tokens, "/api/orgs/{orgName}/tokens", &fields::TOKENS),
    row(Route::UserTokens, "/api/user/tokens", &fields::TOKENS),
    row(Route::Stacks, "/api/user/stacks", &fields::STACKS),
    row(Route::Stack, "/api/stacks/{orgName}/{projectName}/{stackName}", &fields::STACK),
    row(
        Route::StackMetadata,
        "/api/stacks/{orgName}/{projectName}/{stackName}/metadata",
        &fields::STACK_METADATA,
    ),
    row(Route::StackConfig, "/api/stacks/{orgName}/{projectName}/{stackName}/config", &fields::STACK_CONFIG),
    row(
        Route::Collaborators,
        "/api/stacks/{orgName}/{projectName}/{stackName}/collaborators",
        &fields::COLLABORATORS,
    ),
    row(Route::StackTeams, "/api/stacks/{orgName}/{projectName}/{stackName}/teams", &fields::STACK_TEAMS),
    row(
        Route::DeploymentSettings,
        "/api/stacks/{orgName}/{projectName}/{stackName}/deployments/settings",
        &fields::DEPLOYMENT_SETTINGS,
    ),
    row(
        Route::Upstream,
        "/api/stacks/{orgName}/{projectName}/{stackName}/upstreamreferences",
        &fields::STACK_REFERENCES,
    ),
    row(
        Route::Downstream,
        "/api/stacks/{orgName}/{projectName}/{stackName}/downstreamreferences",
        &fields::STACK_REFERENCES,
    ),
    row(Route::Environments, "/api/esc/environments", &fields::ENVIRONMENTS),
    row(Route::Environments, "/api/esc/environments/{orgName}", &fields::ENVIRONMENTS),
    row(
        Route::EnvironmentMetadata,
        "/api/esc/environments/{orgName}/{projectName}/{envName}/metadata",
        &fields::ENVIRONMENT_METADATA,
    ),
    row(
        Route::EnvironmentSettings,
        "/api/esc/environments/{orgName}/{projectName}/{envName}/settings",
        &fields::ENVIRONMENT_SETTINGS,
    ),
    row(
        Route::EnvironmentTags,
        "/api/esc/environments/{orgName}/{projectName}/{envName}/tags",
        &fields::ENVIRONMENT_TAGS,
    ),
    row(
        Route::Referrers,
        "/api/esc/environments/{orgName}/{projectName}/{envName}/referrers",
        &fields::REFERRERS,
    ),
    row(Route::Accounts, "/api/preview/insights/{orgName}/accounts", &fields::ACCOUNTS),
    row(Route::Account, "/api/preview/insights/{orgName}/accounts/{accountName}", &fields::ACCOUNT),
    row(
        Route::AccountTags,
        "/api/preview/insights/{orgName}/accounts/{accountName}/tags",
        &fields::ACCOUNT_TAGS,
    ),
    row(
        Route::AccountTeams,
        "/api/preview/insights/{orgName}/accounts/{accountName}/teams",
        &fields::ACCOUNT_TEAMS,
    ),
];

/// An answer to a request of a known path.
#[derive(Debug)]
pub(super) struct Reply<'j> {
    pub(super) answer: &'static Answer,
    /// The path as it was given, with its query.
    pub(super) path: &'j str,
    /// What stands in the place of each `{name}`, the organization among them.
    names: Vec<Cow<'j, str>>,
    pub(super) value: Value<'j>,
}

impl<'j> Reply<'j> {
    /// The answer to that request, if such answers are read.
    pub(super) fn read(path: &'j str, value: Value<'j>) -> Option<Self> {
        let parts: Vec<&str> = without_query(path).split('/').collect();
        // The list of the scopes stands where the id of a role would: a revision has its own.
        let scopes = parts.ends_with(&["roles", "scopes"]);
        let found = |answer: &'static Answer| Some((answer, names(answer.path, &parts)?));
        let (answer, names) = ANSWERS.iter().find_map(found).filter(|_| !scopes)?;
        Some(Self { answer, path, names, value })
    }

    /// The organization that the path names; a few of them name none.
    pub(super) fn organization(&self) -> Option<&str> {
        self.answer.path.split('/').any(|part| part == "{orgName}").then(|| self.name(0))
    }

    /// The names in the path but for the organization's.
    pub(super) fn inner_names(&self) -> Vec<&str> {
        self.names.iter().skip(1).map(|name| &**name).collect()
    }

    /// A name in the path, by its place in the template; 0 is the organization's.
    pub(super) fn name(&self, place: usize) -> &str {
        self.names.get(place).map_or("", |name| name)
    }
}

/// The path without what selects a page or a part of a list, and without slashes around it.
pub(super) fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or(path).trim_matches('/')
}

/// What stands in the place of each `{name}` of a template, if the path is one of it.
fn names<'j>(template: &str, parts: &[&'j str]) -> Option<Vec<Cow<'j, str>>> {
    let template = template.trim_start_matches('/');
    if template.split('/').count() != parts.len() {
        return None;
    }
    let mut names = Vec::new();
    for (wanted, part) in template.split('/').zip(parts) {
        if wanted.starts_with('{') && !part.is_empty() {
            names.push(decoded(part));
        } else if wanted != *part {
            return None;
        }
    }
    Some(names)
}

/// A part of a path without `%20` and its like, if what they stand for is text.
fn decoded(part: &str) -> Cow<'_, str> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut pieces = part.split('%');
    bytes.extend_from_slice(pieces.next().unwrap_or_default().as_bytes());
    for piece in pieces {
        let code = piece.get(..2).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) else {
            return Cow::Borrowed(part);
        };
        bytes.push(byte);
        bytes.extend_from_slice(piece.get(2..).unwrap_or_default().as_bytes());
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(part), Cow::Owned)
}
