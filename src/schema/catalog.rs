//! The names of a catalog, as pieces of a schema: what may be written, and what an editor proposes.

use super::node::Node;
use crate::catalog::{Catalog, Level, Listing, ToggleAct};
use crate::document::tree::context_named;
use crate::document::words::{ENTITY, WORD};
use crate::entity::EntityType;

/// A catalog with what it says about its scopes. One without types stands for any catalog of one's own: all that is known
/// of its names is their form.
#[derive(Clone, Copy)]
pub(super) struct Names<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) listing: Option<&'c Listing>,
}

impl Names<'_> {
    pub(super) fn are_open(&self) -> bool {
        self.catalog.type_count() == 0
    }

    pub(super) fn types(&self) -> impl Iterator<Item = (EntityType, &str)> {
        self.catalog.entity_types()
    }

    pub(super) fn entity_type(&self) -> Node {
        if self.are_open() { form(WORD) } else { Node::one_of_words(self.types().map(|(_, name)| name)) }
    }

    pub(super) fn edition(&self) -> Node {
        let editions = self.catalog.editions.iter().map(|edition| &*edition.name);
        Node::one_of_words(editions).with("default", self.catalog.editions.last().map_or("", |it| &*it.name))
    }

    /// The scopes of a type, each with what it allows.
    pub(super) fn scopes(&self, type_name: &str) -> Node {
        let entity_type = self.catalog.entity_type(type_name);
        let scopes = entity_type.into_iter().flat_map(|it| self.catalog.scopes(it));
        Node::any_of(scopes.map(|scope| word(scope, self.about_scope(type_name, scope))))
    }

    fn about_scope(&self, type_name: &str, scope: &str) -> &str {
        let types = self.listing.into_iter().flat_map(|listing| &listing.entity_types);
        let groups = types.filter(|it| it.name == type_name).flat_map(|it| &it.groups);
        let mut scopes = groups.flat_map(|group| &group.scopes);
        scopes.find(|it| it.name == scope).map_or("", |scope| &scope.description)
    }

    /// Any text, but the default sets that fit are proposed.
    pub(super) fn sets(&self, fits: impl Fn(EntityType) -> bool) -> Node {
        let sets = self.catalog.sets.iter().filter(|set| fits(set.entity_type));
        proposed(sets.map(|set| word(&set.id, &set.name)))
    }

    /// Any text, but the built-in roles are proposed.
    pub(super) fn roles(&self) -> Node {
        proposed(self.catalog.roles.iter().map(|role| word(&role.id, "Built-in role")))
    }

    /// `TYPE:PATH` of one of these types.
    pub(super) fn entity(&self, fits: impl Fn(EntityType) -> bool) -> Node {
        if self.are_open() {
            return form(ENTITY);
        }
        let types = self.types().filter(|(entity_type, _)| fits(*entity_type));
        let written = |(entity_type, name): (EntityType, &str)| {
            let parts: Vec<&str> = self.catalog.path_parts(entity_type).map(|_| "[^/]+").collect();
            format!("{}:{}", escaped(name), parts.join("/"))
        };
        form(&format!("^(?:{})$", types.map(written).collect::<Vec<_>>().join("|")))
    }

    /// The levels that a grant on an entity of that type may give; nothing may where the type has none.
    pub(super) fn levels(&self, entity_type: EntityType) -> Node {
        let level = self.catalog.level_of(entity_type);
        level.map_or(Node::from(false), |level| Node::one_of_words(words_of(level, false)))
    }

    /// Whether trees have the node: expressions look at entities of certain types alone.
    pub(super) fn has_node(&self, node: &str) -> bool {
        let context = context_named(node).filter(|context| context.is_entity());
        context.is_none_or(|context| self.catalog.type_of_context(context.word()).is_some())
    }

    /// The settings that the catalog has, by name.
    pub(super) fn settings(&self) -> Vec<(String, Node)> {
        let toggles = self.catalog.toggles.iter().map(|toggle| {
            let scope = self.catalog.scope_name(toggle.entity_type, toggle.scope);
            let about = match toggle.act {
                ToggleAct::Grants => format!("Where it is on, it gives {scope} to those whom it concerns"),
                ToggleAct::Conditions => {
                    format!(
                        "Where it is off, it refuses {scope} to those whom it concerns, whatever grants it"
                    )
                }
            };
            let node = Node::of_type("boolean").with("default", false).with("description", about);
            (toggle.field.to_string(), node)
        });
        let levels = self.catalog.levels.iter().filter(|level| !level.field.is_empty()).map(|level| {
            let name = self.catalog.type_name(level.entity_type);
            let about = format!("What those whom it concerns have on every entity of type {name}");
            let none = level.levels.first().map_or("", |(name, _)| &**name);
            let node = Node::one_of_words(words_of(level, true)).with("default", none);
            (level.field.to_string(), node.with("description", about))
        });
        toggles.chain(levels).collect()
    }
}

/// A word with what it means.
pub(super) fn word(word: &str, about: &str) -> Node {
    let node = Node::empty().with("const", word);
    if about.is_empty() { node } else { node.with("description", about) }
}

/// A text that is not empty.
pub(super) fn text() -> Node {
    Node::of_type("string").with("minLength", 1)
}

/// A text of that form.
pub(super) fn form(pattern: &str) -> Node {
    Node::of_type("string").with("pattern", pattern)
}

fn proposed(words: impl Iterator<Item = Node>) -> Node {
    Node::any_of(words.chain([text()]))
}

/// The names of levels and the numbers that an API has for them, with or without the one that gives nothing.
fn words_of(level: &Level, none: bool) -> Vec<Node> {
    let given = |name: &str| level.levels.iter().any(|(it, set)| **it == *name && (none || set.is_some()));
    let names = level.levels.iter().map(|(name, _)| &**name).filter(|name| given(name)).map(Node::from);
    let numbers = level.numbers.iter().filter(|(_, name)| given(name));
    names.chain(numbers.map(|(number, _)| Node::from(u64::from(*number)))).collect()
}

/// A text as a regular expression that matches it alone.
pub(super) fn escaped(text: &str) -> String {
    const SYNTAX: &str = r"^$\.*+?()[]{}|/";
    let escape = |letter: char| SYNTAX.contains(letter).then_some('\\').into_iter().chain([letter]);
    text.chars().flat_map(escape).collect()
}
