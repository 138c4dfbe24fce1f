//! Organization-wide settings that change nothing for anybody.

use super::Lint;
use super::found::Found;
use super::holder::{Holder, Teams};
use super::study::Study;
use crate::access::{Access, Class};
use crate::catalog::{IdentityStep, Toggle, ToggleAct};
use crate::json::Value;
use crate::organization::TokenKind;
use crate::roster::Who;

/// Answers the sources of the settings that are as good as gone.
pub(super) fn look(study: &Study<'_>, found: &mut Found) -> Vec<u32> {
    conditional(study, found);
    granting(study, found)
}

/// Settings that give nothing to anybody which is not held otherwise.
fn granting(study: &Study<'_>, found: &mut Found) -> Vec<u32> {
    let settings = study.granting_settings();
    let mut holder = Holder::default();
    for (at, source) in &settings {
        let part = holder.part(*at, (0, 0));
        holder.leads_to(part, *source);
    }
    let mut accesses = Vec::new();
    let of_runs = study.organization.access_of_levels();
    if study.organization.catalog.identity.contains(&IdentityStep::StackToken { levels: true }) {
        accesses.push((&of_runs, Teams::These(&[])));
    }
    for access in study.callers.iter().map(|caller| &caller.access) {
        if access.ways.iter().any(|way| way.class == Class::Setting) {
            accesses.push((access, Teams::These(&access.teams)));
        }
    }
    let mut gone = Vec::new();
    for needless in holder.needless(study, &accesses) {
        idle(needless.at, found);
        gone.extend(settings.iter().filter(|(at, _)| *at == needless.at).map(|(_, source)| *source));
    }
    gone
}

/// Settings that let members use a scope which none of those whom they bind has.
fn conditional(study: &Study<'_>, found: &mut Found) {
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

impl Study<'_> {
    /// The settings that give something, by where they are written and the source of what they give.
    fn granting_settings(&self) -> Vec<(u32, u32)> {
        let (catalog, rules) = (&self.organization.catalog, &self.organization.rules);
        let mut settings = Vec::new();
        let mut add = |field: &str, source: Option<u32>| {
            settings.extend(self.setting(field).map(Value::number).zip(source));
        };
        for (toggle, (_, source)) in catalog.toggles.iter().zip(&rules.toggles) {
            add(&toggle.field, *source);
        }
        for (level, source) in catalog.levels.iter().zip(&rules.levels) {
            add(&level.field, *source);
        }
        settings
    }

    fn setting(&self, field: &str) -> Option<Value<'_>> {
        self.document.get("settings")?.get(field)
    }

    /// Whether somebody whom a setting binds holds its scope, so that it could be refused.
    fn matters(&self, toggle: &Toggle) -> bool {
        let bound = |who: &Who| self.role_of(*who).is_some_and(|role| self.binds(toggle, role));
        let mut callers = self.callers.iter().filter(|it| !it.access.admin && it.who.iter().any(bound));
        callers.any(|caller| self.holds_somewhere(&caller.access, toggle))
    }

    /// Whether a setting is about those with this organization role.
    fn binds(&self, toggle: &Toggle, role: u32) -> bool {
        let built_in = Some(role as usize).filter(|role| *role < self.organization.catalog.roles.len());
        toggle.reach.concerns(built_in)
    }

    fn holds_somewhere(&self, access: &Access, toggle: &Toggle) -> bool {
        for source in self.inventory.reachable(access) {
            let source = self.organization.source(source);
            for range in [&source.everywhere, &source.guarded, &source.named] {
                for (_, grant) in self.organization.grants_of(range.clone()) {
                    let set = self.organization.set(grant.set);
                    if set.entity_type == toggle.entity_type && set.scopes.contains(toggle.scope) {
                        return true;
                    }
                }
            }
        }
        false
    }

    /// The organization role of whoever has one.
    fn role_of(&self, who: Who) -> Option<u32> {
        let principals = &self.organization.principals;
        match who {
            Who::User(number) => principals.persons.get(number)?.role,
            Who::Token(number) => match principals.tokens.get(number as usize)?.kind {
                TokenKind::Organization { role, .. } => Some(role),
                TokenKind::Personal(_) | TokenKind::Team(_) => None,
            },
            Who::Team(_) | Who::ServicePrincipal(_) => None,
        }
    }
}
