//! A diff as a list of lines, each of which says everything of one thing, forth or back.

use scopewise::{Diff, EffectChange, Where};
use serde_json::{Value, json};

/// Every line of a diff, sorted; turned round if it shall be compared with the way back.
pub(crate) fn flat(diff: &Diff<'_>, turned: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &diff.changes {
        for effect in &change.effects {
            lines.push(json!([change.principals, of_effect(effect, turned)]));
        }
    }
    for run in &diff.runs {
        let mut effects: Vec<String> =
            run.effects.iter().map(|effect| of_effect(effect, turned).to_string()).collect();
        effects.sort_unstable();
        lines.push(json!([run.deployments, run.started, pair(&run.before, &run.after, turned), effects]));
    }
    for change in &diff.conditions {
        lines.push(json!([
            change.principals,
            change.entity_type,
            pair(&change.before, &change.after, turned)
        ]));
    }
    for rename in &diff.renamed {
        lines.push(json!([rename.kind, rename.id, pair(&rename.before, &rename.after, turned)]));
    }
    let mut lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    lines.sort_unstable();
    lines
}

fn of_effect(effect: &EffectChange<'_>, turned: bool) -> Value {
    let mut on: Vec<String> = effect.on.iter().map(|place| of_place(&place, turned).to_string()).collect();
    on.sort_unstable();
    let limits = effect.max_open_seconds.unwrap_or_default();
    let before = json!([effect.before, limits.before]);
    let after = json!([effect.after, limits.after]);
    json!([
        pair(&before, &after, turned),
        effect.entity_type,
        effect.scopes,
        effect.set,
        on,
        [effect.everywhere, effect.but_own_stack],
        effect.by,
        effect.blocked_by,
        effect.told_at
    ])
}

fn of_place(place: &Where<'_>, turned: bool) -> Value {
    match place {
        Where::Renamed { before, after } => pair(&json!(before), &json!(after), turned),
        place => json!(place),
    }
}

fn pair<T: serde::Serialize>(before: &T, after: &T, turned: bool) -> Value {
    if turned { json!([after, before]) } else { json!([before, after]) }
}
