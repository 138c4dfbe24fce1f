//! A diff for a pull request, within what a comment may hold.

use scopewise::{Breach, ConditionChange, Diff, EffectChange, ExplainedGrant, PrincipalChange, RunChange};

use super::phrases::{self, NAMED};
use crate::words::push;

/// The bytes that a comment may have, less room for what stands around it.
const MOST: usize = 60_000;

/// How much of a list is written out before the rest is counted.
const LISTED: usize = 100;

pub(super) fn told(diff: &Diff<'_>) -> String {
    let mut page = Page { text: format!("### Access: {}\n", phrases::totals(diff)), left_out: 0 };
    let breach = |it: &Breach<'_>| format!("{}: {}", code(&it.guard), code(&phrases::breach(it)));
    page.add(&section("Guarded, and gained", diff.guarded.iter().map(breach)));
    for change in &diff.changes {
        page.add(&self::change(diff, change));
    }
    for run in &diff.runs {
        page.add(&self::run(run));
    }
    for change in &diff.conditions {
        page.add(&conditions(change));
    }
    page.add(&section("Renamed", diff.renamed.iter().map(|it| code(&phrases::rename(it)))));
    page.end()
}

/// A page that grows up to its limit.
struct Page {
    text: String,
    left_out: usize,
}

impl Page {
    fn add(&mut self, part: &str) {
        if self.text.len() + part.len() <= MOST {
            self.text += part;
        } else {
            self.left_out += 1;
        }
    }

    fn end(self) -> String {
        match self.left_out {
            0 => self.text,
            1 => {
                self.text
                    + "\n**One part is left out**, for a comment holds no more: `scopewise diff` tells it.\n"
            }
            more => {
                let left_out = format!("\n**{more} parts are left out**, for a comment holds no more");
                self.text + &left_out + ": `scopewise diff` tells them.\n"
            }
        }
    }
}

/// What happens to some principals. What a team tells is told there alone.
fn change(diff: &Diff<'_>, change: &PrincipalChange<'_>) -> String {
    let own = change.effects.iter().filter(|effect| effect.told_at.is_empty());
    let mut text = effects(own, &change.effects);
    for members in phrases::members_lines(diff, change) {
        push(&mut text, format_args!("\n{}\n", code(&members)));
    }
    if text.is_empty() { text } else { format!("\n**{}**\n{text}", code(&phrases::heading(change))) }
}

fn run(run: &RunChange<'_>) -> String {
    format!("\n**{}**\n{}", code(&phrases::run(run)), effects(run.effects.iter(), &run.effects))
}

/// A line for each effect, and folded away everything that the lines only count.
fn effects<'d>(effects: impl Iterator<Item = &'d EffectChange<'d>>, all: &[EffectChange<'_>]) -> String {
    let (mut lines, mut details) = (Vec::new(), String::new());
    for effect in effects {
        let Some(line) = phrases::line(effect, all) else { continue };
        lines.push(format!("{} {line}", phrases::sign(effect)));
        details += &in_full(effect);
    }
    let folded = format!("\n<details><summary>in full</summary>\n\n{details}\n</details>\n");
    match (lines.is_empty(), details.is_empty()) {
        (true, _) => String::new(),
        (_, true) => fenced("diff", &lines.join("\n")),
        (_, false) => fenced("diff", &lines.join("\n")) + &folded,
    }
}

/// The scopes of a set, and the places where a line only counts them.
fn in_full(effect: &EffectChange<'_>) -> String {
    let mut text = String::new();
    if effect.scopes.len() > NAMED {
        let scopes = codes(effect.scopes.iter().copied(), effect.scopes.len());
        let name = effect.set.map_or(String::new(), |set| format!("{}: ", code(&phrases::plain(set.name))));
        push(&mut text, format_args!("- {} {name}{scopes}\n", phrases::sign(effect)));
    }
    if effect.on.len() > NAMED && !effect.everywhere {
        let places: Vec<String> = effect.on.iter().take(LISTED).map(|place| phrases::place(&place)).collect();
        let places = codes(places.iter().map(String::as_str), effect.on.len());
        push(&mut text, format_args!("- {} on {places}\n", phrases::sign(effect)));
    }
    text
}

fn conditions(change: &ConditionChange<'_>) -> String {
    let heading = code(&phrases::conditions(change));
    let lines = |sign: char, grants: &[ExplainedGrant]| -> Vec<String> {
        grants.iter().take(LISTED).map(|grant| format!("{sign} {}", phrases::grant(grant))).collect()
    };
    let lines = [lines('-', &change.before), lines('+', &change.after)].concat();
    format!("\n**{heading}**\n{}", fenced("diff", &lines.join("\n")))
}

fn section(heading: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: String = lines.map(|line| format!("- {line}\n")).collect();
    if lines.is_empty() { lines } else { format!("\n**{heading}**\n\n{lines}") }
}

fn codes<'n>(names: impl Iterator<Item = &'n str>, count: usize) -> String {
    let named: Vec<String> = names.take(LISTED).map(|name| code(&phrases::plain(name))).collect();
    match count.saturating_sub(named.len()) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// A text as it is: nothing in a name is markup.
fn code(text: &str) -> String {
    let ticks = "`".repeat(longest_run(text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    format!("\n{fence}{language}\n{text}\n{fence}\n")
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|it| it != '`').map(str::len).max().unwrap_or_default()
}
