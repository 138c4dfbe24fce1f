//! Expectations of an organization of 1,000 users and 2,000 stacks, and what they touch.

use std::sync::LazyLock;

use divan::Bencher;
use scopewise::{Expectations, Organization, TestReport};

use crate::workload::{Question, Size, Workload};

/// An organization and tests of it.
struct Bench {
    document: String,
    organization: Organization,
    /// One answer each.
    questions: Expectations,
    /// Everyone on a tenth of the stacks of production, in one test.
    everyone: Expectations,
}

static BENCH: LazyLock<Bench> = LazyLock::new(|| {
    let workload = Workload::of(Size::Medium);
    let document = workload.document();
    let asked = workload.questions().anybody;
    let tests: Vec<String> = asked.iter().map(test).collect();
    let everyone = r#"{ "who": "user:*", "mayNot": "stack:delete", "on": "stack:acme/*/prod-*1" }"#;
    Bench {
        organization: Organization::parse(&document).expect("the workload writes valid documents"),
        document,
        questions: expectations(&tests.join(",")),
        everyone: expectations(everyone),
    }
});

#[divan::bench]
fn two_thousand_tests(bencher: Bencher) {
    let Bench { organization, questions, .. } = &*BENCH;
    bencher.bench_local(|| run(organization, questions));
}

#[divan::bench(max_time = 2)]
fn everyone_on_many_stacks(bencher: Bencher) {
    let Bench { organization, everyone, .. } = &*BENCH;
    bencher.bench_local(|| run(organization, everyone));
}

#[divan::bench]
fn coverage(bencher: Bencher) {
    let Bench { document, organization, questions, .. } = &*BENCH;
    let report = run(organization, questions);
    bencher.bench_local(|| organization.coverage(document, [&report]));
}

fn run(organization: &Organization, expectations: &Expectations) -> TestReport {
    organization.test(expectations).expect("the workload asks about what is there")
}

fn test(question: &Question) -> String {
    let Question { principal, scope, entity } = question;
    format!(r#"{{ "who": "{principal}", "may": "{scope}", "on": "{entity}" }}"#)
}

fn expectations(tests: &str) -> Expectations {
    Expectations::parse(format!(r#"{{ "tests": [{tests}] }}"#)).expect("a file of expectations")
}
