//! Answers in words, with colour where the terminal has it.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use scopewise::{Blocker, Decision, Effect, ExplainedGrant, Explanation, Reason, Remedy};

use crate::args;
use crate::table::visible;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
const OPEN: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// `deny not_granted`, `unknown needs_tags: env, owner`.
pub(crate) fn decision(decision: &Decision) -> String {
    format!("{} {}", effect(decision.effect), reason(decision))
}

/// `needs_tags: env, owner`.
pub(crate) fn reason(decision: &Decision) -> String {
    let mut text = decision.reason.to_string();
    if !decision.needs.is_empty() {
        push(&mut text, format_args!(": {}", visible(&decision.needs.join(", "))));
    }
    if let Some(seconds) = decision.max_open_seconds {
        push(&mut text, format_args!(", open for at most {seconds} seconds"));
    }
    text
}

/// `3 allow, 1 unknown`; of what there is none nothing is said, but for the first.
pub(crate) fn counts(counts: &[(Effect, usize)]) -> String {
    let told = counts.iter().enumerate().filter(|(position, (_, count))| *position == 0 || *count > 0);
    told.map(|(_, (it, count))| format!("{count} {}", effect(*it))).collect::<Vec<_>>().join(", ")
}

/// The decision as a sentence, then what is behind it under headings.
pub(crate) fn explanation(asked: &args::Explain, told: &Explanation) -> String {
    let (may, allow) = (may(told.effect), told.effect == Effect::Allow);
    let asked = format!("{} {may} {} on {}", asked.about.principal, asked.scope, asked.about.entity);
    let mut text = format!("{}: {}\n", effect(told.effect), visible(&asked));
    push(&mut text, format_args!("  {}", sentence(told.reason)));
    if let Some(acts_as) = &told.acts_as {
        section(&mut text, "acts as", [visible(acts_as)]);
    }
    let heading = if allow { "granted by" } else { "would be granted by" };
    section(&mut text, heading, told.grants.iter().map(grant));
    section(&mut text, "blocked by", told.blocked_by.iter().map(blocker));
    section(
        &mut text,
        "rests on the tags",
        told.needs.iter().map(|key| visible(key)).map(|key| format!("{key}  (say --tag {key}=VALUE)")),
    );
    section(
        &mut text,
        "by the rules",
        told.rules.iter().map(|rule| format!("{}  {}", rule.rule, rule.basis)),
    );
    let remedies = told.remedies.as_deref().unwrap_or_default();
    section(&mut text, HELPS, self::remedies(remedies, REMEDIES));
    text
}

/// An effect as a verb.
pub(crate) fn may(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "may",
        Effect::Deny => "may not",
        Effect::Unknown => "may or may not",
    }
}

/// The heading of remedies, each of which ends in what it gives and takes.
pub(crate) const HELPS: &str = "what would allow it (pairs of scope and entity)";

/// How many remedies are told in words. The first ones add the least power.
const REMEDIES: usize = 10;

/// The first remedies, a line each: what to do, and how many more pairs of scope and entity come with it.
pub(crate) fn remedies(remedies: &[Remedy], most: usize) -> Vec<String> {
    let mut lines: Vec<String> = remedies.iter().take(most).map(remedy).collect();
    let rest = remedies.len() - lines.len();
    if rest > 0 {
        lines.push(format!("{FAINT}and {rest} more that add as much or more: --json tells them{FAINT:#}"));
    }
    lines
}

fn remedy(remedy: &Remedy) -> String {
    let loses = if remedy.loses > 0 { format!(", -{}", remedy.loses) } else { String::new() };
    format!("{}  {FAINT}(+{}{loses}){FAINT:#}", visible(&remedy.sentence), remedy.gains)
}

/// What a reason says.
pub(crate) fn sentence(reason: Reason) -> &'static str {
    match reason.as_str() {
        "granted" => "a role, a team or a direct grant gives it",
        "organization_admin" => "the organization role of the caller has every scope",
        "organization_setting" => "an organization-wide setting gives it",
        "creator" => "the caller created the entity",
        "not_granted" => "nothing gives it",
        "setting_off" => "it is granted, but a setting that must also be on is off",
        "needs_tags" => "a grant rests on tags of the entity that are not known",
        "unknown_principal" => "nobody of that name is in the organization",
        "unknown_scope" => "the revision has no such scope",
        "wrong_entity_type" => "the scope is not one of this type of entity",
        "other_organization" => "the entity belongs to another organization",
        "deployment_refused" => "the mode or the deployment settings do not let it run",
        "token_expired" => "the token is past its end",
        "token_lifetime" => "the token may live longer than the organization allows",
        "token_exception" => "no organization token has this scope, whatever its role",
        _ => "",
    }
}

/// The way of a grant and where it holds.
pub(crate) fn grant(grant: &ExplainedGrant) -> String {
    let unsure = if grant.effect == Effect::Unknown { ", if the tags say so" } else { "" };
    visible(&format!("{}, {}{unsure}", grant.via.join(" > "), grant.on))
}

pub(crate) fn blocker(blocker: &Blocker) -> String {
    match &blocker.setting {
        Some(setting) => format!("the setting {setting}, which is off"),
        None => blocker.code.to_string(),
    }
}

pub(crate) fn section(text: &mut String, heading: &str, rows: impl IntoIterator<Item = String>) {
    let mut rows = rows.into_iter().peekable();
    if rows.peek().is_some() {
        push(text, format_args!("\n{HEADING}{heading}{HEADING:#}"));
    }
    for row in rows {
        push(text, format_args!("\n  {row}"));
    }
}

pub(crate) fn effect(effect: Effect) -> String {
    let style = style(effect);
    format!("{style}{effect}{style:#}")
}

pub(crate) fn style(effect: Effect) -> Style {
    match effect {
        Effect::Allow => GOOD,
        Effect::Deny => BAD,
        Effect::Unknown => OPEN,
    }
}

/// Writing to a string does not fail.
pub(crate) fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    let _written = text.write_fmt(what);
}
