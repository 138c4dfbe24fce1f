//! A diff for people at a terminal.

use anstyle::{AnsiColor, Style};
use scopewise::{ConditionChange, Diff, EffectChange, PrincipalChange, RunChange, Where};

use super::phrases;
use crate::words::{BAD, FAINT, HEADING, push};

const MORE: Style = AnsiColor::Green.on_default();
const LESS: Style = AnsiColor::Red.on_default();

/// How many entities are listed under a line that counts them.
const LISTED: usize = 8;

pub(super) fn told(diff: &Diff<'_>) -> String {
    let mut text = String::new();
    for breach in &diff.guarded {
        let guard = phrases::plain(&breach.guard);
        push(&mut text, format_args!("{BAD}guarded{BAD:#} {guard}: {}\n", phrases::breach(breach)));
    }
    for change in &diff.changes {
        self::change(&mut text, diff, change);
    }
    for run in &diff.runs {
        self::run(&mut text, run);
    }
    for conditions in &diff.conditions {
        self::conditions(&mut text, conditions);
    }
    for rename in &diff.renamed {
        push(&mut text, format_args!("{HEADING}renamed{HEADING:#} {}\n", phrases::rename(rename)));
    }
    push(&mut text, format_args!("{}\n", phrases::totals(diff)));
    text
}

/// What happens to some principals. What a team tells is told there alone.
fn change(text: &mut String, diff: &Diff<'_>, change: &PrincipalChange<'_>) {
    let mut lines = String::new();
    let own = change.effects.iter().filter(|effect| effect.told_at.is_empty());
    own.for_each(|effect| self::effect(&mut lines, effect, &change.effects));
    for members in phrases::members_lines(diff, change) {
        push(&mut lines, format_args!("  {FAINT}{members}{FAINT:#}\n"));
    }
    if !lines.is_empty() {
        push(text, format_args!("{HEADING}{}{HEADING:#}\n{lines}", phrases::heading(change)));
    }
}

fn effect(text: &mut String, effect: &EffectChange<'_>, others: &[EffectChange<'_>]) {
    let Some(line) = phrases::line(effect, others) else { return };
    let style = if effect.is_gain() { MORE } else { LESS };
    push(text, format_args!("  {style}{} {line}{style:#}\n", phrases::sign(effect)));
    for name in listed(effect) {
        push(text, format_args!("      {FAINT}{}{FAINT:#}\n", phrases::plain(&name)));
    }
}

/// The entities that a line counts, the first of them by name.
fn listed(effect: &EffectChange<'_>) -> Vec<String> {
    let known = |place: Where<'_>| match place {
        Where::Entity(_) | Where::Renamed { .. } => Some(phrases::place(&place)),
        _ => None,
    };
    let mut names: Vec<String> = effect.on.iter().filter_map(known).collect();
    if names.len() <= phrases::NAMED || effect.everywhere {
        return Vec::new();
    }
    let more = names.len().saturating_sub(LISTED);
    if more > 1 {
        names.truncate(LISTED);
        names.push(format!("and {more} more"));
    }
    names
}

fn run(text: &mut String, run: &RunChange<'_>) {
    push(text, format_args!("{HEADING}runs{HEADING:#} {}\n", phrases::run(run)));
    run.effects.iter().for_each(|effect| self::effect(text, effect, &run.effects));
}

fn conditions(text: &mut String, change: &ConditionChange<'_>) {
    push(text, format_args!("{HEADING}{}{HEADING:#}\n", phrases::conditions(change)));
    for (style, sign, grants) in [(LESS, '-', &change.before), (MORE, '+', &change.after)] {
        for grant in grants.iter().take(LISTED) {
            push(text, format_args!("  {style}{sign} {}{style:#}\n", phrases::grant(grant)));
        }
    }
}
