//! Rows → a [`Catalog`]: names that must exist do, and become positions and sets of bits.

use super::{
    Audience, Because, BuiltInRole, Catalog, Dispute, Edition, EditionRow, KeptRule, Level, LevelRow, Needed,
    PermissionSet, Reach, RoleRow, Rows, Rule, SetRow, Toggle, ToggleRow, TypeInfo, TypeRow,
};
use crate::entity::EntityType;
use crate::json::{excerpt, listed};
use crate::names::{Keys, Names, sorted};
use crate::order::{self, Step};
use crate::problem::{Code, Invalid, Path, Problems};
use crate::scope::{Scope, ScopeSet};

/// How many of each there may be. What is past these is told and not looked at.
const SETS: usize = 1_000;
const ROLES: usize = 256;
const SETTINGS: usize = 256;
const LEVELS: usize = 64;

/// The settings that are mechanisms of the engine and no rows.
const MECHANISMS: [&str; 4] =
    ["defaultDeploymentRole", "defaultRole", "permissionMode", "tokenMaxLifetimeDays"];

/// The level that gives nothing, which every type with levels has.
const NONE: &str = "none";

impl Catalog {
    /// Checks rows and indexes them.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the rows, in the words of the JSON form: names that name nothing, that stand
    /// twice or that are none, lists that are too long, sets that include each other in a circle.
    pub fn new(rows: &Rows<'_>) -> Result<Self, Invalid> {
        let mut problems = Problems::default();
        let catalog = build(rows, &Path::Root, true, &mut problems);
        if problems.is_empty() { Ok(catalog) } else { Err(problems.into_invalid()) }
    }
}

/// A catalog as it is written down, row by row.
pub(super) trait Written {
    fn types(&self, tell: &mut dyn FnMut(&TypeRow<'_>));
    fn sets(&self, tell: &mut dyn FnMut(&SetRow<'_>));
    fn roles(&self, tell: &mut dyn FnMut(&RoleRow<'_>));
    fn toggles(&self, tell: &mut dyn FnMut(&ToggleRow<'_>));
    fn levels(&self, tell: &mut dyn FnMut(&LevelRow<'_>));
    /// Everything else, once.
    fn rest(&self, tell: &mut dyn FnMut(&Rows<'_>));
}

impl Written for Rows<'_> {
    fn types(&self, tell: &mut dyn FnMut(&TypeRow<'_>)) {
        self.entity_types.iter().for_each(tell);
    }

    fn sets(&self, tell: &mut dyn FnMut(&SetRow<'_>)) {
        self.permission_sets.iter().for_each(tell);
    }

    fn roles(&self, tell: &mut dyn FnMut(&RoleRow<'_>)) {
        self.roles.iter().for_each(tell);
    }

    fn toggles(&self, tell: &mut dyn FnMut(&ToggleRow<'_>)) {
        self.toggles.iter().for_each(tell);
    }

    fn levels(&self, tell: &mut dyn FnMut(&LevelRow<'_>)) {
        self.levels.iter().for_each(tell);
    }

    fn rest(&self, tell: &mut dyn FnMut(&Rows<'_>)) {
        tell(self);
    }
}

/// The catalog that rows make, as far as they do. Names that are empty are told where nobody has told of them yet.
pub(super) fn build(
    rows: &dyn Written,
    root: &Path<'_>,
    tells_empty: bool,
    problems: &mut Problems,
) -> Catalog {
    let mut builder = Builder {
        catalog: Catalog::default(),
        problems,
        root,
        tells_empty,
        sets: Keys::default(),
        roles: Keys::default(),
        taken: Names::default(),
    };
    builder.build(rows);
    builder.catalog
}

/// Rows on their way to a catalog.
struct Builder<'p> {
    catalog: Catalog,
    problems: &'p mut Problems,
    root: &'p Path<'p>,
    tells_empty: bool,
    /// By id.
    sets: Keys,
    roles: Keys,
    /// The names of the kind that is looked at.
    taken: Names,
}

impl Builder<'_> {
    fn build(&mut self, rows: &dyn Written) {
        rows.rest(&mut |rows| self.catalog.name = rows.name.into());
        self.types(rows);
        self.sets(rows);
        self.roles(rows);
        self.settings(rows);
        self.levels(rows);
        rows.rest(&mut |rows| self.rest(rows));
    }

    fn types(&mut self, rows: &dyn Written) {
        let at = self.root.key("entityTypes");
        let mut count = 0;
        rows.types(&mut |row| {
            if count < EntityType::LIMIT {
                self.entity_type_row(&at.index(count), row);
            }
            count += 1;
        });
        self.at_most(EntityType::LIMIT, &at, count, "entity types");
        if self.catalog.organization_type().is_none() {
            let message =
                "no entity type has the path `organization`: add one, which is the organization itself";
            self.add(Code::MissingField, &at, message);
        }
        self.catalog.number_scopes();
    }

    fn entity_type_row(&mut self, at: &Path<'_>, row: &TypeRow<'_>) {
        self.word(&at.key("name"), row.name);
        if self.catalog.entity_type(row.name).is_some() {
            self.duplicate(&at.key("name"), row.name, "an entity type of that name");
        }
        // Sentences hold the name of a type as it is.
        let name = if is_word(row.name) { row.name.into() } else { excerpt(row.name).into() };
        let mut info = TypeInfo { name, path: row.path.into(), ..TypeInfo::default() };
        if !info.is_shaped() && self.name(&at.key("path"), row.path) {
            let message = format!(
                "`{}` is no path: write its parts with `/` between them, each of another name, and `organization` \
                 for the one that names the organization",
                excerpt(row.path)
            );
            self.add(Code::MalformedPath, &at.key("path"), message);
        } else if info.is_organization() && self.catalog.organization_type().is_some() {
            self.duplicate(&at.key("path"), row.path, "an entity type that is the organization itself");
        }
        info.scopes = self.scopes_of_type(&at.key("scopes"), row.scopes);
        self.catalog.types.push(info);
    }

    fn scopes_of_type(&mut self, at: &Path<'_>, names: &[&str]) -> Vec<Box<str>> {
        self.at_most(Scope::LIMIT, at, names.len(), "scopes of one type");
        let mut met = Names::default();
        for (index, name) in names.iter().take(Scope::LIMIT).enumerate() {
            let at = at.index(index);
            let at = at.key("name");
            if name.split(':').count() < 2 || !name.split(':').all(is_word) {
                self.malformed(&at, name, "scope: write `object:action`");
            }
            if !met.insert(name).1 {
                self.duplicate(&at, name, "a scope of this type of that name");
            }
        }
        sorted(names.iter().take(Scope::LIMIT).map(|name| (*name).into()).collect())
    }

    fn sets(&mut self, rows: &dyn Written) {
        let at = self.root.key("permissionSets");
        let mut count = 0;
        rows.sets(&mut |row| {
            if count < SETS {
                self.set_names(&at.index(count), row);
            }
            count += 1;
        });
        self.at_most(SETS, &at, count, "permission sets");
        let mut includes = Vec::new();
        rows.sets(&mut |row| {
            if includes.len() < SETS {
                includes.push(self.set_row(&at.index(includes.len()), includes.len(), row));
            }
        });
        order::walk(&includes, &mut |step| match step {
            Step::Done(set) => self.include(set, includes.get(set).map_or(&[], |it| it)),
            Step::Circle(set, included) => self.circle(&at.index(set), included),
        });
    }

    /// What a set is called, before anything names it.
    fn set_names(&mut self, at: &Path<'_>, row: &SetRow<'_>) {
        self.id_and_name(at, (row.id, row.name), "a permission set of that name");
        self.sets.insert(row.id, self.catalog.sets.len());
        let entity_type = self.entity_type(at, row.entity_type).unwrap_or(EntityType::FIRST);
        let scopes = ScopeSet::EMPTY;
        self.catalog.sets.push(PermissionSet {
            id: row.id.into(),
            name: row.name.into(),
            entity_type,
            scopes,
        });
    }

    /// The scopes that a set adds, and the positions of those that it includes.
    fn set_row(&mut self, at: &Path<'_>, position: usize, row: &SetRow<'_>) -> Vec<usize> {
        let found = self.catalog.entity_type(row.entity_type);
        let scopes = found.map(|it| self.scope_set(&at.key("scopes"), it, row.scopes)).unwrap_or_default();
        self.add_scopes(position, &scopes);
        if row.scopes.is_empty() && row.includes.is_empty() {
            self.add(Code::Empty, &at.key("scopes"), "a permission set must have at least one scope");
        }
        let at = at.key("includes");
        let includes = row.includes.iter().enumerate();
        includes.filter_map(|(index, id)| self.set(&at.index(index), id, found)).collect()
    }

    fn include(&mut self, set: usize, included: &[usize]) {
        for included in included {
            let scopes = self.catalog.sets.get(*included).map(|set| set.scopes);
            self.add_scopes(set, &scopes.unwrap_or_default());
        }
    }

    fn add_scopes(&mut self, set: usize, scopes: &ScopeSet) {
        if let Some(set) = self.catalog.sets.get_mut(set) {
            set.scopes.add(scopes);
        }
    }

    fn circle(&mut self, at: &Path<'_>, included: usize) {
        let id = self.catalog.sets.get(included).map_or("", |set| &set.id);
        let message = format!("this includes `{}`, which leads back here: break the circle", excerpt(id));
        self.problems.add(Code::IncludeCycle, &at.key("includes"), message);
    }

    fn roles(&mut self, rows: &dyn Written) {
        let at = self.root.key("roles");
        let mut count = 0;
        self.taken = Names::default();
        rows.roles(&mut |row| {
            if count < ROLES {
                let at = at.index(count);
                self.id_and_name(&at, (row.id, row.name), "a role of that name");
                self.roles.insert(row.id, count);
                let role = self.role_row(&at, row);
                self.catalog.roles.push(role);
            }
            count += 1;
        });
        self.at_most(ROLES, &at, count, "built-in roles");
    }

    fn role_row(&mut self, at: &Path<'_>, row: &RoleRow<'_>) -> BuiltInRole {
        let organization = self.catalog.organization_type();
        let scopes = organization.map(|it| self.scope_set(&at.key("scopes"), it, row.scopes));
        let at = at.key("permissionSets");
        self.at_most(SETS, &at, row.sets.len(), "permission sets");
        let sets = row.sets.iter().take(SETS).enumerate();
        let sets = sets
            .filter_map(|(index, (id, rules))| Some((self.set(&at.index(index), id, None)?, keep(rules))));
        BuiltInRole {
            id: row.id.into(),
            everything: row.everything,
            scopes: scopes.unwrap_or_default(),
            scopes_by: keep(row.scopes_by),
            sets: sets.collect(),
        }
    }

    fn settings(&mut self, rows: &dyn Written) {
        let at = self.root.key("settings");
        let mut count = 0;
        self.taken = Names::default();
        for name in MECHANISMS {
            self.taken.intern(name);
        }
        rows.toggles(&mut |row| {
            if count < SETTINGS {
                self.toggle_row(&at.index(count), row);
            }
            count += 1;
        });
        self.at_most(SETTINGS, &at, count, "settings");
    }

    fn toggle_row(&mut self, at: &Path<'_>, row: &ToggleRow<'_>) {
        self.setting(&at.key("name"), row.field);
        let reach = self.reach(at, row.audience);
        let Some((entity_type, scope)) = self.scope_of_type(at, row.entity_type, row.scope) else { return };
        let (field, act, rules) = (row.field.into(), row.act, keep(row.rules));
        self.catalog.toggles.push(Toggle { field, entity_type, scope, act, reach, rules });
    }

    fn levels(&mut self, rows: &dyn Written) {
        let at = self.root.key("levels");
        let mut count = 0;
        rows.levels(&mut |row| {
            if count < EntityType::LIMIT {
                self.level_row(&at.index(count), row);
            }
            count += 1;
        });
        self.at_most(EntityType::LIMIT, &at, count, "levels");
    }

    fn level_row(&mut self, at: &Path<'_>, row: &LevelRow<'_>) {
        if !row.field.is_empty() {
            self.setting(&at.key("setting"), row.field);
        }
        let reach = self.reach(at, row.audience);
        let Some(entity_type) = self.entity_type(at, row.entity_type) else { return };
        if self.catalog.level_of(entity_type).is_some() {
            self.duplicate(&at.key("entityType"), row.entity_type, "a list of levels for it");
        }
        let levels = self.level_names(&at.key("levels"), entity_type, row.levels);
        self.catalog.levels.push(Level {
            field: row.field.into(),
            entity_type,
            levels,
            numbers: row.numbers.iter().map(|(number, name)| (*number, (*name).into())).collect(),
            reach,
            rules: keep(row.rules),
        });
    }

    fn level_names(
        &mut self,
        at: &Path<'_>,
        entity_type: EntityType,
        rows: &[(&str, &str)],
    ) -> Vec<(Box<str>, Option<usize>)> {
        self.at_most(LEVELS, at, rows.len(), "levels");
        let mut levels: Vec<(Box<str>, _)> = vec![(NONE.into(), None)];
        for (name, id) in rows.iter().take(LEVELS) {
            let at = at.key(name);
            if levels.iter().any(|(known, _)| **known == **name) {
                self.duplicate(&at, name, "a level of that name");
            }
            levels.push(((*name).into(), self.set(&at, id, Some(entity_type))));
        }
        levels
    }

    fn rest(&mut self, rows: &Rows<'_>) {
        self.name(&self.root.key("name"), rows.name);
        self.catalog.member_role = self.role(&self.root.key("defaultRole"), rows.member_role).unwrap_or(0);
        self.creator(rows);
        self.tokens_and_runs(rows);
        self.catalog.fields = rows.fields.iter().map(|field| (*field).into()).collect();
        self.catalog.references = self.of_types("references", rows.references);
        self.catalog.contexts = self.of_types("contexts", rows.contexts);
        self.catalog.editions = rows.editions.iter().map(edition).collect();
        self.catalog.citations = vec![Vec::new(); Because::COUNT];
        for (because, rules) in rows.citations {
            if let Some(kept) = self.catalog.citations.get_mut(*because as usize) {
                kept.extend(keep(rules));
            }
        }
    }

    /// One set for each type, so that what is created costs one grant.
    fn creator(&mut self, rows: &Rows<'_>) {
        let at = self.root.key("creator");
        let at = at.key("permissionSets");
        let mut met = Vec::new();
        for (index, id) in rows.creator.sets.iter().enumerate() {
            let at = at.index(index);
            let set = self.set(&at, id, None);
            let entity_type = set.and_then(|set| self.catalog.sets.get(set)).map(|set| set.entity_type);
            if entity_type.is_some_and(|it| met.contains(&it)) {
                self.duplicate(&at, id, "a set for the same entities");
            } else {
                met.extend(entity_type);
                self.catalog.creator_sets.extend(set);
            }
        }
        self.catalog.machine_creators = rows.creator.machines;
    }

    fn tokens_and_runs(&mut self, rows: &Rows<'_>) {
        self.catalog.tokens_follow_default_role = rows.tokens_follow_default_role;
        self.catalog.token_exceptions = self.by_type("tokenExceptions", rows.token_exceptions);
        self.catalog.timed_scopes = self.by_type("timedScopes", rows.timed_scopes);
        self.catalog.identity = rows.identity.to_vec();
        if !rows.identity.is_empty() {
            let at = self.root.key("ownStack");
            let entity_type = self.entity_type(&at, rows.own_stack.0);
            let set = self.set(&at, rows.own_stack.1, entity_type).and_then(|set| self.catalog.sets.get(set));
            self.catalog.own_stack = entity_type.zip(set.map(|set| set.scopes));
        }
        self.catalog.needs = self.each("needs", rows.needs, |builder, at, row| {
            let (entity_type, scope) = builder.scope_of_type(at, row.entity_type, row.scope)?;
            Some(Needed { need: row.need, entity_type, scope, rule: row.rule.into() })
        });
        self.catalog.disputes = self.each("disputes", rows.disputes, |builder, at, row| {
            let (entity_type, scope) = builder.scope_of_type(at, row.entity_type, row.scope)?;
            let holding = builder.set(at, row.holding, None)?;
            Some(Dispute { entity_type, scope, holding, rule: kept(row.rule) })
        });
    }

    /// What is made of each row of a list.
    fn each<R, T>(
        &mut self,
        field: &str,
        rows: &[R],
        mut read: impl FnMut(&mut Self, &Path<'_>, &R) -> Option<T>,
    ) -> Vec<T> {
        let at = self.root.key(field);
        let mut made = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            made.extend(read(self, &at.index(index), row));
        }
        made
    }

    /// Words, each with the type that it stands for.
    fn of_types(&mut self, field: &str, rows: &[(&str, &str)]) -> Vec<(Box<str>, EntityType)> {
        self.each(field, rows, |builder, at, (word, name)| {
            Some(((*word).into(), builder.entity_type(at, name)?))
        })
    }

    /// Scopes of any types, as one set for each type.
    fn by_type(&mut self, field: &str, scopes: &[(&str, &str)]) -> Vec<ScopeSet> {
        let found = self.each(field, scopes, |builder, at, (entity_type, scope)| {
            builder.scope_of_type(at, entity_type, scope)
        });
        let mut sets = vec![ScopeSet::EMPTY; self.catalog.types.len()];
        for (entity_type, scope) in found {
            if let Some(set) = sets.get_mut(entity_type.position()) {
                set.insert(scope);
            }
        }
        sets
    }

    fn reach(&mut self, at: &Path<'_>, audience: Audience<'_>) -> Reach {
        let (field, names, concerned): (_, &[&str], _) = match audience {
            Audience::Nobody => ("roles", &[], true),
            Audience::EveryoneBut(names) => ("exceptRoles", names, false),
            Audience::Roles(names) => ("roles", names, true),
        };
        let at = at.key(field);
        let mut built_in = vec![!concerned; self.catalog.roles.len()];
        for (index, name) in names.iter().enumerate() {
            if let Some(slot) = self.role(&at.index(index), name).and_then(|role| built_in.get_mut(role)) {
                *slot = concerned;
            }
        }
        Reach { built_in, custom: !concerned }
    }

    fn scope_set(&mut self, at: &Path<'_>, entity_type: EntityType, names: &[&str]) -> ScopeSet {
        let names = names.iter().enumerate();
        names.filter_map(|(index, name)| self.scope(&at.index(index), entity_type, name)).collect()
    }

    /// The `entityType` of a row and its `scope`.
    fn scope_of_type(&mut self, at: &Path<'_>, type_name: &str, name: &str) -> Option<(EntityType, Scope)> {
        let entity_type = self.entity_type(at, type_name)?;
        Some((entity_type, self.scope(&at.key("scope"), entity_type, name)?))
    }

    /// The `entityType` of a row.
    fn entity_type(&mut self, at: &Path<'_>, name: &str) -> Option<EntityType> {
        let found = self.catalog.entity_type(name);
        let at = at.key("entityType");
        if found.is_none() && self.name(&at, name) {
            self.problems.add(Code::UnknownEntityType, &at, self.catalog.unknown_type(name));
        }
        found
    }

    fn scope(&mut self, at: &Path<'_>, entity_type: EntityType, name: &str) -> Option<Scope> {
        if let Some((code, message)) = self.catalog.scope_fault(name, Some(entity_type))
            && self.name(at, name)
        {
            self.add(code, at, message);
        }
        self.catalog.scope(entity_type, name)
    }

    /// The set of an id, which must be of that type if one is wanted.
    fn set(&mut self, at: &Path<'_>, id: &str, wanted: Option<EntityType>) -> Option<usize> {
        let found = self.sets.get(id);
        let sets = &self.catalog.sets;
        let Some(set) = found.and_then(|set| sets.get(set)) else {
            let known = listed(sets.iter().map(|set| &*set.id));
            self.unknown(Code::UnknownPermissionSet, at, "permission set", id, &known);
            return None;
        };
        if let Some(wanted) = wanted.filter(|wanted| set.entity_type != *wanted) {
            let (is, wanted) = (self.catalog.type_name(set.entity_type), self.catalog.type_name(wanted));
            let message = format!("the permission set `{}` is of type `{is}`, not `{wanted}`", excerpt(id));
            self.add(Code::WrongEntityType, at, message);
            return None;
        }
        found
    }

    fn role(&mut self, at: &Path<'_>, id: &str) -> Option<usize> {
        let found = self.roles.get(id);
        if found.is_none() {
            let known = listed(self.catalog.roles.iter().map(|role| &*role.id));
            self.unknown(Code::UnknownRole, at, "role", id, &known);
        }
        found
    }

    fn unknown(&mut self, code: Code, at: &Path<'_>, what: &str, name: &str, known: &str) {
        if self.name(at, name) {
            let message = format!("no {what} `{}` is in the catalog: use one of {known}", excerpt(name));
            self.add(code, at, message);
        }
    }

    fn id_and_name(&mut self, at: &Path<'_>, (id, name): (&str, &str), what: &str) {
        self.unique(&at.key("id"), id, what);
        if name != id {
            self.unique(&at.key("name"), name, what);
        }
    }

    fn setting(&mut self, at: &Path<'_>, name: &str) {
        self.unique(at, name, "a setting of that name");
    }

    fn unique(&mut self, at: &Path<'_>, name: &str, what: &str) {
        self.name(at, name);
        if !self.taken.insert(name).1 {
            self.duplicate(at, name, what);
        }
    }

    fn word(&mut self, at: &Path<'_>, name: &str) {
        if !is_word(name) {
            self.malformed(at, name, "word: use at most 80 letters, digits, `_`, `-` and `.`");
        }
    }

    fn malformed(&mut self, at: &Path<'_>, name: &str, wanted: &str) {
        if self.name(at, name) {
            self.add(Code::MalformedName, at, format!("`{}` is no {wanted}", excerpt(name)));
        }
    }

    /// Whether there is a name at all.
    fn name(&mut self, at: &Path<'_>, name: &str) -> bool {
        if name.is_empty() && self.tells_empty {
            self.add(Code::Empty, at, "the text must not be empty");
        }
        !name.is_empty()
    }

    fn at_most(&mut self, limit: usize, at: &Path<'_>, count: usize, what: &str) {
        if count > limit {
            self.add(Code::TooMany, at, format!("there are {count} {what}: at most {limit} fit"));
        }
    }

    fn duplicate(&mut self, at: &Path<'_>, name: &str, what: &str) {
        if !name.is_empty() {
            let message = format!("`{}` stands twice: {what} is there already", excerpt(name));
            self.add(Code::Duplicate, at, message);
        }
    }

    fn add(&mut self, code: Code, at: &Path<'_>, message: impl Into<String>) {
        self.problems.add(code, at, message);
    }
}

/// How long a word may be, in letters.
const WORD: usize = 80;

/// A word of a catalog: one that can stand in `TYPE:PATH`, in patterns and lists of these, and in a sentence.
pub(super) fn is_word(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=WORD).contains(&text.len()) && text.bytes().all(fits)
}

fn edition(row: &EditionRow<'_>) -> Edition {
    Edition { name: row.name.into(), custom: row.custom, roles: row.roles }
}

fn keep(rules: &[Rule<'_>]) -> Vec<KeptRule> {
    rules.iter().map(|rule| kept(*rule)).collect()
}

fn kept(rule: Rule<'_>) -> KeptRule {
    KeptRule { number: rule.number.into(), basis: rule.basis }
}
