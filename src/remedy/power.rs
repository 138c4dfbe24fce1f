//! The power that a change adds: what those whom it reaches may do then and may not do now, pair by pair.

use std::borrow::Cow;
use std::rc::Rc;

use super::case::Case;
use super::offers::{Act, Offer, Reach};
use super::{Asker, Counsel, Remedy};
use crate::access::Access;
use crate::holdings::{Grounds, Pairs};
use crate::organization::{Deployment, TokenKind};
use crate::roster::Who;
use crate::scope::ScopeSet;

/// How many pairs are won and how many are lost.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Power {
    pub(super) gains: u64,
    pub(super) loses: u64,
}

impl Power {
    /// Of a row that becomes another.
    pub(super) fn between(before: &ScopeSet, after: &ScopeSet) -> Self {
        Self { gains: after.without(before).len() as u64, loses: before.without(after).len() as u64 }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.gains = self.gains.saturating_add(other.gains);
        self.loses = self.loses.saturating_add(other.loses);
    }

    fn take(&mut self, other: Self) {
        self.gains = self.gains.saturating_sub(other.gains);
        self.loses = self.loses.saturating_sub(other.loses);
    }
}

/// An offer, and what whoever gets something gains by it.
struct Weighed<'c> {
    offer: Offer<'c>,
    gained: Pairs,
    size: u64,
}

/// How many rows of pairs are held to compare offers, so that memory stays within bounds whatever the document.
const ROWS: usize = 2_000_000;

impl Counsel<'_> {
    /// The remedies of a group of offers. Of two of which one gives the receiver all that the other gives and more,
    /// the larger is left out.
    pub(super) fn least(&mut self, case: &Case<'_>, offers: Vec<Offer<'_>>) -> Vec<Remedy> {
        let mut rows = 0;
        let mut weighed = Vec::new();
        for offer in offers {
            let gained = self.gained(case, &offer);
            rows += gained.rows();
            weighed.push(Weighed { size: self.shares().grounds.count(&gained), gained, offer });
            if rows > ROWS {
                break;
            }
        }
        let grounds = &self.shares().grounds;
        let contains = |outer: &Weighed<'_>, inner: &Weighed<'_>| {
            inner.size < outer.size && grounds.includes(&outer.gained, &inner.gained)
        };
        let least = weighed.iter().filter(|it| !weighed.iter().any(|other| contains(it, other)));
        let least: Vec<_> = least.collect();
        least.into_iter().map(|it| self.remedy(case, &it.offer)).collect()
    }

    /// What whoever gets something gains; of what nobody in particular gets, whoever asks.
    fn gained(&mut self, case: &Case<'_>, offer: &Offer<'_>) -> Pairs {
        let before = match offer.reach {
            Reach::Holder(who) => Cow::Owned(case.organization.access_of(who)),
            _ => Cow::Borrowed(case.asking.access),
        };
        let after = (offer.act)(&before).unwrap_or_default();
        let (shares, question) = (self.shares(), &case.asking.question);
        let [before, after] = [&*before, &after].map(|access| shares.pairs(access, question));
        shares.grounds.without(&after, &before)
    }

    fn remedy(&mut self, case: &Case<'_>, offer: &Offer<'_>) -> Remedy {
        let power = match &offer.reach {
            Reach::Asker => self.of_one(case, case.asking.access, &offer.act),
            Reach::Holder(who) => self.of_holder(case, *who, &offer.act),
            Reach::Everyone(scopes) => self.of_everyone(case, scopes, &offer.act),
            Reach::Runs => self.of_runs(case, &offer.act),
        };
        Remedy::new(offer.change.clone(), power)
    }

    fn of_one(&mut self, case: &Case<'_>, before: &Access, act: &Act<'_>) -> Power {
        let Some(after) = act(before) else { return Power::default() };
        let (shares, question) = (self.shares(), &case.asking.question);
        let [before, after] = [before, &after].map(|access| shares.pairs(access, question));
        power_between(&shares.grounds, &before, &after)
    }

    /// Of whoever gets something, and those who have it by them.
    fn of_holder(&mut self, case: &Case<'_>, holder: Who, act: &Act<'_>) -> Power {
        let mut power = Power::default();
        for who in case.reached_with(holder) {
            power.add(self.of_one(case, &case.organization.access_of(who), act));
        }
        power
    }

    /// Of everyone, by a setting that gives some scopes more and takes none.
    fn of_everyone(&mut self, case: &Case<'_>, scopes: &ScopeSet, act: &Act<'_>) -> Power {
        let mut power = Power::default();
        let (shares, question) = (self.shares(), &case.asking.question);
        case.for_everyone(|before| {
            if let Some(after) = act(before) {
                let gains = shares.won_by([before, &after], question, scopes);
                power.add(Power { gains, loses: 0 });
            }
        });
        power
    }

    /// Of the runs, started in the same way, of all stacks whose settings choose nothing: they are alike but for what
    /// each holds on its own stack.
    fn of_runs(&mut self, case: &Case<'_>, act: &Act<'_>) -> Power {
        let Some(after) = act(case.asking.access) else { return Power::default() };
        let held = |access: &Access| access.beside.as_ref().map_or(ScopeSet::EMPTY, |own| own.scopes);
        let (own_before, own_after) = (held(case.asking.access), held(&after));
        let [before, after] = [case.asking.access, &after].map(|it| Access { beside: None, ..it.clone() });
        let stacks = self.free_stacks();
        let (shares, question) = (self.shares(), &case.asking.question);
        let [before, after] = [before, after].map(|it| shares.pairs(&it, question));
        let unlisted = case.unlisted_stack(shares.inventory.number_of(&question.subject));
        let alike = power_between(&shares.grounds, &before, &after);
        let mut power = Power::default();
        for stack in stacks.iter().copied().map(Some).chain(unlisted) {
            power.add(alike);
            let Some(stack) = stack else { continue };
            let [mut row_before, mut row_after] =
                [&before, &after].map(|pairs| shares.grounds.row(pairs, stack));
            power.take(Power::between(&row_before, &row_after));
            row_before.add(&own_before);
            row_after.add(&own_after);
            power.add(Power::between(&row_before, &row_after));
        }
        power
    }

    /// The listed stacks whose settings choose nothing.
    fn free_stacks(&mut self) -> Rc<[u32]> {
        let organization = self.organization;
        let find = || {
            let entities = &organization.entities;
            let stack_type = organization.catalog.own_stack.map(|(entity_type, _)| entity_type);
            let stacks =
                entities.listed().filter(|(_, it)| Some(*it) == stack_type).map(|(number, _)| number);
            let chooses_nothing =
                |number: &u32| entities.deployment_of(*number).is_none_or(Deployment::chooses_nothing);
            stacks.filter(chooses_nothing).collect()
        };
        Rc::clone(self.free_stacks.get_or_insert_with(find))
    }
}

fn power_between(grounds: &Grounds, before: &Pairs, after: &Pairs) -> Power {
    let count = |pairs: &Pairs, other: &Pairs| grounds.count(&grounds.without(pairs, other));
    Power { gains: count(after, before), loses: count(before, after) }
}

impl Case<'_> {
    /// What everyone of the document holds, and a run that asks and acts as nobody of it. Personal tokens are their
    /// users.
    pub(super) fn for_everyone(&self, mut each: impl FnMut(&Access)) {
        let tokens = &self.organization.principals.tokens;
        for who in self.organization.everyone() {
            let token = if let Who::Token(number) = who { tokens.get(number as usize) } else { None };
            if !token.is_some_and(|token| matches!(token.kind, TokenKind::Personal(_))) {
                each(&self.organization.access_of(who));
            }
        }
        if matches!(self.asking.asker, Asker::Run(_)) && self.holder.is_none() {
            each(self.asking.access);
        }
    }

    /// Whoever gets something, and those who have it by them: of a team its members and its tokens.
    fn reached_with(&self, holder: Who) -> Vec<Who> {
        let principals = &self.organization.principals;
        let mut reached = vec![holder];
        if let Who::Team(team) = holder {
            let members =
                (0..).zip(principals.persons.iter()).filter(|(_, person)| person.teams.contains(&team));
            reached.extend(members.map(|(number, _)| Who::User(number)));
            let tokens = (0..).zip(&principals.tokens);
            let tokens = tokens.filter(|(_, token)| matches!(token.kind, TokenKind::Team(it) if it == team));
            reached.extend(tokens.map(|(number, _)| Who::Token(number)));
        }
        reached
    }

    /// The stack of the run that asks, if that is not listed: by its number where it is asked about, for then it counts.
    #[expect(clippy::option_option, reason = "no such stack, and one that does not count, are two things")]
    fn unlisted_stack(&self, asked: u32) -> Option<Option<u32>> {
        let Asker::Run(run) = &self.asking.asker else { return None };
        let own = run.own_stack().map(|own| own.entity).filter(|own| !self.is_listed(own))?;
        Some((*own == *self.asking.question.subject.text).then_some(asked))
    }
}
