//! JSON Schemas (draft 2020-12) of what people write, made of the tables by which the engine reads it.
//!
//! A schema is for editors: it proposes names, tells what a field is for, and marks what can be seen without knowing the
//! rest of the document. It never refuses what the engine accepts; the engine refuses more.

mod catalog;
mod node;
mod object;
mod tree;

use serde::{Serialize, Serializer};

use crate::catalog::{Catalog, Listing, NAMES, revision, unknown};
use crate::document::{CATALOG, DOCUMENT};

use node::Node;
use object::Writer;

/// Where the schemas are published; a schema's own name comes after it.
const PUBLISHED: &str = "https://raw.githubusercontent.com/scopewise/scopewise/main/schema/";

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The part for documents of a catalog of one's own.
const OWN: &str = "own";

/// A JSON Schema, which is written by being serialized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema(Node);

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Schema {
    /// The schema of organization documents: the `revision` of a document says by which part of it, or its `catalog`, and
    /// where nothing says so, it is the newest revision's. Of the names in a catalog of one's own it knows the form alone.
    pub fn document() -> Self {
        let known =
            |name: &&'static str| Some((*name, part(name, &revision(name)?, Listing::of(name).as_ref())));
        let mut parts: Vec<(&str, Node)> = NAMES.iter().filter_map(known).collect();
        let newest = parts.last().map_or(Node::from(true), |(name, _)| reference(name));
        let own =
            Node::empty().with("if", required("catalog")).with("then", reference(OWN)).with("else", newest);
        let chosen = parts.iter().fold(own, |other, (name, _)| choice(name, other));
        parts.push((OWN, part(OWN, &unknown(), None)));
        let names = Node::property("revision", Node::one_of_words(NAMES));
        let head = head("document", "Scopewise organization document").with("type", "object").and(names);
        Self(head.and(chosen).with("$defs", Node::object(parts)))
    }

    /// The schema of the documents that one catalog decides, with what the listing of it tells of its scopes.
    pub fn document_of(catalog: &Catalog, listing: &Listing) -> Self {
        let head = Node::empty().with("$schema", DIALECT).with("title", "Scopewise organization document");
        let parts = Node::object([(OWN, part(OWN, catalog, Some(listing)))]);
        Self(head.and(reference(OWN)).with("$defs", parts))
    }

    /// The schema of catalogs that stand in a file of their own.
    pub fn catalog() -> Self {
        let any = unknown();
        let mut writer = Writer::new(&any, None, String::from("#"));
        let catalog = head("catalog", "Scopewise catalog").and(writer.object(&CATALOG));
        Self(catalog.with("$defs", Node::object(writer.into_definitions())))
    }
}

fn head(name: &str, title: &str) -> Node {
    let id = format!("{PUBLISHED}{name}.json");
    Node::empty().with("$schema", DIALECT).with("$id", id).with("title", title)
}

/// The documents that a catalog decides, and what they are made of.
fn part(name: &str, catalog: &Catalog, listing: Option<&Listing>) -> Node {
    let mut writer = Writer::new(catalog, listing, place(name));
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
    let named = |field| Node::property(field, Node::empty().with("const", name)).and(required(field));
    let named = Node::any_of(["revision", "catalog"].map(named));
    Node::empty().with("if", named).with("then", reference(name)).with("else", other)
}

/// Objects that have a property of that name.
fn required(property: &str) -> Node {
    Node::empty().with("required", vec![Node::from(property)])
}
