//! Who someone is, what that someone is given, and where from (sections 3.1 and 4).

use super::roles::Grant;
use super::{Question, Who, deployments, find, list, roles, text};
use serde_json::Value;

/// Whoever acts in the end: tokens and deployments are already followed to what stands behind them.
pub(crate) enum Actor<'a> {
    /// A login that is a member, a collaborator, or both.
    User(&'a str),
    /// An organization token, by its name.
    OrganizationToken(&'a str),
    /// A token of a team: its own name and the team's.
    TeamToken { name: &'a str, team: &'a str },
    /// What a team gives by itself.
    Team(&'a str),
    /// A non-human identity (PM-7).
    ServicePrincipal(&'a str),
    /// The short-lived token of one stack: Stack Admin there, with a role or with the default levels or bare.
    Stack { entity: String, role: Option<&'a str>, levels: bool },
}

/// Who the request's principal acts as.
pub(crate) fn who<'a>(question: &Question<'a>) -> Who<'a> {
    let (word, name) = text(&question.request["principal"]).split_once(':').expect("a principal");
    match word {
        "user" => user(question, name),
        "token" => token(question, name),
        "deployment" => deployments::who(question, name),
        _ => team_or_service_principal(question, word, name),
    }
}

/// A member or a collaborator (PR-9: anybody else has nothing).
pub(crate) fn user<'a>(question: &Question<'a>, login: &'a str) -> Who<'a> {
    let document = question.document;
    let member = find(&document["members"], "user", login);
    if member.or_else(|| find(&document["collaborators"], "user", login)).is_none() {
        return Who::Unknown;
    }
    Who::Acts { actor: Actor::User(login), token: None }
}

/// TK-1, TK-2, TK-6: who stands behind a token.
pub(crate) fn token<'a>(question: &Question<'a>, name: &'a str) -> Who<'a> {
    let Some(token) = find(&question.document["tokens"], "name", name) else { return Who::Unknown };
    let actor = match text(&token["kind"]) {
        "personal" => Actor::User(text(&token["user"])),
        "team" => Actor::TeamToken { name, team: text(&token["team"]) },
        _ => Actor::OrganizationToken(name),
    };
    Who::Acts { actor, token: Some(token) }
}

/// `team:NAME` or `service-principal:NAME`.
pub(crate) fn team_or_service_principal<'a>(question: &Question<'a>, word: &str, name: &'a str) -> Who<'a> {
    let document = question.document;
    let (known, actor) = match word {
        "team" => (find(&document["teams"], "name", name), Actor::Team(name)),
        _ => (find(&document["servicePrincipals"], "name", name), Actor::ServicePrincipal(name)),
    };
    if known.is_none() { Who::Unknown } else { Who::Acts { actor, token: None } }
}

/// The caller's own organization role: of members and of organization tokens alone.
pub(crate) fn own_role<'a>(question: &Question<'a>, actor: &Actor) -> Option<&'a str> {
    let document = question.document;
    let default_role = question.setting("defaultRole").as_str().unwrap_or("member"); // RO-22
    match actor {
        Actor::User(login) => {
            let member = find(&document["members"], "user", login)?;
            Some(member["role"].as_str().unwrap_or(default_role)) // PR-2, PR-4
        }
        Actor::OrganizationToken(name) => {
            let token = find(&document["tokens"], "name", name)?;
            let without = if question.current() { default_role } else { "member" }; // TK-3, X-24
            Some(token["role"].as_str().unwrap_or(without))
        }
        _ => None,
    }
}

/// The teams the caller is in, for the Team context.
pub(crate) fn teams<'a>(question: &Question<'a>, actor: &Actor<'a>) -> Vec<&'a str> {
    match actor {
        Actor::User(login) => teams_of(question, login).map(|team| text(&team["name"])).collect(),
        Actor::Team(team) | Actor::TeamToken { team, .. } => vec![*team],
        _ => Vec::new(),
    }
}

/// Everything that gives the scope with the reason `granted`.
pub(crate) fn grants(question: &Question, actor: &Actor) -> Vec<Grant> {
    let document = question.document;
    let mut found = Vec::new();
    if let Some(role) = own_role(question, actor) {
        found.extend(roles::gives(question, role));
    }
    match actor {
        Actor::User(login) => {
            for people in [&document["members"], &document["collaborators"]] {
                let person = find(people, "user", login);
                found.extend(person.into_iter().flat_map(|person| direct(question, person)));
            }
            found.extend(teams_of(question, login).flat_map(|team| from(question, team))); // TE-2
        }
        Actor::Team(team) | Actor::TeamToken { team, .. } => {
            let team = find(&document["teams"], "name", team);
            found.extend(team.into_iter().flat_map(|team| from(question, team)));
        }
        Actor::ServicePrincipal(name) => {
            let account = find(&document["servicePrincipals"], "name", name);
            found.extend(account.into_iter().flat_map(|account| from(question, account)));
        }
        Actor::Stack { entity, role, .. } => {
            if entity == question.entity && roles::set_gives(question, "stack-admin") {
                found.push(Grant::default()); // DP-6
            }
            found.extend(role.iter().flat_map(|role| roles::gives(question, role))); // DN-1
        }
        Actor::OrganizationToken(_) => {}
    }
    found
}

/// Whether a toggle or a default level gives the scope (sections 8 and 9 of the rules).
pub(crate) fn settings_grant(question: &Question, actor: &Actor) -> bool {
    toggles_reach(question, actor) && toggle_grants(question)
        || levels_reach(question, actor) && level_grants(question)
}

/// CG-1: the creator of a stack is Stack Admin there; machine identities since the current pages (CG-2).
pub(crate) fn created(question: &Question, actor: &Actor) -> bool {
    if question.entity_type != "stack" || !roles::set_gives(question, "stack-admin") {
        return false;
    }
    let Some(stack) = find(&question.document["entities"], "entity", question.entity) else { return false };
    let Some((word, name)) = stack["creator"].as_str().and_then(|creator| creator.split_once(':')) else {
        return false;
    };
    match actor {
        Actor::User(login) => is_member(question, login) && created_by_user(question, word, name, login),
        Actor::OrganizationToken(token) | Actor::TeamToken { name: token, .. } => {
            question.current() && word == "token" && name == *token
        }
        Actor::ServicePrincipal(account) => {
            question.current() && word == "service-principal" && name == *account
        }
        Actor::Team(_) | Actor::Stack { .. } => false,
    }
}

/// OS-14, Q-2, Q-3: on the built-in Member role, removing and transferring a stack need their toggle as well.
pub(crate) fn setting_off(question: &Question, actor: &Actor) -> bool {
    let toggle = match (question.entity_type, question.scope) {
        ("stack", "stack:delete") => "membersCanDeleteStacks",
        ("stack", "stack:transfer") => "membersCanTransferStacks",
        _ => return false,
    };
    question.current() && own_role(question, actor) == Some("member") && question.setting(toggle) != true
}

fn is_member(question: &Question, login: &str) -> bool {
    find(&question.document["members"], "user", login).is_some()
}

/// A personal token counts as its user.
fn created_by_user(question: &Question, word: &str, name: &str, login: &str) -> bool {
    match word {
        "user" => name == login,
        "token" => {
            let token = find(&question.document["tokens"], "name", name);
            token.is_some_and(|token| token["kind"] == "personal" && token["user"] == login)
        }
        _ => false,
    }
}

fn teams_of<'a>(question: &Question<'a>, login: &str) -> impl Iterator<Item = &'a Value> {
    list(&question.document["teams"]).filter(move |team| find(&team["members"], "user", login).is_some())
}

/// The roles and the direct grants of a team or of a service principal (TE-1, PM-7).
fn from(question: &Question, holder: &Value) -> Vec<Grant> {
    let roles = list(&holder["roles"]).flat_map(|role| roles::gives(question, text(role)));
    roles.chain(direct(question, holder)).collect()
}

/// The grants on single entities: a level (DL-11) or a set.
fn direct(question: &Question, holder: &Value) -> Vec<Grant> {
    list(&holder["grants"])
        .filter(|grant| grant["entity"] == question.entity)
        .filter(|grant| match grant["permissionSet"].as_str() {
            Some(set) => roles::set_gives(question, set),
            None => gives_level(question, &grant["level"]),
        })
        .map(|_| Grant::default())
        .collect()
}

/// Whether a level of the entity's type gives the scope, on the entity it was given on (DL-10, DL-11).
fn gives_level(question: &Question, level: &Value) -> bool {
    let name = match level.as_u64() {
        Some(0) => "none",
        Some(1 | 101) => "read",
        Some(2 | 102) => "write",
        Some(_) => "admin",
        None => level.as_str().unwrap_or("none"),
    };
    name != "none" && roles::set_gives(question, &format!("{}-{name}", question.entity_type))
}

/// OS-7: every member, whatever the role; OS-9: the Member role only. Team tokens too (OS-22), unless restricted.
fn toggles_reach(question: &Question, actor: &Actor) -> bool {
    match actor {
        Actor::TeamToken { .. } => !question.restricted(),
        _ => own_role(question, actor).is_some_and(|role| !question.current() || role == "member"),
    }
}

fn toggle_grants(question: &Question) -> bool {
    let toggle = match (question.entity_type, question.scope) {
        ("organization", "stack:create") => "membersCanCreateStacks", // OS-1
        ("organization", "insights_account:create") => "membersCanCreateAccounts", // OS-4
        ("organization", "team:create") => "membersCanCreateTeams",   // OS-5
        ("stack", "stack:delete") if !question.current() => "membersCanDeleteStacks", // OS-3
        ("stack", "stack:transfer") if !question.current() => "membersCanTransferStacks", // OS-2
        _ => return false,
    };
    question.setting(toggle) == true
}

/// Older: every member but the Billing Manager; current: the Member role only (DL-4). Team tokens (PM-5) and, by
/// the older text, the stack token (DP-10).
fn levels_reach(question: &Question, actor: &Actor) -> bool {
    match actor {
        Actor::TeamToken { .. } => !question.restricted(),
        Actor::Stack { levels, .. } => *levels,
        _ => own_role(question, actor).is_some_and(|role| {
            if question.current() { role == "member" } else { role != "billing-manager" }
        }),
    }
}

fn level_grants(question: &Question) -> bool {
    let setting = match question.entity_type {
        "stack" => "defaultStackPermission",
        "environment" => "defaultEnvironmentPermission",
        "insights-account" => "defaultAccountPermission",
        _ => return false,
    };
    gives_level(question, question.setting(setting))
}
