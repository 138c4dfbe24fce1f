//! The API's role trees: every node, every expression, and the odd ones among them.

use super::document::Draft;
use super::{Dice, ENTITY_TYPES, KEYS, VALUES, scopes};
use serde_json::{Value, json};

/// A descriptor of at most this depth.
pub(super) fn node(dice: &mut Dice, draft: &Draft, depth: usize) -> Value {
    if depth == 0 {
        return if dice.percent(75) { allow(dice, draft) } else { compose(dice, draft) };
    }
    let below = depth - 1;
    match dice.weighted(&[
        (10, "allow"),
        (10, "compose"),
        (40, "group"),
        (30, "if"),
        (12, "else"),
        (13, "select"),
    ]) {
        "allow" => allow(dice, draft),
        "compose" => compose(dice, draft),
        "group" => {
            let entries: Vec<Value> = (0..dice.between(0, 5)).map(|_| node(dice, draft, below)).collect();
            json!({ "__type": "PermissionDescriptorGroup", "entries": entries })
        }
        "if" => json!({
            "__type": "PermissionDescriptorCondition",
            "condition": condition(dice, draft, depth_of_condition(depth)),
            "subNode": node(dice, draft, below),
        }),
        "else" => json!({
            "__type": "PermissionDescriptorIfThenElse",
            "condition": condition(dice, draft, depth_of_condition(depth)),
            "subNodeForTrue": node(dice, draft, below),
            "subNodeForFalse": node(dice, draft, below),
        }),
        _ => select(dice, draft, below),
    }
}

/// An Allow of scopes of any types.
pub(super) fn allow(dice: &mut Dice, draft: &Draft) -> Value {
    let mut permissions = Vec::new();
    for _ in 0..dice.between(1, 3) {
        let entity_type =
            dice.weighted(&[(5, "stack"), (5, "environment"), (1, "insights-account"), (3, "organization")]);
        permissions.extend(dice.several(&scopes(draft.catalog, entity_type), 1, 3));
    }
    permissions.sort_unstable();
    permissions.dedup();
    let mut allow = json!({ "__type": "PermissionDescriptorAllow", "permissions": permissions });
    if dice.percent(60) {
        allow["constraints"] = json!({ "MaxOpenDuration": dice.pick(&[0, 60, 3_600, 86_400]) });
    }
    allow
}

/// The same policy under one condition and under another is worth asking about, so there are more of them than sets.
fn compose(dice: &mut Dice, draft: &Draft) -> Value {
    let among = if draft.policies.is_empty() || dice.percent(40) { &draft.parts } else { &draft.policies };
    let parts = dice.several(among, 1, 2);
    json!({ "__type": "PermissionDescriptorCompose", "permissionDescriptors": parts })
}

/// Conditions stay small: deep ones are nearly always false.
fn depth_of_condition(depth: usize) -> usize {
    depth.min(3)
}

fn select(dice: &mut Dice, draft: &Draft, below: usize) -> Value {
    let of = context_type(dice);
    let kind = dice.weighted(&[(4, "tag"), (4, "entity"), (2, "team"), (1, "bool"), (1, "any")]);
    let value = |dice: &mut Dice, selects: bool| match (kind, selects) {
        ("tag", true) => tag(dice, of),
        ("tag", false) => text(dice),
        ("entity", true) => context(of),
        ("entity", false) => entity_literal(dice, draft, of),
        ("team", true) => json!({ "__type": "PermissionExpressionTeam" }),
        ("team", false) => team_literal(dice),
        ("bool", true) => condition(dice, draft, 1),
        ("bool", false) => json!({ "__type": "PermissionLiteralExpressionBool", "value": dice.percent(50) }),
        _ => anything(dice, draft),
    };
    let selector = value(dice, true);
    let option = |_| json!({ "value": value(dice, false), "node": node(dice, draft, below) });
    let options: Vec<Value> = (0..3).map(option).collect();
    json!({ "__type": "PermissionDescriptorSelect", "selector": selector, "options": options })
}

/// What may be the condition of a node (EX-7).
fn condition(dice: &mut Dice, draft: &Draft, depth: usize) -> Value {
    let kind = if depth == 0 { dice.below(3) } else { dice.below(7) };
    match kind {
        0 => equal(dice, draft),
        1 => has_tag(dice),
        2 => member_of(&team_literal(dice)),
        3 => json!({ "__type": "PermissionExpressionNot", "node": condition(dice, draft, depth - 1) }),
        4 => json!({
            "__type": "PermissionExpressionOr", // holds on the organization, and yet gives nothing there (AL-3)
            "left": has_tag(dice),
            "right": member_of(&team_literal(dice)),
        }),
        _ => json!({
            "__type": dice.pick(&["PermissionExpressionAnd", "PermissionExpressionOr"]),
            "left": condition(dice, draft, depth - 1),
            "right": condition(dice, draft, depth - 1),
        }),
    }
}

fn equal(dice: &mut Dice, draft: &Draft) -> Value {
    let of = context_type(dice);
    let (left, right) = match dice.below(20) {
        0..6 => (context(of), entity_literal(dice, draft, of)),
        6..11 => (tag(dice, of), text(dice)),
        11..16 => (json!({ "__type": "PermissionExpressionTeam" }), team_literal(dice)),
        16 => constants(dice, draft, of),
        17 => (tag(dice, of), tag(dice, of)),
        _ => (anything(dice, draft), anything(dice, draft)),
    };
    let (left, right) = if dice.percent(50) { (left, right) } else { (right, left) };
    json!({ "__type": "PermissionExpressionEqual", "left": left, "right": right })
}

fn member_of(team: &Value) -> Value {
    let context = json!({ "__type": "PermissionExpressionTeam" });
    json!({ "__type": "PermissionExpressionEqual", "left": context, "right": team })
}

/// Two literals, of one kind or of two, that often have the same identity.
fn constants(dice: &mut Dice, draft: &Draft, of: &str) -> (Value, Value) {
    let left = entity_literal(dice, draft, of);
    let other = context_type(dice);
    let mut right = entity_literal(dice, draft, other);
    if dice.percent(50) {
        right["identity"] = left["identity"].clone();
    }
    (left, right)
}

fn has_tag(dice: &mut Dice) -> Value {
    let of = if dice.percent(8) { "team" } else { context_type(dice) };
    let mut test =
        json!({ "__type": "PermissionExpressionHasTag", "context": context(of), "key": dice.pick(&KEYS) });
    if dice.percent(5) {
        test["node"] = context(dice.pick(&ENTITY_TYPES[..3])); // unused by the API, and here
    }
    test
}

/// Any expression at all; sides of different kinds are never equal.
fn anything(dice: &mut Dice, draft: &Draft) -> Value {
    let of = context_type(dice);
    match dice.below(10) {
        0 => context(of),
        1 => tag(dice, of),
        2 => tag(dice, "team"),
        3 => text(dice),
        4 => {
            json!({ "__type": "PermissionLiteralExpressionNumber", "value": dice.pick(&[json!(1), json!(1.0), json!(-2.5)]) })
        }
        5 => json!({ "__type": "PermissionLiteralExpressionBool", "value": dice.percent(50) }),
        6 => entity_literal(dice, draft, of),
        7 => team_literal(dice),
        8 => condition(dice, draft, 0),
        _ => condition(dice, draft, 1),
    }
}

fn context_type(dice: &mut Dice) -> &'static str {
    dice.weighted(&[(6, "stack"), (3, "environment"), (1, "insights-account")])
}

fn context(of: &str) -> Value {
    json!({ "__type": format!("PermissionExpression{}", word(of)) })
}

fn tag(dice: &mut Dice, of: &str) -> Value {
    json!({ "__type": "PermissionExpressionTag", "context": context(of), "key": dice.pick(&KEYS) })
}

fn text(dice: &mut Dice) -> Value {
    json!({ "__type": "PermissionLiteralExpressionString", "value": dice.pick(&VALUES) })
}

fn team_literal(dice: &mut Dice) -> Value {
    json!({ "__type": "PermissionLiteralExpressionTeam", "identity": dice.pick(&["t", "u", "t", "u", "gone"]) })
}

fn entity_literal(dice: &mut Dice, draft: &Draft, of: &str) -> Value {
    let among = if draft.ids.is_empty() || dice.percent(50) { &draft.names } else { &draft.ids };
    let identity = dice.pick(among);
    json!({ "__type": format!("PermissionLiteralExpression{}", word(of)), "identity": identity })
}

/// The word that stands for an entity type in the names of expressions.
fn word(of: &str) -> &'static str {
    match of {
        "stack" => "Stack",
        "environment" => "Environment",
        "insights-account" => "InsightsAccount",
        _ => "Team",
    }
}
