#![doc = include_str!("../README.md")]
//!
//! # Modules, in reading order
//!
//! | module | what |
//! |---|---|
//! | `scope`, `entity`, `names`, `number`, `time` | the words of the engine as numbers |
//! | [`catalog`] | what a revision of the access model consists of, as rows |
//! | `json`, `document`, `problem`, `validate` | text → a checked document, or every problem |
//! | `condition`, `compile`, `organization` | a checked document → the frozen [`Organization`] |
//! | `request`, `access`, `deployment`, `standing`, `decide`, `principal` | a question → a [`Decision`] |
//! | `explain` | a question → an [`Explanation`] |
//! | `preflight` | a deployment and its trigger → everything that it needs, in a [`PreflightReport`] |

#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used,
        reason = "bad input never panics"
    )
)]

mod access;
pub mod catalog;
mod compile;
mod condition;
mod decide;
mod deployment;
mod diff;
mod document;
mod entity;
mod explain;
mod holdings;
mod json;
mod names;
mod number;
mod organization;
mod preflight;
mod principal;
mod problem;
mod request;
mod roster;
mod scope;
mod standing;
mod time;
mod validate;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use decide::{Decision, Effect, Reason};
pub use diff::{
    Breach, Change, ConditionChange, Diff, EffectChange, Guard, Limits, NamedSet, Places, Rename, RunChange,
    Started, Totals, Where,
};
pub use entity::EntityType;
pub use explain::{Blocker, CitedRule, ExplainedGrant, Explanation, On, TagTest};
pub use organization::Organization;
pub use preflight::{Preflight, PreflightReport, PreflightRow};
pub use principal::{Matrix, Principal};
pub use problem::{Code, Invalid, Problem};
pub use request::{Context, Request, RequestError, Trigger, TriggerKind};
pub use scope::{Scope, ScopeSet};
pub use time::Instant;
