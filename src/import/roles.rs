//! The roles that somebody has: what an answer that names one means.

use super::draft::Draft;
use super::records::{Known, Records, free};
use crate::json::{Value, excerpt};
use crate::problem::Path;

/// How an answer names a role.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NamedRole<'v> {
    pub(super) id: Option<&'v str>,
    pub(super) name: Option<&'v str>,
    identifier: Option<&'v str>,
}

impl<'v> NamedRole<'v> {
    /// What stands in a field, unless all of it is empty.
    pub(super) fn read(value: Value<'v>, field: &str) -> Option<Self> {
        let role = value.get(field)?;
        let text = |field| role.text(field);
        let named = Self { id: text("id"), name: text("name"), identifier: text("defaultIdentifier") };
        named.id.or(named.name).or(named.identifier).map(|_| named)
    }

    pub(super) fn of_id(id: &'v str) -> Self {
        Self { id: Some(id), ..Self::default() }
    }
}

/// A role that no answer has: it gives a default set everywhere, or nothing.
pub(super) struct MadeRole {
    pub(super) id: String,
    pub(super) name: String,
    /// The position of the set.
    pub(super) set: Option<usize>,
}

impl Draft<'_> {
    /// The role of the document that an answer names.
    ///
    /// For one that is not among the answers, and for what is no role, a role that grants nothing is made: without
    /// a role, a member would have the default one. A default set that is given as a role (RO-25) becomes a role
    /// that gives it everywhere.
    pub(super) fn role(&mut self, named: NamedRole<'_>, at: &Path<'_>) -> String {
        let NamedRole { id, name, identifier } = named;
        let key = id.or(identifier).or(name).unwrap_or("unnamed");
        let known = identifier.and_then(|it| self.default(it)).or_else(|| self.records.known(key).cloned());
        let why = match known {
            Some(Known::Role(id)) => return id,
            Some(Known::DefaultSet(set)) => return self.role_of_set(set),
            Some(_) => "is no role",
            None => "is not among the answers",
        };
        if !self.records.instead.has(key) {
            let message = format!("`{}` {why}: a role that grants nothing stands for it", excerpt(key));
            self.left(at, message);
        }
        self.records.made(key, name.unwrap_or(key), None)
    }

    fn role_of_set(&mut self, position: usize) -> String {
        let set = self.catalog.sets.get(position);
        let (id, name) = set.map_or(("", ""), |set| (&set.id, &set.name));
        self.records.made(id, name, Some(position))
    }

    /// The built-in role that has everything.
    pub(super) fn admin(&self) -> Option<&str> {
        self.catalog.roles.iter().find(|role| role.everything).map(|role| &*role.id)
    }

    /// Lists a field that calls somebody an admin whose role says otherwise.
    pub(super) fn compare_admin(
        &mut self,
        holder: Value<'_>,
        field: &str,
        role: Option<&str>,
        at: &Path<'_>,
    ) {
        let admin = holder.get(field).and_then(Value::as_bool) == Some(true);
        if admin && role != self.admin() {
            self.left(&at.key(field), "an admin, it says, and no role says so: the role counts");
        }
    }
}

impl Records<'_> {
    /// The role that was made for something, which has that for an id unless another one has.
    pub(super) fn made(&mut self, key: &str, name: &str, set: Option<usize>) -> String {
        if let Some(Some(id)) = self.instead.get(key) {
            return id.clone();
        }
        let id = free(key, "role", |id| self.ids.get(id).is_some());
        let name = free(name, &id, |name| self.names.get(name).is_some());
        self.ids.intern(&id);
        self.names.intern(&name);
        *self.instead.of(key) = Some(id.clone());
        self.made.push(MadeRole { id: id.clone(), name, set });
        id
    }
}
