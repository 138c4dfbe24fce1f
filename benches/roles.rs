//! The largest role that is read, and role trees that are refused: how long either takes.

use scopewise::{Context, Effect, Invalid, Organization};

use crate::ratios::{human, time};
use crate::trees::{self, DEEP_STACK};

/// A stack that no document lists.
const OTHER_STACK: &str = "stack:acme/web/other";

/// The one is read and decides, the others are refused for what is wrong with them.
pub(crate) fn agree() {
    let organization = read(&trees::largest());
    let effect = |stack: &str| {
        let bob = organization.principal("user:bob");
        bob.decide("stack:delete", stack, &Context::default()).expect("the question is well formed").effect
    };
    assert_eq!([effect(DEEP_STACK), effect(OTHER_STACK)], [Effect::Allow, Effect::Unknown]);
    for (what, code, text) in trees::hostile() {
        let invalid = refuse(&text);
        assert!(
            invalid.problems().iter().all(|problem| problem.code.as_str() == code),
            "{what}: {invalid:.1000}"
        );
    }
}

pub(crate) fn print() {
    let largest = trees::largest();
    let organization = read(&largest);
    let bob = organization.principal("user:bob");
    println!("| role of 1,000,000 bytes, 2,000 entries, 60 levels | |\n|---|---:|");
    print_row("load", time(&mut || read(&largest)));
    print_row(
        "first question",
        time(&mut || organization.principal("user:bob").can("stack:delete", DEEP_STACK, &Context::default())),
    );
    for (what, stack) in [("its stack", DEEP_STACK), ("a stack of unknown tags", OTHER_STACK)] {
        print_row(
            &format!("decide, {what}"),
            time(&mut || bob.decide("stack:read", stack, &Context::default())),
        );
        print_row(
            &format!("explain, {what}"),
            time(&mut || bob.explain("stack:read", stack, &Context::default())),
        );
    }
    for (what, _, text) in trees::hostile() {
        print_row(&format!("refuse {what}"), time(&mut || refuse(&text)));
    }
    println!();
}

fn print_row(what: &str, nanoseconds: f64) {
    println!("| {what} | {} |", human(nanoseconds));
}

fn read(text: &str) -> Organization {
    Organization::parse(text).expect("the largest role is valid")
}

fn refuse(text: &str) -> Invalid {
    Organization::parse(text).expect_err("hostile trees are refused")
}
