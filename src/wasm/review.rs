//! The part for whoever looks at a document, or at a change of one, before it counts.

use wasm_bindgen::prelude::*;

use crate::diff::Guard;
use crate::lint;
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
