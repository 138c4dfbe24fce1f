//! Access × scope × entity → [`Decision`]. The only file that answers allow or deny.

use std::fmt;

use serde::Serialize;

use crate::access::{Access, Class, Refusal};
use crate::condition::{self, Facts, Truth};
use crate::entity::EntityType;
use crate::names::sorted;
use crate::organization::{Organization, Place, Subject, Use};
use crate::scope::{Scope, ScopeSet};
use crate::time::Instant;

/// The answer to one question.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Decision {
    /// Allow, deny, or not to be told without the tags in `needs`.
    pub effect: Effect,
    /// Why, for programs.
    pub reason: Reason,
    /// The keys of the tags on which an `unknown` rests, sorted. A request that brings them all is decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Seconds for which an environment may stay open, 0 for no limit; where a grant that decided says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_open_seconds: Option<u64>,
}

impl Decision {
    pub(crate) fn deny(reason: Reason) -> Self {
        Self { reason, ..Self::default() }
    }

    fn allow(reason: Reason) -> Self {
        Self { effect: Effect::Allow, reason, ..Self::default() }
    }

    /// Whether the answer is allow, and nothing less.
    pub fn is_allow(&self) -> bool {
        self.effect == Effect::Allow
    }
}

/// The three answers. Deny is the default of everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// No.
    #[default]
    Deny,
    /// Yes.
    Allow,
    /// It rests on tags that are not known.
    Unknown,
}

impl Effect {
    /// The effect as it is written: `allow`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why an answer is as it is: the first of this list that holds.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The reason as it is written: `not_granted`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

reasons! {
    /// Nobody of that name is in the organization.
    UnknownPrincipal = "unknown_principal",
    /// The catalog has no such scope.
    UnknownScope = "unknown_scope",
    /// The scope exists, but not for entities of this type.
    WrongEntityType = "wrong_entity_type",
    /// The entity belongs to another organization.
    OtherOrganization = "other_organization",
    /// The mode or the deployment settings do not let it run.
    DeploymentRefused = "deployment_refused",
    /// The token is past its end.
    TokenExpired = "token_expired",
    /// The token may live longer than the organization allows.
    TokenLifetime = "token_lifetime",
    /// No organization token has this scope, whatever its role.
    TokenException = "token_exception",
    /// The caller's own organization role has everything.
    OrganizationAdmin = "organization_admin",
    /// A setting that must also hold is off.
    SettingOff = "setting_off",
    /// A role, a team or a direct grant gives it.
    Granted = "granted",
    /// An organization-wide setting gives it.
    OrganizationSetting = "organization_setting",
    /// The caller created the entity.
    Creator = "creator",
    /// A grant rests on tags that are not known.
    NeedsTags = "needs_tags",
    /// Nothing gives it.
    #[default]
    NotGranted = "not_granted",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Everything that is known of the entity of a question and of the moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'q> {
    pub(crate) subject: Subject<'q>,
    pub(crate) facts: Facts<'q>,
    pub(crate) at: Option<Instant>,
}

impl Organization {
    /// Decides one scope.
    pub(crate) fn decide_scope(&self, access: &Access, question: &Question<'_>, scope: &str) -> Decision {
        let entity_type = question.subject.entity_type;
        match self.scope_of(access, entity_type, scope) {
            Err(reason) => Decision::deny(reason),
            Ok(scope) => match self.before_grants(access, question, scope) {
                Some(decision) => decision,
                None => self.by_grants(access, question, scope),
            },
        }
    }

    /// The effect on every scope of the entity's type at once: what is allowed, and what rests on tags.
    pub(crate) fn row(&self, access: &Access, question: &Question<'_>) -> Row {
        let entity_type = question.subject.entity_type;
        let all = self.catalog.all_scopes(entity_type);
        if self.refuses_all(access, question).is_some() {
            return Row { entity_type, allow: ScopeSet::EMPTY, unknown: ScopeSet::EMPTY };
        }
        let exceptions = self.exceptions(access, entity_type);
        if access.admin {
            return Row { entity_type, allow: all.without(&exceptions), unknown: ScopeSet::EMPTY };
        }
        let mut standing = self.standing(access, question, &all, &mut |_| {});
        for toggle in access.closed.iter().filter_map(|position| self.catalog.toggles.get(*position)) {
            if toggle.entity_type == entity_type {
                standing.close(toggle.scope);
            }
        }
        let allow = standing.allowed().without(&exceptions);
        Row { entity_type, allow, unknown: standing.unknown.without(&allow).without(&exceptions) }
    }

    /// The scope of a question, or why there is none to decide.
    pub(crate) fn scope_of(
        &self,
        access: &Access,
        entity_type: EntityType,
        scope: &str,
    ) -> Result<Scope, Reason> {
        if access.refusal == Some(Refusal::UnknownPrincipal) {
            return Err(Reason::UnknownPrincipal);
        }
        let number = self.catalog.scope_number(scope).ok_or(Reason::UnknownScope)?;
        self.catalog.scope_numbered(entity_type, number).ok_or(Reason::WrongEntityType)
    }

    /// What is decided before any grant is looked at.
    pub(crate) fn before_grants(
        &self,
        access: &Access,
        question: &Question<'_>,
        scope: Scope,
    ) -> Option<Decision> {
        if let Some(reason) = self.refuses_all(access, question) {
            return Some(Decision::deny(reason));
        }
        if self.exceptions(access, question.subject.entity_type).contains(scope) {
            return Some(Decision::deny(Reason::TokenException));
        }
        access.admin.then(|| Decision::allow(Reason::OrganizationAdmin))
    }

    /// Why every scope is refused, if it is.
    fn refuses_all(&self, access: &Access, question: &Question<'_>) -> Option<Reason> {
        match access.refusal {
            Some(Refusal::UnknownPrincipal) => Some(Reason::UnknownPrincipal),
            _ if !question.subject.here => Some(Reason::OtherOrganization),
            Some(Refusal::Deployment(_)) => Some(Reason::DeploymentRefused),
            None => self.token_refuses(access, question.at),
        }
    }

    /// Expiry and lifetime of the token (TK-13, TK-14). Without a time, a token that can expire has expired.
    fn token_refuses(&self, access: &Access, at: Option<Instant>) -> Option<Reason> {
        let token = self.principals.tokens.get(access.token? as usize)?;
        let days = self.rules.token_max_lifetime_days;
        match (token.expires, at) {
            (None, _) => days.map(|_| Reason::TokenLifetime),
            (Some(_), None) => Some(Reason::TokenExpired),
            (Some(expires), Some(at)) if at >= expires => Some(Reason::TokenExpired),
            (Some(expires), Some(at)) => {
                days.filter(|days| expires > at.plus_days(*days)).map(|_| Reason::TokenLifetime)
            }
        }
    }

    fn exceptions(&self, access: &Access, entity_type: EntityType) -> ScopeSet {
        if access.has_exceptions { self.catalog.token_exceptions(entity_type) } else { ScopeSet::EMPTY }
    }

    fn by_grants(&self, access: &Access, question: &Question<'_>, scope: Scope) -> Decision {
        let entity_type = question.subject.entity_type;
        let mut needs = Vec::new();
        let standing = self.standing(access, question, &ScopeSet::of(scope), &mut |found| {
            let place = self.grants.get(found.grant as usize).map(|grant| grant.place);
            if let (Truth::Unknown, Some(Place::When(guard))) = (found.truth, place) {
                self.keys_of(guard, entity_type, &mut needs);
            }
        });
        for guard in &standing.open {
            self.keys_of(*guard, entity_type, &mut needs);
        }
        let mut decision = self.verdict(access, entity_type, scope, &standing);
        if decision.effect == Effect::Unknown {
            decision.needs = self.tag_names(needs);
        }
        if decision.is_allow() && self.rules.has_time_limits && self.catalog.is_timed(entity_type, scope) {
            decision.max_open_seconds = self.longest_open(access, question, scope);
        }
        decision
    }

    /// The decision on a scope of which it is known what grants it.
    fn verdict(
        &self,
        access: &Access,
        entity_type: EntityType,
        scope: Scope,
        standing: &Standing,
    ) -> Decision {
        let held = standing.allowed().contains(scope) || standing.unknown.contains(scope);
        if held && access.closed_by(self, entity_type, scope).is_some() {
            return Decision::deny(Reason::SettingOff);
        }
        if standing.granted.contains(scope) {
            Decision::allow(Reason::Granted)
        } else if standing.setting.contains(scope) {
            Decision::allow(Reason::OrganizationSetting)
        } else if standing.creator.contains(scope) {
            Decision::allow(Reason::Creator)
        } else if standing.unknown.contains(scope) {
            Decision { effect: Effect::Unknown, reason: Reason::NeedsTags, ..Decision::default() }
        } else {
            Decision::deny(Reason::NotGranted)
        }
    }

    /// What grants which of the scopes in `only`. The one evaluator: decisions, rows and explanations all come
    /// from here.
    pub(crate) fn standing(
        &self,
        access: &Access,
        question: &Question<'_>,
        only: &ScopeSet,
        found: &mut dyn FnMut(&Found<'_>),
    ) -> Standing {
        let entity_type = question.subject.entity_type;
        let everywhere = access.everywhere(entity_type);
        let mut standing =
            Standing { granted: everywhere.granted, setting: everywhere.setting, ..Standing::default() };
        if let Some(own) = access.own_stack.as_ref().filter(|own| *own.entity == *question.subject.text) {
            standing.granted.add(&own.scopes);
        }
        let mut walk =
            Walk { organization: self, access, question, only, guards: Guards::default(), open: Vec::new() };
        walk.named(&mut |it| {
            standing.take(self, it);
            found(it);
        });
        walk.guarded(&mut |it| {
            standing.take(self, it);
            found(it);
        });
        standing.open = walk.open;
        standing
    }

    /// The keys of the tags that a guard and those around it test.
    fn keys_of(&self, guard: u32, entity_type: EntityType, keys: &mut Vec<u32>) {
        let mut next = Some(guard);
        while let Some(guard) = next.and_then(|guard| self.guards.get(guard as usize)) {
            condition::keys(&self.conditions, guard.condition, entity_type, keys);
            next = guard.outer;
        }
    }

    fn tag_names(&self, mut keys: Vec<u32>) -> Vec<String> {
        keys = sorted(keys);
        keys.dedup();
        sorted(keys.into_iter().map(|key| self.tags.name(key).to_owned()).collect())
    }

    /// The longest of the limits of what grants a scope; a grant without one wins over all. Nothing
    /// where no grant speaks of it.
    fn longest_open(&self, access: &Access, question: &Question<'_>, scope: Scope) -> Option<u64> {
        let mut limits = Vec::new();
        self.each_grant(access, question, scope, &mut |found| {
            if found.truth == Truth::True {
                let set = self.grants.get(found.grant as usize).map(|grant| grant.set);
                limits.push(set.and_then(|set| self.set(set).max_open));
            }
        });
        let own = access.own_stack.as_ref().is_some_and(|own| *own.entity == *question.subject.text);
        let spoken = limits.iter().any(Option::is_some);
        let unlimited = own || limits.iter().any(|limit| limit.is_none_or(|seconds| seconds == 0));
        let longest = limits.into_iter().flatten().max().unwrap_or(0);
        spoken.then_some(if unlimited { 0 } else { longest })
    }

    /// Every grant of a scope: those that hold everywhere as well.
    pub(crate) fn each_grant(
        &self,
        access: &Access,
        question: &Question<'_>,
        scope: Scope,
        each: &mut dyn FnMut(&Found<'_>),
    ) {
        let entity_type = question.subject.entity_type;
        for (number, class) in &access.sources {
            for (grant, it) in self.grants_of(self.source(*number).everywhere.clone()) {
                let set = self.set(it.set);
                if set.entity_type == entity_type && set.scopes.contains(scope) {
                    each(&Found { grant, source: *number, class: *class, truth: Truth::True, reach: &[] });
                }
            }
        }
        self.standing(access, question, &ScopeSet::of(scope), each);
    }
}

/// The scopes of one entity that are allowed, and those that rest on tags.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) entity_type: EntityType,
    pub(crate) allow: ScopeSet,
    pub(crate) unknown: ScopeSet,
}

impl Row {
    pub(crate) fn effect(&self, scope: Scope) -> Effect {
        if self.allow.contains(scope) {
            Effect::Allow
        } else if self.unknown.contains(scope) {
            Effect::Unknown
        } else {
            Effect::Deny
        }
    }
}

/// What grants the scopes of one entity, by the class of how it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    granted: ScopeSet,
    setting: ScopeSet,
    creator: ScopeSet,
    unknown: ScopeSet,
    /// The guards on every way to a record that may grant: tags that they test are needed too.
    open: Vec<u32>,
}

impl Standing {
    fn take(&mut self, organization: &Organization, found: &Found<'_>) {
        let set = organization.grants.get(found.grant as usize).map(|grant| organization.set(grant.set));
        let slot = match (found.truth, found.class) {
            (Truth::Unknown, _) => &mut self.unknown,
            (_, Class::Granted) => &mut self.granted,
            (_, Class::Setting) => &mut self.setting,
            (_, Class::Creator) => &mut self.creator,
        };
        if let Some(set) = set {
            slot.add(&set.scopes);
        }
    }

    fn allowed(&self) -> ScopeSet {
        let mut all = self.granted;
        all.add(&self.setting);
        all.add(&self.creator);
        all
    }

    fn close(&mut self, scope: Scope) {
        let closed = ScopeSet::of(scope);
        for set in [&mut self.granted, &mut self.setting, &mut self.creator, &mut self.unknown] {
            *set = set.without(&closed);
        }
    }
}

/// A grant that holds, or may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'w> {
    pub(crate) grant: u32,
    /// The source of the access by which it is held.
    pub(crate) source: u32,
    pub(crate) class: Class,
    pub(crate) truth: Truth,
    /// The records between that source and the grant, which are composed under guards.
    pub(crate) reach: &'w [Reach],
}

/// A step from a record to one that it composes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach {
    pub(crate) source: u32,
    pub(crate) guard: Option<u32>,
    truth: Truth,
    outer: Option<usize>,
}

/// One look at everything that bears on an entity.
struct Walk<'w> {
    organization: &'w Organization,
    access: &'w Access,
    question: &'w Question<'w>,
    only: &'w ScopeSet,
    guards: Guards,
    open: Vec<u32>,
}

impl Walk<'_> {
    /// Whether a set has something that is asked for.
    #[inline]
    fn wanted(&self, set: u32) -> bool {
        let set = self.organization.set(set);
        set.entity_type == self.question.subject.entity_type && set.scopes.meets(self.only)
    }

    /// Grants that name the entity: the shorter of the two lists is gone through, the other looked up.
    fn named(&self, found: &mut dyn FnMut(&Found<'_>)) {
        let Some(number) = self.question.subject.number else { return };
        let grants = self.organization.entities.grants_of(number);
        let mut each = |source: u32, class: Class, grant: u32| {
            let set = self.organization.grants.get(grant as usize).map(|grant| grant.set);
            if set.is_some_and(|set| self.wanted(set)) {
                found(&Found { grant, source, class, truth: Truth::True, reach: &[] });
            }
        };
        if grants.len() <= self.access.sources.len() * 4 {
            for (source, grant) in grants {
                if let Some(class) = self.access.class_of(*source) {
                    each(*source, class, *grant);
                }
            }
            return;
        }
        for (source, class) in &self.access.sources {
            let first = grants.partition_point(|(it, _)| it < source);
            let of_source = grants.get(first..).unwrap_or_default().iter().take_while(|(it, _)| it == source);
            of_source.for_each(|(_, grant)| each(*source, *class, *grant));
        }
    }

    /// Grants under guards, and what the records grant that are composed under guards.
    fn guarded(&mut self, found: &mut dyn FnMut(&Found<'_>)) {
        for (source, class) in &self.access.conditional {
            let start = Reach { source: *source, guard: None, truth: Truth::True, outer: None };
            self.guarded_grants(&start, *source, *class, &[], found);
            if !self.organization.source(*source).uses.is_empty() {
                self.composed(start, *class, found);
            }
        }
    }

    fn guarded_grants(
        &mut self,
        at: &Reach,
        root: u32,
        class: Class,
        reach: &[Reach],
        found: &mut dyn FnMut(&Found<'_>),
    ) {
        let organization = self.organization;
        for (number, grant) in organization.grants_of(organization.source(at.source).guarded.clone()) {
            let Place::When(guard) = grant.place else { continue };
            if !self.wanted(grant.set) {
                continue;
            }
            let truth = at.truth.min(self.guards.truth(organization, &self.question.facts, guard));
            if truth != Truth::False {
                found(&Found { grant: number, source: root, class, truth, reach });
            }
        }
    }

    /// Follows records that are composed under guards: each is gone through at most once for sure, and once
    /// for maybe.
    fn composed(&mut self, start: Reach, class: Class, found: &mut dyn FnMut(&Found<'_>)) {
        let mut reached = vec![start];
        let mut met = Met(vec![Truth::False; self.organization.sources.len()]);
        let mut steps = Vec::new();
        let mut next = 0;
        while let Some(at) = reached.get(next).copied() {
            for step in self.steps_from(&at, next) {
                steps.push((at.source, step));
                reached.extend(met.adds(&step).then_some(step));
            }
            next += 1;
        }
        let mut undecided = vec![false; self.organization.sources.len()];
        for (position, at) in reached.iter().enumerate().skip(1) {
            let way = way_to(&reached, position);
            self.reached_grants(at, start.source, class, &way, &mut |it| {
                if let Some(slot) = undecided.get_mut(at.source as usize) {
                    *slot |= it.truth == Truth::Unknown;
                }
                found(it);
            });
        }
        self.open_guards(&steps, undecided);
    }

    /// The records that a record composes, as far as its guards allow. What the start composes without a guard is
    /// a source of the access itself, and no scope of the organization comes under a guard on an entity.
    fn steps_from(&mut self, at: &Reach, position: usize) -> Vec<Reach> {
        let organization = self.organization;
        let asks_organization =
            Some(self.question.subject.entity_type) == organization.catalog.organization_type();
        let uses = &organization.source(at.source).uses;
        let uses = organization.uses.get(uses.start as usize..uses.end as usize).unwrap_or_default();
        let step = |used: &Use| {
            let (guard, truth) = match used.guard {
                None if position == 0 => return None,
                None => (None, at.truth),
                Some(guard) => {
                    let on_entity =
                        organization.guards.get(guard as usize).is_none_or(|guard| guard.on_entity);
                    let closed = on_entity && asks_organization;
                    let truth = self.guards.truth(organization, &self.question.facts, guard);
                    (Some(guard), if closed { Truth::False } else { truth.min(at.truth) })
                }
            };
            let step = Reach { source: used.source, guard, truth, outer: Some(position) };
            (truth != Truth::False).then_some(step)
        };
        uses.iter().filter_map(step).collect()
    }

    /// Notes the guards on every way to a record with an undecided grant, and not on the first way alone: tags
    /// that any of them tests can settle it.
    fn open_guards(&mut self, steps: &[(u32, Reach)], mut undecided: Vec<bool>) {
        let mut noted = vec![false; steps.len()];
        let mut changed = undecided.contains(&true);
        while std::mem::take(&mut changed) {
            for ((from, step), noted) in steps.iter().zip(&mut noted).rev() {
                if !*noted && undecided.get(step.source as usize) == Some(&true) {
                    (*noted, changed) = (true, true);
                    self.open.extend(step.guard);
                    undecided.iter_mut().skip(*from as usize).take(1).for_each(|slot| *slot = true);
                }
            }
        }
    }

    /// What a record grants that was reached under guards.
    fn reached_grants(
        &mut self,
        at: &Reach,
        root: u32,
        class: Class,
        reach: &[Reach],
        found: &mut dyn FnMut(&Found<'_>),
    ) {
        let organization = self.organization;
        let source = organization.source(at.source);
        let here = self.question.subject.number.map(Place::Entity);
        let named = organization.grants_of(source.named.clone());
        for (number, grant) in organization.grants_of(source.everywhere.clone()).chain(named) {
            let holds = grant.place == Place::Everywhere || Some(grant.place) == here;
            if holds && self.wanted(grant.set) {
                found(&Found { grant: number, source: root, class, truth: at.truth, reach });
            }
        }
        self.guarded_grants(at, root, class, reach, found);
    }
}

/// For each source how surely it was reached.
struct Met(Vec<Truth>);

impl Met {
    /// Whether a step is surer than all steps to its record before.
    fn adds(&mut self, step: &Reach) -> bool {
        let Some(surest) = self.0.get_mut(step.source as usize) else { return false };
        let new = *surest < step.truth;
        *surest = step.truth.max(*surest);
        new
    }
}

/// The steps to a record, outermost first, without the start.
fn way_to(reached: &[Reach], position: usize) -> Vec<Reach> {
    let mut way = Vec::new();
    let mut next = Some(position);
    while let Some(step) = next.filter(|position| *position > 0).and_then(|position| reached.get(position)) {
        way.push(*step);
        next = step.outer;
    }
    way.reverse();
    way
}

/// The truth of guards during one walk. Trees are compiled front to back, so a guard that is asked for lies
/// under the ones asked for last: those on the way to it are remembered, and no guard is tested twice.
#[derive(Default)]
struct Guards {
    outermost: Option<(u32, Truth)>,
    inner: Vec<(u32, Truth)>,
}

impl Guards {
    fn truth(&mut self, organization: &Organization, facts: &Facts<'_>, guard: u32) -> Truth {
        if let Some((_, truth)) = self.outermost.filter(|(known, _)| *known == guard) {
            self.inner.clear();
            return truth;
        }
        if let Some(position) = self.inner.iter().rposition(|(known, _)| *known == guard) {
            self.inner.truncate(position + 1);
            return self.inner.last().map_or(Truth::False, |(_, truth)| *truth);
        }
        let Some(it) = organization.guards.get(guard as usize) else { return Truth::False };
        let own = condition::test(&organization.conditions, it.condition, facts).side(it.negated);
        match it.outer {
            None => {
                self.inner.clear();
                self.outermost = Some((guard, own));
                own
            }
            Some(outer) => {
                let truth = own.min(self.truth(organization, facts, outer));
                self.inner.push((guard, truth));
                truth
            }
        }
    }
}
