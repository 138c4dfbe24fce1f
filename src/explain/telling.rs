//! The grants behind a decision, each by every way in which it came, and the statements that are cited for it.

use super::chains::Chains;
use super::{Blocker, CitedRule, ExplainedGrant, On, label};
use crate::access::{Access, Class, Refusal, Way};
use crate::catalog::{Because, KeptRule};
use crate::condition::Truth;
use crate::decide::{Effect, Reason};
use crate::names::sorted;
use crate::organization::{Organization, Place};
use crate::scope::{Scope, ScopeSet};
use crate::standing::{Found, Question};

/// How many grants of an explanation are listed at the most, a little more where the last has many ways.
const LISTED: usize = 1_000;

/// An explanation in the making.
pub(super) struct Telling<'t> {
    organization: &'t Organization,
    access: &'t Access,
    question: &'t Question<'t>,
    pub(super) grants: Vec<ExplainedGrant>,
    pub(super) rules: Vec<CitedRule>,
}

impl<'t> Telling<'t> {
    pub(super) fn new(
        organization: &'t Organization,
        access: &'t Access,
        question: &'t Question<'t>,
    ) -> Self {
        Self { organization, access, question, grants: Vec::new(), rules: Vec::new() }
    }

    /// Whom the principal stands for.
    pub(super) fn caller(&mut self, reason: Reason) {
        if !matches!(reason, Reason::UnknownPrincipal | Reason::OtherOrganization) {
            for because in &self.access.because {
                self.cite(*because);
            }
        }
    }

    /// What is cited where the entity has no such scope, or nobody is asked about.
    pub(super) fn without_scope(&mut self, reason: Reason) {
        match reason {
            Reason::UnknownPrincipal => self.cite(Because::UnknownPrincipal),
            Reason::WrongEntityType => self.cite(Because::WrongEntityType),
            _ => {}
        }
    }

    /// The grants behind an effect on a scope, and the statements for it.
    pub(super) fn decided(&mut self, effect: Effect, reason: Reason, scope: Scope) {
        match (reason, self.access.refusal) {
            (Reason::DeploymentRefused, Some(Refusal::Deployment(because))) => return self.cite(because),
            (Reason::TokenExpired, _) => return self.cite(Because::TokenExpired),
            (Reason::TokenLifetime, _) => return self.cite(Because::TokenLifetime),
            (Reason::TokenException, _) => return self.cite(Because::TokenException),
            (Reason::OtherOrganization, _) => return,
            _ => {}
        }
        self.own_stack(scope);
        self.grants(effect, reason, scope);
        match reason {
            Reason::NeedsTags => self.cite(Because::UnknownTags),
            Reason::NotGranted => {
                self.cite(Because::NothingGrants);
                self.disputes(scope);
            }
            Reason::SettingOff => self.closed(scope),
            _ => {}
        }
    }

    /// The stack that a run deploys.
    fn own_stack(&mut self, scope: Scope) {
        let Some(own) = &self.access.beside else { return };
        if *own.entity == *self.question.subject.text && own.scopes.contains(scope) {
            let via = vec![self.access.acts_as.as_deref().unwrap_or_default().to_owned()];
            let via = if self.is_stack_token() { via } else { vec!["own-stack".to_owned()] };
            let on = On::Entity(own.entity.to_string());
            self.grants.push(ExplainedGrant { via, on, effect: Effect::Allow });
            self.cite(Because::RunStackToken);
        }
    }

    fn is_stack_token(&self) -> bool {
        self.access.because.first() == Some(&Because::RunStackToken)
    }

    /// The grants that hold, or where none does, those that may; in the order in which the principal holds them.
    fn grants(&mut self, effect: Effect, reason: Reason, scope: Scope) {
        let sure = matches!(effect, Effect::Allow);
        let (mut told, mut chains) = (Vec::new(), Chains::default());
        self.organization.each_grant(self.access, self.question, &ScopeSet::of(scope), &mut |found| {
            if (!sure || found.truth == Truth::True) && told.len() < LISTED {
                told.extend(self.told(found, &mut chains));
            }
        });
        if reason == Reason::OrganizationAdmin {
            // The role alone decides; what else grants is beside the point.
            told.retain(|it| it.way == 0);
        }
        let order =
            sorted(told.iter().enumerate().map(|(position, it)| (it.way, it.number, position)).collect());
        let mut told: Vec<_> = told.into_iter().map(Some).collect();
        for it in
            order.into_iter().filter_map(|(_, _, position)| told.get_mut(position).and_then(Option::take))
        {
            self.grants.push(it.grant);
            for rule in it.rules {
                self.cite_rule(&rule);
            }
        }
    }

    /// A grant once for each way in which its source is held.
    fn told(&self, found: &Found<'_>, chains: &mut Chains) -> Vec<Told> {
        let effect = if found.truth == Truth::True { Effect::Allow } else { Effect::Unknown };
        let mut told = Vec::new();
        for (number, way) in self.access.ways.iter().enumerate() {
            let Some(chain) = chains.between(self.organization, way.source, found.source) else { continue };
            let team =
                way.team.map(|team| format!("team:{}", self.organization.principals.team_names.name(team)));
            let reach = found.reach.iter().map(|reach| reach.source);
            let labels =
                chain.into_iter().chain(reach).filter_map(|it| label(&self.organization.source(it).label));
            let set =
                self.organization.set(found.grant.set).id.as_ref().map(|id| format!("permission-set:{id}"));
            let via = team.into_iter().chain(labels).chain(set).collect();
            let grant = ExplainedGrant { via, on: self.on(found), effect };
            told.push(Told { way: number, number: found.number, grant, rules: self.rules_of(found, way) });
            if told.len() >= LISTED {
                break;
            }
        }
        told
    }

    /// Where a grant holds: by its own place, and of what is composed under guards by the innermost of those.
    fn on(&self, found: &Found<'_>) -> On {
        let guard = found.reach.iter().rev().find_map(|reach| reach.guard);
        match (found.grant.place, guard) {
            (Place::Everywhere, Some(guard)) => self.organization.on(Place::When(guard)),
            (place, _) => self.organization.on(place),
        }
    }

    /// The statements behind a grant.
    fn rules_of(&self, found: &Found<'_>, way: &Way) -> Vec<KeptRule> {
        let catalog = &self.organization.catalog;
        let grant = &found.grant;
        let mut rules = Vec::new();
        let mut cite = |because| rules.extend_from_slice(catalog.citations(because));
        let by_team_token =
            way.team.is_some() && self.access.token.is_some() && self.access.because.is_empty();
        match (way.class, way.team.is_some()) {
            (Class::Granted, true) if by_team_token => cite(match grant.because {
                Because::TeamGrant => Because::TeamTokenGrant,
                _ => Because::TeamTokenRole,
            }),
            (Class::Granted, true) if grant.because != Because::TeamGrant => cite(Because::TeamRole),
            (Class::Setting, _) if self.is_stack_token() => cite(Because::RunLevels),
            (Class::Setting, _) if self.access.token.is_some() && self.access.because.is_empty() => {
                cite(Because::TeamTokenSetting);
            }
            _ => {}
        }
        match catalog.roles.get(found.source as usize) {
            Some(role) if !role.everything => {
                let set = role.sets.iter().find(|(set, _)| u32::try_from(*set).ok() == Some(grant.set));
                rules.extend_from_slice(set.map_or(&role.scopes_by, |(_, rules)| rules));
            }
            _ if way.class == Class::Setting => rules.extend_from_slice(self.rules_of_setting(found.source)),
            _ => rules.extend_from_slice(catalog.citations(grant.because)),
        }
        rules
    }

    fn rules_of_setting(&self, source: u32) -> &[KeptRule] {
        let catalog = &self.organization.catalog;
        let settings = &self.organization.rules;
        let toggle = settings.toggles.iter().position(|(_, it)| *it == Some(source));
        let level = settings.levels.iter().position(|it| *it == Some(source));
        let toggle = toggle.and_then(|toggle| catalog.toggles.get(toggle)).map(|toggle| &toggle.rules);
        toggle
            .or(level.and_then(|level| catalog.levels.get(level)).map(|level| &level.rules))
            .map_or(&[], |rules| rules)
    }

    /// The sources disagree on a scope that was refused, and it concerns this caller.
    fn disputes(&mut self, scope: Scope) {
        let organization = self.organization;
        for dispute in &organization.catalog.disputes {
            let asked = dispute.entity_type == self.question.subject.entity_type && dispute.scope == scope;
            let Some(held) = organization.catalog.sets.get(dispute.holding) else { continue };
            let holds = |source: u32| {
                let it = organization.source(source);
                [&it.everywhere, &it.guarded, &it.named].into_iter().any(|range| {
                    organization.grants_of(range.clone()).any(|(_, grant)| {
                        let set = organization.set(grant.set);
                        set.entity_type == held.entity_type && set.scopes.includes(&held.scopes)
                    })
                })
            };
            if asked && self.access.sources.iter().any(|(source, _)| holds(*source)) {
                self.cite_rule(&dispute.rule);
            }
        }
    }

    fn closed(&mut self, scope: Scope) {
        let entity_type = self.question.subject.entity_type;
        let toggle = self.access.closed_by(self.organization, entity_type, scope);
        for rule in toggle
            .and_then(|it| self.organization.catalog.toggles.get(it))
            .into_iter()
            .flat_map(|it| &it.rules)
        {
            self.cite_rule(rule);
        }
    }

    /// What refuses by that reason.
    pub(super) fn blockers(&self, reason: Reason, scope: &str) -> Vec<Blocker> {
        let entity_type = self.question.subject.entity_type;
        let closed = || {
            let scope = self.organization.catalog.scope(entity_type, scope)?;
            let toggle = self.access.closed_by(self.organization, entity_type, scope)?;
            self.organization.catalog.toggles.get(toggle).map(|toggle| toggle.field.to_string())
        };
        match reason {
            Reason::SettingOff => vec![Blocker { code: reason, setting: closed() }],
            Reason::TokenExpired
            | Reason::TokenLifetime
            | Reason::TokenException
            | Reason::DeploymentRefused => {
                vec![Blocker { code: reason, setting: None }]
            }
            _ => Vec::new(),
        }
    }

    fn cite(&mut self, because: Because) {
        for rule in self.organization.catalog.citations(because) {
            self.cite_rule(rule);
        }
    }

    fn cite_rule(&mut self, rule: &KeptRule) {
        if !self.rules.iter().any(|known| *known.rule == *rule.number) {
            self.rules.push(CitedRule { rule: rule.number.to_string(), basis: rule.basis.as_str() });
        }
    }
}

/// A grant on its way into an explanation.
struct Told {
    way: usize,
    number: u32,
    grant: ExplainedGrant,
    rules: Vec<KeptRule>,
}
