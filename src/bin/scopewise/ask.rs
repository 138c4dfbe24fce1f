//! One question: `check`, `explain`.

use std::io::Write;
use std::time::SystemTime;

use scopewise::{Context, Effect, Filter, Instant, Trigger};

use crate::{Exit, Failure, args, files, meant, table, words};

pub(crate) fn check(check: &args::Check) -> Result<Exit, Failure> {
    let context = context(&check.context)?;
    let organization = files::organization(&check.document)?;
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let (principal, scope, entity) = (text(&check.principal), text(&check.scope), text(&check.entity));
    let decision = organization.principal(&principal).decide(&scope, &entity, &context)?;
    if !check.json {
        meant::principal(&organization, &principal);
        meant::scope(&organization, &scope);
    }
    let answer = if check.json { json(&decision)? } else { words::decision(&decision) };
    print(&answer, exit(decision.effect))
}

pub(crate) fn explain(explain: &args::Explain) -> Result<Exit, Failure> {
    let context = context(&explain.about.context)?;
    let organization = files::organization(&explain.about.document)?;
    let principal = organization.principal(&explain.about.principal);
    let explanation = principal.explain(&explain.scope, &explain.about.entity, &context)?;
    if !explain.about.json {
        meant::principal(&organization, &explain.about.principal);
        meant::scope(&organization, &explain.scope);
    }
    let answer =
        if explain.about.json { json(&explanation)? } else { words::explanation(explain, &explanation) };
    print(&answer, exit(explanation.effect))
}

/// What is known beside the document, and what started a run.
pub(crate) fn context(flags: &args::Context) -> Result<Context, Failure> {
    let context = known(&flags.known)?;
    Ok(match flags.trigger.as_deref().map(Trigger::parse).transpose()? {
        Some(trigger) => context.trigger(trigger),
        None => context,
    })
}

/// What is known beside the document: the time is now unless it is given.
pub(crate) fn known(flags: &args::Known) -> Result<Context, Failure> {
    let context = Context::at(time(flags.at.as_deref())?);
    Ok(if flags.tags.is_empty() { context } else { context.tags(tags(&flags.tags)?) })
}

/// Which of many are asked about.
pub(crate) fn filter(kinds: &[String], name: Option<&String>, denied: bool) -> Filter {
    let filter = kinds.iter().fold(Filter::default(), Filter::kind);
    let filter = name.into_iter().fold(filter, Filter::name);
    if denied { filter.and_denied() } else { filter }
}

/// The moment that is asked about: now unless it is given.
pub(crate) fn time(at: Option<&str>) -> Result<Instant, Failure> {
    let Some(text) = at else { return Ok(SystemTime::now().into()) };
    Instant::parse(text)
        .ok_or_else(|| Failure::Message(format!("`{text}` is no date: write it like `2026-11-20T00:00:00Z`")))
}

/// The moment of a question that names none.
pub(crate) fn now() -> Context {
    Context::at(SystemTime::now())
}

fn tags(flags: &[String]) -> Result<Vec<(&str, &str)>, Failure> {
    let mut tags: Vec<(&str, &str)> = Vec::new();
    for flag in flags {
        let Some((key, value)) = flag.split_once('=') else {
            return Err(Failure::Message(format!("`{flag}` is no tag: write it `KEY=VALUE`")));
        };
        if tags.iter().any(|(known, _)| *known == key) {
            return Err(Failure::Message(format!("the tag `{key}` is given twice: keep one")));
        }
        tags.push((key, value));
    }
    Ok(tags)
}

pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    printed(serde_json::to_string(value))
}

/// The same in many lines, for people.
pub(crate) fn pretty(value: &impl serde::Serialize) -> Result<String, Failure> {
    printed(serde_json::to_string_pretty(value))
}

fn printed(json: serde_json::Result<String>) -> Result<String, Failure> {
    let json = json.map_err(|error| Failure::Message(format!("cannot print the answer: {error}")))?;
    Ok(table::visible_json(&json))
}

/// Prints an answer. The exit code is the answer's even where nobody reads it.
pub(crate) fn print(answer: &str, exit: Exit) -> Result<Exit, Failure> {
    match writeln!(anstream::stdout().lock(), "{answer}").map_err(Failure::from) {
        Err(Failure::OutputClosed) | Ok(()) => Ok(exit),
        Err(failure) => Err(failure),
    }
}

fn exit(effect: Effect) -> Exit {
    match effect {
        Effect::Allow => Exit::Done,
        Effect::Deny => Exit::Deny,
        Effect::Unknown => Exit::Unknown,
    }
}
