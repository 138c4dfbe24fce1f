//! A toolchain with the wasm target out of Debian's packages, for machines that rustup's server is out of reach of.
//!
//! `rustc-web` can build for wasm but brings no standard library for it; `rust-web-src` is that library's source, with
//! what it depends on. It is compiled once and kept, apart by compiler version, and linked as a rustup toolchain.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::toolchain::{Compiler, TARGET, has_std};
use crate::{apt, place, sh};

const NAME: &str = "scopewise-wasm";
const PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];
const RUSTC: &str = "/usr/bin/rustc";

/// The toolchain, if an earlier call has built it for the packages that are installed now.
pub(crate) fn cached() -> Result<Option<Compiler>> {
    if !apt::has(&PACKAGES) {
        return Ok(None);
    }
    let sysroot = Sysroot::of_packages()?;
    if sysroot.is_complete() { sysroot.link().map(Some) } else { Ok(None) }
}

/// Builds the toolchain, from the packages on.
pub(crate) fn build() -> Result<Compiler> {
    ensure!(apt::is_here(), "the active toolchain lacks the target {TARGET}: add it and try again");
    if !apt::has(&PACKAGES) {
        apt::install(&PACKAGES)?;
    }
    let sysroot = Sysroot::of_packages()?;
    let aside = Aside::new()?;
    sh::say("compiling Rust's standard library for wasm, about 2 minutes, once");
    let libraries = compile_std(&aside.0)?;
    sysroot.assemble(&libraries, &aside.0.join("sysroot"))?;
    sysroot.link()
}

/// The folder of a toolchain: `bin` and `lib`, as rustc expects them.
struct Sysroot {
    folder: PathBuf,
    host: String,
}

impl Sysroot {
    fn of_packages() -> Result<Self> {
        let version = sh::read(sh::command(RUSTC).arg("-vV"))?;
        let folder = place::cache()?.join(format!("sysroot-{}", key(&version)?));
        Ok(Self { folder, host: field(&version, "host")?.to_owned() })
    }

    /// The linker is the active toolchain's: the link to it breaks when that toolchain goes.
    fn is_complete(&self) -> bool {
        has_std(&libraries_in(&self.folder)) && self.host_in(&self.folder).join("bin/rust-lld").is_file()
    }

    fn host_in(&self, folder: &Path) -> PathBuf {
        folder.join("lib/rustlib").join(&self.host)
    }

    /// Puts the folder together elsewhere and moves it into place whole: half a toolchain is never taken for one.
    fn assemble(&self, libraries: &Path, aside: &Path) -> Result<()> {
        copy_rlibs(libraries, &libraries_in(aside))?;
        self.link_host(aside)?;
        for program in ["rustc", "rustdoc"] {
            write_wrapper(aside, program)?;
        }
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder)?;
        }
        fs::rename(aside, &self.folder).with_context(|| format!("`{}` cannot be made", self.folder.display()))
    }

    /// What runs on this machine comes from elsewhere: libraries from the package, linker and cargo from the active
    /// toolchain. Left to itself, rustup would take the cargo of whatever toolchain it finds.
    fn link_host(&self, folder: &Path) -> Result<()> {
        let package = Path::new("/usr/lib/rustlib").join(&self.host).join("lib");
        let active = active_toolchain()?;
        let linker = self.host_in(&active).join("bin");
        ensure!(
            linker.join("rust-lld").is_file(),
            "`{}` has no `rust-lld`: install Rust by rustup",
            active.display()
        );
        let host = self.host_in(folder);
        fs::create_dir_all(&host)?;
        fs::create_dir_all(folder.join("bin"))?;
        symlink(package, host.join("lib"))?;
        symlink(linker, host.join("bin"))?;
        symlink(active.join("bin/cargo"), folder.join("bin/cargo"))?;
        Ok(())
    }

    fn link(&self) -> Result<Compiler> {
        if !self.is_linked() {
            sh::run(sh::command("rustup").args(["toolchain", "link", NAME]).arg(&self.folder))?;
        }
        Ok(Compiler::Linked(NAME))
    }

    fn is_linked(&self) -> bool {
        let linked = sh::ask(sh::command("rustup").args(["which", "--toolchain", NAME, "rustc"]));
        let ours = fs::canonicalize(self.folder.join("bin/rustc")).ok();
        ours.is_some() && linked.and_then(|path| fs::canonicalize(path).ok()) == ours
    }
}

/// A folder in the cache that nobody else uses and that goes away by itself.
struct Aside(PathBuf);

impl Aside {
    fn new() -> Result<Self> {
        let folder = place::cache()?.join(format!("aside-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Compiles the standard library as a part of an empty crate, and says where its parts are.
fn compile_std(folder: &Path) -> Result<PathBuf> {
    fs::write(folder.join("Cargo.toml"), include_str!("sysroot/Cargo.toml.in"))?;
    fs::write(folder.join("lib.rs"), "#![no_std]\n")?;
    let target = folder.join("target");
    let mut cargo = sh::command("cargo");
    cargo.args(["build", "--release", "--target", TARGET, "-Zbuild-std=std,test,panic_abort,panic_unwind"]);
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", &target);
    // The package's compiler is a stable one, and building the standard library is not stable yet.
    cargo.env("RUSTC", RUSTC).env("RUSTC_BOOTSTRAP", "1");
    sh::run(&mut cargo)?;
    Ok(target.join(TARGET).join("release/deps"))
}

fn copy_rlibs(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if is_part_of_std(&entry.file_name().to_string_lossy()) {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    ensure!(has_std(to), "`{}` holds no standard library", from.display());
    Ok(())
}

fn is_part_of_std(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "rlib") && !name.starts_with("libempty-")
}

/// A two-line program that calls the package's with this folder as its sysroot, wherever the folder is.
fn write_wrapper(folder: &Path, program: &str) -> Result<()> {
    let path = folder.join("bin").join(program);
    fs::write(&path, format!("#!/bin/sh\nexec /usr/bin/{program} --sysroot \"${{0%/*}}/..\" \"$@\"\n"))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

fn active_toolchain() -> Result<PathBuf> {
    Ok(sh::read(sh::command("rustc").args(["--print", "sysroot"]))?.trim().into())
}

fn libraries_in(folder: &Path) -> PathBuf {
    folder.join("lib/rustlib").join(TARGET).join("lib")
}

/// Two compilers of one release are still two, if they were built from different sources.
fn key(version: &str) -> Result<String> {
    let commit = field(version, "commit-hash")?;
    Ok(format!("{}-{}", field(version, "release")?, commit.get(..9).unwrap_or(commit)))
}

fn field<'a>(version: &'a str, name: &str) -> Result<&'a str> {
    let pairs = version.lines().filter_map(|line| line.split_once(": "));
    let found = pairs.into_iter().find(|(key, _)| *key == name);
    found.map(|(_, value)| value).with_context(|| format!("`{RUSTC} -vV` does not name its {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "rustc 1.96.0 (ac68faa20 2026-05-25)\nbinary: rustc\n\
        commit-hash: ac68faa20c58cbccd01ee7208bf3b6e93a7d7f96\nhost: x86_64-unknown-linux-gnu\nrelease: 1.96.0\n";

    #[test]
    fn the_folder_is_named_by_release_and_source() {
        assert_eq!(key(VERSION).unwrap(), "1.96.0-ac68faa20");
        assert_eq!(
            key(&VERSION.replace("ac68faa20c58cbccd01ee7208bf3b6e93a7d7f96", "unknown")).unwrap(),
            "1.96.0-unknown"
        );
        assert_eq!(field(VERSION, "host").unwrap(), "x86_64-unknown-linux-gnu");
    }

    #[test]
    fn a_compiler_that_does_not_say_what_it_is_is_told() {
        assert_eq!(
            key("rustc 1.96.0").unwrap_err().to_string(),
            "`/usr/bin/rustc -vV` does not name its commit-hash"
        );
    }

    #[test]
    fn the_empty_crate_is_no_part_of_the_library() {
        assert!(is_part_of_std("libstd-01.rlib"));
        assert!(!is_part_of_std("libempty-01.rlib"));
        assert!(!is_part_of_std("libstd-01.rmeta"));
    }

    #[test]
    fn half_a_toolchain_is_not_complete() {
        let aside = Aside(std::env::temp_dir().join(format!("scopewise-sysroot-{}", std::process::id())));
        let sysroot = Sysroot { folder: aside.0.clone(), host: "host".to_owned() };
        assert!(!sysroot.is_complete());
        fs::create_dir_all(libraries_in(&aside.0)).unwrap();
        fs::write(libraries_in(&aside.0).join("libstd-01.rlib"), "").unwrap();
        assert!(!sysroot.is_complete(), "the linker is missing");
        fs::create_dir_all(sysroot.host_in(&aside.0).join("bin")).unwrap();
        fs::write(sysroot.host_in(&aside.0).join("bin/rust-lld"), "").unwrap();
        assert!(sysroot.is_complete());
    }
}
