//! What gives nothing new: rules, roles and grants that something else makes needless, memberships, settings.
//!
//! Each holder is looked at by itself: a role, a team, a service principal, a member, the organization with its
//! settings. What may go leaves as much as before to each of them, and so to all, even if everything goes at once.

use std::collections::{BTreeMap, BTreeSet};

use super::Lint;
use super::found::{Found, Related, listed};
use super::holder::{Holder, Teams};
use super::study::Study;
use super::worlds::is_of_teams;
use crate::access::{Access, Class};
use crate::catalog::{IdentityStep, Toggle, ToggleAct};
use crate::json::Value;
use crate::names::as_u32;
use crate::organization::{Holder as Held, TokenKind};
use crate::roster::Who;

pub(super) fn look(study: &Study<'_>, found: &mut Found) {
    let idle = granting_settings(study, found);
    conditional_settings(study, found);
    study.document.list("roles").enumerate().for_each(|(number, role)| record(study, number, role, found));
    let principals = &study.organization.principals;
    for (list, held, who) in [
        ("teams", &principals.teams, Who::Team as fn(u32) -> Who),
        ("servicePrincipals", &principals.service_principals, Who::ServicePrincipal),
    ] {
        for ((number, held), written) in (0..).zip(held).zip(study.document.list(list)) {
            let access = study.organization.access_of(who(number));
            holder(study, &access, held, written, found);
        }
    }
    people(study, &idle, found);
}

/// Settings that give nothing to anybody which is not held otherwise. Answers the sources of those.
fn granting_settings(study: &Study<'_>, found: &mut Found) -> BTreeSet<u32> {
    let (mut holder, mut sources) = (Holder::default(), Vec::new());
    for (at, source) in study.granting_settings() {
        let part = holder.part(at, (0, 0));
        holder.leads_to(part, source);
        sources.push((at, source));
    }
    let of_runs = study.organization.catalog.identity.contains(&IdentityStep::StackToken { levels: true });
    let of_runs = of_runs.then(|| study.organization.access_of_levels());
    let has_setting = |access: &&Access| access.ways.iter().any(|way| way.class == Class::Setting);
    let accesses = study.callers.iter().map(|caller| &caller.access).chain(&of_runs).filter(has_setting);
    let accesses: Vec<_> = accesses.map(|access| (access, Teams::These(&access.teams))).collect();
    let spares = holder.spares(study, &accesses);
    for spare in &spares {
        idle(spare.at, found);
    }
    let is_spare = |at: u32| spares.iter().any(|spare| spare.at == at);
    sources.into_iter().filter(|(at, _)| is_spare(*at)).map(|(_, source)| source).collect()
}

/// Settings that let members use a scope which none of those whom they bind has.
fn conditional_settings(study: &Study<'_>, found: &mut Found) {
    let organization = study.organization;
    for (toggle, (on, _)) in organization.catalog.toggles.iter().zip(&organization.rules.toggles) {
        let written = study.setting(&toggle.field).filter(|_| *on && toggle.act == ToggleAct::Conditions);
        if let Some(written) = written.filter(|_| !study.matters(toggle)) {
            idle(written.number(), found);
        }
    }
}

fn idle(at: u32, found: &mut Found) {
    found.add(Lint::IdleSetting, at, "the setting changes nothing for anybody: leave it out", Vec::new());
}

/// The rules of a role, or the nodes of its tree, by what the role is without each.
fn record(study: &Study<'_>, number: usize, role: Value<'_>, found: &mut Found) {
    let source = as_u32(study.organization.catalog.roles.len() + number);
    let mut holder = Holder::default();
    study.grants(source, &mut holder);
    study.composing(source, &mut holder);
    let access = study.organization.access_of_role(source);
    let spares = holder.spares(study, &[(&access, Teams::Any)]);
    let mut spares: BTreeMap<u32, Vec<Related>> =
        spares.into_iter().filter(|spare| spare.gives).map(|spare| (spare.at, spare.instead)).collect();
    for rule in role.list("rules") {
        whole_rule(rule, &mut spares);
    }
    for (at, instead) in spares {
        needless(at, instead, found);
    }
}

/// A rule all of whose entities may go is told of as one.
fn whole_rule(rule: Value<'_>, spares: &mut BTreeMap<u32, Vec<Related>>) {
    let entries: Vec<u32> = rule.list("on").map(Value::number).collect();
    if !entries.is_empty() && entries.iter().all(|entry| spares.contains_key(entry)) {
        let instead: BTreeSet<Related> =
            entries.iter().filter_map(|entry| spares.remove(entry)).flatten().collect();
        spares.insert(rule.number(), instead.into_iter().collect());
    }
}

/// The roles and the direct grants of a team or a service principal.
fn holder(study: &Study<'_>, access: &Access, held: &Held, written: Value<'_>, found: &mut Found) {
    let mut holder = Holder::default();
    for ((entry, role), position) in written.list("roles").zip(&held.roles).zip(0..) {
        let part = holder.part(entry.number(), (0, position));
        holder.leads_to(part, *role);
    }
    if let Some(direct) = held.direct {
        study.grants(direct, &mut holder);
    }
    for spare in holder.spares(study, &[(access, Teams::Any)]).into_iter().filter(|spare| spare.gives) {
        needless(spare.at, spare.instead, found);
    }
}

fn needless(at: u32, instead: Vec<Related>, found: &mut Found) {
    found.add(Lint::RedundantGrant, at, "all that this gives comes otherwise as well: remove it", instead);
}

/// The teams and the direct grants of members and collaborators.
fn people(study: &Study<'_>, idle: &BTreeSet<u32>, found: &mut Found) {
    let memberships = study.memberships();
    let mut needless_members: BTreeMap<u32, Vec<Who>> = BTreeMap::new();
    for (number, person) in (0..).zip(&study.organization.principals.persons) {
        let access = study.organization.access_of_person(number);
        let mut holder = Holder::without(idle);
        if let Some(direct) = person.direct {
            study.grants(direct, &mut holder);
        }
        // Everything is needless to an admin, and teams are more than what they give.
        let may_leave = !access.admin && !study.rests_on_teams(&access);
        let mut parts: BTreeMap<u32, (u32, usize)> = BTreeMap::new();
        for team in person.teams.iter().filter(|_| may_leave) {
            if let Some(at) = memberships.get(&(*team, number)) {
                parts.insert(*team, (*at, holder.part(*at, (0, *team))));
            }
        }
        for way in access.ways.iter().filter(|way| Some(way.source) != person.direct) {
            match way.team.and_then(|team| parts.get(&team)) {
                Some((_, part)) => holder.leads_to(*part, way.source),
                None => holder.has_anyway(way.source),
            }
        }
        let teams: BTreeMap<u32, u32> = parts.into_iter().map(|(team, (at, _))| (at, team)).collect();
        let spares = holder.spares(study, &[(&access, Teams::These(&access.teams))]);
        for spare in spares.into_iter().filter(|spare| spare.gives) {
            match teams.get(&spare.at) {
                Some(team) => needless_members.entry(*team).or_default().push(Who::User(number)),
                None => needless(spare.at, spare.instead, found),
            }
        }
    }
    for (team, members) in needless_members {
        needless_membership(study, team, members, found);
    }
}

fn needless_membership(study: &Study<'_>, team: u32, members: Vec<Who>, found: &mut Found) {
    let written = study.document.list("teams").nth(team as usize).and_then(|team| team.get("members"));
    let names = study.names_of(members);
    if let Some(written) = written {
        let message = format!(
            "the team gives nothing new to {}: all of it comes otherwise as well, so that they need not be in it",
            listed(&names)
        );
        let related = names.into_iter().map(Related::Name).collect();
        found.add(Lint::RedundantMembership, written.number(), message, related);
    }
}

impl Study<'_> {
    /// The settings that give something, by where they are written and the source of what they give.
    fn granting_settings(&self) -> Vec<(u32, u32)> {
        let (catalog, rules) = (&self.organization.catalog, &self.organization.rules);
        let toggles = catalog.toggles.iter().zip(&rules.toggles);
        let toggles = toggles.map(|(toggle, (_, source))| (&toggle.field, *source));
        let levels = catalog.levels.iter().zip(&rules.levels).map(|(level, source)| (&level.field, *source));
        let written =
            |(field, source): (&Box<str>, Option<u32>)| Some((self.setting(field)?.number(), source?));
        toggles.chain(levels).filter_map(written).collect()
    }

    fn setting(&self, field: &str) -> Option<Value<'_>> {
        self.document.get("settings")?.get(field)
    }

    /// Whether somebody whom a setting binds holds its scope, so that it could be refused.
    fn matters(&self, toggle: &Toggle) -> bool {
        let bound = |who: &Who| {
            self.role_of(*who).is_some_and(|role| {
                let built_in =
                    Some(role as usize).filter(|role| *role < self.organization.catalog.roles.len());
                toggle.reach.concerns(built_in)
            })
        };
        let callers = self.callers.iter().filter(|it| !it.access.admin && it.who.iter().any(bound));
        let holds = |access: &Access| {
            let sources = self.inventory.reachable(access).into_iter();
            sources.map(|source| self.organization.source(source)).any(|source| {
                [&source.everywhere, &source.guarded, &source.named].into_iter().any(|range| {
                    self.organization.grants_of(range.clone()).any(|(_, grant)| {
                        let set = self.organization.set(grant.set);
                        set.entity_type == toggle.entity_type && set.scopes.contains(toggle.scope)
                    })
                })
            })
        };
        callers.map(|caller| &caller.access).any(holds)
    }

    /// The organization role of whoever has one.
    fn role_of(&self, who: Who) -> Option<u32> {
        let principals = &self.organization.principals;
        match who {
            Who::User(number) => principals.persons.get(number as usize)?.role,
            Who::Token(number) => match principals.tokens.get(number as usize)?.kind {
                TokenKind::Organization { role, .. } => Some(role),
                TokenKind::Personal(_) | TokenKind::Team(_) => None,
            },
            Who::Team(_) | Who::ServicePrincipal(_) => None,
        }
    }

    /// Makes parts of the grants of a source, one for each value that says some.
    fn grants(&self, source: u32, holder: &mut Holder) {
        let source = self.organization.source(source);
        let mut parts: BTreeMap<u32, usize> = BTreeMap::new();
        for (breadth, range) in (1..).zip([&source.everywhere, &source.guarded, &source.named]) {
            for (grant, _) in self.organization.grants_of(range.clone()) {
                if let Some(at) = self.origins.grants.get(grant as usize).copied().flatten() {
                    let part = *parts.entry(at).or_insert_with(|| holder.part(at, (breadth, at)));
                    holder.is_grant(part, grant);
                }
            }
        }
    }

    /// Makes parts of the records that a record composes.
    fn composing(&self, source: u32, holder: &mut Holder) {
        let range = self.organization.source(source).uses.clone();
        for (number, used) in range.zip(self.organization.uses_of(source)) {
            let Some(at) = self.origins.uses.get(number as usize).copied().flatten() else { continue };
            let breadth = if used.guard.is_none() { 1 } else { 2 };
            let part = holder.part(at, (breadth, at));
            holder.composes(part, used.guard, used.source);
        }
    }

    /// Where it is written that somebody is in a team, by both.
    fn memberships(&self) -> BTreeMap<(u32, u32), u32> {
        let people = &self.organization.principals.people;
        let members = (0..)
            .zip(self.document.list("teams"))
            .flat_map(|(team, written)| written.list("members").map(move |member| (team, member)));
        let entry = |(team, member): (u32, Value<'_>)| {
            Some(((team, people.get(member.text("user")?)?), member.number()))
        };
        members.filter_map(entry).collect()
    }

    /// Whether something rests on the teams of a principal, by which a team may give what others grant.
    fn rests_on_teams(&self, access: &Access) -> bool {
        let mut rests = false;
        let sources = if self.tests_teams { self.inventory.reachable(access) } else { Vec::new() };
        for guard in self.guards_of(&sources) {
            self.conditions_of(guard, &mut |condition| rests |= is_of_teams(condition));
        }
        rests
    }
}
