//! Role trees: copied as they are, but for what a document does not take.
//!
//! Where a node that grants is wrong, or an expression of it, an empty group stands in its place: what is left out
//! grants nothing, and nothing is granted because of it, for trees only add (EX-15). Names become the document's.

use super::draft::Draft;
use super::records::{Known, Record};
use crate::document::ROLE_LIMIT;
use crate::document::tree::{Context, DEPTH, Part, check, check_alone, parts_of};
use crate::json::{Kind, Value, Writer, excerpt};
use crate::names::sorted;
use crate::problem::{Path, Problems};
use crate::validate::CHAIN;

/// A node that grants nothing.
pub(super) const EMPTY: &str = r#"{"__type":"PermissionDescriptorGroup","entries":[]}"#;

/// Whether a tree tests a tag anywhere.
pub(super) fn tests_tags(record: Value<'_>) -> bool {
    let tests = ["PermissionExpressionHasTag", "PermissionExpressionTag"];
    nodes(record).any(|node| node.text("__type").is_some_and(|name| tests.contains(&name)))
}

/// Everything in the tree of a record that may be a node.
fn nodes(record: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    record.get("details").into_iter().flat_map(objects)
}

fn objects(value: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    value.all().filter(|value| value.kind() == Kind::Object)
}

impl<'j> Draft<'j> {
    /// The records as the document has them, in compact JSON, each with its name.
    pub(super) fn written_records(&mut self) -> Vec<(String, String)> {
        let broken = self.broken_references();
        let records = std::mem::take(&mut self.records.list);
        let mut written = Vec::new();
        for (position, record) in records.iter().enumerate() {
            let text = record.place.with(|at| {
                let mut copier = Copier { draft: self, broken: &broken, position };
                let tree = copier.tree(record.value, &at.key("details"));
                self.within_limit(record, &tree, &at.key("details"))
            });
            written.push((record.name.clone(), text));
        }
        written
    }

    fn within_limit(&mut self, record: &Record<'j>, tree: &str, at: &Path<'_>) -> String {
        let text = written(record, tree);
        if text.len() <= ROLE_LIMIT {
            return text;
        }
        let message =
            format!("a role has at most {ROLE_LIMIT} bytes as compact json: this one grants nothing");
        self.left(at, message);
        written(record, EMPTY)
    }

    /// The references from record to record that close a circle, or make a chain longer than a document may have.
    /// The API has none, but a document that has one is refused as a whole.
    fn broken_references(&self) -> Vec<(usize, usize)> {
        let position = |(_, id)| match self.records.known(id) {
            Some(Known::Policy(_, position)) => Some(*position),
            _ => None,
        };
        let composed = |record: &Record<'j>| {
            nodes(record.value)
                .flat_map(|node| node.texts("permissionDescriptors"))
                .filter_map(position)
                .collect()
        };
        broken(&self.records.list.iter().map(composed).collect::<Vec<Vec<usize>>>())
    }
}

fn written(record: &Record<'_>, tree: &str) -> String {
    let mut writer = Writer::compact();
    writer.object(|writer| {
        writer.key("id").text(&record.id);
        writer.key("name").text(&record.name);
        if let Some(description) = record.value.text("description") {
            writer.key("description").text(description);
        }
        writer.key("uxPurpose").text(record.purpose);
        writer.key("details").word(tree);
    });
    writer.finish()
}

/// Copies the tree of one record.
struct Copier<'i, 'j> {
    draft: &'i mut Draft<'j>,
    broken: &'i [(usize, usize)],
    /// Of the record.
    position: usize,
}

impl<'j> Copier<'_, 'j> {
    fn tree(&mut self, record: Value<'j>, at: &Path<'_>) -> String {
        let Some(details) = record.get("details").filter(|details| details.kind() != Kind::Null) else {
            self.draft.left(at, "no answer has the tree of this record: it grants nothing");
            return EMPTY.into();
        };
        self.identities(record, at);
        let mut writer = Writer::compact();
        self.node(&mut writer, details, at, 1);
        writer.finish()
    }

    /// What literals name and no answer has. It stays in the tree.
    fn identities(&mut self, record: Value<'j>, at: &Path<'_>) {
        for identity in nodes(record).filter_map(|node| self.draft.unknown_identity(node)).collect::<Vec<_>>()
        {
            let message =
                format!("`{}` names nothing in the document: nothing is equal to it", excerpt(identity));
            self.draft.left(at, message);
        }
    }

    /// Depth is bounded: at the last level, whatever is below is a fault.
    fn node(&mut self, writer: &mut Writer, node: Value<'j>, at: &Path<'_>, depth: usize) {
        let mut problems = Problems::default();
        if depth < DEPTH {
            check_alone(node, depth, at, &mut problems);
        } else {
            check(node, Part::Descriptor, depth, at, &mut problems);
        }
        if !problems.is_empty() {
            for problem in problems.into_invalid().problems().iter().take(1) {
                let message = format!("{}; this part of the tree grants nothing", problem.message);
                self.draft.lefts.add_at(problem.path.clone(), message);
            }
            return writer.word(EMPTY);
        }
        if self.rests_on_unknown(node) {
            let message =
                "what is not equal to something unknown is not known; this part of the tree grants nothing";
            self.draft.left(at, message);
            return writer.word(EMPTY);
        }
        let parts = parts_of(node);
        writer.object(|writer| {
            for (key, value) in node.members().filter(|(_, value)| value.kind() != Kind::Null) {
                let part = parts.iter().find(|(name, _)| *name == key).map(|(_, part)| *part);
                self.part(writer.key(key), value, part, &at.key(key), depth);
            }
        });
    }

    /// Whether a node may grant because something is not equal to a thing that no answer has.
    fn rests_on_unknown(&self, node: Value<'j>) -> bool {
        let tests = |part: &str| node.get(part).into_iter().flat_map(objects);
        let unknown = |test: Value<'j>| self.draft.unknown_identity(test).is_some();
        let turned = node.get("subNodeForFalse").is_some() || tests("condition").any(turns);
        tests("selector").any(unknown) || turned && tests("condition").any(unknown)
    }

    fn part(
        &mut self,
        writer: &mut Writer,
        value: Value<'j>,
        part: Option<Part>,
        at: &Path<'_>,
        depth: usize,
    ) {
        match part {
            Some(Part::Descriptor) => self.node(writer, value, at, depth + 1),
            Some(Part::Descriptors) => {
                self.each(writer, value, at, |copier, writer, node, at| {
                    copier.node(writer, node, at, depth + 1);
                });
            }
            Some(Part::Options) => {
                self.each(writer, value, at, |copier, writer, option, at| {
                    copier.option(writer, option, at, depth);
                });
            }
            Some(Part::Texts) => self.each(writer, value, at, |copier, writer, scope, at| {
                if let Some(scope) = copier.draft.scope(scope, at) {
                    writer.text(scope);
                }
            }),
            Some(Part::Records) => self.each(writer, value, at, |copier, writer, record, at| {
                if let Some(id) = copier.composed(record, at) {
                    writer.text(&id);
                }
            }),
            _ => writer.value(value),
        }
    }

    fn each(
        &mut self,
        writer: &mut Writer,
        list: Value<'j>,
        at: &Path<'_>,
        mut copy: impl FnMut(&mut Self, &mut Writer, Value<'j>, &Path<'_>),
    ) {
        writer.list(|writer| {
            for (index, item) in list.items().enumerate() {
                copy(self, writer, item, &at.index(index));
            }
        });
    }

    fn option(&mut self, writer: &mut Writer, option: Value<'j>, at: &Path<'_>, depth: usize) {
        writer.object(|writer| {
            for (key, value) in option.members() {
                match writer.key(key) {
                    writer if key == "node" => self.node(writer, value, &at.key(key), depth + 1),
                    writer => writer.value(value),
                }
            }
        });
    }

    /// What the document calls a set or a policy that is composed; another record is listed.
    fn composed(&mut self, record: Value<'j>, at: &Path<'_>) -> Option<String> {
        let id = record.as_text().unwrap_or_default();
        let catalog = self.draft.catalog;
        let why = match self.draft.records.known(id) {
            Some(Known::Set(id)) => return Some(id.clone()),
            Some(Known::DefaultSet(set)) => return catalog.sets.get(*set).map(|set| set.id.to_string()),
            Some(Known::Policy(id, target))
                if self.broken.binary_search(&(self.position, *target)).is_err() =>
            {
                return Some(id.clone());
            }
            Some(Known::Policy(..)) => "closes a circle or a chain that is too long",
            Some(Known::Role(_)) => "is a role, and a tree composes sets and policies alone",
            None => "is not among the answers",
        };
        self.draft.left(at, format!("`{}` {why}: what it grants is left out", excerpt(id)));
        None
    }
}

impl<'j> Draft<'j> {
    /// What a literal names, if nothing in the document has that name.
    fn unknown_identity(&self, node: Value<'j>) -> Option<&'j str> {
        let kind = node.text("__type")?.strip_prefix("PermissionLiteralExpression")?;
        let (context, identity) = (Context::named(kind)?, node.text("identity")?);
        (!self.is_identity(context, identity)).then_some(identity)
    }

    fn is_identity(&self, context: Context, identity: &str) -> bool {
        match self.catalog.type_of_context(context.word()) {
            None => self.teams.has(identity),
            Some(entity_type) => {
                let entity_type = self.catalog.type_name(entity_type);
                let by_id = self.entity_ids.get(identity).and_then(Option::as_deref).unwrap_or(identity);
                self.is_listed(by_id) || self.is_listed(&format!("{entity_type}:{identity}"))
            }
        }
    }
}

/// Whether a test may hold because one in it does not.
fn turns(test: Value<'_>) -> bool {
    let is = |test: Value<'_>, names: &[&str]| {
        let name = test.text("__type").and_then(|name| name.strip_prefix("PermissionExpression"));
        name.is_some_and(|name| names.contains(&name))
    };
    let compared = || ["left", "right"].into_iter().filter_map(|side| test.get(side));
    let compares = || compared().any(|side| is(side, &["And", "Equal", "HasTag", "Not", "Or"]));
    is(test, &["Not"]) || is(test, &["Equal"]) && compares()
}

/// Where a record is in the walk along the chains.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Height {
    New,
    /// On the way from the root.
    Open,
    /// With the length of the longest chain from here.
    Done(usize),
}

/// Goes along all chains without recursion, for the answers may hold one as long as themselves.
fn broken(composed: &[Vec<usize>]) -> Vec<(usize, usize)> {
    let mut heights = vec![Height::New; composed.len()];
    let mut broken = Vec::new();
    for root in 0..composed.len() {
        let mut way = vec![(root, 0)];
        while let Some((record, next)) = way.last_mut() {
            let Some((height, targets)) = heights.get_mut(*record).zip(composed.get(*record)) else { break };
            if *next == 0 && *height != Height::New {
                way.pop();
                continue;
            }
            *height = Height::Open;
            if let Some(target) = targets.get(*next) {
                *next += 1;
                way.push((*target, 0));
                continue;
            }
            let record = *record;
            let chain = targets.iter().map(|target| match heights.get(*target) {
                Some(Height::Done(below)) if *below < CHAIN => 1 + below,
                _ => {
                    broken.push((record, *target));
                    1
                }
            });
            let chain = chain.max().unwrap_or(1);
            heights.iter_mut().skip(record).take(1).for_each(|height| *height = Height::Done(chain));
            way.pop();
        }
    }
    sorted(broken)
}
