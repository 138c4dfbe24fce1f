//! The table of ratios: both contestants are timed in turn, round by round, so that whatever else the machine does
//! meets them alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

use scopewise::Organization;

use crate::baseline::Baseline;
use crate::contest::{Arena, explain, known_principals, load, new_principal, one_principal, page};
use crate::lint::lint;
use crate::remedies::explain_refusals;
use crate::who_can::{entities, scopes_by_entity, who_can};
use crate::workload::Size;

const ROUNDS: usize = 9;
/// How long one contestant is timed in a round, at least.
const ROUND: Duration = Duration::from_millis(20);

/// Medians over the rounds, in nanoseconds.
struct Times {
    engine: f64,
    by_hand: f64,
    ratio: f64,
}

pub(crate) fn print() {
    println!("| organization | what | engine | by hand | ratio | goal |\n|---|---|---:|---:|---:|---:|");
    for size in Size::ALL {
        print_rows(Arena::of(size));
    }
    println!();
}

fn print_rows(arena: &Arena) {
    macro_rules! both {
        ($task:ident) => {
            times($task::<Organization>(arena), $task::<Baseline>(arena))
        };
    }
    let large = arena.size == Size::Large;
    let (first, loaded) = if large { ("20 µs", "140 ms") } else { ("10 µs", "") };
    print_row(arena, "one principal", "50 ns", &both!(one_principal));
    print_row(arena, "known principals", "", &both!(known_principals));
    print_row(arena, "new principal", first, &both!(new_principal));
    print_row(arena, "page of 1,000 × 20", "150 µs", &both!(page));
    print_row(arena, "load", loaded, &both!(load));
    // Nothing by hand can be asked why, or who.
    print_alone(arena, "explain", "20 µs", time(&mut explain(arena)));
    let goal = if arena.size == Size::Medium { "5 ms" } else { "" };
    print_alone(arena, "remedies", goal, time(&mut explain_refusals(arena)));
    print_alone(arena, "who can", goal, time(&mut who_can(arena)));
    print_alone(arena, "entities of a scope", "", time(&mut entities(arena)));
    print_alone(arena, "scopes on every entity", "", time(&mut scopes_by_entity(arena)));
    if !large {
        print_alone(arena, "lint", "500 ms", time(&mut lint(arena.size)));
    }
}

fn print_alone(arena: &Arena, what: &str, goal: &str, engine: f64) {
    println!("| {} | {what} | {} | | | {goal} |", arena.size, human(engine));
}

fn print_row(arena: &Arena, what: &str, goal: &str, times: &Times) {
    let [engine, by_hand] = [times.engine, times.by_hand].map(human);
    println!("| {} | {what} | {engine} | {by_hand} | {:.2} | {goal} |", arena.size, times.ratio);
}

fn times<T, U>(mut engine: impl FnMut() -> T, mut by_hand: impl FnMut() -> U) -> Times {
    let rounds: Vec<_> = (0..ROUNDS).map(|_| (time(&mut engine), time(&mut by_hand))).collect();
    Times {
        engine: median(rounds.iter().map(|(engine, _)| *engine)),
        by_hand: median(rounds.iter().map(|(_, by_hand)| *by_hand)),
        ratio: median(rounds.iter().map(|(engine, by_hand)| engine / by_hand)),
    }
}

/// Nanoseconds for one question: more and more are asked, until they take long enough.
pub(crate) fn time<T>(ask: &mut impl FnMut() -> T) -> f64 {
    let mut count = 1;
    loop {
        let mut answers = Vec::with_capacity(count);
        let start = Instant::now();
        answers.extend((0..count).map(|_| ask()));
        let taken = start.elapsed();
        black_box(answers);
        if taken >= ROUND {
            return taken.as_secs_f64() * 1e9 / f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        }
        count *= 2;
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

pub(crate) fn human(nanoseconds: f64) -> String {
    match nanoseconds {
        ..1e3 => format!("{nanoseconds:.0} ns"),
        1e3..1e6 => format!("{:.1} µs", nanoseconds / 1e3),
        _ => format!("{:.2} ms", nanoseconds / 1e6),
    }
}
