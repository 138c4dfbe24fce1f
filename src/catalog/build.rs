//! Rows → a [`Catalog`]: names that must exist do, and become positions and sets of bits. Here are types, sets and roles,
//! which all else names.

mod mechanisms;
mod names;

use super::{
    BuiltInRole, Catalog, KeptRule, LevelRow, PermissionSet, RoleRow, Rows, Rule, SetRow, ToggleRow,
    TypeInfo, TypeRow,
};
use crate::document::{ROLES, SETS};
use crate::entity::EntityType;
use crate::json::excerpt;
use crate::names::{Keys, Names, sorted};
use crate::order::{self, Step};
use crate::problem::{Code, Invalid, Path, Problems};
use crate::scope::{Scope, ScopeSet};
pub(super) use names::is_word;

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
}

fn keep(rules: &[Rule<'_>]) -> Vec<KeptRule> {
    rules.iter().map(|rule| kept(*rule)).collect()
}

fn kept(rule: Rule<'_>) -> KeptRule {
    KeptRule { number: rule.number.into(), basis: rule.basis }
}
