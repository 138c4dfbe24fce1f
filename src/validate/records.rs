//! Permission sets, roles, policies and their trees: what they name, what edition and limits allow, and that
//! policies do not go round in a circle.

use super::{Checker, excerpt};
use crate::catalog::Edition;
use crate::document::tree::Node;
use crate::document::{Document, Field, On, PermissionSet, Role, Rule, Text};
use crate::entity::EntityType;
use crate::names::Names;
use crate::problem::{Code, Path};

/// How many records may lie on a chain of composing.
const CHAIN: usize = 32;

/// The purposes of a record that somebody may have.
const ROLE_PURPOSES: [&str; 3] = ["role", "role_private", "role_temporary"];

impl Checker<'_> {
    pub(super) fn sets(&mut self, document: &Document<'_>, edition: Option<&Edition>) {
        let at = Path::Root.key("permissionSets");
        self.only_in_custom_editions(&at, edition, "permission sets", document.permission_sets.len());
        let catalog = self.catalog;
        let mut names = Names::default();
        for (position, set) in catalog.sets.iter().enumerate() {
            self.index.sets.insert(&set.id, position);
            self.index.sets.insert(&set.name, position);
            names.intern(&set.name);
        }
        for (position, set) in document.permission_sets.iter().enumerate() {
            let at = at.index(position);
            if let Some(id) =
                set.id.text().filter(|id| !self.index.sets.insert(id, catalog.sets.len() + position))
            {
                self.duplicate(
                    &at.key("id"),
                    id,
                    "a permission set of that id or a default one of that name",
                );
            }
            if let Some(name) = set.name.text().filter(|name| !names.insert(name).1) {
                self.duplicate(&at.key("name"), name, "a permission set of that name");
            }
            let entity_type = self.set_type(&at, set);
            self.set_types.push(entity_type);
            self.scopes_of_set(&at, set, entity_type);
        }
    }

    fn set_type(&mut self, at: &Path<'_>, set: &PermissionSet<'_>) -> Option<EntityType> {
        let name = set.entity_type.text()?;
        let found = self.catalog.entity_type(name);
        if found.is_none() {
            let known = super::listed(self.catalog.entity_types().map(|(_, name)| name));
            let message = format!("no entity type `{}` is known: use one of {known}", excerpt(name));
            self.add(Code::UnknownEntityType, &at.key("entityType"), message);
        }
        found
    }

    fn scopes_of_set(&mut self, at: &Path<'_>, set: &PermissionSet<'_>, entity_type: Option<EntityType>) {
        let at = at.key("scopes");
        let Field::Is(scopes) = &set.scopes else { return };
        if scopes.is_empty() {
            self.add(Code::Empty, &at, "a permission set must have at least one scope");
        }
        for (index, scope) in scopes.iter().enumerate() {
            if let Some(scope) = scope.text() {
                self.scope(&at.index(index), scope, entity_type);
            }
        }
    }

    /// A scope that must exist, and for that type if one is wanted.
    fn scope(&mut self, at: &Path<'_>, name: &str, entity_type: Option<EntityType>) {
        let Some(number) = self.catalog.scope_number(name) else {
            let message =
                format!("no scope `{}` is in the revision `{}`", excerpt(name), self.catalog.name());
            return self.add(Code::UnknownScope, at, message);
        };
        let Some(wanted) = entity_type else { return };
        if self.catalog.scope_numbered(wanted, number).is_none() {
            let wanted = self.catalog.type_name(wanted);
            let message = format!("the scope `{}` is not one of the type `{wanted}`", excerpt(name));
            self.add(Code::WrongEntityType, at, message);
        }
    }

    /// Ids and purposes, before anything is looked up.
    pub(super) fn records(&mut self, document: &Document<'_>, edition: Option<&Edition>) {
        let at = Path::Root.key("roles");
        self.only_in_custom_editions(&at, edition, "roles", document.roles.len());
        let catalog = self.catalog;
        for (position, role) in catalog.roles.iter().enumerate() {
            self.index.roles.insert(&role.id, position);
            self.index.is_role.push(true);
        }
        let mut names = Names::default();
        for (position, role) in document.roles.iter().enumerate() {
            let at = at.index(position);
            if let Some(id) =
                role.id.text().filter(|id| !self.index.roles.insert(id, catalog.roles.len() + position))
            {
                self.duplicate(&at.key("id"), id, "a role of that id");
            }
            if let Some(name) = role.name.text().filter(|name| !names.insert(name).1) {
                self.duplicate(&at.key("name"), name, "a role of that name");
            }
            let is_role = self.purpose(&at, role);
            self.index.is_role.push(is_role);
        }
        let limit = edition.and_then(|edition| edition.roles);
        let custom = self.index.is_role.iter().skip(catalog.roles.len()).filter(|is_role| **is_role).count();
        if let Some(limit) = limit.filter(|limit| custom > *limit) {
            let message = format!("the document has {custom} custom roles: its edition has at most {limit}");
            self.add(Code::TooMany, &at, message);
        }
    }

    /// Whether the record is a role, by its purpose.
    fn purpose(&mut self, at: &Path<'_>, role: &Role<'_>) -> bool {
        let Some(purpose) = role.purpose.text() else { return true };
        let is_role = ROLE_PURPOSES.contains(&purpose);
        if !is_role && !matches!(purpose, "policy" | "set") {
            let known = super::listed(ROLE_PURPOSES.into_iter().chain(["policy", "set"]));
            let message = format!("no purpose `{}` is known: use one of {known}", excerpt(purpose));
            self.add(Code::UnknownValue, &at.key("uxPurpose"), message);
        }
        is_role
    }

    fn only_in_custom_editions(
        &mut self,
        at: &Path<'_>,
        edition: Option<&Edition>,
        what: &str,
        count: usize,
    ) {
        if let Some(edition) = edition.filter(|edition| !edition.custom && count > 0) {
            let message = format!("the edition `{}` has no custom {what}: remove them", edition.name);
            self.add(Code::NotInEdition, at, message);
        }
    }

    /// What roles name, once everything that they may name is known.
    pub(super) fn rules_and_trees(&mut self, document: &Document<'_>) {
        let at = Path::Root.key("roles");
        let mut composes = vec![Vec::new(); document.roles.len()];
        for (index, (role, composed)) in document.roles.iter().zip(&mut composes).enumerate() {
            let at = at.index(index);
            let flat = !role.rules.is_absent() || !role.organization_access.is_absent();
            if flat && !role.details.is_absent() {
                let message = "a role has `rules` and `organizationAccess`, or `details`: keep one form";
                self.add(Code::ConflictingFields, &at.key("details"), message);
            }
            for (index, rule) in role.rules.get().into_iter().flatten().enumerate() {
                self.rule(&at.key("rules").index(index), rule);
            }
            self.organization_access(&at.key("organizationAccess"), role);
            if let Field::Is(node) = &role.details {
                self.node(&at.key("details"), node, composed);
            }
        }
        self.chains(document, &composes);
    }

    fn rule(&mut self, at: &Path<'_>, rule: &Rule<'_>) {
        let organization = self.catalog.organization_type();
        let set = rule
            .permission_set
            .text()
            .and_then(|name| self.set_of_type(&at.key("permissionSet"), name, None));
        let set_type = set.and_then(|set| self.index_set_type(set));
        if set_type.is_some() && set_type == organization {
            let message = "a rule takes a set of entities: give this one in `organizationAccess`";
            self.add(Code::WrongEntityType, &at.key("permissionSet"), message);
        }
        let at = at.key("on");
        match rule.on.get() {
            Some(On::Entities(entities)) => {
                for (index, name) in entities.iter().enumerate() {
                    if let Some(name) = name.text() {
                        self.entity(&at.index(index), name, set_type.filter(|it| Some(*it) != organization));
                    }
                }
            }
            Some(On::Tags(tests)) if tests.is_empty() => {
                let message = "a rule by tags must test at least one: use `\"all\"` for every entity";
                self.add(Code::Empty, &at.key("tags"), message);
            }
            _ => {}
        }
    }

    fn organization_access(&mut self, at: &Path<'_>, role: &Role<'_>) {
        let organization = self.catalog.organization_type();
        for (index, name) in role.organization_access.get().into_iter().flatten().enumerate() {
            if let Some(name) = name.text() {
                self.set_of_type(&at.index(index), name, organization);
            }
        }
    }

    /// What a tree names. Its depth is bounded, so recursion is.
    fn node(&mut self, at: &Path<'_>, node: &Node<'_>, composes: &mut Vec<usize>) {
        match node {
            Node::Allow { permissions, .. } => {
                let at = at.key("permissions");
                for (index, name) in permissions.iter().enumerate() {
                    if let Some(name) = name.text() {
                        self.scope(&at.index(index), name, None);
                    }
                }
            }
            Node::Group(entries) => {
                let at = at.key("entries");
                for (index, entry) in entries.iter().enumerate() {
                    if let Field::Is(entry) = entry {
                        self.node(&at.index(index), entry, composes);
                    }
                }
            }
            Node::Compose(names) => self.composed(&at.key("permissionDescriptors"), names, composes),
            Node::Condition { node, .. } => self.node(&at.key("subNode"), node, composes),
            Node::IfThenElse { yes, no, .. } => {
                self.node(&at.key("subNodeForTrue"), yes, composes);
                self.node(&at.key("subNodeForFalse"), no, composes);
            }
            Node::Select { options, .. } => {
                let at = at.key("options");
                for (index, option) in options.iter().enumerate() {
                    if let Field::Is((_, node)) = option {
                        self.node(&at.index(index).key("node"), node, composes);
                    }
                }
            }
        }
    }

    fn composed(&mut self, at: &Path<'_>, names: &[Field<Text<'_>>], composes: &mut Vec<usize>) {
        let built_in = self.catalog.roles.len();
        for (index, name) in names.iter().enumerate() {
            let Some(name) = name.text() else { continue };
            if self.index.set(name).is_some() {
                continue;
            }
            match (self.index.record(name), self.index.role(name)) {
                (Some(_), Some(_)) => {
                    let message =
                        format!("`{}` is a role: a tree composes sets and policies alone", excerpt(name));
                    self.add(Code::ComposeRole, &at.index(index), message);
                }
                (Some(record), None) => composes.extend(record.checked_sub(built_in)),
                (None, _) => {
                    let message = format!("no permission set or policy `{}` is there", excerpt(name));
                    self.add(Code::UnknownPermissionSet, &at.index(index), message);
                }
            }
        }
    }

    /// Refuses circles and long chains of composing, without recursion: a document may hold a chain as long as
    /// itself.
    fn chains(&mut self, document: &Document<'_>, composes: &[Vec<usize>]) {
        /// Not seen, on the way from the root, or done with the length of the longest chain from here.
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done(usize),
        }
        let mut marks = vec![Mark::New; composes.len()];
        for root in 0..composes.len() {
            let mut way = vec![(root, 0)];
            while let Some((record, next)) = way.last_mut() {
                let record = *record;
                if *next == 0 && marks.get(record) != Some(&Mark::New) {
                    way.pop();
                    continue;
                }
                let composed = composes.get(record).map_or(&[][..], |it| it);
                let Some(target) = composed.get(*next).copied() else {
                    let lengths = composed.iter().map(|target| match marks.get(*target) {
                        Some(Mark::Done(length)) => *length,
                        _ => 0,
                    });
                    let length = 1 + lengths.max().unwrap_or(0);
                    self.chain_fits(record, length);
                    marks.iter_mut().skip(record).take(1).for_each(|mark| *mark = Mark::Done(length));
                    way.pop();
                    continue;
                };
                *next += 1;
                marks.iter_mut().skip(record).take(1).for_each(|mark| *mark = Mark::Open);
                match marks.get(target) {
                    Some(Mark::Open) => self.circle(document, record, target),
                    Some(Mark::New) => way.push((target, 0)),
                    _ => {}
                }
            }
        }
    }

    /// Told once for a chain, at the record with which it becomes too long.
    fn chain_fits(&mut self, record: usize, length: usize) {
        if length == CHAIN + 1 {
            let at = Path::Root.key("roles");
            let message = format!("{length} records compose one another from here: at most {CHAIN} may");
            self.add(Code::ComposeTooLong, &at.index(record).key("details"), message);
        }
    }

    fn circle(&mut self, document: &Document<'_>, record: usize, target: usize) {
        let at = Path::Root.key("roles");
        let id = document.roles.get(target).and_then(|role| role.id.text()).unwrap_or_default();
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
