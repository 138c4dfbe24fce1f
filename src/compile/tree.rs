//! Role trees → grants under guards. A condition becomes a guard around what it holds; a tree is walked once.

use super::{Compiler, Draft, as_u32};
use crate::catalog::Because;
use crate::condition::{Condition, ConditionId};
use crate::document::Field;
use crate::document::tree::{Context, Expression, Node};
use crate::entity::{EntityName, EntityType};
use crate::organization::{Grant, GrantedSet, Guard, Place, Use};
use crate::scope::ScopeSet;

impl Compiler<'_> {
    /// What a node grants under the guards around it.
    pub(super) fn tree(&mut self, node: &Node<'_>, outer: Option<u32>, draft: &mut Draft) {
        match node {
            Node::Allow { permissions, max_open } => {
                let names = permissions.iter().filter_map(Field::text);
                self.allow(names, *max_open, outer, draft);
            }
            Node::Group(entries) => {
                for entry in entries.iter().filter_map(Field::get) {
                    self.tree(entry, outer, draft);
                }
            }
            Node::Compose(names) => {
                for name in names.iter().filter_map(Field::text) {
                    self.compose(name, outer, draft);
                }
            }
            Node::Condition { condition, node } => {
                let guard = self.around(condition, outer);
                let guard = self.guard(guard);
                self.tree(node, Some(guard), draft);
            }
            Node::IfThenElse { condition, yes, no } => {
                let guard = self.around(condition, outer);
                let (if_so, if_not) = (self.guard(guard), self.guard(Guard { negated: true, ..guard }));
                self.tree(yes, Some(if_so), draft);
                self.tree(no, Some(if_not), draft);
            }
            Node::Select { selector, options } => {
                for (value, node) in options.iter().filter_map(Field::get) {
                    let condition = self.equal(selector, value);
                    let on_entity = mentions_entity(selector) || mentions_entity(value);
                    let guard = self.under_outer(condition, on_entity, outer);
                    let guard = self.guard(guard);
                    self.tree(node, Some(guard), draft);
                }
            }
        }
    }

    /// The scopes that are named, for every type that has them (EX-2, EX-3).
    fn allow<'n>(
        &mut self,
        names: impl Iterator<Item = &'n str>,
        max_open: Option<u64>,
        outer: Option<u32>,
        draft: &mut Draft,
    ) {
        let mut by_type = vec![ScopeSet::EMPTY; self.catalog.type_count()];
        for number in names.filter_map(|name| self.catalog.scope_number(name)) {
            for (entity_type, _) in self.catalog.entity_types() {
                let scope = self.catalog.scope_numbered(entity_type, number);
                if let Some((scope, scopes)) = scope.zip(by_type.get_mut(entity_type.position())) {
                    scopes.insert(scope);
                }
            }
        }
        for (position, scopes) in by_type.into_iter().enumerate().filter(|(_, scopes)| !scopes.is_empty()) {
            let entity_type = EntityType::at(position).unwrap_or(EntityType::FIRST);
            self.sets.push(GrantedSet { entity_type, scopes, id: None, max_open });
            self.under(outer, as_u32(self.sets.len() - 1), draft);
        }
    }

    /// A set, or another record, which is compiled as a source of its own.
    fn compose(&mut self, name: &str, outer: Option<u32>, draft: &mut Draft) {
        if let Some(set) = self.index.set(name) {
            self.under(outer, as_u32(set), draft);
        } else if let Some(record) = self.index.record(name) {
            draft.uses.push(Use { guard: outer, source: as_u32(record) });
        }
    }

    /// A grant of a set where its guards hold. One that is bound to an entity by its only guard is a grant on
    /// that entity, which costs no test.
    fn under(&mut self, outer: Option<u32>, set: u32, draft: &mut Draft) {
        let entity_type = self.type_of_set(set);
        let Some(number) = outer else {
            return draft.push(Grant { set, place: Place::Everywhere, because: Because::Tree });
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
            Some((_, entity)) if (entity as usize) < self.entities.names.len() => Place::Entity(entity),
            _ => Place::When(number),
        };
        draft.push(Grant { set, place, because: Because::TreeCondition });
    }

    fn around(&mut self, condition: &Expression<'_>, outer: Option<u32>) -> Guard {
        let on_entity = mentions_entity(condition);
        let condition = self.boolean(condition);
        self.under_outer(condition, on_entity, outer)
    }

    fn under_outer(&self, condition: ConditionId, on_entity: bool, outer: Option<u32>) -> Guard {
        let around =
            outer.and_then(|outer| self.guards.get(outer as usize)).is_some_and(|outer| outer.on_entity);
        Guard { outer, condition, negated: false, on_entity: on_entity || around }
    }

    /// An expression that is true or false; anything else holds neither way.
    fn boolean(&mut self, expression: &Expression<'_>) -> ConditionId {
        let condition = match expression {
            Expression::And(a, b) => Condition::And(self.boolean(a), self.boolean(b)),
            Expression::Or(a, b) => Condition::Or(self.boolean(a), self.boolean(b)),
            Expression::Not(a) => Condition::Not(self.boolean(a)),
            Expression::Bool(value) => Condition::Constant(*value),
            Expression::Equal(a, b) => return self.equal(a, b),
            Expression::HasTag(context, key) => match self.context(*context) {
                Some(entity_type) => Condition::HasTag(entity_type, self.tags.intern(key)),
                None => Condition::Never,
            },
            _ => Condition::Never,
        };
        self.condition(condition)
    }

    /// Equality. Values of different kinds are never equal; a missing tag equals nothing.
    fn equal(&mut self, left: &Expression<'_>, right: &Expression<'_>) -> ConditionId {
        use Expression as E;
        let condition = match (left, right) {
            (a, b) if a.is_boolean() && b.is_boolean() => Condition::Same(self.boolean(a), self.boolean(b)),
            (a, _) if a.is_boolean() => Condition::NoTruth(self.boolean(a)),
            (_, b) if b.is_boolean() => Condition::NoTruth(self.boolean(b)),
            (E::Tag(Context::Team, _), E::Tag(..)) | (E::Tag(..), E::Tag(Context::Team, _)) => {
                Condition::Never
            }
            (E::Tag(context, a), E::Tag(other, b)) => {
                let (a, b) = (self.tags.intern(a), self.tags.intern(b));
                self.two(*context, *other, |it| Condition::SameTags(it, a, b))
            }
            (E::Tag(context, key), other) | (other, E::Tag(context, key)) => {
                self.tag_equals(*context, key, other)
            }
            (E::Context(Context::Team), other) | (other, E::Context(Context::Team)) => self.team(other),
            (E::Context(a), E::Context(b)) => self.two(*a, *b, Condition::OfType),
            (E::Context(context), other) | (other, E::Context(context)) => self.entity_is(*context, other),
            (E::Entity(a, one), E::Entity(b, other)) => {
                Condition::Constant(a == b && self.literal(*a, one) == self.literal(*b, other))
            }
            (E::Text(a), E::Text(b)) => Condition::Constant(a == b),
            (E::Number(a), E::Number(b)) => Condition::Constant(a == b),
            _ => Condition::Constant(false),
        };
        self.condition(condition)
    }

    /// A tag compared with what is no tag. Tags of a team are never met.
    fn tag_equals(&mut self, context: Context, key: &str, other: &Expression<'_>) -> Condition {
        let Some(entity_type) = self.context(context) else { return Condition::Never };
        match other {
            Expression::Text(value) => {
                Condition::TagIs(entity_type, self.tags.intern(key), self.tags.intern(value))
            }
            Expression::Context(other) => self.two(context, *other, Condition::OtherKind),
            _ => Condition::OtherKind(entity_type),
        }
    }

    /// A test that looks at two contexts: of two types, one of them has always nothing to test.
    fn two(&self, a: Context, b: Context, test: impl Fn(EntityType) -> Condition) -> Condition {
        match (self.context(a), self.context(b)) {
            (Some(a), Some(b)) if a == b => test(a),
            (Some(it), None) | (None, Some(it)) if a == Context::Team || b == Context::Team => {
                Condition::OtherKind(it)
            }
            _ => Condition::Never,
        }
    }

    /// The teams of the caller compared with something.
    fn team(&self, other: &Expression<'_>) -> Condition {
        match other {
            Expression::Entity(Context::Team, name) => match self.index.teams.get(name) {
                Some(team) => Condition::InTeam(team),
                None => Condition::Constant(false),
            },
            Expression::Context(Context::Team) => Condition::InAnyTeam,
            Expression::Context(context) => self.two(Context::Team, *context, Condition::OtherKind),
            _ => Condition::Constant(false),
        }
    }

    /// The entity of the request compared with something.
    fn entity_is(&mut self, context: Context, other: &Expression<'_>) -> Condition {
        let Some(entity_type) = self.context(context) else { return Condition::Never };
        match other {
            Expression::Entity(kind, identity) if *kind == context => {
                Condition::Is(entity_type, self.literal(context, identity))
            }
            _ => Condition::OtherKind(entity_type),
        }
    }

    fn context(&self, context: Context) -> Option<EntityType> {
        self.catalog.entity_type(context.entity_type()?)
    }

    /// The number of what a literal names: an id of a listed entity, else `TYPE:PATH`, else `PATH`. What is no
    /// entity of this organization gets a number from the other end, which no request has.
    fn literal(&mut self, context: Context, identity: &str) -> u32 {
        let Some(type_name) = context.entity_type() else {
            return u32::MAX - self.strangers.intern(&format!("team:{identity}"));
        };
        let by_id = self.index.entity_of_id(identity).map(as_u32);
        let entity_type = self.catalog.entity_type(type_name);
        if let Some(number) = by_id.filter(|it| self.entities.types.get(*it as usize).copied() == entity_type)
        {
            return number;
        }
        let typed = identity.strip_prefix(type_name).is_some_and(|rest| rest.starts_with(':'));
        let name = if typed { identity.to_owned() } else { format!("{type_name}:{identity}") };
        let read = EntityName::parse(self.catalog, &name);
        let here = read.is_ok_and(|read| read.organization() == self.organization);
        if here { self.entity(&name) } else { u32::MAX - self.strangers.intern(&name) }
    }
}

/// Whether an expression looks at the entity of the request. What rests on one gives no scope of the
/// organization (AL-3).
fn mentions_entity(expression: &Expression<'_>) -> bool {
    match expression {
        Expression::And(a, b) | Expression::Or(a, b) | Expression::Equal(a, b) => {
            mentions_entity(a) || mentions_entity(b)
        }
        Expression::Not(a) => mentions_entity(a),
        Expression::HasTag(context, _) | Expression::Tag(context, _) | Expression::Context(context) => {
            context.entity_type().is_some()
        }
        Expression::Entity(..) | Expression::Bool(_) | Expression::Number(_) | Expression::Text(_) => false,
    }
}
