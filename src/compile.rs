//! A checked document → an [`Organization`]: names become numbers, and every way of granting becomes grants.
//!
//! Whoever adds a way of granting writes one function here; deciding knows grants alone. Each record is compiled
//! once, whoever composes it, so that work and memory are linear in the document.

mod principals;
mod tree;

use crate::catalog::{Because, Catalog, ToggleAct};
use crate::condition::{Condition, ConditionId};
use crate::entity::EntityType;
use crate::json::Value;
use crate::names::{Names, as_u32};
use crate::organization::{
    Customs, Deployment, Entities, Grant, GrantedSet, Grants, Guard, Index, Label, Link, Listing,
    Organization, Place, RunAs, Settings, Source, Use,
};
use crate::scope::ScopeSet;
use crate::validate::{self, Checked};

/// Compiles a checked document.
pub(crate) fn compile(checked: Checked<'_>, catalog: Catalog) -> Organization {
    traced::<()>(checked, catalog).0
}

/// Compiles a checked document, and keeps where everything was written.
pub(crate) fn traced<O: Origin>(checked: Checked<'_>, catalog: Catalog) -> (Organization, Origins<O>) {
    let Checked { document, settings, edition, index } = checked;
    let mut compiler = Compiler::new(document, &catalog, index);
    compiler.sets(document);
    compiler.listed_entities(document);
    compiler.built_in_roles();
    compiler.records(document);
    let principals = compiler.principals(document, &settings);
    let rules = compiler.settings(&settings);
    compiler.deployments(document);
    compiler.links(document);
    let Compiler {
        mut entities,
        entity_names,
        tags,
        conditions,
        guards,
        sets,
        grants,
        sources,
        uses,
        origins,
        organization,
        index,
        ..
    } = compiler;
    let name = organization.into();
    let grants = Grants::Table(grants);
    entities.index = Some(Index::new(entity_names.len(), &sources, &grants));
    entities.names = entity_names.into();
    entities.ids = index.ids;
    let (set_names, role_names) = (index.set_names.to_list(), index.role_names.to_list());
    let customs = Customs { edition, set_names, role_names };
    let organization = Organization {
        catalog,
        name,
        entities,
        tags: tags.into(),
        conditions,
        guards,
        sets,
        grants,
        sources,
        uses,
        principals,
        rules,
        customs,
    };
    (organization, origins)
}

/// What is kept of where something was written: nothing for whoever only decides, to whom it costs nothing, and its
/// number among the values for whoever asks about the document itself.
///
/// The default stands for what no value is: a built-in role, a setting, what a creator holds.
pub(crate) trait Origin: Copy + Default {
    fn of(written: Value<'_>) -> Self;
}

impl Origin for () {
    fn of(_: Value<'_>) {}
}

impl Origin for Option<u32> {
    fn of(written: Value<'_>) -> Self {
        Some(written.number())
    }
}

/// Where everything was written that an organization has by numbers.
#[derive(Debug, Default)]
pub(crate) struct Origins<O> {
    /// A rule or an entity of its list, an entry of an organization access, a direct grant, a node that allows, an
    /// entry of one that composes.
    pub(crate) grants: Vec<O>,
    /// An entry of a node that composes.
    pub(crate) uses: Vec<O>,
    /// The tests of a rule, the condition of a node, the value of an option.
    pub(crate) guards: Vec<O>,
}

/// An organization in the making.
struct Compiler<'c, O> {
    catalog: &'c Catalog,
    index: validate::Index,
    entities: Entities,
    entity_names: Names,
    tags: Names,
    conditions: Vec<Condition>,
    guards: Vec<Guard>,
    sets: Vec<GrantedSet>,
    grants: Vec<Grant>,
    sources: Vec<Source>,
    uses: Vec<Use>,
    origins: Origins<O>,
    organization: String,
    /// Identities of tree literals that name no entity: equal to themselves alone.
    strangers: Names,
}

/// The grants of one source, before they are put in order.
#[derive(Default)]
struct Draft<O> {
    everywhere: Vec<(Grant, O)>,
    guarded: Vec<(Grant, O)>,
    named: Vec<(Grant, O)>,
    uses: Vec<(Use, O)>,
}

impl<O: Origin> Draft<O> {
    /// Adds a grant of a set, if there is one.
    fn extend(&mut self, set: Option<usize>, place: Place, because: Because, origin: O) {
        if let Some(set) = set {
            self.push(Grant { set: as_u32(set), place, because }, origin);
        }
    }

    fn push(&mut self, grant: Grant, origin: O) {
        match grant.place {
            Place::Everywhere => self.everywhere.push((grant, origin)),
            Place::When(_) => self.guarded.push((grant, origin)),
            Place::Entity(_) => self.named.push((grant, origin)),
        }
    }
}

impl<'c, O: Origin> Compiler<'c, O> {
    fn new(document: Value<'_>, catalog: &'c Catalog, mut index: validate::Index) -> Self {
        let entity_names = std::mem::take(&mut index.entities);
        let seed = index.seed;
        Self {
            catalog,
            index,
            entities: Entities::default(),
            entity_names,
            tags: Names::seeded(seed),
            conditions: Vec::new(),
            guards: Vec::new(),
            sets: Vec::new(),
            grants: Vec::new(),
            sources: Vec::new(),
            uses: Vec::new(),
            origins: Origins::default(),
            organization: document.text("organization").unwrap_or_default().to_owned(),
            strangers: Names::seeded(seed),
        }
    }

    /// Default sets and those of the document get the numbers that the index has for them.
    fn sets(&mut self, document: Value<'_>) {
        let default = self.catalog.sets.iter().map(|set| GrantedSet {
            entity_type: set.entity_type,
            scopes: set.scopes,
            id: Some(set.id.clone()),
            max_open: None,
        });
        self.sets.extend(default);
        for set in document.list("permissionSets") {
            let entity_type = set.text("entityType").and_then(|name| self.catalog.entity_type(name));
            let entity_type = entity_type.unwrap_or(EntityType::FIRST);
            let scopes =
                set.texts("scopes").filter_map(|(_, name)| self.catalog.scope(entity_type, name)).collect();
            let id = set.text("id").map(Into::into);
            self.sets.push(GrantedSet { entity_type, scopes, id, max_open: None });
        }
    }

    fn listed_entities(&mut self, document: Value<'_>) {
        for entity in document.list("entities") {
            let name = entity.text("entity").unwrap_or_default();
            self.entities.types.push(self.type_of(name));
            for (key, value) in entity.get("tags").into_iter().flat_map(Value::members) {
                let tag = (self.tags.intern(key), self.tags.intern(value.as_text().unwrap_or_default()));
                self.entities.tags.pairs.push(tag);
            }
            self.entities.tags.ends.push(as_u32(self.entities.tags.pairs.len()));
        }
    }

    fn type_of(&self, name: &str) -> EntityType {
        let word = name.split(':').next().unwrap_or_default();
        self.catalog.entity_type(word).unwrap_or(EntityType::FIRST)
    }

    /// The number of an entity of this organization, which is added when it is not listed.
    fn entity(&mut self, name: &str) -> u32 {
        let (number, new) = self.entity_names.insert(name);
        if new {
            self.entities.types.push(self.type_of(name));
        }
        number
    }

    fn built_in_roles(&mut self) {
        let catalog = self.catalog;
        for role in &catalog.roles {
            let mut draft = Draft::default();
            let everything = catalog.entity_types().filter(|_| role.everything);
            for (entity_type, _) in everything {
                let set = self.listed_scopes(entity_type, catalog.all_scopes(entity_type));
                let because = Because::OrganizationAdmin;
                draft.push(Grant { set, place: Place::Everywhere, because }, O::default());
            }
            let fixed = catalog.organization_type().filter(|_| !role.scopes.is_empty());
            if let Some(organization) = fixed {
                let (set, because) =
                    (self.listed_scopes(organization, role.scopes), Because::OrganizationAccess);
                draft.push(Grant { set, place: Place::Everywhere, because }, O::default());
            }
            for (set, _) in &role.sets {
                draft.extend(Some(*set), Place::Everywhere, Because::OrganizationAccess, O::default());
            }
            self.source(Label::Role(role.id.clone()), draft);
        }
    }

    fn records(&mut self, document: Value<'_>) {
        for role in document.list("roles") {
            let mut draft = Draft::default();
            for rule in role.list("rules") {
                self.rule(rule, &mut draft);
            }
            for entry in role.list("organizationAccess") {
                let (set, because) = (self.index.set(name(entry)), Because::OrganizationAccess);
                draft.extend(set, Place::Everywhere, because, O::of(entry));
            }
            if let Some(details) = role.get("details") {
                self.tree(details, None, &mut draft);
            }
            let id: Box<str> = role.text("id").unwrap_or_default().into();
            let is_role = self.index.role(&id).is_some();
            self.source(if is_role { Label::Role(id) } else { Label::Policy(id) }, draft);
        }
    }

    fn rule(&mut self, rule: Value<'_>, draft: &mut Draft<O>) {
        let Some(on) = rule.get("on") else { return };
        let set = rule.text("permissionSet").and_then(|name| self.index.set(name));
        if on.as_text().is_some() {
            draft.extend(set, Place::Everywhere, Because::RuleEverywhere, O::of(rule));
        }
        for entry in on.items() {
            let place = Place::Entity(self.entity(name(entry)));
            draft.extend(set, place, Because::RuleNamed, O::of(entry));
        }
        if let Some((tests, set)) = on.get("tags").zip(set) {
            let condition = self.tag_tests(self.type_of_set(as_u32(set)), tests);
            let guard = Guard { outer: None, condition, negated: false, on_entity: true };
            let place = Place::When(self.guard(guard, O::of(tests)));
            draft.extend(Some(set), place, Because::RuleTagged, O::of(rule));
        }
    }

    /// The tests of one rule, all of which must hold (AB-7).
    fn tag_tests(&mut self, entity_type: EntityType, tests: Value<'_>) -> ConditionId {
        let compiled: Vec<_> = tests.items().map(|test| self.tag_test(entity_type, test)).collect();
        let first = as_u32(self.conditions.len());
        let count = as_u32(compiled.len());
        self.conditions.extend(compiled);
        self.condition(Condition::All(first, count))
    }

    fn tag_test(&mut self, entity_type: EntityType, test: Value<'_>) -> Condition {
        let key = self.tags.intern(test.text("key").unwrap_or_default());
        let exists = test.get("exists").and_then(Value::as_bool);
        let (inner, negated) = match (test.text("equals"), test.text("notEquals")) {
            (Some(value), _) => (Condition::TagIs(entity_type, key, self.tags.intern(value)), false),
            (_, Some(value)) => (Condition::TagIs(entity_type, key, self.tags.intern(value)), true),
            _ => (Condition::HasTag(entity_type, key), exists == Some(false)),
        };
        if negated { Condition::Not(self.condition(inner)) } else { inner }
    }

    /// Direct grants, as one source; nothing where there is none.
    fn direct(&mut self, holders: &[Value<'_>], because: Because) -> Option<u32> {
        let mut draft = Draft::default();
        for grant in holders.iter().flat_map(|holder| holder.list("grants")) {
            let Some(name) = grant.text("entity") else { continue };
            let entity = self.entity(name);
            draft.extend(self.set_of_grant(grant, entity), Place::Entity(entity), because, O::of(grant));
        }
        (!draft.named.is_empty()).then(|| self.source(Label::Direct, draft))
    }

    fn set_of_grant(&self, grant: Value<'_>, entity: u32) -> Option<usize> {
        if let Some(name) = grant.text("permissionSet") {
            return self.index.set(name);
        }
        let level = self.catalog.level_of(*self.entities.types.get(entity as usize)?)?;
        level.set_of(grant.get("level")?)?
    }

    fn settings(&mut self, settings: &validate::Settings) -> Settings {
        let catalog = self.catalog;
        let mut toggles = Vec::new();
        for (toggle, on) in catalog.toggles.iter().zip(&settings.toggles) {
            let grants = *on && toggle.act == ToggleAct::Grants;
            let source = grants.then(|| {
                let set = self.listed_scopes(toggle.entity_type, ScopeSet::of(toggle.scope));
                self.setting(&toggle.field, set)
            });
            toggles.push((*on, source));
        }
        let levels = catalog.levels.iter().zip(&settings.levels);
        let levels =
            levels.map(|(level, set)| set.map(|set| self.setting(&level.field, as_u32(set)))).collect();
        Settings {
            toggles,
            levels,
            default_deployment_role: settings.default_deployment_role.map(as_u32),
            restricted: settings.restricted,
            token_max_lifetime_days: settings.token_max_lifetime_days,
            has_time_limits: self.sets.iter().any(|set| set.max_open.is_some()),
        }
    }

    /// A setting that gives a set everywhere. Its statement stands with its row in the catalog.
    fn setting(&mut self, field: &str, set: u32) -> u32 {
        let mut draft = Draft::default();
        let because = Because::RuleEverywhere;
        draft.push(Grant { set, place: Place::Everywhere, because }, O::default());
        self.source(Label::Setting(field.into()), draft)
    }

    fn deployments(&mut self, document: Value<'_>) {
        for (number, entity) in (0..).zip(document.list("entities")) {
            let Some(written) = entity.get("deployment") else { continue };
            let named = |field| written.text(field).and_then(|text| text.split_once(':'));
            let run_as = named("runAs").and_then(|(kind, name)| match kind {
                "team" => self.index.teams.get(name).map(RunAs::Team),
                _ => self.index.service_principals.get(name).map(RunAs::ServicePrincipal),
            });
            let role = written.text("role").and_then(|id| self.index.role(id)).map(as_u32);
            let access_token = named("accessToken").and_then(|(_, name)| self.index.tokens.get(name));
            self.entities.deployments.push((number, Deployment { role, access_token, run_as }));
        }
    }

    /// What stacks and environments list of others.
    fn links(&mut self, document: Value<'_>) {
        for (number, entity) in (0..).zip(document.list("entities")) {
            for (field, name) in Listing::ALL {
                for (_, listed) in entity.texts(name) {
                    let to = self.entity(listed);
                    self.entities.links.push(Link { from: number, field, to });
                }
            }
        }
    }

    /// Scopes that no permission set names.
    fn listed_scopes(&mut self, entity_type: EntityType, scopes: ScopeSet) -> u32 {
        self.sets.push(GrantedSet { entity_type, scopes, id: None, max_open: None });
        as_u32(self.sets.len() - 1)
    }

    fn type_of_set(&self, set: u32) -> EntityType {
        self.sets.get(set as usize).map_or(EntityType::FIRST, |set| set.entity_type)
    }

    fn condition(&mut self, condition: Condition) -> ConditionId {
        self.conditions.push(condition);
        as_u32(self.conditions.len() - 1)
    }

    fn guard(&mut self, guard: Guard, origin: O) -> u32 {
        self.guards.push(guard);
        self.origins.guards.push(origin);
        as_u32(self.guards.len() - 1)
    }

    fn source(&mut self, label: Label, draft: Draft<O>) -> u32 {
        let mut add = |drafted| extend(&mut self.grants, &mut self.origins.grants, drafted);
        let (everywhere, guarded, named) = (add(draft.everywhere), add(draft.guarded), add(draft.named));
        let uses = extend(&mut self.uses, &mut self.origins.uses, draft.uses);
        self.sources.push(Source { label, everywhere, guarded, named, uses });
        as_u32(self.sources.len() - 1)
    }
}

/// Adds what was drafted to a table and its origins, and answers where it stands there.
fn extend<T, O>(table: &mut Vec<T>, origins: &mut Vec<O>, drafted: Vec<(T, O)>) -> std::ops::Range<u32> {
    let start = as_u32(table.len());
    for (it, origin) in drafted {
        table.push(it);
        origins.push(origin);
    }
    start..as_u32(table.len())
}

/// A name that a list holds.
fn name(entry: Value<'_>) -> &str {
    entry.as_text().unwrap_or_default()
}
