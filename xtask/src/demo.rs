//! The playground, served from this machine to this machine.

use std::path::Path;
use std::thread;

use anyhow::Result;

use crate::browsers::{self, CHROMIUM};
use crate::server::Site;
use crate::{build, node, place, sh};

/// The tests of the page, which need it to be served.
pub(crate) const PAGE_TESTS: [&str; 2] = ["page.test.mjs", "page_answers.test.mjs"];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Use the page in headless Chromium, leave a screenshot in tests/artifacts, and end
    #[arg(long)]
    check: bool,

    /// The port to serve on; a free one by default
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.check { check_at(options.port) } else { serve_at(options.port) }
}

/// Uses the page as a person would.
pub(crate) fn check() -> Result<()> {
    check_at(0)
}

fn serve_at(port: u16) -> Result<()> {
    let site = site(port)?;
    println!("{}/www/ (Ctrl-C ends it)", site.address()?);
    site.serve();
    Ok(())
}

fn check_at(port: u16) -> Result<()> {
    browsers::ensure(&[CHROMIUM])?;
    let chromium = CHROMIUM.find()?;
    let site = site(port)?;
    let address = site.address()?;
    // It ends with this process.
    thread::spawn(move || site.serve());
    let mut test = node::test(&PAGE_TESTS.map(|name| place::root().join("tests").join(name)));
    sh::run(test.env("SCOPEWISE_URL", address).env("SCOPEWISE_CHROMIUM", chromium))
}

/// The page, the package that it asks, and the page of the rules, which it reads.
fn site(port: u16) -> Result<Site> {
    build::run(&build::Options::default())?;
    Site::bind(&place::root(), &["www", "pkg", "docs/rules.md"].map(Path::new), port)
}
