//! Where things are.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, path};

use anyhow::{Context, Result};

/// The root of the repository, whatever folder the task was called in.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// Where everything is kept that takes minutes to make. It outlives `target/` and serves every clone.
pub(crate) fn cache() -> Result<PathBuf> {
    let folder = cache_by(|name| env::var_os(name))
        .context("no folder to keep the tools in: set `SCOPEWISE_CACHE` to one")?;
    Ok(path::absolute(folder)?)
}

fn cache_by(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder("SCOPEWISE_CACHE")
        .or_else(|| Some(folder("XDG_CACHE_HOME")?.join("scopewise")))
        .or_else(|| Some(folder("HOME")?.join(".cache/scopewise")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: Option<&str>) {
        let found =
            cache_by(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()));
        assert_eq!(found, expected.map(PathBuf::from));
    }

    #[test]
    fn the_cache_is_where_the_nearest_variable_says() {
        check(&[("SCOPEWISE_CACHE", "/c"), ("XDG_CACHE_HOME", "/x"), ("HOME", "/h")], Some("/c"));
        check(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")], Some("/x/scopewise"));
        check(&[("HOME", "/h")], Some("/h/.cache/scopewise"));
        check(&[], None);
    }

    #[test]
    fn an_empty_variable_is_no_folder() {
        check(
            &[("SCOPEWISE_CACHE", ""), ("XDG_CACHE_HOME", ""), ("HOME", "/h")],
            Some("/h/.cache/scopewise"),
        );
    }

    #[test]
    fn the_root_is_the_repository() {
        assert!(root().join("Cargo.lock").is_file());
    }
}
