//! What a browser fetches for `import "scopewise"`, and its limit.

use anyhow::Result;

use crate::{build, node, place, sh};

pub(crate) fn run() -> Result<()> {
    build::run(&build::Options::default())?;
    sh::run(&mut node::test(&[place::root().join("tests/size.test.mjs")]))
}
