//! A run side by side with the peers that are found on `PATH`: figures, and ratios of one round.
//!
//! ```text
//! cargo bench -p runbook-tests --bench engine                     every cell, five rounds
//! cargo bench -p runbook-tests --bench engine -- wide resume      some cells
//! cargo bench -p runbook-tests --bench engine -- noop 3           three rounds
//! ```
//!
//! It is a program, not a test: nothing fails when it is slow, and `cargo test` leaves it alone.
//! `docs/benchmarks.md` says what is compared with what. In a cell the programs run in turn, so
//! that a machine whose speed drifts moves no ratio; one more round comes first and does not count.

#![expect(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::naive_bytecount,
    reason = "inputs are written and counted before anything is measured"
)]

mod durable;
mod noop;
mod plans;
mod process;
mod resume;
mod server;
#[path = "../shape.rs"]
#[expect(dead_code, reason = "the other benchmark has more shapes")]
mod shape;

use std::process::ExitCode;

/// How many rounds count where no number is given.
const ROUNDS: usize = 5;

/// A cell: its word, what it is, and the program that measures it.
type Cell = (&'static str, &'static str, fn(usize) -> Result<(), String>);

const CELLS: [Cell; 10] = [
    ("noop", "10,000 steps that do nothing, in layers", noop::measure),
    ("durable", "2,000 actions, each durable before it is sent and after it", durable::measure),
    ("one", "1 plan", plans::one),
    ("wide", "1,000 plans at once", plans::wide),
    ("often", "1,000 plans at once, a list every 40 ms", plans::often),
    ("layers", "25 plans in layers", plans::layers),
    ("slow", "1,000 plans at once, 20 ms to each answer, 64 at a time", plans::slow),
    ("slow-layers", "25 plans in layers, 20 ms to each answer", plans::slow_layers),
    ("single", "1,000 plans at once, of a server that lists no tasks", plans::single),
    ("resume", "a later process, after a journal of 10,000 records", resume::measure),
];

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program whose result is a table")]
fn main() -> ExitCode {
    // Cargo adds `--bench`; other flags come from those who run all targets there are.
    let words: Vec<_> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let rounds = words.iter().find_map(|word| word.parse().ok()).unwrap_or(ROUNDS);
    let wanted: Vec<_> = words.iter().filter(|word| word.parse::<usize>().is_err()).collect();
    let known = |word: &&&String| CELLS.iter().any(|(name, ..)| **word == name);
    if let Some(word) = wanted.iter().find(|word| !known(word)) {
        let names = CELLS.map(|(name, ..)| name).join(", ");
        eprintln!("`{word}` is no number, and none of the cells {names}");
        return ExitCode::FAILURE;
    }
    for (name, what, measure) in CELLS {
        if !wanted.is_empty() && !wanted.iter().any(|word| *word == name) {
            continue;
        }
        println!("\n{name}: {what}");
        if let Err(why) = measure(rounds) {
            eprintln!("{name}: {why}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Returns the middle of some figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => f64::NAN,
        even if even % 2 == 0 => f64::midpoint(figures[middle - 1], figures[middle]),
        _ => figures[middle],
    }
}

/// Returns the middle of the ratios, round by round.
fn ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    median(ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect())
}
