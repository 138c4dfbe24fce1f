//! Conditions over tags, entities and teams: three-valued, as Kleene has it, with the tags that they test.
//!
//! A condition is kept as a tree and never multiplied out. Negation is pushed down to the tests without
//! rewriting anything: every node answers at once whether it holds and whether its negation holds. The two are
//! no mirror images, since a test on an entity of another type holds neither way.

use crate::entity::EntityType;

/// True, false, or resting on tags that are not known. And is the smaller, or is the larger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    #[default]
    False,
    Unknown,
    True,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

/// Whether a condition holds, and whether its negation does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Both {
    pub(crate) holds: Truth,
    pub(crate) negation: Truth,
}

impl Both {
    /// What holds neither way: a test that has nothing to test.
    const NEITHER: Self = Self { holds: Truth::False, negation: Truth::False };

    fn known(value: bool) -> Self {
        Self { holds: value.into(), negation: (!value).into() }
    }

    const UNKNOWN: Self = Self { holds: Truth::Unknown, negation: Truth::Unknown };

    fn and(self, other: Self) -> Self {
        Self { holds: self.holds.min(other.holds), negation: self.negation.max(other.negation) }
    }

    fn not(self) -> Self {
        Self { holds: self.negation, negation: self.holds }
    }

    fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    pub(crate) fn side(self, negated: bool) -> Truth {
        if negated { self.negation } else { self.holds }
    }
}

/// A place among the conditions of an organization.
pub(crate) type ConditionId = u32;

/// A node of a condition. Tags, values, entities and teams are numbers of their tables.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    Constant(bool),
    And(ConditionId, ConditionId),
    Or(ConditionId, ConditionId),
    Not(ConditionId),
    /// All of the conditions that stand one after the other from the first on.
    All(ConditionId, u32),
    /// Two conditions hold, or neither does.
    Same(ConditionId, ConditionId),
    /// The entity is of the type and is that one.
    Is(EntityType, u32),
    /// The entity is of the type.
    OfType(EntityType),
    /// Something of the type compared with a value of another kind: never equal.
    OtherKind(EntityType),
    /// The entity, if of that type, has the tag.
    HasTag(EntityType, u32),
    /// Its tag has the value.
    TagIs(EntityType, u32, u32),
    /// Two of its tags have the same value.
    SameTags(EntityType, u32, u32),
    /// The caller is in the team.
    InTeam(u32),
    /// The caller is in some team.
    InAnyTeam,
    /// Holds neither way.
    Never,
}

impl Condition {
    /// The conditions of which it consists.
    pub(crate) fn parts(&self) -> impl Iterator<Item = ConditionId> + use<> {
        let one = |number: u32| number..number.saturating_add(1);
        let (first, second) = match self {
            Self::And(a, b) | Self::Or(a, b) | Self::Same(a, b) => (one(*a), one(*b)),
            Self::Not(a) => (one(*a), 0..0),
            Self::All(first, count) => (*first..first.saturating_add(*count), 0..0),
            _ => (0..0, 0..0),
        };
        first.chain(second)
    }

    /// The type of the entities that it tests, if it tests them.
    fn entity_type(&self) -> Option<EntityType> {
        match *self {
            Self::Is(of, _)
            | Self::OfType(of)
            | Self::OtherKind(of)
            | Self::HasTag(of, _)
            | Self::TagIs(of, ..)
            | Self::SameTags(of, ..) => Some(of),
            _ => None,
        }
    }
}

/// What a condition is tested against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'f> {
    pub(crate) entity_type: EntityType,
    pub(crate) entity: Option<u32>,
    /// Key and value; nothing where the tags are not known.
    pub(crate) tags: Option<&'f [(u32, u32)]>,
    /// The teams of the caller, sorted.
    pub(crate) teams: &'f [u32],
}

impl Facts<'_> {
    fn tag(tags: &[(u32, u32)], key: u32) -> Option<u32> {
        tags.iter().find(|(known, _)| *known == key).map(|(_, value)| *value)
    }

    /// What a test says of an entity of its type, or nothing where that rests on tags that are not known.
    fn say(&self, test: &Condition) -> Option<bool> {
        let tag = |key| self.tags.map(|tags| Self::tag(tags, key));
        Some(match *test {
            Condition::Constant(value) => value,
            Condition::Is(_, entity) => self.entity == Some(entity),
            Condition::OfType(_) => true,
            Condition::HasTag(_, key) => tag(key)?.is_some(),
            Condition::TagIs(_, key, value) => tag(key)? == Some(value),
            Condition::SameTags(_, a, b) => tag(a)?.is_some_and(|value| tag(b) == Some(Some(value))),
            Condition::InTeam(team) => self.teams.binary_search(&team).is_ok(),
            Condition::InAnyTeam => !self.teams.is_empty(),
            // Of another kind, and what is no test: never so.
            Condition::OtherKind(_)
            | Condition::Never
            | Condition::And(..)
            | Condition::Or(..)
            | Condition::Not(_)
            | Condition::All(..)
            | Condition::Same(..) => false,
        })
    }
}

/// Tests a condition. The depth of a condition is bounded where documents are read, so recursion is.
pub(crate) fn test(conditions: &[Condition], mut id: ConditionId, facts: &Facts<'_>) -> Both {
    // Most rules have one test.
    while let Some(Condition::All(only, 1)) = conditions.get(id as usize) {
        id = *only;
    }
    let test = |id: &ConditionId| test(conditions, *id, facts);
    match conditions.get(id as usize).unwrap_or(&Condition::Never) {
        Condition::And(a, b) => test(a).and(test(b)),
        Condition::Or(a, b) => test(a).or(test(b)),
        Condition::Not(a) => test(a).not(),
        Condition::All(first, count) => {
            (*first..first + count).fold(Both::known(true), |all, id| all.and(test(&id)))
        }
        Condition::Same(a, b) => {
            let (a, b) = (test(a), test(b));
            a.and(b).or(a.not().and(b.not()))
        }
        Condition::Never => Both::NEITHER,
        other if other.entity_type().is_some_and(|it| it != facts.entity_type) => Both::NEITHER,
        other => facts.say(other).map_or(Both::UNKNOWN, Both::known),
    }
}

/// Shows every node of a condition, each before those under it.
pub(crate) fn visit(conditions: &[Condition], id: ConditionId, each: &mut dyn FnMut(&Condition)) {
    let Some(condition) = conditions.get(id as usize) else { return };
    each(condition);
    condition.parts().for_each(|part| visit(conditions, part, each));
}

/// Adds the keys of the tags that a condition tests on entities of that type.
pub(crate) fn keys(conditions: &[Condition], id: ConditionId, entity_type: EntityType, found: &mut Vec<u32>) {
    let mut each = |id: &ConditionId| keys(conditions, *id, entity_type, found);
    match conditions.get(id as usize).unwrap_or(&Condition::Never) {
        Condition::And(a, b) | Condition::Or(a, b) | Condition::Same(a, b) => {
            each(a);
            each(b);
        }
        Condition::Not(a) => each(a),
        Condition::All(first, count) => (*first..first + count).for_each(|id| each(&id)),
        Condition::HasTag(context, key) | Condition::TagIs(context, key, _) if *context == entity_type => {
            found.push(*key);
        }
        Condition::SameTags(context, a, b) if *context == entity_type => found.extend([*a, *b]),
        _ => {}
    }
}
