//! The npm package as it would be published, in every runtime and build tool that it promises to work in. What cannot be
//! had on this machine is told as not proven.

use anyhow::Result;

use crate::browsers::{self, CHROMIUM, FIREFOX};
use crate::{build, node, place, sh, tools};

const TESTS: [&str; 6] = [
    "tests/matrix/bundles.test.mjs",
    "tests/matrix/examples.test.mjs",
    "tests/matrix/gate.test.mjs",
    "tests/matrix/lint.test.mjs",
    "tests/matrix/matrix.test.mjs",
    "tests/matrix/whole.test.mjs",
];

/// Prints a line for each row as it is done, and a table at the end.
pub(crate) fn run() -> Result<()> {
    build::run(&build::Options::default())?;
    node::ensure_for_matrix()?;
    browsers::ensure(&[CHROMIUM, FIREFOX])?;
    let mut test = node::test(&TESTS.map(|path| place::root().join(path)));
    test.env("SCOPEWISE_CHROMIUM", CHROMIUM.find()?);
    test.env("SCOPEWISE_FIREFOX", FIREFOX.find()?);
    test.env("SCOPEWISE_GECKODRIVER", tools::geckodriver().ensure()?);
    sh::run(&mut test)
}
