//! Names that name nothing which the document lists: entities, literals of role trees, keys of tags.

use super::Lint;
use super::found::{Found, Related};
use super::study::Study;
use crate::document::tree::{self, Context};
use crate::entity::EntityType;
use crate::holdings::distinct;
use crate::json::{Value, excerpt};
use crate::names::Names;

const HAS_TAG: &str = "PermissionExpressionHasTag";

pub(super) fn look(study: &Study<'_>, found: &mut Found) {
    let looker = Looker::new(study);
    for role in study.document.list("roles") {
        role.list("rules").for_each(|rule| looker.rule(rule, found));
        if let Some(details) = role.get("details") {
            looker.tree(details, found);
        }
    }
    for holders in ["members", "collaborators", "teams", "servicePrincipals"] {
        for holder in study.document.list(holders) {
            holder.list("grants").for_each(|grant| looker.grant(grant, found));
        }
    }
}

struct Looker<'l> {
    study: &'l Study<'l>,
    /// Ids of listed entities, and the types of these.
    ids: Names,
    types: Vec<EntityType>,
    /// By type, whether some entity of it is listed.
    listed: Vec<bool>,
    /// Types with the tags that their listed entities have, sorted.
    tags: Vec<(EntityType, u32)>,
}

/// What a literal stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meant {
    Listed,
    Unlisted(u32),
    Nothing,
}

impl<'l> Looker<'l> {
    fn new(study: &'l Study<'l>) -> Self {
        let mut looker = Self {
            study,
            ids: Names::default(),
            types: Vec::new(),
            listed: vec![false; study.organization.catalog.type_count()],
            tags: Vec::new(),
        };
        for (number, entity) in (0..).zip(study.document.list("entities")) {
            let Some(entity_type) = study.entity_type(number) else { continue };
            looker.listed.iter_mut().skip(entity_type.position()).take(1).for_each(|listed| *listed = true);
            for (key, _) in study.organization.entities.tags_of(number).unwrap_or_default() {
                looker.tags.push((entity_type, *key));
            }
            if let Some(id) = entity.text("id") {
                looker.ids.intern(id);
                looker.types.push(entity_type);
            }
        }
        looker.tags = distinct(looker.tags);
        looker
    }

    fn rule(&self, rule: Value<'_>, found: &mut Found) {
        let Some(on) = rule.get("on") else { return };
        let entities: Vec<&str> =
            on.items().filter_map(Value::as_text).filter(|name| self.is_unlisted(name)).collect();
        unlisted(on, &entities, found);
        let set = rule.text("permissionSet").and_then(|name| self.study.set(name));
        for (test, set) in on.list("tags").filter_map(|test| Some((test, set?))) {
            self.tag(test, set.entity_type, test.text("key"), found);
        }
    }

    fn grant(&self, grant: Value<'_>, found: &mut Found) {
        let Some(entity) = grant.get("entity") else { return };
        let name = entity.as_text().filter(|name| self.is_unlisted(name));
        unlisted(entity, name.as_slice(), found);
    }

    /// Every literal and every test of a tag, but those in a field that means nothing.
    fn tree(&self, details: Value<'_>, found: &mut Found) {
        let mut unused: Option<Value<'_>> = None;
        for node in details.all() {
            if unused.is_none_or(|unused| !unused.contains(node.number())) {
                self.node(node, found);
                let has_tag = node.text("__type") == Some(HAS_TAG);
                unused = node.get("node").filter(|_| has_tag).or(unused);
            }
        }
    }

    fn node(&self, node: Value<'_>, found: &mut Found) {
        let name = node.text("__type").unwrap_or_default();
        if let (Some(context), Some(identity)) = (tree::context_of(node), node.text("identity")) {
            self.literal(node, context, identity, found);
        } else if matches!(name, HAS_TAG | "PermissionExpressionTag") {
            let context = node.get("context").and_then(tree::context_of);
            if let Some(entity_type) = context.and_then(|it| self.type_of(it)) {
                self.tag(node, entity_type, node.text("key"), found);
            }
        }
    }

    fn literal(&self, node: Value<'_>, context: Context, identity: &str, found: &mut Found) {
        let told = excerpt(identity);
        let Some(entity_type) = self.type_of(context) else {
            if self.study.organization.principals.team_names.get(identity).is_none() {
                let message =
                    format!("no team `{told}` is in the document, so that nobody is in it: name one");
                found.add(Lint::UnknownLiteral, node.number(), message, Vec::new());
            }
            return;
        };
        let type_name = self.study.organization.catalog.type_name(entity_type);
        match self.meant(entity_type, type_name, identity) {
            Meant::Listed => {}
            Meant::Nothing => {
                let message = format!(
                    "`{told}` is the id, name or path of no `{type_name}` here, so that nothing is equal to it: \
                     name one"
                );
                found.add(Lint::UnknownLiteral, node.number(), message, Vec::new());
            }
            Meant::Unlisted(number) => {
                let name = self.study.entity(number);
                if self.is_unlisted(&name) {
                    unlisted(node, &[&name], found);
                }
            }
        }
    }

    /// An id of a listed entity wins over `TYPE:PATH`, that over `PATH`.
    fn meant(&self, entity_type: EntityType, type_name: &str, identity: &str) -> Meant {
        if let Some(of) = self.ids.get(identity).and_then(|number| self.types.get(number as usize)) {
            return if *of == entity_type { Meant::Listed } else { Meant::Nothing };
        }
        let typed = identity.strip_prefix(type_name).is_some_and(|rest| rest.starts_with(':'));
        let name = if typed { identity.to_owned() } else { format!("{type_name}:{identity}") };
        match self.study.organization.entities.names.get(&name) {
            Some(number) if self.study.organization.entities.is_listed(number) => Meant::Listed,
            Some(number) => Meant::Unlisted(number),
            None => Meant::Nothing,
        }
    }

    /// Whether a name is not listed although others of its type are.
    fn is_unlisted(&self, name: &str) -> bool {
        let number = self.study.organization.entities.names.get(name);
        let unlisted = number.filter(|it| !self.study.organization.entities.is_listed(*it));
        let entity_type = unlisted.and_then(|it| self.study.entity_type(it));
        entity_type.is_some_and(|it| self.listed.get(it.position()) == Some(&true))
    }

    fn tag(&self, at: Value<'_>, entity_type: EntityType, key: Option<&str>, found: &mut Found) {
        let Some(key) = key.filter(|_| self.study.tells_tags(entity_type)) else { return };
        let number = self.study.organization.tags.get(key);
        if number.is_none_or(|key| self.tags.binary_search(&(entity_type, key)).is_err()) {
            let (key, type_name) = (excerpt(key), self.study.type_name(entity_type));
            let message = format!(
                "no listed `{type_name}` has a tag `{key}`, so that this is the same for all: mend the key, or \
                 tag what is meant"
            );
            found.add(Lint::UnknownTag, at.number(), message, Vec::new());
        }
    }

    fn type_of(&self, context: Context) -> Option<EntityType> {
        self.study.organization.catalog.type_of_context(context.word())
    }
}

fn unlisted(at: Value<'_>, names: &[&str], found: &mut Found) {
    let message = match names {
        [] => return,
        [name] => {
            format!("`{}` is not among the listed entities: list it, or mend its name", excerpt(name))
        }
        _ => format!(
            "{} entities are not among those that are listed: list them, or mend their names",
            names.len()
        ),
    };
    let related = names.iter().map(|name| Related::Name((*name).to_owned()));
    found.add(Lint::UnlistedEntity, at.number(), message, related.filter(|_| names.len() > 1).collect());
}
