//! The browsers that run the tests, and Chromium's driver (Firefox's is in `tools.rs`).

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{apt, sh};

/// A program that is taken from `PATH`, or else from a package.
pub(crate) struct Program {
    names: &'static [&'static str],
    package: &'static str,
}

pub(crate) const CHROMIUM: Program = Program {
    names: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    package: "chromium",
};
pub(crate) const CHROMEDRIVER: Program = Program { names: &["chromedriver"], package: "chromium-driver" };
pub(crate) const FIREFOX: Program = Program { names: &["firefox", "firefox-esr"], package: "firefox-esr" };

/// Installs those of the programs that are missing, all at once.
pub(crate) fn ensure(wanted: &[Program]) -> Result<()> {
    let missing: Vec<&str> = wanted.iter().filter(|it| it.find().is_err()).map(|it| it.package).collect();
    if missing.is_empty() { Ok(()) } else { apt::install(&missing) }
}

impl Program {
    /// Where the program is.
    pub(crate) fn find(&self) -> Result<PathBuf> {
        sh::find(self.names)
            .with_context(|| format!("`{}` is in no folder of `PATH`", self.names.join("` or `")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_missing_is_named_in_all_its_names() {
        let program = Program { names: &["no-such-program", "nor-this"], package: "" };
        let error = program.find().unwrap_err().to_string();
        assert_eq!(error, "`no-such-program` or `nor-this` is in no folder of `PATH`");
    }
}
