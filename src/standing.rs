//! What grants which scopes on an entity: the one evaluator. Decisions, rows and explanations all come from it.

use crate::access::{Access, Class, Everywhere};
use crate::condition::{self, Facts, Truth};
use crate::entity::EntityType;
use crate::names::sorted;
use crate::organization::{Grant, Organization, Place, Source, Subject, Use};
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
    /// What holds everywhere, and what is held beside the grants of the document.
    pub(crate) fn before_grants(access: &Access, question: &Question<'_>) -> Self {
        let Everywhere { mut granted, setting } = *access.everywhere(question.subject.entity_type);
        if let Some(beside) = access.beside.as_ref().filter(|it| *it.entity == *question.subject.text) {
            granted.add(&beside.scopes);
        }
        Self { granted, setting, ..Self::default() }
    }

    fn take(&mut self, scopes: &ScopeSet, truth: Truth, class: Class) {
        let slot = match (truth, class) {
            (Truth::Unknown, _) => &mut self.unknown,
            (_, Class::Granted) => &mut self.granted,
            (_, Class::Setting) => &mut self.setting,
            (_, Class::Creator) => &mut self.creator,
        };
        slot.add(scopes);
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
    pub(crate) number: u32,
    pub(crate) grant: Grant,
    /// The source of the access by which it is held.
    pub(crate) source: u32,
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
    /// Adds what grants which of the scopes in `only`, beyond what holds everywhere. The one evaluator: decisions,
    /// rows and explanations all come from here.
    pub(crate) fn stand(
        &self,
        access: &Access,
        question: &Question<'_>,
        only: &ScopeSet,
        standing: &mut Standing,
        found: &mut dyn FnMut(&Found<'_>),
    ) {
        let mut walk = Walk::new(self, access, question, only, standing, found);
        walk.named();
        walk.guarded();
    }

    /// Every grant of some of the scopes: those that hold everywhere as well.
    pub(crate) fn each_grant(
        &self,
        access: &Access,
        question: &Question<'_>,
        scopes: &ScopeSet,
        each: &mut dyn FnMut(&Found<'_>),
    ) {
        let mut standing = Standing::default();
        Walk::new(self, access, question, scopes, &mut standing, each).everywhere();
        self.stand(access, question, scopes, &mut standing, each);
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

/// How the grants of a record are held: by which source of the access, how surely, and over which records.
#[derive(Debug, Clone, Copy)]
struct By<'w> {
    source: u32,
    class: Class,
    truth: Truth,
    reach: &'w [Reach],
}

impl By<'_> {
    /// By a source of the access itself.
    fn source((source, class): (u32, Class)) -> Self {
        Self { source, class, truth: Truth::True, reach: &[] }
    }
}

/// One look at everything that bears on an entity.
struct Walk<'w> {
    organization: &'w Organization,
    access: &'w Access,
    question: &'w Question<'w>,
    only: &'w ScopeSet,
    standing: &'w mut Standing,
    found: &'w mut dyn FnMut(&Found<'_>),
    guards: Guards,
}

impl<'w> Walk<'w> {
    fn new(
        organization: &'w Organization,
        access: &'w Access,
        question: &'w Question<'w>,
        only: &'w ScopeSet,
        standing: &'w mut Standing,
        found: &'w mut dyn FnMut(&Found<'_>),
    ) -> Self {
        Self { organization, access, question, only, standing, found, guards: Guards::default() }
    }

    /// Whether a grant gives something that is asked for.
    #[inline]
    fn is_wanted(&self, grant: Grant) -> bool {
        let set = self.organization.set(grant.set);
        set.entity_type == self.question.subject.entity_type && set.scopes.meets(self.only)
    }

    /// Notes a grant that is wanted, if it holds or may hold, and tells how surely.
    fn meet(&mut self, number: u32, grant: Grant, by: &By<'_>) -> Truth {
        if !self.is_wanted(grant) {
            return Truth::False;
        }
        let truth = match grant.place {
            Place::When(guard) => {
                by.truth.min(self.guards.truth(self.organization, &self.question.facts, guard))
            }
            _ => by.truth,
        };
        if truth != Truth::False {
            self.standing.take(&self.organization.set(grant.set).scopes, truth, by.class);
            (self.found)(&Found { number, grant, source: by.source, truth, reach: by.reach });
        }
        truth
    }

    /// Grants that hold everywhere, each by itself.
    fn everywhere(&mut self) {
        for held in &self.access.sources {
            let everywhere = self.organization.source(held.0).everywhere.clone();
            for (number, grant) in self.organization.grants_of(everywhere) {
                self.meet(number, grant, &By::source(*held));
            }
        }
    }

    /// Grants that name the entity: by its index, where there is one, or in what each source names.
    fn named(&mut self) {
        let Some(entity) = self.question.subject.number else { return };
        if let Some(index) = &self.organization.entities.index {
            return self.indexed(index.of(entity));
        }
        for held in &self.access.sources {
            let named = self.organization.source(held.0).named.clone();
            for number in self.organization.grants.on_entity(named, entity) {
                self.meet_number(number, *held);
            }
        }
    }

    /// The shorter of the two lists is gone through, the other looked up.
    fn indexed(&mut self, grants: &[(u32, u32)]) {
        if grants.len() <= self.access.sources.len() * 4 {
            for (source, grant) in grants {
                if let Some(class) = self.access.class_of(*source) {
                    self.meet_number(*grant, (*source, class));
                }
            }
            return;
        }
        for held in &self.access.sources {
            let first = grants.partition_point(|(it, _)| *it < held.0);
            let of_source =
                grants.get(first..).unwrap_or_default().iter().take_while(|(it, _)| *it == held.0);
            of_source.for_each(|(_, grant)| self.meet_number(*grant, *held));
        }
    }

    fn meet_number(&mut self, number: u32, held: (u32, Class)) {
        if let Some(grant) = self.organization.grants.get(number) {
            self.meet(number, grant, &By::source(held));
        }
    }

    /// Grants under guards, and what the records grant that are composed under guards.
    fn guarded(&mut self) {
        for held in &self.access.conditional {
            let source = self.organization.source(held.0);
            self.under_guards(source, &By::source(*held));
            if !source.uses.is_empty() {
                self.composed(*held);
            }
        }
    }

    /// Grants of a record under guards. Whether one may grant.
    fn under_guards(&mut self, source: &Source, by: &By<'_>) -> bool {
        let mut unknown = false;
        for (number, grant) in self.organization.grants_of(source.guarded.clone()) {
            if matches!(grant.place, Place::When(_)) {
                unknown |= self.meet(number, grant, by) == Truth::Unknown;
            }
        }
        unknown
    }

    /// Follows records that are composed under guards: each is gone through at most once for sure, and once
    /// for maybe. Few organizations have such records: where none has, no browser compiles any of this.
    #[inline(never)]
    fn composed(&mut self, (source, class): (u32, Class)) {
        let mut reached = vec![Reach { source, guard: None, truth: Truth::True, outer: None }];
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
            let by = By { source, class, truth: at.truth, reach: &way_to(&reached, position) };
            let unknown = self.reached_grants(at.source, &by);
            undecided.iter_mut().skip(at.source as usize).take(1).for_each(|slot| *slot |= unknown);
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
                    self.standing.open.extend(step.guard);
                    undecided.iter_mut().skip(*from as usize).take(1).for_each(|slot| *slot = true);
                }
            }
        }
    }

    /// What a record grants that was reached under guards. Whether some of it may grant.
    fn reached_grants(&mut self, source: u32, by: &By<'_>) -> bool {
        let source = self.organization.source(source);
        let here = self.question.subject.number.map(Place::Entity);
        let mut unknown = false;
        for range in [&source.everywhere, &source.named] {
            for (number, grant) in self.organization.grants_of(range.clone()) {
                let holds = grant.place == Place::Everywhere || Some(grant.place) == here;
                if holds {
                    unknown |= self.meet(number, grant, by) == Truth::Unknown;
                }
            }
        }
        self.under_guards(source, by) || unknown
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
