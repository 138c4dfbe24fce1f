//! The tasks of this repository, as `cargo xtask COMMAND`.
//!
//! A task asks for the parts of the set-up that it needs and gets them installed if they are missing, so that a
//! fresh clone needs Rust and Node and nothing else. Each part lives in a module of its own.

mod apt;
mod bench;
mod browsers;
mod build;
mod demo;
mod files;
mod lock;
mod matrix;
mod node;
mod place;
mod release;
mod server;
mod setup;
mod sh;
mod size;
mod split;
mod stamp;
mod sysroot;
mod test;
mod toolchain;
mod tools;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The tasks of this repository.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install whatever the other tasks need and this machine lacks
    Setup,
    /// Build the npm package's generated parts: pkg/wasm and pkg/data
    Build(build::Options),
    /// Run every check of the repository
    Test(test::Options),
    /// Serve the playground on this machine
    Demo(demo::Options),
    /// Measure what a browser fetches, and compare it with the budget in pkg/size.json
    Size,
    /// Run the benchmarks, native and in Node
    Bench(bench::Options),
    /// Try what would be published: the crate and the npm package
    Release(release::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Setup => setup::run(),
        Task::Build(options) => build::run(&options),
        Task::Test(options) => test::run(&options),
        Task::Demo(options) => demo::run(&options),
        Task::Size => size::run(),
        Task::Bench(options) => bench::run(&options),
        Task::Release(options) => release::run(&options),
    }
}
