//! `diff`: who gains and who loses what, if another document takes the place of this one.

mod markdown;
mod phrases;
mod text;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use scopewise::Guard;

use crate::args::Beside;
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
    #[command(flatten)]
    catalog: Beside,
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

pub(crate) fn diff(flags: &Flags) -> Result<Exit, Failure> {
    if flags.before.as_os_str() == "-" && flags.after.as_os_str() == "-" {
        let message = "the two documents cannot both be standard input: name a file for one";
        return Err(Failure::Message(message.into()));
    }
    let at = ask::time(flags.at.as_deref())?;
    let guards = guards(&flags.guards)?;
    let open = |document| files::with_catalog(&flags.catalog, document);
    let (before, after) = (open(&flags.before)?, open(&flags.after)?);
    let diff = before.diff(&after, Some(at))?;
    guards.iter().try_for_each(|guard| guard.check(&before, &after))?;
    let diff = diff.guarded_by(&guards);
    let answer = match flags.format {
        Format::Text => text::told(&diff),
        Format::Json => ask::json(&diff)?,
        Format::Markdown => markdown::told(&diff),
    };
    ask::print(answer.trim_end(), if diff.guarded.is_empty() { Exit::Done } else { Exit::Deny })
}

/// What has a colon is a guard, anything else the name of a file.
fn guards(flags: &[String]) -> Result<Vec<Guard>, Failure> {
    let mut guards = Vec::new();
    for flag in flags {
        if flag.contains(':') {
            guards.push(Guard::parse(flag)?);
        } else {
            guards.extend(listed(Path::new(flag))?);
        }
    }
    Ok(guards)
}

fn listed(path: &Path) -> Result<Vec<Guard>, Failure> {
    let bytes = files::bytes(path)?;
    let guards = Guard::parse_all(&String::from_utf8_lossy(&bytes));
    guards.map_err(|error| Failure::Message(format!("`{}`, {error}", path.display())))
}
