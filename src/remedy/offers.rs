//! The changes that would do: for whoever holds what decides, for everyone by a setting, for a token by another.

use super::case::Case;
use super::{Asker, Change};
use crate::access::Access;
use crate::names::as_u32;
use crate::organization::{Organization, TokenKind};
use crate::roster::Who;
use crate::scope::ScopeSet;

/// How many changes of one kind are told at the most: the first that would do, in the order of the document.
pub(super) const TOLD: usize = 1_000;

/// A change, and what it makes of those whom it reaches.
pub(super) struct Offer<'c> {
    pub(super) change: Change,
    pub(super) act: Act<'c>,
    pub(super) reach: Reach,
}

/// What somebody holds after a change; nothing where that does not concern them.
pub(super) type Act<'c> = Box<dyn Fn(&Access) -> Option<Access> + 'c>;

/// Whom a change reaches.
#[derive(Debug)]
pub(super) enum Reach {
    /// Whoever asks, who becomes somebody else by it.
    Asker,
    /// Whoever gets something; with a team its tokens and its members.
    Holder(Who),
    /// Everyone, with these scopes.
    Everyone(ScopeSet),
    /// The runs of all stacks whose settings choose nothing.
    Runs,
}

impl<'c> Offer<'c> {
    pub(super) fn new(change: Change, reach: Reach, act: impl Fn(&Access) -> Option<Access> + 'c) -> Self {
        Self { change, reach, act: Box::new(act) }
    }
}

impl<'c> Case<'c> {
    /// Every change that would do, in groups of one kind for one receiver.
    pub(super) fn offers(&self) -> Vec<Vec<Offer<'c>>> {
        let mut groups = match self.holder {
            Some(holder) => vec![self.more_roles(holder), self.more_teams(holder), self.more_grants(holder)],
            None => Vec::new(),
        };
        groups.extend([self.toggles(), self.levels(), self.other_tokens()]);
        if let Asker::Run(run) = &self.asking.asker {
            groups.extend(self.settings_of(run));
        }
        groups
    }

    /// Those of some changes with which it would do.
    pub(super) fn helping(&self, offers: impl Iterator<Item = Offer<'c>>) -> Vec<Offer<'c>> {
        offers.filter(|offer| self.helps(offer)).take(TOLD).collect()
    }

    fn helps(&self, offer: &Offer<'c>) -> bool {
        (offer.act)(self.asking.access).is_some_and(|access| self.allows(&access))
    }

    /// The roles with which it would do. Custom ones that do not give the scope are alike: what the settings and the
    /// stack of a run make of one of them they make of all, so that one is tried for all.
    pub(super) fn with_roles(&self, offer: impl Fn(u32, &str) -> Option<Offer<'c>>) -> Vec<Offer<'c>> {
        let built_in = self.organization.catalog.roles.len();
        let mut alike = None;
        let helping = self.roles().filter_map(|(role, id)| {
            let plain = role as usize >= built_in && !self.gives(role);
            if plain && alike == Some(false) {
                return None;
            }
            let offer = offer(role, id)?;
            let helps = self.helps(&offer);
            if plain {
                alike = Some(helps);
            }
            helps.then_some(offer)
        });
        helping.take(TOLD).collect()
    }

    /// Another role for a member or an organization token, one more for a team or a service principal.
    fn more_roles(&self, holder: Who) -> Vec<Offer<'c>> {
        let organization = self.organization;
        let principals = &organization.principals;
        let (held, replaced) = match holder {
            Who::User(person) => (&[][..], principals.persons.get(person).and_then(|it| it.role)),
            Who::Token(token) => (&[][..], role_of_token(organization, token)),
            Who::Team(team) => (principals.teams.get(team as usize).map_or(&[][..], |it| &it.roles), None),
            Who::ServicePrincipal(number) => {
                (principals.service_principals.get(number as usize).map_or(&[][..], |it| &it.roles), None)
            }
        };
        let to = organization.name_of(holder);
        let replaces = replaced.and_then(|role| self.role_id(role));
        self.with_roles(|role, id| {
            let new = !held.contains(&role) && replaced != Some(role);
            let change =
                Change::AssignRole { to: to.clone(), role: id.to_owned(), replaces: replaces.clone() };
            new.then(|| {
                Offer::new(change, Reach::Holder(holder), move |before| {
                    with_role(organization, before, holder, role)
                })
            })
        })
    }

    /// A team more, for a member.
    fn more_teams(&self, holder: Who) -> Vec<Offer<'c>> {
        let organization = self.organization;
        let Who::User(number) = holder else { return Vec::new() };
        let person = organization.principals.persons.get(number);
        let Some(person) = person.filter(|person| person.role.is_some()) else { return Vec::new() };
        let tested = self.teams_are_tested();
        let others = (0..).zip(&organization.principals.teams).filter(|(team, it)| {
            let gives = it.roles.iter().chain(&it.direct).any(|source| self.gives(*source));
            (gives || tested) && !person.teams.contains(team)
        });
        self.helping(others.map(|(team, _)| {
            let change = Change::JoinTeam {
                user: organization.name_of(holder),
                team: organization.name_of(Who::Team(team)),
            };
            Offer::new(change, Reach::Holder(holder), move |before| {
                Some(before.with_team(organization, team))
            })
        }))
    }

    /// A set on the entity of the question, for whoever can have direct grants.
    fn more_grants(&self, holder: Who) -> Vec<Offer<'c>> {
        let subject = self.asking.question.subject;
        let sets = (0..).zip(&self.organization.sets).filter_map(|(number, set)| {
            let fits = set.entity_type == subject.entity_type && set.scopes.contains(self.scope);
            set.id
                .as_ref()
                .filter(|_| fits && !matches!(holder, Who::Token(_)))
                .map(|id| (number, id, set.scopes))
        });
        self.helping(sets.map(|(number, id, scopes)| {
            let change = Change::GrantSet {
                to: self.organization.name_of(holder),
                entity: subject.text.to_owned(),
                permission_set: id.to_string(),
                level: self.level_that_gives(number),
            };
            Offer::new(change, Reach::Holder(holder), move |before| {
                Some(before.with_grant(subject.text, scopes))
            })
        }))
    }

    fn level_that_gives(&self, set: usize) -> Option<String> {
        let levels = &self.organization.catalog.level_of(self.asking.question.subject.entity_type)?.levels;
        levels.iter().find(|(_, it)| *it == Some(set)).map(|(name, _)| name.to_string())
    }

    /// Toggles that are off.
    fn toggles(&self) -> Vec<Offer<'c>> {
        let organization = self.organization;
        let toggles = organization.catalog.toggles.iter().zip(&organization.rules.toggles).enumerate();
        let off = toggles.filter(|(_, (toggle, (on, _)))| {
            let asked = self.asking.question.subject.entity_type;
            !on && toggle.entity_type == asked && toggle.scope == self.scope
        });
        self.helping(off.map(|(position, (toggle, _))| {
            let change = Change::TurnOn { setting: toggle.field.to_string() };
            let reach = Reach::Everyone(ScopeSet::of(toggle.scope));
            Offer::new(change, reach, move |before| before.with_toggle(organization, position))
        }))
    }

    /// The lowest level that does it, of the default levels of the type.
    fn levels(&self) -> Vec<Offer<'c>> {
        let asked = self.asking.question.subject.entity_type;
        let levels = self.organization.catalog.levels.iter().enumerate();
        levels
            .filter(|(_, level)| level.entity_type == asked)
            .flat_map(|(position, _)| self.raised(position))
            .collect()
    }

    fn raised(&self, position: usize) -> Vec<Offer<'c>> {
        let organization = self.organization;
        let present = self.given_by_level(position);
        let Some(level) = organization.catalog.levels.get(position) else { return Vec::new() };
        let scopes = |set: &Option<usize>| Some(organization.set(as_u32((*set)?)).scopes);
        let sets = level.levels.iter().filter_map(|(name, set)| Some((name, scopes(set)?)));
        let higher = sets.filter(|(_, scopes)| scopes.contains(self.scope) && scopes.includes(&present));
        let mut raised = self.helping(higher.map(|(name, scopes)| {
            let change = Change::RaiseLevel { setting: level.field.to_string(), level: name.to_string() };
            let reach = Reach::Everyone(scopes);
            Offer::new(change, reach, move |before| before.with_level(organization, position, &scopes))
        }));
        raised.truncate(1);
        raised
    }

    fn given_by_level(&self, position: usize) -> ScopeSet {
        let source = self.organization.rules.levels.get(position).copied().flatten();
        let everywhere = source.map_or(0..0, |source| self.organization.source(source).everywhere.clone());
        let mut scopes = ScopeSet::EMPTY;
        for (_, grant) in self.organization.grants_of(everywhere) {
            scopes.add(&self.organization.set(grant.set).scopes);
        }
        scopes
    }

    /// Other tokens, where a token asks. Whoever has a personal one cannot have somebody else's.
    fn other_tokens(&self) -> Vec<Offer<'c>> {
        let organization = self.organization;
        let Asker::Somebody(Who::Token(own)) = self.asking.asker else { return Vec::new() };
        let others = (0..).zip(&organization.principals.tokens).filter(|(number, token)| {
            let foreign = |person| matches!(self.holder, Some(Who::User(own)) if own != person);
            *number != own && !matches!(token.kind, TokenKind::Personal(person) if foreign(person))
        });
        self.helping(others.map(|(number, _)| {
            let change = Change::UseToken { token: organization.name_of(Who::Token(number)) };
            Offer::new(change, Reach::Asker, move |_| Some(organization.access_of_token_number(number)))
        }))
    }
}

fn role_of_token(organization: &Organization, token: u32) -> Option<u32> {
    match organization.principals.tokens.get(token as usize)?.kind {
        TokenKind::Organization { role, .. } => Some(role),
        _ => None,
    }
}

/// What somebody holds when that holder has got the role. A personal token stays one.
fn with_role(organization: &Organization, before: &Access, holder: Who, role: u32) -> Option<Access> {
    match holder {
        Who::User(person) => {
            let access = organization.access_of_person_with(person, role)?;
            Some(Access { token: before.token, ..access })
        }
        Who::Token(token) => organization.access_of_token_with(token, role),
        Who::Team(team) => Some(before.with_role(organization, role, Some(team))),
        Who::ServicePrincipal(_) => Some(before.with_role(organization, role, None)),
    }
}
