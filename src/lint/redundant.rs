//! What gives nothing new: rules, roles and grants that something else makes needless, and memberships.
//!
//! Each holder is looked at by itself: a role, a team, a service principal, a member. What may go leaves as much as
//! before to each of them, and so to all, even if everything goes at once.

use super::Lint;
use super::found::{Found, Related, listed};
use super::holder::{Holder, Needless, Teams};
use super::pairs::Pairs;
use super::study::Study;
use super::worlds::is_of_teams;
use crate::access::Access;
use crate::holdings::distinct;
use crate::json::Value;
use crate::names::{as_u32, sorted};
use crate::organization::{Holder as Held, Person};
use crate::roster::Who;

/// Looks at everyone without the sources that are as good as gone.
pub(super) fn look(study: &Study<'_>, gone: &[u32], found: &mut Found) {
    for (number, role) in study.document.list("roles").enumerate() {
        record(study, number, role, found);
    }
    let principals = &study.organization.principals;
    for ((number, held), written) in (0..).zip(&principals.teams).zip(study.document.list("teams")) {
        holder(study, &study.organization.access_of_team_number(number), held, written, found);
    }
    let written = study.document.list("servicePrincipals");
    for ((number, held), written) in (0..).zip(&principals.service_principals).zip(written) {
        holder(study, &study.organization.access_of_service_principal_number(number), held, written, found);
    }
    people(study, gone, found);
}

/// The rules of a role, or the nodes of its tree, by what the role is without each.
fn record(study: &Study<'_>, number: usize, role: Value<'_>, found: &mut Found) {
    let source = as_u32(study.organization.catalog.roles.len() + number);
    let mut holder = Holder::default();
    study.grants(source, &mut holder);
    study.composing(source, &mut holder);
    let access = study.organization.access_of_role(source);
    let mut all = holder.needless(study, &[(&access, Teams::Any)]);
    all.retain(|it| it.gives);
    for rule in role.list("rules") {
        whole_rule(rule, &mut all);
    }
    for it in all {
        needless(it, found);
    }
}

/// A rule all of whose entities may go is told of as one.
fn whole_rule(rule: Value<'_>, all: &mut Vec<Needless>) {
    let entries: Vec<u32> = rule.list("on").map(Value::number).collect();
    let is_entry = |it: &Needless| entries.binary_search(&it.at).is_ok();
    if entries.is_empty() || all.iter().filter(|it| is_entry(it)).count() < entries.len() {
        return;
    }
    let mut instead = Vec::new();
    all.iter().filter(|it| is_entry(it)).for_each(|it| instead.extend_from_slice(&it.instead));
    all.retain(|it| !is_entry(it));
    all.push(Needless { at: rule.number(), gives: true, instead: distinct(instead) });
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
    let all = holder.needless(study, &[(access, Teams::Any)]);
    all.into_iter().filter(|it| it.gives).for_each(|it| needless(it, found));
}

fn needless(it: Needless, found: &mut Found) {
    let message = "all that this gives comes otherwise as well: remove it";
    found.add(Lint::RedundantGrant, it.at, message, it.instead);
}

/// The teams and the direct grants of members and collaborators.
fn people(study: &Study<'_>, gone: &[u32], found: &mut Found) {
    let memberships = study.memberships();
    let mut needless_members = Vec::new();
    for (number, person) in (0..).zip(study.organization.principals.persons.iter()) {
        let access = study.organization.access_of_person(number);
        let mut holder = Holder::without(gone);
        if let Some(direct) = person.direct {
            study.grants(direct, &mut holder);
        }
        let teams = study.teams_to_leave(&person, &access, memberships.of(number).collect(), &mut holder);
        for it in holder.needless(study, &[(&access, Teams::These(&access.teams))]) {
            match teams.iter().find(|(at, _)| *at == it.at) {
                _ if !it.gives => {}
                Some((_, team)) => needless_members.push((*team, number)),
                None => needless(it, found),
            }
        }
    }
    for (team, members) in Pairs::new(needless_members).groups() {
        needless_membership(study, team, members, found);
    }
}

fn needless_membership(study: &Study<'_>, team: u32, members: Vec<u32>, found: &mut Found) {
    let written = study.document.list("teams").nth(team as usize).and_then(|team| team.get("members"));
    let names = study.names_of(members.into_iter().map(Who::User));
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
    /// Makes parts of the grants of a source, one for each value that says some.
    fn grants(&self, source: u32, holder: &mut Holder) {
        let source = self.organization.source(source);
        let mut written = Vec::new();
        for (breadth, range) in (1..).zip([&source.everywhere, &source.guarded, &source.named]) {
            for grant in range.clone() {
                let at = self.origins.grants.get(grant as usize).copied().flatten();
                written.extend(at.map(|at| (at, breadth, grant)));
            }
        }
        for by_one in sorted(written).chunk_by(|(a, ..), (b, ..)| a == b) {
            let Some((at, breadth, _)) = by_one.first() else { continue };
            let part = holder.part(*at, (*breadth, *at));
            for (.., grant) in by_one {
                holder.is_grant(part, *grant);
            }
        }
    }

    /// Makes parts of the records that a record composes.
    fn composing(&self, source: u32, holder: &mut Holder) {
        let range = self.organization.source(source).uses.clone();
        for (number, used) in range.zip(self.organization.uses_of(source)) {
            let Some(at) = self.origins.uses.get(number as usize).copied().flatten() else { continue };
            let part = holder.part(at, (if used.guard.is_none() { 1 } else { 2 }, at));
            holder.composes(part, used.guard, used.source);
        }
    }

    /// Makes parts of the teams that a member may leave, by where the memberships are written, and lets the rest be
    /// held anyway. Admins leave none, for everything is needless to them and teams are more than what they give.
    fn teams_to_leave(
        &self,
        person: &Person,
        access: &Access,
        memberships: Vec<u32>,
        holder: &mut Holder,
    ) -> Vec<(u32, u32)> {
        let may_leave = !access.admin && !self.rests_on_teams(access);
        let mut parts = Vec::new();
        let mut teams = Vec::new();
        for (team, at) in person.teams.iter().zip(memberships).filter(|_| may_leave) {
            parts.push((*team, holder.part(at, (0, *team))));
            teams.push((at, *team));
        }
        for way in access.ways.iter().filter(|way| Some(way.source) != person.direct) {
            let part = way.team.and_then(|team| parts.binary_search_by_key(&team, |(team, _)| *team).ok());
            match part.and_then(|position| parts.get(position)) {
                Some((_, part)) => holder.leads_to(*part, way.source),
                None => holder.has_anyway(way.source),
            }
        }
        teams
    }

    /// For each person where it is written that somebody is in a team, in the order of the teams and once for each.
    fn memberships(&self) -> Pairs {
        let mut memberships = Vec::new();
        for team in self.document.list("teams") {
            let mut members = Vec::new();
            for member in team.list("members") {
                let person =
                    member.text("user").and_then(|user| self.organization.principals.people.get(user));
                members.extend(person.map(|person| (person, member.number())));
            }
            let mut members = sorted(members);
            members.dedup_by_key(|(person, _)| *person);
            memberships.extend(members);
        }
        Pairs::new(memberships)
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
