//! Many questions: one answer for each line, in constant memory.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use scopewise::{Organization, Principal, Request};
use serde::Serialize;

use crate::{Exit, Failure, ask, files};

/// A line above this is an error and is passed over without being held.
pub(crate) const LONGEST: usize = 1_000_000;

/// How many resolved principals are kept at a time.
const KEPT: usize = 1_024;

/// What an answer looks like where there is no decision.
#[derive(Serialize)]
struct Refused {
    error: String,
}

/// Answers every line of a file.
pub(crate) fn answer_all(document: &Path, requests: &Path) -> Result<Exit, Failure> {
    files::not_both_standard_input(document, requests, "requests")?;
    let organization = files::organization(document)?;
    let mut input = BufReader::with_capacity(1 << 16, files::open(requests)?);
    let mut output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut answers = Answers { organization: &organization, principals: HashMap::new() };
    let mut line = Vec::new();
    while let Some(length) =
        next_line(&mut input, &mut line).map_err(|error| files::failed(requests, &error))?
    {
        let refused = || ask::json(&Refused { error: too_long(length) });
        let answer = if length > LONGEST { refused()? } else { answers.answer(&line)? };
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

/// The principals that were asked about, resolved once each.
struct Answers<'o> {
    organization: &'o Organization,
    principals: HashMap<String, Principal<'o>>,
}

impl Answers<'_> {
    fn answer(&mut self, line: &[u8]) -> Result<String, Failure> {
        match Request::parse(line).and_then(|request| self.decide(request)) {
            Ok(decision) => ask::json(&decision),
            Err(error) => ask::json(&Refused { error: error.to_string() }),
        }
    }

    fn decide(&mut self, request: Request) -> Result<scopewise::Decision, scopewise::RequestError> {
        if self.principals.len() >= KEPT && !self.principals.contains_key(&request.principal) {
            self.principals.clear();
        }
        let context = request.context.or_at(&ask::now());
        let resolve = || self.organization.principal(&request.principal);
        let principal = self.principals.entry(request.principal.clone()).or_insert_with(resolve);
        principal.decide(&request.scope, &request.entity, &context)
    }
}
