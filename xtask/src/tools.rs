//! The tools that cargo installs, each in one version, in the cache folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{lock, place, sh};

const WASM_PACK: &str = "0.15.1";
const GECKODRIVER: &str = "0.37.1";

/// A program of a package, in the one version that this repository is tested with.
pub(crate) struct Tool {
    package: &'static str,
    program: &'static str,
    version: String,
    minutes: u32,
}

/// `wasm-pack`, which builds the package's wasm and runs the tests that are wasm.
pub(crate) fn wasm_pack() -> Tool {
    Tool { package: "wasm-pack", program: "wasm-pack", version: WASM_PACK.to_owned(), minutes: 3 }
}

/// `wasm-bindgen`, whose version must be that of the library.
pub(crate) fn wasm_bindgen() -> Result<Tool> {
    let version = lock::version("wasm-bindgen")?;
    Ok(Tool { package: "wasm-bindgen-cli", program: "wasm-bindgen", version, minutes: 4 })
}

/// `geckodriver`, Firefox's driver.
pub(crate) fn geckodriver() -> Tool {
    Tool { package: "geckodriver", program: "geckodriver", version: GECKODRIVER.to_owned(), minutes: 2 }
}

impl Tool {
    /// Where the tool is, once it is there.
    pub(crate) fn ensure(&self) -> Result<PathBuf> {
        let home = place::cache()?.join("tools");
        if let Some(program) = self.find(&home) {
            return Ok(program);
        }
        self.install(&home)?;
        self.find(&home).with_context(|| format!("`{}` is not version {}", self.program, self.version))
    }

    fn find(&self, home: &Path) -> Option<PathBuf> {
        let places = [Some(home.join("bin").join(self.program)), sh::find(&[self.program])];
        places.into_iter().flatten().find(|place| self.is_at(place))
    }

    fn is_at(&self, program: &Path) -> bool {
        let printed = sh::ask(sh::command(program).arg("--version"));
        printed.is_some_and(|printed| version_in(&printed) == Some(&self.version))
    }

    /// cargo puts the programs in place as its last act, so that there is never half a tool. It is asked not to lock
    /// the versions below: some that `wasm-bindgen-cli` locks have been withdrawn.
    fn install(&self, home: &Path) -> Result<()> {
        let Tool { package, version, minutes, .. } = self;
        sh::say(&format!("compiling {package} {version}, about {minutes} minutes, once"));
        let mut cargo = sh::command("cargo");
        cargo
            .args(["install", "--force", "--root"])
            .arg(home)
            .arg(format!("--version={version}"))
            .arg(package);
        // Its own folder for building, which cargo clears away: ours is no place for another project's parts.
        cargo.env_remove("CARGO_TARGET_DIR").env_remove("CARGO_BUILD_TARGET");
        sh::run(&mut cargo)
    }
}

/// The second word, as in `geckodriver 0.37.1 (2026-01-01)`.
fn version_in(printed: &str) -> Option<&str> {
    printed.split_whitespace().nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_second_word() {
        assert_eq!(version_in("wasm-pack 0.15.1"), Some("0.15.1"));
        assert_eq!(version_in("geckodriver 0.37.1 (abc 2026-01-01)\n\nThe source code"), Some("0.37.1"));
        assert_eq!(version_in(""), None);
    }

    #[test]
    fn a_tool_of_another_version_is_not_the_tool() {
        let cargo =
            |version: &str| Tool { package: "", program: "cargo", version: version.to_owned(), minutes: 0 };
        let printed = sh::ask(sh::command("cargo").arg("--version")).unwrap();
        let version = version_in(&printed).unwrap();
        assert!(cargo(version).find(Path::new("/nowhere")).is_some());
        assert!(cargo("0.0.1").find(Path::new("/nowhere")).is_none());
    }
}
