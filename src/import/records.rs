//! Role records: which of them are roles, policies or permission sets of the document, and under which ids and names.
//!
//! The API keeps all three as records that differ by their purpose (PS-28), and built-in roles and default sets as
//! records too, under ids of their own with a `defaultIdentifier`.

use super::answers::{Reply, Route};
use super::draft::Draft;
use super::roles::MadeRole;
use super::table::{Seeded, Table};
use super::tree;
use crate::catalog::Catalog;
use crate::document::tree::check_alone;
use crate::entity::EntityType;
use crate::json::{Kind, Value, excerpt};
use crate::names::Names;
use crate::problem::{Path, Problems};
use crate::scope::ScopeSet;
use crate::validate::ROLE_PURPOSES;

/// Every record, and what each id of the API stands for.
pub(super) struct Records<'j> {
    known: Table<Option<Known>>,
    pub(super) list: Vec<Record<'j>>,
    pub(super) sets: Vec<CustomSet<'j>>,
    pub(super) made: Vec<MadeRole>,
    /// Ids of the roles that were made, by what they stand for.
    pub(super) instead: Table<Option<String>>,
    /// Ids of custom sets, by type and name.
    by_name: Table<Option<String>>,
    /// What is taken: ids, and names of roles and of sets.
    pub(super) ids: Names,
    pub(super) names: Names,
    set_names: Names,
    /// The records that say that they are the default role, by the ids of the API.
    pub(super) defaults: Vec<(&'j str, Place<'j>)>,
    /// Some tree tests a tag.
    pub(super) test_tags: bool,
}

/// What an id of the API stands for.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// A role of that id.
    Role(String),
    /// The default set at that position.
    DefaultSet(usize),
    /// A custom set of that id.
    Set(String),
    /// A policy of that id, or a set that is more than a list of scopes: the record at that position.
    Policy(String, usize),
}

/// A role, a policy, or a set that is more than a list of scopes.
pub(super) struct Record<'j> {
    pub(super) value: Value<'j>,
    pub(super) place: Place<'j>,
    pub(super) purpose: &'j str,
    pub(super) id: String,
    pub(super) name: String,
}

pub(super) struct CustomSet<'j> {
    pub(super) value: Value<'j>,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) entity_type: EntityType,
    pub(super) scopes: Vec<&'j str>,
}

/// Where a record stands: it is an answer of its own, or an item of a list of roles.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'j> {
    answer: &'j str,
    item: Option<usize>,
}

impl Place<'_> {
    pub(super) fn with<T>(self, then: impl FnOnce(&Path<'_>) -> T) -> T {
        let answer = Path::Root.key(self.answer);
        match self.item {
            Some(item) => then(&answer.key("roles").index(item)),
            None => then(&answer),
        }
    }
}

impl Records<'_> {
    pub(super) fn new(catalog: &Catalog, seed: u64) -> Self {
        let mut records = Self {
            known: Table::seeded(seed),
            list: Vec::new(),
            sets: Vec::new(),
            made: Vec::new(),
            instead: Table::seeded(seed),
            by_name: Table::seeded(seed),
            ids: Names::seeded(seed),
            names: Names::seeded(seed),
            set_names: Names::seeded(seed),
            defaults: Vec::new(),
            test_tags: false,
        };
        for role in &catalog.roles {
            records.ids.intern(&role.id);
            records.know(&role.id, Known::Role(role.id.to_string()));
        }
        for (position, set) in catalog.sets.iter().enumerate() {
            // By its name, too, a default set is composed.
            records.ids.intern(&set.name);
            records.set_names.intern(&set.name);
            records.know(&set.id, Known::DefaultSet(position));
        }
        records
    }

    pub(super) fn known(&self, id: &str) -> Option<&Known> {
        self.known.get(id)?.as_ref()
    }

    pub(super) fn know(&mut self, id: &str, known: Known) {
        *self.known.of(id) = Some(known);
    }

    /// The id of the custom set of that type and name.
    pub(super) fn set_named(&self, entity_type: EntityType, name: &str) -> Option<&str> {
        self.by_name.get(&by_name(entity_type, name))?.as_deref()
    }

    /// How many roles there are that are not built in.
    pub(super) fn count_roles(&self) -> usize {
        let roles = self.list.iter().filter(|record| ROLE_PURPOSES.contains(&record.purpose));
        roles.count() + self.made.len()
    }

    /// Whether the document has roles, policies or sets of its own.
    pub(super) fn are_some(&self) -> bool {
        !(self.list.is_empty() && self.sets.is_empty() && self.made.is_empty())
    }
}

impl<'j> Draft<'j> {
    pub(super) fn read_records(&mut self, replies: &[&Reply<'j>]) {
        let new = self.new_records(replies);
        // Where a role and a policy have one name, it stays the role's.
        let is_role = |value: Value<'_>| value.text("uxPurpose").is_none_or(|it| ROLE_PURPOSES.contains(&it));
        for roles in [true, false] {
            for (id, value, place) in new.iter().filter(|(_, value, _)| is_role(*value) == roles) {
                place.with(|at| self.record(id, *value, *place, at));
            }
        }
        self.records.test_tags = self.records.list.iter().any(|record| tree::tests_tags(record.value));
    }

    /// Every record once, those that are answers of their own before those in lists.
    fn new_records(&mut self, replies: &[&Reply<'j>]) -> Vec<(&'j str, Value<'j>, Place<'j>)> {
        let mut seen: Table<Option<Value<'j>>> = Table::seeded(self.seed);
        let mut new = Vec::new();
        for route in [Route::Role, Route::Roles, Route::TeamRoles] {
            for reply in replies.iter().filter(|reply| reply.answer.route == route) {
                let place = |item| Place { answer: reply.path, item };
                let itself = (route == Route::Role).then_some((reply.value, place(None)));
                let listed = reply.value.list("roles").enumerate();
                let listed = listed.map(|(item, value)| (value, place(Some(item))));
                for (value, place) in itself.into_iter().chain(listed) {
                    new.extend(self.new_id(value, place, &mut seen).map(|id| (id, value, place)));
                }
            }
        }
        new
    }

    /// The id of a record that was not seen before.
    fn new_id(
        &mut self,
        value: Value<'j>,
        place: Place<'j>,
        seen: &mut Table<Option<Value<'j>>>,
    ) -> Option<&'j str> {
        let Some(id) = value.text("id") else {
            place.with(|at| self.left(at, "a record without an id: it is left out"));
            return None;
        };
        let earlier = seen.of(id);
        if let Some(earlier) = earlier {
            let same = is_same(*earlier, value);
            place.with(|at| self.again(same, at));
            return None;
        }
        *earlier = Some(value);
        Some(id)
    }

    fn record(&mut self, id: &'j str, value: Value<'j>, place: Place<'j>, at: &Path<'_>) {
        if value.get("isOrgDefault").and_then(Value::as_bool) == Some(true) {
            self.records.defaults.push((id, place));
        }
        if let Some(default) = self.default(value.text("defaultIdentifier").unwrap_or(id)) {
            self.compare_default_set(value, &default, at);
            return self.records.know(id, default);
        }
        let purpose = value.text("uxPurpose").unwrap_or("role");
        if purpose == "set"
            && let Some((entity_type, scopes)) = self.plain_set(value)
        {
            self.set(id, value, entity_type, scopes, at);
        } else if matches!(purpose, "set" | "policy") || ROLE_PURPOSES.contains(&purpose) {
            self.role_or_policy(id, value, purpose, place, at);
        } else {
            let message = format!("no purpose `{}` is known: the record is left out", excerpt(purpose));
            self.left(&at.key("uxPurpose"), message);
        }
    }

    /// The built-in role or the default set of that id.
    pub(super) fn default(&self, id: &str) -> Option<Known> {
        let role = self.catalog.role(id).map(|_| Known::Role(id.to_owned()));
        let set = || self.catalog.sets.iter().position(|set| *set.id == *id).map(Known::DefaultSet);
        role.or_else(set)
    }

    /// The revision says what a default set gives. Where the API gives it other scopes, that is told.
    fn compare_default_set(&mut self, value: Value<'j>, default: &Known, at: &Path<'_>) {
        let Known::DefaultSet(position) = default else { return };
        let catalog = self.catalog;
        let Some((set, details)) = catalog.sets.get(*position).zip(value.get("details")) else { return };
        let known = |(_, name)| catalog.scope(set.entity_type, name);
        let scopes: ScopeSet = details.texts("permissions").filter_map(known).collect();
        if scopes != set.scopes || details.list("permissions").count() != set.scopes.len() {
            let (revision, set) = (catalog.name(), &set.id);
            let message = format!("the revision `{revision}` gives `{set}` other scopes, and those count");
            self.left(&at.key("details"), message);
        }
    }

    /// Type and scopes of a set that is a list of scopes of its type and nothing more. Scopes that no type has are
    /// passed over.
    fn plain_set(&self, value: Value<'j>) -> Option<(EntityType, Vec<&'j str>)> {
        let details = value.get("details")?;
        let mut problems = Problems::default();
        check_alone(details, 1, &Path::Root, &mut problems);
        let allow = details.text("__type") == Some("PermissionDescriptorAllow") && problems.is_empty();
        let free = details.get("constraints").is_none_or(|constraints| constraints.kind() == Kind::Null);
        let entity_type = self.type_of_resource(value.text("resourceType")?).filter(|_| allow && free)?;
        let texts = details.texts("permissions").map(|(_, scope)| scope);
        let scopes: Vec<&str> = texts.filter(|scope| self.catalog.scope_number(scope).is_some()).collect();
        let of_type = scopes.iter().all(|scope| self.catalog.scope(entity_type, scope).is_some());
        (of_type && !scopes.is_empty()).then_some((entity_type, scopes))
    }

    /// The API calls the organization `global` (EN-5).
    fn type_of_resource(&self, name: &str) -> Option<EntityType> {
        if name == "global" { self.catalog.organization_type() } else { self.catalog.entity_type(name) }
    }

    fn set(
        &mut self,
        id: &'j str,
        value: Value<'j>,
        entity_type: EntityType,
        scopes: Vec<&'j str>,
        at: &Path<'_>,
    ) {
        if let Some(details) = value.get("details") {
            self.each_in(details, "permissions", &at.key("details"), |draft, scope, at| {
                draft.scope(scope, at);
            });
        }
        let title = value.text("name").unwrap_or(id);
        let (new_id, name) = self.free_names(id, title, "set", at);
        self.records.by_name.of(&by_name(entity_type, title)).get_or_insert_with(|| new_id.clone());
        self.records.know(id, Known::Set(new_id.clone()));
        self.records.sets.push(CustomSet { value, id: new_id, name, entity_type, scopes });
    }

    fn role_or_policy(
        &mut self,
        id: &'j str,
        value: Value<'j>,
        purpose: &'j str,
        place: Place<'j>,
        at: &Path<'_>,
    ) {
        let title = value.text("name").unwrap_or(id);
        let (new_id, name) = self.free_names(id, title, "record", at);
        let known = if ROLE_PURPOSES.contains(&purpose) {
            Known::Role(new_id.clone())
        } else {
            Known::Policy(new_id.clone(), self.records.list.len())
        };
        self.records.know(id, known);
        self.records.list.push(Record { value, place, purpose, id: new_id, name });
    }

    /// An id and a name that nothing else in the document has; others than the API's are told.
    fn free_names(&mut self, id: &str, title: &str, what: &str, at: &Path<'_>) -> (String, String) {
        let records = &mut self.records;
        let names = if what == "set" { &mut records.set_names } else { &mut records.names };
        let new_id = free(id, what, |id| records.ids.get(id).is_some());
        let name = free(title, &new_id, |name| names.get(name).is_some());
        records.ids.intern(&new_id);
        names.intern(&name);
        self.renamed(id, &new_id, &at.key("id"));
        self.renamed(title, &name, &at.key("name"));
        (new_id, name)
    }

    pub(super) fn renamed(&mut self, from: &str, to: &str, at: &Path<'_>) {
        if from != to {
            let (from, to) = (excerpt(from), excerpt(to));
            self.left(at, format!("`{from}` is taken in a document: this is `{to}` there"));
        }
    }

    /// The scope, if the revision has it; another one is listed.
    pub(super) fn scope(&mut self, scope: Value<'j>, at: &Path<'_>) -> Option<&'j str> {
        let name = scope.as_text().unwrap_or(scope.kind().in_words());
        if self.catalog.scope_number(name).is_some() {
            return Some(name);
        }
        let message = format!("no scope `{}` is in the revision `{}`", excerpt(name), self.catalog.name());
        self.left(at, message);
        None
    }
}

/// A set by its type and what people call it.
fn by_name(entity_type: EntityType, name: &str) -> String {
    format!("{}:{name}", entity_type.position())
}

/// The name that is wanted, or where that is taken, with something behind it.
pub(super) fn free(wanted: &str, more: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut name = wanted.to_owned();
    while taken(&name) {
        name = format!("{name} ({more})");
    }
    name
}

/// Whether two answers say the same of one record, as far as both say it.
fn is_same(one: Value<'_>, other: Value<'_>) -> bool {
    let fields = ["name", "description", "uxPurpose", "resourceType", "defaultIdentifier", "details"];
    fields.into_iter().all(|field| match (one.get(field), other.get(field)) {
        (Some(one), Some(other)) => one.is_like(other),
        _ => true,
    })
}
