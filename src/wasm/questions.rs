//! The part for questions about everybody: who may do what, what would help, what fits; and bundles.

use js_sys::Array;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::bundle::Label;
use crate::coverage::Coverage;
use crate::expectations::{Expectations, TestReport};
use crate::filter::Filter;
use crate::preflight::Preflight;
use crate::principal::Resolved;
use crate::suggest::Needs;
use crate::time::Instant;
use crate::wasm::text::to_js;
use crate::wasm::{Engine, known, problems, read_context, thrown};

#[wasm_bindgen]
impl Engine {
    /// Every principal of the document: members and collaborators, teams, service principals, tokens.
    pub fn questions_principals(&self) -> Array {
        self.organization.principals().iter().map(|name| JsValue::from_str(name)).collect()
    }

    /// The decision with everything behind it, and what would help where it is no allow.
    pub fn questions_explain(
        &self,
        principal: &str,
        scope: &str,
        entity: &str,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let context = known(context.as_deref(), now)?;
        let told = self.organization.principal(principal).explain(scope, entity, &context);
        to_js(&thrown(told)?)
    }

    /// What a deployment will be allowed, and what would help where it is not.
    pub fn questions_preflight(&self, asked: &str, now: f64) -> Result<JsValue, JsValue> {
        let asked = Preflight::parse(asked).map(|it| it.or_at(Instant::from_milliseconds(now)));
        let report = asked.and_then(|asked| self.organization.preflight(&asked));
        to_js(&thrown(report)?)
    }

    /// Everyone who may do it, as the filter has it. Throws for a malformed question.
    pub fn questions_who_can(
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
        to_js(&thrown(asked())?)
    }

    /// Where a principal may do it, or where it may do what. Throws for a malformed question.
    pub fn questions_entities(
        &self,
        principal: &str,
        scope: Option<String>,
        filter: &str,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let filter = thrown(Filter::parse(filter))?;
        let context = known(context.as_deref(), now)?;
        let principal = self.organization.principal(principal);
        match scope {
            Some(scope) => to_js(&thrown(principal.entities(&scope, &filter, &context))?),
            None => to_js(&thrown(principal.scopes_by_entity(&filter, &context))?),
        }
    }

    /// The least role for needs, as JSON. Throws for what is malformed.
    pub fn questions_suggest(&self, needs: &str) -> Result<JsValue, JsValue> {
        let suggested = Needs::parse(needs).and_then(|needs| self.organization.suggest(&needs));
        to_js(&thrown(suggested)?)
    }

    /// The least role for the token of a deployment. Throws for what is malformed.
    pub fn questions_suggest_for_deployment(
        &self,
        run: &str,
        name: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let run = Preflight::parse(run).map(|run| run.or_at(Instant::from_milliseconds(now)));
        let suggested = run.and_then(|run| self.organization.suggest_for_deployment(&run, name.as_deref()));
        to_js(&thrown(suggested)?)
    }

    /// What a principal holds and by a log, one record a line, never used. Throws for a malformed principal.
    pub fn questions_usage(
        &self,
        principal: &str,
        log: &str,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let context = known(context.as_deref(), now)?;
        let mut usage = thrown(self.organization.usage(principal, &context))?;
        for line in log.split('\n').filter(|line| !line.trim().is_empty()) {
            // A line that is no record is counted as skipped.
            let _told = usage.record(line);
        }
        to_js(&usage.report(None))
    }

    /// Holds the organization against expectations; with its document, tells the grants that none touches. Throws the
    /// problems of the expectations.
    pub fn questions_test(
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

    /// When a token expires, in milliseconds; nothing for whoever does not.
    pub fn questions_valid_until(&self, principal: &str) -> Option<f64> {
        let Resolved::Access(access) = &*self.resolved(principal) else { return None };
        let token = self.organization.principals.tokens.get(access.token? as usize)?;
        token.expires.map(Instant::milliseconds)
    }

    /// The organization as a bundle.
    pub fn questions_to_bundle(&self, version: f64, issued_at: f64, max_age_seconds: Option<u32>) -> Vec<u8> {
        self.organization.to_bundle(&label(version, issued_at, max_age_seconds))
    }

    /// One principal's part as a bundle. Throws for whoever is not there.
    pub fn questions_project(
        &self,
        principal: &str,
        version: f64,
        issued_at: f64,
        max_age_seconds: Option<u32>,
    ) -> Result<Vec<u8>, JsValue> {
        let label = label(version, issued_at, max_age_seconds);
        thrown(self.organization.project(principal, &label))
    }
}

/// What came of expectations.
#[derive(Serialize)]
struct Tested {
    report: TestReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Coverage>,
}

/// Versions are whole numbers as far as JavaScript has them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
fn label(version: f64, issued_at: f64, max_age_seconds: Option<u32>) -> Label {
    let label = Label::new(version as u64, Instant::from_milliseconds(issued_at));
    Label { max_age_seconds, ..label }
}
