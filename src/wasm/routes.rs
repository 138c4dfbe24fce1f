//! The border of the module that has routes and no engine: it says what a request needs and decides nothing.
//!
//! What a table says of a route, JavaScript reads out of the same JSON, which was found to be in order here. So only
//! what the path of a request says comes out: the number of its route, and its segments. Texts cross slowly, and of a path
//! without escapes JavaScript has the segments already: then it is the number alone.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::problem::{Invalid, Problem};
use crate::route::{Part, Piece, Route, Routes, Shape, Template};

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

    /// The position of the route of a request whose path has no escape, so that its segments are what stands between
    /// the slashes. Nothing for all other requests.
    pub fn plain(&self, method: &str, target: &str) -> Option<u32> {
        let shape = self.routes.shape(method, target).ok()??;
        let is_plain = !shape.parts.iter().any(Part::is_escaped);
        u32::try_from(shape.position).ok().filter(|_| is_plain)
    }

    /// The route of a request: its position and the segments of the path, decoded. Where it is in none, the name of the
    /// reason and its sentence; where it passes, nothing.
    pub fn find(&self, method: &str, target: &str) -> Array {
        match self.routes.shape(method, target) {
            Ok(Some(shape)) => matched(&shape),
            Ok(None) => Array::new(),
            Err(error) => Array::of2(&error.as_str().into(), &error.to_string().into()),
        }
    }

    /// The entities on which a route needs something, each as its pieces: a text, or the position of the segment that
    /// stands there.
    pub fn entities(&self, position: usize) -> Array {
        let needs = self.routes.routes().get(position).and_then(|route| route.needs.as_ref());
        needs.into_iter().flat_map(|needs| needs.entities()).map(pieces).collect()
    }

    /// Whether the path of that route is that of its entity, and of nothing in it or below it.
    pub fn ends_with_entity(&self, position: usize) -> bool {
        self.routes.routes().get(position).is_some_and(Route::ends_with_entity)
    }
}

fn matched(shape: &Shape<'_, '_>) -> Array {
    let told = Array::of1(&number(shape.position));
    for part in &shape.parts {
        told.push(&JsValue::from_str(&part.value));
    }
    told
}

fn pieces(entity: &Template) -> Array {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => JsValue::from_str(text),
        Piece::Value(segment) => number(*segment),
    };
    entity.0.iter().map(piece).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a table has at most 10,000 routes, and a path 64 segments")]
fn number(position: usize) -> JsValue {
    JsValue::from_f64(position as f64)
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
