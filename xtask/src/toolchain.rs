//! The compiler for wasm: the active one with its target, or one that is put together from Debian's packages.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::{sh, sysroot};

/// What the browser runs.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The compiler that builds for wasm.
#[derive(Debug, PartialEq)]
pub(crate) enum Compiler {
    /// The one that builds everything else.
    Active,
    /// The rustup toolchain of this name.
    Linked(&'static str),
}

/// Finds a compiler with the wasm target, or installs one, by the quickest way that works here.
pub(crate) fn ensure() -> Result<Compiler> {
    if active_has_target() {
        return Ok(Compiler::Active);
    }
    if let Some(compiler) = sysroot::cached()? {
        return Ok(compiler);
    }
    if rustup_adds_target() { Ok(Compiler::Active) } else { sysroot::build() }
}

fn active_has_target() -> bool {
    let folder = sh::ask(sh::command("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    folder.is_some_and(|folder| has_std(Path::new(&folder)))
}

/// Whether the folder holds a standard library, not merely exists.
pub(crate) fn has_std(folder: &Path) -> bool {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.into_iter().any(|name| is_std(&name.to_string_lossy()))
}

fn is_std(name: &str) -> bool {
    name.starts_with("libstd-") && Path::new(name).extension().is_some_and(|end| end == "rlib")
}

fn rustup_adds_target() -> bool {
    if sh::find(&["rustup"]).is_none() {
        return false;
    }
    sh::say(&format!("adding the target {TARGET} with rustup, a few seconds"));
    let mut rustup = sh::command("rustup");
    rustup.args(["target", "add", TARGET]).env("RUST_BACKTRACE", "0");
    sh::run(&mut rustup).is_ok() && active_has_target()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_the_standard_library_is_no_target() {
        assert!(!has_std(Path::new("/no/such/folder")));
        assert!(!has_std(&crate::place::root()));
    }

    #[test]
    fn the_standard_library_is_known_by_its_name() {
        assert!(is_std("libstd-0123456789abcdef.rlib"));
        assert!(!is_std("libstd-0123456789abcdef.so"));
        assert!(!is_std("libstd_detect-0123456789abcdef.rlib"));
    }
}
