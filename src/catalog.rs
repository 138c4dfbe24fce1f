//! What a revision of the access model consists of: names ↔ scopes, default permission sets, built-in roles,
//! and which of the engine's mechanisms it uses.
//!
//! A catalog is data. [`Rows`] is how it is written down, [`Catalog`] what the engine decides by. The engine
//! knows no revision by name; the rows of the embedded ones stand in `catalog/`.

mod build;
mod revisions;
pub(crate) mod risks;
mod rows;
mod scopes;
mod sets;
mod wire;

#[cfg(not(target_arch = "wasm32"))]
mod descriptions;
#[cfg(not(target_arch = "wasm32"))]
mod listing;

#[cfg(not(target_arch = "wasm32"))]
pub use listing::{GroupListing, Listing, ScopeListing, SetListing, SettingListing, TypeListing};
pub use revisions::{NAMES, revision};
pub use rows::{
    Audience, Basis, Because, CreatorRow, DisputeRow, EditionRow, IdentityStep, LevelRow, Need, NeedRow,
    RoleRow, Rows, Rule, SetRow, ToggleAct, ToggleRow,
};

use crate::entity::EntityType;
use crate::json::Value;
use crate::names::Names;
use crate::number::Decimal;
use crate::scope::{Scope, ScopeSet};

/// A rule that a [`Catalog`] keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptRule {
    pub(crate) number: Box<str>,
    pub(crate) basis: Basis,
}

/// Whom a setting concerns: which built-in roles, and whether custom ones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reach {
    built_in: Vec<bool>,
    custom: bool,
}

impl Reach {
    /// Whether it concerns members with this role: the position of a built-in one, nothing for a custom one.
    pub(crate) fn concerns(&self, built_in: Option<usize>) -> bool {
        built_in.map_or(self.custom, |role| self.built_in.get(role).copied().unwrap_or(false))
    }
}

#[derive(Debug, Clone)]
pub(crate) struct PermissionSet {
    pub(crate) id: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) entity_type: EntityType,
    pub(crate) scopes: ScopeSet,
}

#[derive(Debug, Clone)]
pub(crate) struct BuiltInRole {
    pub(crate) id: Box<str>,
    pub(crate) everything: bool,
    pub(crate) scopes: ScopeSet,
    pub(crate) scopes_by: Vec<KeptRule>,
    /// Positions of default sets.
    pub(crate) sets: Vec<(usize, Vec<KeptRule>)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Toggle {
    pub(crate) field: Box<str>,
    pub(crate) entity_type: EntityType,
    pub(crate) scope: Scope,
    pub(crate) act: ToggleAct,
    pub(crate) reach: Reach,
    pub(crate) rules: Vec<KeptRule>,
}

#[derive(Debug, Clone)]
pub(crate) struct Level {
    pub(crate) field: Box<str>,
    pub(crate) entity_type: EntityType,
    /// Level and position of its set.
    pub(crate) levels: Vec<(Box<str>, Option<usize>)>,
    pub(crate) numbers: Vec<(u32, Box<str>)>,
    pub(crate) reach: Reach,
    pub(crate) rules: Vec<KeptRule>,
}

impl Level {
    /// The position of the set of a level, by its name or the number that the API has for it: an inner nothing is
    /// the level that gives nothing.
    #[expect(clippy::option_option, reason = "no such level, and a level without a set, are two things")]
    pub(crate) fn set_of(&self, written: Value<'_>) -> Option<Option<usize>> {
        self.level_of(written).map(|(_, set)| *set)
    }

    /// The name of a level and the position of its set, by that name or the number that the API has for it.
    pub(crate) fn level_of(&self, written: Value<'_>) -> Option<&(Box<str>, Option<usize>)> {
        let numbered = |number: &str| {
            let number = Decimal::parse(number).integer()?;
            self.numbers.iter().find(|(known, _)| u64::from(*known) == number).map(|(_, name)| &**name)
        };
        let name = written.as_text().or_else(|| written.as_number().and_then(numbered))?;
        self.levels.iter().find(|(level, _)| **level == *name)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Edition {
    pub(crate) name: Box<str>,
    pub(crate) custom: bool,
    pub(crate) roles: Option<usize>,
}

#[derive(Debug, Clone)]
pub(crate) struct Dispute {
    pub(crate) entity_type: EntityType,
    pub(crate) scope: Scope,
    pub(crate) holding: usize,
    pub(crate) rule: KeptRule,
}

/// One thing that a run must be allowed.
#[derive(Debug, Clone)]
pub(crate) struct Needed {
    pub(crate) need: Need,
    pub(crate) entity_type: EntityType,
    pub(crate) scope: Scope,
    pub(crate) rule: Box<str>,
}

#[derive(Debug, Clone, Default)]
struct TypeInfo {
    name: Box<str>,
    parts: usize,
    /// Sorted; a scope is the position of its name.
    scopes: Vec<Box<str>>,
    all: ScopeSet,
    /// For each number in `Catalog::scope_names`, the position plus one of the scope of this type, or 0.
    by_name: Vec<u16>,
}

/// The rows of one revision, checked and indexed.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    name: Box<str>,
    types: Vec<TypeInfo>,
    scope_names: Names,
    pub(crate) sets: Vec<PermissionSet>,
    pub(crate) roles: Vec<BuiltInRole>,
    pub(crate) member_role: usize,
    pub(crate) toggles: Vec<Toggle>,
    pub(crate) levels: Vec<Level>,
    /// Positions of default sets.
    pub(crate) creator_sets: Vec<usize>,
    pub(crate) machine_creators: bool,
    pub(crate) editions: Vec<Edition>,
    fields: Vec<Box<str>>,
    references: Vec<(Box<str>, EntityType)>,
    pub(crate) tokens_follow_default_role: bool,
    pub(crate) identity: Vec<IdentityStep>,
    pub(crate) own_stack: Option<(EntityType, ScopeSet)>,
    needs: Vec<Needed>,
    token_exceptions: Vec<ScopeSet>,
    timed_scopes: Vec<ScopeSet>,
    pub(crate) disputes: Vec<Dispute>,
    citations: Vec<Vec<KeptRule>>,
}

impl Catalog {
    /// What a document calls this catalog.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The entity types, in the order of the catalog.
    pub fn entity_types(&self) -> impl Iterator<Item = (EntityType, &str)> {
        let types = (0..).map_while(EntityType::at).zip(&self.types);
        types.map(|(entity_type, info)| (entity_type, &*info.name))
    }

    /// The entity type of that name.
    pub fn entity_type(&self, name: &str) -> Option<EntityType> {
        self.types.iter().position(|info| *info.name == *name).and_then(EntityType::at)
    }

    /// The scopes of an entity type, in the order of their names.
    pub fn scopes(&self, entity_type: EntityType) -> impl ExactSizeIterator<Item = &str> {
        self.info(entity_type).map_or(&[][..], |info| &info.scopes).iter().map(|name| &**name)
    }

    /// The scope of that entity type and name.
    #[inline]
    pub fn scope(&self, entity_type: EntityType, name: &str) -> Option<Scope> {
        self.scope_numbered(entity_type, self.scope_names.get(name)?)
    }

    /// The name of a scope; empty when the type has no such scope.
    pub fn scope_name(&self, entity_type: EntityType, scope: Scope) -> &str {
        self.info(entity_type).and_then(|info| info.scopes.get(scope.position())).map_or("", |name| name)
    }

    pub(crate) fn type_name(&self, entity_type: EntityType) -> &str {
        self.info(entity_type).map_or("", |info| &info.name)
    }

    pub(crate) fn type_count(&self) -> usize {
        self.types.len()
    }

    /// How many parts the path of an entity of that type has, the organization among them.
    pub fn path_parts(&self, entity_type: EntityType) -> usize {
        self.info(entity_type).map_or(0, |info| info.parts)
    }

    /// The type of the organization itself: the one whose paths have one part.
    pub(crate) fn organization_type(&self) -> Option<EntityType> {
        self.types.iter().position(|info| info.parts == 1).and_then(EntityType::at)
    }

    /// Every scope of a type.
    pub(crate) fn all_scopes(&self, entity_type: EntityType) -> ScopeSet {
        self.info(entity_type).map_or(ScopeSet::EMPTY, |info| info.all)
    }

    /// The number that a name has whatever the type, or nothing when no type has such a scope.
    pub(crate) fn scope_number(&self, name: &str) -> Option<u32> {
        self.scope_names.get(name)
    }

    pub(crate) fn scope_numbered(&self, entity_type: EntityType, number: u32) -> Option<Scope> {
        let position = self.info(entity_type)?.by_name.get(number as usize)?.checked_sub(1)?;
        Scope::at(usize::from(position))
    }

    pub(crate) fn role(&self, id: &str) -> Option<usize> {
        self.roles.iter().position(|role| *role.id == *id)
    }

    pub(crate) fn level_of(&self, entity_type: EntityType) -> Option<&Level> {
        self.levels.iter().find(|level| level.entity_type == entity_type)
    }

    /// The catalog, but no deployment acts as anybody.
    pub(crate) fn without_deployments(self) -> Self {
        Self { identity: Vec::new(), ..self }
    }

    /// Whether documents of this revision have that part.
    pub(crate) fn has_field(&self, place: &str) -> bool {
        self.fields.iter().any(|field| **field == *place)
    }

    /// The type that a field of an entity lists.
    pub(crate) fn reference(&self, field: &str) -> Option<EntityType> {
        self.references.iter().find(|(name, _)| **name == *field).map(|(_, entity_type)| *entity_type)
    }

    /// What a run must be allowed on an entity with which it has that to do.
    pub(crate) fn needed(&self, need: Need) -> Option<&Needed> {
        self.needs.iter().find(|needed| needed.need == need)
    }

    pub(crate) fn token_exceptions(&self, entity_type: EntityType) -> ScopeSet {
        self.token_exceptions.get(entity_type.position()).copied().unwrap_or_default()
    }

    pub(crate) fn is_timed(&self, entity_type: EntityType, scope: Scope) -> bool {
        self.timed_scopes.get(entity_type.position()).is_some_and(|scopes| scopes.contains(scope))
    }

    pub(crate) fn citations(&self, because: Because) -> &[KeptRule] {
        self.citations.get(because as usize).map_or(&[], |rules| rules)
    }

    /// Indexes the scopes of all types by their names.
    fn number_scopes(&mut self) {
        for info in &mut self.types {
            info.all = ScopeSet::first(info.scopes.len());
            for name in &info.scopes {
                self.scope_names.intern(name);
            }
        }
        for info in &mut self.types {
            info.by_name = vec![0; self.scope_names.len()];
            for (position, name) in (1..).zip(&info.scopes) {
                let number = self.scope_names.get(name);
                if let Some(slot) = number.and_then(|number| info.by_name.get_mut(number as usize)) {
                    *slot = position;
                }
            }
        }
    }

    fn info(&self, entity_type: EntityType) -> Option<&TypeInfo> {
        self.types.get(entity_type.position())
    }
}
