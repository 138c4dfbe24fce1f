//! The embedded revisions of the access model, row by row.
//!
//! This folder is the only place where a revision has a name. What differs between two of them is a row, or the
//! value in a row: how a toggle acts, whom a level reaches, who counts as a creator, in which order a deployment
//! finds its identity. To add a revision, give it a bit, mark the rows that it has, and write its mechanisms.

use super::scopes::GROUPS;
use super::sets::{SETS, Set};
use super::{
    Audience, Basis, Because, Catalog, CreatorRow, DisputeRow, EditionRow, IdentityStep, LevelRow, Need,
    NeedRow, RoleRow, Rows, Rule, SetRow, ToggleAct, ToggleRow, TypeRow,
};

/// A set of revisions: which ones have a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Revisions(u8);

impl Revisions {
    const fn has(self, revision: Self) -> bool {
        self.0 & revision.0 != 0
    }
}

/// Late 2025: sets with annotations, decryption on reading, and policy results.
pub(crate) const FIRST: Revisions = Revisions(1);
/// Spring 2026: these are gone; toggles still reach every member.
const SECOND: Revisions = Revisions(2);
/// Autumn 2026: organization sets, toggles and levels for the Member role, modes, service principals.
pub(crate) const LATEST: Revisions = Revisions(4);
/// In every revision.
pub(crate) const ALL: Revisions = Revisions(7);

/// The names of the embedded revisions, oldest first.
pub const NAMES: [&str; 3] = ["2025-11", "2026-04", "2026-10"];

/// The catalog of an embedded revision, by name.
pub fn revision(name: &str) -> Option<Catalog> {
    with_rows(name, Catalog::new)?.ok()
}

/// Hands the rows of an embedded revision to `read`: those that all revisions share are cut to this one.
pub(crate) fn with_rows<T>(name: &str, read: impl FnOnce(&Rows<'_>) -> T) -> Option<T> {
    let position = NAMES.iter().position(|known| *known == name)?;
    let (revision, rows) = match position {
        0 => (FIRST, Rows { name, ..OLDER }),
        1 => (SECOND, Rows { name, ..OLDER }),
        _ => (LATEST, Rows { name, ..NEWEST }),
    };
    let scopes: Vec<Vec<&str>> = rows.entity_types.iter().map(|row| scopes(revision, row.name)).collect();
    let types = rows.entity_types.iter().zip(&scopes);
    let types: Vec<TypeRow<'_>> = types.map(|(row, scopes)| TypeRow { scopes, ..*row }).collect();
    let sets: Vec<_> = SETS.iter().filter(|set| set.revisions.has(revision)).collect();
    let added: Vec<Vec<&str>> = sets.iter().map(|set| present(set.adds, revision).collect()).collect();
    let sets: Vec<SetRow<'_>> = sets.iter().zip(&added).map(|(set, scopes)| row(set, scopes)).collect();
    let has =
        |(it, scope): &(&str, &str)| types.iter().any(|row| row.name == *it && row.scopes.contains(scope));
    let timed: Vec<_> = TIMED.iter().copied().filter(has).collect();
    Some(read(&Rows { entity_types: &types, permission_sets: &sets, timed_scopes: &timed, ..rows }))
}

fn scopes(revision: Revisions, entity_type: &str) -> Vec<&'static str> {
    let groups = GROUPS.iter().filter(|group| group.entity_type == entity_type);
    groups.flat_map(|group| present(group.scopes, revision)).collect()
}

/// The names that are marked with a revision.
fn present(
    rows: &'static [(&'static str, Revisions)],
    revision: Revisions,
) -> impl Iterator<Item = &'static str> {
    rows.iter().filter(move |(_, revisions)| revisions.has(revision)).map(|(name, _)| *name)
}

fn row<'a>(set: &Set, scopes: &'a [&'a str]) -> SetRow<'a> {
    SetRow { id: set.id, name: set.name, entity_type: set.entity_type, includes: set.includes, scopes }
}

const STACK: &str = "stack";
const ENVIRONMENT: &str = "environment";
const ACCOUNT: &str = "insights-account";
const ORGANIZATION: &str = "organization";

const ADMIN: &str = "admin";
const MEMBER: &str = "member";
const BILLING_MANAGER: &str = "billing-manager";

const fn documented(number: &str) -> Rule<'_> {
    Rule { number, basis: Basis::Documented }
}

const fn disputed(number: &str) -> Rule<'_> {
    Rule { number, basis: Basis::Disputed }
}

const fn inferred(number: &str) -> Rule<'_> {
    Rule { number, basis: Basis::Inferred }
}

const fn need<'a>(need: Need, entity_type: &'a str, scope: &'a str, rule: &'a str) -> NeedRow<'a> {
    NeedRow { need, entity_type, scope, rule }
}

/// A type, whose scopes are those of the revision.
const fn entity_type<'a>(name: &'a str, path: &'a str) -> TypeRow<'a> {
    TypeRow { name, path, scopes: &[] }
}

/// What every revision has alike.
const COMMON: Rows<'_> = Rows {
    name: "",
    entity_types: &[
        entity_type(STACK, "organization/project/stack"),
        entity_type(ENVIRONMENT, "organization/project/environment"),
        entity_type(ACCOUNT, "organization/account"),
        entity_type(ORGANIZATION, "organization"),
    ],
    permission_sets: &[],
    roles: &[],
    member_role: MEMBER,
    toggles: &[],
    levels: &[],
    creator: CreatorRow { sets: &["stack-admin"], machines: false },
    editions: &[
        EditionRow { name: "individual", custom: false, roles: None },
        EditionRow { name: "team", custom: false, roles: None },
        EditionRow { name: "enterprise", custom: true, roles: Some(25) },
        EditionRow { name: "business-critical", custom: true, roles: None },
    ],
    fields: &[],
    references: &[("stackReferences", STACK), ("environments", ENVIRONMENT), ("imports", ENVIRONMENT)],
    contexts: &[("Stack", STACK), ("Environment", ENVIRONMENT), ("InsightsAccount", ACCOUNT)],
    tokens_follow_default_role: false,
    token_exceptions: &[],
    identity: &[],
    own_stack: (STACK, "stack-admin"),
    needs: &[
        need(Need::Stack, STACK, "stack:write", "DP-14"),
        need(Need::StackReference, STACK, "stack:read", "DP-15"),
        need(Need::Environment, ENVIRONMENT, "environment:open", "DP-16"),
        need(Need::EnvironmentImport, ENVIRONMENT, "environment:open", "DP-17"),
    ],
    timed_scopes: &[],
    disputes: &[DisputeRow {
        entity_type: ORGANIZATION,
        scope: "environment_tags:list",
        holding: "environment-read",
        rule: disputed("X-10"),
    }],
    citations: CITATIONS,
};

/// The two revisions of the older text: toggles and levels for every member, users as creators, a deployment
/// that acts as its token, its starter or its stack.
const OLDER: Rows<'_> = Rows {
    roles: &[ADMIN_ROLE, member(&[]), billing_manager(&[])],
    toggles: &[
        grants(CREATE_ACCOUNTS, EVERYONE, &[documented("OS-7")]),
        grants(CREATE_STACKS, EVERYONE, &[documented("OS-7")]),
        grants(CREATE_TEAMS, EVERYONE, &[documented("OS-7")]),
        grants(DELETE_STACKS, EVERYONE, &[documented("OS-7")]),
        grants(TRANSFER_STACKS, EVERYONE, &[documented("OS-7")]),
    ],
    levels: &levels(Audience::EveryoneBut(&[BILLING_MANAGER])),
    identity: &[IdentityStep::AccessToken, IdentityStep::Starter, IdentityStep::StackToken { levels: true }],
    ..COMMON
};

/// The current pages.
const NEWEST: Rows<'_> = Rows {
    roles: &[
        ADMIN_ROLE,
        member(&[("org-settings-standard", &[inferred("Q-4")])]),
        billing_manager(&[("org-settings-billing", &[documented("PS-19")])]),
    ],
    toggles: &[
        grants(CREATE_ACCOUNTS, MEMBERS, &[documented("OS-9")]),
        grants(CREATE_STACKS, MEMBERS, &[documented("OS-9")]),
        grants(CREATE_TEAMS, MEMBERS, &[documented("OS-9")]),
        conditions(DELETE_STACKS, MEMBERS, &[documented("OS-14")]),
        conditions(TRANSFER_STACKS, MEMBERS, &[documented("OS-14")]),
    ],
    levels: &levels(MEMBERS),
    creator: CreatorRow { machines: true, ..COMMON.creator },
    fields: &[
        "servicePrincipals",
        "settings.permissionMode",
        "settings.defaultDeploymentRole",
        "deployment.role",
        "deployment.runAs",
    ],
    tokens_follow_default_role: true,
    token_exceptions: &[(ORGANIZATION, "org_token:create"), (ORGANIZATION, "org_token:delete")],
    identity: &[
        IdentityStep::RefuseUnchosen,
        IdentityStep::RefuseAccessToken,
        IdentityStep::RunAs,
        IdentityStep::AccessToken,
        IdentityStep::Role,
        IdentityStep::Starter,
        IdentityStep::StackToken { levels: false },
    ],
    ..COMMON
};

const EVERYONE: Audience<'_> = Audience::EveryoneBut(&[]);
const MEMBERS: Audience<'_> = Audience::Roles(&[MEMBER]);

const ADMIN_ROLE: RoleRow<'_> =
    RoleRow { id: ADMIN, name: "Admin", everything: true, scopes: &[], scopes_by: &[], sets: &[] };

const BY_RO_3: &[Rule<'_>] = &[documented("RO-3")];
const BY_RO_4: &[Rule<'_>] = &[documented("RO-4")];

type SetsOfRole = &'static [(&'static str, &'static [Rule<'static>])];

/// The fixed scopes of Member as the page on organization scopes names them, and sets beside them.
const fn member(sets: SetsOfRole) -> RoleRow<'static> {
    RoleRow {
        id: MEMBER,
        name: "Member",
        everything: false,
        scopes: &[
            "ai_conversations:create",
            "ai_conversations:read",
            "ai_conversations:update",
            "deployments:read",
            "deployments:read_usage",
            "environment:create",
            "environment:list_deleted",
            "environment_yaml:open",
            "integrations:read",
            "integrations:update",
            "org_member:read",
            "organization:read_usage",
            "policy_groups:read",
            "project:decrypt",
            "project:encrypt",
            "resources:dashboard",
            "resources:search",
            "saml:read",
            "stack_access:read",
            "tags:read",
            "team:list",
            "team:read",
            "templates:read",
        ],
        scopes_by: BY_RO_3,
        sets,
    }
}

const fn billing_manager(sets: SetsOfRole) -> RoleRow<'static> {
    RoleRow {
        id: BILLING_MANAGER,
        name: "Billing Manager",
        everything: false,
        scopes: &[
            "deployments:read_usage",
            "org_member:read",
            "organization:billing",
            "organization:read_usage",
            "resources:dashboard",
            "saml:read",
            "team:list",
        ],
        scopes_by: BY_RO_4,
        sets,
    }
}

/// Field, entity type and scope of a setting.
type Toggle = (&'static str, &'static str, &'static str);

const CREATE_ACCOUNTS: Toggle = ("membersCanCreateAccounts", ORGANIZATION, "insights_account:create");
const CREATE_STACKS: Toggle = ("membersCanCreateStacks", ORGANIZATION, "stack:create");
const CREATE_TEAMS: Toggle = ("membersCanCreateTeams", ORGANIZATION, "team:create");
const DELETE_STACKS: Toggle = ("membersCanDeleteStacks", STACK, "stack:delete");
const TRANSFER_STACKS: Toggle = ("membersCanTransferStacks", STACK, "stack:transfer");

const fn grants(
    toggle: Toggle,
    audience: Audience<'static>,
    rules: &'static [Rule<'static>],
) -> ToggleRow<'static> {
    let (field, entity_type, scope) = toggle;
    ToggleRow { field, entity_type, scope, act: ToggleAct::Grants, audience, rules }
}

const fn conditions(
    toggle: Toggle,
    audience: Audience<'static>,
    rules: &'static [Rule<'static>],
) -> ToggleRow<'static> {
    ToggleRow { act: ToggleAct::Conditions, ..grants(toggle, audience, rules) }
}

const fn levels(audience: Audience<'static>) -> [LevelRow<'static>; 3] {
    const BY: &[Rule<'_>] = &[documented("DL-4")];
    let rules = BY;
    [
        LevelRow {
            field: "defaultStackPermission",
            entity_type: STACK,
            levels: &[("read", "stack-read"), ("write", "stack-write"), ("admin", "stack-admin")],
            numbers: &[(0, "none"), (101, "read"), (102, "write"), (103, "admin")],
            audience,
            rules,
        },
        LevelRow {
            field: "defaultEnvironmentPermission",
            entity_type: ENVIRONMENT,
            levels: &[
                ("read", "environment-read"),
                ("open", "environment-open"),
                ("write", "environment-write"),
                ("admin", "environment-admin"),
            ],
            numbers: &[],
            audience,
            rules,
        },
        LevelRow {
            field: "defaultAccountPermission",
            entity_type: ACCOUNT,
            levels: &[
                ("read", "insights-account-read"),
                ("write", "insights-account-write"),
                ("admin", "insights-account-admin"),
            ],
            numbers: &[(0, "none"), (1, "read"), (2, "write"), (3, "admin")],
            audience,
            rules,
        },
    ]
}

/// Opening an environment, its versions, or reading them decrypted.
const TIMED: [(&str, &str); 4] = [
    (ENVIRONMENT, "environment:open"),
    (ENVIRONMENT, "environment:read_decrypt"),
    (ENVIRONMENT, "environment_version:open"),
    (ENVIRONMENT, "environment_version:read_decrypt"),
];

/// The statements behind the mechanisms.
const CITATIONS: &[(Because, &[Rule<'_>])] = &[
    (Because::OrganizationAdmin, &[documented("RO-2")]),
    (Because::RuleEverywhere, &[documented("RO-10")]),
    (Because::RuleNamed, &[documented("RO-9")]),
    (Because::RuleTagged, &[documented("RO-11")]),
    (Because::OrganizationAccess, &[documented("RO-13")]),
    (Because::Tree, &[documented("EX-2")]),
    (Because::TreeCondition, &[documented("EX-8")]),
    (Because::TeamRole, &[documented("TE-2")]),
    (Because::TeamGrant, &[documented("TE-1")]),
    (Because::PersonalGrant, &[documented("EV-1")]),
    (Because::Creator, &[documented("CG-1")]),
    (Because::MachineCreator, &[documented("CG-2")]),
    (Because::NothingGrants, &[inferred("EV-4")]),
    (Because::UnknownTags, &[documented("AB-4")]),
    (Because::UnknownPrincipal, &[inferred("PR-9")]),
    (Because::WrongEntityType, &[documented("SC-3")]),
    (Because::PersonalToken, &[documented("TK-1")]),
    (Because::OrganizationToken, &[documented("TK-2")]),
    (Because::OrganizationTokenWithoutRole, &[documented("TK-3"), documented("TK-4")]),
    (Because::TeamTokenRole, &[documented("TK-6")]),
    (Because::TeamTokenGrant, &[documented("TK-8")]),
    (Because::TeamTokenSetting, &[documented("TK-7")]),
    (Because::TokenExpired, &[documented("TK-13")]),
    (Because::TokenLifetime, &[documented("TK-14")]),
    (Because::TokenException, &[documented("TK-4")]),
    (Because::ServicePrincipal, &[documented("PM-7")]),
    (Because::RunUnchosen, &[documented("PM-3")]),
    (Because::RunTokenRefused, &[documented("PM-4")]),
    (Because::RunAs, &[documented("PM-2")]),
    (Because::RunAccessToken, &[documented("DP-13")]),
    (Because::RunRole, &[documented("DN-1"), inferred("Q-9")]),
    (Because::RunDefaultRole, &[documented("DN-3"), inferred("Q-8")]),
    (Because::RunByCall, &[documented("DP-2")]),
    (Because::RunByButton, &[documented("DP-3")]),
    (Because::RunStackToken, &[documented("DP-6")]),
    (Because::RunLevels, &[disputed("Q-7")]),
];
