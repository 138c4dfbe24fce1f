//! Node and the npm packages that the tests use.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::{place, sh};

const OLDEST: u32 = 20;

/// How long npm may take: on a slow line it must not hold a whole run.
const INSTALLATION: Duration = Duration::from_mins(5);

/// Finds Node and installs the packages that all tests use.
pub(crate) fn ensure() -> Result<()> {
    check_node()?;
    install("tests", "about 10 seconds")
}

/// The same with the runtimes and build tools of the matrix, if they can be had: they are many, they come by the network,
/// and the matrix tells which it went without.
pub(crate) fn ensure_for_matrix() -> Result<()> {
    ensure()?;
    let folder = "tests/matrix";
    install(folder, "half a minute and 860 MB, once").or_else(|error| {
        sh::say(&format!("not proven is whatever needs the npm packages of {folder}/: {error:#}"));
        remove_packages(&place::root().join(folder))
    })
}

/// Installs the packages that the folder's `package-lock.json` names, if they are not those that are there.
fn install(folder: &str, effort: &str) -> Result<()> {
    let path = place::root().join(folder);
    if is_installed(&path) {
        return Ok(());
    }
    sh::say(&format!("installing the npm packages of {folder}/, {effort}"));
    let mut npm = sh::command("npm");
    npm.args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--fetch-timeout=60000",
        "--fetch-retries=1",
    ]);
    sh::run_within(npm.current_dir(path), INSTALLATION)
}

/// Half of an installation would be taken for one.
fn remove_packages(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder.join("node_modules")) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).context("what is left of an installation cannot be removed")
        }
        _ => Ok(()),
    }
}

/// `node` with a program out of `tests/`.
pub(crate) fn script(path: &str) -> Command {
    let mut command = sh::command("node");
    command.arg(place::root().join("tests").join(path));
    command
}

/// `node --test` with files out of `tests/`.
pub(crate) fn test(files: &[PathBuf]) -> Command {
    let mut command = sh::command("node");
    command.args(["--test", "--test-reporter=spec"]).args(files);
    command
}

fn check_node() -> Result<()> {
    let version = sh::ask(sh::command("node").arg("--version"));
    let version = version.with_context(|| format!("install Node.js {OLDEST} or later and try again"))?;
    ensure!(
        major(&version) >= Some(OLDEST),
        "Node.js {version} is too old: install {OLDEST} or later and try again"
    );
    Ok(())
}

fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

/// npm writes its hidden lock file as its last act.
fn is_installed(folder: &Path) -> bool {
    let changed = |path: &str| fs::metadata(folder.join(path)).and_then(|file| file.modified()).ok();
    changed("node_modules/.package-lock.json") >= changed("package-lock.json")
        && changed("node_modules/.package-lock.json").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_first_number() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v8.0.0"), Some(8));
        assert_eq!(major("nothing"), None);
    }

    #[test]
    fn packages_are_installed_once_for_each_change_of_the_lock_file() {
        let tests = std::env::temp_dir().join(format!("scopewise-node-{}", std::process::id()));
        fs::create_dir_all(tests.join("node_modules")).unwrap();
        let write = |path: &str, age: u64| {
            let file = fs::File::create(tests.join(path)).unwrap();
            let now = std::time::SystemTime::now();
            file.set_modified(now - std::time::Duration::from_secs(age)).unwrap();
        };
        write("package-lock.json", 60);
        assert!(!is_installed(&tests), "nothing is there yet");
        write("node_modules/.package-lock.json", 30);
        assert!(is_installed(&tests));
        write("package-lock.json", 0);
        assert!(!is_installed(&tests), "the lock file has changed since");
        for _ in 0..2 {
            remove_packages(&tests).unwrap();
            assert!(!tests.join("node_modules").exists());
        }
        fs::remove_dir_all(&tests).unwrap();
    }
}
