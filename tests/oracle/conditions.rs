//! Conditions in three values (section 4), over the expressions of the API's tree.

use super::{Question, find, text};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Kleene's three values, in the order that makes And the least and Or the greatest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    No,
    Unknown,
    Yes,
}

/// Conditions that must all be as wanted; none at all always hold.
pub(crate) type Conditions = Vec<Expected>;

/// A condition and the side of it that is wanted.
#[derive(Clone)]
pub(crate) struct Expected {
    pub(crate) condition: Value,
    pub(crate) wanted: bool,
}

/// What an expression is worth.
enum Worth {
    /// True or false, and so equal to nothing of another kind.
    Bool,
    Number(f64),
    Text(String),
    Missing,
    UnknownText,
    /// An entity, of the kind that its expression says.
    Entity(&'static str, String),
    Team(String),
    CallersTeams,
}

/// Whether all of them hold for a caller who is in these teams.
pub(crate) fn all_hold(question: &Question, teams: &[&str], conditions: &Conditions) -> Truth {
    let each = conditions.iter().map(|expected| holds(question, teams, &expected.condition, expected.wanted));
    each.min().unwrap_or(Truth::Yes)
}

/// The keys of the unknown tags that these conditions test.
pub(crate) fn unknown_keys(question: &Question, conditions: &Conditions) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for expected in conditions {
        collect_keys(question, &expected.condition, &mut keys);
    }
    keys
}

/// Whether a Stack, Environment or `InsightsAccount` context stands anywhere in the expression (AL-3).
pub(crate) fn mentions_an_entity(expression: &Value) -> bool {
    contexts(expression).iter().any(Context::is_entity)
}

/// A test of a rule, `{ key, equals | notEquals | exists }`, in the words of the tree (AB-2, AB-8).
pub(crate) fn tag_test(entity_type: &str, test: &Value) -> Expected {
    let context = match entity_type {
        "stack" => "PermissionExpressionStack",
        "environment" => "PermissionExpressionEnvironment",
        _ => "PermissionExpressionInsightsAccount",
    };
    let (context, key) = (json!({ "__type": context }), &test["key"]);
    if let Some(exists) = test["exists"].as_bool() {
        let condition = json!({ "__type": "PermissionExpressionHasTag", "context": context, "key": key });
        return Expected { condition, wanted: exists };
    }
    let wanted = test["equals"].is_string();
    let value = if wanted { &test["equals"] } else { &test["notEquals"] };
    let tag = json!({ "__type": "PermissionExpressionTag", "context": context, "key": key });
    let value = json!({ "__type": "PermissionLiteralExpressionString", "value": value });
    let condition = json!({ "__type": "PermissionExpressionEqual", "left": tag, "right": value });
    Expected { condition, wanted }
}

/// Whether the expression is as wanted; a negation goes down to the tests.
fn holds(question: &Question, teams: &[&str], expression: &Value, wanted: bool) -> Truth {
    let side = |name: &str| holds(question, teams, &expression[name], wanted);
    match (text(&expression["__type"]), wanted) {
        ("PermissionExpressionAnd", true) | ("PermissionExpressionOr", false) => {
            side("left").min(side("right"))
        }
        ("PermissionExpressionOr", true) | ("PermissionExpressionAnd", false) => {
            side("left").max(side("right"))
        }
        ("PermissionExpressionNot", _) => holds(question, teams, &expression["node"], !wanted),
        ("PermissionExpressionEqual", _) if is_agreement(expression) => {
            let [left, right] = [&expression["left"], &expression["right"]];
            let both = |of_left: bool, of_right: bool| {
                holds(question, teams, left, of_left).min(holds(question, teams, right, of_right))
            };
            both(true, wanted).max(both(false, !wanted))
        }
        ("PermissionLiteralExpressionBool", _) => yes_if(expression["value"] == wanted),
        _ if !applies(question, expression) => Truth::No, // negated or not
        _ if wanted => test(question, teams, expression),
        _ => match test(question, teams, expression) {
            Truth::Yes => Truth::No,
            Truth::Unknown => Truth::Unknown,
            Truth::No => Truth::Yes,
        },
    }
}

/// Whether both sides are themselves true or false: then Equal is no test but joins those on its sides, as And and Or
/// do, and a Select of `true` and `false` is an `IfThenElse`.
fn is_agreement(equal: &Value) -> bool {
    let is_bool = |side: &Value| {
        let kinds = ["And", "Or", "Not", "Equal", "HasTag"].map(|word| format!("PermissionExpression{word}"));
        side["__type"] == "PermissionLiteralExpressionBool"
            || kinds.iter().any(|kind| side["__type"] == **kind)
    };
    is_bool(&equal["left"]) && is_bool(&equal["right"])
}

/// One test, Equal or `HasTag`, that is about this entity.
fn test(question: &Question, teams: &[&str], expression: &Value) -> Truth {
    if expression["__type"] == "PermissionExpressionHasTag" {
        return match tag(question, text(&expression["key"])) {
            Worth::UnknownText => Truth::Unknown,
            Worth::Missing => Truth::No,
            _ => Truth::Yes,
        };
    }
    let worth = |side: &str| worth(question, &expression[side]);
    equal(teams, &worth("left"), &worth("right"))
}

/// Values of different kinds are never equal, and a missing tag equals nothing.
fn equal(teams: &[&str], left: &Worth, right: &Worth) -> Truth {
    use Worth::{CallersTeams, Entity, Number, Team, Text, UnknownText};
    match (left, right) {
        (UnknownText, Text(_) | UnknownText) | (Text(_), UnknownText) => Truth::Unknown,
        (Number(left), Number(right)) => yes_if((left - right).abs() == 0.0),
        (Text(left), Text(right)) | (Team(left), Team(right)) => yes_if(left == right),
        (Entity(kind, left), Entity(other, right)) => yes_if(kind == other && left == right),
        (CallersTeams, Team(team)) | (Team(team), CallersTeams) => yes_if(teams.contains(&team.as_str())),
        (CallersTeams, CallersTeams) => yes_if(!teams.is_empty()),
        _ => Truth::No,
    }
}

fn yes_if(holds: bool) -> Truth {
    if holds { Truth::Yes } else { Truth::No }
}

fn worth(question: &Question, expression: &Value) -> Worth {
    let kind = text(&expression["__type"]);
    if let Some(literal) = kind.strip_prefix("PermissionLiteralExpression") {
        return literal_worth(question, literal, expression);
    }
    let entity = |kind| Worth::Entity(kind, question.entity.to_owned());
    match kind {
        "PermissionExpressionStack" => entity("stack"),
        "PermissionExpressionEnvironment" => entity("environment"),
        "PermissionExpressionInsightsAccount" => entity("insights-account"),
        "PermissionExpressionTeam" => Worth::CallersTeams,
        "PermissionExpressionTag" => tag(question, text(&expression["key"])),
        _ => Worth::Bool,
    }
}

fn literal_worth(question: &Question, literal: &str, expression: &Value) -> Worth {
    let (value, identity) = (&expression["value"], text(&expression["identity"]));
    let entity = |kind| Worth::Entity(kind, resolve(question, kind, identity));
    match literal {
        "Bool" => Worth::Bool,
        "Number" => Worth::Number(value.as_f64().expect("a number")),
        "String" => Worth::Text(text(value).to_owned()),
        "Team" => Worth::Team(identity.to_owned()),
        "Stack" => entity("stack"),
        "Environment" => entity("environment"),
        "InsightsAccount" => entity("insights-account"),
        other => panic!("a literal of type `{other}`"),
    }
}

/// The entity that a literal names: an id wins over `TYPE:PATH`, that over `PATH`.
fn resolve(question: &Question, entity_type: &str, identity: &str) -> String {
    if let Some(entity) = find(&question.document["entities"], "id", identity) {
        return text(&entity["entity"]).to_owned();
    }
    if identity.starts_with(&format!("{entity_type}:")) {
        return identity.to_owned();
    }
    format!("{entity_type}:{identity}")
}

fn tag(question: &Question, key: &str) -> Worth {
    match &question.tags {
        None => Worth::UnknownText,
        Some(tags) => tags.get(key).map_or(Worth::Missing, |value| Worth::Text((*value).to_owned())),
    }
}

/// A tag held against a value of another kind is not tested: the answer is known without it.
fn collect_keys(question: &Question, expression: &Value, keys: &mut BTreeSet<String>) {
    match text(&expression["__type"]) {
        "PermissionExpressionAnd" | "PermissionExpressionOr" => {
            collect_keys(question, &expression["left"], keys);
            collect_keys(question, &expression["right"], keys);
        }
        "PermissionExpressionNot" => collect_keys(question, &expression["node"], keys),
        "PermissionExpressionEqual" if is_agreement(expression) => {
            collect_keys(question, &expression["left"], keys);
            collect_keys(question, &expression["right"], keys);
        }
        _ if applies(question, expression) && test(question, &[], expression) == Truth::Unknown => {
            let tags = contexts(expression).into_iter().filter(Context::is_entity);
            keys.extend(tags.filter_map(|context| context.key.map(str::to_owned)));
        }
        _ => {}
    }
}

/// Whether a test is about this entity: each of its contexts is of the entity's type, and it looks at no tag of a
/// team.
fn applies(question: &Question, test: &Value) -> bool {
    contexts(test).iter().all(|context| {
        if context.is_entity() { context.of == question.entity_type } else { context.key.is_none() }
    })
}

/// A context that an expression mentions, with the key if it asks for a tag there.
struct Context<'a> {
    of: &'static str,
    key: Option<&'a str>,
}

impl Context<'_> {
    fn is_entity(&self) -> bool {
        self.of != "team"
    }
}

fn contexts(expression: &Value) -> Vec<Context<'_>> {
    let of = |of| vec![Context { of, key: None }];
    match text(&expression["__type"]) {
        "PermissionExpressionStack" => of("stack"),
        "PermissionExpressionEnvironment" => of("environment"),
        "PermissionExpressionInsightsAccount" => of("insights-account"),
        "PermissionExpressionTeam" => of("team"),
        "PermissionExpressionTag" | "PermissionExpressionHasTag" => {
            let key = expression["key"].as_str();
            let inner = contexts(&expression["context"]);
            inner.into_iter().map(|context| Context { key, ..context }).collect()
        }
        "PermissionExpressionNot" => contexts(&expression["node"]),
        "PermissionExpressionAnd" | "PermissionExpressionOr" | "PermissionExpressionEqual" => {
            let sides = [&expression["left"], &expression["right"]];
            sides.into_iter().flat_map(contexts).collect()
        }
        _ => Vec::new(),
    }
}
