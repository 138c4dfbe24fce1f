//! `diff`: who gains and who loses what, if another document takes the place of this one.

mod markdown;
mod phrases;
mod text;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use scopewise::{Breach, Guard, Organization};
use serde::Serialize;

use crate::{Exit, Failure, ask, files};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scopewise diff acme.json edited.json
  git show main:acme.json | scopewise diff - acme.json --format markdown --guard guards.txt
  scopewise diff acme.json edited.json --guard 'stack:delete@stack:acme/*/prod for user:*'

A guard is SCOPE[@ENTITY][ for PRINCIPAL], in each of which * stands for any run of characters; a file has one a line,
and # begins a remark. Exit code 0: whatever changes, no guard speaks, 2: somebody gains what a guard names.")]
pub(crate) struct Flags {
    /// The document before, or - for standard input
    #[arg(value_name = "OLD")]
    before: PathBuf,
    /// The document after, or - for standard input
    #[arg(value_name = "NEW")]
    after: PathBuf,
    /// When, for tokens that expire: RFC 3339 with seconds and an offset; now if absent
    #[arg(long, value_name = "T")]
    at: Option<String>,
    /// How to tell it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// What nobody shall gain unnoticed, or a file of such lines
    #[arg(long = "guard", value_name = "GUARD|FILE")]
    guards: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people at a terminal
    Text,
    /// Everything, for programs
    Json,
    /// For a pull request
    Markdown,
}

/// Everything, for programs.
#[derive(Serialize)]
struct Answer<'d> {
    #[serde(flatten)]
    diff: &'d scopewise::Diff<'d>,
    guarded: &'d [Breach<'d>],
}

pub(crate) fn diff(flags: &Flags) -> Result<Exit, Failure> {
    if flags.before.as_os_str() == "-" && flags.after.as_os_str() == "-" {
        let message = "the two documents cannot both be standard input: name a file for one";
        return Err(Failure::Message(message.into()));
    }
    let at = ask::time(flags.at.as_deref())?;
    let guards = guards(&flags.guards)?;
    let (before, after) = (files::organization(&flags.before)?, files::organization(&flags.after)?);
    for guard in &guards {
        check(guard, &[&before, &after])?;
    }
    let diff = before.diff(&after, Some(at))?;
    let guarded: Vec<Breach<'_>> = guards.iter().flat_map(|guard| diff.breaches(guard)).collect();
    let answer = match flags.format {
        Format::Text => text::told(&diff, &guarded),
        Format::Json => ask::json(&Answer { diff: &diff, guarded: &guarded })?,
        Format::Markdown => markdown::told(&diff, &guarded),
    };
    ask::print(answer.trim_end(), if guarded.is_empty() { Exit::Done } else { Exit::Deny })
}

/// What has a colon is a guard, anything else the name of a file.
fn guards(flags: &[String]) -> Result<Vec<Guard>, Failure> {
    let mut guards = Vec::new();
    for flag in flags {
        match flag.contains(':') {
            true => guards.push(Guard::parse(flag)?),
            false => guards.extend(listed(Path::new(flag))?),
        }
    }
    Ok(guards)
}

fn listed(path: &Path) -> Result<Vec<Guard>, Failure> {
    let bytes = files::bytes(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let mut guards = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if !line.is_empty() {
            let guard = Guard::parse(line);
            let place = |error| Failure::Message(format!("`{}`, line {number}: {error}", path.display()));
            guards.push(guard.map_err(place)?);
        }
    }
    Ok(guards)
}

/// A guard that names nothing guards nothing, and nobody would notice.
fn check(guard: &Guard, organizations: &[&Organization]) -> Result<(), Failure> {
    if organizations.iter().any(|organization| guard.names_something_in(organization)) {
        return Ok(());
    }
    Err(Failure::Message(format!(
        "the guard `{guard}` names no scope that either document knows for such an entity: correct it"
    )))
}
