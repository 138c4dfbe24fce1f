//! What a release would publish: the crate and the npm package, tried and not sent.

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::{build, lock, node, place, sh};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Do everything but publish; without it nothing is done, since people publish by hand
    #[arg(long)]
    dry_run: bool,

    /// Ask no registry: the crate is packed and compiled, but not compared with what is published
    #[arg(long)]
    offline: bool,
}

/// Builds and packs both, and prints what is in them.
pub(crate) fn run(options: &Options) -> Result<()> {
    if !options.dry_run {
        bail!("only a dry run is done here: add `--dry-run`, and publish by hand what it shows");
    }
    let version = version()?;
    build::run(&build::Options::default())?;
    tell_of_changes();
    let files = packed_crate()?;
    println!("\nthe crate scopewise {version}, {} files\n{}", files.lines().count(), indented(&files));
    sh::run(sh::command("cargo").args(if options.offline { PACKAGE } else { PUBLISH }))?;
    npm(&version)?;
    println!("\nscopewise {version} can be published: `cargo publish`, then `npm publish pkg`");
    Ok(())
}

// The root is a workspace with xtask, which is never published.
const PUBLISH: &[&str] =
    &["publish", "--dry-run", "--package", "scopewise", "--all-features", "--allow-dirty"];
const PACKAGE: &[&str] =
    &["package", "--offline", "--package", "scopewise", "--all-features", "--allow-dirty"];
const LIST: &[&str] = &["package", "--list", "--offline", "--package", "scopewise", "--allow-dirty"];

/// The one version, which both manifests have to have.
fn version() -> Result<String> {
    let of_crate = lock::version("scopewise")?;
    let of_package = manifest()?.get("version").and_then(Value::as_str).map(str::to_owned);
    let of_package = of_package.context("`pkg/package.json` has no version")?;
    ensure!(
        of_crate == of_package,
        "`Cargo.toml` has version {of_crate}, `pkg/package.json` {of_package}: make them one"
    );
    Ok(of_crate)
}

fn manifest() -> Result<Value> {
    let text = fs::read_to_string(place::root().join("pkg/package.json"))?;
    serde_json::from_str(&text).context("`pkg/package.json` is no JSON")
}

/// A release is made of a commit; a trial need not be.
fn tell_of_changes() {
    let changes = sh::ask(sh::command("git").args(["status", "--porcelain"])).unwrap_or_default();
    if !changes.is_empty() {
        sh::say(&format!("{} files are not committed: a release needs them to be", changes.lines().count()));
    }
}

fn packed_crate() -> Result<String> {
    sh::read(sh::command("cargo").args(LIST))
}

/// Says itself what is in the tarball.
fn npm(version: &str) -> Result<()> {
    node::ensure()?;
    println!("\nthe npm package scopewise {version}");
    sh::run(sh::command("npm").args(["publish", "--dry-run", "--ignore-scripts", "--offline", "./pkg"]))
}

fn indented(lines: &str) -> String {
    lines.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_crate_holds_the_library_and_what_explains_it() {
        let files = packed_crate().unwrap();
        // It is there where git is.
        let files: Vec<&str> = files.lines().filter(|file| *file != ".cargo_vcs_info.json").collect();
        let (inside, top): (Vec<&str>, Vec<&str>) = files.iter().partition(|file| file.contains('/'));
        let texts = ["CHANGELOG.md", "Cargo.lock", "Cargo.toml", "Cargo.toml.orig"];
        assert_eq!(top, [texts.as_slice(), &["LICENSE-APACHE", "LICENSE-MIT", "README.md"]].concat());
        let folders: BTreeSet<_> = inside.iter().filter_map(|file| file.split('/').next()).collect();
        assert_eq!(folders, BTreeSet::from(["benches", "data", "docs", "examples", "schema", "src"]));
        let kinds: BTreeSet<_> = inside.iter().filter_map(|file| file.rsplit('.').next()).collect();
        assert_eq!(kinds, BTreeSet::from(["json", "md", "mjs", "rs", "yaml"]));
    }

    #[test]
    fn there_is_one_version() {
        assert_eq!(version().unwrap(), lock::version("scopewise").unwrap());
    }
}
