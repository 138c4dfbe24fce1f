//! Where a grant holds: as a value, and a condition as people read it.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::condition::Condition;
use crate::organization::{Organization, Place};

/// Where a grant holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum On {
    /// On every entity of the type.
    All,
    /// On one entity.
    Entity(String),
    /// On entities that pass all these tests.
    Tags(Vec<TagTest>),
    /// Where a condition of a role tree holds.
    Condition(String),
}

/// One test of a rule by tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TagTest {
    /// The tag.
    pub key: String,
    /// The value that it must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equals: Option<String>,
    /// The value that it must not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_equals: Option<String>,
    /// Whether it must be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
}

impl Serialize for On {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Entity(entity) => serializer.serialize_str(entity),
            Self::Tags(tests) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("tags", tests)?;
                map.end()
            }
            Self::Condition(text) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("condition", text)?;
                map.end()
            }
        }
    }
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("everywhere"),
            Self::Entity(entity) => write!(f, "on {entity}"),
            Self::Condition(text) => write!(f, "where {text}"),
            Self::Tags(tests) => {
                let tests: Vec<_> = tests.iter().map(ToString::to_string).collect();
                write!(f, "where {}", tests.join(" and "))
            }
        }
    }
}

impl fmt::Display for TagTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.equals, &self.not_equals, self.exists) {
            (Some(value), _, _) => write!(f, "tag {} is {value}", self.key),
            (_, Some(value), _) => write!(f, "tag {} is not {value}", self.key),
            (_, _, Some(false)) => write!(f, "tag {} is missing", self.key),
            _ => write!(f, "tag {} is there", self.key),
        }
    }
}

impl Organization {
    /// Where a grant of that place holds.
    pub(crate) fn on(&self, place: Place) -> On {
        match place {
            Place::Everywhere => On::All,
            Place::Entity(entity) => On::Entity(self.entities.names.name(entity).into_owned()),
            Place::When(guard) => self.on_guard(guard),
        }
    }

    /// A guard as people read it: the tests of a rule, or the conditions of a tree, outermost first.
    pub(crate) fn on_guard(&self, guard: u32) -> On {
        let mut texts = Vec::new();
        let mut next = Some(guard);
        while let Some(guard) = next.and_then(|guard| self.guards.get(guard as usize)) {
            if let Some(Condition::All(first, count)) = self.conditions.get(guard.condition as usize) {
                let tests = (*first..first + count).filter_map(|id| self.tag_test(id, false));
                return On::Tags(tests.collect());
            }
            let text = self.condition_text(guard.condition);
            texts.push(if guard.negated { format!("not ({text})") } else { text });
            next = guard.outer;
        }
        texts.reverse();
        On::Condition(texts.join(" and "))
    }

    fn tag_test(&self, id: u32, negated: bool) -> Option<TagTest> {
        let name = |number: &u32| self.tags.name(*number).into_owned();
        let test = |key| TagTest { key: name(key), equals: None, not_equals: None, exists: None };
        match self.conditions.get(id as usize)? {
            Condition::Not(inner) => self.tag_test(*inner, !negated),
            Condition::HasTag(_, key) => Some(TagTest { exists: Some(!negated), ..test(key) }),
            Condition::TagIs(_, key, value) if negated => {
                Some(TagTest { not_equals: Some(name(value)), ..test(key) })
            }
            Condition::TagIs(_, key, value) => Some(TagTest { equals: Some(name(value)), ..test(key) }),
            _ => None,
        }
    }

    fn condition_text(&self, id: u32) -> String {
        let text = |id: &u32| self.condition_text(*id);
        let tag = |number: &u32| self.tags.name(*number);
        let entity = |number: &u32| {
            let name = self.entities.names.name(*number);
            if name.is_empty() { "an entity of that id".into() } else { name }
        };
        let Some(condition) = self.conditions.get(id as usize) else { return "never".into() };
        match condition {
            Condition::Constant(true) => "always".into(),
            Condition::Constant(false) | Condition::Never | Condition::OtherKind(_) => "never".into(),
            Condition::And(a, b) => format!("({} and {})", text(a), text(b)),
            Condition::Or(a, b) => format!("({} or {})", text(a), text(b)),
            Condition::Not(a) => format!("not {}", text(a)),
            Condition::Same(a, b) => format!("({} exactly if {})", text(a), text(b)),
            Condition::All(first, count) => {
                (*first..first + count).map(|id| text(&id)).collect::<Vec<_>>().join(" and ")
            }
            Condition::Is(_, number) => format!("the entity is {}", entity(number)),
            Condition::OfType(it) => format!("the entity is a {}", self.catalog.type_name(*it)),
            Condition::HasTag(it, key) => format!("the {} has tag {}", self.catalog.type_name(*it), tag(key)),
            Condition::TagIs(it, key, value) => {
                format!("tag {} of the {} is {}", tag(key), self.catalog.type_name(*it), tag(value))
            }
            Condition::SameTags(it, a, b) => {
                format!("tags {} and {} of the {} are the same", tag(a), tag(b), self.catalog.type_name(*it))
            }
            Condition::InTeam(team) => {
                format!("the caller is in team {}", self.principals.team_names.name(*team))
            }
            Condition::InAnyTeam => "the caller is in a team".into(),
        }
    }
}
