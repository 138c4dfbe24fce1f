//! The part that looks at a document as a whole: what a change of it changes, what is odd in it, and whether a server
//! answered by it.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::diff::Guard;
use crate::json::Value;
use crate::lint;
use crate::replay::{Archive, Exchange, ExchangeError, Outcome, Replay, ReplayReport, Sender};
use crate::request::{self, Context, RequestError};
use crate::route::Routes;
use crate::wasm::text::to_js;
use crate::wasm::{Engine, known, problems, read_catalog, thrown};

#[wasm_bindgen]
impl Engine {
    /// What changes for whom, if another document takes the place of this one, and what of that guards name: one a line.
    /// Throws for guards and a time that are malformed, and for documents of two organizations.
    pub fn review_diff(
        &self,
        after: &Engine,
        guards: &str,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let (before, after) = (&self.organization, &after.organization);
        let context = known(context.as_deref(), now)?;
        let diff = thrown(before.diff(after, context.at))?;
        let guards = thrown(Guard::parse_all(guards))?;
        thrown(guards.iter().try_for_each(|guard| guard.check(before, after)))?;
        to_js(&diff.guarded_by(&guards))
    }

    /// A log of what a server answered or of decisions, one record a line, against the rules; requests by a table of
    /// routes. If it is told how an archive is to be read, the lines are its entries. Throws the problems of the table, and
    /// for a malformed time.
    pub fn review_replay(
        &self,
        log: &str,
        archive: Option<String>,
        routes: Option<Box<[u8]>>,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let time = known(context.as_deref(), now)?;
        let routes = routes.map(Routes::parse).transpose().map_err(|invalid| problems(&invalid))?;
        let archive = thrown(archive.map(|archive| read_archive(&archive, &time)).transpose())?;
        let mut replay = Replay::new(&self.organization, routes.as_ref());
        let mut faults = Vec::new();
        let lines = log.strip_suffix('\n').unwrap_or(log).split('\n').filter(|_| !log.is_empty());
        for (number, line) in (1..).zip(lines) {
            let added = match &archive {
                Some(archive) => exchange(&mut replay, number, line, archive),
                None => replay.line(number, line, &time).map_err(ExchangeError::from),
            };
            faults.extend(added.err().map(|error| Fault { record: number, message: sentence(&error) }));
        }
        to_js(&Replayed { report: replay.report(), faults })
    }
}

/// What an archive does not say: `{"principal", "principalHeader", "host"}`, of which JavaScript gives texts.
fn read_archive(text: &str, time: &Context) -> Result<Archive, RequestError> {
    let json = request::parse(text.as_bytes())?;
    let given = |name| own(json.root(), name).map(str::to_owned);
    let sender = match (given("principal"), given("principalHeader")) {
        (Some(_), Some(_)) => {
            let message =
                "`principal` and `principalHeader` both say who sent the requests: leave one of them out";
            return Err(RequestError::new(message));
        }
        (Some(principal), None) => Some(Sender::Principal(principal)),
        (None, header) => header.map(Sender::Header),
    };
    Ok(Archive { sender, host: given("host"), time: time.clone() })
}

/// Holds an entry, of which JavaScript gives the members of an [`Exchange`], against the rules.
fn exchange(
    replay: &mut Replay<'_>,
    number: usize,
    line: &str,
    archive: &Archive,
) -> Result<Outcome, ExchangeError> {
    let json = request::parse(line.as_bytes())?;
    let entry = json.root();
    let exchange = Exchange {
        started: own(entry, "started"),
        method: own(entry, "method").unwrap_or_default(),
        url: own(entry, "url").unwrap_or_default(),
        status: entry.get("status").and_then(|it| it.as_number()?.parse().ok()).unwrap_or(0),
        principal: own(entry, "principal"),
    };
    replay.exchange(number, &exchange, archive)
}

/// The text of a member, which may be empty.
fn own<'j>(object: Value<'j>, name: &str) -> Option<&'j str> {
    object.get(name).and_then(Value::as_text)
}

fn sentence(error: &ExchangeError) -> String {
    match error {
        ExchangeError::UnknownSender => format!("{error}: use `principal` or `principalHeader`"),
        ExchangeError::Malformed(_) => error.to_string(),
    }
}

/// What a careful reader would say about a document, and the catalog that is given along. Throws their problems, and for a
/// malformed time.
#[wasm_bindgen]
pub fn review_lint(
    document: &[u8],
    catalog: Option<Box<[u8]>>,
    context: Option<String>,
    now: f64,
) -> Result<JsValue, JsValue> {
    let context = known(context.as_deref(), now)?;
    let catalog = catalog.map(|catalog| read_catalog(&catalog)).transpose()?;
    let findings = match &catalog {
        Some(catalog) => lint::lint_with(catalog, document, context.at),
        None => lint::lint(document, context.at),
    };
    to_js(&findings.map_err(|invalid| problems(&invalid))?)
}

/// What came of a log, and the records of it that cannot be read.
#[derive(Serialize)]
struct Replayed {
    report: ReplayReport,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Fault>,
}

#[derive(Serialize)]
struct Fault {
    record: usize,
    message: String,
}
