//! The border of the module that has routes and no engine: it says what a request needs and decides nothing.
//!
//! What a table says of a route, JavaScript reads out of the same JSON, which was found to be in order here. So only
//! what the path of a request says comes out: the number of its route, and the entities.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::problem::{Invalid, Problem};
use crate::route::{Route, RouteMatch, RouteNeeds, Routes};

/// One table of routes inside the module.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Table {
    routes: Routes,
}

#[wasm_bindgen]
impl Table {
    /// Reads a table. Throws an array of its problems, each as code, path, message and, of the text, line and column.
    #[wasm_bindgen(constructor)]
    pub fn new(text: &[u8]) -> Result<Table, JsValue> {
        Ok(Self { routes: Routes::parse(text).map_err(|invalid| problems(&invalid))? })
    }

    /// The route of a request: its position and the entities on which something is needed. Where it is in none, the
    /// name of the reason and its sentence; where it passes, nothing.
    pub fn find(&self, method: &str, target: &str) -> Array {
        match self.routes.find(method, target) {
            Ok(Some(found)) => matched(&found),
            Ok(None) => Array::new(),
            Err(error) => Array::of2(&error.as_str().into(), &error.to_string().into()),
        }
    }

    /// Whether the path of that route is that of its entity, and of nothing in it or below it.
    pub fn ends_with_entity(&self, position: usize) -> bool {
        self.routes.routes().get(position).is_some_and(Route::ends_with_entity)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a table has at most 10,000 routes")]
fn matched(found: &RouteMatch<'_>) -> Array {
    let told = Array::of1(&JsValue::from_f64(found.position as f64));
    for entity in entities(&found.needs) {
        told.push(&JsValue::from_str(entity));
    }
    told
}

fn entities(needs: &RouteNeeds) -> Vec<&str> {
    match needs {
        RouteNeeds::Scope { scopes } => scopes.iter().map(|it| &*it.entity).collect(),
        RouteNeeds::Member { entity } => vec![entity],
        RouteNeeds::Filter { .. } | RouteNeeds::User | RouteNeeds::Public | RouteNeeds::Special => Vec::new(),
    }
}

fn problems(invalid: &Invalid) -> JsValue {
    invalid.problems().iter().map(problem).collect::<Array>().into()
}

fn problem(problem: &Problem) -> Array {
    let text = JsValue::from_str;
    let told = Array::of3(&text(problem.code.as_str()), &text(&problem.path), &text(&problem.message));
    if let Some((line, column)) = problem.position {
        told.push(&JsValue::from_str(&line.to_string()));
        told.push(&JsValue::from_str(&column.to_string()));
    }
    told
}
