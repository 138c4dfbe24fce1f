//! The frozen engine: everything that a document grants, as numbers, and who holds which of it.
//!
//! An [`Organization`] never changes; a new document is a new one. It is made by `compile.rs` alone.

mod grants;
mod persons;

pub(crate) use grants::{Columns as GrantColumns, Grants};
pub(crate) use persons::Persons;

use crate::catalog::{self, Because, Catalog, Edition};
use crate::column::Column;
use crate::compile;
use crate::condition::{Condition, ConditionId};
use crate::document;
use crate::entity::{EntityName, EntityType, Malformed};
use crate::json::{self, Kind, Value};
use crate::names::{Keys, Register, as_u32};
use crate::problem::{Code, Invalid, Path, Problems};
use crate::scope::ScopeSet;
use crate::time::Instant;
use crate::validate::{self, Checked};

/// Who may do what in one organization: a document, checked and compiled.
#[derive(Debug, Clone)]
pub struct Organization {
    pub(crate) catalog: Catalog,
    pub(crate) name: Box<str>,
    pub(crate) entities: Entities,
    /// Keys and values of tags.
    pub(crate) tags: Register,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) guards: Vec<Guard>,
    pub(crate) sets: Vec<GrantedSet>,
    pub(crate) grants: Grants,
    pub(crate) sources: Vec<Source>,
    pub(crate) uses: Vec<Use>,
    pub(crate) principals: Principals,
    pub(crate) rules: Settings,
    pub(crate) customs: Customs,
}

impl Organization {
    /// Reads an organization document: UTF-8 JSON, for one of the embedded revisions or with a catalog of its own.
    ///
    /// # Errors
    ///
    /// Every problem of the document, each with its place; of a text that is no JSON the first fault, with line
    /// and column.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, Invalid> {
        read(text.as_ref(), None, compile::compile)
    }

    /// Reads an organization document for a catalog of one's own, which its `catalog` names.
    ///
    /// # Errors
    ///
    /// As [`Organization::parse`].
    pub fn parse_with(catalog: &Catalog, text: impl AsRef<[u8]>) -> Result<Self, Invalid> {
        read(text.as_ref(), Some(catalog), compile::compile)
    }

    /// The name of the organization.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The catalog by which it decides.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The source of a role: built-in ones first, then the records of the document.
    pub(crate) fn source(&self, source: u32) -> &Source {
        const NONE: &Source = &Source::NONE;
        self.sources.get(source as usize).unwrap_or(NONE)
    }

    /// Every record that a source composes.
    pub(crate) fn uses_of(&self, source: u32) -> &[Use] {
        self.uses_in(self.source(source))
    }

    pub(crate) fn uses_in(&self, source: &Source) -> &[Use] {
        self.uses.get(source.uses.start as usize..source.uses.end as usize).unwrap_or_default()
    }

    /// The records that a source composes without a condition.
    pub(crate) fn composed(&self, source: u32) -> impl Iterator<Item = u32> {
        self.uses_of(source).iter().filter(|used| used.guard.is_none()).map(|used| used.source)
    }

    pub(crate) fn grants_of(&self, range: std::ops::Range<u32>) -> impl Iterator<Item = (u32, Grant)> {
        self.grants.within(range)
    }

    pub(crate) fn set(&self, set: u32) -> &GrantedSet {
        const NONE: &GrantedSet = &GrantedSet::NONE;
        self.sets.get(set as usize).unwrap_or(NONE)
    }
}

/// From text to a checked document, and what is made of it. The catalog is that of the document, or the one that is
/// given along, or a revision that is embedded.
pub(crate) fn read<T>(
    text: &[u8],
    given: Option<&Catalog>,
    make: impl FnOnce(Checked<'_>, Catalog) -> T,
) -> Result<T, Invalid> {
    let json = json::parse(text).map_err(|fault| Invalid::new(vec![fault.in_text(text)]))?;
    let mut problems = Problems::default();
    document::check(json.root(), &document::DOCUMENT, &Path::Root, &mut problems);
    let Some(catalog) = catalog_of(json.root(), given, &mut problems) else {
        return Err(problems.into_invalid());
    };
    let checked = validate::check(json.root(), &catalog, json.seed(), &mut problems);
    if problems.is_empty() { Ok(make(checked, catalog)) } else { Err(problems.into_invalid()) }
}

/// The catalog by which a document is judged, and nothing where none is likely to be meant.
fn catalog_of(document: Value<'_>, given: Option<&Catalog>, problems: &mut Problems) -> Option<Catalog> {
    let at = Path::Root.key("catalog");
    if let Some(own) = document.get("catalog").filter(|it| it.kind() == Kind::Object) {
        let read = catalog::read(own, &at, problems);
        if given.is_some() {
            let message = "the document has a catalog of its own, and another is given along: keep one";
            problems.add(Code::ConflictingFields, &at, message);
        }
        return Some(read);
    }
    let given_name = given.map(Catalog::name);
    let known = given_name.as_ref().map_or(catalog::NAMES.as_slice(), std::slice::from_ref);
    let own = given_name.filter(|name| !catalog::NAMES.contains(name));
    let named = document.text("catalog");
    let name = named.or(document.text("revision"));
    let found = known.iter().copied().find(|known| Some(*known) == name);
    match name {
        Some(name) if found.is_none() && named.is_some() => {
            let (name, known) = (json::excerpt(name), json::listed(known.iter().copied()));
            let message = format!("no catalog `{name}` is known: use one of {known}, or give it along");
            problems.add(Code::UnknownCatalog, &at, message);
        }
        Some(name) if found.is_none() || named.is_none() && own.is_some() => {
            let message = own.map_or_else(|| unknown_revision(name, known), |own| not_a_revision(name, own));
            problems.add(Code::UnknownRevision, &Path::Root.key("revision"), message);
        }
        _ => {}
    }
    // A document of an unknown revision is checked against the newest, so that its other faults show too.
    let guess = known.last().copied().filter(|_| document.get("catalog").is_none() || given.is_some());
    given.cloned().or_else(|| catalog::revision(found.or(guess)?))
}

/// The sentence on a revision where a catalog is given along: a revision is embedded.
fn not_a_revision(name: &str, given: &str) -> String {
    format!(
        "no revision `{}` is known: the catalog `{given}` is given along, name it in `catalog`",
        json::excerpt(name)
    )
}

/// The sentence on a revision that is none of those that are known.
pub(crate) fn unknown_revision(name: &str, known: &[&str]) -> String {
    format!("no revision `{}` is known: use one of `{}`", json::excerpt(name), known.join("`, `"))
}

/// Every entity that the document lists or names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entities {
    /// `TYPE:PATH`.
    pub(crate) names: Register,
    pub(crate) types: Vec<EntityType>,
    pub(crate) tags: Tags,
    /// Nothing where the named grants of every source are sorted by entities.
    pub(crate) index: Option<Index>,
    /// The deployment settings of a stack, by its number.
    pub(crate) deployments: Vec<(u32, Deployment)>,
    /// Sorted by the entity that lists, then by the field.
    pub(crate) links: Vec<Link>,
    /// Ids of listed entities, which outlive their names. Nothing is decided by them, and no bundle has them.
    pub(crate) ids: Keys,
}

impl Entities {
    /// The tags of a listed entity; nothing for others, whose tags are not known.
    #[inline]
    pub(crate) fn tags_of(&self, entity: u32) -> Option<&[(u32, u32)]> {
        self.tags.of(entity)
    }

    pub(crate) fn is_listed(&self, entity: u32) -> bool {
        self.tags_of(entity).is_some()
    }

    /// The entities that the document lists, with their types.
    pub(crate) fn listed(&self) -> impl Iterator<Item = (u32, EntityType)> {
        (0..).zip(self.types.iter().copied()).filter(|(number, _)| self.is_listed(*number))
    }

    /// What an entity lists in a field, in the order in which it does.
    pub(crate) fn links_of(&self, entity: u32, field: Listing) -> &[Link] {
        let start = self.links.partition_point(|link| (link.from, link.field) < (entity, field));
        let rest = self.links.get(start..).unwrap_or_default();
        let count = rest.iter().take_while(|link| (link.from, link.field) == (entity, field)).count();
        rest.get(..count).unwrap_or_default()
    }

    pub(crate) fn deployment_of(&self, entity: u32) -> Option<&Deployment> {
        let position = self.deployments.binary_search_by_key(&entity, |(entity, _)| *entity).ok()?;
        self.deployments.get(position).map(|(_, deployment)| deployment)
    }
}

/// Lists of tags, by entities.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tags {
    /// For each entity one more than the number of its list, 0 for one that is not listed. Where this is nothing, the
    /// listed entities come first, and each has the list of its own number.
    pub(crate) list_of: Option<Column>,
    /// Where each list ends.
    pub(crate) ends: Vec<u32>,
    /// Key and value.
    pub(crate) pairs: Vec<(u32, u32)>,
}

impl Tags {
    #[inline]
    pub(crate) fn of(&self, entity: u32) -> Option<&[(u32, u32)]> {
        let list = match &self.list_of {
            Some(list_of) => list_of.get(entity)?.checked_sub(1)?,
            None => entity,
        };
        slice(&self.ends, &self.pairs, list)
    }

    /// Whether all entities together have no more tags than a document could give them: one list may stand for all of
    /// them, and whoever goes through the tags of each goes through it that many times.
    pub(crate) fn are_few(&self) -> bool {
        let entities = as_u32(self.list_of.as_ref().map_or(0, Column::len));
        let length = |list| slice(&self.ends, &self.pairs, list).map_or(0, <[_]>::len) as u64;
        let longest = (0..as_u32(self.ends.len())).map(length).max().unwrap_or(0);
        let all = || (0..entities).map(|entity| self.of(entity).map_or(0, <[_]>::len) as u64).sum::<u64>();
        longest.saturating_mul(u64::from(entities)) <= MOST_TAGS || all() <= MOST_TAGS
    }
}

/// The most tags that all entities may have together. A document of 64 MB, the largest that is read, has fewer.
const MOST_TAGS: u64 = 16_000_000;

/// For each entity the grants that name it, so that a decision looks at those and no others.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    ends: Vec<u32>,
    /// Source and grant, sorted by source for each entity.
    grants: Vec<(u32, u32)>,
}

impl Index {
    /// The grants that name an entity, as source and grant.
    #[inline]
    pub(crate) fn of(&self, entity: u32) -> &[(u32, u32)] {
        slice(&self.ends, &self.grants, entity).unwrap_or_default()
    }

    /// The index of so many entities. Sources are gone through in order, so those of an entity come out sorted.
    pub(crate) fn new(entities: usize, sources: &[Source], grants: &Grants) -> Self {
        let places = || {
            (0..).zip(sources).flat_map(|(source, it)| {
                grants.within(it.named.clone()).filter_map(move |(number, grant)| match grant.place {
                    Place::Entity(entity) => Some((entity as usize, (source, number))),
                    _ => None,
                })
            })
        };
        let mut ends = vec![0_u32; entities + 1];
        for (entity, _) in places() {
            ends.iter_mut().skip(entity + 1).take(1).for_each(|count| *count += 1);
        }
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total;
        }
        let mut listed = vec![(0, 0); total as usize];
        for (entity, grant) in places() {
            let Some(next) = ends.get_mut(entity) else { continue };
            listed.iter_mut().skip(*next as usize).take(1).for_each(|slot| *slot = grant);
            *next += 1;
        }
        ends.pop();
        Self { ends, grants: listed }
    }
}

#[inline]
fn slice<'e, T>(ends: &[u32], items: &'e [T], number: u32) -> Option<&'e [T]> {
    let number = number as usize;
    let end = *ends.get(number)? as usize;
    let start = number.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0) as usize;
    items.get(start..end)
}

/// A field of an entity that lists others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Listing {
    StackReferences,
    Environments,
    Imports,
}

impl Listing {
    pub(crate) const ALL: [(Self, &'static str); 3] = [
        (Self::StackReferences, "stackReferences"),
        (Self::Environments, "environments"),
        (Self::Imports, "imports"),
    ];
}

/// An entity that lists another, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) from: u32,
    pub(crate) field: Listing,
    pub(crate) to: u32,
}

/// How a stack's deployments are set up.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Deployment {
    pub(crate) role: Option<u32>,
    pub(crate) access_token: Option<u32>,
    pub(crate) run_as: Option<RunAs>,
}

impl Deployment {
    /// Whether it leaves to the organization and to the start of a run whom that acts as.
    pub(crate) fn chooses_nothing(&self) -> bool {
        self.role.is_none() && self.access_token.is_none() && self.run_as.is_none()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RunAs {
    Team(u32),
    ServicePrincipal(u32),
}

/// Scopes of one type that a grant gives.
#[derive(Debug, Clone)]
pub(crate) struct GrantedSet {
    pub(crate) entity_type: EntityType,
    pub(crate) scopes: ScopeSet,
    /// The id of a permission set, or nothing for scopes that are listed one by one.
    pub(crate) id: Option<Box<str>>,
    /// Seconds for which an environment may stay open, 0 for no limit.
    pub(crate) max_open: Option<u64>,
}

/// One way of giving a set: the only form that granting has once a document is compiled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grant {
    pub(crate) set: u32,
    pub(crate) place: Place,
    pub(crate) because: Because,
}

/// Where a grant holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Everywhere,
    Entity(u32),
    When(u32),
}

/// A condition with those around it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guard {
    /// The guard around this one, which stands before it.
    pub(crate) outer: Option<u32>,
    pub(crate) condition: ConditionId,
    /// The negation must hold.
    pub(crate) negated: bool,
    /// It or one around it looks at the entity, so that no scope of the organization comes under it.
    pub(crate) on_entity: bool,
}

/// Grants that come together: a role, the grants of a team, a setting.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) label: Label,
    /// Grants that hold everywhere, then those under guards, then those on named entities.
    pub(crate) everywhere: std::ops::Range<u32>,
    pub(crate) guarded: std::ops::Range<u32>,
    pub(crate) named: std::ops::Range<u32>,
    /// The records that it composes.
    pub(crate) uses: std::ops::Range<u32>,
}

impl Source {
    const NONE: Self =
        Self { label: Label::Direct, everywhere: 0..0, guarded: 0..0, named: 0..0, uses: 0..0 };
}

/// How a source is called in an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Label {
    Role(Box<str>),
    Policy(Box<str>),
    Setting(Box<str>),
    Creator,
    /// Direct grants of whoever holds them: no step of their own.
    Direct,
}

/// A record that another composes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use {
    pub(crate) guard: Option<u32>,
    pub(crate) source: u32,
}

/// Who there is and what each holds, as numbers of sources.
#[derive(Debug, Clone, Default)]
pub(crate) struct Principals {
    /// Logins of members and collaborators.
    pub(crate) people: Register,
    pub(crate) persons: Persons,
    pub(crate) team_names: Register,
    pub(crate) teams: Vec<Holder>,
    pub(crate) token_names: Register,
    pub(crate) tokens: Vec<Token>,
    pub(crate) service_principal_names: Register,
    pub(crate) service_principals: Vec<Holder>,
}

/// A member or a collaborator.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    /// The organization role of a member; collaborators have none.
    pub(crate) role: Option<u32>,
    pub(crate) teams: Vec<u32>,
    pub(crate) direct: Option<u32>,
    pub(crate) created: Option<u32>,
}

/// A team or a service principal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holder {
    pub(crate) roles: Vec<u32>,
    pub(crate) direct: Option<u32>,
    pub(crate) created: Option<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) expires: Option<Instant>,
    pub(crate) created: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum TokenKind {
    /// Of a person.
    Personal(u32),
    Team(u32),
    /// With a role, which it may have for want of its own.
    Organization {
        role: u32,
        own: bool,
    },
}

/// The settings that act when somebody asks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// By the catalog's toggles: whether it is on, and the source of its grant.
    pub(crate) toggles: Vec<(bool, Option<u32>)>,
    /// By the catalog's levels: the source of its grant, if it gives something.
    pub(crate) levels: Vec<Option<u32>>,
    pub(crate) default_deployment_role: Option<u32>,
    pub(crate) restricted: bool,
    pub(crate) token_max_lifetime_days: Option<u32>,
    /// Some grant limits how long an environment stays open.
    pub(crate) has_time_limits: bool,
}

/// What a role or a set that is to be added has to fit beside. Nothing is decided by it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Customs {
    pub(crate) edition: Option<Edition>,
    /// What people call sets, default ones too, and the records of the document: a name is taken once.
    pub(crate) set_names: Vec<Box<str>>,
    pub(crate) role_names: Vec<Box<str>>,
}

/// The entity of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) text: &'a str,
    pub(crate) entity_type: EntityType,
    /// Its number, if the document lists or names it.
    pub(crate) number: Option<u32>,
    /// It belongs to this organization.
    pub(crate) here: bool,
}

impl Organization {
    /// Finds the entity of a request.
    #[inline]
    pub(crate) fn subject<'a>(&self, text: &'a str) -> Result<Subject<'a>, Malformed> {
        if let Some(number) = self.entities.names.get(text)
            && let Some(entity_type) = self.entities.types.get(number as usize)
            && (self.entities.names.is_table() || self.catalog.is_of_type(text, *entity_type))
        {
            return Ok(Subject { text, entity_type: *entity_type, number: Some(number), here: true });
        }
        let name = EntityName::parse(&self.catalog, text)?;
        let here = name.organization == &*self.name;
        Ok(Subject { text, entity_type: name.entity_type, number: None, here })
    }
}

impl GrantedSet {
    const NONE: Self =
        Self { entity_type: EntityType::FIRST, scopes: ScopeSet::EMPTY, id: None, max_open: None };
}
