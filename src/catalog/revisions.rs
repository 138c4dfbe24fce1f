//! The embedded revisions of the access model, row by row.
//!
//! This folder is the only place where a revision has a name. What differs between two of them is a row, or the
//! value in a row: how a toggle acts, whom a level reaches, who counts as a creator, in which order a deployment
//! finds its identity. To add a revision, give it a bit, mark the rows that it has, and write its mechanisms.

use super::scopes::GROUPS;
use super::sets::SETS;
use super::{
    Audience, Basis, Because, Catalog, CreatorRow, DisputeRow, EditionRow, IdentityStep, LevelRow, RoleRow,
    Rows, Rule, SetRow, ToggleAct, ToggleRow,
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
pub const NAMES: [&str; 3] = ["2025-11", "2026-04", LATEST_NAME];

/// The newest revision, against which a document is checked that names none.
pub(crate) const LATEST_NAME: &str = "2026-10";

/// The catalog of an embedded revision, by name.
pub fn revision(name: &str) -> Option<Catalog> {
    Catalog::new(&rows(name)?).ok()
}

/// The rows of an embedded revision, by name.
pub(crate) fn rows(name: &str) -> Option<Rows<'static>> {
    match name {
        "2025-11" => Some(older("2025-11", FIRST)),
        "2026-04" => Some(older("2026-04", SECOND)),
        "2026-10" => Some(latest()),
        _ => None,
    }
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

/// The two revisions of the older text: toggles and levels for every member, users as creators, a deployment
/// that acts as its token, its starter or its stack.
fn older(name: &'static str, revision: Revisions) -> Rows<'static> {
    let everyone = || Audience::EveryoneBut(Vec::new());
    let toggle = |(field, entity_type, scope)| ToggleRow {
        field,
        entity_type,
        scope,
        act: ToggleAct::Grants,
        audience: everyone(),
        rules: vec![documented("OS-7")],
    };
    Rows {
        name,
        roles: vec![admin(), member(Vec::new()), billing_manager(Vec::new())],
        toggles: CREATE_TOGGLES.into_iter().chain(STACK_TOGGLES).map(toggle).collect(),
        levels: levels(&Audience::EveryoneBut(vec![BILLING_MANAGER])),
        identity: vec![
            IdentityStep::AccessToken,
            IdentityStep::Starter,
            IdentityStep::StackToken { levels: true },
        ],
        citations: citations(documented("TK-4")),
        ..common(revision)
    }
}

/// The current pages.
fn latest() -> Rows<'static> {
    let members = || Audience::Role(MEMBER);
    let create = |(field, entity_type, scope)| ToggleRow {
        field,
        entity_type,
        scope,
        act: ToggleAct::Grants,
        audience: members(),
        rules: vec![documented("OS-9")],
    };
    let condition = |(field, entity_type, scope)| ToggleRow {
        field,
        entity_type,
        scope,
        act: ToggleAct::Conditions,
        audience: members(),
        rules: vec![documented("OS-14")],
    };
    Rows {
        name: LATEST_NAME,
        roles: vec![
            admin(),
            member(vec![("org-settings-standard", vec![inferred("Q-4")])]),
            billing_manager(vec![("org-settings-billing", vec![documented("PS-19")])]),
        ],
        toggles: CREATE_TOGGLES
            .into_iter()
            .map(create)
            .chain(STACK_TOGGLES.into_iter().map(condition))
            .collect(),
        levels: levels(&members()),
        creator: CreatorRow { machines: true, ..creator() },
        fields: vec![
            "servicePrincipals",
            "settings.permissionMode",
            "settings.defaultDeploymentRole",
            "deployment.role",
            "deployment.runAs",
        ],
        tokens_follow_default_role: true,
        token_exceptions: vec![(ORGANIZATION, "org_token:create"), (ORGANIZATION, "org_token:delete")],
        identity: vec![
            IdentityStep::RefuseUnchosen,
            IdentityStep::RefuseAccessToken,
            IdentityStep::RunAs,
            IdentityStep::AccessToken,
            IdentityStep::Role,
            IdentityStep::Starter,
            IdentityStep::StackToken { levels: false },
        ],
        citations: citations(documented("TK-3")),
        ..common(LATEST)
    }
}

/// What every revision has alike, and the rows that are marked with this one.
fn common(revision: Revisions) -> Rows<'static> {
    Rows {
        entity_types: vec![(STACK, 3), (ENVIRONMENT, 3), (ACCOUNT, 2), (ORGANIZATION, 1)],
        scopes: scopes(revision),
        permission_sets: permission_sets(revision),
        member_role: MEMBER,
        creator: creator(),
        editions: editions(),
        references: vec![("stackReferences", STACK), ("environments", ENVIRONMENT), ("imports", ENVIRONMENT)],
        own_stack: (STACK, "stack-admin"),
        timed_scopes: timed_scopes(revision),
        disputes: vec![DisputeRow {
            entity_type: ORGANIZATION,
            scope: "environment_tags:list",
            holding: "environment-read",
            rule: disputed("X-10"),
        }],
        ..Rows::default()
    }
}

fn scopes(revision: Revisions) -> Vec<(&'static str, &'static str)> {
    let in_group = |group: &'static super::scopes::Group| {
        let present = group.scopes.iter().filter(move |(_, revisions)| revisions.has(revision));
        present.map(|(name, _)| (group.entity_type, *name))
    };
    GROUPS.iter().flat_map(in_group).collect()
}

fn permission_sets(revision: Revisions) -> Vec<SetRow<'static>> {
    let row = |set: &super::sets::Set| SetRow {
        id: set.id,
        name: set.name,
        entity_type: set.entity_type,
        includes: set.includes,
        scopes: set
            .adds
            .iter()
            .filter(|(_, revisions)| revisions.has(revision))
            .map(|(name, _)| *name)
            .collect(),
    };
    SETS.iter().filter(|set| set.revisions.has(revision)).map(row).collect()
}

fn admin() -> RoleRow<'static> {
    RoleRow { id: ADMIN, name: "Admin", everything: true, ..RoleRow::default() }
}

/// The fixed scopes of Member as the page on organization scopes names them, and sets beside them.
fn member(sets: Vec<(&'static str, Vec<Rule<'static>>)>) -> RoleRow<'static> {
    RoleRow {
        id: MEMBER,
        name: "Member",
        scopes: vec![
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
        scopes_by: vec![documented("RO-3")],
        sets,
        ..RoleRow::default()
    }
}

fn billing_manager(sets: Vec<(&'static str, Vec<Rule<'static>>)>) -> RoleRow<'static> {
    RoleRow {
        id: BILLING_MANAGER,
        name: "Billing Manager",
        scopes: vec![
            "deployments:read_usage",
            "org_member:read",
            "organization:billing",
            "organization:read_usage",
            "resources:dashboard",
            "saml:read",
            "team:list",
        ],
        scopes_by: vec![documented("RO-4")],
        sets,
        ..RoleRow::default()
    }
}

const CREATE_TOGGLES: [(&str, &str, &str); 3] = [
    ("membersCanCreateAccounts", ORGANIZATION, "insights_account:create"),
    ("membersCanCreateStacks", ORGANIZATION, "stack:create"),
    ("membersCanCreateTeams", ORGANIZATION, "team:create"),
];

const STACK_TOGGLES: [(&str, &str, &str); 2] = [
    ("membersCanDeleteStacks", STACK, "stack:delete"),
    ("membersCanTransferStacks", STACK, "stack:transfer"),
];

fn levels(audience: &Audience<'static>) -> Vec<LevelRow<'static>> {
    let rules = vec![documented("DL-4")];
    let row = |field, entity_type| LevelRow {
        field,
        entity_type,
        audience: audience.clone(),
        rules: rules.clone(),
        ..LevelRow::default()
    };
    let none = ("none", None);
    vec![
        LevelRow {
            levels: vec![
                none,
                ("read", Some("stack-read")),
                ("write", Some("stack-write")),
                ("admin", Some("stack-admin")),
            ],
            numbers: vec![(0, "none"), (101, "read"), (102, "write"), (103, "admin")],
            ..row("defaultStackPermission", STACK)
        },
        LevelRow {
            levels: vec![
                none,
                ("read", Some("environment-read")),
                ("open", Some("environment-open")),
                ("write", Some("environment-write")),
                ("admin", Some("environment-admin")),
            ],
            ..row("defaultEnvironmentPermission", ENVIRONMENT)
        },
        LevelRow {
            levels: vec![
                none,
                ("read", Some("insights-account-read")),
                ("write", Some("insights-account-write")),
                ("admin", Some("insights-account-admin")),
            ],
            numbers: vec![(0, "none"), (1, "read"), (2, "write"), (3, "admin")],
            ..row("defaultAccountPermission", ACCOUNT)
        },
    ]
}

fn creator() -> CreatorRow<'static> {
    CreatorRow { sets: vec!["stack-admin"], machines: false }
}

fn editions() -> Vec<EditionRow<'static>> {
    let edition = |name, custom, roles| EditionRow { name, custom, roles };
    vec![
        edition("individual", false, None),
        edition("team", false, None),
        edition("enterprise", true, Some(25)),
        edition("business-critical", true, None),
    ]
}

/// Opening an environment, its versions, or reading them decrypted.
fn timed_scopes(revision: Revisions) -> Vec<(&'static str, &'static str)> {
    let names = [
        "environment:open",
        "environment:read_decrypt",
        "environment_version:open",
        "environment_version:read_decrypt",
    ];
    scopes(revision)
        .into_iter()
        .filter(|(entity_type, name)| *entity_type == ENVIRONMENT && names.contains(name))
        .collect()
}

/// The statements behind the mechanisms; `roleless` is the one on organization tokens without a role.
fn citations(roleless: Rule<'static>) -> Vec<(Because, Vec<Rule<'static>>)> {
    vec![
        (Because::OrganizationAdmin, vec![documented("RO-2")]),
        (Because::RuleEverywhere, vec![documented("RO-10")]),
        (Because::RuleNamed, vec![documented("RO-9")]),
        (Because::RuleTagged, vec![documented("RO-11")]),
        (Because::OrganizationAccess, vec![documented("RO-13")]),
        (Because::Tree, vec![documented("EX-2")]),
        (Because::TreeCondition, vec![documented("EX-8")]),
        (Because::TeamRole, vec![documented("TE-2")]),
        (Because::TeamGrant, vec![documented("TE-1")]),
        (Because::PersonalGrant, vec![documented("EV-1")]),
        (Because::Creator, vec![documented("CG-1")]),
        (Because::MachineCreator, vec![documented("CG-2")]),
        (Because::NothingGrants, vec![inferred("EV-4")]),
        (Because::UnknownTags, vec![documented("AB-4")]),
        (Because::UnknownPrincipal, vec![inferred("PR-9")]),
        (Because::WrongEntityType, vec![documented("SC-3")]),
        (Because::PersonalToken, vec![documented("TK-1")]),
        (Because::OrganizationToken, vec![documented("TK-2")]),
        (Because::OrganizationTokenWithoutRole, vec![roleless]),
        (Because::TeamTokenRole, vec![documented("TK-6")]),
        (Because::TeamTokenGrant, vec![documented("TK-8")]),
        (Because::TeamTokenSetting, vec![documented("TK-7")]),
        (Because::TokenExpired, vec![documented("TK-13")]),
        (Because::TokenLifetime, vec![documented("TK-14")]),
        (Because::TokenException, vec![documented("TK-4")]),
        (Because::ServicePrincipal, vec![documented("PM-7")]),
        (Because::RunUnchosen, vec![documented("PM-3")]),
        (Because::RunTokenRefused, vec![documented("PM-4")]),
        (Because::RunAs, vec![documented("PM-2")]),
        (Because::RunAccessToken, vec![documented("DP-13")]),
        (Because::RunRole, vec![documented("DN-1"), inferred("Q-9")]),
        (Because::RunDefaultRole, vec![documented("DN-3"), inferred("Q-8")]),
        (Because::RunByCall, vec![documented("DP-2")]),
        (Because::RunByButton, vec![documented("DP-3")]),
        (Because::RunStackToken, vec![documented("DP-6")]),
        (Because::RunLevels, vec![disputed("Q-7")]),
    ]
}
