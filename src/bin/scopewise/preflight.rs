//! `preflight`: will this deployment fail, and at what.

use scopewise::catalog::Need;
use scopewise::{Effect, Preflight, PreflightReport, PreflightRow, Trigger};

use crate::table::visible;
use crate::words::{FAINT, push, section};
use crate::{Exit, Failure, args, ask, files, project, words};

pub(crate) fn preflight(flags: &args::Preflight) -> Result<Exit, Failure> {
    let asked = asked(flags)?;
    let report = files::organization(&flags.document)?.preflight(&asked)?;
    let answer = if flags.json { ask::json(&report)? } else { table(&asked, &report) };
    ask::print(&answer, if report.allowed { Exit::Done } else { Exit::Deny })
}

/// What the flags ask, with what the files of the project say.
fn asked(flags: &args::Preflight) -> Result<Preflight, Failure> {
    let given = |names: Vec<String>| Some(names).filter(|names| !names.is_empty());
    let named = flags.environments.iter().map(|name| project::environment(name)).collect();
    let (stack, environments) = match &flags.project_dir {
        None => (flags.stack.clone(), given(named)),
        Some(folder) => {
            let read = project::read(folder, &flags.stack)?;
            (read.stack, Some([read.environments, named].concat()))
        }
    };
    Ok(Preflight {
        stack_references: given(flags.stack_references.clone()),
        environments,
        at: Some(ask::time(flags.at.as_deref())?),
        ..Preflight::new(stack, Trigger::parse(&flags.trigger)?)
    })
}

/// The answer and whom the run acts as, a line for each need, the rings of imports.
fn table(asked: &Preflight, report: &PreflightReport) -> String {
    let (stack, kind) = (&asked.stack, asked.trigger.kind.as_str());
    let says = match verdict(report) {
        Effect::Allow => "may do all that it needs",
        Effect::Deny => "may not do all that it needs",
        Effect::Unknown => "may or may not do all that it needs",
    };
    let effect = words::effect(verdict(report));
    let mut text = format!("{effect}: a deployment of {}, started by {kind}, {says}\n", visible(stack));
    push(&mut text, format_args!("  acts as {}", visible(report.acts_as.as_deref().unwrap_or("nobody"))));
    let width =
        |cell: fn(&PreflightRow) -> String| report.rows.iter().map(|row| cell(row).chars().count()).max();
    let widths = [need, entity, scope].map(|cell| width(cell).unwrap_or_default());
    section(&mut text, "needs", report.rows.iter().map(|row| line(row, widths)));
    section(&mut text, "imports in a ring", report.cycles.iter().map(|cycle| visible(&ring(cycle))));
    section(&mut text, words::HELPS, report.rows.iter().flat_map(what_helps));
    text
}

/// How many remedies are told of each row in words.
const REMEDIES: usize = 3;

/// The first remedies of a row under what it asks for.
fn what_helps(row: &PreflightRow) -> Vec<String> {
    let remedies = row.explanation.remedies.as_deref().unwrap_or_default();
    let lines = words::remedies(remedies, REMEDIES).into_iter().map(|line| format!("  {line}"));
    let heading = (!remedies.is_empty()).then(|| visible(&format!("{} on {}", row.scope, row.entity)));
    heading.into_iter().chain(lines).collect()
}

/// The worst answer of all rows.
fn verdict(report: &PreflightReport) -> Effect {
    let has = |effect| report.rows.iter().any(|row| row.decision.effect == effect);
    if has(Effect::Deny) {
        Effect::Deny
    } else if has(Effect::Unknown) {
        Effect::Unknown
    } else {
        Effect::Allow
    }
}

fn line(row: &PreflightRow, [first, second, third]: [usize; 3]) -> String {
    let style = words::style(row.decision.effect);
    let (need, entity, scope, effect) = (need(row), entity(row), scope(row), row.decision.effect.as_str());
    let cells = format!("{need:first$}  {entity:second$}  {scope:third$}  ");
    match remark(row) {
        remark if remark.is_empty() => format!("{cells}{style}{effect}{style:#}"),
        remark => format!("{cells}{style}{effect:7}{style:#}  {remark}"),
    }
}

fn need(row: &PreflightRow) -> String {
    let need = match row.need {
        Need::Stack => "its stack",
        Need::StackReference => "stack reference",
        Need::Environment => "environment",
        Need::EnvironmentImport => "import",
    };
    need.to_owned()
}

fn entity(row: &PreflightRow) -> String {
    visible(&row.entity)
}

fn scope(row: &PreflightRow) -> String {
    visible(&row.scope)
}

/// Why not, and by whom an import comes.
fn remark(row: &PreflightRow) -> String {
    let by = row.via.last().map(|by| format!("{FAINT}imported by {}{FAINT:#}", visible(by)));
    let why = Some(visible(&why(row))).filter(|_| !row.decision.is_allow());
    why.into_iter().chain(by).collect::<Vec<_>>().join("; ")
}

fn why(row: &PreflightRow) -> String {
    let mut text = words::sentence(row.explanation.reason).to_owned();
    let settings = row.explanation.blocked_by.iter().filter_map(|blocker| blocker.setting.as_deref());
    let behind: Vec<&str> = settings.chain(row.decision.needs.iter().map(String::as_str)).collect();
    if !behind.is_empty() {
        push(&mut text, format_args!(": {}", behind.join(", ")));
    }
    push(&mut text, format_args!(" ({})", row.rule));
    text
}

/// From an environment around to itself.
fn ring(cycle: &[String]) -> String {
    let around: Vec<&str> = cycle.iter().chain(cycle.first()).map(String::as_str).collect();
    around.join(" > ")
}
