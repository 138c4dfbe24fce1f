//! One question that was not answered by allow, and all that bears on it.

use super::{Asker, Asking};
use crate::access::Access;
use crate::condition::{Condition, Facts};
use crate::names::as_u32;
use crate::organization::{Label, Organization, Source};
use crate::request::PrincipalName;
use crate::roster::Who;
use crate::scope::Scope;
use crate::standing::Question;

pub(super) struct Case<'c> {
    pub(super) organization: &'c Organization,
    pub(super) asking: &'c Asking<'c>,
    pub(super) scope: Scope,
    /// Who of the document holds what decides. A run may act as itself.
    pub(super) holder: Option<Who>,
    /// For each source whether it gives the scope on something.
    giving: Vec<bool>,
}

impl<'c> Case<'c> {
    pub(super) fn new(organization: &'c Organization, asking: &'c Asking<'c>, scope: Scope) -> Self {
        let who = match &asking.asker {
            Asker::Somebody(who) => Some(*who),
            Asker::Run(_) => {
                let acts_as = asking.access.acts_as.as_deref().unwrap_or_default();
                PrincipalName::parse(acts_as).ok().and_then(|name| organization.who(&name))
            }
        };
        let holder = who.map(|who| organization.holder_behind(who));
        let mut case = Self { organization, asking, scope, holder, giving: Vec::new() };
        case.giving = organization.sources.iter().map(|source| case.has_grant(source)).collect();
        case.spread_to_composing();
        case
    }

    /// Whether whoever asks would be allowed with that access.
    pub(super) fn allows(&self, access: &Access) -> bool {
        self.decides(access, &self.asking.question)
    }

    /// Whether that access would be allowed under these facts.
    pub(super) fn decides(&self, access: &Access, question: &Question<'_>) -> bool {
        let facts = Facts { teams: &access.teams, ..question.facts };
        let question = Question { facts, ..*question };
        self.organization.decide_scope(access, &question, self.asking.scope).is_allow()
    }

    /// Whether a source gives the scope on something, by itself or by a record that it composes.
    pub(super) fn gives(&self, source: u32) -> bool {
        self.giving.get(source as usize) == Some(&true)
    }

    /// Whether what somebody holds may rest on the teams that they are in.
    pub(super) fn teams_are_tested(&self) -> bool {
        let tests = |condition: &Condition| matches!(condition, Condition::InTeam(_) | Condition::InAnyTeam);
        self.organization.conditions.iter().any(tests)
    }

    /// Whether the document lists an entity.
    pub(super) fn is_listed(&self, entity: &str) -> bool {
        let entities = &self.organization.entities;
        entities.names.get(entity).is_some_and(|number| entities.is_listed(number))
    }

    /// The roles that somebody can have, by number and id.
    pub(super) fn roles(&self) -> impl Iterator<Item = (u32, &'c str)> {
        (0..).zip(&self.organization.sources).filter_map(|(number, source)| match &source.label {
            Label::Role(id) => Some((number, &**id)),
            _ => None,
        })
    }

    pub(super) fn role_id(&self, role: u32) -> Option<String> {
        match &self.organization.source(role).label {
            Label::Role(id) => Some(id.to_string()),
            _ => None,
        }
    }

    fn has_grant(&self, source: &Source) -> bool {
        let organization = self.organization;
        let ranges = [&source.everywhere, &source.guarded, &source.named];
        let mut grants = ranges.into_iter().flat_map(|range| organization.grants_of(range.clone()));
        grants.any(|(_, grant)| {
            let set = organization.set(grant.set);
            set.entity_type == self.asking.question.subject.entity_type && set.scopes.contains(self.scope)
        })
    }

    /// A source that composes one that gives gives as well. Chains of composing are short, so few rounds are.
    fn spread_to_composing(&mut self) {
        let mut changed = true;
        while std::mem::take(&mut changed) {
            for source in 0..as_u32(self.giving.len()) {
                let uses = self.organization.uses_of(source);
                if !self.gives(source) && uses.iter().any(|used| self.gives(used.source)) {
                    self.giving.iter_mut().skip(source as usize).take(1).for_each(|slot| *slot = true);
                    changed = true;
                }
            }
        }
    }
}
