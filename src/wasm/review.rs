//! The part that looks at a document as a whole: what a change of it changes, what is odd in it, and whether a server
//! answered by it.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::diff::Guard;
use crate::lint;
use crate::replay::{Replay, ReplayReport};
use crate::route::Routes;
use crate::wasm::text::to_js;
use crate::wasm::{Engine, problems, read_catalog, read_context, thrown};

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
        let context = thrown(read_context(context.as_deref(), now))?;
        let diff = thrown(before.diff(after, context.at))?;
        let guards = thrown(Guard::parse_all(guards))?;
        thrown(guards.iter().try_for_each(|guard| guard.check(before, after)))?;
        to_js(&diff.guarded_by(&guards))
    }

    /// A log of what a server answered or of decisions, one record a line, against the rules; requests by a table of
    /// routes. Throws the problems of the table, and for a malformed time.
    pub fn review_replay(
        &self,
        log: &str,
        routes: Option<Box<[u8]>>,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let time = thrown(read_context(context.as_deref(), now))?;
        let routes = routes.map(Routes::parse).transpose().map_err(|invalid| problems(&invalid))?;
        let mut replay = Replay::new(&self.organization, routes.as_ref());
        let mut faults = Vec::new();
        let lines = log.strip_suffix('\n').unwrap_or(log).split('\n').filter(|_| !log.is_empty());
        for (number, line) in (1..).zip(lines) {
            if let Err(error) = replay.line(number, line, &time) {
                faults.push(Fault { record: number, message: error.to_string() });
            }
        }
        to_js(&Replayed { report: replay.report(), faults })
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
    let context = thrown(read_context(context.as_deref(), now))?;
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
