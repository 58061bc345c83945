//! The kill harness: the program is killed at every moment of every exchange, and what it then
//! says is compared with what the server knows.
//!
//! ```text
//! RUNBOOK_KILLS=1000 cargo test -p runbook-tests --profile harness --test kill
//! RUNBOOK_SEED=7 RUNBOOK_CASE=123 cargo test -p runbook-tests --profile harness --test kill
//! ```
//!
//! The first does a thousand cases of a seed, which it prints; the second repeats one of them and
//! tells all of it. Without `RUNBOOK_KILLS` it does a few, so that it keeps working.
//! `docs/reliability.md` says what is proven.
//!
//! The server is the simulator in this process. It tells of each moment of each exchange, and at
//! the chosen one sends SIGKILL to the client before anything else happens. Its ledger says what
//! is true, and the client cannot see it.

#[path = "../support/canary.rs"]
mod canary;
mod cases;
mod chance;
mod check;
mod desk;
mod lab;
mod races;
mod record;
mod shape;
mod table;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use em_sim::{Certificate, Names};
use tokio::runtime::{Builder, Runtime};

use cases::{Case, Map, Maps};
use check::{Checked, check};
use lab::{Lab, Story};
use shape::Shape;
use table::Table;

/// How many cases there are where nobody asks for more.
const FEW: usize = 30;
/// How many races there are where nobody asks for more.
const FEW_RACES: usize = 4;
/// The seed where none is given.
const SEED: usize = 1;
/// How many labs are at work at once. Most of their time they wait.
const LABS: usize = 8;
/// How many races go on at once.
const RACERS: usize = 2;
/// How many broken cases are told in full.
const TOLD: usize = 5;
/// How often an operator rules on what one case leaves unknown.
const RULINGS: usize = 6;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program whose result is a table")]
fn main() -> ExitCode {
    // A filter of `cargo test` that means other tests, or somebody who wants a list.
    let asked: Vec<_> = std::env::args().skip(1).collect();
    let is_list = asked.iter().any(|word| word == "--list");
    if is_list || asked.iter().any(|word| !word.starts_with('-') && !"kill".contains(&**word)) {
        return ExitCode::SUCCESS;
    }
    let wanted = number("RUNBOOK_KILLS", FEW);
    let seed = number("RUNBOOK_SEED", SEED);
    let certificate = Certificate::generate(Names::Loopback).expect("a certificate");
    let began = Instant::now();
    let maps = maps(&certificate);
    let cases = cases::draw(&maps, u64::try_from(seed).unwrap_or(0), wanted);
    if let Ok(case) = std::env::var("RUNBOOK_CASE") {
        let case = case.parse().ok().and_then(|case: usize| cases.get(case));
        let Some(case) = case else {
            eprintln!("there is no such case among the {} of seed {seed}", cases.len());
            return ExitCode::FAILURE;
        };
        let done = runtime().block_on(carry_out(case, &certificate));
        println!("{}", told(case, &done));
        return if done.checked.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    println!("kill harness: {} cases, seed {seed}", cases.len());
    for (family, size) in cases::sizes(&maps) {
        let drawn = cases.iter().filter(|case| case.family == family).count();
        println!("  {}: {drawn} of {size}", family.name());
    }
    let (table, broken) = all(&cases, &certificate, number("RUNBOOK_LABS", LABS));
    println!("\n{table}");
    for (number, told) in broken.iter().take(TOLD) {
        println!("case {number}, seed {seed}, of {wanted}:\n{told}");
    }
    let unfair = all_races(number("RUNBOOK_RACES", FEW_RACES), &certificate);
    for unfair in unfair.iter().take(TOLD) {
        println!("{unfair}");
    }
    let (needless, taken) = table.needless();
    println!(
        "kills {}, broken {}, asked needlessly after EM had taken the action {needless} of {taken}, \
         in {} s",
        table.kills(),
        table.broken(),
        began.elapsed().as_secs()
    );
    let is_proven = table.broken() == 0 && unfair.is_empty() && needless * 100 <= taken;
    if is_proven { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn number(name: &str, otherwise: usize) -> usize {
    let value = std::env::var(name).ok();
    value.map_or(otherwise, |value| value.parse().expect("the variable is a number"))
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A case that was carried out.
struct Done {
    story: Story,
    checked: Checked,
    unknown: Option<Vec<String>>,
}

/// Looks what a run does that nobody kills, and a resume of one that was killed.
fn maps(certificate: &Certificate) -> Maps {
    let runtime = runtime();
    let map = |shape, blows: &[_]| {
        let story = runtime.block_on(async {
            let mut lab = Lab::new(shape, certificate).await;
            lab.strike(blows).await;
            lab.story().await
        });
        let last = story.processes.last().expect("there was one");
        assert!(matches!(last.code(), Some(0 | 1 | 7)), "{shape:?}, {blows:?}: {last:?}");
        Map { exchanges: last.exchanges.clone(), took: last.took }
    };
    let mut maps = Maps::default();
    for shape in Shape::ALL {
        maps.runs.insert(shape, map(shape, &[]));
        for blow in cases::situations(shape) {
            maps.resumes.push((shape, blow, map(shape, &[blow])));
        }
    }
    maps
}

fn all(cases: &[Case], certificate: &Certificate, labs: usize) -> (Table, Vec<(usize, String)>) {
    let next = AtomicUsize::new(0);
    let result = Mutex::new((Table::default(), Vec::new()));
    let work = || {
        let runtime = runtime();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(number) else { return };
            let done = runtime.block_on(carry_out(case, certificate));
            let is_broken = !done.checked.broken.is_empty();
            let mut result = result.lock().expect("nobody panics with it");
            let is_ruled =
                done.story.processes.iter().any(|it| it.arguments.starts_with("resolve"));
            let outcome = done.checked.outcome;
            result.0.add(case.family, &done.story.kills, outcome, is_ruled, is_broken);
            if is_broken || outcome == check::Outcome::Needless {
                result.1.push((number, told(case, &done)));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..labs {
            scope.spawn(work);
        }
    });
    result.into_inner().expect("nobody panicked with it")
}

/// Lets two processes race so often; returns the races that had no single winner.
#[expect(clippy::print_stdout, reason = "its figure belongs to the tables")]
fn all_races(races: usize, certificate: &Certificate) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let unfair = Mutex::new(Vec::new());
    let work = || {
        let runtime = runtime();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= races {
                return;
            }
            let found = runtime.block_on(races::race(number, certificate));
            unfair.lock().expect("nobody panics with it").extend(found);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..RACERS {
            scope.spawn(work);
        }
    });
    let unfair = unfair.into_inner().expect("nobody panicked with it");
    println!("races {races}, without exactly one winner {}", unfair.len());
    unfair
}

/// Carries a case out: the blows, then an operator who looks at the truth where one is wanted.
async fn carry_out(case: &Case, certificate: &Certificate) -> Done {
    let mut lab = Lab::new(case.shape, certificate).await;
    lab.strike(&case.blows).await;
    let unknown = if lab.code() == Some(7) { Some(lab.unknown().await) } else { None };
    if unknown.is_some() && case.shape != Shape::Cancel {
        for _ in 0..RULINGS {
            let steps = lab.unknown().await;
            let steps = steps.into_iter().filter(|step| !step.starts_with("w_"));
            for step in steps.collect::<Vec<_>>() {
                let happened = lab.has_accepted(&step);
                lab.rule(&step, happened).await;
            }
            lab.resume().await;
            if lab.code() != Some(7) {
                break;
            }
        }
    }
    let story = lab.story().await;
    let checked = check(case.shape, &story, unknown.as_deref());
    Done { story, checked, unknown }
}

fn told(case: &Case, done: &Done) -> String {
    let mut lines = vec![format!("{case:?}")];
    for kill in &done.story.kills {
        let of = if kill.of_resume { "resume" } else { "run" };
        lines.push(format!("killed {of}: {}; {}", kill.struck, kill.known.words()));
    }
    lines.push(format!("{:?}, unknown {:?}", done.checked.outcome, done.unknown));
    lines.extend(done.checked.broken.iter().map(|broken| format!("BROKEN: {broken}")));
    for process in &done.story.processes {
        let asked: Vec<_> = process.exchanges.iter().map(|it| it.kind.name()).collect();
        lines.push(format!(
            "── {} → {:?} after {:?}; it asked: {}\n{}{}",
            process.arguments,
            process.code(),
            process.took,
            asked.join(", "),
            process.stdout,
            process.stderr
        ));
    }
    lines.push(format!("── ledger\n{:#?}", done.story.ledger));
    lines.join("\n")
}
