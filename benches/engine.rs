//! The engine against what one writes by hand, on made-up organizations of three sizes.
//!
//! Before anything is timed both have to give the same two thousand answers about each. First comes the table of
//! ratios, then what the largest role costs, then each contestant's times by themselves. A sample is a whole pass
//! through the questions where one is short: their costs differ, and the first ones find everything cold.

mod baseline;
mod contest;
mod diff;
mod expectations;
mod lint;
mod ratios;
mod remedies;
mod roles;
mod routes;
mod trees;
mod who_can;
mod workload;

use std::env;

use baseline::Baseline;
use contest::{Arena, Contestant};
use divan::Bencher;
use scopewise::Organization;
use workload::Size;

fn main() {
    Size::ALL.into_iter().for_each(contest::agree);
    roles::agree();
    // So cargo asks for times; without it the benchmarks are only tried.
    if env::args().any(|argument| argument == "--bench") {
        ratios::print();
        roles::print();
    }
    divan::main();
}

#[divan::bench(types = [Organization, Baseline], args = Size::ALL, sample_size = 1_000)]
fn one_principal<C: Contestant>(bencher: Bencher, size: Size) {
    bencher.bench_local(contest::one_principal::<C>(Arena::of(size)));
}

#[divan::bench(types = [Organization, Baseline], args = Size::ALL, sample_size = 4_000)]
fn known_principals<C: Contestant>(bencher: Bencher, size: Size) {
    bencher.bench_local(contest::known_principals::<C>(Arena::of(size)));
}

#[divan::bench(types = [Organization, Baseline], args = Size::ALL, sample_size = 1_000)]
fn new_principal<C: Contestant>(bencher: Bencher, size: Size) {
    bencher.bench_local(contest::new_principal::<C>(Arena::of(size)));
}

#[divan::bench(types = [Organization, Baseline], args = Size::ALL)]
fn page<C: Contestant>(bencher: Bencher, size: Size) {
    bencher.bench_local(contest::page::<C>(Arena::of(size)));
}

#[divan::bench(types = [Organization, Baseline], args = Size::ALL, max_time = 2)]
fn load<C: Contestant>(bencher: Bencher, size: Size) {
    bencher.bench_local(contest::load::<C>(Arena::of(size)));
}

#[divan::bench(args = Size::ALL, sample_size = 1_000)]
fn explain(bencher: Bencher, size: Size) {
    bencher.bench_local(contest::explain(Arena::of(size)));
}

#[divan::bench(args = Size::ALL)]
fn who_can(bencher: Bencher, size: Size) {
    bencher.bench_local(who_can::who_can(Arena::of(size)));
}

#[divan::bench(args = Size::ALL)]
fn entities(bencher: Bencher, size: Size) {
    bencher.bench_local(who_can::entities(Arena::of(size)));
}

#[divan::bench(args = Size::ALL)]
fn scopes_by_entity(bencher: Bencher, size: Size) {
    bencher.bench_local(who_can::scopes_by_entity(Arena::of(size)));
}

#[divan::bench(args = routes::COUNTS, sample_size = 1_000)]
fn route_among(bencher: Bencher, count: usize) {
    bencher.bench_local(routes::among(count));
}

#[divan::bench(sample_size = 1_000)]
fn three_routes_of_the_api(bencher: Bencher) {
    bencher.bench_local(routes::in_the_api());
}

#[divan::bench]
fn read_the_routes_of_the_api(bencher: Bencher) {
    bencher.bench_local(routes::read);
}

#[divan::bench(args = [Size::Small, Size::Medium])]
fn lint(bencher: Bencher, size: Size) {
    bencher.bench_local(lint::lint(size));
}
