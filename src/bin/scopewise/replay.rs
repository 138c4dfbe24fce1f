//! `replay`: a log of what a real server answered, or of decisions, against the rules.

mod report;

use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use scopewise::{Archive, Context, ExchangeError, Outcome, Replay, Routes, Sender};

use crate::args::Document;
use crate::har::{self, Entry};
use crate::{Exit, Failure, ask, files, requests};

/// The routes of the API.
const API: &str = include_str!("../../../data/routes.json");

/// How many faults of a log are told.
const TOLD: usize = 20;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  scopewise replay acme.json requests.har --principal user:bob
  scopewise replay acme.json requests.har --principal-header x-login --host api.example.com
  scopewise replay acme.json requests.jsonl --format json
  scopewise replay acme.json decisions.jsonl

A line of JSONL is {\"principal\": …, \"method\": …, \"path\": …, \"status\": …} with \"at\", \"tags\" and \"trigger\" where
needed, or a line of a decision log: {\"at\": …, \"principal\": …, \"scope\": …, \"entity\": …, \"effect\": …}. Exit code 0: all that can be compared agrees, 2: something differs. Where a difference comes from is for you to
find out: the documented rules, the document, the table of routes, or the server.")]
pub(crate) struct Flags {
    #[command(flatten)]
    document: Document,
    /// The log, or - for standard input
    #[arg(value_name = "LOG")]
    log: PathBuf,
    /// The log is an HTTP archive; told by its beginning if absent
    #[arg(long, conflicts_with = "jsonl")]
    har: bool,
    /// The log has a record in each line; told by its beginning if absent
    #[arg(long)]
    jsonl: bool,
    /// Who sent the requests of an archive
    #[arg(long, value_name = "P", conflicts_with = "principal_header")]
    principal: Option<String>,
    /// The header that says who sent a request of an archive
    #[arg(long, value_name = "NAME")]
    principal_header: Option<String>,
    /// The server whose requests in an archive are looked at; those of any with a path below /api/ if absent
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// A table of routes; that of the API if absent
    #[arg(long, value_name = "FILE")]
    routes: Option<PathBuf>,
    /// The time of records that have none: RFC 3339 with seconds and an offset; now if absent
    #[arg(long, value_name = "T")]
    at: Option<String>,
    /// How the answer is written
    #[arg(long, value_enum, value_name = "F", default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// Words, for people
    #[default]
    Text,
    /// One line of JSON
    Json,
}

pub(crate) fn replay(flags: &Flags) -> Result<Exit, Failure> {
    files::not_both_standard_input(&flags.document.path, &flags.log, "log")?;
    let archive = archive(flags)?;
    let routes = routes(flags.routes.as_deref())?;
    let organization = files::organization(&flags.document)?;
    let replay = Replay::new(&organization, &routes);
    let mut log = Log { flags, archive, replay, faults: Vec::new(), faulty: 0, progress: Progress::new() };
    let mut input = BufReader::with_capacity(1 << 16, files::open(&flags.log)?);
    let har = flags.har || !flags.jsonl && begins_as_archive(&mut input, &flags.log)?;
    if har {
        log.archive(input)?;
    } else {
        log.lines(input)?;
    }
    let word = if har { "entry" } else { "line" };
    log.end(word)
}

/// What a log does not say, if it is an archive; the time in any case.
fn archive(flags: &Flags) -> Result<Archive, Failure> {
    let principal = flags.principal.clone().map(Sender::Principal);
    let header = flags.principal_header.clone().map(Sender::Header);
    let time = Context::at(ask::time(flags.at.as_deref())?);
    Ok(Archive { sender: principal.or(header), host: flags.host.clone(), time })
}

fn routes(file: Option<&Path>) -> Result<Routes, Failure> {
    let Some(file) = file else { return Routes::parse(API).map_err(Failure::Invalid) };
    Routes::parse(files::bytes(file)?)
        .map_err(|invalid| Failure::Message(format!("`{}` is no table of routes\n{invalid}", file.display())))
}

/// Whether an object begins whose first member is `log`.
fn begins_as_archive(input: &mut impl BufRead, log: &Path) -> Result<bool, Failure> {
    let start = input.fill_buf().map_err(|error| files::failed(log, &error))?;
    let letters: Vec<u8> = start.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(9).collect();
    let letters = letters.strip_prefix(MARK).unwrap_or(&letters);
    Ok(letters.starts_with(b"{\"log\""))
}

/// The byte order mark, which an archive may begin with.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// A log on its way through.
struct Log<'l> {
    flags: &'l Flags,
    archive: Archive,
    replay: Replay<'l>,
    /// The first faults, each with its place.
    faults: Vec<(usize, String)>,
    faulty: usize,
    progress: Progress,
}

impl Log<'_> {
    fn lines(&mut self, mut input: impl BufRead) -> Result<(), Failure> {
        if self.archive.sender.is_some() {
            let message = "each line names its principal: leave `--principal` and `--principal-header` out";
            return Err(Failure::Message(message.into()));
        }
        let mut line = Vec::new();
        let mut number = 0;
        while let Some(length) = requests::next_line(&mut input, &mut line)
            .map_err(|error| files::failed(&self.flags.log, &error))?
        {
            number += 1;
            if length > requests::LONGEST {
                self.fault(number, requests::too_long(length));
            } else {
                let added = self.replay.line(number, &line, &self.archive.time);
                self.added(number, added.map_err(|error| error.to_string()));
            }
        }
        Ok(())
    }

    fn archive(&mut self, mut input: impl BufRead) -> Result<(), Failure> {
        let log = &self.flags.log;
        let start = input.fill_buf().map_err(|error| files::failed(log, &error))?;
        let mark = if start.starts_with(MARK) { MARK.len() } else { 0 };
        input.consume(mark);
        let mut number = 0;
        let read = har::each_entry(input, |entry| {
            number += 1;
            self.entry(number, &entry);
        });
        read.map_err(|error| Failure::Message(format!("`{}` is no HTTP archive: {error}", log.display())))
    }

    fn entry(&mut self, number: usize, entry: &Entry) {
        let exchange = entry.exchange(&self.archive);
        let added = self.replay.exchange(number, &exchange, &self.archive);
        self.added(number, added.map_err(|error| sentence(&error)));
    }

    fn added(&mut self, number: usize, added: Result<Outcome, String>) {
        if let Err(message) = added {
            self.fault(number, message);
        }
        self.progress.tell(number);
    }

    fn fault(&mut self, number: usize, message: String) {
        self.faulty += 1;
        if self.faults.len() < TOLD {
            self.faults.push((number, message));
        }
    }

    /// Prints what came of it. A log with faults failed, whatever the rest of it says.
    fn end(self, word: &str) -> Result<Exit, Failure> {
        self.progress.end();
        let report = self.replay.report();
        let exit = if report.differ > 0 { Exit::Deny } else { Exit::Done };
        let answer = match self.flags.format {
            Format::Text => report::words(&report, word),
            Format::Json => ask::json(&report)?,
        };
        ask::print(&answer, exit)?;
        if self.faulty == 0 {
            return Ok(exit);
        }
        let mut told: Vec<String> =
            self.faults.iter().map(|(at, message)| fault(word, *at, message)).collect();
        if let more @ 1.. = self.faulty - self.faults.len() {
            told.push(format!("{more} more are not told"));
        }
        Err(Failure::Message(format!("{} of the log cannot be read\n{}", self.faulty, told.join("\n"))))
    }
}

fn sentence(error: &ExchangeError) -> String {
    match error {
        ExchangeError::UnknownSender => format!("{error}: use `--principal` or `--principal-header`"),
        _ => error.to_string(),
    }
}

/// A fault with its place. What is wrong in the text of a record is in its first line, for it has no other.
fn fault(word: &str, number: usize, message: &str) -> String {
    match message.strip_prefix("line 1, ") {
        Some(in_text) => format!("{word} {number}, {in_text}"),
        None => format!("{word} {number}: {message}"),
    }
}

/// How far it got, on a terminal and nowhere else.
struct Progress {
    /// When it was told last; nothing where there is nobody to tell.
    last: Option<Instant>,
    told: bool,
}

impl Progress {
    /// How often it is told.
    const EACH: Duration = Duration::from_millis(200);

    fn new() -> Self {
        Self { last: io::stderr().is_terminal().then(Instant::now), told: false }
    }

    fn tell(&mut self, records: usize) {
        if self.last.is_some_and(|last| last.elapsed() >= Self::EACH) {
            self.last = Some(Instant::now());
            self.told = true;
            // Whoever does not see it misses nothing.
            let _told = write!(io::stderr(), "\r{records} records");
        }
    }

    /// Takes the line away again.
    fn end(&self) {
        if self.told {
            let _gone = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
