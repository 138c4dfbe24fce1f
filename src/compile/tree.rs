//! Role trees → grants under guards. A condition becomes a guard around what it holds; a tree is walked once.

use super::{Compiler, Draft, Origin, as_u32, name};
use crate::catalog::Because;
use crate::condition::{Condition, ConditionId};
use crate::document::tree::Context;
use crate::entity::{EntityName, EntityType, name_of_identity};
use crate::json::Value;
use crate::number::Decimal;
use crate::organization::{Grant, GrantedSet, Guard, Place, Use};
use crate::scope::ScopeSet;

impl<O: Origin> Compiler<'_, O> {
    /// What a node grants under the guards around it.
    pub(super) fn tree(&mut self, node: Value<'_>, outer: Option<u32>, draft: &mut Draft<O>) {
        let kind = node.text("__type").unwrap_or_default();
        match kind.strip_prefix("PermissionDescriptor").unwrap_or_default() {
            "Allow" => self.allow(node, outer, draft),
            "Group" => node.list("entries").for_each(|entry| self.tree(entry, outer, draft)),
            "Compose" => {
                for entry in node.list("permissionDescriptors") {
                    self.compose(entry, outer, draft);
                }
            }
            "Condition" => {
                let (guard, origin) = self.around(node, outer);
                self.under(node.get("subNode"), guard, origin, draft);
            }
            "IfThenElse" => {
                let (guard, origin) = self.around(node, outer);
                self.under(node.get("subNodeForTrue"), guard, origin, draft);
                self.under(node.get("subNodeForFalse"), Guard { negated: true, ..guard }, origin, draft);
            }
            "Select" => self.select(node, outer, draft),
            _ => {}
        }
    }

    /// A node under a guard of its own.
    fn under(&mut self, node: Option<Value<'_>>, guard: Guard, origin: O, draft: &mut Draft<O>) {
        let guard = self.guard(guard, origin);
        if let Some(node) = node {
            self.tree(node, Some(guard), draft);
        }
    }

    fn select(&mut self, node: Value<'_>, outer: Option<u32>, draft: &mut Draft<O>) {
        let Some(selector) = node.get("selector").map(Expression::read) else { return };
        for option in node.list("options") {
            let Some(written) = option.get("value") else { continue };
            let value = Expression::read(written);
            let condition = self.equal(&selector, &value);
            let guard =
                self.under_outer(condition, selector.mentions_entity() || value.mentions_entity(), outer);
            self.under(option.get("node"), guard, O::of(written), draft);
        }
    }

    /// The scopes that are named, for every type that has them (EX-2, EX-3).
    fn allow(&mut self, node: Value<'_>, outer: Option<u32>, draft: &mut Draft<O>) {
        let mut by_type = vec![ScopeSet::EMPTY; self.catalog.type_count()];
        for number in node.texts("permissions").filter_map(|(_, name)| self.catalog.scope_number(name)) {
            for (entity_type, _) in self.catalog.entity_types() {
                let scope = self.catalog.scope_numbered(entity_type, number);
                if let Some((scope, scopes)) = scope.zip(by_type.get_mut(entity_type.position())) {
                    scopes.insert(scope);
                }
            }
        }
        let seconds = node.get("constraints").and_then(|it| it.get("MaxOpenDuration"));
        let max_open =
            seconds.and_then(Value::as_number).and_then(|written| Decimal::parse(written).integer());
        for (position, scopes) in by_type.into_iter().enumerate().filter(|(_, scopes)| !scopes.is_empty()) {
            let entity_type = EntityType::at(position).unwrap_or(EntityType::FIRST);
            self.sets.push(GrantedSet { entity_type, scopes, id: None, max_open });
            self.give(as_u32(self.sets.len() - 1), outer, O::of(node), draft);
        }
    }

    /// A set, or another record, which is compiled as a source of its own.
    fn compose(&mut self, entry: Value<'_>, outer: Option<u32>, draft: &mut Draft<O>) {
        let name = name(entry);
        if let Some(set) = self.index.set(name) {
            self.give(as_u32(set), outer, O::of(entry), draft);
        } else if let Some(record) = self.index.record(name) {
            draft.uses.push((Use { guard: outer, source: as_u32(record) }, O::of(entry)));
        }
    }

    /// A grant of a set where its guards hold. One that is bound to an entity by its only guard is a grant on
    /// that entity, which costs no test.
    fn give(&mut self, set: u32, outer: Option<u32>, origin: O, draft: &mut Draft<O>) {
        let entity_type = self.type_of_set(set);
        let Some(number) = outer else {
            return draft.push(Grant { set, place: Place::Everywhere, because: Because::Tree }, origin);
        };
        let Some(guard) = self.guards.get(number as usize).copied() else { return };
        // A scope of the organization cannot rest on a stack (AL-3).
        if guard.on_entity && Some(entity_type) == self.catalog.organization_type() {
            return;
        }
        let bound = match self.conditions.get(guard.condition as usize) {
            Some(Condition::Is(it, entity)) if guard.outer.is_none() && !guard.negated => {
                Some((*it, *entity))
            }
            _ => None,
        };
        let place = match bound {
            Some((bound_type, _)) if bound_type != entity_type => return,
            Some((_, entity)) if (entity as usize) < self.entity_names.len() => Place::Entity(entity),
            _ => Place::When(number),
        };
        draft.push(Grant { set, place, because: Because::TreeCondition }, origin);
    }

    /// The guard that the condition of a node is, and where that is written.
    fn around(&mut self, node: Value<'_>, outer: Option<u32>) -> (Guard, O) {
        let written = node.get("condition");
        let condition = written.map_or(Expression::NOTHING, Expression::read);
        let on_entity = condition.mentions_entity();
        let condition = self.boolean(&condition);
        (self.under_outer(condition, on_entity, outer), written.map_or(O::default(), O::of))
    }

    fn under_outer(&self, condition: ConditionId, on_entity: bool, outer: Option<u32>) -> Guard {
        let around =
            outer.and_then(|outer| self.guards.get(outer as usize)).is_some_and(|outer| outer.on_entity);
        Guard { outer, condition, negated: false, on_entity: on_entity || around }
    }

    /// An expression that is true or false; anything else holds neither way.
    fn boolean(&mut self, expression: &Expression<'_>) -> ConditionId {
        let mut inner = |part| self.boolean(&expression.part(part));
        let condition = match expression.kind {
            "And" => Condition::And(inner("left"), inner("right")),
            "Or" => Condition::Or(inner("left"), inner("right")),
            "Not" => Condition::Not(inner("node")),
            "Equal" => return self.equal(&expression.part("left"), &expression.part("right")),
            "Bool" => Condition::Constant(expression.value().and_then(Value::as_bool).unwrap_or(false)),
            "HasTag" => match self.context(expression.context()) {
                Some(entity_type) => Condition::HasTag(entity_type, self.tags.intern(expression.key())),
                None => Condition::Never,
            },
            _ => Condition::Never,
        };
        self.condition(condition)
    }

    /// Equality. Values of different kinds are never equal; a missing tag equals nothing.
    fn equal(&mut self, left: &Expression<'_>, right: &Expression<'_>) -> ConditionId {
        let (a, b) = if rank(left) <= rank(right) { (left, right) } else { (right, left) };
        let condition = match (rank(a), rank(b)) {
            (Rank::Boolean, Rank::Boolean) => Condition::Same(self.boolean(a), self.boolean(b)),
            (Rank::Boolean, _) => self.never_equal(a, b),
            (Rank::Tag, _) => self.tag_equals(a, b),
            (Rank::Team, _) => self.team(b),
            (Rank::Entity, Rank::Entity) => self.two(a.context(), b.context(), Condition::OfType),
            (Rank::Entity, _) => self.entity_is(a.context(), b),
            _ => Condition::Constant(a.literal && b.literal && a.kind == b.kind && self.same_literal(a, b)),
        };
        self.condition(condition)
    }

    fn same_literal(&mut self, a: &Expression<'_>, b: &Expression<'_>) -> bool {
        match (a.value(), b.value()) {
            (Some(a), Some(b)) => {
                let number = |value: Value<'_>| value.as_number().map(Decimal::parse);
                a.as_text() == b.as_text() && number(a) == number(b)
            }
            _ => self.literal(a.context(), a.identity()) == self.literal(b.context(), b.identity()),
        }
    }

    /// A truth value compared with what is none: false wherever all that both look at can be looked at.
    fn never_equal(&self, a: &Expression<'_>, b: &Expression<'_>) -> Condition {
        let mut types = Vec::new();
        let met = a.looks_at(&mut types) & b.looks_at(&mut types);
        match types.first() {
            _ if !met => Condition::Never,
            None => Condition::Constant(false),
            Some(first) if types.iter().all(|it| it == first) => {
                self.context(Some(*first)).map_or(Condition::Never, Condition::OtherKind)
            }
            Some(_) => Condition::Never,
        }
    }

    /// A tag compared with anything that is no truth value. Tags of a team are never met.
    fn tag_equals(&mut self, tag: &Expression<'_>, other: &Expression<'_>) -> Condition {
        let Some(entity_type) = self.context(tag.context()) else { return Condition::Never };
        let key = self.tags.intern(tag.key());
        match (rank(other), other.value().and_then(Value::as_text)) {
            (Rank::Tag, _) if self.context(other.context()).is_none() => Condition::Never,
            (Rank::Tag, _) => {
                let other_key = self.tags.intern(other.key());
                self.two(tag.context(), other.context(), |it| Condition::SameTags(it, key, other_key))
            }
            (Rank::Team | Rank::Entity, _) => self.two(tag.context(), other.context(), Condition::OtherKind),
            (_, Some(value)) => Condition::TagIs(entity_type, key, self.tags.intern(value)),
            _ => Condition::OtherKind(entity_type),
        }
    }

    /// A test that looks at two contexts: of two types, one of them has always nothing to test.
    fn two(
        &self,
        a: Option<Context>,
        b: Option<Context>,
        test: impl Fn(EntityType) -> Condition,
    ) -> Condition {
        let team = a == Some(Context::Team) || b == Some(Context::Team);
        match (self.context(a), self.context(b)) {
            (Some(a), Some(b)) if a == b => test(a),
            (Some(it), None) | (None, Some(it)) if team => Condition::OtherKind(it),
            _ => Condition::Never,
        }
    }

    /// The teams of the caller compared with something.
    fn team(&self, other: &Expression<'_>) -> Condition {
        match (other.context(), other.literal) {
            (Some(Context::Team), true) => match self.index.teams.get(other.identity()) {
                Some(team) => Condition::InTeam(team),
                None => Condition::Constant(false),
            },
            (Some(Context::Team), false) => Condition::InAnyTeam,
            (context @ Some(_), false) => self.two(Some(Context::Team), context, Condition::OtherKind),
            _ => Condition::Constant(false),
        }
    }

    /// The entity of the request compared with something.
    fn entity_is(&mut self, context: Option<Context>, other: &Expression<'_>) -> Condition {
        let Some(entity_type) = self.context(context) else { return Condition::Never };
        if other.literal && other.context() == context {
            Condition::Is(entity_type, self.literal(context, other.identity()))
        } else {
            Condition::OtherKind(entity_type)
        }
    }

    fn context(&self, context: Option<Context>) -> Option<EntityType> {
        self.catalog.type_of_context(context?.word())
    }

    /// The number of what a literal names: an id of a listed entity, else `TYPE:PATH`, else `PATH`. What is no
    /// entity of this organization gets a number from the other end, which no request has.
    fn literal(&mut self, context: Option<Context>, identity: &str) -> u32 {
        let Some(entity_type) = self.context(context) else {
            return u32::MAX - self.strangers.intern(&format!("team:{identity}"));
        };
        if let Some(listed) = self.index.entity_of_id(identity) {
            return as_u32(listed);
        }
        let name = name_of_identity(self.catalog.type_name(entity_type), identity);
        let read = EntityName::parse(self.catalog, &name);
        let here = read.is_ok_and(|read| read.organization == self.organization);
        if here { self.entity(&name) } else { u32::MAX - self.strangers.intern(&name) }
    }
}

/// An expression as it is written, by its type without what all types begin with.
#[derive(Debug, Clone, Copy)]
struct Expression<'j> {
    /// `And`, `Tag`, `Stack`, `String` …
    kind: &'j str,
    literal: bool,
    written: Option<Value<'j>>,
}

/// What an expression can be compared as, in the order in which [`Compiler::equal`] looks at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Boolean,
    Tag,
    Team,
    Entity,
    Literal,
}

fn rank(expression: &Expression<'_>) -> Rank {
    match (expression.kind, expression.literal) {
        ("And" | "Or" | "Not" | "Equal" | "HasTag", false) | ("Bool", true) => Rank::Boolean,
        ("Tag", false) => Rank::Tag,
        ("Team", false) => Rank::Team,
        (_, false) => Rank::Entity,
        (_, true) => Rank::Literal,
    }
}

impl<'j> Expression<'j> {
    const NOTHING: Self = Self { kind: "", literal: true, written: None };

    fn read(written: Value<'j>) -> Self {
        let name = written.text("__type").unwrap_or_default();
        let (kind, literal) = match name.strip_prefix("PermissionLiteralExpression") {
            Some(kind) => (kind, true),
            None => (name.strip_prefix("PermissionExpression").unwrap_or_default(), false),
        };
        Self { kind, literal, written: Some(written) }
    }

    fn field(&self, name: &str) -> Option<Value<'j>> {
        self.written.and_then(|written| written.get(name))
    }

    fn part(&self, name: &str) -> Self {
        self.field(name).map_or(Self::NOTHING, Self::read)
    }

    fn value(&self) -> Option<Value<'j>> {
        self.field("value")
    }

    fn key(&self) -> &'j str {
        self.field("key").and_then(Value::as_text).unwrap_or_default()
    }

    fn identity(&self) -> &'j str {
        self.field("identity").and_then(Value::as_text).unwrap_or_default()
    }

    /// What it looks at, or of a literal, of what it is one.
    fn context(&self) -> Option<Context> {
        let kind = if matches!(self.kind, "Tag" | "HasTag") { self.part("context").kind } else { self.kind };
        Context::named(kind)
    }

    /// Whether it looks at the entity of the request. What rests on one gives no scope of the organization
    /// (AL-3).
    fn mentions_entity(&self) -> bool {
        let mut contexts = Vec::new();
        self.looks_at(&mut contexts);
        !contexts.is_empty()
    }

    /// Adds the entities that it looks at, by their types, and answers whether it can be met at all: tags of a
    /// team never are.
    fn looks_at(&self, types: &mut Vec<Context>) -> bool {
        let context = self.context().filter(|_| !self.literal);
        types.extend(context.filter(|context| context.is_entity()));
        let parts: &[&str] = match self.kind {
            "And" | "Or" | "Equal" => &["left", "right"],
            "Not" => &["node"],
            _ => &[],
        };
        let tag_of_team = context == Some(Context::Team) && self.kind != "Team";
        parts.iter().fold(!tag_of_team, |met, part| self.part(part).looks_at(types) & met)
    }
}
