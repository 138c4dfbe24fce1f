//! What people and their editors are told of a field, beside its form: a sentence, and what its texts stand for.
//! `schema.rs` makes JSON Schemas of it; what a text must really be is `validate.rs`'s matter.

use super::Field;

/// What people are told of a field.
#[derive(Clone, Copy)]
#[cfg_attr(target_arch = "wasm32", expect(dead_code, reason = "no page tells it"))]
pub(crate) struct Notes {
    /// A sentence, without its full stop.
    pub(crate) about: &'static str,
    /// What the text in it stands for, or each text in its lists.
    pub(crate) means: Means,
    /// Only some catalogs know the field: those that have this place among their fields.
    pub(crate) place: Option<&'static str>,
    /// How many there may be in its list or its map.
    pub(crate) most: Option<usize>,
}

/// What a text stands for.
#[derive(Clone, Copy)]
#[cfg_attr(target_arch = "wasm32", expect(dead_code, reason = "no page tells it"))]
pub(crate) enum Means {
    /// Itself.
    Text,
    /// The revision of the document.
    Revision,
    /// The catalog of the document, by its name.
    Catalog,
    Edition,
    /// Settings: those that are mechanisms of the engine, beside those that the catalog has.
    Settings(&'static [Field]),
    EntityType,
    /// A scope of the type that the same object names.
    Scope,
    Role,
    /// A permission set for entities.
    Set,
    /// A permission set for the organization.
    OrganizationSet,
    Entity,
    /// An entity of the type that the catalog has for this field.
    Reference,
    /// How runs act, where the catalog has them act.
    Deployment,
    /// A level of the type of the entity in the same object, by name or number.
    Level,
    /// `KIND:NAME` of one of these kinds.
    Principal(&'static [&'static str]),
    OneOf(&'static [&'static str]),
    /// A text of this form, as a regular expression.
    Form(&'static str),
    /// A whole number from the first to the second.
    Number(u64, u64),
    /// A date with a time.
    Instant,
}

impl Notes {
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) const NONE: Self = Self { about: "", means: Means::Text, place: None, most: None };
}

impl Field {
    pub(super) const fn says(self, about: &'static str) -> Self {
        self.means(Means::Text, about)
    }

    pub(super) const fn means(self, means: Means, about: &'static str) -> Self {
        self.noted(Notes { about, means, place: None, most: None })
    }

    /// A field that only some catalogs know.
    pub(super) const fn known_by(self, place: &'static str, means: Means, about: &'static str) -> Self {
        self.noted(Notes { about, means, place: Some(place), most: None })
    }

    /// A list or a map that is refused where there are more in it.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) const fn at_most(self, most: usize) -> Self {
        let notes = Notes { most: Some(most), ..self.notes };
        self.noted(notes)
    }

    #[cfg(target_arch = "wasm32")]
    pub(super) const fn at_most(self, _: usize) -> Self {
        self
    }

    #[cfg(not(target_arch = "wasm32"))]
    const fn noted(self, notes: Notes) -> Self {
        Self { notes, ..self }
    }

    #[cfg(target_arch = "wasm32")]
    const fn noted(self, _: Notes) -> Self {
        self
    }
}
