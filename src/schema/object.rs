//! A table of fields → the schema of such objects.

use super::catalog::{Names, escaped, form, text};
use super::node::Node;
use super::required;
use crate::catalog::{Catalog, Listing};
use crate::document::notes::Means;
use crate::document::{Field, Object, Shape, TAGGED};
use crate::entity::EntityType;

/// Writes the schema of the documents that one catalog decides, with its definitions aside.
pub(super) struct Writer<'c> {
    pub(super) names: Names<'c>,
    /// Where in the whole schema this one stands.
    place: String,
    definitions: Vec<(String, Node)>,
}

impl<'c> Writer<'c> {
    pub(super) fn new(catalog: &'c Catalog, listing: Option<&'c Listing>, place: String) -> Self {
        Self { names: Names { catalog, listing }, place, definitions: Vec::new() }
    }

    pub(super) fn into_definitions(self) -> Vec<(String, Node)> {
        self.definitions
    }

    /// The schema of a whole document, which is an object.
    pub(super) fn root(&mut self, shape: &Shape) -> Node {
        if let Shape::Object(object) = shape { self.object(object) } else { Node::empty() }
    }

    /// A reference to a definition, which is made if there is none like it; one that is taken gets a longer name.
    pub(super) fn define(&mut self, name: &str, node: Node) -> Node {
        let like = self.definitions.iter().find(|(_, known)| *known == node).map(|(name, _)| name.clone());
        let name = like.unwrap_or_else(|| {
            let taken = |name: &String| self.definitions.iter().any(|(known, _)| known == name);
            let longer = (2..).map(|number| format!("{name}-{number}"));
            let name = [name.to_owned()].into_iter().chain(longer).find(|name| !taken(name));
            let name = name.unwrap_or_default();
            self.definitions.push((name.clone(), node));
            name
        });
        self.refer(&name)
    }

    /// Makes a definition of that name, which others refer to by it.
    pub(super) fn fix(&mut self, name: &str, node: Node) {
        if !self.definitions.iter().any(|(known, _)| *known == name) {
            self.definitions.push((name.to_owned(), node));
        }
    }

    pub(super) fn refer(&self, name: &str) -> Node {
        Node::empty().with("$ref", format!("{}/$defs/{name}", self.place))
    }

    pub(super) fn object(&mut self, object: &Object) -> Node {
        let fields: Vec<&Field> = object.fields.iter().filter(|field| self.knows(field)).collect();
        let required = fields.iter().filter(|field| field.needed && field.beside_no.is_none());
        let required = required.map(|field| field.name.into()).collect();
        let excluding = fields.iter().filter_map(|field| excluding(field, &fields));
        let rest = excluding.chain(self.dependent(&fields)).collect();
        let one_of = object.one_of.iter();
        let one_of = one_of.map(|name| Node::empty().with("required", vec![Node::from(*name)])).collect();
        let properties = fields.iter().map(|field| (field.name, self.field(field))).collect::<Vec<_>>();
        Node::of_type("object")
            .with("properties", Node::object(properties))
            .with_some("required", required)
            .with("additionalProperties", false)
            .with_some("oneOf", one_of)
            .with_some("allOf", rest)
    }

    /// Whether documents of this catalog have the field.
    fn knows(&self, field: &Field) -> bool {
        let catalog = self.names.catalog;
        field.notes.place.is_none_or(|place| catalog.has_field(place))
            && match field.notes.means {
                Means::Revision => !self.names.are_open(),
                Means::Edition => !catalog.editions.is_empty(),
                Means::Reference => catalog.reference(field.name).is_some(),
                Means::Deployment => !catalog.identity.is_empty(),
                _ => true,
            }
    }

    fn field(&mut self, field: &Field) -> Node {
        self.shape(&field.shape, field).with("description", field.notes.about)
    }

    fn shape(&mut self, shape: &Shape, field: &Field) -> Node {
        match shape {
            Shape::NameOr(object) if self.names.are_open() => {
                let node = self.object(object);
                Node::any_of([text(), self.define(field.name, node)])
            }
            Shape::Text | Shape::Any | Shape::NameOr(_) => self.text(field),
            Shape::OneOf(words) => Node::one_of_words(words.iter().copied()),
            Shape::Nullable => Node::any_of([self.text(field), Node::of_type("null")]),
            Shape::Prose => Node::of_type("string"),
            Shape::Bool => Node::of_type("boolean"),
            Shape::List(of) => self.list(of, field),
            Shape::Map(of) => self.map(of, field),
            Shape::Object(object) => {
                let node = self.object(object);
                self.define(field.name, node)
            }
            Shape::On => self.on(field),
            Shape::Tree => self.tree(),
        }
    }

    fn list(&mut self, of: &Shape, field: &Field) -> Node {
        let node = Node::of_type("array").with("items", self.shape(of, field));
        // A set without a scope gives nothing, and is refused.
        let node = if matches!(field.notes.means, Means::Scope) { node.with("minItems", 1) } else { node };
        at_most("maxItems", field, node)
    }

    fn map(&mut self, of: &Shape, field: &Field) -> Node {
        if let Means::Settings(fields) = field.notes.means {
            return self.settings(fields);
        }
        let names = Node::empty().with("minLength", 1);
        let node = Node::of_type("object")
            .with("propertyNames", names)
            .with("additionalProperties", self.shape(of, field));
        at_most("maxProperties", field, node)
    }

    fn settings(&mut self, fields: &[Field]) -> Node {
        let mut properties = self.names.settings();
        let known = fields.iter().filter(|field| self.knows(field)).collect::<Vec<_>>();
        properties.extend(known.into_iter().map(|field| (field.name.to_owned(), self.field(field))));
        Node::of_type("object")
            .with("properties", Node::object(properties))
            .with("additionalProperties", self.names.are_open())
    }

    fn on(&mut self, field: &Field) -> Node {
        let entities = Node::of_type("array").with("items", self.text(field));
        let tagged = self.object(&TAGGED);
        let all = Node::empty().with("const", "all");
        Node::any_of([all, entities, self.define("tagged", tagged)])
    }

    /// What a text of the field may be; of a level, a number too.
    fn text(&mut self, field: &Field) -> Node {
        let names = self.names;
        let organization = names.catalog.organization_type();
        match field.notes.means {
            Means::Text | Means::Scope | Means::Settings(_) | Means::Deployment => text(),
            Means::Revision | Means::Catalog => Node::empty().with("const", names.catalog.name()),
            Means::Edition => names.edition(),
            Means::EntityType => names.entity_type(),
            Means::Role => self.define("role", names.roles()),
            Means::Set => self.define("permissionSet", names.sets(|it| Some(it) != organization)),
            Means::OrganizationSet => {
                self.define("organizationSet", names.sets(|it| Some(it) == organization))
            }
            Means::Entity => self.define("entity", names.entity(|_| true)),
            Means::Reference => names.entity(|it| names.catalog.reference(field.name) == Some(it)),
            Means::Level => Node::empty().with("type", vec![Node::from("string"), Node::from("number")]),
            Means::Principal(kinds) => form(&format!(r"^(?:{}):[\s\S]", kinds.join("|"))),
            Means::Form(pattern) => form(pattern),
            Means::OneOf(words) => Node::one_of_words(words.iter().copied()),
            Means::Number(least, most) => {
                Node::of_type("integer").with("minimum", least).with("maximum", most)
            }
            Means::Instant => Node::of_type("string").with("format", "date-time"),
        }
    }

    /// A scope of that type.
    pub(super) fn scopes(&mut self, type_name: &str) -> Node {
        let scopes = self.names.scopes(type_name);
        self.define(&format!("{type_name}-scopes"), scopes)
    }

    /// What a field must be by the type that another one names.
    fn dependent(&mut self, fields: &[&Field]) -> Vec<Node> {
        let named = |means: fn(&Means) -> bool| {
            fields.iter().find(|field| means(&field.notes.means)).map(|field| field.name)
        };
        let scopes = named(|it| matches!(it, Means::EntityType)).zip(named(|it| matches!(it, Means::Scope)));
        let levels = named(|it| matches!(it, Means::Entity)).zip(named(|it| matches!(it, Means::Level)));
        let sets = named(|it| matches!(it, Means::Set));
        let names = self.names;
        let mut nodes = Vec::new();
        for (entity_type, name) in names.types() {
            if let Some((of, scopes)) = scopes {
                let listed = Node::property(scopes, Node::empty().with("items", self.scopes(name)));
                nodes.push(when(of, Node::empty().with("const", name), listed));
            }
            if let Some((of, level)) = levels {
                let of_type = form(&format!("^{}:", escaped(name)));
                nodes.push(when(of, of_type, self.of_grant(entity_type, level, sets)));
            }
        }
        nodes
    }

    /// What a grant on an entity of that type may give.
    fn of_grant(&self, entity_type: EntityType, level: &str, set: Option<&str>) -> Node {
        let level = (level, self.names.levels(entity_type));
        let set = set.map(|set| (set, self.names.sets(|it| it == entity_type)));
        Node::empty().with("properties", Node::object([level].into_iter().chain(set)))
    }
}

/// A list or a map of a field that may not have more than so many.
fn at_most(key: &str, field: &Field, node: Node) -> Node {
    match field.notes.most {
        Some(most) => node.with(key, most as u64),
        None => node,
    }
}

/// What a field must be where the one is there that excludes it.
fn excluding(field: &Field, fields: &[&Field]) -> Option<Node> {
    let other = field.beside_no.filter(|other| fields.iter().any(|field| field.name == *other))?;
    let absent = Node::property(field.name, Node::from(false));
    let node = Node::empty().with("if", required(other)).with("then", absent);
    Some(if field.needed { node.with("else", required(field.name)) } else { node })
}

/// What holds where a property is like this.
pub(super) fn when(property: &str, like: Node, then: Node) -> Node {
    let given = Node::property(property, like).and(required(property));
    Node::empty().with("if", given).with("then", then)
}
