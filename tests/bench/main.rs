//! The way from a text to a plan, stage by stage: time and memory for runbooks of many steps.
//!
//! ```text
//! cargo bench -p runbook-tests --bench front                        every shape, 1,000 to 100,000 steps
//! cargo bench -p runbook-tests --bench front -- layered 10000       one shape, one size
//! ```
//!
//! It is a program, not a test: nothing fails when it is slow, and `cargo test` leaves it alone.
//! `docs/benchmarks.md` says what the columns mean. Each row is a process of its own, so that its
//! peak of memory is its own, and each time is the least processor time of several rounds: what
//! else the machine does can only add to it.

mod shape;

use std::process::{Command, ExitCode};
use std::time::Duration;

use runbook_core::check;
use runbook_core::document::Document;
use runbook_core::graph::Graph;
use runbook_core::plan::{Inputs, Plan};
use runbook_core::problem::Problems;
use runbook_core::runbook::Runbook;
use runbook_core::text::Source;
use rustix::time::{ClockId, clock_gettime};

use shape::Shape;

/// The sizes that are measured where none is given.
const SIZES: &[usize] = &[1_000, 10_000, 100_000];

/// The first argument of a process that measures one row.
const ROW: &str = "row";

/// The stages, in their order. The first five are what `runbook check` does.
const STAGES: [&str; 6] = ["source", "parse", "read", "build", "check", "plan"];

/// How many of the stages `runbook check` needs.
const CHECK: usize = 5;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program whose result is a table")]
fn main() -> ExitCode {
    // Cargo adds `--bench`; other flags come from those who run all targets there are.
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with("--")).peekable();
    if words.next_if_eq(ROW).is_some() {
        let shape = words.next().and_then(|word| Shape::named(&word));
        let steps = words.next().and_then(|word| word.parse().ok());
        let (Some(shape), Some(steps)) = (shape, steps) else { return ExitCode::FAILURE };
        println!("{}", row(shape, steps));
        return ExitCode::SUCCESS;
    }
    let (mut shapes, mut sizes) = (Vec::new(), Vec::new());
    for word in words {
        match (Shape::named(&word), word.parse()) {
            (Some(shape), _) => shapes.push(shape),
            (None, Ok(steps)) => sizes.push(steps),
            _ => {
                eprintln!("`{word}` is no size, and none of the shapes {}", Shape::names());
                return ExitCode::FAILURE;
            }
        }
    }
    let shapes = if shapes.is_empty() { Shape::ALL.to_vec() } else { shapes };
    let sizes = if sizes.is_empty() { SIZES.to_vec() } else { sizes };
    println!("{}", head());
    for shape in shapes {
        for steps in &sizes {
            match measured(shape, *steps) {
                Some(row) => print!("{row}"),
                None => return ExitCode::FAILURE,
            }
        }
    }
    ExitCode::SUCCESS
}

/// Measures a row in a process of its own.
fn measured(shape: Shape, steps: usize) -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let row = Command::new(program).args([ROW, shape.name(), &steps.to_string()]).output().ok()?;
    String::from_utf8(row.stdout).ok().filter(|_| row.status.success())
}

fn head() -> String {
    let stages = STAGES.map(|stage| format!(" {stage:>8}")).concat();
    format!(
        "{:8} {:>7} {:>8}{stages} {:>8} {:>8} {:>8} {:>8} {:>8}\n{:25}{} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "shape",
        "steps",
        "text",
        "in all",
        "at first",
        "a step",
        "memory",
        "memory",
        "",
        "       ms".repeat(STAGES.len()),
        "ms",
        "ms",
        "us",
        "check",
        "plan",
    )
}

fn row(shape: Shape, steps: usize) -> String {
    let text = shape.runbook(steps);
    let bytes = text.len();
    let rounds = (200_000 / steps.max(1)).clamp(3, 50);
    let first = Round::of(text.clone());
    let mut least = first.times;
    for _ in 1..rounds {
        let next = Round::of(text.clone());
        for (least, time) in least.iter_mut().zip(next.times) {
            *least = time.min(*least);
        }
    }
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let stages = least.map(|time| format!(" {:8.2}", ms(time))).concat();
    let check = |times: &[Duration]| times[..CHECK].iter().sum::<Duration>();
    let (whole, cold) = (check(&least), check(&first.times));
    let each = ms(whole) * 1e3 / f64::from(u32::try_from(steps.max(1)).unwrap_or(u32::MAX));
    let text = format!("{} KiB", bytes / 1024);
    let [checked, planned] = first.peaks.map(|peak| match peak {
        Some(kib) => format!("{} MiB", kib / 1024),
        None => "-".to_owned(),
    });
    format!(
        "{:8} {steps:>7} {text:>8}{stages} {:8.2} {:8.2} {each:8.2} {checked:>8} {planned:>8}",
        shape.name(),
        ms(whole),
        ms(cold),
    )
}

/// What one way through all stages took.
struct Round {
    times: [Duration; STAGES.len()],
    /// The most memory of the process in KiB, up to the end of the check and of the plan.
    peaks: [Option<u64>; 2],
}

impl Round {
    fn of(text: String) -> Self {
        let mut times = [Duration::ZERO; STAGES.len()];
        let mut watch = Watch { times: times.iter_mut(), since: now() };
        let mut problems = Problems::default();
        let source = Source::new("bench.yaml", text);
        watch.stage_ends();
        let document = Document::parse(&source, &mut problems);
        watch.stage_ends();
        let runbook = Runbook::read(&document, &mut problems);
        // The tree is of no use any more, and to free it is part of the price of having it.
        drop(document);
        watch.stage_ends();
        let graph = Graph::build(&runbook, &mut problems);
        watch.stage_ends();
        let checked = check::all(runbook, graph, problems).expect("a runbook without errors");
        watch.stage_ends();
        let check = peak();
        watch.since = now();
        let plan = Plan::make(&checked, Inputs::default()).expect("a runbook without inputs");
        watch.stage_ends();
        drop(std::hint::black_box(plan));
        Self { times, peaks: [check, peak()] }
    }
}

/// The processor time of the stages, one after the other.
struct Watch<'a> {
    times: std::slice::IterMut<'a, Duration>,
    since: Duration,
}

impl Watch<'_> {
    fn stage_ends(&mut self) {
        let now = now();
        if let Some(time) = self.times.next() {
            *time = now.saturating_sub(self.since);
        }
        self.since = now;
    }
}

/// Returns the processor time of this process.
fn now() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// Returns the most memory that this process had, in KiB; none where the system does not say.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
