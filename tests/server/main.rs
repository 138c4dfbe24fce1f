//! `serve` as a process on this machine: its routes, who may ask what, how documents take another's place, its limits,
//! its log, and how it begins and ends.
#![cfg(all(feature = "server", unix))]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../generate/dice.rs"]
mod dice;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../common/process.rs"]
mod process;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../common/server.rs"]
mod server;

mod callers;
mod description;
mod hostile;
mod limits;
mod log;
mod questions;
mod reload;
mod shared;
mod shares;
