//! Entities: their types as numbers, and reading `TYPE:PATH`.

use crate::catalog::Catalog;

/// A kind of thing that scopes act on: its position among the entity types of the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityType(u8);

impl EntityType {
    /// How many entity types a catalog may have.
    pub const LIMIT: usize = 32;

    /// The first type of a catalog.
    pub(crate) const FIRST: Self = Self(0);

    /// The type at a position, or nothing when the position is past [`EntityType::LIMIT`].
    pub(crate) fn at(position: usize) -> Option<Self> {
        u8::try_from(position).ok().filter(|_| position < Self::LIMIT).map(Self)
    }

    /// The position among the entity types of the catalog, from 0.
    pub fn position(self) -> usize {
        usize::from(self.0)
    }
}

/// `TYPE:PATH`, read: a type that the catalog has and a path with the parts that this type asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntityName<'a> {
    pub(crate) entity_type: EntityType,
    /// The organization that the entity belongs to, by the part of the path that names it.
    pub(crate) organization: &'a str,
}

/// Why a text names no entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// No colon, or a word before it that is no entity type of the catalog.
    EntityType,
    /// The path has not the parts that its type asks for, or an empty one.
    Path(EntityType),
}

impl<'a> EntityName<'a> {
    /// Reads `TYPE:PATH`.
    pub(crate) fn parse(catalog: &Catalog, text: &'a str) -> Result<Self, Malformed> {
        let (word, path) = text.split_once(':').ok_or(Malformed::EntityType)?;
        let entity_type = catalog.entity_type(word).ok_or(Malformed::EntityType)?;
        let organization = catalog.organization_of(entity_type, path).ok_or(Malformed::Path(entity_type))?;
        Ok(Self { entity_type, organization })
    }
}

/// The entity of a type that a literal of a role tree names where its identity is no id: by `TYPE:PATH`, or by the
/// path alone.
pub(crate) fn name_of_identity(type_name: &str, identity: &str) -> String {
    let typed = identity.strip_prefix(type_name).is_some_and(|rest| rest.starts_with(':'));
    if typed { identity.to_owned() } else { format!("{type_name}:{identity}") }
}
