//! What changes between two documents, found by asking everything of everybody.

use crate::generate::{AT, ENTITIES};
use crate::oracle::{catalog, list, text};
use scopewise::{Context, Effect, EffectChange, Instant, Organization, TagTest, Trigger, Where};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// An effect, with the seconds for which something may stay open.
pub(crate) type Level = (Effect, Option<u64>);
/// Principal, entity, scope.
pub(crate) type Question = (String, String, String);
/// What changes.
pub(crate) type Changes = BTreeMap<Question, (Level, Level)>;

/// Two documents and everything that may be asked of them.
pub(crate) struct Brute<'d> {
    pub(crate) documents: [&'d Value; 2],
    pub(crate) organizations: [&'d Organization; 2],
    pub(crate) entities: BTreeSet<String>,
    pub(crate) principals: BTreeSet<String>,
    scopes: Vec<String>,
    has_limits: bool,
}

/// Entities that no document knows, by their types.
pub(crate) const OTHERS: [(&str, &str); 3] = [
    ("stack", "stack:acme/zz/other"),
    ("environment", "environment:acme/zz/other"),
    ("insights-account", "insights-account:acme/zz"),
];

/// The stack of the deployment that stands for those of all stacks that no document knows.
pub(crate) const OWN: &str = "stack:acme/zz/own";

impl<'d> Brute<'d> {
    pub(crate) fn new(documents: [&'d Value; 2], organizations: [&'d Organization; 2]) -> Self {
        let mut entities: BTreeSet<String> = ENTITIES.map(str::to_owned).into();
        let mut principals = BTreeSet::from(["deployment:*".to_owned()]);
        let mut scopes = BTreeSet::new();
        entities.insert("organization:acme".to_owned());
        for document in documents {
            texts(document, &mut |text| entities.extend(entities_named(text)));
            scopes
                .extend(catalog::of(text(&document["revision"])).scopes.iter().map(|(_, name)| name.clone()));
            for (field, key, word) in PRINCIPALS {
                let names = list(&document[field]).map(|it| format!("{word}:{}", text(&it[key])));
                principals.extend(names);
            }
        }
        let stacks = entities.iter().filter_map(|entity| entity.strip_prefix("stack:acme/"));
        principals.extend(stacks.map(|path| format!("deployment:{path}")));
        let has_limits = documents.iter().any(|document| document.to_string().contains("MaxOpenDuration"));
        let scopes = scopes.into_iter().collect();
        Self { documents, organizations, entities, principals, scopes, has_limits }
    }

    /// What changes for a principal on these entities, by this trigger of a deployment, under these tags.
    pub(crate) fn changes(
        &self,
        principal: &str,
        entities: &[&str],
        trigger: &str,
        tags: Option<&[(&str, &str)]>,
    ) -> Changes {
        let context = at().trigger(Trigger::parse(trigger).expect("a trigger"));
        let context = match tags {
            Some(tags) => context.tags(tags.iter().copied()),
            None => context,
        };
        let [before, after] = self.organizations.map(|it| self.levels(it, principal, entities, &context));
        let mut changes = Changes::new();
        for (position, (before, after)) in before.into_iter().zip(after).enumerate() {
            if before != after {
                let (entity, scope) =
                    (entities[position / self.scopes.len()], &self.scopes[position % self.scopes.len()]);
                changes.insert((principal.to_owned(), entity.to_owned(), scope.clone()), (before, after));
            }
        }
        changes
    }

    /// The level of every scope on every entity.
    fn levels(
        &self,
        organization: &Organization,
        principal: &str,
        entities: &[&str],
        context: &Context,
    ) -> Vec<Level> {
        let principal = organization.principal(&principal.replace('*', "zz/own"));
        let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        let page = principal.matrix(entities, &scopes, context).expect("well-formed questions");
        let limit = |entity: &str, scope: &str| {
            let decision = principal.decide(scope, entity, context).expect("a well-formed question");
            decision.max_open_seconds.filter(|seconds| *seconds > 0)
        };
        let mut levels = Vec::with_capacity(page.effects().len());
        for (row, entity) in entities.iter().enumerate() {
            for (column, scope) in scopes.iter().enumerate() {
                let effect = page.at(row, column);
                let timed = self.has_limits && effect == Effect::Allow && entity.starts_with("environment:");
                levels.push((effect, if timed { limit(entity, scope) } else { None }));
            }
        }
        levels
    }
}

const PRINCIPALS: [(&str, &str, &str); 5] = [
    ("members", "user", "user"),
    ("collaborators", "user", "user"),
    ("teams", "name", "team"),
    ("tokens", "name", "token"),
    ("servicePrincipals", "name", "service-principal"),
];

/// The moment of all questions.
pub(crate) fn at() -> Context {
    Context::at(instant())
}

pub(crate) fn instant() -> Instant {
    Instant::parse(AT).expect("a date")
}

/// The changes that a part of a diff tells, on entities as they are listed. Nothing is told twice.
pub(crate) fn told<'d>(parts: impl Iterator<Item = (&'d [String], &'d [EffectChange<'d>])>) -> Changes {
    let mut changes = Changes::new();
    for (principals, effects) in parts {
        for (principal, effect) in
            principals.iter().flat_map(|it| effects.iter().map(move |effect| (it, effect)))
        {
            for place in effect.on.iter() {
                let Some(entity) = entity(principal, &place) else { continue };
                if effect.but_own_stack && place != Where::OwnStack && entity == own_stack(principal) {
                    continue;
                }
                for scope in &effect.scopes {
                    let question = (principal.clone(), entity.clone(), (*scope).to_owned());
                    let twice = changes.insert(question.clone(), levels_of(effect));
                    assert_eq!(twice, None, "{question:?} is told twice");
                }
            }
        }
    }
    changes
}

/// The changes of one principal on an entity that are told of places like it.
pub(crate) fn told_under(
    principal: &str,
    entity: &str,
    effects: &[EffectChange<'_>],
    is_there: &dyn Fn(&Where<'_>) -> bool,
) -> Changes {
    let mut changes = Changes::new();
    for effect in effects.iter().filter(|effect| effect.on.iter().any(|place| is_there(&place))) {
        for scope in &effect.scopes {
            let question = (principal.to_owned(), entity.to_owned(), (*scope).to_owned());
            let twice = changes.insert(question.clone(), levels_of(effect));
            assert_eq!(twice, None, "{question:?} is told twice");
        }
    }
    changes
}

/// Whether tags pass all these tests.
pub(crate) fn fits(tests: &[TagTest], tags: &[(&str, &str)]) -> bool {
    tests.iter().all(|test| {
        let value = tags.iter().find(|(key, _)| *key == test.key).map(|(_, value)| *value);
        match (&test.equals, &test.not_equals, test.exists) {
            (Some(wanted), ..) => value == Some(wanted),
            (_, Some(other), _) => value != Some(other),
            (_, _, exists) => Some(value.is_some()) == exists,
        }
    })
}

/// Everything that changes for everybody.
pub(crate) fn expected(brute: &Brute<'_>, trigger: &str) -> Changes {
    let mut changes = Changes::new();
    let others = OTHERS.map(|(_, it)| it);
    let entities: Vec<&str> = brute.entities.iter().map(String::as_str).chain(others).collect();
    for principal in &brute.principals {
        changes.extend(brute.changes(principal, &entities, trigger, None));
    }
    changes.extend(brute.changes("deployment:*", &[OWN], trigger, None));
    changes
}

/// How much a level is: nothing, something under tags, for so long, without a limit.
pub(crate) fn rank((effect, limit): &Level) -> (u8, u64) {
    match effect {
        Effect::Deny => (0, 0),
        Effect::Unknown => (1, 0),
        Effect::Allow => (2, limit.unwrap_or(u64::MAX)),
    }
}

pub(crate) fn levels_of(effect: &EffectChange<'_>) -> (Level, Level) {
    let limits = effect.max_open_seconds.unwrap_or_default();
    ((effect.before, limits.before), (effect.after, limits.after))
}

/// A place as an entity; nothing for tags that somebody might bring.
fn entity(principal: &str, place: &Where<'_>) -> Option<String> {
    match place {
        Where::Entity(entity) => Some(entity.to_string()),
        Where::Renamed { before, after } => Some(format!("{before} {after}")),
        Where::Other(of) => Some(other(of).to_owned()),
        Where::OwnStack => Some(own_stack(principal)),
        _ => None,
    }
}

pub(crate) fn other(entity_type: &str) -> &'static str {
    OTHERS.iter().find(|(of, _)| *of == entity_type).expect("a type").1
}

fn own_stack(principal: &str) -> String {
    match principal.strip_prefix("deployment:") {
        Some("*") => OWN.to_owned(),
        Some(path) => format!("stack:acme/{path}"),
        None => String::new(),
    }
}

/// Every text of a document.
fn texts(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(values) => values.iter().for_each(|value| texts(value, each)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, each)),
        _ => {}
    }
}

/// The entities that a text may name: itself, or as a path of any type.
fn entities_named(text: &str) -> Vec<String> {
    let path = text.split_once(':').map_or(text, |(_, path)| path);
    let parts: Vec<&str> = path.split('/').collect();
    let here = parts[0] == "acme" && parts.iter().all(|part| !part.is_empty());
    let types: &[&str] = match parts.len() {
        2 if here => &["insights-account"],
        3 if here => &["stack", "environment"],
        _ => &[],
    };
    types.iter().map(|of| format!("{of}:{path}")).collect()
}
