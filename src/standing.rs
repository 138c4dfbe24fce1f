//! What grants which scopes on an entity: the one evaluator. Decisions, rows and explanations all come from it.

use crate::access::{Access, Class};
use crate::condition::{self, Facts, Truth};
use crate::entity::EntityType;
use crate::names::sorted;
use crate::organization::{Organization, Place, Subject, Use};
use crate::scope::{Scope, ScopeSet};
use crate::time::Instant;

/// Everything that is known of the entity of a question and of the moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'q> {
    pub(crate) subject: Subject<'q>,
    pub(crate) facts: Facts<'q>,
    pub(crate) at: Option<Instant>,
}

/// What grants the scopes of one entity, by the class of how it came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    pub(crate) granted: ScopeSet,
    pub(crate) setting: ScopeSet,
    pub(crate) creator: ScopeSet,
    pub(crate) unknown: ScopeSet,
    /// The guards on every way to a record that may grant: tags that they test are needed too.
    pub(crate) open: Vec<u32>,
}

impl Standing {
    fn take(&mut self, organization: &Organization, found: &Found<'_>) {
        let set = organization.grants.get(found.grant).map(|grant| organization.set(grant.set));
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

    pub(crate) fn allowed(&self) -> ScopeSet {
        let mut all = self.granted;
        all.add(&self.setting);
        all.add(&self.creator);
        all
    }

    pub(crate) fn close(&mut self, scope: Scope) {
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

impl Organization {
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
        if let Some(beside) = access.beside.as_ref().filter(|it| *it.entity == *question.subject.text) {
            standing.granted.add(&beside.scopes);
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

    /// Every grant of some of the scopes: those that hold everywhere as well.
    pub(crate) fn each_grant(
        &self,
        access: &Access,
        question: &Question<'_>,
        scopes: &ScopeSet,
        each: &mut dyn FnMut(&Found<'_>),
    ) {
        let entity_type = question.subject.entity_type;
        for (number, class) in &access.sources {
            for (grant, it) in self.grants_of(self.source(*number).everywhere.clone()) {
                let set = self.set(it.set);
                if set.entity_type == entity_type && set.scopes.meets(scopes) {
                    each(&Found { grant, source: *number, class: *class, truth: Truth::True, reach: &[] });
                }
            }
        }
        self.standing(access, question, scopes, each);
    }

    /// Whether a guard and those around it hold.
    pub(crate) fn holds(&self, guard: u32, facts: &Facts<'_>) -> Truth {
        Guards::default().truth(self, facts, guard)
    }

    /// The keys of the tags that a guard and those around it test.
    pub(crate) fn keys_of(&self, guard: u32, entity_type: EntityType, keys: &mut Vec<u32>) {
        let mut next = Some(guard);
        while let Some(guard) = next.and_then(|guard| self.guards.get(guard as usize)) {
            condition::keys(&self.conditions, guard.condition, entity_type, keys);
            next = guard.outer;
        }
    }

    pub(crate) fn tag_names(&self, mut keys: Vec<u32>) -> Vec<String> {
        keys = sorted(keys);
        keys.dedup();
        sorted(keys.into_iter().map(|key| self.tags.name(key).into_owned()).collect())
    }
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

    /// Grants that name the entity: by its index, where there is one, or in what each source names.
    fn named(&self, found: &mut dyn FnMut(&Found<'_>)) {
        let Some(number) = self.question.subject.number else { return };
        let mut each = |source: u32, class: Class, grant: u32| {
            let set = self.organization.grants.get(grant).map(|grant| grant.set);
            if set.is_some_and(|set| self.wanted(set)) {
                found(&Found { grant, source, class, truth: Truth::True, reach: &[] });
            }
        };
        match &self.organization.entities.index {
            Some(index) => self.indexed(index.of(number), &mut each),
            None => {
                for (source, class) in &self.access.sources {
                    let named = self.organization.source(*source).named.clone();
                    let grants = self.organization.grants.on_entity(named, number);
                    grants.for_each(|grant| each(*source, *class, grant));
                }
            }
        }
    }

    /// The shorter of the two lists is gone through, the other looked up.
    fn indexed(&self, grants: &[(u32, u32)], each: &mut dyn FnMut(u32, Class, u32)) {
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
    /// for maybe. Few organizations have such records: where none has, nothing of this is compiled in a browser.
    #[inline(never)]
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
        organization.uses_of(at.source).iter().filter_map(step).collect()
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
