//! Many questions: one answer for each line, in constant memory.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use scopewise::{Decision, Organization, Principal, Request, RequestError};
use serde::Serialize;

use crate::args::Document;
use crate::{Exit, Failure, ask, files};

/// A line above this is an error and is passed over without being held.
pub(crate) const LONGEST: usize = 1_000_000;

/// How many resolved principals are kept at a time.
const KEPT: usize = 1_024;

/// What an answer looks like where there is no decision.
#[derive(Serialize)]
pub(crate) struct Refused {
    pub(crate) error: String,
}

/// Answers every line of a file.
pub(crate) fn answer_all(document: &Document, requests: &Path) -> Result<Exit, Failure> {
    files::not_both_standard_input(&document.path, requests, "requests")?;
    let organization = files::organization(document)?;
    let mut input = BufReader::with_capacity(1 << 16, files::open(requests)?);
    let mut output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut principals = Principals::new(&organization);
    let mut line = Vec::new();
    while let Some(length) =
        next_line(&mut input, &mut line).map_err(|error| files::failed(requests, &error))?
    {
        let refused = || ask::json(&Refused { error: too_long(length) });
        let answer = if length > LONGEST { refused()? } else { answer(&mut principals, &line)? };
        writeln!(output, "{answer}")?;
        if input.buffer().is_empty() {
            // Whoever asks line by line gets each answer at once.
            output.flush()?;
        }
    }
    output.flush()?;
    Ok(Exit::Done)
}

/// Reads the next line without its end and answers how long it is. Of a line that is too long, only the start is
/// kept.
pub(crate) fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<usize>> {
    line.clear();
    let mut length = 0;
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok((length > 0).then_some(length));
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let taken = end.unwrap_or(buffer.len());
        let kept = taken.min((LONGEST + 1).saturating_sub(line.len()));
        line.extend(buffer.iter().take(kept));
        length += taken;
        input.consume(taken + usize::from(end.is_some()));
        if end.is_some() {
            return Ok(Some(length));
        }
    }
}

/// The sentence on a line that is not read.
pub(crate) fn too_long(length: usize) -> String {
    format!("the line has {length} bytes: at most {LONGEST} are read")
}

fn answer(principals: &mut Principals<'_>, line: &[u8]) -> Result<String, Failure> {
    let now = |request: Request| Request { context: request.context.or_at(&ask::now()), ..request };
    match Request::parse(line).map(now).and_then(|request| principals.decide(&request)) {
        Ok(decision) => ask::json(&decision),
        Err(error) => ask::json(&Refused { error: error.to_string() }),
    }
}

/// The principals that were asked about, resolved once each.
pub(crate) struct Principals<'o> {
    organization: &'o Organization,
    kept: HashMap<String, Principal<'o>>,
}

impl<'o> Principals<'o> {
    pub(crate) fn new(organization: &'o Organization) -> Self {
        Self { organization, kept: HashMap::new() }
    }

    pub(crate) fn decide(&mut self, request: &Request) -> Result<Decision, RequestError> {
        if self.kept.len() >= KEPT && !self.kept.contains_key(&request.principal) {
            self.kept.clear();
        }
        let resolve = || self.organization.principal(&request.principal);
        let principal = self.kept.entry(request.principal.clone()).or_insert_with(resolve);
        principal.decide(&request.scope, &request.entity, &request.context)
    }
}
