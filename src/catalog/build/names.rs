//! Names in rows: what they stand for, and what is told of those that stand for nothing, stand twice or are none.

use super::Builder;
use crate::entity::EntityType;
use crate::json::{excerpt, listed};
use crate::problem::{Code, Path};
use crate::scope::{Scope, ScopeSet};

impl Builder<'_> {
    pub(super) fn scope_set(&mut self, at: &Path<'_>, entity_type: EntityType, names: &[&str]) -> ScopeSet {
        let names = names.iter().enumerate();
        names.filter_map(|(index, name)| self.scope(&at.index(index), entity_type, name)).collect()
    }

    /// The `entityType` of a row and its `scope`.
    pub(super) fn scope_of_type(
        &mut self,
        at: &Path<'_>,
        type_name: &str,
        name: &str,
    ) -> Option<(EntityType, Scope)> {
        let entity_type = self.entity_type(at, type_name)?;
        Some((entity_type, self.scope(&at.key("scope"), entity_type, name)?))
    }

    /// The `entityType` of a row.
    pub(super) fn entity_type(&mut self, at: &Path<'_>, name: &str) -> Option<EntityType> {
        let found = self.catalog.entity_type(name);
        let at = at.key("entityType");
        if found.is_none() && self.name(&at, name) {
            self.problems.add(Code::UnknownEntityType, &at, self.catalog.unknown_type(name));
        }
        found
    }

    pub(super) fn scope(&mut self, at: &Path<'_>, entity_type: EntityType, name: &str) -> Option<Scope> {
        if let Some((code, message)) = self.catalog.scope_fault(name, Some(entity_type))
            && self.name(at, name)
        {
            self.add(code, at, message);
        }
        self.catalog.scope(entity_type, name)
    }

    /// The set of an id, which must be of that type if one is wanted.
    pub(super) fn set(&mut self, at: &Path<'_>, id: &str, wanted: Option<EntityType>) -> Option<usize> {
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

    pub(super) fn role(&mut self, at: &Path<'_>, id: &str) -> Option<usize> {
        let found = self.roles.get(id);
        if found.is_none() {
            let known = listed(self.catalog.roles.iter().map(|role| &*role.id));
            self.unknown(Code::UnknownRole, at, "role", id, &known);
        }
        found
    }

    pub(super) fn unknown(&mut self, code: Code, at: &Path<'_>, what: &str, name: &str, known: &str) {
        if self.name(at, name) {
            let message = format!("no {what} `{}` is in the catalog: use one of {known}", excerpt(name));
            self.add(code, at, message);
        }
    }

    pub(super) fn id_and_name(&mut self, at: &Path<'_>, (id, name): (&str, &str), what: &str) {
        self.unique(&at.key("id"), id, what);
        if name != id {
            self.unique(&at.key("name"), name, what);
        }
    }

    pub(super) fn setting(&mut self, at: &Path<'_>, name: &str) {
        self.unique(at, name, "a setting of that name");
    }

    pub(super) fn unique(&mut self, at: &Path<'_>, name: &str, what: &str) {
        self.name(at, name);
        if !self.taken.insert(name).1 {
            self.duplicate(at, name, what);
        }
    }

    pub(super) fn word(&mut self, at: &Path<'_>, name: &str) {
        if !is_word(name) {
            self.malformed(at, name, "word: use at most 80 letters, digits, `_`, `-` and `.`");
        }
    }

    pub(super) fn malformed(&mut self, at: &Path<'_>, name: &str, wanted: &str) {
        if self.name(at, name) {
            self.add(Code::MalformedName, at, format!("`{}` is no {wanted}", excerpt(name)));
        }
    }

    /// Whether there is a name at all.
    pub(super) fn name(&mut self, at: &Path<'_>, name: &str) -> bool {
        if name.is_empty() && self.tells_empty {
            self.add(Code::Empty, at, "the text must not be empty");
        }
        !name.is_empty()
    }

    pub(super) fn at_most(&mut self, limit: usize, at: &Path<'_>, count: usize, what: &str) {
        if count > limit {
            self.add(Code::TooMany, at, format!("there are {count} {what}: at most {limit} fit"));
        }
    }

    pub(super) fn duplicate(&mut self, at: &Path<'_>, name: &str, what: &str) {
        if !name.is_empty() {
            let message = format!("`{}` stands twice: {what} is there already", excerpt(name));
            self.add(Code::Duplicate, at, message);
        }
    }

    pub(super) fn add(&mut self, code: Code, at: &Path<'_>, message: impl Into<String>) {
        self.problems.add(code, at, message);
    }
}

/// How long a word may be, in letters.
const WORD: usize = 80;

/// A word of a catalog: one that can stand in `TYPE:PATH`, in patterns and lists of these, and in a sentence.
pub(in crate::catalog) fn is_word(text: impl AsRef<[u8]>) -> bool {
    let (bytes, fits) = (text.as_ref(), |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte));
    (1..=WORD).contains(&bytes.len()) && bytes.iter().all(fits)
}
