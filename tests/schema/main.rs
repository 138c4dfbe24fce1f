//! The JSON Schemas of documents and of catalogs: published as they are generated, they accept whatever the engine does,
//! and what they refuse it refuses too.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    reason = "a test that meets something unexpected stops there"
)]

#[allow(dead_code, unused_imports, reason = "others run the cases")]
#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code, unused_imports, reason = "others ask as well")]
#[path = "../generate/mod.rs"]
mod generate;
#[allow(dead_code, unused_imports, reason = "others decide by it")]
#[path = "../oracle/mod.rs"]
mod oracle;
#[cfg(feature = "cli")]
#[allow(dead_code, reason = "others use the rest")]
#[path = "../common/process.rs"]
mod process;

mod catalogs;
mod documents;
mod shared;
mod spoil;
