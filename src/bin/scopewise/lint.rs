//! `lint`: what a careful reader would say about a document, in words, as JSON, or as SARIF for a code host.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use scopewise::{Finding, Lint, Severity};
use serde_json::{Value, json};

use crate::args::Beside;
use crate::table::visible;
use crate::words::{self, FAINT, HEADING, push};
use crate::{Exit, Failure, ask, files};

/// What each code means: the page of the documentation.
const PAGE: &str = include_str!("../../../docs/lints.md");

/// How many related names are shown in words; all of them are in JSON.
const SHOWN: usize = 6;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  scopewise lint acme.json
  scopewise lint acme.json --deny warning --allow unlisted_entity
  scopewise lint acme.json --format sarif > acme.sarif
  scopewise lint --explain tag_escalation

Exit code 2: something was found that --deny names.")]
pub(crate) struct Flags {
    /// The organization document, or - for standard input
    #[arg(value_name = "DOC", required_unless_present_any = ["list", "explain"])]
    document: Option<PathBuf>,
    #[command(flatten)]
    catalog: Beside,
    /// Fail on findings of this code, of this severity and those above it, or on all
    #[arg(long, value_name = "CODE|SEVERITY|all", value_parser = Denied::parse)]
    deny: Vec<Denied>,
    /// Leave out findings of this code
    #[arg(long, value_name = "CODE", value_parser = code)]
    allow: Vec<Lint>,
    /// How to print what is found
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// When: RFC 3339 with seconds and an offset; now if absent
    #[arg(long, value_name = "T")]
    at: Option<String>,
    /// Print every code with its severity and what it finds
    #[arg(long, conflicts_with = "explain")]
    list: bool,
    /// Print what a code means, why it matters, and how to mend it
    #[arg(long, value_name = "CODE", value_parser = code)]
    explain: Option<Lint>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
}

/// What must not be found.
#[derive(Debug, Clone, Copy)]
enum Denied {
    Code(Lint),
    /// Of this severity or a more serious one.
    From(Severity),
}

impl Denied {
    fn parse(text: &str) -> Result<Self, String> {
        let severity = Severity::ALL.into_iter().find(|severity| severity.as_str() == text);
        match severity.or((text == "all").then_some(Severity::Note)) {
            Some(severity) => Ok(Self::From(severity)),
            None => code(text).map(Self::Code),
        }
    }

    fn denies(self, finding: &Finding) -> bool {
        match self {
            Self::Code(code) => code == finding.code,
            Self::From(severity) => finding.severity <= severity,
        }
    }
}

fn code(text: &str) -> Result<Lint, String> {
    let known = Lint::ALL.iter().copied().find(|lint| lint.as_str() == text);
    known.ok_or_else(|| "no finding has that code: `scopewise lint --list` prints all".to_owned())
}

pub(crate) fn lint(flags: &Flags) -> Result<Exit, Failure> {
    if flags.list {
        return ask::print(&list(), Exit::Done);
    }
    if let Some(code) = flags.explain {
        return ask::print(section(code), Exit::Done);
    }
    let document = flags.document.as_deref().unwrap_or(Path::new("-"));
    let at = ask::time(flags.at.as_deref())?;
    let findings = match flags.catalog.open()? {
        Some(catalog) => scopewise::lint_with(&catalog, files::bytes(document)?, Some(at)),
        None => scopewise::lint(files::bytes(document)?, Some(at)),
    };
    let mut findings = findings.map_err(Failure::Invalid)?;
    findings.retain(|finding| !flags.allow.contains(&finding.code));
    let denied = |finding: &Finding| flags.deny.iter().any(|denied| denied.denies(finding));
    let exit = if findings.iter().any(denied) { Exit::Deny } else { Exit::Done };
    let answer = match flags.format {
        Format::Text => text(&findings, &denied),
        Format::Json => ask::json(&findings)?,
        Format::Sarif => ask::json(&sarif(document, &findings))?,
    };
    ask::print(&answer, exit)
}

/// The findings by severity, then how many there are.
fn text(findings: &[Finding], denied: &dyn Fn(&Finding) -> bool) -> String {
    if findings.is_empty() {
        return "nothing found".to_owned();
    }
    let mut text = String::new();
    let mut counts = Vec::new();
    for severity in Severity::ALL {
        let of_severity = || findings.iter().filter(|finding| finding.severity == severity);
        let count = of_severity().count();
        if count > 0 {
            push(&mut text, format_args!("{HEADING}{severity}s{HEADING:#}\n"));
            of_severity().for_each(|finding| line(&mut text, finding, denied(finding)));
            counts.push(format!("{count} {severity}{}", if count == 1 { "" } else { "s" }));
        }
    }
    text + &counts.join(", ")
}

fn line(text: &mut String, finding: &Finding, denied: bool) {
    let Finding { path, line, column, message, code, related, .. } = finding;
    let style = if denied { words::BAD } else { FAINT };
    let mark = if denied { ", denied" } else { "" };
    push(text, format_args!("  {path}: {message} {style}[{code}{mark}]{style:#}"));
    push(text, format_args!(" {FAINT}{line}:{column}{FAINT:#}\n"));
    if !related.is_empty() {
        let shown = related.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = match related.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        push(text, format_args!("    {FAINT}see {}{more}{FAINT:#}\n", visible(&shown)));
    }
}

fn list() -> String {
    let width = Lint::ALL.iter().map(|lint| lint.as_str().len()).max().unwrap_or_default();
    let mut text = String::new();
    for severity in Severity::ALL {
        push(&mut text, format_args!("{HEADING}{severity}{HEADING:#}\n"));
        for lint in Lint::ALL.iter().filter(|lint| lint.severity() == severity) {
            push(&mut text, format_args!("  {:width$}  {}\n", lint.as_str(), lint.summary()));
        }
    }
    text.trim_end().to_owned()
}

/// What the page says under the heading of a code.
fn section(code: Lint) -> &'static str {
    let sections = PAGE.split("\n### ").skip(1);
    let named = |section: &&str| section.starts_with(&format!("`{code}`"));
    let section = sections.into_iter().find(named).unwrap_or_default();
    section.split("\n## ").next().unwrap_or_default().trim_end()
}

/// SARIF 2.1.0, as code hosts take it.
fn sarif(document: &Path, findings: &[Finding]) -> Value {
    let page = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/lints.md");
    let rules = Lint::ALL.iter().map(|lint| {
        json!({
            "id": lint.as_str(),
            "shortDescription": { "text": lint.summary() },
            "helpUri": format!("{page}#{lint}"),
            "defaultConfiguration": { "level": lint.severity() },
        })
    });
    let driver = json!({
        "name": "scopewise",
        "version": env!("CARGO_PKG_VERSION"),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": rules.collect::<Vec<_>>(),
    });
    let uri = uri(document);
    let results: Vec<Value> = findings.iter().map(|finding| result(&uri, finding)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results }],
    })
}

fn result(uri: &str, finding: &Finding) -> Value {
    json!({
        "ruleId": finding.code,
        "ruleIndex": Lint::ALL.iter().position(|lint| *lint == finding.code),
        "level": finding.severity,
        "message": { "text": finding.message },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri },
                "region": { "startLine": finding.line, "startColumn": finding.column },
            },
            "logicalLocations": [{ "fullyQualifiedName": finding.path }],
        }],
        "properties": { "related": finding.related },
    })
}

/// A path as a relative reference: what a URI cannot hold is escaped.
fn uri(document: &Path) -> String {
    let path = if document.as_os_str() == "-" { "stdin".into() } else { document.to_string_lossy() };
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'\\' => uri.push('/'),
            b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            _ => push(&mut uri, format_args!("%{byte:02X}")),
        }
    }
    uri
}
