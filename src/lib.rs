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
//! | `remedy` | a question that is not answered by allow → every [`Remedy`] |
//! | `preflight` | a deployment and its trigger → everything that it needs, in a [`PreflightReport`] |
//! | `export` | a role of a document → its tree in the API's form: [`export_role`] |
//! | [`import`](mod@import) | the API's answers → a document, and what has no place in one |
//! | `roster`, `holdings`, `filter` | everyone, and everything that each may do at once; which of many are asked about |
//! | `who_can`, `what_can` | a question → everyone who may, in [`WhoCan`]; every entity on which one may, in [`ByEntity`] |
//! | `bundle`, `snapshot` | an organization, or one principal's part or decisions, as data for elsewhere: [`Bundle`], [`Snapshot`] |
//! | `record` | a question and its answer as a line of a log, a [`DecisionRecord`] |
//! | `suggest`, `usage` | what is needed, or was used → the least role that gives it, in a [`Suggestion`] |
//! | `expectations` | [`Expectations`] → whether an organization meets them, in a [`TestReport`] |
//! | `lint` | a document → what a careful reader says about it, each a [`Finding`] |
//! | `places`, `coverage` | where each grant is written → which of them no test touches, as [`Coverage`] |
//! | `route` | a method and a target → what the request needs, by a table of [`Routes`] |
//! | `replay` | what a real server answered, or a log of decisions → where it and the rules differ, in a [`ReplayReport`] |
//! | `schema` | the fields of documents and the names of catalogs → a JSON [`Schema`] for editors |

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
mod bundle;
pub mod catalog;
mod column;
mod compile;
mod condition;
mod coverage;
mod decide;
mod deployment;
mod diff;
mod document;
mod entity;
mod expectations;
mod explain;
mod export;
mod filter;
mod holdings;
pub mod import;
mod json;
mod lint;
mod lists;
mod names;
mod number;
mod order;
mod organization;
mod places;
mod preflight;
mod principal;
mod problem;
mod project;
mod record;
mod remedy;
mod replay;
mod request;
mod roster;
mod route;
#[cfg(not(target_arch = "wasm32"))]
mod schema;
mod scope;
#[cfg(feature = "sign")]
mod seal;
mod snapshot;
mod standing;
mod suggest;
mod time;
mod usage;
mod validate;
#[cfg(all(target_arch = "wasm32", feature = "engine"))]
mod wasm;
#[cfg(all(target_arch = "wasm32", feature = "routes"))]
#[path = "wasm/routes.rs"]
mod wasm_routes;
mod what_can;
mod who_can;
mod wire;

pub use bundle::{Bundle, BundleError, Label};
pub use coverage::{Coverage, UntouchedGrant};
pub use decide::{Decision, Effect, Reason};
pub use diff::{
    Breach, ConditionChange, Diff, EffectChange, Guard, Limits, NamedSet, Places, PrincipalChange, Rename,
    RunChange, Started, Totals, Where,
};
pub use entity::EntityType;
pub use expectations::{ExpectationOutcome, Expectations, Expected, TestOutcome, TestReport};
pub use explain::{Blocker, CitedRule, ExplainedGrant, Explanation, On, Remedies, TagTest};
pub use export::{ExportError, export_role, export_role_with};
pub use filter::Filter;
pub use import::import;
pub use lint::{Finding, Lint, Severity, lint, lint_with};
pub use organization::Organization;
pub use preflight::{Preflight, PreflightReport, PreflightRow};
pub use principal::{Matrix, Principal};
pub use problem::{Code, Invalid, Problem};
pub use record::{DecisionRecord, LoggedDecision};
pub use remedy::{Change, Remedy};
pub use replay::{
    Apart, Archive, Difference, Exchange, ExchangeError, Outcome, Record, Replay, ReplayApart, ReplayCase,
    ReplayGroup, ReplayReport, ReplayedDecisions, Sender,
};
pub use request::{Context, Request, RequestError, Trigger, TriggerKind};
pub use route::{Confidence, FilterBy, NeededScope, Route, RouteError, RouteMatch, RouteNeeds, Routes};
#[cfg(not(target_arch = "wasm32"))]
pub use schema::Schema;
pub use scope::{Scope, ScopeSet};
#[cfg(feature = "sign")]
pub use seal::{KeyError, KeyId, PublicKey, SealError, SignedError, SigningKey, Trust};
pub use snapshot::Snapshot;
pub use suggest::{
    AddedGrant, AddedRole, AddedRule, AddedSet, Addition, Fitting, Needs, RuleOn, ScopeOn, Suggestion,
    Surplus,
};
pub use time::Instant;
pub use usage::{Unused, Usage, UsageReport};
pub use what_can::{ByEntity, Elsewhere, OnEntity, Scopes};
pub use who_can::{Denied, WhoCan, WhoCanRow};

/// What the pages of `docs/` show in Rust compiles and holds.
#[cfg(doctest)]
#[doc = include_str!("../docs/testing-policies.md")]
mod pages {}
