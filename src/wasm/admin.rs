//! What the module for administrators has beyond that of every page.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use crate::wasm::Engine;

#[wasm_bindgen]
impl Engine {
    /// Every principal of the document: members and collaborators, teams, service principals, tokens.
    pub fn principals(&self) -> Array {
        let organization = &self.organization;
        organization.everyone().map(|who| JsValue::from_str(&organization.name_of(who))).collect()
    }
}
