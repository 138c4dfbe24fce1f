//! What the module for administrators has beyond that of every page.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::bundle::Label;
use crate::principal::Resolved;
use crate::time::Instant;
use crate::wasm::{Engine, message};

#[wasm_bindgen]
impl Engine {
    /// Every principal of the document: members and collaborators, teams, service principals, tokens.
    pub fn principals(&self) -> Array {
        self.organization.principals().iter().map(|name| JsValue::from_str(name)).collect()
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

/// Versions are whole numbers as far as JavaScript has them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
fn label(version: f64, issued_at: f64, max_age_seconds: Option<u32>) -> Label {
    let label = Label::new(version as u64, Instant::from_milliseconds(issued_at));
    Label { max_age_seconds, ..label }
}
