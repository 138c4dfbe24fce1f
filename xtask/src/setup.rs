//! Everything the tasks need, at once: what is missing is installed.

use std::time::Instant;

use anyhow::Result;

use crate::browsers::{self, CHROMEDRIVER, CHROMIUM, FIREFOX};
use crate::wasm::Kit;
use crate::{node, sh, tools};

pub(crate) fn run() -> Result<()> {
    let start = Instant::now();
    node::ensure_for_matrix()?;
    browsers::ensure(&[CHROMIUM, CHROMEDRIVER, FIREFOX])?;
    Kit::ensure()?;
    tools::geckodriver().ensure()?;
    sh::say(&format!("everything is there ({:.1} s)", start.elapsed().as_secs_f64()));
    Ok(())
}
