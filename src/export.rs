//! A role of a document → the tree that the console writes for it (EX-10): the sets for everything, then those of
//! each entity by its name, then that of each rule by tags.

use std::fmt;

use crate::catalog::Catalog;
use crate::document::ROLE_LIMIT;
use crate::document::tree::ENTRIES;
use crate::entity::name_of_identity;
use crate::json::{Value, Writer, excerpt};
use crate::names::sorted;
use crate::organization;
use crate::problem::Invalid;
use crate::validate::{Checked, Index};

/// How many roles a sentence lists.
const LISTED: usize = 20;

/// The tree of a role, as indented JSON: what the API keeps as `details` of a record.
///
/// `document` is an organization document (UTF-8 JSON, for one of the embedded revisions or with a
/// catalog of its own) and `role` the id of one of
/// its roles, policies or sets. In the place of the record's `rules` and `organizationAccess`, the tree decides every
/// request alike. A record that has `details` is given out as it stands.
///
/// # Errors
///
/// A document that is not valid, with every problem; a role that is not in it; and what a tree cannot say: see
/// [`ExportError`].
pub fn export_role(document: impl AsRef<[u8]>, role: &str) -> Result<String, ExportError> {
    organization::read(document.as_ref(), None, |checked, catalog| export(&checked, &catalog, role))?
}

/// The tree of a role of a document for a catalog of one's own: see [`export_role`].
///
/// # Errors
///
/// As [`export_role`].
pub fn export_role_with(
    catalog: &Catalog,
    document: impl AsRef<[u8]>,
    role: &str,
) -> Result<String, ExportError> {
    organization::read(document.as_ref(), Some(catalog), |checked, catalog| export(&checked, &catalog, role))?
}

/// Why a role has no tree.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportError {
    /// The document is not valid.
    Invalid(Invalid),
    /// No record of that id is in the document.
    UnknownRole {
        /// The id that was asked for.
        role: String,
        /// Those that there are, in the order of the document.
        known: Vec<String>,
    },
    /// The entity has no id, and its name as well as its path is the id of another one.
    NoIdentity {
        /// `TYPE:PATH`.
        entity: String,
    },
    /// A tree has no expression for entities of that type. Embedded revisions have none such.
    NoExpression {
        /// The entity type.
        entity_type: String,
    },
    /// With the tree, the record has more bytes as compact JSON than a role may have (RO-17).
    TooLarge {
        /// How many it has.
        bytes: usize,
    },
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(invalid) => invalid.fmt(f),
            Self::UnknownRole { role, known } if known.is_empty() => {
                write!(f, "no role `{}` is in the document, which has none", excerpt(role))
            }
            Self::UnknownRole { role, known } => {
                let names = known.iter().take(LISTED).map(|name| format!("`{}`", excerpt(name)));
                let names = names.collect::<Vec<_>>().join(", ");
                write!(f, "no role `{}` is in the document: use one of {names}", excerpt(role))?;
                let more = known.len().saturating_sub(LISTED);
                if more > 0 { write!(f, " and {more} more") } else { Ok(()) }
            }
            Self::NoIdentity { entity } => write!(
                f,
                "a tree cannot name `{}`: its name and its path are the ids of other entities, so give it one",
                excerpt(entity)
            ),
            Self::NoExpression { entity_type } => write!(
                f,
                "a tree cannot test entities of type `{}`: give the set on all of them",
                excerpt(entity_type)
            ),
            Self::TooLarge { bytes } => write!(
                f,
                "with its tree the role has {bytes} bytes as compact json: at most {ROLE_LIMIT} are allowed, \
                 so name fewer entities or go by tags"
            ),
        }
    }
}

impl std::error::Error for ExportError {}

impl From<Invalid> for ExportError {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

fn export(checked: &Checked<'_>, catalog: &Catalog, role: &str) -> Result<String, ExportError> {
    let records = || checked.document.list("roles");
    let Some(record) = records().find(|record| record.text("id") == Some(role)) else {
        let known = records().filter_map(|record| record.text("id")).map(str::to_owned).collect();
        return Err(ExportError::UnknownRole { role: role.to_owned(), known });
    };
    let mut writer = Writer::indented();
    if let Some(details) = record.get("details") {
        writer.value(details);
    } else {
        let entries = Exporter::new(checked, catalog).entries(record)?;
        fits(record, &entries)?;
        tree(&mut writer, &entries);
    }
    Ok(writer.finish())
}

/// Whether the record may have that tree in the place of its rules.
fn fits(record: Value<'_>, entries: &[Entry<'_>]) -> Result<(), ExportError> {
    let mut writer = Writer::compact();
    writer.object(|writer| {
        let kept = record.members().filter(|(key, _)| !["rules", "organizationAccess"].contains(key));
        kept.for_each(|(key, value)| writer.key(key).value(value));
        tree(writer.key("details"), entries);
    });
    let bytes = writer.finish().len();
    if bytes > ROLE_LIMIT { Err(ExportError::TooLarge { bytes }) } else { Ok(()) }
}

/// An entry of the tree: a Compose of at most [`ENTRIES`] sets, by their ids.
struct Entry<'e> {
    under: Option<Under<'e>>,
    sets: Vec<&'e str>,
}

/// The condition under which an entry stands, with the word that expressions have for the type of the entity.
#[derive(Clone, Copy)]
enum Under<'e> {
    Entity { word: &'e str, identity: &'e str },
    Tags { word: &'e str, tests: Value<'e> },
}

/// What the names in a role stand for.
struct Exporter<'e> {
    catalog: &'e Catalog,
    index: &'e Index,
    /// Id and entity type of every set, by its number.
    sets: Vec<(&'e str, &'e str)>,
    /// The ids of the listed entities, by their numbers.
    ids: Vec<Option<&'e str>>,
}

impl<'e> Exporter<'e> {
    fn new(checked: &'e Checked<'_>, catalog: &'e Catalog) -> Self {
        let document = checked.document;
        let default = catalog.sets.iter().map(|set| (&*set.id, catalog.type_name(set.entity_type)));
        let text = |set: Value<'e>, field| set.text(field).unwrap_or_default();
        let custom = document.list("permissionSets").map(|set| (text(set, "id"), text(set, "entityType")));
        Self {
            catalog,
            index: &checked.index,
            sets: default.chain(custom).collect(),
            ids: document.list("entities").map(|entity| entity.text("id")).collect(),
        }
    }

    fn entries(&self, role: Value<'e>) -> Result<Vec<Entry<'e>>, ExportError> {
        let given = Given::by(role, self.index);
        let mut entries = self.composed(None, &distinct(given.everywhere));
        for sets in distinct(given.named).chunk_by(|(one, _), (other, _)| one == other) {
            let Some((entity, _)) = sets.first() else { continue };
            let sets: Vec<usize> = sets.iter().map(|(_, set)| *set).collect();
            entries.extend(self.composed(Some(self.entity(entity)?), &sets));
        }
        for (tests, set) in given.tagged {
            let word = self.word_of(self.sets.get(set).map_or("", |(_, entity_type)| *entity_type))?;
            entries.extend(self.composed(Some(Under::Tags { word, tests }), &[set]));
        }
        Ok(entries)
    }

    /// What is needed to compose these sets.
    fn composed(&self, under: Option<Under<'e>>, sets: &[usize]) -> Vec<Entry<'e>> {
        let id = |set: &usize| self.sets.get(*set).map(|(id, _)| *id);
        sets.chunks(ENTRIES).map(|sets| Entry { under, sets: sets.iter().filter_map(id).collect() }).collect()
    }

    fn entity(&self, entity: &'e str) -> Result<Under<'e>, ExportError> {
        let (entity_type, path) = entity.split_once(':').unwrap_or_default();
        let word = self.word_of(entity_type)?;
        let id = self.index.entities.get(entity).and_then(|number| *self.ids.get(number as usize)?);
        // Whatever is the id of another entity names that one.
        let names_it = |identity: &&str| {
            self.index.entity_of_id(identity).is_none() && name_of_identity(entity_type, identity) == entity
        };
        let identity = id.or_else(|| [entity, path].into_iter().find(names_it));
        let identity = identity.ok_or_else(|| ExportError::NoIdentity { entity: entity.to_owned() })?;
        Ok(Under::Entity { word, identity })
    }

    fn word_of(&self, entity_type: &str) -> Result<&'e str, ExportError> {
        let word = self.catalog.entity_type(entity_type).and_then(|it| self.catalog.context_of_type(it));
        word.ok_or_else(|| ExportError::NoExpression { entity_type: entity_type.to_owned() })
    }
}

/// What a role gives, its sets by their numbers.
#[derive(Default)]
struct Given<'e> {
    everywhere: Vec<usize>,
    /// Each with the entity.
    named: Vec<(&'e str, usize)>,
    /// Each with the tests of its rule.
    tagged: Vec<(Value<'e>, usize)>,
}

impl<'e> Given<'e> {
    fn by(role: Value<'e>, index: &Index) -> Self {
        let mut given = Self::default();
        given.everywhere.extend(role.texts("organizationAccess").filter_map(|(_, name)| index.set(name)));
        for rule in role.list("rules") {
            let set = rule.text("permissionSet").and_then(|name| index.set(name));
            let Some((set, on)) = set.zip(rule.get("on")) else { continue };
            given.everywhere.extend(on.as_text().map(|_| set));
            given.named.extend(rule.texts("on").map(|(_, entity)| (entity, set)));
            given.tagged.extend(on.get("tags").map(|tests| (tests, set)));
        }
        given
    }
}

fn distinct<T: Ord>(items: Vec<T>) -> Vec<T> {
    let mut items = sorted(items);
    items.dedup();
    items
}

/// A group of all entries; of more than one group can hold, a group of groups. That holds four million, and a role
/// within its bytes cannot name so many.
fn tree(writer: &mut Writer, entries: &[Entry<'_>]) {
    if entries.len() <= ENTRIES {
        return group(writer, entries, entry);
    }
    let parts: Vec<&[Entry<'_>]> = entries.chunks(ENTRIES).collect();
    group(writer, &parts, |writer, part| group(writer, part, entry));
}

fn group<T>(writer: &mut Writer, entries: &[T], write: impl Fn(&mut Writer, &T)) {
    node(writer, "PermissionDescriptorGroup", |writer| {
        writer.key("entries").list(|writer| entries.iter().for_each(|entry| write(writer, entry)));
    });
}

fn entry(writer: &mut Writer, entry: &Entry<'_>) {
    let Some(under) = entry.under else { return compose(writer, &entry.sets) };
    node(writer, "PermissionDescriptorCondition", |writer| {
        match under {
            Under::Entity { word, identity } => is_entity(writer.key("condition"), word, identity),
            Under::Tags { word, tests } => {
                all(writer.key("condition"), word, &tests.items().collect::<Vec<_>>());
            }
        }
        compose(writer.key("subNode"), &entry.sets);
    });
}

fn compose(writer: &mut Writer, sets: &[&str]) {
    node(writer, "PermissionDescriptorCompose", |writer| {
        writer.key("permissionDescriptors").list(|writer| sets.iter().for_each(|id| writer.text(id)));
    });
}

fn is_entity(writer: &mut Writer, word: &str, identity: &str) {
    node(writer, "PermissionExpressionEqual", |writer| {
        context(writer.key("left"), word);
        let literal = format!("PermissionLiteralExpression{word}");
        node(writer.key("right"), &literal, |writer| writer.key("identity").text(identity));
    });
}

/// Tests of which all must hold, joined by halves: a chain of them would be as deep as it is long.
fn all(writer: &mut Writer, word: &str, tests: &[Value<'_>]) {
    match tests {
        [] => {}
        [test] => tag_test(writer, word, *test),
        _ => node(writer, "PermissionExpressionAnd", |writer| {
            let (left, right) = tests.split_at(tests.len().div_ceil(2));
            all(writer.key("left"), word, left);
            all(writer.key("right"), word, right);
        }),
    }
}

/// A test of a rule; what must not hold stands in a Not (AB-8).
fn tag_test(writer: &mut Writer, word: &str, test: Value<'_>) {
    let negated =
        test.get("notEquals").is_some() || test.get("exists").and_then(Value::as_bool) == Some(false);
    if negated {
        node(writer, "PermissionExpressionNot", |writer| bare_test(writer.key("node"), word, test));
    } else {
        bare_test(writer, word, test);
    }
}

fn bare_test(writer: &mut Writer, word: &str, test: Value<'_>) {
    let key = test.text("key").unwrap_or_default();
    let tag = |writer: &mut Writer, name| {
        node(writer, name, |writer| {
            context(writer.key("context"), word);
            writer.key("key").text(key);
        });
    };
    let Some(value) = test.text("equals").or(test.text("notEquals")) else {
        return tag(writer, "PermissionExpressionHasTag");
    };
    node(writer, "PermissionExpressionEqual", |writer| {
        tag(writer.key("left"), "PermissionExpressionTag");
        node(writer.key("right"), "PermissionLiteralExpressionString", |writer| {
            writer.key("value").text(value);
        });
    });
}

fn context(writer: &mut Writer, word: &str) {
    node(writer, &format!("PermissionExpression{word}"), |_| {});
}

fn node(writer: &mut Writer, name: &str, fields: impl FnOnce(&mut Writer)) {
    writer.object(|writer| {
        writer.key("__type").text(name);
        fields(writer);
    });
}
