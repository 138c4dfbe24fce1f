//! What a product consists of, a revision of the access model or a catalog of one's own: names ↔ scopes, default permission sets, built-in roles,
//! and which of the engine's mechanisms it uses.
//!
//! A catalog is data. [`Rows`] is how it is written down in Rust, and `docs/catalogs.md` how in JSON; [`Catalog`] is
//! what the engine decides by. The engine knows no revision by name; the rows of the embedded ones stand in `catalog/`.

mod build;
mod known;
mod read;
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

use std::sync::OnceLock;

#[cfg(not(target_arch = "wasm32"))]
pub use listing::{GroupListing, Listing, ScopeListing, SetListing, SettingListing, TypeListing};
pub(crate) use read::read;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use read::unknown;
pub use revisions::{NAMES, revision};
pub use rows::{
    Audience, Basis, Because, CreatorRow, DisputeRow, EditionRow, IdentityStep, LevelRow, Need, NeedRow,
    RoleRow, Rows, Rule, SetRow, ToggleAct, ToggleRow, TypeRow,
};

use crate::entity::EntityType;
use crate::json::Value;
use crate::names::Names;
use crate::number::Decimal;
use crate::scope::{Scope, ScopeSet};
use build::is_word;

/// How many parts a path may have.
const PARTS: usize = 16;

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
    /// The names of the parts of a path, with `/` between them.
    path: Box<str>,
    /// Sorted; a scope is the position of its name.
    scopes: Vec<Box<str>>,
}

/// The part of a path that names the organization.
const ORGANIZATION: &str = "organization";

impl TypeInfo {
    fn parts(&self) -> impl Iterator<Item = &str> {
        self.path.split('/')
    }

    /// Whether the path has parts of different names, of which one is the organization.
    fn is_shaped(&self) -> bool {
        let parts: Vec<&[u8]> = self.path.as_bytes().split(|byte| *byte == b'/').take(PARTS + 1).collect();
        let distinct = |(index, part): (usize, &&[u8])| {
            is_word(part) && parts.iter().take(index).all(|before| before != part)
        };
        parts.len() <= PARTS
            && parts.iter().enumerate().all(distinct)
            && parts.contains(&ORGANIZATION.as_bytes())
    }

    fn is_organization(&self) -> bool {
        *self.path == *ORGANIZATION
    }
}

/// The names of the scopes of all types as numbers.
#[derive(Debug, Clone, Default)]
struct Numbered {
    names: Names,
    /// For each type and each number the position plus one of the scope of that type, or 0.
    positions: Vec<Vec<u16>>,
}

impl Numbered {
    fn of(types: &[TypeInfo]) -> Self {
        let mut names = Names::default();
        let numbers: Vec<Vec<u32>> =
            types.iter().map(|info| info.scopes.iter().map(|name| names.intern(name)).collect()).collect();
        let positions = numbers.iter().map(|numbers| {
            let mut positions = vec![0; names.len()];
            for (position, number) in (1..).zip(numbers) {
                positions.iter_mut().skip(*number as usize).take(1).for_each(|slot| *slot = position);
            }
            positions
        });
        Self { positions: positions.collect(), names }
    }
}

/// What there is in a product, checked and indexed: a revision, or a catalog of one's own.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    name: Box<str>,
    types: Vec<TypeInfo>,
    /// Worked out when somebody asks for a scope by its name: a page and an edge, which read rows, never do.
    numbered: OnceLock<Numbered>,
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
    /// What expressions of a role tree look at: `Stack` of `PermissionExpressionStack`.
    contexts: Vec<(Box<str>, EntityType)>,
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
        self.scope_numbered(entity_type, self.scope_number(name)?)
    }

    /// The name of a scope; empty when the type has no such scope.
    pub fn scope_name(&self, entity_type: EntityType, scope: Scope) -> &str {
        self.info(entity_type).and_then(|info| info.scopes.get(scope.position())).map_or("", |name| name)
    }

    pub(crate) fn type_name(&self, entity_type: EntityType) -> &str {
        self.info(entity_type).map_or("", |info| &info.name)
    }

    /// Whether the name of an entity begins with that of the type: bytes that lie may say otherwise.
    pub(crate) fn is_of_type(&self, entity: &str, entity_type: EntityType) -> bool {
        entity.strip_prefix(self.type_name(entity_type)).is_some_and(|path| path.starts_with(':'))
    }

    pub(crate) fn type_count(&self) -> usize {
        self.types.len()
    }

    /// The names of the parts of a path of that type, in their order; one of them is `organization`.
    pub fn path_parts(&self, entity_type: EntityType) -> impl Iterator<Item = &str> {
        self.info(entity_type).into_iter().flat_map(TypeInfo::parts)
    }

    /// The same, with `/` between them.
    pub(crate) fn path(&self, entity_type: EntityType) -> &str {
        self.info(entity_type).map_or("", |info| &info.path)
    }

    /// The names of its settings.
    pub(crate) fn settings(&self) -> impl Iterator<Item = &str> {
        let levels = self.levels.iter().map(|level| &*level.field).filter(|field| !field.is_empty());
        self.toggles.iter().map(|toggle| &*toggle.field).chain(levels)
    }

    /// The part of a path that names the organization; nothing where that does not fit the type.
    pub(crate) fn organization_of<'p>(&self, entity_type: EntityType, path: &'p str) -> Option<&'p str> {
        let mut parts = path.split('/');
        let mut organization = None;
        for name in self.path_parts(entity_type) {
            let part = parts.next().filter(|part| !part.is_empty())?;
            organization = organization.or((name == ORGANIZATION).then_some(part));
        }
        organization.filter(|_| parts.next().is_none())
    }

    /// Whether paths of that type begin with the organization.
    pub(crate) fn organization_is_first(&self, entity_type: EntityType) -> bool {
        self.path_parts(entity_type).next() == Some(ORGANIZATION)
    }

    /// The type of the organization itself: the one whose paths have one part.
    pub(crate) fn organization_type(&self) -> Option<EntityType> {
        self.types.iter().position(TypeInfo::is_organization).and_then(EntityType::at)
    }

    /// The entity type that expressions of that word look at.
    pub(crate) fn type_of_context(&self, word: &str) -> Option<EntityType> {
        self.contexts.iter().find(|(known, _)| **known == *word).map(|(_, entity_type)| *entity_type)
    }

    /// The word of expressions that look at entities of that type.
    pub(crate) fn context_of_type(&self, entity_type: EntityType) -> Option<&str> {
        self.contexts.iter().find(|(_, known)| *known == entity_type).map(|(word, _)| &**word)
    }

    /// Every scope of a type.
    pub(crate) fn all_scopes(&self, entity_type: EntityType) -> ScopeSet {
        self.info(entity_type).map_or(ScopeSet::EMPTY, |info| ScopeSet::first(info.scopes.len()))
    }

    /// The number that a name has whatever the type, or nothing when no type has such a scope.
    pub(crate) fn scope_number(&self, name: &str) -> Option<u32> {
        self.numbered().names.get(name)
    }

    pub(crate) fn scope_numbered(&self, entity_type: EntityType, number: u32) -> Option<Scope> {
        let of_type = self.numbered().positions.get(entity_type.position())?;
        Scope::at(of_type.get(number as usize)?.checked_sub(1)?.into())
    }

    pub(crate) fn role(&self, id: &str) -> Option<usize> {
        self.roles.iter().position(|role| *role.id == *id)
    }

    pub(crate) fn level_of(&self, entity_type: EntityType) -> Option<&Level> {
        self.levels.iter().find(|level| level.entity_type == entity_type)
    }

    /// Whether there are deployments, which act as somebody.
    pub fn has_deployments(&self) -> bool {
        !self.identity.is_empty()
    }

    /// The catalog, but no deployment acts as anybody.
    pub(crate) fn without_deployments(self) -> Self {
        Self { identity: Vec::new(), ..self }
    }

    /// Whether documents of this catalog have that part.
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

    #[inline]
    fn numbered(&self) -> &Numbered {
        self.numbered.get_or_init(|| Numbered::of(&self.types))
    }

    fn info(&self, entity_type: EntityType) -> Option<&TypeInfo> {
        self.types.get(entity_type.position())
    }
}
