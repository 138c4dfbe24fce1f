//! The table of a role tree's nodes → the schema of such trees.

use super::catalog::{form, text};
use super::node::Node;
use super::object::{Writer, when};
use crate::document::tree::{CONSTRAINTS, ENTRIES, NODES, OPTION, Part};
use crate::document::words::SCOPE;

/// The field that says of which type a node is.
const TYPE: &str = "__type";

impl Writer<'_> {
    /// A reference to the schema of a role tree.
    pub(super) fn tree(&mut self) -> Node {
        let names = self.names;
        let scopes: Vec<Node> = names.types().map(|(_, name)| self.scopes(name)).collect();
        self.fix("scope", if names.are_open() { form(SCOPE) } else { Node::any_of(scopes) });
        for node in NODES.iter().filter(|node| names.has_node(node.name)) {
            let typed = Node::empty().with("const", node.name);
            let fields = self.parts(node.fields, Some((TYPE, typed)));
            self.fix(node.name, fields);
        }
        for part in [Part::Descriptor, Part::Condition, Part::Boolean, Part::Expression, Part::Context] {
            let choice = self.choice(part);
            self.fix(name(part), choice);
        }
        self.refer(name(Part::Descriptor))
    }

    /// One of the nodes that can stand for a part.
    fn choice(&self, part: Part) -> Node {
        let nodes = || {
            let nodes = NODES.iter().filter(|node| node.parts.contains(&part)).map(|node| node.name);
            nodes.filter(|name| self.names.has_node(name))
        };
        let node = |name| when(TYPE, Node::empty().with("const", name), self.refer(name));
        Node::of_type("object")
            .with("properties", Node::object([(TYPE, Node::one_of_words(nodes()))]))
            .with("required", vec![Node::from(TYPE)])
            .with("allOf", nodes().map(node).collect::<Vec<_>>())
    }

    /// An object of a tree by its fields, with one more before them.
    fn parts(&self, fields: &[(&str, Part)], before: Option<(&str, Node)>) -> Node {
        let about = |part: Part| format!("Here stands {}", part.wanted());
        let written =
            fields.iter().map(|(field, part)| (*field, self.part(*part).with("description", about(*part))));
        let needed =
            fields.iter().filter(|(_, part)| !part.is_optional()).map(|(field, _)| Node::from(*field));
        let properties = Node::object(before.into_iter().chain(written));
        Node::of_type("object")
            .with("properties", properties)
            .with_some("required", needed.collect())
            .with("additionalProperties", false)
    }

    fn part(&self, part: Part) -> Node {
        let list = |items: Node| Node::of_type("array").with("items", items);
        let entries = |items: Node| list(items).with("maxItems", ENTRIES as u64);
        match part {
            Part::Descriptor | Part::Condition | Part::Boolean | Part::Expression | Part::Context => {
                self.refer(name(part))
            }
            Part::Descriptors => entries(self.refer(name(Part::Descriptor))),
            Part::Records => entries(text()),
            Part::Options => entries(self.parts(OPTION, None)),
            Part::Texts => list(self.refer("scope")),
            Part::Text => text(),
            Part::Bool => Node::of_type("boolean"),
            Part::Number => Node::of_type("number"),
            Part::Seconds => Node::of_type("integer").with("minimum", 0),
            Part::Constraints => self.parts(CONSTRAINTS, None),
            Part::Unused => Node::empty(),
        }
    }
}

/// The definition of what can stand for a part.
fn name(part: Part) -> &'static str {
    match part {
        Part::Descriptor => "descriptor",
        Part::Condition => "condition",
        Part::Boolean => "boolean",
        Part::Context => "context",
        _ => "expression",
    }
}
