//! What a replay found, in words.

use scopewise::{
    Apart, Difference, Explanation, ReplayApart, ReplayCase, ReplayGroup, ReplayReport, ReplayedDecisions,
};

use crate::table::visible;
use crate::words::{self, FAINT, HEADING, push};

/// The totals, what differs route by route, and what could not be compared. `word` is what the log calls a record.
pub(super) fn words(report: &ReplayReport, word: &str) -> String {
    let apart: usize = report.apart.iter().map(|it| it.count).sum();
    let plural = if report.records == 1 { "" } else { "s" };
    let mut text = format!("{HEADING}{} record{plural}{HEADING:#}", report.records);
    push(&mut text, format_args!(": {} agree, {} differ", report.agree, report.differ));
    if report.unsure > 0 {
        push(&mut text, format_args!(", {} differ where the need is a guess", report.unsure));
    }
    if apart > 0 {
        push(&mut text, format_args!(", {apart} not compared"));
    }
    for it in &report.groups {
        group(&mut text, it, word);
    }
    for it in &report.decisions {
        decisions(&mut text, it, word);
    }
    if apart > 0 {
        push(&mut text, format_args!("\n{HEADING}not compared{HEADING:#}"));
    }
    for it in &report.apart {
        set_apart(&mut text, it);
    }
    text
}

fn group(text: &mut String, group: &ReplayGroup, word: &str) {
    let ReplayGroup { method, path, confidence, .. } = group;
    push(
        text,
        format_args!("\n{HEADING}{} {}{HEADING:#}  {}", visible(method), visible(path), confidence.as_str()),
    );
    if let Some(note) = &group.note {
        push(text, format_args!("\n  {FAINT}{}{FAINT:#}", visible(note)));
    }
    let says = match group.difference {
        Difference::DeniedButLetThrough => "the rules deny it, the server let it through",
        Difference::AllowedButRefused => "the rules allow it, the server refused it",
        Difference::AllowedButHidden => {
            "the rules allow it and the document has it, the server did not find it"
        }
        _ => "the rules and the server differ",
    };
    push(text, format_args!("\n  {says}: {}", group.count));
    cases(text, &group.cases, group.count, word);
}

fn decisions(text: &mut String, group: &ReplayedDecisions, word: &str) {
    let ReplayedDecisions { entity_type, scope, logged, effect, count, .. } = group;
    push(text, format_args!("\n{HEADING}{} on {}{HEADING:#}", visible(scope), visible(entity_type)));
    push(text, format_args!("\n  the rules say {effect}, the log says {logged}: {count}"));
    cases(text, &group.cases, group.count, word);
}

fn cases(text: &mut String, cases: &[ReplayCase], count: usize, word: &str) {
    for it in cases {
        case(text, it, word);
    }
    let listed: usize = cases.iter().map(|case| case.count).sum();
    if let more @ 1.. = count.saturating_sub(listed) {
        push(text, format_args!("\n    {more} more by other questions"));
    }
}

fn case(text: &mut String, case: &ReplayCase, word: &str) {
    let (principal, entity) = (visible(&case.principal), visible(&case.entity));
    let what = case.scope.as_ref().map_or_else(
        || format!("as a member of {entity}"),
        |scope| format!("{} on {entity}", visible(scope)),
    );
    let times = if case.count == 1 { String::new() } else { format!(", {} times", case.count) };
    let decision = words::decision(&case.decision);
    let answered = case.status.map_or_else(String::new, |status| format!(", answered by {status}"));
    push(text, format_args!("\n    {word} {}: {principal} {what}: {decision}{answered}{times}", case.record));
    for line in case.explanation.iter().flat_map(why) {
        push(text, format_args!("\n      {FAINT}{}{FAINT:#}", visible(&line)));
    }
}

/// What grants it, what stands in the way, and by which statements.
fn why(told: &Explanation<()>) -> Vec<String> {
    let grants = told.grants.iter().map(words::grant);
    let blockers = told.blocked_by.iter().filter_map(|blocker| blocker.setting.as_ref());
    let blockers = blockers.map(|setting| format!("the setting {setting} is off"));
    let rules: Vec<_> = told.rules.iter().map(|rule| format!("{} {}", rule.rule, rule.basis)).collect();
    let rules = Some(rules).filter(|rules| !rules.is_empty()).map(|rules| format!("by {}", rules.join(", ")));
    grants.chain(blockers).chain(rules).collect()
}

fn set_apart(text: &mut String, apart: &ReplayApart) {
    let why = match apart.why {
        Apart::Elsewhere => "to another server",
        Apart::Unmapped => "in no route of the table",
        Apart::Unclear => "with a path that can be read in two ways",
        Apart::NotInCatalog => "needing what the revision does not have",
        Apart::OtherOrganization => "about another organization",
        Apart::NoScope => "needing no scope, or what no scope decides",
        Apart::Status => "answered by a status that says nothing about permission",
        Apart::UnknownTags => "resting on tags that are not known",
        Apart::NotThere => "allowed, and something of it not there",
        Apart::Redacted => "with stand-ins for names",
        Apart::NoTrigger => "of a deployment of which it is not told what started it",
        _ => "that cannot be compared",
    };
    push(text, format_args!("\n  {} {why}", apart.count));
    for example in &apart.examples {
        push(text, format_args!("\n    {FAINT}{}{FAINT:#}", visible(example)));
    }
}
