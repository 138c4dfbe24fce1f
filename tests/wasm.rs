//! The shared cases and the hostile documents as wasm: in Node, in Chromium, in Firefox. It does not say where it
//! runs; whoever calls it does.
#![cfg(target_arch = "wasm32")]

mod common;
#[path = "common/hostile.rs"]
mod hostile;

use common::case_files;
use hostile::hostile_checks;
use wasm_bindgen_test::wasm_bindgen_test;

macro_rules! cases {
    ($($name:ident $file:literal,)*) => {
        $(#[wasm_bindgen_test]
        fn $name() {
            common::run($file);
        })*
    };
}
case_files!(cases);

macro_rules! checks {
    ($($name:ident)*) => {
        $(#[wasm_bindgen_test]
        fn $name() {
            hostile::$name();
        })*
    };
}
hostile_checks!(checks);

/// What a module reads is bounded by less than the memory that it can have.
#[wasm_bindgen_test]
fn a_document_of_more_than_64_megabytes_is_told_before_it_is_read() {
    let invalid = scopewise::Organization::parse(vec![b'['; 64_000_001]).unwrap_err();
    let codes: Vec<_> = invalid.problems().iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["too_large"]);
}
