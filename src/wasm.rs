//! The border to JavaScript: the only room that names wasm-bindgen, and it holds no rule.
//!
//! Here is what every page needs. The other files are the borders of parts, which are joined to the engine when they
//! are wanted: `cargo xtask build` cuts the module by the names of its exports, which begin with the name of the part.
//!
//! State stays inside. Names and texts go in; single answers come out as JS values by serde-wasm-bindgen, rows
//! and pages as typed arrays. What JavaScript knows of a request is written as JSON there and read here by the
//! same reader as everywhere.

#![allow(
    unreachable_pub,
    reason = "wasm-bindgen exports public functions alone, and Rust has no use for them"
)]

mod questions;
mod review;
mod text;
mod transfer;

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use serde::Serialize;
use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};
use wasm_bindgen::prelude::*;

use crate::bundle::{Bundle, Label};
use crate::catalog::Catalog;
use crate::decide::{Decision, Effect};
use crate::organization::Organization;
use crate::preflight::Preflight;
use crate::principal::{Page, Resolved};
use crate::problem::{Invalid, Problem};
use crate::request::{Context, Request, RequestError};
use crate::time::Instant;

/// A third of the size of the one that comes with Rust, and as quick: pages fetch it, and browsers compile it first of all.
#[global_allocator]
static ALLOCATOR: WasmDynamicTalc = new_wasm_dynamic_allocator();

/// How many resolved principals are kept at a time.
const KEPT: usize = 1_024;

/// Runs once when the module starts.
#[wasm_bindgen(start)]
pub fn start() {
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
}

/// A bundle that lies in the module and is not opened yet: whoever finds out who made it may do that meanwhile.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Placed(Vec<u8>);

#[wasm_bindgen]
impl Placed {
    /// Takes the bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Opens the bundle, and says whether a signature vouches for it. Throws for bytes that are none.
    pub fn open(self, vouched: bool) -> Result<Engine, JsValue> {
        let bundle =
            Bundle::open_owned(self.0, vouched).map_err(|error| JsValue::from_str(&error.to_string()))?;
        let (organization, label) = bundle.into_parts();
        Ok(Engine { organization, label, principals: RefCell::default() })
    }
}

/// One organization inside the module.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    organization: Organization,
    label: Label,
    /// Those that were asked about, resolved once each, in the order of their names.
    principals: RefCell<Vec<(Box<str>, Rc<Resolved>)>>,
}

#[wasm_bindgen]
impl Engine {
    /// Reads a document, and the catalog that is given along. Throws an array of their problems.
    #[wasm_bindgen(constructor)]
    pub fn new(text: &[u8], catalog: Option<Box<[u8]>>) -> Result<Engine, JsValue> {
        let catalog = catalog.map(|catalog| read_catalog(&catalog)).transpose()?;
        let organization = match &catalog {
            Some(catalog) => Organization::parse_with(catalog, text),
            None => Organization::parse(text),
        };
        let organization = organization.map_err(|invalid| problems(&invalid))?;
        Ok(Self { organization, label: Label::default(), principals: RefCell::default() })
    }

    /// What the bundle says of itself: version, when it was made, for how many seconds it is fresh, until when it is
    /// valid. Times are in milliseconds, and what it does not say is no number.
    pub fn label(&self) -> Vec<f64> {
        let time = |time: Option<Instant>| time.map_or(f64::NAN, Instant::milliseconds);
        #[expect(clippy::cast_precision_loss, reason = "what JavaScript cannot count it does not take")]
        let version = self.label.version as f64;
        let fresh = self.label.max_age_seconds.map_or(f64::NAN, f64::from);
        vec![version, time(self.label.issued_at), fresh, time(self.organization.valid_until())]
    }

    /// The principal whose part the bundle is.
    #[wasm_bindgen(getter)]
    pub fn principal(&self) -> Option<String> {
        self.label.principal.as_deref().map(str::to_owned)
    }

    /// The name of the organization.
    #[wasm_bindgen(getter)]
    pub fn organization(&self) -> String {
        self.organization.name().to_owned()
    }

    /// The revision or the catalog that decides.
    #[wasm_bindgen(getter)]
    pub fn revision(&self) -> String {
        self.organization.catalog().name().to_owned()
    }

    /// The scopes of an entity type in the order of their bits, with a space between them, which none has in it; empty
    /// where there is no such type.
    pub fn scopes_of(&self, entity_type: &str) -> String {
        let catalog = self.organization.catalog();
        let mut names = String::new();
        let Some(entity_type) = catalog.entity_type(entity_type) else { return names };
        for scope in catalog.scopes(entity_type) {
            names.push_str(if names.is_empty() { "" } else { " " });
            names.push_str(scope);
        }
        names
    }

    /// The rows of entities, whose names come with a line feed between them: for each eight words with a bit for
    /// every scope that is allowed, and eight for those that rest on tags. Nothing about a principal of whom more than
    /// the entity and its tags decides: the time, what started a run. Throws for a malformed name.
    pub fn rows(&self, principal: &str, entities: &str) -> Result<Option<Vec<u32>>, JsValue> {
        let resolved = self.resolved(principal);
        if !resolved.is_timeless(&self.organization) {
            return Ok(None);
        }
        let mut words: Vec<u32> = Vec::new();
        for entity in lines(entities) {
            let row = resolved.row(&self.organization, entity, &Context::default());
            let row = thrown(row)?;
            words.extend_from_slice(&row.allow.halves());
            words.extend_from_slice(&row.unknown.halves());
        }
        Ok(Some(words))
    }

    /// Whether it is an allow. Nothing is thrown.
    pub fn can(&self, principal: &str, scope: &str, entity: &str, context: Option<String>, now: f64) -> bool {
        let context = read_context(context.as_deref(), now);
        context
            .and_then(|context| self.decision(principal, scope, entity, &context))
            .is_ok_and(|it| it.is_allow())
    }

    /// The decision. Throws for a malformed request.
    pub fn decide(
        &self,
        principal: &str,
        scope: &str,
        entity: &str,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let context = known(context.as_deref(), now)?;
        to_js(&thrown(self.decision(principal, scope, entity, &context))?)
    }

    /// Whether a principal belongs to the organization. Throws for a malformed one.
    pub fn membership(
        &self,
        principal: &str,
        entity: &str,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let context = known(context.as_deref(), now)?;
        let decision = self.resolved(principal).membership(&self.organization, principal, entity, &context);
        to_js(&thrown(decision)?)
    }

    /// The decision with everything behind it. Throws for a malformed request.
    pub fn explain(
        &self,
        principal: &str,
        scope: &str,
        entity: &str,
        context: Option<String>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let context = known(context.as_deref(), now)?;
        let told = self.resolved(principal).explain(&self.organization, scope, entity, &context);
        to_js(&thrown(told)?)
    }

    /// The scopes that are allowed on an entity, sorted. Throws for a malformed request.
    pub fn scopes(
        &self,
        principal: &str,
        entity: &str,
        context: Option<String>,
        now: f64,
    ) -> Result<Array, JsValue> {
        let context = known(context.as_deref(), now)?;
        let names = self.resolved(principal).scopes(&self.organization, entity, &context);
        Ok(thrown(names)?.into_iter().map(JsValue::from_str).collect())
    }

    /// The effects of a page, entity by entity: 0 deny, 1 allow, 2 unknown. Entities and scopes come as names
    /// with a line feed between them. Throws for the first malformed name.
    pub fn matrix(
        &self,
        principal: &str,
        entities: &str,
        scopes: &str,
        context: Option<String>,
        now: f64,
    ) -> Result<Uint8Array, JsValue> {
        let context = known(context.as_deref(), now)?;
        let effects = thrown(self.page(principal, entities, scopes, &context))?;
        Ok(Uint8Array::from(&*effects))
    }

    /// What a deployment will be allowed, asked as a JSON text. Throws for a malformed question.
    pub fn preflight(&self, asked: &str, now: f64) -> Result<JsValue, JsValue> {
        let asked = Preflight::parse(asked).map(|it| it.or_at(Instant::from_milliseconds(now)));
        let report = asked.and_then(|asked| self.organization.preflight_without_remedies(&asked));
        to_js(&thrown(report)?)
    }

    /// Answers requests, one JSON text a line, as an array in their order.
    pub fn decide_all(&self, requests: &str, now: f64) -> Result<Array, JsValue> {
        let now = Context::at(Instant::from_milliseconds(now));
        let answer = |line: &str| match self.answer(line, &now) {
            Ok(decision) => to_js(&decision),
            Err(error) => to_js(&Refused { error: error.to_string() }),
        };
        lines(requests).map(answer).collect()
    }
}

impl Engine {
    /// Resolves a principal, or takes it from those that were asked about before.
    fn resolved(&self, principal: &str) -> Rc<Resolved> {
        let mut kept = self.principals.borrow_mut();
        let mut place = kept.partition_point(|(name, _)| **name < *principal);
        if let Some((_, known)) = kept.get(place).filter(|(name, _)| **name == *principal) {
            return Rc::clone(known);
        }
        if kept.len() >= KEPT {
            kept.clear();
            place = 0;
        }
        let resolved = Rc::new(self.organization.resolve(principal));
        kept.insert(place, (principal.into(), Rc::clone(&resolved)));
        resolved
    }

    fn decision(
        &self,
        principal: &str,
        scope: &str,
        entity: &str,
        context: &Context,
    ) -> Result<Decision, RequestError> {
        self.resolved(principal).decide(&self.organization, scope, entity, context)
    }

    fn answer(&self, line: &str, now: &Context) -> Result<Decision, RequestError> {
        let request = Request::parse(line)?;
        self.decision(&request.principal, &request.scope, &request.entity, &request.context.or_at(now))
    }

    fn page(
        &self,
        principal: &str,
        entities: &str,
        scopes: &str,
        context: &Context,
    ) -> Result<Vec<u8>, RequestError> {
        let scopes: Vec<&str> = lines(scopes).collect();
        let page = Page::new(&self.organization, &scopes)?;
        let resolved = self.resolved(principal);
        let access = resolved.access(&self.organization, context)?;
        let mut effects = Vec::new();
        for entity in lines(entities) {
            page.row(&access, entity, context, &mut effects, code)?;
        }
        Ok(effects)
    }
}

/// What stands between line feeds. `split` looks for a letter by much more code, which a first decision would wait for.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let line = rest?;
        let end = line.bytes().position(|byte| byte == b'\n');
        rest = end.and_then(|end| line.get(end + 1..));
        line.get(..end.unwrap_or(line.len()))
    })
}

/// What an answer looks like where there is no decision.
#[derive(Serialize)]
struct Refused {
    error: String,
}

/// A problem as JavaScript sees it.
#[derive(Serialize)]
struct ProblemValue<'p> {
    code: &'static str,
    path: &'p str,
    message: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

fn problems(invalid: &Invalid) -> JsValue {
    let value = |problem: &'_ Problem| {
        let problem = ProblemValue {
            code: problem.code.as_str(),
            path: &problem.path,
            message: &problem.message,
            line: problem.position.map(|(line, _)| line),
            column: problem.position.map(|(_, column)| column),
        };
        to_js(&problem)
    };
    invalid
        .problems()
        .iter()
        .map(value)
        .collect::<Result<Array, _>>()
        .map_or_else(|error| error, JsValue::from)
}

fn code(effect: Effect) -> u8 {
    match effect {
        Effect::Deny => 0,
        Effect::Allow => 1,
        Effect::Unknown => 2,
    }
}

fn read_catalog(text: &[u8]) -> Result<Catalog, JsValue> {
    Catalog::parse_beside(text).map_err(|invalid| problems(&invalid))
}

/// What is known beside the document; the time is now unless it is given.
fn read_context(json: Option<&str>, now: f64) -> Result<Context, RequestError> {
    let now = Context::at(Instant::from_milliseconds(now));
    Ok(json.map(Context::parse).transpose()?.map_or_else(|| now.clone(), |context| context.or_at(&now)))
}

/// The same, for what throws.
fn known(json: Option<&str>, now: f64) -> Result<Context, JsValue> {
    thrown(read_context(json, now))
}

/// What a malformed request throws: its sentence.
fn thrown<T>(answer: Result<T, RequestError>) -> Result<T, JsValue> {
    answer.map_err(|error| JsValue::from_str(&error.to_string()))
}

fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).map_err(JsValue::from)
}
