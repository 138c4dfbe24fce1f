//! Every check of the repository, in an order in which the quick ones fail first.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use crate::browsers::{self, CHROMEDRIVER, CHROMIUM, FIREFOX};
use crate::wasm::Kit;
use crate::{build, demo, matrix, node, place, sh, tools};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run this step alone; may be given more than once
    #[arg(long, value_name = "STEP")]
    only: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Step {
    /// The code is formatted
    Fmt,
    /// The linter is content
    Clippy,
    /// The documentation builds without a warning
    Doc,
    /// The tests of the workspace, natively
    Native,
    /// The npm package's generated parts are built
    Build,
    /// The shared cases as wasm in Node
    Node,
    /// The shared cases as wasm in Chromium
    Chromium,
    /// The shared cases as wasm in Firefox
    Firefox,
    /// The npm package as a stranger would use it, and its size
    Package,
    /// The packed npm package in every runtime and build tool
    Matrix,
    /// The playground in Chromium, by clicking
    Page,
}

/// Runs the steps in their order up to the first that fails.
pub(crate) fn run(options: &Options) -> Result<()> {
    let steps = chosen(&options.only);
    let mut passed = Vec::new();
    for step in &steps {
        let start = Instant::now();
        println!("\n== {} of {}: {} ==", passed.len() + 1, steps.len(), name(*step));
        if let Err(error) = perform(*step) {
            println!("{}\n{} passed, 1 failed", report(&passed), passed.len());
            return Err(error.context(format!("`{}` failed", name(*step))));
        }
        passed.push((*step, start.elapsed()));
    }
    println!("{}\n{} passed, 0 failed", report(&passed), passed.len());
    Ok(())
}

fn perform(step: Step) -> Result<()> {
    match step {
        Step::Fmt => cargo(&["fmt", "--all", "--check"]),
        Step::Clippy => {
            cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-Dwarnings"])
        }
        Step::Doc => sh::run(sh::command("cargo").args(DOC).env("RUSTDOCFLAGS", "-Dwarnings")),
        Step::Native => cargo(&["test", "--workspace", "--all-features"]),
        Step::Build => build::run(&build::Options::default()),
        Step::Node => in_runtime(Kit::ensure()?.wasm_pack("test")?.arg("--node")),
        Step::Chromium => in_chromium(),
        Step::Firefox => in_firefox(),
        Step::Package => package(),
        Step::Matrix => matrix::run(),
        Step::Page => demo::check(),
    }
}

const DOC: [&str; 3] = ["doc", "--no-deps", "--all-features"];

/// The steps that were asked for, else all.
fn chosen(only: &[Step]) -> Vec<Step> {
    let is_chosen = |step: &Step| only.is_empty() || only.contains(step);
    Step::value_variants().iter().copied().filter(is_chosen).collect()
}

fn cargo(arguments: &[&str]) -> Result<()> {
    sh::run(sh::command("cargo").args(arguments))
}

fn in_chromium() -> Result<()> {
    browsers::ensure(&[CHROMIUM, CHROMEDRIVER])?;
    let driver = CHROMEDRIVER.find()?;
    in_runtime(in_browser(Kit::ensure()?.wasm_pack("test")?.args(["--chrome", "--chromedriver"]).arg(driver)))
}

fn in_firefox() -> Result<()> {
    browsers::ensure(&[FIREFOX])?;
    let driver = tools::geckodriver().ensure()?;
    in_runtime(in_browser(Kit::ensure()?.wasm_pack("test")?.args(["--firefox", "--geckodriver"]).arg(driver)))
}

/// The same tests run in Node and in browsers: they are compiled once and do not say where they run, so that the
/// runner asks its environment.
fn in_browser(wasm_pack: &mut Command) -> &mut Command {
    wasm_pack.arg("--headless").env("WASM_BINDGEN_USE_BROWSER", "1").env("WASM_BINDGEN_TEST_TIMEOUT", "300")
}

/// Runs `tests/wasm.rs`. The runner is content too where it skips every test, so that its words are read.
fn in_runtime(wasm_pack: &mut Command) -> Result<()> {
    let printed = sh::tee(wasm_pack.args(["--test", "wasm"]))?;
    ensure!(tests_passed(&printed) > 0, "no test of `tests/wasm.rs` has run");
    Ok(())
}

fn tests_passed(printed: &str) -> u32 {
    let results = printed.lines().filter_map(|line| line.trim().strip_prefix("test result: ok. "));
    results.filter_map(|result| result.split_once(" passed")?.0.parse::<u32>().ok()).sum()
}

fn package() -> Result<()> {
    build::run(&build::Options::default())?;
    browsers::ensure(&[CHROMIUM])?;
    sh::run(node::test(&package_tests()?).env("SCOPEWISE_CHROMIUM", CHROMIUM.find()?))
}

/// All tests in JavaScript but those of the page, which need it to be served.
fn package_tests() -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(place::root().join("tests")).context("`tests` cannot be read")?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let is_of_page = |path: &Path| demo::PAGE_TESTS.iter().any(|name| path.ends_with(name));
    files.retain(|path| path.to_string_lossy().ends_with(".test.mjs") && !is_of_page(path));
    files.sort();
    ensure!(!files.is_empty(), "`tests` holds no `*.test.mjs`");
    Ok(files)
}

fn report(passed: &[(Step, Duration)]) -> String {
    let lines =
        passed.iter().map(|(step, time)| format!("\n{:>10} {:>7.1} s", name(*step), time.as_secs_f64()));
    lines.collect()
}

fn name(step: Step) -> String {
    step.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_run_in_one_order_whatever_was_asked_for() {
        assert_eq!(chosen(&[Step::Native, Step::Fmt, Step::Native]), [Step::Fmt, Step::Native]);
        assert_eq!(chosen(&[]), Step::value_variants());
    }

    #[test]
    fn passed_tests_are_counted_by_what_the_runner_prints() {
        assert_eq!(tests_passed("running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\n"), 2);
        assert_eq!(tests_passed("no tests to run!\n"), 0);
        assert_eq!(tests_passed("This test suite is only configured to run in node.js\n"), 0);
        assert_eq!(tests_passed("test result: FAILED. 3 passed; 1 failed\n"), 0);
    }

    #[test]
    fn the_page_is_no_test_of_the_package() {
        let names: Vec<_> =
            package_tests().unwrap().iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert!(names.contains(&"size.test.mjs".into()));
        assert!(!names.iter().any(|name| name.to_string_lossy().starts_with("page")));
    }
}
