//! Two documents of one organization beside each other, by how many it concerns.

use std::fmt;

use divan::Bencher;
use scopewise::Organization;
use serde_json::{Value, json};

use crate::contest::Contestant;
use crate::workload::{Size, Workload};

/// What is not the same in the other document.
#[derive(Debug, Clone, Copy)]
enum Edit {
    Nothing,
    /// One member is an administrator.
    Member,
    /// A role has a rule less.
    Rule,
    /// Every member may read every stack.
    Level,
}

impl Edit {
    const ALL: [Self; 4] = [Self::Nothing, Self::Member, Self::Rule, Self::Level];

    fn apply(self, document: &mut Value) {
        match self {
            Self::Nothing => {}
            Self::Member => document["members"][5]["role"] = json!("admin"),
            Self::Rule => drop(document["roles"][7]["rules"].as_array_mut().and_then(Vec::pop)),
            Self::Level => document["settings"]["defaultStackPermission"] = json!("read"),
        }
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::Member => "one member",
            Self::Rule => "one rule",
            Self::Level => "everybody",
        })
    }
}

/// A thousand users and two thousand stacks.
#[divan::bench(args = Edit::ALL, max_time = 3)]
fn diff(bencher: Bencher, edit: Edit) {
    let text = Workload::of(Size::Medium).document();
    let mut document = serde_json::from_str(&text).expect("the workload writes JSON");
    edit.apply(&mut document);
    let (before, after) = (Organization::load(&text), Organization::load(&document.to_string()));
    bencher.bench_local(|| before.diff(&after, None).expect("one organization").totals.gained);
}
