//! What the module for administrators has beyond that of every page.

use js_sys::Array;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::bundle::Label;
use crate::coverage::Coverage;
use crate::diff::Guard;
use crate::expectations::{Expectations, TestReport};
use crate::export::{self, ExportError};
use crate::filter::Filter;
use crate::import;
use crate::lint;
use crate::preflight::Preflight;
use crate::principal::Resolved;
use crate::replay::{Replay, ReplayReport};
use crate::request::RequestError;
use crate::route::Routes;
use crate::suggest::Needs;
use crate::time::Instant;
use crate::wasm::{Engine, message, problems, read_catalog, read_context, to_js};

#[wasm_bindgen]
impl Engine {
    /// Every principal of the document: members and collaborators, teams, service principals, tokens.
    pub fn principals(&self) -> Array {
        self.organization.principals().iter().map(|name| JsValue::from_str(name)).collect()
    }

    /// The decision with everything behind it, and what would help where it is no allow.
    pub fn explain_with_remedies(
        &self,
        principal: &str,
        scope: &str,
        entity: &str,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let context = read_context(context.as_deref(), now).map_err(|error| message(&error))?;
        let told = self.organization.principal(principal).explain(scope, entity, &context);
        to_js(&told.map_err(|error| message(&error))?)
    }

    /// What a deployment will be allowed, and what would help where it is not.
    pub fn preflight_with_remedies(&self, asked: &str, now: f64) -> Result<JsValue, JsValue> {
        let asked = Preflight::parse(asked).map(|it| it.or_at(Instant::from_milliseconds(now)));
        let report = asked.and_then(|asked| self.organization.preflight(&asked));
        to_js(&report.map_err(|error| message(&error))?)
    }

    /// Everyone who may do it, as the filter has it. Throws for a malformed question.
    pub fn who_can(
        &self,
        scope: &str,
        entity: &str,
        filter: &str,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let asked = || {
            let (filter, context) = (Filter::parse(filter)?, read_context(context.as_deref(), now)?);
            self.organization.who_can(scope, entity, &filter, &context)
        };
        to_js(&asked().map_err(|error| message(&error))?)
    }

    /// Where a principal may do it, or where it may do what. Throws for a malformed question.
    pub fn entities(
        &self,
        principal: &str,
        scope: Option<String>,
        filter: &str,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let fails = |error: RequestError| message(&error);
        let filter = Filter::parse(filter).map_err(fails)?;
        let context = read_context(context.as_deref(), now).map_err(fails)?;
        let principal = self.organization.principal(principal);
        match scope {
            Some(scope) => to_js(&principal.entities(&scope, &filter, &context).map_err(fails)?),
            None => to_js(&principal.scopes_by_entity(&filter, &context).map_err(fails)?),
        }
    }

    /// The least role for needs, as JSON. Throws for what is malformed.
    pub fn suggest(&self, needs: &str) -> Result<JsValue, JsValue> {
        let suggested = Needs::parse(needs).and_then(|needs| self.organization.suggest(&needs));
        to_js(&suggested.map_err(|error| message(&error))?)
    }

    /// The least role for the token of a deployment. Throws for what is malformed.
    pub fn suggest_for_deployment(
        &self,
        run: &str,
        name: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let run = Preflight::parse(run).map(|run| run.or_at(Instant::from_milliseconds(now)));
        let suggested = run.and_then(|run| self.organization.suggest_for_deployment(&run, name.as_deref()));
        to_js(&suggested.map_err(|error| message(&error))?)
    }

    /// What a principal holds and by a log, one record a line, never used. Throws for a malformed principal.
    pub fn usage(
        &self,
        principal: &str,
        log: &str,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let fails = |error: RequestError| message(&error);
        let context = read_context(context.as_deref(), now).map_err(fails)?;
        let mut usage = self.organization.usage(principal, &context).map_err(fails)?;
        for line in log.split('\n').filter(|line| !line.trim().is_empty()) {
            // A line that is no record is counted as skipped.
            let _told = usage.record(line);
        }
        to_js(&usage.report(None))
    }

    /// Holds the organization against expectations; with its document, tells the grants that none touches. Throws the
    /// problems of the expectations.
    pub fn test(
        &self,
        expectations: &[u8],
        document: Option<Box<[u8]>>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let expectations = Expectations::parse(expectations).map_err(|invalid| problems(&invalid))?;
        let expectations = expectations.or_at(Instant::from_milliseconds(now));
        let report = self.organization.test(&expectations).map_err(|invalid| problems(&invalid))?;
        let covered = document.map(|document| self.organization.coverage(document, [&report]));
        let coverage = covered.transpose().map_err(|invalid| problems(&invalid))?;
        to_js(&Tested { report, coverage })
    }

    /// What changes for whom, if another document takes the place of this one, and what of that guards name: one a line.
    /// Throws for guards and a time that are malformed, and for documents of two organizations.
    pub fn diff(
        &self,
        after: &Engine,
        guards: &str,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let fails = |error: RequestError| message(&error);
        let (before, after) = (&self.organization, &after.organization);
        let context = read_context(context.as_deref(), now).map_err(fails)?;
        let diff = before.diff(after, context.at).map_err(fails)?;
        let guards = Guard::parse_all(guards).map_err(fails)?;
        guards.iter().try_for_each(|guard| guard.check(before, after)).map_err(fails)?;
        to_js(&diff.guarded_by(&guards))
    }

    /// A log of what a server answered or of decisions, one record a line, against the rules; requests by a table of
    /// routes. Throws the problems of the table, and for a malformed time.
    pub fn replay(
        &self,
        log: &str,
        routes: Option<Box<[u8]>>,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let time = read_context(context.as_deref(), now).map_err(|error| message(&error))?;
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

    /// When a token expires, in milliseconds; nothing for whoever does not.
    pub fn valid_until(&self, principal: &str) -> Option<f64> {
        let Resolved::Access(access) = &*self.resolved(principal) else { return None };
        let token = self.organization.principals.tokens.get(access.token? as usize)?;
        token.expires.map(Instant::milliseconds)
    }

    /// The organization as a bundle.
    pub fn to_bundle(&self, version: f64, issued_at: f64, max_age_seconds: Option<u32>) -> Vec<u8> {
        self.organization.to_bundle(&label(version, issued_at, max_age_seconds))
    }

    /// One principal's part as a bundle. Throws for whoever is not there.
    pub fn project(
        &self,
        principal: &str,
        version: f64,
        issued_at: f64,
        max_age_seconds: Option<u32>,
    ) -> Result<Vec<u8>, JsValue> {
        let label = label(version, issued_at, max_age_seconds);
        self.organization.project(principal, &label).map_err(|error| message(&error))
    }
}

/// What a careful reader would say about a document, and the catalog that is given along. Throws their problems, and for a
/// malformed time.
#[wasm_bindgen]
pub fn lint_document(
    document: &[u8],
    catalog: Option<Box<[u8]>>,
    context: Option<String>,
    now: f64,
) -> Result<JsValue, JsValue> {
    let context = read_context(context.as_deref(), now).map_err(|error| message(&error))?;
    let catalog = catalog.map(|catalog| read_catalog(&catalog)).transpose()?;
    let findings = match &catalog {
        Some(catalog) => lint::lint_with(catalog, document, context.at),
        None => lint::lint(document, context.at),
    };
    to_js(&findings.map_err(|invalid| problems(&invalid))?)
}

/// A role of a document as the tree of the API. Throws the problems of the document, or a sentence.
#[wasm_bindgen]
pub fn export_role(document: &[u8], role: &str, catalog: Option<Box<[u8]>>) -> Result<String, JsValue> {
    let catalog = catalog.map(|catalog| read_catalog(&catalog)).transpose()?;
    let exported = match &catalog {
        Some(catalog) => export::export_role_with(catalog, document, role),
        None => export::export_role(document, role),
    };
    exported.map_err(|error| match error {
        ExportError::Invalid(invalid) => problems(&invalid),
        other => JsValue::from_str(&other.to_string()),
    })
}

/// A document out of answers of the API. Throws the problems of the answers.
#[wasm_bindgen]
pub fn import_organization(
    answers: &[u8],
    revision: Option<String>,
    organization: Option<String>,
) -> Result<JsValue, JsValue> {
    let options = import::Options { revision, organization };
    to_js(&import::import(answers, &options).map_err(|invalid| problems(&invalid))?)
}

/// What came of expectations.
#[derive(Serialize)]
struct Tested {
    report: TestReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Coverage>,
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

/// Versions are whole numbers as far as JavaScript has them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
fn label(version: f64, issued_at: f64, max_age_seconds: Option<u32>) -> Label {
    let label = Label::new(version as u64, Instant::from_milliseconds(issued_at));
    Label { max_age_seconds, ..label }
}
