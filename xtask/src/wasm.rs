//! Running `wasm-pack`, with the compiler and the tools that it needs.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::toolchain::{self, Compiler};
use crate::{sh, tools};

/// Everything that builds for wasm.
pub(crate) struct Kit {
    wasm_pack: PathBuf,
    wasm_bindgen: PathBuf,
    compiler: Compiler,
}

impl Kit {
    /// Finds the parts, and installs those that are missing.
    pub(crate) fn ensure() -> Result<Self> {
        let compiler = toolchain::ensure()?;
        let wasm_bindgen = tools::wasm_bindgen()?.ensure()?;
        Ok(Self { wasm_pack: tools::wasm_pack().ensure()?, wasm_bindgen, compiler })
    }

    /// `wasm-pack` with a subcommand; told to install nothing, it takes what is on its `PATH`.
    pub(crate) fn wasm_pack(&self, subcommand: &str) -> Result<Command> {
        let mut command = self.with_compiler(&self.wasm_pack);
        command.args([subcommand, "--mode", "no-install"]).env("PATH", self.path()?);
        Ok(command)
    }

    /// The compiler's own words for what it is: another one builds other bytes.
    pub(crate) fn compiler_version(&self) -> Result<String> {
        sh::read(self.with_compiler(Path::new("rustc")).arg("-vV"))
    }

    fn with_compiler(&self, program: &Path) -> Command {
        let mut command = sh::command(program);
        if let Compiler::Linked(name) = self.compiler {
            command.env("RUSTUP_TOOLCHAIN", name);
        }
        command
    }

    fn path(&self) -> Result<OsString> {
        let tools = self.wasm_bindgen.parent().map(Path::to_path_buf);
        let path = env::var_os("PATH").unwrap_or_default();
        Ok(env::join_paths(tools.into_iter().chain(env::split_paths(&path)))?)
    }
}
