//! One principal, resolved: everything that it holds, merged so that a decision has little left to do.

mod supposed;

use crate::catalog::{Because, ToggleAct};
use crate::entity::EntityType;
use crate::names::sorted;
use crate::organization::{Holder, Organization, Person, TokenKind};
use crate::scope::{Scope, ScopeSet};

/// Why the answer to every question of a principal is deny, before anything is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    UnknownPrincipal,
    Deployment(Because),
}

/// How a grant came, as far as the reason of a decision tells: roles and direct grants before settings, these
/// before creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Granted,
    Setting,
    Creator,
}

/// One way in which a source is held directly.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    pub(crate) source: u32,
    pub(crate) class: Class,
    /// The team by which it came.
    pub(crate) team: Option<u32>,
}

/// What holds on every entity of a type.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Everywhere {
    pub(crate) granted: ScopeSet,
    pub(crate) setting: ScopeSet,
}

/// What is held on one entity beside the grants of the document: by a run its own stack, by a supposed access the
/// set that is supposed.
#[derive(Debug, Clone)]
pub(crate) struct Beside {
    pub(crate) entity: Box<str>,
    pub(crate) scopes: ScopeSet,
}

/// As whom the settings see a caller: the position of a built-in role, nothing for a custom one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeenAs(Option<usize>);

/// Everything that one principal holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Access {
    pub(crate) refusal: Option<Refusal>,
    /// The caller's own organization role has everything.
    pub(crate) admin: bool,
    pub(crate) ways: Vec<Way>,
    /// Each source once, sorted: those that are held directly, and the records that these compose without a
    /// condition.
    pub(crate) sources: Vec<(u32, Class)>,
    /// Those of them with grants or records under guards.
    pub(crate) conditional: Vec<(u32, Class)>,
    /// By entity type.
    pub(crate) everywhere: Vec<Everywhere>,
    /// Positions of toggles that are off and bind this caller.
    pub(crate) closed: Vec<usize>,
    /// Scopes that no organization token has do not come to this caller.
    pub(crate) has_exceptions: bool,
    /// Sorted.
    pub(crate) teams: Vec<u32>,
    pub(crate) token: Option<u32>,
    pub(crate) beside: Option<Beside>,
    /// By the toggles that grant, and by the default levels; nothing where these do not concern the caller.
    pub(crate) by_toggles: Option<SeenAs>,
    pub(crate) by_levels: Option<SeenAs>,
    pub(crate) acts_as: Option<Box<str>>,
    /// What is said of the caller itself.
    pub(crate) because: Vec<Because>,
}

impl Access {
    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self { refusal: Some(refusal), ..Self::default() }
    }

    #[inline]
    pub(crate) fn everywhere(&self, entity_type: EntityType) -> &Everywhere {
        const NOTHING: &Everywhere = &Everywhere { granted: ScopeSet::EMPTY, setting: ScopeSet::EMPTY };
        self.everywhere.get(entity_type.position()).unwrap_or(NOTHING)
    }

    /// The class in which a source is held, if it is.
    #[inline]
    pub(crate) fn class_of(&self, source: u32) -> Option<Class> {
        let position = self.sources.binary_search_by_key(&source, |(source, _)| *source).ok()?;
        self.sources.get(position).map(|(_, class)| *class)
    }

    /// The toggle that is off and refuses this scope to this caller.
    pub(crate) fn closed_by(
        &self,
        organization: &Organization,
        entity_type: EntityType,
        scope: Scope,
    ) -> Option<usize> {
        let closes = |position: &usize| {
            let toggle = organization.catalog.toggles.get(*position);
            toggle.is_some_and(|toggle| toggle.entity_type == entity_type && toggle.scope == scope)
        };
        self.closed.iter().copied().find(closes)
    }
}

impl Organization {
    /// What a user holds: a member or a collaborator.
    pub(crate) fn access_of_user(&self, login: &str) -> Access {
        match self.principals.people.get(login) {
            Some(person) => self.access_of_person(person),
            None => Access::refused(Refusal::UnknownPrincipal),
        }
    }

    /// What a token holds.
    pub(crate) fn access_of_token(&self, name: &str) -> Access {
        match self.principals.token_names.get(name) {
            Some(token) => self.access_of_token_number(token),
            None => Access::refused(Refusal::UnknownPrincipal),
        }
    }

    pub(crate) fn access_of_token_number(&self, number: u32) -> Access {
        let Some(token) = self.principals.tokens.get(number as usize) else {
            return Access::refused(Refusal::UnknownPrincipal);
        };
        let access = match token.kind {
            TokenKind::Personal(person) => {
                let mut access = self.access_of_person(person);
                access.because.push(Because::PersonalToken);
                access
            }
            TokenKind::Team(team) => self.access_of_team_token(team, token.created),
            TokenKind::Organization { role, own } => {
                self.access_of_organization_token(role, own, token.created)
            }
        };
        Access { token: Some(number), ..access }
    }

    /// What a team gives by itself; nothing from the settings.
    pub(crate) fn access_of_team(&self, name: &str) -> Access {
        match self.principals.team_names.get(name) {
            Some(team) => self.access_of_team_number(team),
            None => Access::refused(Refusal::UnknownPrincipal),
        }
    }

    pub(crate) fn access_of_team_number(&self, team: u32) -> Access {
        let mut builder = Builder::new(self);
        builder.team(team);
        builder.finish()
    }

    /// What a service principal holds: its roles, its grants, what it created.
    pub(crate) fn access_of_service_principal(&self, name: &str) -> Access {
        match self.principals.service_principal_names.get(name) {
            Some(number) => self.access_of_service_principal_number(number),
            None => Access::refused(Refusal::UnknownPrincipal),
        }
    }

    pub(crate) fn access_of_service_principal_number(&self, number: u32) -> Access {
        let Some(holder) = self.principals.service_principals.get(number as usize) else {
            return Access::refused(Refusal::UnknownPrincipal);
        };
        let mut builder = Builder::new(self);
        builder.holder(holder, None);
        builder.created(holder.created);
        builder.access.because.push(Because::ServicePrincipal);
        builder.finish()
    }

    /// What a role gives by itself.
    pub(crate) fn access_of_role(&self, role: u32) -> Access {
        let mut builder = Builder::new(self);
        builder.hold(role, Class::Granted, None);
        builder.finish()
    }

    /// The same caller with one alone of the ways in which it holds something; nothing: the stack that it deploys.
    pub(crate) fn access_by(&self, access: &Access, way: Option<&Way>) -> Access {
        let mut builder = Builder::new(self);
        builder.access = Access {
            closed: access.closed.clone(),
            has_exceptions: access.has_exceptions,
            refusal: access.refusal,
            teams: access.teams.clone(),
            token: access.token,
            beside: access.beside.clone().filter(|_| way.is_none()),
            ways: way.copied().into_iter().collect(),
            ..Access::default()
        };
        builder.finish()
    }

    /// The default levels of members alone.
    pub(crate) fn access_of_levels(&self) -> Access {
        let mut builder = Builder::new(self);
        builder.levels(Some(self.catalog.member_role));
        builder.finish()
    }

    pub(crate) fn access_of_person(&self, number: u32) -> Access {
        self.access_by_record(&self.principals.persons.get(number).unwrap_or_default())
    }

    fn access_by_record(&self, person: &Person) -> Access {
        let mut builder = Builder::new(self);
        if let Some(role) = person.role {
            builder.own_role(role);
        }
        // Bytes may name one team over and over, and each time it has all its roles.
        let mut met = vec![false; self.principals.teams.len()];
        for team in &person.teams {
            if met.get_mut(*team as usize).is_some_and(|met| !std::mem::replace(met, true)) {
                builder.team(*team);
            }
        }
        builder.direct(person.direct, None);
        if let Some(role) = person.role {
            builder.settings_for_member(role);
        }
        builder.created(person.created);
        builder.finish()
    }

    pub(crate) fn access_of_organization_token(&self, role: u32, own: bool, created: Option<u32>) -> Access {
        let mut builder = Builder::new(self);
        builder.own_role(role);
        builder.settings_for_member(role);
        builder.created(created);
        builder.access.has_exceptions = true;
        let because = if own { Because::OrganizationToken } else { Because::OrganizationTokenWithoutRole };
        builder.access.because.push(because);
        builder.finish()
    }

    /// The roles and grants of the team, and, unless the mode is restricted, what the settings give to members.
    fn access_of_team_token(&self, team: u32, created: Option<u32>) -> Access {
        let mut builder = Builder::new(self);
        builder.team(team);
        if !self.rules.restricted {
            let member = Some(self.catalog.member_role);
            builder.granting_toggles(member);
            builder.levels(member);
        }
        builder.created(created);
        builder.finish()
    }
}

/// An access in the making.
struct Builder<'o> {
    organization: &'o Organization,
    access: Access,
}

impl<'o> Builder<'o> {
    fn new(organization: &'o Organization) -> Self {
        Self { organization, access: Access::default() }
    }

    /// The organization role of a member, or of a token that counts as one.
    fn own_role(&mut self, role: u32) {
        self.access.admin =
            self.organization.catalog.roles.get(role as usize).is_some_and(|role| role.everything);
        self.hold(role, Class::Granted, None);
    }

    fn team(&mut self, team: u32) {
        let Some(holder) = self.organization.principals.teams.get(team as usize) else { return };
        self.holder(holder, Some(team));
        self.access.teams.push(team);
    }

    fn holder(&mut self, holder: &Holder, team: Option<u32>) {
        for role in &holder.roles {
            self.hold(*role, Class::Granted, team);
        }
        self.direct(holder.direct, team);
    }

    fn direct(&mut self, source: Option<u32>, team: Option<u32>) {
        if let Some(source) = source {
            self.hold(source, Class::Granted, team);
        }
    }

    fn created(&mut self, source: Option<u32>) {
        if let Some(source) = source {
            self.hold(source, Class::Creator, None);
        }
    }

    fn settings_for_member(&mut self, role: u32) {
        let built_in = Some(role as usize).filter(|role| *role < self.organization.catalog.roles.len());
        self.granting_toggles(built_in);
        self.levels(built_in);
        let toggles = self.organization.catalog.toggles.iter().zip(&self.organization.rules.toggles);
        for (position, (toggle, (on, _))) in toggles.enumerate() {
            if toggle.act == ToggleAct::Conditions && !on && toggle.reach.concerns(built_in) {
                self.access.closed.push(position);
            }
        }
    }

    fn granting_toggles(&mut self, built_in: Option<usize>) {
        self.access.by_toggles = Some(SeenAs(built_in));
        let organization = self.organization;
        for (toggle, (_, source)) in organization.catalog.toggles.iter().zip(&organization.rules.toggles) {
            if let Some(source) = source.filter(|_| toggle.reach.concerns(built_in)) {
                self.hold(source, Class::Setting, None);
            }
        }
    }

    fn levels(&mut self, built_in: Option<usize>) {
        self.access.by_levels = Some(SeenAs(built_in));
        let organization = self.organization;
        for (level, source) in organization.catalog.levels.iter().zip(&organization.rules.levels) {
            if let Some(source) = source.filter(|_| level.reach.concerns(built_in)) {
                self.hold(source, Class::Setting, None);
            }
        }
    }

    fn hold(&mut self, source: u32, class: Class, team: Option<u32>) {
        self.access.ways.push(Way { source, class, team });
    }

    /// Every source once: what is held directly, and what that composes without a condition, however often.
    fn sources(&self) -> Vec<(u32, Class)> {
        let mut met = Met { met: vec![false; self.organization.sources.len()], sources: Vec::new() };
        for way in &self.access.ways {
            met.add(way.source, way.class);
        }
        let mut next = 0;
        while let Some((source, class)) = met.sources.get(next).copied() {
            for composed in self.organization.composed(source) {
                met.add(composed, class);
            }
            next += 1;
        }
        sorted(met.sources)
    }

    /// Merges what holds everywhere, and notes what has to be looked at entity by entity.
    fn finish(mut self) -> Access {
        let organization = self.organization;
        let sources = self.sources();
        let access = &mut self.access;
        access.teams = sorted(std::mem::take(&mut access.teams));
        access.sources = sources;
        access.everywhere = vec![Everywhere::default(); organization.catalog.type_count()];
        for (number, class) in &access.sources {
            let source = organization.source(*number);
            for (_, grant) in organization.grants_of(source.everywhere.clone()) {
                let set = organization.set(grant.set);
                if let Some(slot) = access.everywhere.get_mut(set.entity_type.position()) {
                    let slot = if *class == Class::Setting { &mut slot.setting } else { &mut slot.granted };
                    slot.add(&set.scopes);
                }
            }
            let guarded_uses = organization.uses_of(*number).iter().any(|used| used.guard.is_some());
            if !source.guarded.is_empty() || guarded_uses {
                access.conditional.push((*number, *class));
            }
        }
        self.access
    }
}

/// Sources, each as it was met first.
struct Met {
    met: Vec<bool>,
    sources: Vec<(u32, Class)>,
}

impl Met {
    fn add(&mut self, source: u32, class: Class) {
        if self.met.get_mut(source as usize).is_some_and(|met| !std::mem::replace(met, true)) {
            self.sources.push((source, class));
        }
    }
}
