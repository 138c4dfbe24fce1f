//! Every way in which the world may be, as far as some guards can tell: which tags an entity has, which entity it is,
//! in which teams the caller is. What holds in all of them holds whatever comes.

use std::ops::ControlFlow;

use super::study::Study;
use crate::condition::{self, Condition, Facts};
use crate::entity::EntityType;
use crate::holdings::{Tested, distinct};
use crate::names::as_u32;
use crate::organization::Subject;
use crate::standing::Question;

/// How many worlds are looked at for one question. Where there are more, nothing is claimed that rests on looking at
/// all of them.
pub(super) const LIMIT: usize = 512;

/// How many of them there may be for the teams of a caller.
const TEAMS: usize = 32;

/// Keys with their values, as numbers.
pub(super) type Tags = Vec<(u32, u32)>;

/// Looks at the tags that an entity may have, and answers whether it wants more of them.
type VisitTags<'v> = dyn FnMut(Option<&[(u32, u32)]>, Unsure) -> ControlFlow<()> + 'v;

#[derive(Debug)]
pub(super) struct Worlds {
    /// By entity type; nothing where there are too many.
    pub(super) tags: Vec<Option<Vec<Tags>>>,
    /// Nothing where there are too many.
    pub(super) teams: Option<Vec<Vec<u32>>>,
    /// The entities that conditions name.
    pub(super) singled_out: Vec<u32>,
}

impl Worlds {
    /// Everything that these guards and those around them can tell apart.
    pub(super) fn of(study: &Study<'_>, guards: impl IntoIterator<Item = u32>) -> Self {
        let mut nodes = Vec::new();
        for guard in guards {
            study.conditions_of(guard, &mut |condition| nodes.push(condition.clone()));
        }
        let teams = teams(&nodes);
        let limit = LIMIT / teams.as_ref().map_or(1, Vec::len);
        let tags = study.types().map(|entity_type| tags(&nodes, entity_type, limit)).collect();
        let singled_out = nodes.iter().filter_map(|condition| match condition {
            // What is no entity of the organization has a number from the other end.
            Condition::Is(_, entity) => study.entity_type(*entity).map(|_| *entity),
            _ => None,
        });
        Self { tags, teams, singled_out: distinct(singled_out.collect()) }
    }

    pub(super) fn tags_of(&self, entity_type: EntityType) -> Option<&[Tags]> {
        self.tags.get(entity_type.position())?.as_deref()
    }

    /// Shows the tags that an entity of the type may have: first none that are known, then every way in which they
    /// may be, unless nothing can tell that from the first.
    pub(super) fn each_tags(&self, entity_type: EntityType, visit: &mut VisitTags<'_>) -> ControlFlow<()> {
        let worlds = self.tags_of(entity_type);
        visit(None, if worlds.is_some() { Unsure::Counts } else { Unsure::IsKept })?;
        let mut worlds = worlds.unwrap_or_default().iter().filter(|_| worlds.is_some_and(|it| it.len() > 1));
        worlds.try_for_each(|tags| visit(Some(tags), Unsure::Counts))
    }
}

/// What becomes of a part that gives something which rests on unknown tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsure {
    /// It is kept if nothing else gives the same, for sure or as unsurely.
    Counts,
    /// It is kept if nothing else gives the same for sure.
    IsKept,
    /// Nothing, for it was looked at where nothing else bears on it.
    IsJudgedElsewhere,
}

/// The tags that an entity may have, as far as they are tested on one of that type.
fn tags(nodes: &[Condition], entity_type: EntityType, limit: usize) -> Option<Vec<Tags>> {
    let of_type = |condition: &&Condition| match condition {
        Condition::HasTag(it, _) | Condition::TagIs(it, _, _) | Condition::SameTags(it, _, _) => {
            *it == entity_type
        }
        _ => false,
    };
    let tested = Tested::new(nodes.iter().filter(of_type));
    let mut worlds = vec![Tags::new()];
    for key in &tested.keys {
        let values = values(&tested, *key);
        if worlds.len() * (values.len() + 1) > limit {
            return None;
        }
        let with = |value: &u32| {
            let value = *value;
            worlds.iter().map(move |tags| [&**tags, &[(*key, value)]].concat())
        };
        let with: Vec<Tags> = values.iter().flat_map(with).collect();
        worlds.extend(with);
    }
    Some(worlds)
}

/// The values that tell something about a tag: those that it is asked for, and one that nobody asks for. Tags that are
/// compared with each other may have each other's, and as many of the latter as there are such tags.
fn values(tested: &Tested, key: u32) -> Vec<u32> {
    let compared = |key: u32| tested.compared.binary_search(&key).is_ok();
    let asked = tested.values.iter().filter(|(of, _)| *of == key || compared(key) && compared(*of));
    let others = if compared(key) { tested.compared.len() } else { 1 };
    let others = (0..as_u32(others)).map(|other| u32::MAX - other);
    distinct(asked.map(|(_, value)| *value).chain(others).collect())
}

/// The teams in which a caller may be, as far as that is tested.
fn teams(nodes: &[Condition]) -> Option<Vec<Vec<u32>>> {
    let tested = nodes.iter().filter_map(|condition| match condition {
        Condition::InTeam(team) => Some(*team),
        Condition::InAnyTeam => Some(u32::MAX),
        _ => None,
    });
    let mut worlds = vec![Vec::new()];
    for team in distinct(tested.collect()) {
        if worlds.len() * 2 > TEAMS {
            return None;
        }
        // In the order of their numbers, as the teams of a caller are.
        let with: Vec<Vec<u32>> = worlds.iter().map(|teams| [&**teams, &[team]].concat()).collect();
        worlds.extend(with);
    }
    Some(worlds)
}

/// Whether a condition looks at the teams of the caller.
pub(super) fn is_of_teams(condition: &Condition) -> bool {
    matches!(condition, Condition::InTeam(_) | Condition::InAnyTeam)
}

/// One look at the world.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'v> {
    pub(super) entity_type: EntityType,
    /// Nothing for an entity that nothing names.
    pub(super) entity: Option<u32>,
    /// Nothing where they are not known.
    pub(super) tags: Option<&'v [(u32, u32)]>,
    pub(super) teams: &'v [u32],
}

impl View<'_> {
    pub(super) fn facts(&self) -> Facts<'_> {
        let Self { entity_type, entity, tags, teams } = *self;
        Facts { entity_type, entity, tags, teams }
    }

    /// The question what holds there. A time is beside the point: only tokens have one.
    pub(super) fn question(&self) -> Question<'_> {
        let subject = Subject { text: "", entity_type: self.entity_type, number: self.entity, here: true };
        Question { subject, facts: self.facts(), at: None }
    }
}

impl Study<'_> {
    /// Shows the nodes of a guard's condition and of those around it.
    pub(super) fn conditions_of(&self, guard: u32, each: &mut dyn FnMut(&Condition)) {
        for guard in self.guards_around(guard) {
            if let Some(guard) = self.organization.guards.get(guard as usize) {
                condition::visit(&self.organization.conditions, guard.condition, each);
            }
        }
    }

    /// A guard and those around it, outwards.
    pub(super) fn guards_around(&self, guard: u32) -> impl Iterator<Item = u32> {
        let outer = |guard: &u32| self.organization.guards.get(*guard as usize)?.outer;
        std::iter::successors(Some(guard), outer)
    }
}
