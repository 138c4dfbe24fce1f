//! The versions in `Cargo.lock`.

use std::fs;

use anyhow::{Context, Result, bail};

/// The version of a package that this repository is locked to.
pub(crate) fn version(package: &str) -> Result<String> {
    let path = crate::place::root().join("Cargo.lock");
    let text = fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    version_in(&text, package).map(str::to_owned)
}

fn version_in<'a>(lock: &'a str, package: &str) -> Result<&'a str> {
    let name = format!("name = \"{package}\"");
    let found: Vec<&str> = lock.split("[[package]]").filter(|entry| has_line(entry, &name)).collect();
    match found.as_slice() {
        [entry] => {
            value(entry, "version").with_context(|| format!("`{package}` has no version in Cargo.lock"))
        }
        [] => bail!("Cargo.lock does not name `{package}`"),
        _ => bail!("Cargo.lock has `{package}` in more than one version"),
    }
}

fn has_line(entry: &str, line: &str) -> bool {
    entry.lines().any(|it| it.trim() == line)
}

fn value<'a>(entry: &'a str, key: &str) -> Option<&'a str> {
    let (_, value) =
        entry.lines().filter_map(|line| line.split_once(" = ")).find(|(it, _)| it.trim() == key)?;
    value.trim().strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
dependencies = [
 "wasm-bindgen-macro",
]

[[package]]
name = "wasm-bindgen-macro"
version = "0.2.129"

[[package]]
name = "twice"
version = "1.0.0"

[[package]]
name = "twice"
version = "2.0.0"
"#;

    #[test]
    fn the_version_is_that_of_the_package_with_this_very_name() {
        assert_eq!(version_in(LOCK, "wasm-bindgen").unwrap(), "0.2.130");
        assert_eq!(version_in(LOCK, "wasm-bindgen-macro").unwrap(), "0.2.129");
        assert_eq!(version_in(&LOCK.replace('\n', "\r\n"), "wasm-bindgen").unwrap(), "0.2.130");
    }

    #[test]
    fn a_package_that_is_not_there_or_there_twice_is_told() {
        let fault = |package| version_in(LOCK, package).unwrap_err().to_string();
        assert_eq!(fault("wasm"), "Cargo.lock does not name `wasm`");
        assert_eq!(fault("twice"), "Cargo.lock has `twice` in more than one version");
    }

    #[test]
    fn this_repository_names_its_wasm_bindgen() {
        let manifest = fs::read_to_string(crate::place::root().join("Cargo.toml")).unwrap();
        let pinned = format!("wasm-bindgen = \"={}\"", version("wasm-bindgen").unwrap());
        assert!(manifest.contains(&pinned), "Cargo.toml should pin `{pinned}`");
    }
}
