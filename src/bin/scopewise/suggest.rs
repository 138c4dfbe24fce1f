//! `suggest`: the least role that does, and what a principal holds and never used.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use scopewise::{
    Addition, Context, Needs, Organization, Preflight, RuleOn, Suggestion, Trigger, Unused, Usage,
    UsageReport,
};

use crate::args::Document;
use crate::table::visible;
use crate::words::{self, BAD, GOOD, HEADING, push};
use crate::{Exit, Failure, ask, files, requests};

/// Of a list that may be long, so many are told in words.
const TOLD: usize = 5;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scopewise suggest acme.json --need stack:write@stack:acme/web/prod --need stack:read@'stack:*' --name Web
  scopewise suggest acme.json --for-deployment web/prod
  scopewise suggest acme.json --principal user:bob --log decisions.jsonl

A line of needs is SCOPE@TYPE:PATH, or SCOPE@TYPE:* for all entities of a type, present and future. A record of a log
is {\"at\": …, \"principal\": …, \"scope\": …, \"entity\": …, \"effect\": …}; what else it has is not read. A role is found
by itself: what the settings add to its holder or refuse is beside it. Exit code 2: no role can do it.")]
#[command(group = ArgGroup::new("question").required(true).args(["need", "needs", "stack", "principal"]))]
pub(crate) struct Suggest {
    #[command(flatten)]
    document: Document,
    /// A scope that must be allowed, and where
    #[arg(long, value_name = "SCOPE@ENTITY")]
    need: Vec<String>,
    /// The same from a file, one a line, - for standard input
    #[arg(long, value_name = "FILE")]
    needs: Option<PathBuf>,
    /// The stack for whose deployments an organization token is wanted: PROJECT/STACK
    #[arg(long = "for-deployment", value_name = "STACK")]
    stack: Option<String>,
    /// What starts a deployment: rest:user:LOGIN, console:user:LOGIN, git-push, pull-request, schedule
    #[arg(long, value_name = "KIND[:user:LOGIN]", conflicts_with_all = ["need", "needs"])]
    trigger: Option<String>,
    /// Who holds more than it uses
    #[arg(long, value_name = "P", requires = "log")]
    principal: Option<String>,
    /// The decisions that it met with, a record a line, - for standard input
    #[arg(long, value_name = "FILE.jsonl", requires = "principal", conflicts_with_all = ["need", "needs", "stack"])]
    log: Option<PathBuf>,
    /// When: RFC 3339 with seconds and an offset; now if absent
    #[arg(long, value_name = "T", conflicts_with_all = ["need", "needs"])]
    at: Option<String>,
    /// What people shall call a new role
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn suggest(flags: &Suggest) -> Result<Exit, Failure> {
    let inputs = [Some(&flags.document.path), flags.needs.as_ref(), flags.log.as_ref()];
    if inputs.into_iter().flatten().filter(|path| path.as_os_str() == "-").count() > 1 {
        let message = "only one of the files can be standard input: name the others";
        return Err(Failure::Message(message.into()));
    }
    match (&flags.stack, &flags.principal, &flags.log) {
        (Some(stack), ..) => for_deployment(flags, stack),
        (None, Some(principal), Some(log)) => unused(flags, principal, log),
        _ => for_needs(flags),
    }
}

fn for_needs(flags: &Suggest) -> Result<Exit, Failure> {
    let mut needs = flags.name.iter().fold(Needs::new(), Needs::named);
    for need in written_needs(flags)? {
        let Some((scope, entity)) = need.split_once('@') else {
            return Err(Failure::Message(format!("`{need}` is no need: write it `SCOPE@ENTITY`")));
        };
        needs = needs.and(scope, entity);
    }
    answer(flags, &files::organization(&flags.document)?.suggest(&needs)?)
}

/// The needs of the flags, or those of a file, whose empty lines mean nothing.
fn written_needs(flags: &Suggest) -> Result<Vec<String>, Failure> {
    let Some(path) = &flags.needs else { return Ok(flags.need.clone()) };
    let text = String::from_utf8(files::bytes(path)?)
        .map_err(|_| Failure::Message(format!("cannot read `{}`: it is not UTF-8", path.display())))?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn for_deployment(flags: &Suggest, stack: &str) -> Result<Exit, Failure> {
    let trigger = Trigger::parse(flags.trigger.as_deref().unwrap_or("git-push"))?;
    let run = Preflight::new(stack, trigger).or_at(ask::time(flags.at.as_deref())?);
    let organization = files::organization(&flags.document)?;
    answer(flags, &organization.suggest_for_deployment(&run, flags.name.as_deref())?)
}

fn answer(flags: &Suggest, suggestion: &Suggestion) -> Result<Exit, Failure> {
    let text = if flags.json { ask::json(suggestion)? } else { sentences(suggestion)? };
    ask::print(&text, if suggestion.surplus.is_some() { Exit::Done } else { Exit::Deny })
}

fn unused(flags: &Suggest, principal: &str, log: &Path) -> Result<Exit, Failure> {
    let context = Context::at(ask::time(flags.at.as_deref())?);
    let context = match flags.trigger.as_deref().map(Trigger::parse).transpose()? {
        Some(trigger) => context.trigger(trigger),
        None => context,
    };
    let organization = files::organization(&flags.document)?;
    let usage = read(&organization, principal, &context, log)?;
    let report = usage.report(flags.name.as_deref());
    let text = if flags.json { ask::json(&report)? } else { told(&report)? };
    ask::print(&text, Exit::Done)
}

/// Reads a log line by line. A line that is no record is told by its number and passed over.
fn read<'o>(
    organization: &'o Organization,
    principal: &str,
    context: &Context,
    log: &Path,
) -> Result<Usage<'o>, Failure> {
    let mut usage = organization.usage(principal, context)?;
    let mut input = BufReader::with_capacity(1 << 16, files::open(log)?);
    let mut line = Vec::new();
    let mut number = 0_usize;
    while let Some(length) =
        requests::next_line(&mut input, &mut line).map_err(|error| files::failed(log, &error))?
    {
        number += 1;
        let read = if length > requests::LONGEST {
            usage.skip();
            Err(requests::too_long(length))
        } else {
            usage.record(&line).map_err(|error| error.to_string())
        };
        if let Err(sentence) = read {
            anstream::eprintln!("line {number} is passed over: {sentence}");
        }
    }
    Ok(usage)
}

/// The answer, what is needed, what is given, what else is there, and what to add.
fn sentences(suggestion: &Suggestion) -> Result<String, Failure> {
    let style = if suggestion.surplus.is_some() { GOOD } else { BAD };
    let mut text = format!("{style}{}{style:#}", visible(&suggestion.sentence));
    section(&mut text, "needed", suggestion.needs.iter().map(|it| format!("{} on {}", it.scope, it.entity)));
    section(&mut text, "it gives", suggestion.add.iter().flat_map(gives));
    section(&mut text, "roles that are there and fit", fitting(suggestion));
    section(&mut text, "no new role", suggestion.no_new_role.iter().cloned());
    let lifetime = |days| format!("it must end, and within {days} days, or it is refused (TK-14)");
    section(&mut text, "the token", suggestion.token_max_lifetime_days.map(lifetime));
    if let Some(add) = &suggestion.add {
        push(&mut text, format_args!("\n{HEADING}add to the document{HEADING:#}\n{}", ask::pretty(add)?));
    }
    Ok(text)
}

/// Lines of words and names under a heading.
fn section(text: &mut String, heading: &str, lines: impl IntoIterator<Item = String>) {
    words::section(text, &visible(heading), lines.into_iter().map(|line| visible(&line)));
}

/// A line for each rule, each set of organization access and each grant; of a new set with its scopes.
fn gives(add: &Addition) -> Vec<String> {
    let scopes = |id: &str| {
        let new = add.permission_sets.iter().find(|set| set.id == id);
        new.map_or_else(String::new, |set| format!(": {}", set.scopes.join(", ")))
    };
    let line = |id: &str, on: &str| format!("{id} {on}{}", scopes(id));
    let mut lines = Vec::new();
    for role in &add.roles {
        lines.extend(role.rules.iter().map(|rule| line(&rule.permission_set, &on(&rule.on))));
        lines.extend(role.organization_access.iter().map(|id| line(id, "on the organization")));
    }
    lines.extend(add.grants.iter().map(|it| line(&it.permission_set, &format!("on {}", it.entity))));
    if lines.is_empty() {
        lines.push("nothing by itself: the settings give all that is needed".to_owned());
    }
    lines
}

fn on(on: &RuleOn) -> String {
    match on {
        RuleOn::All => "everywhere".to_owned(),
        RuleOn::Entities(entities) if entities.len() > TOLD => format!("on {} entities", entities.len()),
        RuleOn::Entities(entities) => format!("on {}", entities.join(", ")),
    }
}

fn fitting(suggestion: &Suggestion) -> Vec<String> {
    let there = &suggestion.existing;
    let line = |it: &scopewise::Fitting| format!("{} gives what is needed, and {}", it.role, it.surplus);
    let mut lines: Vec<String> = there.iter().take(TOLD).map(line).collect();
    if there.len() > TOLD {
        lines.push(format!("and {} more", there.len() - TOLD));
    }
    lines
}

/// What is held and was used, what was not, and the role that would do.
fn told(report: &UsageReport) -> Result<String, Failure> {
    let (principal, holds, used) = (visible(&report.principal), report.holds, report.used);
    let mut text =
        format!("{HEADING}{principal} holds {holds} pairs of scope and entity, and used {used}{HEADING:#}");
    let counted = visible(&report.counted.join(", "));
    push(&mut text, format_args!("\n  {} of {} records are of {counted}", report.own, report.records));
    if let (Some(from), Some(to)) = (&report.from, &report.to) {
        push(&mut text, format_args!("\n  the log is from {from} to {to}"));
    }
    if report.skipped > 0 {
        push(&mut text, format_args!("\n  lines passed over: {}", report.skipped));
    }
    for of_way in report.unused.chunk_by(|a, b| a.via == b.via) {
        let way = of_way.first().map_or_else(String::new, |it| it.via.join(" > "));
        section(&mut text, &format!("held by {way} and never used"), of_way.iter().map(line));
    }
    let gone = report.no_longer_held.iter().map(|it| format!("{} on {}", it.scope, it.entity));
    section(&mut text, "used and no longer held", gone);
    if let Some(instead) = &report.instead {
        push(&mut text, format_args!("\n\n{}", sentences(instead)?));
    }
    Ok(text)
}

/// `on 12 of 14 stacks and those to come: stack:delete, stack:rename`.
fn line(unused: &Unused) -> String {
    let (count, held, plural) = (unused.entities.len(), unused.held, format!("{}s", unused.entity_type));
    let listed = match unused.entities.first() {
        Some(only) if held == 1 => only.clone(),
        _ if count == held => format!("{count} {plural}"),
        _ => format!("{count} of {held} {plural}"),
    };
    let on = match (unused.to_come, held) {
        (true, 0) => format!("{plural} to come"),
        (true, _) => format!("{listed} and those to come"),
        (false, _) => listed,
    };
    format!("on {on}: {}", unused.scopes.join(", "))
}
