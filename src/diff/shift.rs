//! What changes at one place: scopes that change alike, and what people call them.

use std::rc::Rc;

use super::cause::Ways;
use super::compare::{Comparison, Holder};
use super::pair::{Pair, Side};
use super::universe::{ScopeOfBoth, TypeOfBoth};
use crate::decide::{Effect, Row};
use crate::entity::EntityType;
use crate::holdings::distinct;
use crate::organization::Organization;
use crate::scope::ScopeSet;
use crate::standing::Question;

/// A change of scopes of one type, wherever it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shift {
    pub(super) entity_type: u32,
    pub(super) levels: Levels,
    pub(super) name: Option<Name>,
    /// Positions among the scopes of both catalogs.
    pub(super) scopes: Vec<u32>,
    /// The ways by which it is granted where more is allowed; sorted.
    pub(super) ways: Vec<u32>,
    /// What stands in the way where less is.
    pub(super) blocker: Option<u32>,
}

/// How much each document allows.
pub(super) type Levels = Pair<Level>;

/// How much is allowed: the effect, deny first, and of what is allowed for how long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    #[default]
    Deny,
    Unknown,
    Allow(Seconds),
}

/// A limit in time. None is more than any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seconds {
    AtMost(u64),
    Unlimited,
}

/// What people call scopes that come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    /// Everything that this set of the document that allows more has beyond what the other allows.
    Set(u32),
    /// Everything that there is beyond it.
    Everything,
}

/// One place as both documents see it; nothing where a catalog does not have its type.
pub(super) struct Cell<'q> {
    pub(super) entity_type: u32,
    pub(super) spots: Pair<Option<Spot<'q>>>,
}

/// One place as a document sees it.
#[derive(Clone, Copy)]
pub(super) struct Spot<'q> {
    pub(super) question: Question<'q>,
    pub(super) row: Row,
}

/// Two rows beside each other.
pub(super) struct Contrast {
    entity_type: u32,
    rows: Pair<Option<Row>>,
    /// By scope.
    levels: Vec<Levels>,
    steps: Vec<Step>,
}

/// Scopes that change alike.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) levels: Levels,
    pub(super) scopes: Vec<u32>,
}

/// Scopes that change alike, and by the same.
pub(super) struct Part {
    pub(super) ways: Vec<u32>,
    pub(super) blocker: Option<u32>,
    pub(super) scopes: Vec<u32>,
}

/// What was found at places of one principal: most places are like others.
#[derive(Default)]
pub(super) struct Memo {
    contrasts: Vec<Rc<Contrast>>,
    told: Vec<Told>,
}

/// Shifts by what they follow from.
struct Told {
    contrast: Rc<Contrast>,
    ways: Pair<Ways>,
    shifts: Rc<[u32]>,
}

impl Shift {
    pub(super) fn gains(&self) -> bool {
        self.levels.more() == Side::After
    }
}

impl Level {
    pub(super) fn effect(self) -> Effect {
        match self {
            Self::Deny => Effect::Deny,
            Self::Unknown => Effect::Unknown,
            Self::Allow(_) => Effect::Allow,
        }
    }
}

impl Levels {
    /// The side on which more is allowed.
    pub(super) fn more(&self) -> Side {
        if self.after > self.before { Side::After } else { Side::Before }
    }
}

impl<'o> Comparison<'_, 'o> {
    /// The shifts at a place.
    pub(super) fn shifts_at(&mut self, holders: &Pair<Holder>, cell: &Cell<'_>) -> Rc<[u32]> {
        let universe = self.universe;
        let contrast = self.contrast(holders, cell);
        let of_type = universe.entity_type(cell.entity_type);
        let Some((contrast, of_type)) = contrast.zip(of_type) else { return Rc::default() };
        let ways = Pair::of(|side| match cell.spots.at(side) {
            Some(spot) => self.ways(side, holders.at(side), spot, &contrast.more_on(side, of_type)),
            None => Ways::new(),
        });
        let same = |it: &&Told| Rc::ptr_eq(&it.contrast, &contrast) && it.ways == ways;
        if let Some(told) = self.memo.told.iter().find(same) {
            return Rc::clone(&told.shifts);
        }
        let mut shifts = Vec::new();
        for step in &contrast.steps {
            self.tell_step(of_type, holders, &contrast, step, ways.at(step.levels.more()), &mut shifts);
        }
        let shifts: Rc<[u32]> = shifts.into();
        self.memo.told.push(Told { contrast, ways, shifts: Rc::clone(&shifts) });
        shifts
    }

    /// The rows of a place beside each other; nothing where they say the same.
    fn contrast(&mut self, holders: &Pair<Holder>, cell: &Cell<'_>) -> Option<Rc<Contrast>> {
        let universe = self.universe;
        let rows = Pair::of(|side| cell.spots.at(side).map(|spot| spot.row));
        if universe.same_words && rows.is_same() && !universe.has_limits() {
            return None;
        }
        // Where there are limits in time a row is not everything.
        let same = |it: &&Rc<Contrast>| {
            !universe.has_limits() && it.rows == rows && it.entity_type == cell.entity_type
        };
        let known = self.memo.contrasts.iter().find(same).map(Rc::clone);
        let contrast = known.or_else(|| self.new_contrast(holders, cell, rows))?;
        Some(contrast).filter(|contrast| !contrast.steps.is_empty())
    }

    fn new_contrast(
        &mut self,
        holders: &Pair<Holder>,
        cell: &Cell<'_>,
        rows: Pair<Option<Row>>,
    ) -> Option<Rc<Contrast>> {
        let universe = self.universe;
        let of_type = universe.entity_type(cell.entity_type)?;
        let levels = of_type
            .scopes
            .iter()
            .map(|scope| Pair::of(|side| level(universe.organizations.at(side), side, scope, holders, cell)));
        let levels: Vec<Levels> = levels.collect();
        let (entity_type, steps) = (cell.entity_type, steps(&levels));
        let contrast = Rc::new(Contrast { entity_type, rows, levels, steps });
        self.memo.contrasts.push(Rc::clone(&contrast));
        Some(contrast)
    }

    /// A step as one shift, where people have a name for it or all of it came by the same; else part by part.
    fn tell_step(
        &mut self,
        of_type: &TypeOfBoth<'o>,
        holders: &Pair<Holder>,
        contrast: &Contrast,
        step: &Step,
        ways: &Ways,
        shifts: &mut Vec<u32>,
    ) {
        let side = step.levels.more();
        let Some(entity_type) = *of_type.sides.at(side) else { return };
        let organization = *self.universe.organizations.at(side);
        let held = contrast.held_anyway(of_type, step.levels);
        let name =
            |positions: &[u32]| name_of(organization, entity_type, &held, &of_type.set_of(side, positions));
        let mut parts = self.parts(of_type, holders, step, ways);
        let alike = parts.windows(2).all(|two| matches!(two, [a, b] if a.blocker == b.blocker));
        if parts.len() > 1 && alike && name(&step.scopes).is_some() {
            let blocker = parts.first().and_then(|part| part.blocker);
            let ways = distinct(parts.into_iter().flat_map(|part| part.ways).collect());
            parts = vec![Part { ways, blocker, scopes: step.scopes.clone() }];
        }
        for Part { ways, blocker, scopes } in parts {
            let (entity_type, levels, name) = (contrast.entity_type, step.levels, name(&scopes));
            shifts.push(self.shift(Shift { entity_type, levels, name, scopes, ways, blocker }));
        }
    }
}

impl Contrast {
    /// The scopes of which a side allows more.
    fn more_on(&self, side: Side, of_type: &TypeOfBoth<'_>) -> ScopeSet {
        let steps = self.steps.iter().filter(|step| step.levels.more() == side);
        let mut scopes = ScopeSet::EMPTY;
        steps.for_each(|step| scopes.add(&of_type.set_of(side, &step.scopes)));
        scopes
    }

    /// What the side that allows less allows as much of, by the numbers of the other.
    fn held_anyway(&self, of_type: &TypeOfBoth<'_>, levels: Levels) -> ScopeSet {
        let (more, less) = (levels.more(), levels.more().other());
        let each = self.levels.iter().zip(&of_type.scopes);
        let held = each.filter(|(it, _)| it.at(less) >= levels.at(more));
        held.filter_map(|(_, scope)| *scope.sides.at(more)).collect()
    }
}

impl TypeOfBoth<'_> {
    /// Scopes by their positions among those of both catalogs, as a set of one.
    pub(super) fn set_of(&self, side: Side, positions: &[u32]) -> ScopeSet {
        let scopes = positions.iter().filter_map(|position| self.scopes.get(*position as usize));
        scopes.filter_map(|scope| *scope.sides.at(side)).collect()
    }
}

fn level(
    organization: &Organization,
    side: Side,
    scope: &ScopeOfBoth<'_>,
    holders: &Pair<Holder>,
    cell: &Cell<'_>,
) -> Level {
    let spot = cell.spots.at(side).as_ref();
    let Some((spot, number)) = spot.zip(*scope.sides.at(side)) else { return Level::Deny };
    match spot.row.effect(number) {
        Effect::Deny => Level::Deny,
        Effect::Unknown => Level::Unknown,
        Effect::Allow if !organization.rules.has_time_limits => Level::Allow(Seconds::Unlimited),
        Effect::Allow => {
            let access = &holders.at(side).access;
            let decision = organization.decide_scope(access, &spot.question, scope.name);
            let seconds = decision.max_open_seconds.filter(|seconds| *seconds > 0);
            Level::Allow(seconds.map_or(Seconds::Unlimited, Seconds::AtMost))
        }
    }
}

fn steps(levels: &[Levels]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (position, levels) in (0..).zip(levels).filter(|(_, levels)| !levels.is_same()) {
        match steps.iter_mut().find(|step| step.levels == *levels) {
            Some(step) => step.scopes.push(position),
            None => steps.push(Step { levels: *levels, scopes: vec![position] }),
        }
    }
    steps
}

/// What people call scopes that come to what is held anyway: the smallest set that has just these beyond it.
fn name_of(
    organization: &Organization,
    entity_type: EntityType,
    held: &ScopeSet,
    scopes: &ScopeSet,
) -> Option<Name> {
    let adds = |set: &ScopeSet| set.includes(scopes) && set.without(held) == *scopes;
    let named = (0..).zip(&organization.sets).take(organization.customs.set_names.len());
    let fitting = named.filter(|(_, set)| set.entity_type == entity_type && adds(&set.scopes));
    let set = fitting.min_by_key(|(_, set)| set.scopes.len()).map(|(number, _)| Name::Set(number));
    let all = adds(&organization.catalog.all_scopes(entity_type)).then_some(Name::Everything);
    set.or(all)
}
