//! JSON Schemas (draft 2020-12) of what people write, made of the tables by which the engine reads it.
//!
//! A schema is for editors: it proposes names, tells what a field is for, and marks what can be seen without knowing the
//! rest of the document. It never refuses what the engine accepts; the engine refuses more.

mod catalog;
mod node;
mod object;
mod tree;

use serde::{Serialize, Serializer};

use crate::catalog::{Catalog, Listing, NAMES, revision};
use crate::document::DOCUMENT;

use node::Node;
use object::Writer;

/// Where the schemas are published; a schema's own name comes after it.
const PUBLISHED: &str = "https://raw.githubusercontent.com/scopewise/scopewise/main/schema/";

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A JSON Schema, which is written by being serialized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema(Node);

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Schema {
    /// The schema of organization documents: the `revision` of a document says by which part of it, and where nothing
    /// says so, it is the newest one's.
    pub fn document() -> Self {
        let parts: Vec<(&str, Node)> =
            NAMES.iter().filter_map(|name| Some((*name, part(&revision(name)?)))).collect();
        let newest = parts.last().map_or(Node::from(true), |(name, _)| reference(name));
        let chosen = parts.iter().fold(newest, |other, (name, _)| choice(name, other));
        let names = Node::property("revision", Node::one_of_words(NAMES));
        let head = head("document", "Scopewise organization document").and(names);
        Self(head.and(chosen).with("$defs", Node::object(parts)))
    }

    /// The schema of the documents that one catalog decides.
    pub fn document_of(catalog: &Catalog) -> Self {
        let part = [(catalog.name(), part(catalog))];
        let head = Node::empty().with("$schema", DIALECT).with("title", "Scopewise organization document");
        Self(head.and(reference(catalog.name())).with("$defs", Node::object(part)))
    }
}

fn head(name: &str, title: &str) -> Node {
    Node::empty()
        .with("$schema", DIALECT)
        .with("$id", format!("{PUBLISHED}{name}.json"))
        .with("title", title)
        .with("type", "object")
}

/// The documents that a catalog decides, and what they are made of.
fn part(catalog: &Catalog) -> Node {
    let listing = Listing::of(catalog.name());
    let mut writer = Writer::new(catalog, listing.as_ref(), place(catalog.name()));
    let document = writer.root(&DOCUMENT);
    document.with("$defs", Node::object(writer.into_definitions()))
}

fn reference(name: &str) -> Node {
    Node::empty().with("$ref", place(name))
}

fn place(name: &str) -> String {
    format!("#/$defs/{name}")
}

/// This part where the document names it, and otherwise another.
fn choice(name: &str, other: Node) -> Node {
    let named = Node::property("revision", Node::empty().with("const", name));
    let named = named.with("required", vec![Node::from("revision")]);
    Node::empty().with("if", named).with("then", reference(name)).with("else", other)
}
