//! Permission sets, roles, policies and their trees: what they name, what edition and limits allow, and that
//! policies do not go round in a circle.

use super::{Checker, excerpt};
use crate::catalog::Edition;
use crate::document::tree;
use crate::document::words::PURPOSES;
use crate::entity::EntityType;
use crate::json::{Kind, Value};
use crate::order::{self, Step};
use crate::problem::{Code, Path};

/// How many records may lie on a chain of composing.
pub(crate) const CHAIN: usize = 32;

/// The purposes of a record that somebody may have.
pub(crate) const ROLE_PURPOSES: [&str; 3] = ["role", "role_private", "role_temporary"];

impl Checker<'_> {
    pub(super) fn sets(&mut self, document: Value<'_>, edition: Option<&Edition>) {
        let at = Path::Root.key("permissionSets");
        self.only_in_custom_editions(&at, edition, "permission sets", document);
        let catalog = self.catalog;
        for (position, set) in catalog.sets.iter().enumerate() {
            self.index.sets.insert(&set.id, position);
            self.index.sets.insert(&set.name, position);
            self.index.set_names.intern(&set.name);
        }
        let mut position = catalog.sets.len();
        self.each(document, "permissionSets", |checker, at, set| {
            if let Some(id) = set.text("id").filter(|id| !checker.index.sets.insert(id, position)) {
                checker.duplicate(
                    &at.key("id"),
                    id,
                    "a permission set of that id or a default one of that name",
                );
            }
            if let Some(name) = set.text("name").filter(|name| !checker.index.set_names.insert(name).1) {
                checker.duplicate(&at.key("name"), name, "a permission set of that name");
            }
            let entity_type = checker.set_type(at, set);
            checker.set_types.push(entity_type);
            checker.scopes_of_set(&at.key("scopes"), set, entity_type);
            position += 1;
        });
    }

    fn set_type(&mut self, at: &Path<'_>, set: Value<'_>) -> Option<EntityType> {
        let name = set.text("entityType")?;
        let found = self.catalog.entity_type(name);
        if found.is_none() {
            self.add(Code::UnknownEntityType, &at.key("entityType"), self.catalog.unknown_type(name));
        }
        found
    }

    fn scopes_of_set(&mut self, at: &Path<'_>, set: Value<'_>, entity_type: Option<EntityType>) {
        if set.get("scopes").is_some_and(|scopes| scopes.kind() == Kind::Array && scopes.len() == 0) {
            self.add(Code::Empty, at, "a permission set must have at least one scope");
        }
        for (index, scope) in set.texts("scopes") {
            self.scope(&at.index(index), scope, entity_type);
        }
    }

    /// A scope that must exist, and for that type if one is wanted.
    fn scope(&mut self, at: &Path<'_>, name: &str, entity_type: Option<EntityType>) {
        if let Some((code, message)) = self.catalog.scope_fault(name, entity_type) {
            self.add(code, at, message);
        }
    }

    /// Ids and purposes, before anything is looked up.
    pub(super) fn records(&mut self, document: Value<'_>, edition: Option<&Edition>) {
        let at = Path::Root.key("roles");
        self.only_in_custom_editions(&at, edition, "roles", document);
        let catalog = self.catalog;
        for (position, role) in catalog.roles.iter().enumerate() {
            self.index.roles.insert(&role.id, position);
            self.index.is_role.push(true);
        }
        let mut position = catalog.roles.len();
        self.each(document, "roles", |checker, at, role| {
            if let Some(id) = role.text("id").filter(|id| !checker.index.roles.insert(id, position)) {
                checker.duplicate(&at.key("id"), id, "a role of that id");
            }
            if let Some(name) = role.text("name").filter(|name| !checker.index.role_names.insert(name).1) {
                checker.duplicate(&at.key("name"), name, "a role of that name");
            }
            let is_role = checker.purpose(at, role);
            checker.index.is_role.push(is_role);
            position += 1;
        });
        let limit = edition.and_then(|edition| edition.roles);
        let custom = self.index.is_role.iter().skip(catalog.roles.len()).filter(|is_role| **is_role).count();
        if let Some(limit) = limit.filter(|limit| custom > *limit) {
            let message = format!("the document has {custom} custom roles: its edition has at most {limit}");
            self.add(Code::TooMany, &at, message);
        }
    }

    /// Whether the record is a role, by its purpose.
    fn purpose(&mut self, at: &Path<'_>, role: Value<'_>) -> bool {
        let Some(purpose) = role.text("uxPurpose") else { return true };
        self.one_of(&at.key("uxPurpose"), purpose, "purpose", PURPOSES);
        ROLE_PURPOSES.contains(&purpose)
    }

    fn only_in_custom_editions(
        &mut self,
        at: &Path<'_>,
        edition: Option<&Edition>,
        what: &str,
        document: Value<'_>,
    ) {
        let field = if what == "roles" { "roles" } else { "permissionSets" };
        let some = document.list(field).next().is_some();
        if let Some(edition) = edition.filter(|edition| !edition.custom && some) {
            let message = format!("the edition `{}` has no custom {what}: remove them", edition.name);
            self.add(Code::NotInEdition, at, message);
        }
    }

    /// What roles name, once everything that they may name is known.
    pub(super) fn rules_and_trees(&mut self, document: Value<'_>) {
        let mut composes = Vec::new();
        self.each(document, "roles", |checker, at, role| {
            let flat = role.get("rules").or(role.get("organizationAccess")).is_some();
            if flat && role.get("details").is_some() {
                let message = "a role has `rules` and `organizationAccess`, or `details`: keep one form";
                checker.add(Code::ConflictingFields, &at.key("details"), message);
            }
            checker.each_at(at, role, "rules", &mut Self::rule);
            let organization = checker.catalog.organization_type();
            for (index, name) in role.texts("organizationAccess") {
                checker.set_of_type(&at.key("organizationAccess").index(index), name, organization);
            }
            let mut composed = Vec::new();
            if let Some(details) = role.get("details") {
                checker.node(&at.key("details"), details, &mut composed, 0);
            }
            composes.push(composed);
        });
        self.chains(document, &composes);
    }

    fn rule(&mut self, at: &Path<'_>, rule: Value<'_>) {
        let organization = self.catalog.organization_type();
        let set = rule.text("permissionSet");
        let set = set.and_then(|name| self.set_of_type(&at.key("permissionSet"), name, None));
        let set_type = set.and_then(|set| self.index_set_type(set));
        if set_type.is_some() && set_type == organization {
            let message = "a rule takes a set of entities: give this one in `organizationAccess`";
            self.add(Code::WrongEntityType, &at.key("permissionSet"), message);
        }
        let wanted = set_type.filter(|it| Some(*it) != organization);
        let on = at.key("on");
        for (index, name) in rule.texts("on") {
            self.entity(&on.index(index), name, wanted);
        }
        let tags = rule.get("on").and_then(|on| on.get("tags"));
        if tags.is_some_and(|tags| tags.kind() == Kind::Array && tags.len() == 0) {
            let message = "a rule by tags must test at least one: use `\"all\"` for every entity";
            self.add(Code::Empty, &on.key("tags"), message);
        }
    }

    /// What a tree names. Below the depth that its form allows nothing is looked at.
    fn node(&mut self, at: &Path<'_>, node: Value<'_>, composes: &mut Vec<usize>, depth: usize) {
        if depth > tree::DEPTH {
            return;
        }
        for (index, name) in node.texts("permissions") {
            self.scope(&at.key("permissions").index(index), name, None);
        }
        for (index, name) in node.texts("permissionDescriptors") {
            self.composed(&at.key("permissionDescriptors").index(index), name, composes);
        }
        for field in ["condition", "selector"] {
            if let Some(expression) = node.get(field) {
                self.expression(&at.key(field), expression, depth);
            }
        }
        for field in ["subNode", "subNodeForTrue", "subNodeForFalse"] {
            if let Some(inner) = node.get(field) {
                self.node(&at.key(field), inner, composes, depth + 1);
            }
        }
        self.each_at(at, node, "entries", &mut |checker, at, entry| {
            checker.node(at, entry, composes, depth + 1);
        });
        self.each_at(at, node, "options", &mut |checker, at, option| {
            if let Some(value) = option.get("value") {
                checker.expression(&at.key("value"), value, depth);
            }
            if let Some(inner) = option.get("node") {
                checker.node(&at.key("node"), inner, composes, depth + 1);
            }
        });
    }

    /// Expressions look at entities of those types alone for which the catalog has a word.
    fn expression(&mut self, at: &Path<'_>, expression: Value<'_>, depth: usize) {
        if depth > tree::DEPTH {
            return;
        }
        let looks_at = tree::context_of(expression).filter(|context| context.is_entity());
        if looks_at.is_some_and(|context| self.catalog.type_of_context(context.word()).is_none()) {
            let name = expression.text("__type").unwrap_or_default();
            self.not_in_catalog(&at.key("__type"), name);
        }
        for field in ["left", "right", "node", "context"] {
            if let Some(inner) = expression.get(field) {
                self.expression(&at.key(field), inner, depth + 1);
            }
        }
    }

    fn composed(&mut self, at: &Path<'_>, name: &str, composes: &mut Vec<usize>) {
        if self.index.set(name).is_some() {
            return;
        }
        match (self.index.record(name), self.index.role(name)) {
            (Some(_), Some(_)) => {
                let message =
                    format!("`{}` is a role: a tree composes sets and policies alone", excerpt(name));
                self.add(Code::ComposeRole, at, message);
            }
            (Some(record), None) => composes.extend(record.checked_sub(self.catalog.roles.len())),
            (None, _) => {
                let message = format!("no permission set or policy `{}` is there", excerpt(name));
                self.add(Code::UnknownPermissionSet, at, message);
            }
        }
    }

    /// Refuses circles and long chains of composing.
    fn chains(&mut self, document: Value<'_>, composes: &[Vec<usize>]) {
        let mut lengths = vec![0; composes.len()];
        order::walk(composes, &mut |step| match step {
            Step::Done(record) => {
                let composed = composes.get(record).into_iter().flatten();
                let longest = composed.filter_map(|target| lengths.get(*target)).max();
                let length = 1 + longest.copied().unwrap_or(0);
                self.chain_fits(record, length);
                if let Some(slot) = lengths.get_mut(record) {
                    *slot = length;
                }
            }
            Step::Circle(record, target) => self.circle(document, record, target),
        });
    }

    /// Told once for a chain, at the record with which it becomes too long.
    fn chain_fits(&mut self, record: usize, length: usize) {
        if length == CHAIN + 1 {
            let at = Path::Root.key("roles");
            let message = format!("{length} records compose one another from here: at most {CHAIN} may");
            self.add(Code::ComposeTooLong, &at.index(record).key("details"), message);
        }
    }

    fn circle(&mut self, document: Value<'_>, record: usize, target: usize) {
        let at = Path::Root.key("roles");
        let id = document.list("roles").nth(target).and_then(|role| role.text("id")).unwrap_or_default();
        let message = format!("this composes `{}`, which leads back here: break the circle", excerpt(id));
        self.add(Code::ComposeCycle, &at.index(record).key("details"), message);
    }

    /// The entity type of a set, by its position in the index.
    pub(super) fn index_set_type(&self, set: usize) -> Option<EntityType> {
        match self.catalog.sets.get(set) {
            Some(default) => Some(default.entity_type),
            None => self.set_types.get(set - self.catalog.sets.len()).copied().flatten(),
        }
    }
}
