//! Roles, sets and teams that nobody has or that stand there twice.

use super::Lint;
use super::found::{Found, Related};
use super::study::{Study, is_role};
use crate::holdings::distinct;
use crate::json::{Kind, Value, excerpt};
use crate::names::{Names, as_u32, sorted};
use crate::organization::{RunAs, TokenKind};
use crate::scope::Scope;

pub(super) fn look(study: &Study<'_>, found: &mut Found) {
    unused_roles(study, found);
    unused_teams(study, found);
    unused_sets(study, found);
    equal_sets(study, found);
    equal_roles(study, found);
}

fn unused_roles(study: &Study<'_>, found: &mut Found) {
    let used = study.used_records();
    let first = study.organization.catalog.roles.len();
    for (number, role) in study.document.list("roles").enumerate() {
        if used.binary_search(&as_u32(first + number)).is_ok() {
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
        if used.binary_search(&number).is_err() {
            let name = excerpt(team.text("name").unwrap_or_default());
            let message = format!(
                "nobody is in the team `{name}`, and no token or deployment acts as it: say who is, or remove it"
            );
            found.add(Lint::UnusedTeam, team.number(), message, Vec::new());
        }
    }
}

fn unused_sets(study: &Study<'_>, found: &mut Found) {
    let used = study.used_sets();
    for set in study.document.list("permissionSets") {
        let id = set.text("id").unwrap_or_default();
        if used.get(id).is_none() {
            let message =
                format!("nothing gives the permission set `{}`: give it, or remove it", excerpt(id));
            found.add(Lint::UnusedSet, set.number(), message, Vec::new());
        }
    }
}

/// Sets with the scopes of another: a default one, or else an earlier one.
fn equal_sets(study: &Study<'_>, found: &mut Found) {
    let mut sets = Vec::new();
    let mut add = |id, at| {
        if let Some(set) = study.set(id) {
            let scopes: Vec<Scope> = set.scopes.iter().collect();
            sets.push(((set.entity_type, scopes), (at, id)));
        }
    };
    study.organization.catalog.sets.iter().for_each(|set| add(&*set.id, None));
    for set in study.document.list("permissionSets") {
        add(set.text("id").unwrap_or_default(), Some(set.number()));
    }
    each_equal(sets, &mut |at, first, same| {
        let message = format!(
            "the set has the same scopes as `{}`: give that one everywhere, and remove this",
            excerpt(same)
        );
        found.add(Lint::EqualSet, at, message, first.map(Related::At).into_iter().collect());
    });
}

/// Roles that say the same as an earlier one, but for the order in which they say it.
fn equal_roles(study: &Study<'_>, found: &mut Found) {
    let mut roles = Vec::new();
    for role in study.document.list("roles").filter(|role| is_role(*role)) {
        let says = ["rules", "organizationAccess", "details"];
        let says = says.map(|field| role.get(field).map_or_else(String::new, said));
        if says.iter().any(|part| !matches!(&**part, "" | "[]")) {
            roles.push((says, (Some(role.number()), role.text("id").unwrap_or_default())));
        }
    }
    each_equal(roles, &mut |at, first, same| {
        let message = format!(
            "the role gives the same as `{}`: give that one to everybody, and remove this",
            excerpt(same)
        );
        found.add(Lint::EqualRole, at, message, first.map(Related::At).into_iter().collect());
    });
}

/// Where something is written, if it is, and its name.
type Named<'n> = (Option<u32>, &'n str);

/// Shows everything that is like another: where it is written, and the place and the name of the first of them.
fn each_equal<K: Ord>(items: Vec<(K, Named<'_>)>, each: &mut dyn FnMut(u32, Option<u32>, &str)) {
    let items = sorted(items);
    for same in items.chunk_by(|(a, _), (b, _)| a == b) {
        let Some((_, (first, name))) = same.first() else { continue };
        for at in same.iter().skip(1).filter_map(|(_, (at, _))| *at) {
            each(at, *first, name);
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

impl Study<'_> {
    /// Built-in roles and records that somebody has, that a setting names, or that a record composes; sorted.
    fn used_records(&self) -> Vec<u32> {
        let (principals, rules) = (&self.organization.principals, &self.organization.rules);
        let mut used = Vec::new();
        used.extend(principals.persons.iter().filter_map(|person| person.role));
        for holder in principals.teams.iter().chain(&principals.service_principals) {
            used.extend(&holder.roles);
        }
        for token in &principals.tokens {
            if let TokenKind::Organization { role, .. } = token.kind {
                used.push(role);
            }
        }
        used.extend(self.organization.entities.deployments.iter().filter_map(|(_, it)| it.role));
        used.extend(rules.default_deployment_role);
        used.extend(self.default_role());
        used.extend(self.organization.uses.iter().map(|used| used.source));
        distinct(used)
    }

    /// The record that the settings name for members without a role.
    fn default_role(&self) -> Option<u32> {
        let id = self.document.get("settings")?.text("defaultRole")?;
        let custom = self.document.list("roles").position(|role| role.text("id") == Some(id))?;
        Some(as_u32(self.organization.catalog.roles.len() + custom))
    }

    /// Teams with a member, with a token, or that runs act as; sorted.
    fn used_teams(&self) -> Vec<u32> {
        let principals = &self.organization.principals;
        let mut used = Vec::new();
        for person in principals.persons.iter() {
            used.extend(&person.teams);
        }
        for token in &principals.tokens {
            if let TokenKind::Team(team) = token.kind {
                used.push(team);
            }
        }
        for (_, deployment) in &self.organization.entities.deployments {
            if let Some(RunAs::Team(team)) = deployment.run_as {
                used.push(team);
            }
        }
        distinct(used)
    }

    /// The names of the sets that something gives.
    fn used_sets(&self) -> Names {
        let mut used = Names::default();
        for role in self.document.list("roles") {
            for rule in role.list("rules") {
                used.intern(rule.text("permissionSet").unwrap_or_default());
            }
            for (_, name) in role.texts("organizationAccess") {
                used.intern(name);
            }
            for node in role.get("details").into_iter().flat_map(Value::all) {
                for (_, name) in node.texts("permissionDescriptors") {
                    used.intern(name);
                }
            }
        }
        for holders in ["members", "collaborators", "teams", "servicePrincipals"] {
            for holder in self.document.list(holders) {
                for grant in holder.list("grants") {
                    used.intern(grant.text("permissionSet").unwrap_or_default());
                }
            }
        }
        used
    }
}
