//! What a revision of the access model consists of: names ↔ scopes, default permission sets, built-in roles,
//! and which of the engine's mechanisms it uses.
//!
//! A catalog is data. [`Rows`] is how it is written down, [`Catalog`] what the engine decides by. The engine
//! knows no revision by name; the rows of the embedded ones stand in `catalog/`.

mod revisions;
mod scopes;
mod sets;

#[cfg(not(target_arch = "wasm32"))]
mod descriptions;
#[cfg(not(target_arch = "wasm32"))]
mod listing;

#[cfg(not(target_arch = "wasm32"))]
pub use listing::{GroupListing, Listing, ScopeListing, SetListing, SettingListing, TypeListing};
pub(crate) use revisions::LATEST_NAME;
pub use revisions::{NAMES, revision};

use crate::entity::EntityType;
use crate::json::Value;
use crate::names::{Names, sorted};
use crate::number::Decimal;
use crate::problem::{Code, Invalid, Path, Problems};
use crate::scope::{Scope, ScopeSet};

/// A catalog as it is written down: rows of names. What is left out does not exist in that product.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rows<'a> {
    /// What a document calls the catalog, in `revision`.
    pub name: &'a str,
    /// The entity types, each with the number of parts of its paths; the one with one part is the organization.
    pub entity_types: &'a [(&'a str, usize)],
    /// Entity type, name.
    pub scopes: &'a [(&'a str, &'a str)],
    /// The default permission sets, an included one before those that include it.
    pub permission_sets: &'a [SetRow<'a>],
    /// The built-in roles.
    pub roles: &'a [RoleRow<'a>],
    /// The built-in role of a member for whom nothing names another.
    pub member_role: &'a str,
    /// Settings that are on or off.
    pub toggles: &'a [ToggleRow<'a>],
    /// Settings that give every entity of a type to those whom they reach.
    pub levels: &'a [LevelRow<'a>],
    /// What whoever created an entity holds on it.
    pub creator: CreatorRow<'a>,
    /// The editions of the product, the default one last.
    pub editions: &'a [EditionRow<'a>],
    /// The parts of a document that only some revisions have, by their place: `deployment.runAs`.
    pub fields: &'a [&'a str],
    /// Fields of an entity that list others, with the type that they list.
    pub references: &'a [(&'a str, &'a str)],
    /// An organization token without a role has the role that `defaultRole` names, and not [`Rows::member_role`].
    pub tokens_follow_default_role: bool,
    /// Entity type and name of scopes that no organization token has, whatever its role.
    pub token_exceptions: &'a [(&'a str, &'a str)],
    /// How a deployment finds whom it acts as: the first step that applies.
    pub identity: &'a [IdentityStep],
    /// Entity type and set that a run holds on the stack that it deploys.
    pub own_stack: (&'a str, &'a str),
    /// Entity type and name of scopes whose use a grant may limit in time.
    pub timed_scopes: &'a [(&'a str, &'a str)],
    /// Scopes on which the sources of the catalog disagree.
    pub disputes: &'a [DisputeRow<'a>],
    /// The documented statements behind the mechanisms.
    pub citations: &'a [(Because, &'a [Rule<'a>])],
}

/// A default permission set.
#[derive(Debug, Clone, Copy, Default)]
pub struct SetRow<'a> {
    /// By which roles name it.
    pub id: &'a str,
    /// By which people name it; roles may as well.
    pub name: &'a str,
    /// The type of all its scopes.
    pub entity_type: &'a str,
    /// A set that it has in it.
    pub includes: Option<&'a str>,
    /// What it adds.
    pub scopes: &'a [&'a str],
}

/// A built-in role.
#[derive(Debug, Clone, Copy, Default)]
pub struct RoleRow<'a> {
    /// By which documents name it.
    pub id: &'a str,
    /// What people call it.
    pub name: &'a str,
    /// Every scope on every entity.
    pub everything: bool,
    /// Scopes of the organization that it has.
    pub scopes: &'a [&'a str],
    /// The statements that give it these.
    pub scopes_by: &'a [Rule<'a>],
    /// Default sets that it has everywhere, each with the statements that say so.
    pub sets: &'a [(&'a str, &'a [Rule<'a>])],
}

/// Whom a setting concerns, by the organization role of a member.
#[derive(Debug, Clone, Copy, Default)]
pub enum Audience<'a> {
    /// Nobody.
    #[default]
    Nobody,
    /// Every member, whatever the role, but those with these built-in roles.
    EveryoneBut(&'a [&'a str]),
    /// Members with this built-in role alone.
    Role(&'a str),
}

/// How a setting that is on or off acts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ToggleAct {
    /// Grants the scope where it is on.
    #[default]
    Grants,
    /// Refuses the scope where it is off, whatever grants it.
    Conditions,
}

/// A setting that is on or off.
#[derive(Debug, Clone, Copy, Default)]
pub struct ToggleRow<'a> {
    /// Its name among the settings of a document.
    pub field: &'a str,
    /// The type of the scope.
    pub entity_type: &'a str,
    /// The scope that it is about.
    pub scope: &'a str,
    /// Grant or condition.
    pub act: ToggleAct,
    /// Whom it grants to, or binds.
    pub audience: Audience<'a>,
    /// The statements that say so.
    pub rules: &'a [Rule<'a>],
}

/// A setting that gives a permission set on every entity of a type.
#[derive(Debug, Clone, Copy, Default)]
pub struct LevelRow<'a> {
    /// Its name among the settings of a document.
    pub field: &'a str,
    /// The type of the entities.
    pub entity_type: &'a str,
    /// Level and set, none first; these are also the levels of a direct grant.
    pub levels: &'a [(&'a str, Option<&'a str>)],
    /// Numbers that an API uses for the levels.
    pub numbers: &'a [(u32, &'a str)],
    /// Whom the level reaches.
    pub audience: Audience<'a>,
    /// The statements that say so.
    pub rules: &'a [Rule<'a>],
}

/// What whoever created an entity holds on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct CreatorRow<'a> {
    /// Default sets, each for the entities of its own type.
    pub sets: &'a [&'a str],
    /// Tokens and service principals count as creators, not users alone.
    pub machines: bool,
}

/// What an edition allows.
#[derive(Debug, Clone, Copy, Default)]
pub struct EditionRow<'a> {
    /// What a document calls it.
    pub name: &'a str,
    /// Custom roles and custom permission sets exist.
    pub custom: bool,
    /// At most so many custom roles.
    pub roles: Option<usize>,
}

/// One way in which a deployment finds whom it acts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityStep {
    /// The restricted mode refuses a run for which nobody was chosen.
    RefuseUnchosen,
    /// The restricted mode, or a chosen identity, refuses an access token beside it.
    RefuseAccessToken,
    /// The service principal or team that was chosen.
    RunAs,
    /// The access token in the settings.
    AccessToken,
    /// The role of the stack, or the organization's default role for deployments.
    Role,
    /// Whoever started the run by hand.
    Starter,
    /// The stack alone, with or without the default levels.
    StackToken {
        /// The default levels of members apply as well.
        levels: bool,
    },
}

/// A scope on which the sources disagree.
#[derive(Debug, Clone, Copy)]
pub struct DisputeRow<'a> {
    /// The type of the scope.
    pub entity_type: &'a str,
    /// The scope that is refused.
    pub scope: &'a str,
    /// The dispute concerns those who hold this default set somewhere.
    pub holding: &'a str,
    /// The statement that tells of it.
    pub rule: Rule<'a>,
}

/// How sure a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// A source says so.
    Documented,
    /// The sources disagree; the engine follows one.
    Disputed,
    /// A reading, where the sources are silent.
    Inferred,
}

impl Basis {
    /// The basis as it is written: `documented`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Disputed => "disputed",
            Self::Inferred => "inferred",
        }
    }
}

/// A numbered statement and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule<'a> {
    /// Its number.
    pub number: &'a str,
    /// How sure it is.
    pub basis: Basis,
}

/// The mechanisms for which a catalog may name statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The caller's own organization role has everything.
    OrganizationAdmin,
    /// A rule of a role, for all entities of a type.
    RuleEverywhere,
    /// A rule of a role, for named entities.
    RuleNamed,
    /// A rule of a role, for entities with certain tags.
    RuleTagged,
    /// The organization access of a role.
    OrganizationAccess,
    /// A node of a role tree that nothing conditions.
    Tree,
    /// A node of a role tree under a condition.
    TreeCondition,
    /// A role that came by a team.
    TeamRole,
    /// A direct grant of a team.
    TeamGrant,
    /// A personal grant.
    PersonalGrant,
    /// The creator of the entity, a user.
    Creator,
    /// The creator of the entity, a machine.
    MachineCreator,
    /// Nothing grants it.
    NothingGrants,
    /// A grant rests on tags that are not known.
    UnknownTags,
    /// Nobody of that name is in the organization.
    UnknownPrincipal,
    /// The scope exists for other types.
    WrongEntityType,
    /// The caller is a personal token.
    PersonalToken,
    /// The caller is an organization token with a role.
    OrganizationToken,
    /// The caller is an organization token without a role.
    OrganizationTokenWithoutRole,
    /// The caller is a team token, and a role of the team decided.
    TeamTokenRole,
    /// The caller is a team token, and a grant of the team decided.
    TeamTokenGrant,
    /// The caller is a team token, and a setting decided.
    TeamTokenSetting,
    /// The token is past its end.
    TokenExpired,
    /// The token may live longer than the organization allows.
    TokenLifetime,
    /// No organization token has this scope.
    TokenException,
    /// The caller is a service principal.
    ServicePrincipal,
    /// The restricted mode refuses a run for which nobody was chosen.
    RunUnchosen,
    /// The run has an access token beside a chosen identity or the restricted mode.
    RunTokenRefused,
    /// The run acts as the service principal or team chosen for it.
    RunAs,
    /// The run acts as the access token of its settings.
    RunAccessToken,
    /// The run has the role of its stack.
    RunRole,
    /// The run has the organization's role for deployments.
    RunDefaultRole,
    /// The run acts as whoever called the API.
    RunByCall,
    /// The run acts as whoever pressed the button.
    RunByButton,
    /// The run has its own stack alone.
    RunStackToken,
    /// The run has the default levels.
    RunLevels,
}

impl Because {
    const COUNT: usize = Self::RunLevels as usize + 1;
}

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
        let numbered = |number: &str| {
            let number = Decimal::parse(number).integer()?;
            self.numbers.iter().find(|(known, _)| u64::from(*known) == number).map(|(_, name)| &**name)
        };
        let name = written.as_text().or_else(|| written.as_number().and_then(numbered))?;
        self.levels.iter().find(|(level, _)| **level == *name).map(|(_, set)| *set)
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

#[derive(Debug, Clone)]
struct TypeInfo {
    name: Box<str>,
    parts: usize,
    /// Sorted; a scope is the position of its name.
    scopes: Vec<Box<str>>,
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
    token_exceptions: Vec<ScopeSet>,
    timed_scopes: Vec<ScopeSet>,
    pub(crate) disputes: Vec<Dispute>,
    citations: Vec<Vec<KeptRule>>,
}

impl Catalog {
    /// Checks rows and indexes them.
    ///
    /// # Errors
    ///
    /// Every name in the rows that names nothing, and every type or scope that stands twice.
    pub fn new(rows: &Rows<'_>) -> Result<Self, Invalid> {
        let mut builder = Builder { catalog: Self::default(), problems: Problems::default() };
        builder.build(rows);
        if builder.problems.is_empty() { Ok(builder.catalog) } else { Err(builder.problems.into_invalid()) }
    }

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

    pub(crate) fn parts(&self, entity_type: EntityType) -> usize {
        self.info(entity_type).map_or(0, |info| info.parts)
    }

    /// The type of the organization itself: the one whose paths have one part.
    pub(crate) fn organization_type(&self) -> Option<EntityType> {
        self.types.iter().position(|info| info.parts == 1).and_then(EntityType::at)
    }

    /// Every scope of a type.
    pub(crate) fn all_scopes(&self, entity_type: EntityType) -> ScopeSet {
        ScopeSet::first(self.scopes(entity_type).len())
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

    /// Whether documents of this revision have that part.
    pub(crate) fn has_field(&self, place: &str) -> bool {
        self.fields.iter().any(|field| **field == *place)
    }

    /// The type that a field of an entity lists.
    pub(crate) fn reference(&self, field: &str) -> Option<EntityType> {
        self.references.iter().find(|(name, _)| **name == *field).map(|(_, entity_type)| *entity_type)
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

    fn info(&self, entity_type: EntityType) -> Option<&TypeInfo> {
        self.types.get(entity_type.position())
    }
}

/// Rows on their way to a catalog.
struct Builder {
    catalog: Catalog,
    problems: Problems,
}

impl Builder {
    fn build(&mut self, rows: &Rows<'_>) {
        self.catalog.name = rows.name.into();
        self.types(rows);
        self.sets(rows);
        self.roles(rows);
        self.settings(rows);
        self.tokens_and_runs(rows);
        self.catalog.fields = rows.fields.iter().map(|field| (*field).into()).collect();
        self.catalog.references = self.each("references", rows.references, |builder, at, (field, name)| {
            Some(((*field).into(), builder.entity_type(at, name)?))
        });
        self.catalog.editions = rows.editions.iter().map(edition).collect();
        self.catalog.citations = vec![Vec::new(); Because::COUNT];
        for (because, rules) in rows.citations {
            if let Some(kept) = self.catalog.citations.get_mut(*because as usize) {
                kept.extend(keep(rules));
            }
        }
    }

    fn types(&mut self, rows: &Rows<'_>) {
        for (index, (name, parts)) in rows.entity_types.iter().enumerate() {
            if self.catalog.entity_type(name).is_some() || index >= EntityType::LIMIT {
                let message = format!("the entity type `{name}` stands twice, or is one too many");
                self.problems.add(Code::Duplicate, &Path::Root.key("entityTypes").index(index), message);
            }
            let info =
                TypeInfo { name: (*name).into(), parts: *parts, scopes: Vec::new(), by_name: Vec::new() };
            self.catalog.types.push(info);
        }
        for (index, (type_name, name)) in rows.scopes.iter().enumerate() {
            let at = Path::Root.key("scopes");
            let at = at.index(index);
            let Some(entity_type) = self.entity_type(&at, type_name) else { continue };
            self.catalog.scope_names.intern(name);
            if let Some(info) = self.catalog.types.get_mut(entity_type.position()) {
                info.scopes.push((*name).into());
            }
        }
        let names = &self.catalog.scope_names;
        for info in &mut self.catalog.types {
            info.scopes = sorted(std::mem::take(&mut info.scopes));
            info.by_name = vec![0; names.len()];
            for (position, name) in (1..).zip(&info.scopes) {
                let slot = names.get(name).and_then(|number| info.by_name.get_mut(number as usize));
                if let Some(slot) = slot.filter(|slot| **slot == 0) {
                    *slot = position;
                } else {
                    let message = format!("the scope `{name}` of `{}` stands twice", info.name);
                    self.problems.add(Code::Duplicate, &Path::Root.key("scopes"), message);
                }
            }
            if info.scopes.len() > Scope::LIMIT {
                let message =
                    format!("`{}` has {} scopes: at most {} fit", info.name, info.scopes.len(), Scope::LIMIT);
                self.problems.add(Code::TooMany, &Path::Root.key("scopes"), message);
            }
        }
    }

    fn sets(&mut self, rows: &Rows<'_>) {
        for (index, row) in rows.permission_sets.iter().enumerate() {
            let sets = Path::Root.key("permissionSets");
            let at = sets.index(index);
            let Some(entity_type) = self.entity_type(&at, row.entity_type) else { continue };
            let mut scopes = self.scope_set(&at, entity_type, row.scopes);
            if let Some(included) = row.includes.and_then(|id| self.set(&at, id)) {
                scopes.add(&self.catalog.sets.get(included).map(|set| set.scopes).unwrap_or_default());
            }
            let set = PermissionSet { id: row.id.into(), name: row.name.into(), entity_type, scopes };
            self.catalog.sets.push(set);
        }
    }

    fn roles(&mut self, rows: &Rows<'_>) {
        self.catalog.roles = self.each("roles", rows.roles, |builder, at, row| {
            let organization = builder.catalog.organization_type();
            Some(BuiltInRole {
                id: row.id.into(),
                everything: row.everything,
                scopes: organization.map(|it| builder.scope_set(at, it, row.scopes)).unwrap_or_default(),
                scopes_by: keep(row.scopes_by).collect(),
                sets: row
                    .sets
                    .iter()
                    .filter_map(|(id, rules)| Some((builder.set(at, id)?, keep(rules).collect())))
                    .collect(),
            })
        });
        self.catalog.member_role = self.role(&Path::Root.key("memberRole"), rows.member_role).unwrap_or(0);
    }

    fn settings(&mut self, rows: &Rows<'_>) {
        self.catalog.toggles = self.each("toggles", rows.toggles, |builder, at, row| {
            let entity_type = builder.entity_type(at, row.entity_type)?;
            let scope = builder.scope(at, entity_type, row.scope)?;
            let reach = builder.reach(at, row.audience);
            let rules = keep(row.rules).collect();
            Some(Toggle { field: row.field.into(), entity_type, scope, act: row.act, reach, rules })
        });
        self.catalog.levels = self.each("levels", rows.levels, |builder, at, row| {
            let set = |builder: &mut Self, id: Option<&str>| id.and_then(|id| builder.set(at, id));
            Some(Level {
                field: row.field.into(),
                entity_type: builder.entity_type(at, row.entity_type)?,
                levels: row.levels.iter().map(|(name, id)| ((*name).into(), set(builder, *id))).collect(),
                numbers: row.numbers.iter().map(|(number, name)| (*number, (*name).into())).collect(),
                reach: builder.reach(at, row.audience),
                rules: keep(row.rules).collect(),
            })
        });
        self.catalog.creator_sets =
            self.each("creator", rows.creator.sets, |builder, at, id| builder.set(at, id));
        self.catalog.machine_creators = rows.creator.machines;
    }

    fn tokens_and_runs(&mut self, rows: &Rows<'_>) {
        self.catalog.tokens_follow_default_role = rows.tokens_follow_default_role;
        self.catalog.token_exceptions = self.by_type("tokenExceptions", rows.token_exceptions);
        self.catalog.timed_scopes = self.by_type("timedScopes", rows.timed_scopes);
        self.catalog.identity = rows.identity.to_vec();
        if !rows.identity.is_empty() {
            let at = Path::Root.key("ownStack");
            self.catalog.own_stack = self.entity_type(&at, rows.own_stack.0).zip(
                self.set(&at, rows.own_stack.1)
                    .and_then(|set| self.catalog.sets.get(set))
                    .map(|set| set.scopes),
            );
        }
        self.catalog.disputes = self.each("disputes", rows.disputes, |builder, at, row| {
            let entity_type = builder.entity_type(at, row.entity_type)?;
            let scope = builder.scope(at, entity_type, row.scope)?;
            let holding = builder.set(at, row.holding)?;
            Some(Dispute { entity_type, scope, holding, rule: kept(row.rule) })
        });
    }

    fn each<R, T>(
        &mut self,
        field: &str,
        rows: &[R],
        mut read: impl FnMut(&mut Self, &Path<'_>, &R) -> Option<T>,
    ) -> Vec<T> {
        let at = Path::Root.key(field);
        rows.iter().enumerate().filter_map(|(index, row)| read(self, &at.index(index), row)).collect()
    }

    /// Scopes of any types, as one set for each type.
    fn by_type(&mut self, field: &str, scopes: &[(&str, &str)]) -> Vec<ScopeSet> {
        let mut sets = vec![ScopeSet::EMPTY; self.catalog.types.len()];
        let found = self.each(field, scopes, |builder, at, (entity_type, scope)| {
            let entity_type = builder.entity_type(at, entity_type)?;
            Some((entity_type, builder.scope(at, entity_type, scope)?))
        });
        for (entity_type, scope) in found {
            if let Some(set) = sets.get_mut(entity_type.position()) {
                set.insert(scope);
            }
        }
        sets
    }

    fn reach(&mut self, at: &Path<'_>, audience: Audience<'_>) -> Reach {
        let count = self.catalog.roles.len();
        let (names, concerned, custom): (&[&str], _, _) = match &audience {
            Audience::Nobody => (&[], true, false),
            Audience::EveryoneBut(names) => (names, false, true),
            Audience::Role(name) => (std::slice::from_ref(name), true, false),
        };
        let mut built_in = vec![!concerned; count];
        for name in names {
            if let Some(slot) = self.role(at, name).and_then(|role| built_in.get_mut(role)) {
                *slot = concerned;
            }
        }
        Reach { built_in, custom }
    }

    fn scope_set(&mut self, at: &Path<'_>, entity_type: EntityType, names: &[&str]) -> ScopeSet {
        names.iter().filter_map(|name| self.scope(at, entity_type, name)).collect()
    }

    fn entity_type(&mut self, at: &Path<'_>, name: &str) -> Option<EntityType> {
        let found = self.catalog.entity_type(name);
        self.must_exist(found, at, Code::UnknownEntityType, "entity type", name)
    }

    fn scope(&mut self, at: &Path<'_>, entity_type: EntityType, name: &str) -> Option<Scope> {
        let found = self.catalog.scope(entity_type, name);
        self.must_exist(found, at, Code::UnknownScope, "scope", name)
    }

    fn set(&mut self, at: &Path<'_>, id: &str) -> Option<usize> {
        let found = self.catalog.sets.iter().position(|set| *set.id == *id);
        self.must_exist(found, at, Code::UnknownPermissionSet, "permission set", id)
    }

    fn role(&mut self, at: &Path<'_>, id: &str) -> Option<usize> {
        let found = self.catalog.role(id);
        self.must_exist(found, at, Code::UnknownRole, "role", id)
    }

    fn must_exist<T>(
        &mut self,
        found: Option<T>,
        at: &Path<'_>,
        code: Code,
        what: &str,
        name: &str,
    ) -> Option<T> {
        if found.is_none() {
            self.problems.add(code, at, format!("no {what} `{name}` is in the rows before this one"));
        }
        found
    }
}

fn edition(row: &EditionRow<'_>) -> Edition {
    Edition { name: row.name.into(), custom: row.custom, roles: row.roles }
}

fn keep<'a>(rules: &'a [Rule<'_>]) -> impl Iterator<Item = KeptRule> + 'a {
    rules.iter().map(|rule| kept(*rule))
}

fn kept(rule: Rule<'_>) -> KeptRule {
    KeptRule { number: rule.number.into(), basis: rule.basis }
}
