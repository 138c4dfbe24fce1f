//! `test`: documents against the files of expectations beside them.

mod junit;
mod report;
mod watch;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use clap::Args as Flags;
use scopewise::catalog::Catalog;
use scopewise::{Coverage, Expectations, Invalid, Organization, TestReport};
use serde::Serialize;

use crate::words::push;
use crate::{Exit, Failure, ask, files};
use watch::Seen;

#[derive(Debug, Flags)]
#[command(after_help = "\
Examples:
  scopewise test acme.test.yaml
  scopewise test tests/*.yaml --document acme.json --coverage --junit report.xml
  scopewise test acme.test.yaml --watch

A file is YAML, or JSON if its name ends so:
  document: acme.json
  tests:
    - name: nobody but alice deletes production
      who: user:*
      except: user:alice
      mayNot: stack:delete
      on: stack:acme/*/prod

Exit code 0: everything is as expected, 2: it is not, 1: a file cannot be read or names what is not there, 3: the
document is not valid.")]
pub(crate) struct Test {
    /// Files of expectations, YAML or JSON
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The organization document, or - for standard input, in place of the one that a file names
    #[arg(long, value_name = "DOC")]
    document: Option<PathBuf>,
    /// The file of the catalog that the documents name
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    /// Write the results to this file too, as JUnit XML
    #[arg(long, value_name = "OUT.xml")]
    junit: Option<PathBuf>,
    /// Tell which grants of a document no expectation touches
    #[arg(long)]
    coverage: bool,
    /// Run again when a file changes; ends with ctrl-c, or when standard input does
    #[arg(long, conflicts_with = "json")]
    watch: bool,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
}

/// What came of all files.
#[derive(Debug, Serialize)]
struct Round {
    passed: usize,
    failed: usize,
    files: Vec<Tested>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Vec<Covered>>,
}

/// What came of one file.
#[derive(Debug, Serialize)]
struct Tested {
    file: String,
    document: String,
    #[serde(flatten)]
    report: TestReport,
}

/// How much of a document all files together hold.
#[derive(Debug, Serialize)]
struct Covered {
    document: String,
    #[serde(flatten)]
    coverage: Coverage,
}

pub(crate) fn test(flags: &Test) -> Result<Exit, Failure> {
    let inputs = flags
        .files
        .iter()
        .chain(&flags.document)
        .chain(&flags.catalog)
        .filter(|path| path.as_os_str() == "-")
        .count();
    if inputs > usize::from(!flags.watch) {
        let message = "only one thing can be standard input, and with --watch nothing: name files";
        return Err(Failure::Message(message.into()));
    }
    if flags.watch { watch::watch(flags) } else { once(flags, &mut Seen::default()) }
}

/// Runs every file once and prints what came of it.
fn once(flags: &Test, seen: &mut Seen) -> Result<Exit, Failure> {
    let round = round(flags, seen)?;
    if let Some(path) = &flags.junit {
        files::write(path, &junit::xml(&round))?;
    }
    let answer = if flags.json { ask::json(&round)? } else { report::words(&round) };
    ask::print(&answer, if round.failed == 0 { Exit::Done } else { Exit::Deny })
}

fn round(flags: &Test, seen: &mut Seen) -> Result<Round, Failure> {
    let catalog = flags.catalog.as_deref().map(|path| catalog(path, seen)).transpose()?;
    let mut documents = BTreeMap::new();
    let mut faults = Faults::default();
    let mut files = Vec::new();
    for Beside { file, document, expectations } in all(flags, seen)? {
        let organization = &opened(&mut documents, &document, catalog.as_ref(), seen)?.organization;
        if let Some(report) = faults.keep(&file, organization.test(&expectations)) {
            files.push(Tested { file: name(&file), document: name(&document), report });
        }
    }
    faults.stop()?;
    let count = |of: fn(&TestReport) -> usize| files.iter().map(|file| of(&file.report)).sum();
    Ok(Round {
        passed: count(|report| report.passed),
        failed: count(|report| report.failed),
        coverage: flags.coverage.then(|| coverage(&documents, &files)).transpose()?,
        files,
    })
}

/// A file of expectations and the document beside it.
struct Beside {
    file: PathBuf,
    document: PathBuf,
    expectations: Expectations,
}

/// The expectations of every file, asked now where they have no time, or the faults of all.
fn all(flags: &Test, seen: &mut Seen) -> Result<Vec<Beside>, Failure> {
    let now = ask::time(None)?;
    let mut faults = Faults::default();
    let mut read = Vec::new();
    for file in &flags.files {
        if let Some(expectations) = faults.keep(file, Expectations::parse(json(file, seen)?)) {
            let document = document(flags, file, &expectations)?;
            read.push(Beside { file: file.clone(), document, expectations: expectations.or_at(now) });
        }
    }
    faults.stop()?;
    Ok(read)
}

/// The text of a file, as JSON.
fn json(file: &Path, seen: &mut Seen) -> Result<Vec<u8>, Failure> {
    let bytes = seen.read(file)?;
    if file.extension().is_some_and(|it| it == "json") {
        return Ok(bytes);
    }
    let value: serde_json::Value = files::yaml(file, &bytes)?;
    ask::json(&value).map(String::into_bytes)
}

/// A document that is tested, and its text.
struct Opened {
    text: Vec<u8>,
    organization: Organization,
}

fn catalog(path: &Path, seen: &mut Seen) -> Result<Catalog, Failure> {
    Catalog::parse(seen.read(path)?).map_err(|invalid| Failure::InvalidFile(path.to_owned(), invalid))
}

/// A document, which is read where it was not yet.
fn opened<'d>(
    documents: &'d mut BTreeMap<PathBuf, Opened>,
    path: &Path,
    catalog: Option<&Catalog>,
    seen: &mut Seen,
) -> Result<&'d Opened, Failure> {
    match documents.entry(path.to_owned()) {
        Entry::Occupied(known) => Ok(known.into_mut()),
        Entry::Vacant(new) => {
            let text = seen.read(path)?;
            let read = match catalog {
                Some(catalog) => Organization::parse_with(catalog, &text),
                None => Organization::parse(&text),
            };
            let organization = read.map_err(|invalid| {
                anstream::eprintln!("the document `{}` is not valid", path.display());
                Failure::Invalid(invalid)
            })?;
            Ok(new.insert(Opened { text, organization }))
        }
    }
}

/// The document that a file is about: the flag's, or its own, which it names as seen from where it stands.
fn document(flags: &Test, file: &Path, expectations: &Expectations) -> Result<PathBuf, Failure> {
    let beside = || Some(file.parent()?.join(expectations.document.as_ref()?));
    flags.document.clone().or_else(beside).ok_or_else(|| {
        let file = file.display();
        Failure::Message(format!("`{file}` names no `document`: add it, or use --document"))
    })
}

fn coverage(documents: &BTreeMap<PathBuf, Opened>, files: &[Tested]) -> Result<Vec<Covered>, Failure> {
    let mut covered = Vec::new();
    for (path, opened) in documents {
        let document = name(path);
        let reports = files.iter().filter(|file| file.document == document).map(|file| &file.report);
        let coverage = opened.organization.coverage(&opened.text, reports).map_err(Failure::Invalid)?;
        covered.push(Covered { document, coverage });
    }
    Ok(covered)
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// What is wrong with files of expectations, a line each.
#[derive(Default)]
struct Faults(String);

impl Faults {
    fn keep<T>(&mut self, file: &Path, result: Result<T, Invalid>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(invalid) => {
                for problem in invalid.problems() {
                    push(&mut self.0, format_args!("\n{}: {problem}", file.display()));
                }
                None
            }
        }
    }

    fn stop(self) -> Result<(), Failure> {
        let Self(faults) = self;
        if faults.is_empty() {
            return Ok(());
        }
        Err(Failure::Message(format!("the expectations cannot be run{faults}")))
    }
}
