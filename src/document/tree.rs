//! The form of a role tree of the API (`details` of a role record), as data.
//!
//! The service drops a misspelled nested field in silence; here it is refused, since a tree that loses a
//! condition grants more than was meant. The depth of a tree is bounded before anything walks it.

use super::{need, unknown_field, wrong_type};
use crate::json::{Kind, Value, excerpt};
use crate::number::Decimal;
use crate::problem::{Code, Path, Problems};

/// How many nodes, descriptors and expressions alike, may lie on a path of a tree.
pub(crate) const DEPTH: usize = 64;

/// How many entries a group, a compose or a select may have (RO-17).
pub(crate) const ENTRIES: usize = 2_000;

/// What a field of a tree must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// A node that grants.
    Descriptor,
    /// An expression on which a descriptor may rest: a bare constant is refused (EX-7).
    Condition,
    /// An expression that is true or false.
    Boolean,
    /// Any expression.
    Expression,
    /// What an expression looks at.
    Context,
    /// Descriptors, records, or options of a select: at most [`ENTRIES`].
    Descriptors,
    Records,
    Options,
    /// Scopes.
    Texts,
    Text,
    Bool,
    Number,
    /// An object with `MaxOpenDuration`.
    Constraints,
    Seconds,
    /// A field that the API writes and that means nothing.
    Unused,
}

/// A type of node.
pub(crate) struct Node {
    pub(crate) name: &'static str,
    /// What it can stand for.
    pub(crate) parts: &'static [Part],
    pub(crate) fields: &'static [(&'static str, Part)],
}

const GRANTS: &[Part] = &[Part::Descriptor];
const TESTS: &[Part] = &[Part::Condition, Part::Boolean, Part::Expression];
const VALUES: &[Part] = &[Part::Expression];
const CONTEXTS: &[Part] = &[Part::Context, Part::Expression];

/// The types of nodes.
pub(crate) const NODES: &[Node] = &[
    Node {
        name: "PermissionDescriptorAllow",
        parts: GRANTS,
        fields: &[("permissions", Part::Texts), ("constraints", Part::Constraints)],
    },
    Node { name: "PermissionDescriptorGroup", parts: GRANTS, fields: &[("entries", Part::Descriptors)] },
    Node {
        name: "PermissionDescriptorCompose",
        parts: GRANTS,
        fields: &[("permissionDescriptors", Part::Records)],
    },
    Node {
        name: "PermissionDescriptorCondition",
        parts: GRANTS,
        fields: &[("condition", Part::Condition), ("subNode", Part::Descriptor)],
    },
    Node {
        name: "PermissionDescriptorIfThenElse",
        parts: GRANTS,
        fields: &[
            ("condition", Part::Condition),
            ("subNodeForTrue", Part::Descriptor),
            ("subNodeForFalse", Part::Descriptor),
        ],
    },
    Node {
        name: "PermissionDescriptorSelect",
        parts: GRANTS,
        fields: &[("selector", Part::Expression), ("options", Part::Options)],
    },
    Node {
        name: "PermissionExpressionAnd",
        parts: TESTS,
        fields: &[("left", Part::Boolean), ("right", Part::Boolean)],
    },
    Node {
        name: "PermissionExpressionOr",
        parts: TESTS,
        fields: &[("left", Part::Boolean), ("right", Part::Boolean)],
    },
    Node { name: "PermissionExpressionNot", parts: TESTS, fields: &[("node", Part::Boolean)] },
    Node {
        name: "PermissionExpressionEqual",
        parts: TESTS,
        fields: &[("left", Part::Expression), ("right", Part::Expression)],
    },
    Node {
        name: "PermissionExpressionHasTag",
        parts: TESTS,
        fields: &[("context", Part::Context), ("key", Part::Text), ("node", Part::Unused)],
    },
    Node {
        name: "PermissionExpressionTag",
        parts: VALUES,
        fields: &[("context", Part::Context), ("key", Part::Text)],
    },
    Node { name: "PermissionExpressionStack", parts: CONTEXTS, fields: &[] },
    Node { name: "PermissionExpressionEnvironment", parts: CONTEXTS, fields: &[] },
    Node { name: "PermissionExpressionInsightsAccount", parts: CONTEXTS, fields: &[] },
    Node { name: "PermissionExpressionTeam", parts: CONTEXTS, fields: &[] },
    Node {
        name: "PermissionLiteralExpressionBool",
        parts: &[Part::Boolean, Part::Expression],
        fields: &[("value", Part::Bool)],
    },
    Node { name: "PermissionLiteralExpressionNumber", parts: VALUES, fields: &[("value", Part::Number)] },
    Node { name: "PermissionLiteralExpressionString", parts: VALUES, fields: &[("value", Part::Text)] },
    Node { name: "PermissionLiteralExpressionStack", parts: VALUES, fields: &[("identity", Part::Text)] },
    Node {
        name: "PermissionLiteralExpressionEnvironment",
        parts: VALUES,
        fields: &[("identity", Part::Text)],
    },
    Node {
        name: "PermissionLiteralExpressionInsightsAccount",
        parts: VALUES,
        fields: &[("identity", Part::Text)],
    },
    Node { name: "PermissionLiteralExpressionTeam", parts: VALUES, fields: &[("identity", Part::Text)] },
];

/// An option of a select, which is no node itself.
pub(crate) const OPTION: &[(&str, Part)] = &[("value", Part::Expression), ("node", Part::Descriptor)];

/// What constrains a grant.
pub(crate) const CONSTRAINTS: &[(&str, Part)] = &[("MaxOpenDuration", Part::Seconds)];

impl Part {
    /// Whether a field of this sort may be absent.
    pub(crate) fn is_optional(self) -> bool {
        matches!(self, Self::Constraints | Self::Seconds | Self::Unused)
    }

    /// What is wanted there, for a sentence.
    pub(crate) fn wanted(self) -> &'static str {
        match self {
            Self::Descriptor => "a descriptor",
            Self::Condition => "an And, Or, Not, Equal or HasTag expression",
            Self::Boolean => "an expression that is true or false",
            Self::Expression => "an expression",
            Self::Context => "a Stack, Environment, InsightsAccount or Team expression",
            Self::Descriptors | Self::Records | Self::Options | Self::Texts => "a list",
            Self::Text => "a text that is not empty",
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Seconds => "a number of seconds",
            Self::Constraints => "an object",
            Self::Unused => "anything",
        }
    }
}

/// What an expression looks at: the entity of the request if it is of that type, or the teams of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Context {
    Stack,
    Environment,
    InsightsAccount,
    Team,
}

impl Context {
    /// The context of an expression, by its type without what all types begin with.
    pub(crate) fn named(word: &str) -> Option<Self> {
        match word {
            "Stack" => Some(Self::Stack),
            "Environment" => Some(Self::Environment),
            "InsightsAccount" => Some(Self::InsightsAccount),
            "Team" => Some(Self::Team),
            _ => None,
        }
    }

    /// The context as expressions have it in their type. A catalog says which entity type that is.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Stack => "Stack",
            Self::Environment => "Environment",
            Self::InsightsAccount => "InsightsAccount",
            Self::Team => "Team",
        }
    }

    /// Whether it is the entity of the request, and not the teams.
    pub(crate) fn is_entity(self) -> bool {
        self != Self::Team
    }
}

/// The context of a node by its type, and whether it is a literal of that.
pub(crate) fn context_of(node: Value<'_>) -> Option<Context> {
    context_named(node.text("__type")?)
}

/// The same, by the name of the type.
pub(crate) fn context_named(name: &str) -> Option<Context> {
    let word = name.strip_prefix("PermissionLiteralExpression").or(name.strip_prefix("PermissionExpression"));
    Context::named(word?)
}

/// Notes every fault of form of a part of a tree; a node in it lies at this depth, the root at 1.
pub(crate) fn check(value: Value<'_>, part: Part, depth: usize, at: &Path<'_>, problems: &mut Problems) {
    Checker { problems, alone: false }.check(value, part, depth, at);
}

/// Notes what is wrong with a node that grants, and with the expressions in it: not with the nodes below it that
/// grant, nor with the names in its lists. Constraints that are null are none.
pub(crate) fn check_alone(value: Value<'_>, depth: usize, at: &Path<'_>, problems: &mut Problems) {
    let mut checker = Checker { problems, alone: true };
    if value.kind() == Kind::Object {
        checker.node(value, Part::Descriptor, depth, at);
    } else {
        checker.wrong_type(value, Part::Descriptor, at);
    }
}

/// What the fields of a node are, by its type; nothing for a type that is none.
pub(crate) fn parts_of(node: Value<'_>) -> &'static [(&'static str, Part)] {
    let name = node.text("__type").unwrap_or_default();
    NODES.iter().find(|node| node.name == name).map_or(&[], |node| node.fields)
}

struct Checker<'p> {
    problems: &'p mut Problems,
    /// One node is checked and not those below it.
    alone: bool,
}

impl Checker<'_> {
    fn check(&mut self, value: Value<'_>, part: Part, depth: usize, at: &Path<'_>) {
        match (part, value.kind()) {
            (Part::Descriptor, Kind::Object)
            | (Part::Texts, Kind::Array)
            | (Part::Constraints, Kind::Null)
                if self.alone => {}
            (
                Part::Descriptor | Part::Condition | Part::Boolean | Part::Expression | Part::Context,
                Kind::Object,
            ) => self.node(value, part, depth, at),
            (Part::Descriptors, Kind::Array) => self.entries(value, Part::Descriptor, depth, at),
            (Part::Records, Kind::Array) => self.entries(value, Part::Text, depth, at),
            (Part::Texts, Kind::Array) => self.each(value, Part::Text, depth, at),
            (Part::Options, Kind::Array) => self.options(value, depth, at),
            (Part::Text, Kind::Text) => super::not_empty(value.as_text(), at, self.problems),
            (Part::Constraints, Kind::Object) => {
                self.fields(value, CONSTRAINTS, None, depth, at);
            }
            (Part::Seconds, Kind::Number) => self.seconds(value, at),
            (Part::Bool, Kind::Bool) | (Part::Number, Kind::Number) | (Part::Unused, _) => {}
            _ => self.wrong_type(value, part, at),
        }
    }

    fn node(&mut self, value: Value<'_>, part: Part, depth: usize, at: &Path<'_>) {
        if depth > DEPTH {
            let message = format!("the tree has more than {DEPTH} nodes on this path: make it flatter");
            return self.problems.add(Code::TooDeep, at, message);
        }
        let Some(name) = value.text("__type") else {
            return match value.get("__type") {
                Some(name) => self.check(name, Part::Text, depth, &at.key("__type")),
                None => need(value, "__type", at, self.problems),
            };
        };
        let Some(found) = NODES.iter().find(|node| node.name == name) else {
            let message = format!("no node of a role tree has the type `{}`", excerpt(name));
            return self.problems.add(Code::UnknownNodeType, &at.key("__type"), message);
        };
        if !found.parts.contains(&part) {
            let message = format!("{} is wanted here, not a `{name}`", part.wanted());
            self.problems.add(Code::WrongType, at, message);
        }
        self.fields(value, found.fields, Some("__type"), depth, at);
    }

    /// Notes fields that an object does not have, those that it must have, and what is wrong in each. One field may
    /// stand beside them.
    fn fields(
        &mut self,
        value: Value<'_>,
        fields: &[(&str, Part)],
        beside: Option<&str>,
        depth: usize,
        at: &Path<'_>,
    ) {
        for (key, value) in value.members().filter(|(key, _)| Some(*key) != beside) {
            let at = at.key(key);
            match fields.iter().find(|(name, _)| *name == key) {
                Some((_, part)) => self.check(value, *part, depth + 1, &at),
                None if self.alone => {
                    let message = format!("no field `{}` is known here", excerpt(key));
                    self.problems.add(Code::UnknownField, &at, message);
                }
                None => unknown_field(&at, key, ", and the service would drop it in silence", self.problems),
            }
        }
        for (name, _) in fields.iter().filter(|(_, part)| !part.is_optional()) {
            need(value, name, at, self.problems);
        }
    }

    fn entries(&mut self, value: Value<'_>, part: Part, depth: usize, at: &Path<'_>) {
        let count = value.len();
        if count > ENTRIES {
            let message = format!("the list has {count} entries: at most {ENTRIES} are allowed");
            self.problems.add(Code::TooMany, at, message);
        } else if !self.alone {
            self.each(value, part, depth, at);
        }
    }

    fn each(&mut self, value: Value<'_>, part: Part, depth: usize, at: &Path<'_>) {
        for (index, item) in value.items().enumerate() {
            self.check(item, part, depth, &at.index(index));
        }
    }

    /// The options of a select, which are no nodes themselves: their nodes lie one below the select.
    fn options(&mut self, value: Value<'_>, depth: usize, at: &Path<'_>) {
        self.entries(value, Part::Unused, depth, at);
        for (index, option) in value.items().take(ENTRIES).enumerate() {
            let at = at.index(index);
            if option.kind() == Kind::Object {
                self.fields(option, OPTION, None, depth - 1, &at);
            } else {
                self.problems.add(Code::WrongType, &at, wrong_type("an object", option.kind()));
            }
        }
    }

    /// Seconds for which an environment may stay open under the grant; 0 is no limit (EX-14).
    fn seconds(&mut self, value: Value<'_>, at: &Path<'_>) {
        let written = value.as_number().unwrap_or("");
        if Decimal::parse(written).integer().is_none() {
            let message = format!("`{}` is no whole number of seconds from 0 on", excerpt(written));
            self.problems.add(Code::OutOfRange, at, message);
        }
    }

    fn wrong_type(&mut self, value: Value<'_>, part: Part, at: &Path<'_>) {
        self.problems.add(Code::WrongType, at, wrong_type(part.wanted(), value.kind()));
    }
}
