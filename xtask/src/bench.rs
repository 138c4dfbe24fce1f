//! The benchmarks.

use anyhow::Result;

use crate::{build, node, place, sh};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run only those native benchmarks whose names contain one of these
    filters: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    sh::run(sh::command("cargo").args(["bench", "--bench", "engine", "--"]).args(&options.filters))?;
    build::run(&build::Options::default())?;
    node::ensure()?;
    sh::run(sh::command("node").arg(place::root().join("benches/package.mjs")))
}
