//! What a role gives: the built-in ones, rules, and the API's tree.

use super::conditions::{self, Conditions, Expected};
use super::{Question, find, list, text};
use serde_json::{Value, json};

/// RO-3: Member's own scopes on the organization.
const MEMBER: [&str; 23] = [
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
];

/// RO-4: Billing Manager's.
const BILLING_MANAGER: [&str; 7] = [
    "deployments:read_usage",
    "org_member:read",
    "organization:billing",
    "organization:read_usage",
    "resources:dashboard",
    "saml:read",
    "team:list",
];

/// One way in which the scope is given on the entity.
#[derive(Default)]
pub(crate) struct Grant {
    /// What must all hold; by default nothing.
    pub(crate) under: Conditions,
    /// How long an environment may stay open (EX-14); 0 is no limit.
    pub(crate) open_seconds: u64,
}

/// The ways in which the role gives the scope on the entity.
pub(crate) fn gives(question: &Question, role: &str) -> Vec<Grant> {
    let always = |holds: bool| if holds { vec![Grant::default()] } else { Vec::new() };
    match role {
        "admin" => always(true), // RO-2
        "member" => always(built_in(question, &MEMBER, "org-settings-standard")),
        "billing-manager" => always(built_in(question, &BILLING_MANAGER, "org-settings-billing")),
        _ => find(&question.document["roles"], "id", role).map_or(Vec::new(), |role| record(question, role)),
    }
}

/// Whether a set has the scope for the entity's type (PS-1): a default one by id or by name, a custom one by id.
pub(crate) fn set_gives(question: &Question, name: &str) -> bool {
    if let Some(set) = question.catalog.sets.iter().find(|set| set.id == name || set.name == name) {
        return set.entity_type == question.entity_type
            && set.scopes.iter().any(|scope| scope == question.scope);
    }
    find(&question.document["permissionSets"], "id", name).is_some_and(|set| {
        set["entityType"] == question.entity_type && list(&set["scopes"]).any(|scope| scope == question.scope)
    })
}

/// the fixed scopes, together with an organization set that only the current revision has.
fn built_in(question: &Question, scopes: &[&str], set: &str) -> bool {
    let own = question.entity_type == "organization" && scopes.contains(&question.scope);
    own || set_gives(question, set)
}

/// A record under `roles`: a role, a policy or a set.
fn record(question: &Question, record: &Value) -> Vec<Grant> {
    let mut found = Vec::new();
    let rules = list(&record["rules"]).filter(|rule| set_gives(question, text(&rule["permissionSet"])));
    let held = rules.filter_map(|rule| where_it_holds(question, &rule["on"]));
    found.extend(held.map(|under| Grant { under, ..Grant::default() }));
    let access = list(&record["organizationAccess"]).filter(|set| set_gives(question, text(set)));
    found.extend(access.map(|_| Grant::default())); // RO-13
    if record["details"].is_object() {
        walk(question, &record["details"], &Conditions::new(), &mut found);
    }
    found
}

/// RO-9, RO-10, RO-11: named entities, all of them, or those whose tags meet every test.
fn where_it_holds(question: &Question, on: &Value) -> Option<Conditions> {
    if on == "all" {
        return Some(Conditions::new());
    }
    if on.is_array() {
        return list(on).any(|entity| entity == question.entity).then(Conditions::new);
    }
    Some(list(&on["tags"]).map(|test| conditions::tag_test(question.entity_type, test)).collect()) // AB-7
}

/// AL-1: Group and Compose are unions, Condition filters; `under` is what stands above this node.
fn walk(question: &Question, node: &Value, under: &Conditions, found: &mut Vec<Grant>) {
    match text(&node["__type"]) {
        "PermissionDescriptorAllow" => {
            if list(&node["permissions"]).any(|scope| scope == question.scope) {
                let open_seconds = node["constraints"]["MaxOpenDuration"].as_u64().unwrap_or(0);
                found.push(Grant { under: under.clone(), open_seconds }); // EX-2, EX-3
            }
        }
        "PermissionDescriptorGroup" => {
            list(&node["entries"]).for_each(|entry| walk(question, entry, under, found));
        }
        "PermissionDescriptorCompose" => {
            list(&node["permissionDescriptors"]).for_each(|id| compose(question, text(id), under, found));
        }
        "PermissionDescriptorCondition" => {
            branch(question, (&node["condition"], true), &node["subNode"], under, found);
        }
        "PermissionDescriptorIfThenElse" => {
            branch(question, (&node["condition"], true), &node["subNodeForTrue"], under, found);
            branch(question, (&node["condition"], false), &node["subNodeForFalse"], under, found);
        }
        "PermissionDescriptorSelect" => list(&node["options"]).for_each(|option| {
            let (selector, value) = (&node["selector"], &option["value"]);
            let equal = json!({ "__type": "PermissionExpressionEqual", "left": selector, "right": value });
            branch(question, (&equal, true), &option["node"], under, found); // EX-17
        }),
        other => panic!("a node of type `{other}`"),
    }
}

/// Everything that a set, or a record of purpose policy or set, gives.
fn compose(question: &Question, id: &str, under: &Conditions, found: &mut Vec<Grant>) {
    if set_gives(question, id) {
        found.push(Grant { under: under.clone(), open_seconds: 0 });
    }
    if let Some(other) = find(&question.document["roles"], "id", id) {
        let further = record(question, other);
        found.extend(
            further.into_iter().map(|grant| Grant { under: [under.clone(), grant.under].concat(), ..grant }),
        );
    }
}

/// A node that holds only where its condition is as wanted. AL-3: one that looks at an entity gives no
/// organization scope, in any branch.
fn branch(
    question: &Question,
    (condition, wanted): (&Value, bool),
    node: &Value,
    under: &Conditions,
    found: &mut Vec<Grant>,
) {
    if question.entity_type == "organization" && conditions::mentions_an_entity(condition) {
        return;
    }
    let this = vec![Expected { condition: condition.clone(), wanted }];
    walk(question, node, &[under.clone(), this].concat(), found);
}
