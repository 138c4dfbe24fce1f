//! Roles, sets and teams that nobody has or that stand there twice.

use std::collections::{BTreeMap, BTreeSet};

use super::Lint;
use super::found::{Found, Related};
use super::study::Study;
use crate::json::{Kind, Value, excerpt};
use crate::names::{as_u32, sorted};
use crate::organization::{RunAs, TokenKind};

pub(super) fn look(study: &Study<'_>, found: &mut Found) {
    unused_roles(study, found);
    unused_teams(study, found);
    let used = study.used_sets();
    for set in study.document.list("permissionSets") {
        unused_set(set, &used, found);
    }
    equal_sets(study, found);
    equal_roles(study, found);
}

fn unused_roles(study: &Study<'_>, found: &mut Found) {
    let used = study.used_records();
    let first = study.organization.catalog.roles.len();
    for (number, role) in study.document.list("roles").enumerate() {
        if used.contains(&as_u32(first + number)) {
            continue;
        }
        let id = excerpt(role.text("id").unwrap_or_default());
        let message = if is_role(role) {
            format!("nobody has the role `{id}`, and no setting names it: give it to somebody, or remove it")
        } else {
            format!("nothing composes `{id}`, which nobody can have by itself: compose it, or remove it")
        };
        found.add(Lint::UnusedRole, role.number(), message, Vec::new());
    }
}

fn unused_teams(study: &Study<'_>, found: &mut Found) {
    let used = study.used_teams();
    for (number, team) in (0..).zip(study.document.list("teams")) {
        if !used.contains(&number) {
            let name = excerpt(team.text("name").unwrap_or_default());
            let message = format!(
                "nobody is in the team `{name}`, and no token or deployment acts as it: say who is, or remove it"
            );
            found.add(Lint::UnusedTeam, team.number(), message, Vec::new());
        }
    }
}

fn unused_set(set: Value<'_>, used: &BTreeSet<&str>, found: &mut Found) {
    let id = set.text("id").unwrap_or_default();
    if !used.contains(id) {
        let message = format!("nothing gives the permission set `{}`: give it, or remove it", excerpt(id));
        found.add(Lint::UnusedSet, set.number(), message, Vec::new());
    }
}

/// Sets with the scopes of another, a default one or an earlier one.
fn equal_sets(study: &Study<'_>, found: &mut Found) {
    let mut known = BTreeMap::new();
    let key = |id: &str| {
        let set = study.set(id)?;
        Some((set.entity_type, set.scopes.iter().collect::<Vec<_>>()))
    };
    for set in study.organization.catalog.sets.iter().map(|set| &*set.id) {
        known.entry(key(set)).or_insert((set, None));
    }
    for set in study.document.list("permissionSets") {
        let id = set.text("id").unwrap_or_default();
        let (same, at) = *known.entry(key(id)).or_insert((id, Some(set.number())));
        if same != id {
            let message = format!(
                "the set has the same scopes as `{}`: give that one everywhere, and remove this",
                excerpt(same)
            );
            found.add(Lint::EqualSet, set.number(), message, at.map(Related::At).into_iter().collect());
        }
    }
}

/// Roles that say the same as an earlier one, but for the order in which they say it.
fn equal_roles(study: &Study<'_>, found: &mut Found) {
    let mut known: BTreeMap<[String; 3], Value<'_>> = BTreeMap::new();
    for role in study.document.list("roles").filter(|role| is_role(*role)) {
        let says = ["rules", "organizationAccess", "details"]
            .map(|field| role.get(field).map_or_else(String::new, said));
        if says.iter().all(|part| matches!(&**part, "" | "[]")) {
            continue;
        }
        let same = *known.entry(says).or_insert(role);
        if same.number() != role.number() {
            let message = format!(
                "the role gives the same as `{}`: give that one to everybody, and remove this",
                excerpt(same.text("id").unwrap_or_default())
            );
            found.add(Lint::EqualRole, role.number(), message, vec![Related::At(same.number())]);
        }
    }
}

/// What a value says, in a form that is the same whatever the order of its lists and fields, which means nothing.
fn said(value: Value<'_>) -> String {
    match value.kind() {
        Kind::Object => {
            let members = value.members().map(|(key, value)| format!("{key:?}:{}", said(value)));
            format!("{{{}}}", sorted(members.collect()).join(","))
        }
        Kind::Array => format!("[{}]", sorted(value.items().map(said).collect()).join(",")),
        Kind::Text => format!("{:?}", value.as_text().unwrap_or_default()),
        Kind::Number => value.as_number().unwrap_or_default().to_owned(),
        Kind::Bool | Kind::Null => format!("{:?}", value.as_bool()),
    }
}

/// Whether a record may be given to somebody.
fn is_role(record: Value<'_>) -> bool {
    !matches!(record.text("uxPurpose"), Some("policy" | "set"))
}

impl Study<'_> {
    /// Built-in roles and records that somebody has, that a setting names, or that a record composes.
    fn used_records(&self) -> BTreeSet<u32> {
        let (principals, rules) = (&self.organization.principals, &self.organization.rules);
        let of_people = principals.persons.iter().filter_map(|person| person.role);
        let holders = principals.teams.iter().chain(&principals.service_principals);
        let of_tokens = principals.tokens.iter().filter_map(|token| match token.kind {
            TokenKind::Organization { role, .. } => Some(role),
            TokenKind::Personal(_) | TokenKind::Team(_) => None,
        });
        let of_stacks = self.organization.entities.deployments.iter().filter_map(|(_, it)| it.role);
        let composed = self.organization.uses.iter().map(|used| used.source);
        of_people
            .chain(holders.flat_map(|holder| holder.roles.iter().copied()))
            .chain(of_tokens)
            .chain(of_stacks)
            .chain(rules.default_deployment_role)
            .chain(self.default_role())
            .chain(composed)
            .collect()
    }

    /// The record that the settings name for members without a role.
    fn default_role(&self) -> Option<u32> {
        let id = self.document.get("settings")?.text("defaultRole")?;
        let custom = self.document.list("roles").position(|role| role.text("id") == Some(id))?;
        Some(as_u32(self.organization.catalog.roles.len() + custom))
    }

    /// Teams with a member, with a token, or that runs act as.
    fn used_teams(&self) -> BTreeSet<u32> {
        let principals = &self.organization.principals;
        let by_members = principals.persons.iter().flat_map(|person| person.teams.iter().copied());
        let by_tokens = principals.tokens.iter().filter_map(|token| match token.kind {
            TokenKind::Team(team) => Some(team),
            TokenKind::Personal(_) | TokenKind::Organization { .. } => None,
        });
        let by_runs = self.organization.entities.deployments.iter().filter_map(|(_, it)| match it.run_as {
            Some(RunAs::Team(team)) => Some(team),
            Some(RunAs::ServicePrincipal(_)) | None => None,
        });
        by_members.chain(by_tokens).chain(by_runs).collect()
    }

    /// The names of the sets that something gives.
    fn used_sets(&self) -> BTreeSet<&str> {
        let mut used = BTreeSet::new();
        for role in self.document.list("roles") {
            used.extend(role.list("rules").filter_map(|rule| rule.text("permissionSet")));
            used.extend(role.texts("organizationAccess").map(|(_, name)| name));
            if let Some(details) = role.get("details") {
                let composed = details.all().flat_map(|node| node.texts("permissionDescriptors"));
                used.extend(composed.map(|(_, name)| name));
            }
        }
        for holders in ["members", "collaborators", "teams", "servicePrincipals"] {
            let grants = self.document.list(holders).flat_map(|holder| holder.list("grants"));
            used.extend(grants.filter_map(|grant| grant.text("permissionSet")));
        }
        used
    }
}
