//! Documents and requests made to do harm, natively: each check ends, and in a time that nobody minds.
#![cfg(not(target_arch = "wasm32"))]

#[path = "common/hostile.rs"]
mod checks;

use std::time::{Duration, Instant};

/// Not a measurement: what takes longer than this has no bound.
const GUARD: Duration = Duration::from_secs(30);

macro_rules! tests {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            let start = Instant::now();
            checks::$name();
            assert!(start.elapsed() < GUARD, "it took {:?}", start.elapsed());
        })*
    };
}
checks::hostile_checks!(tests);

#[test]
fn a_document_of_more_than_256_megabytes_is_told_before_it_is_read() {
    let invalid = scopewise::Organization::parse(vec![0; 256_000_001]).unwrap_err();
    let codes: Vec<_> = invalid.problems().iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["too_large"]);
}
