//! The generated parts of the npm package: `pkg/wasm`, what the browser runs, `pkg/data`, the catalog and more,
//! `pkg/schema`, for editors, and `pkg/cjs`, the doors for `require`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io, iter};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::split::split;
use crate::stamp::Product;
use crate::wasm::Kit;
use crate::{node, place, sh};

const REVISIONS: [&str; 3] = ["2025-11", "2026-04", "2026-10"];

/// What there are JSON Schemas of.
const SCHEMAS: [&str; 2] = ["catalog", "document"];

/// The wasm modules of the package, all of this crate.
const MODULES: [Module; 2] = [
    Module { name: "scopewise", parts: &["questions", "review", "transfer"], features: &[] },
    Module { name: "routes", parts: &[], features: &["--no-default-features", "--features", "routes"] },
];

/// What is compiled at once, and the files that it is cut into: one by its name, and one for each part.
#[derive(Debug)]
struct Module {
    name: &'static str,
    parts: &'static [&'static str],
    features: &'static [&'static str],
}

/// The linker tells where the code has addresses in it: by that it is cut.
const ADDRESSES: &str = r#"target.wasm32-unknown-unknown.rustflags=["-Clink-arg=--emit-relocs"]"#;

/// What wasm-opt is told. What counts is the size that travels, and brotli packs best what looks alike: a function that
/// is copied into its one caller, or a common part that is pulled out, looks like nothing else. Without these two the
/// module was 1 % larger but 4 % smaller when packed; functions that are named alike lie side by side for another 1 %.
/// Zeros pack better than the heads of segments between them. The lowest kilobyte of memory is the far end of the stack.
/// The features that it may use stand in the module.
const OPTIMISE: [&str; 9] = [
    "-Os",
    "--one-caller-inline-max-function-size=30",
    "--skip-pass=local-cse",
    "--skip-pass=memory-packing",
    "--low-memory-unused",
    "--reorder-functions-by-name",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Build wasm that says where it panics, unoptimised
    #[arg(long)]
    debug: bool,
}

/// Builds what is not up to date.
pub(crate) fn run(options: &Options) -> Result<()> {
    node::ensure()?;
    let kit = Kit::ensure()?;
    let made = wasm(&kit, options.debug)?;
    catalog()?;
    types()?;
    schemas()?;
    routes()?;
    rehearsal()?;
    cjs()?;
    if made { sh::run(&mut node::script("sizes.mjs")) } else { Ok(()) }
}

fn wasm(kit: &Kit, debug: bool) -> Result<bool> {
    let product = Product {
        name: "wasm",
        recipe: format!("{debug} {MODULES:?} {OPTIMISE:?} {}", kit.compiler_version()?),
        inputs: inputs(&[
            "tests/package-lock.json",
            "xtask/glue.mjs",
            "xtask/src/split",
            "xtask/src/split.rs",
        ]),
        output: package().join("wasm"),
    };
    product.make(|| {
        let aside = place::target().join("xtask/pkg-wasm");
        remove(&aside)?;
        for module in &MODULES {
            sh::say(&format!("building pkg/wasm/{}_bg.wasm, about a minute", module.name));
            compile(kit, debug, module, &aside)?;
            for file in cut(debug, module, &aside)? {
                if !debug {
                    optimise(&file)?;
                }
            }
        }
        glue(&aside)?;
        replace(&product.output, &aside)
    })
}

/// The command prints the catalog, so that the package says what the engine decides by.
fn catalog() -> Result<()> {
    let product = Product {
        name: "catalog",
        recipe: format!("{REVISIONS:?}"),
        inputs: inputs(&[]),
        output: package().join("data/catalog.js"),
    };
    product.make(|| {
        sh::say("writing pkg/data/catalog.js by the command, about a minute for its first build");
        let catalogs =
            REVISIONS.iter().map(|revision| print_catalog(revision)).collect::<Result<Vec<_>>>()?;
        fs::create_dir_all(package().join("data"))?;
        fs::write(&product.output, catalog_module(&catalogs))
            .context("`pkg/data/catalog.js` cannot be written")
    })?;
    Ok(())
}

/// The scopes as types, by the command as well.
fn types() -> Result<()> {
    let product = Product {
        name: "types",
        recipe: String::new(),
        inputs: inputs(&[]),
        output: package().join("data/scopes.d.ts"),
    };
    product.make(|| sh::run(command().args(["types", "-o"]).arg(&product.output)))?;
    Ok(())
}

/// The JSON Schemas, by the command as well. They are in git too, for editors that take them from there.
fn schemas() -> Result<()> {
    let folder = place::root().join("schema");
    let product = Product {
        name: "schema",
        recipe: format!("{SCHEMAS:?}"),
        inputs: inputs(&[]),
        output: package().join("schema"),
    };
    product.make(|| {
        for what in SCHEMAS {
            sh::run(command().args(["schema", what, "-o"]).arg(folder.join(format!("{what}.json"))))?;
        }
        replace(&product.output, &folder)
    })?;
    Ok(())
}

/// The routes of the API, as a module.
fn routes() -> Result<()> {
    let table = place::root().join("data/routes.json");
    let product = Product {
        name: "routes",
        recipe: String::new(),
        inputs: vec![table.clone()],
        output: package().join("data/routes.js"),
    };
    product.make(|| {
        let text = fs::read_to_string(&table).context("`data/routes.json` cannot be read")?;
        let module =
            format!("// Written by `cargo xtask build`.\nexport const pulumiCloud = {};\n", checked(&text)?);
        fs::write(&product.output, module).context("`pkg/data/routes.js` cannot be written")
    })?;
    Ok(())
}

/// The bundle with which a page and an edge rehearse, of the form that the module reads.
fn rehearsal() -> Result<()> {
    let product = Product {
        name: "rehearsal",
        recipe: String::new(),
        inputs: handwritten()?.into_iter().chain(inputs(&["xtask/rehearsal.mjs", "pkg/wasm"])).collect(),
        output: package().join("data/rehearsal.js"),
    };
    product.make(|| {
        let mut node = sh::command("node");
        node.arg(place::root().join("xtask/rehearsal.mjs")).arg(package()).arg(&product.output);
        sh::run(&mut node)
    })?;
    Ok(())
}

/// The doors for `require`.
fn cjs() -> Result<()> {
    let product = Product {
        name: "cjs",
        recipe: String::new(),
        inputs: handwritten()?
            .into_iter()
            .chain(inputs(&["xtask/cjs.mjs", "pkg/wasm", "pkg/data"]))
            .collect(),
        output: package().join("cjs"),
    };
    product.make(|| {
        remove(&product.output)?;
        let mut node = sh::command("node");
        node.arg(place::root().join("xtask/cjs.mjs")).arg(package()).arg(&product.output);
        sh::run(&mut node)
    })?;
    Ok(())
}

/// The modules of the package and their types that people write.
fn handwritten() -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(package()).context("`pkg` cannot be read")?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|path| path.extension().is_some_and(|end| end == "js" || end == "ts"));
    files.sort();
    Ok(files)
}

fn package() -> PathBuf {
    place::root().join("pkg")
}

fn inputs(more: &[&str]) -> Vec<PathBuf> {
    let common = [".cargo/config.toml", "Cargo.lock", "Cargo.toml", "src"];
    common.iter().chain(more).map(|path| place::root().join(path)).collect()
}

/// wasm-pack empties its output folder of any `package.json`, and a build that fails leaves it half full: it gets a
/// folder of its own, outside the package.
fn compile(kit: &Kit, debug: bool, module: &Module, folder: &Path) -> Result<()> {
    let mut wasm_pack = kit.wasm_pack("build")?;
    wasm_pack.args(["--target", "web", "--out-name", module.name, "--no-opt", "--no-pack", "--no-gitignore"]);
    wasm_pack.arg("--out-dir").arg(folder);
    if debug {
        wasm_pack.arg("--dev");
    } else {
        wasm_pack.args(["--profile", "wasm"]);
    }
    wasm_pack.args(["--", "--config", ADDRESSES]).args(module.features);
    sh::run(&mut wasm_pack)
}

/// Cuts off the parts of a module, by what the linker told before wasm-bindgen. Gives the files.
fn cut(debug: bool, module: &Module, folder: &Path) -> Result<Vec<PathBuf>> {
    let profile = if debug { "debug" } else { "wasm" };
    let linked = place::target().join("wasm32-unknown-unknown").join(profile).join("scopewise.wasm");
    let file = |name| folder.join(format!("{name}_bg.wasm"));
    let read = |path: &Path| fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()));
    let modules = split(&read(&linked)?, &read(&file(module.name))?, module.parts)?;
    let names = iter::once(module.name).chain(module.parts.iter().copied());
    let files: Vec<PathBuf> = names.map(file).collect();
    for (path, bytes) in files.iter().zip(modules) {
        fs::write(path, bytes).with_context(|| format!("`{}` cannot be written", path.display()))?;
    }
    Ok(files)
}

fn optimise(module: &Path) -> Result<()> {
    let mut wasm_opt = node::script("node_modules/binaryen/bin/wasm-opt");
    sh::run(wasm_opt.args(OPTIMISE).arg(module).arg("--output").arg(module))
}

/// What the doors of the package import, made of what wasm-pack leaves.
fn glue(folder: &Path) -> Result<()> {
    let mut node = sh::command("node");
    node.arg(place::root().join("xtask/glue.mjs")).arg(folder);
    let names = |module: &Module| [&[module.name], module.parts].concat().join("+");
    sh::run(node.args(MODULES.iter().map(names)))
}

/// The target folder may be on another disk: files are copied, and those of an earlier build go first.
fn replace(folder: &Path, by: &Path) -> Result<()> {
    remove(folder)?;
    copy(by, folder).with_context(|| format!("`{}` cannot be written", folder.display()))
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("`{}` cannot be removed", folder.display()))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir_all(to)?;
    fs::read_dir(from)?.try_for_each(|entry| {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))
    })
}

fn print_catalog(revision: &str) -> Result<(String, String)> {
    let printed = sh::read(command().args(["catalog", "--revision", revision, "--json"]))?;
    Ok((revision.to_owned(), checked(&printed)?.to_owned()))
}

/// `scopewise`, built where it is out of date.
fn command() -> Command {
    let mut cargo = sh::command("cargo");
    cargo.args(["run", "--quiet", "--release", "--features", "cli", "--bin", "scopewise", "--"]);
    cargo
}

/// Every JSON value is a JavaScript expression: nothing is changed, but what is no JSON does not get through.
fn checked(printed: &str) -> Result<&str> {
    let value: Value = serde_json::from_str(printed).context("what is written into `pkg/data` is no JSON")?;
    value.as_object().context("what is written into `pkg/data` is no object")?;
    Ok(printed.trim())
}

fn catalog_module(catalogs: &[(String, String)]) -> String {
    let entries: Vec<String> =
        catalogs.iter().map(|(revision, catalog)| format!("\"{revision}\": {catalog}")).collect();
    let entries = entries.join(",\n");
    format!(
        "// Written by `cargo xtask build` out of `scopewise catalog --json`.\nexport const catalogs = {{\n{entries}\n}};\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_module_holds_what_the_command_printed() {
        let catalogs = [("a".to_owned(), "{\"x\":1}".to_owned()), ("b".to_owned(), "{}".to_owned())];
        let module = catalog_module(&catalogs);
        assert!(
            module.ends_with("export const catalogs = {\n\"a\": {\"x\":1},\n\"b\": {}\n};\n"),
            "{module}"
        );
    }

    #[test]
    fn a_catalog_that_is_no_object_does_not_get_into_the_package() {
        assert_eq!(checked(" {\"x\": 1}\n").unwrap(), "{\"x\": 1}");
        assert!(checked("").is_err());
        assert!(checked("error: no such command").is_err());
        assert!(checked("[]").is_err());
        assert!(checked("{} {}").is_err());
    }

    #[test]
    fn a_new_build_leaves_nothing_of_the_old_one() {
        let folder = std::env::temp_dir().join(format!("scopewise-build-{}", std::process::id()));
        let (old, new) = (folder.join("old"), folder.join("new"));
        for path in [old.join("stale"), new.join("snippets")] {
            fs::create_dir_all(path).unwrap();
        }
        fs::write(new.join("snippets/a.js"), "1").unwrap();
        replace(&old, &new).unwrap();
        assert_eq!(fs::read_to_string(old.join("snippets/a.js")).unwrap(), "1");
        assert!(!old.join("stale").exists());
        fs::remove_dir_all(&folder).unwrap();
    }
}
