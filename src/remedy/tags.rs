//! The fewest tags of the entity that would have to be others.
//!
//! A grant under conditions holds where all its conditions do. One that fails is mended by another value of a tag that
//! it tests, so only those are tried: first one tag, then two, until the request is allowed.

use super::case::Case;
use super::offers::TOLD;
use super::power::Power;
use super::{Change, Remedy};
use crate::access::Access;
use crate::condition::{self, Condition, ConditionId, Facts, Truth};
use crate::entity::EntityType;
use crate::names::{Ordered, as_u32, sorted};
use crate::organization::{Organization, Place};
use crate::scope::ScopeSet;
use crate::standing::{Found, Question};

/// How many tests of tags a search makes at the most; what people write takes a few dozen.
const TESTS: usize = 1_000_000;

/// How many combinations of conditions are looked at.
const HOPES: usize = 1_000;

/// Tags by their numbers, each with the value that it is to have; nothing where it is to go.
type Edit = Ordered<u32, Option<u32>>;

impl Case<'_> {
    /// The remedies that other tags are: those with the fewest. Where a setting refuses whatever grants, tags change
    /// nothing.
    pub(super) fn by_tags(&self) -> Vec<Remedy> {
        let entity_type = self.asking.question.subject.entity_type;
        if self.asking.access.closed_by(self.organization, entity_type, self.scope).is_some() {
            return Vec::new();
        }
        let mut search = Search::new(self);
        let edits = search.fewest();
        let powers = search.powers(&edits);
        edits.iter().zip(powers).map(|(edit, power)| Remedy::new(search.change(edit), power)).collect()
    }
}

/// Conditions under which the scope is granted, and that tags could make hold.
struct Hope {
    /// What must hold, each as it is or negated.
    conditions: Vec<(ConditionId, bool)>,
    /// For each tag that they test the values that make a difference.
    values: Ordered<u32, Vec<Option<u32>>>,
    /// How many tests they are.
    size: usize,
}

struct Search<'s> {
    case: &'s Case<'s>,
    /// Whether the tags are known. Where they are not, it is searched which to bring.
    known: bool,
    tags: &'s [(u32, u32)],
    /// How many tests were made.
    tests: usize,
    found: Vec<Edit>,
}

impl<'s> Search<'s> {
    fn new(case: &'s Case<'s>) -> Self {
        let tags = case.asking.question.facts.tags;
        Self { case, known: tags.is_some(), tags: tags.unwrap_or_default(), tests: 0, found: Vec::new() }
    }

    /// The ways to have it allowed by other tags, those with the fewest.
    fn fewest(&mut self) -> Vec<Edit> {
        let hopes = self.hopes();
        let most = hopes.iter().map(|hope| hope.values.len()).max().unwrap_or(0);
        for size in usize::from(self.known)..=most {
            for hope in &hopes {
                self.mend(hope, &mut Edit::default(), size);
            }
            if !self.found.is_empty() || self.tests >= TESTS {
                break;
            }
        }
        let mut found = sorted(std::mem::take(&mut self.found));
        found.dedup();
        found
    }

    /// What the grants of the scope rest on, whatever the tags are now.
    fn hopes(&self) -> Vec<Hope> {
        let (organization, asking) = (self.case.organization, self.case.asking);
        let facts = Facts { tags: None, ..asking.question.facts };
        let question = Question { facts, ..asking.question };
        let mut guards: Ordered<Vec<u32>> = Ordered::default();
        organization.each_grant(asking.access, &question, &ScopeSet::of(self.case.scope), &mut |found| {
            if found.truth == Truth::Unknown && guards.len() < HOPES {
                guards.insert(guards_of(found), ());
            }
        });
        guards.iter().map(|(guards, ())| self.hope(guards)).collect()
    }

    fn hope(&self, guards: &[u32]) -> Hope {
        let organization = self.case.organization;
        let mut conditions = Vec::new();
        for guard in guards {
            let mut next = Some(*guard);
            while let Some(guard) = next.and_then(|guard| organization.guards.get(guard as usize)) {
                split(organization, guard.condition, guard.negated, &mut conditions);
                next = guard.outer;
            }
        }
        let mut tests = Tests::new(self.case);
        for (condition, _) in &conditions {
            tests.add(*condition);
        }
        Hope { conditions, values: self.values_that_matter(&tests), size: tests.size }
    }

    /// Each tag missing, with a value that something tests for, or with one that nothing does.
    fn values_that_matter(&self, tests: &Tests<'_>) -> Ordered<u32, Vec<Option<u32>>> {
        let free = as_u32(self.case.organization.tags.len());
        // Tags that are compared may each have what any other of them has.
        let compared = |key: &u32| tests.keys.get(key).is_some_and(|test| test.compared);
        let shared = tests.keys.iter().filter(|(_, test)| test.compared);
        let shared = shared.flat_map(|(_, test)| test.values.iter().copied());
        let present = self.tags.iter().filter(|(key, _)| compared(key)).map(|(_, value)| *value);
        let shared: Vec<u32> = shared.chain(present).chain([free]).collect();
        let mut found = Ordered::default();
        for (own, (key, test)) in (1..).zip(tests.keys.iter()) {
            let any = test.there.then_some(free);
            let (own, shared) = if test.compared { (Some(free + own), &shared[..]) } else { (None, &[][..]) };
            let values = test.values.iter().chain(shared).copied().chain(any).chain(own);
            let mut values = sorted(values.collect());
            values.dedup();
            found.insert(*key, std::iter::once(None).chain(values.into_iter().map(Some)).collect());
        }
        found
    }

    /// Changes tags that the first condition tests which does not hold, until all do.
    fn mend(&mut self, hope: &Hope, edit: &mut Edit, left: usize) {
        self.tests += hope.size;
        let tags = self.edited(edit);
        let facts = Facts { tags: Some(&tags), ..self.case.asking.question.facts };
        let conditions = &self.case.organization.conditions;
        let fails = |(condition, negated): &&(ConditionId, bool)| {
            condition::test(conditions, *condition, &facts).side(*negated) != Truth::True
        };
        let Some((failing, _)) = hope.conditions.iter().find(fails) else {
            let question = Question { facts, ..self.case.asking.question };
            if self.case.decides(self.case.asking.access, &question) {
                self.found.push(edit.clone());
            }
            return;
        };
        if left == 0 || self.tests >= TESTS || self.found.len() >= TOLD {
            return;
        }
        let mut tests = Tests::new(self.case);
        tests.add(*failing);
        for (key, _) in tests.keys.iter().filter(|(key, _)| edit.get(key).is_none()).collect::<Vec<_>>() {
            for value in
                hope.values.get(key).into_iter().flatten().filter(|value| **value != tag(&tags, *key))
            {
                edit.insert(*key, *value);
                self.mend(hope, edit, left - 1);
            }
            edit.remove(key);
        }
    }

    fn edited(&self, edit: &Edit) -> Vec<(u32, u32)> {
        let kept = self.tags.iter().copied().filter(|(key, _)| edit.get(key).is_none());
        kept.chain(edit.iter().filter_map(|(key, value)| Some((*key, (*value)?)))).collect()
    }

    fn change(&self, edit: &Edit) -> Change {
        let name = |key: &u32| self.case.organization.tags.name(*key).into_owned();
        let keys = |wanted: &dyn Fn(Option<u32>) -> bool| {
            edit.iter().filter(|(_, value)| wanted(*value)).map(|(key, _)| name(key)).collect()
        };
        let with_value = edit.iter().filter_map(|(key, value)| Some((name(key), self.text((*value)?))));
        let tags = sorted(with_value.collect());
        let entity = self.case.asking.question.subject.text.to_owned();
        let free = keys(&|value| value.is_some_and(|value| self.is_free(value)));
        if self.known {
            Change::SetTags { entity, set: tags, remove: keys(&|value| value.is_none()), free }
        } else {
            Change::GiveTags { entity, tags, free }
        }
    }

    /// For each edit what everyone may do on the entity with those tags, beside what they may do now.
    fn powers(&self, edits: &[Edit]) -> Vec<Power> {
        let (organization, asking) = (self.case.organization, self.case.asking);
        let edited: Vec<_> = edits.iter().map(|edit| self.edited(edit)).collect();
        let mut powers = vec![Power::default(); edits.len()];
        self.case.for_everyone(|access: &Access| {
            let row = |tags| {
                let facts = Facts { tags, teams: &access.teams, ..asking.question.facts };
                organization.whole_row(access, &Question { facts, ..asking.question }).allow
            };
            let before = row(asking.question.facts.tags);
            for (power, tags) in powers.iter_mut().zip(&edited) {
                power.add(Power::between(&before, &row(Some(tags))));
            }
        });
        powers
    }

    /// A value in words: of the document, of the request, or one that neither has.
    fn text(&self, value: u32) -> String {
        let tags = &self.case.organization.tags;
        match (self.brought(value), (value as usize).checked_sub(tags.len())) {
            (Some(text), _) => text.to_owned(),
            (None, None) => tags.name(value).into_owned(),
            (None, Some(nth)) => {
                let brought = self.case.asking.brought.unwrap_or_default();
                let is_new =
                    |it: &String| tags.get(it).is_none() && !brought.iter().any(|(_, text)| text == it);
                let names =
                    std::iter::once("any".to_owned()).chain((2..).map(|number| format!("any-{number}")));
                names.filter(is_new).nth(nth).unwrap_or_default()
            }
        }
    }

    /// Whether nothing has that value: it stands for any such one.
    fn is_free(&self, value: u32) -> bool {
        value as usize >= self.case.organization.tags.len() && self.brought(value).is_none()
    }

    /// The text of a value that the request brought and the document does not have.
    fn brought(&self, value: u32) -> Option<&str> {
        let position = (u32::MAX - value) as usize;
        self.case.asking.brought?.get(position).map(|(_, text)| text.as_str())
    }
}

/// What conditions test of the tags of an entity.
struct Tests<'t> {
    conditions: &'t [Condition],
    entity_type: EntityType,
    keys: Ordered<u32, Tested>,
    size: usize,
}

/// What is tested of one tag.
#[derive(Default)]
struct Tested {
    values: Vec<u32>,
    /// Whether it is there.
    there: bool,
    /// Whether it has the value of another one.
    compared: bool,
}

impl<'t> Tests<'t> {
    fn new(case: &'t Case<'_>) -> Self {
        let entity_type = case.asking.question.subject.entity_type;
        Self { conditions: &case.organization.conditions, entity_type, keys: Ordered::default(), size: 0 }
    }

    fn add(&mut self, id: ConditionId) {
        self.size += 1;
        match self.conditions.get(id as usize).unwrap_or(&Condition::Never) {
            Condition::And(a, b) | Condition::Or(a, b) | Condition::Same(a, b) => {
                self.add(*a);
                self.add(*b);
            }
            Condition::Not(a) => self.add(*a),
            Condition::All(first, count) => (*first..first + count).for_each(|id| self.add(id)),
            Condition::HasTag(of, key) if *of == self.entity_type => {
                self.keys.change(*key, |tested| tested.there = true);
            }
            Condition::TagIs(of, key, value) if *of == self.entity_type => {
                self.keys.change(*key, |tested| tested.values.push(*value));
            }
            Condition::SameTags(of, a, b) if *of == self.entity_type => {
                self.keys.change(*a, |tested| tested.compared = true);
                self.keys.change(*b, |tested| tested.compared = true);
            }
            _ => {}
        }
    }
}

/// The guard of a grant, and those under which its record is composed.
fn guards_of(found: &Found<'_>) -> Vec<u32> {
    let own = if let Place::When(guard) = found.grant.place { Some(guard) } else { None };
    found.reach.iter().filter_map(|reach| reach.guard).chain(own).collect()
}

/// The parts of a condition that must all hold, as it is or negated.
fn split(organization: &Organization, id: ConditionId, negated: bool, parts: &mut Vec<(ConditionId, bool)>) {
    match (organization.conditions.get(id as usize), negated) {
        (Some(Condition::And(a, b)), false) | (Some(Condition::Or(a, b)), true) => {
            split(organization, *a, negated, parts);
            split(organization, *b, negated, parts);
        }
        (Some(Condition::Not(a)), _) => split(organization, *a, !negated, parts),
        (Some(Condition::All(first, count)), false) => {
            (*first..first + count).for_each(|id| split(organization, id, false, parts));
        }
        _ => parts.push((id, negated)),
    }
}

fn tag(tags: &[(u32, u32)], key: u32) -> Option<u32> {
    tags.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
}
