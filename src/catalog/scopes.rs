//! Every scope of every revision: a row per scope, under its entity type and group.
//!
//! To add one: put it at its place in the order of names, say in which revisions it exists, and give it a line in
//! `descriptions.rs`. Tests hold the order, the counts, and that no row is without its description.

use super::revisions::{ALL, FIRST, LATEST, Revisions};

/// The scopes of one entity type that the documentation lists under one heading.
pub(crate) struct Group {
    pub(crate) entity_type: &'static str,
    #[cfg_attr(target_arch = "wasm32", expect(dead_code, reason = "headings are for listings"))]
    pub(crate) name: &'static str,
    /// Names, sorted, each with the revisions that have it.
    pub(crate) scopes: &'static [(&'static str, Revisions)],
}

/// All groups, by entity type and then by name.
pub(crate) const GROUPS: &[Group] = &[
    Group {
        entity_type: "environment",
        name: "Approvals",
        scopes: &[
            ("change_gate:create", LATEST),
            ("change_gate:delete", LATEST),
            ("change_gate:update", LATEST),
        ],
    },
    Group {
        entity_type: "environment",
        name: "Environment schedules",
        scopes: &[
            ("environment_schedule:create", ALL),
            ("environment_schedule:delete", ALL),
            ("environment_schedule:pause", ALL),
            ("environment_schedule:read", ALL),
            ("environment_schedule:resume", ALL),
            ("environment_schedule:update", ALL),
        ],
    },
    Group {
        entity_type: "environment",
        name: "Environment secrets rotation",
        scopes: &[("environment:rotate", ALL), ("environment:rotate_history", ALL)],
    },
    Group {
        entity_type: "environment",
        name: "Environment tags",
        scopes: &[
            ("environment_tag:create", ALL),
            ("environment_tag:delete", ALL),
            ("environment_tag:read", ALL),
            ("environment_tag:update", ALL),
        ],
    },
    Group {
        entity_type: "environment",
        name: "Environment versions",
        scopes: &[
            ("environment_version:create", ALL),
            ("environment_version:delete", ALL),
            ("environment_version:open", ALL),
            ("environment_version:read", ALL),
            ("environment_version:read_decrypt", FIRST),
            ("environment_version:retract", ALL),
            ("environment_version:update", ALL),
        ],
    },
    Group {
        entity_type: "environment",
        name: "Environment webhooks",
        scopes: &[
            ("environment_webhook:create", ALL),
            ("environment_webhook:delete", ALL),
            ("environment_webhook:read", ALL),
            ("environment_webhook:update", ALL),
        ],
    },
    Group {
        entity_type: "environment",
        name: "Environments",
        scopes: &[
            ("environment:clone", ALL),
            ("environment:delete", ALL),
            ("environment:open", ALL),
            ("environment:read", ALL),
            ("environment:read_decrypt", FIRST),
            ("environment:write", ALL),
            ("environment_settings:read", LATEST),
            ("environment_settings:update", LATEST),
        ],
    },
    Group {
        entity_type: "insights-account",
        name: "Accounts",
        scopes: &[
            ("insights_account:delete", ALL),
            ("insights_account:read", ALL),
            ("insights_account:update", ALL),
            ("insights_account:update_policy_results", FIRST),
            ("insights_account_access:read", ALL),
            ("insights_account_access:update", ALL),
        ],
    },
    Group {
        entity_type: "insights-account",
        name: "Scans",
        scopes: &[
            ("insights_account:scan", ALL),
            ("insights_account_scan:cancel", ALL),
            ("insights_account_scan:pause", ALL),
            ("insights_account_scan:read", ALL),
            ("insights_account_scan:resume", ALL),
            ("insights_account_scan:update", ALL),
        ],
    },
    Group {
        entity_type: "organization",
        name: "AI",
        scopes: &[
            ("ai_conversations:create", ALL),
            ("ai_conversations:list_all", ALL),
            ("ai_conversations:read", ALL),
            ("ai_conversations:update", ALL),
        ],
    },
    Group {
        entity_type: "organization",
        name: "Agent pools",
        scopes: &[
            ("agent_pool:create", ALL),
            ("agent_pool:delete", ALL),
            ("agent_pool:read", ALL),
            ("agent_pool:update", ALL),
        ],
    },
    Group {
        entity_type: "organization",
        name: "Approvals",
        scopes: &[("change_gate:create", ALL), ("change_gate:delete", ALL), ("change_gate:update", ALL)],
    },
    Group {
        entity_type: "organization",
        name: "Audit logs",
        scopes: &[("audit_logs:export", ALL), ("audit_logs:read", ALL)],
    },
    Group {
        entity_type: "organization",
        name: "Deployments",
        scopes: &[
            ("deployments:pause", ALL),
            ("deployments:read", ALL),
            ("deployments:read_usage", ALL),
            ("deployments:resume", ALL),
        ],
    },
    Group {
        entity_type: "organization",
        name: "Environment management",
        scopes: &[
            ("environment:create", ALL),
            ("environment:list_deleted", ALL),
            ("environment:restore_deleted", ALL),
            ("environment_tags:list", ALL),
            ("environment_yaml:open", ALL),
        ],
    },
    Group {
        entity_type: "organization",
        name: "Insights account management",
        scopes: &[("insights_account:create", ALL)],
    },
    Group {
        entity_type: "organization",
        name: "Insights policy management",
        scopes: &[
            ("policy_groups:create", ALL),
            ("policy_groups:delete", ALL),
            ("policy_groups:read", ALL),
            ("policy_groups:update", ALL),
            ("policy_pack:create", ALL),
            ("policy_pack:delete", ALL),
            ("policy_pack:read", ALL),
            ("policy_pack:update", ALL),
            ("policy_results:create", ALL),
            ("policy_results:delete", ALL),
            ("policy_results:read", ALL),
            ("policy_results:update", ALL),
        ],
    },
    Group {
        entity_type: "organization",
        name: "Membership",
        scopes: &[
            ("invites:create", ALL),
            ("invites:read", ALL),
            ("org_member:add", ALL),
            ("org_member:delete", ALL),
            ("org_member:read", ALL),
            ("org_member:set_admin", ALL),
            ("org_member:update", ALL),
            ("org_member_access:read", LATEST),
            ("org_requests:read", ALL),
            ("org_requests:update", ALL),
        ],
    },
    Group { entity_type: "organization", name: "Neo", scopes: &[("agent_task:create", LATEST)] },
    Group {
        entity_type: "organization",
        name: "OIDC",
        scopes: &[
            ("auth_policies:read", ALL),
            ("auth_policies:update", ALL),
            ("oidc_issuers:create", ALL),
            ("oidc_issuers:delete", ALL),
            ("oidc_issuers:read", ALL),
            ("oidc_issuers:regenerate_thumbprints", ALL),
            ("oidc_issuers:update", ALL),
        ],
    },
    Group {
        entity_type: "organization",
        name: "Organization",
        scopes: &[
            ("integrations:read", ALL),
            ("integrations:update", ALL),
            ("org_integrations:read", ALL),
            ("org_integrations:update", ALL),
            ("organization:billing", ALL),
            ("organization:change_backend", ALL),
            ("organization:delete", ALL),
            ("organization:read_usage", ALL),
            ("organization:rename", ALL),
            ("organization:update", ALL),
        ],
    },
    Group {
        entity_type: "organization",
        name: "Organization access tokens",
        scopes: &[("org_token:create", ALL), ("org_token:delete", ALL), ("org_token:read", ALL)],
    },
    Group {
        entity_type: "organization",
        name: "Organization annotations",
        scopes: &[("organization_annotations:read", LATEST)],
    },
    Group {
        entity_type: "organization",
        name: "Organization webhooks",
        scopes: &[
            ("organization_webhook:create", ALL),
            ("organization_webhook:delete", ALL),
            ("organization_webhook:read", ALL),
            ("organization_webhook:update", ALL),
        ],
    },
    Group {
        entity_type: "organization",
        name: "Policy evaluator",
        scopes: &[
            ("insights_policy_evaluator:delete", LATEST),
            ("insights_policy_evaluator:ensure", LATEST),
            ("insights_policy_evaluator:read", LATEST),
            ("insights_policy_evaluator:update", LATEST),
        ],
    },
    Group {
        entity_type: "organization",
        name: "Policy queue",
        scopes: &[("insights_policy_queue:read", LATEST)],
    },
    Group {
        entity_type: "organization",
        name: "Project",
        scopes: &[
            ("project:decrypt", ALL),
            ("project:encrypt", ALL),
            ("project_annotations:read", LATEST),
            ("project_annotations:update", LATEST),
        ],
    },
    Group {
        entity_type: "organization",
        name: "Roles",
        scopes: &[("role:create", ALL), ("role:delete", ALL), ("role:read", ALL), ("role:update", ALL)],
    },
    Group {
        entity_type: "organization",
        name: "SSO",
        scopes: &[
            ("saml:read", ALL),
            ("saml:update", ALL),
            ("scim:delete", ALL),
            ("scim:read", ALL),
            ("scim:update", ALL),
        ],
    },
    Group {
        entity_type: "organization",
        name: "Search",
        scopes: &[("resources:dashboard", ALL), ("resources:index", ALL), ("resources:search", ALL)],
    },
    Group {
        entity_type: "organization",
        name: "Services",
        scopes: &[
            ("services:admin", LATEST),
            ("services:create", LATEST),
            ("services:read", LATEST),
            ("services:write", LATEST),
        ],
    },
    Group {
        entity_type: "organization",
        name: "Stack management",
        scopes: &[
            ("organization:transfer_stacks", ALL),
            ("stack:create", ALL),
            ("stack:list_deleted", ALL),
            ("stack:restore_deleted", ALL),
            ("stack_access:read", ALL),
            ("tags:read", ALL),
        ],
    },
    Group {
        entity_type: "organization",
        name: "Teams",
        scopes: &[
            ("github_team:create", ALL),
            ("team:create", ALL),
            ("team:create_token", ALL),
            ("team:delete", ALL),
            ("team:delete_token", ALL),
            ("team:list", ALL),
            ("team:list_tokens", ALL),
            ("team:read", ALL),
            ("team:update", ALL),
        ],
    },
    Group {
        entity_type: "organization",
        name: "Templates",
        scopes: &[
            ("templates:read", ALL),
            ("templates_source:create", ALL),
            ("templates_source:delete", ALL),
            ("templates_source:read", ALL),
            ("templates_source:update", ALL),
        ],
    },
    Group {
        entity_type: "stack",
        name: "Stack annotations",
        scopes: &[("stack_annotations:read", FIRST), ("stack_annotations:update", FIRST)],
    },
    Group {
        entity_type: "stack",
        name: "Stack deployment schedules",
        scopes: &[
            ("stack_schedule:create", ALL),
            ("stack_schedule:delete", ALL),
            ("stack_schedule:pause", ALL),
            ("stack_schedule:read", ALL),
            ("stack_schedule:resume", ALL),
            ("stack_schedule:update", ALL),
        ],
    },
    Group {
        entity_type: "stack",
        name: "Stack deployments",
        scopes: &[
            ("stack_deployment:create", ALL),
            ("stack_deployment:read", ALL),
            ("stack_deployment_cache:read", ALL),
            ("stack_deployment_settings:encrypt", ALL),
            ("stack_deployment_settings:read", ALL),
            ("stack_deployment_settings:write", ALL),
        ],
    },
    Group { entity_type: "stack", name: "Stack tags", scopes: &[("stack_tags:update", ALL)] },
    Group {
        entity_type: "stack",
        name: "Stack webhooks",
        scopes: &[
            ("stack_webhook:create", ALL),
            ("stack_webhook:delete", ALL),
            ("stack_webhook:read", ALL),
            ("stack_webhook:update", ALL),
        ],
    },
    Group {
        entity_type: "stack",
        name: "Stacks",
        scopes: &[
            ("stack:cancel_update", ALL),
            ("stack:create", LATEST),
            ("stack:decrypt", ALL),
            ("stack:delete", ALL),
            ("stack:encrypt", ALL),
            ("stack:export", ALL),
            ("stack:import", ALL),
            ("stack:read", ALL),
            ("stack:rename", ALL),
            ("stack:transfer", ALL),
            ("stack:write", ALL),
            ("stack_access:read", ALL),
            ("stack_access:update", ALL),
        ],
    },
];
