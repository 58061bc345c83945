//! Seeds and runbooks: a run against a simulated world, in virtual time, over a network that
//! does its worst. No sockets, no async, no clock.
//!
//! A failing seed prints the command that runs it again.

mod adversary;
mod bench;
mod books;
mod boundaries;
mod case;
mod chance;
mod disk;
mod fate;
mod guard;
mod journals;
mod law;
mod network;
mod operator;
mod process;
mod scenario;
mod stories;
mod swarm;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use bench::{Record, Sent};
use case::Came;
use network::Twist;

/// How many seeds are tried where `RUNBOOK_SEEDS` does not say.
const SEEDS: u64 = 2000;
const THREADS: usize = 4;
/// How many failures a thread collects before it shows them.
const ENOUGH: usize = 3;

/// Runs a seed; a broken law or a panic is a failure that names the seed.
fn try_seed(seed: u64) -> Result<Record, String> {
    let again = format!(
        "RUNBOOK_SEED={seed} cargo test -p runbook-tests simulation::every_law_holds_for_every_seed"
    );
    let record = catch_unwind(AssertUnwindSafe(|| scenario::of_seed(seed).drive()));
    let record = record.map_err(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        format!("seed {seed} panicked: {}\n  {again}", said.unwrap_or_default())
    })?;
    let broken = law::broken(&record);
    if broken.is_empty() {
        return Ok(record);
    }
    Err(format!(
        "seed {seed} ({}) broke {} laws:\n  {}\n  {again}\n{}",
        record.plan.name(),
        broken.len(),
        broken.join("\n  "),
        if std::env::var_os("RUNBOOK_SEED").is_some() { trace(&record) } else { String::new() },
    ))
}

/// What happened and what was sent, by time.
fn trace(record: &Record) -> String {
    let events = record.events.iter().map(|event| (event.at, format!("{:?}", event.what)));
    let sent = record.sent.iter().map(|Sent { at, process, lane, method, target }| {
        (*at, format!("process {process}, {lane}: {} {target}", method.name()))
    });
    let mut lines: Vec<_> = events.chain(sent).collect();
    lines.sort_by_key(|(at, _)| *at);
    let lines: Vec<_> = lines.into_iter().map(|(at, line)| format!("{at} {line}")).collect();
    lines.join("\n")
}

/// What came of some seeds.
#[derive(Default)]
struct Tally {
    failures: Vec<String>,
    fired: BTreeMap<String, u32>,
    verdicts: BTreeMap<&'static str, u32>,
    /// What later processes found out by themselves in calm weather, and what they did not.
    found: BTreeMap<&'static str, u32>,
    /// How often which runs came back, and what ended them.
    lives: BTreeMap<&'static str, u32>,
}

impl Tally {
    fn of(seeds: impl Iterator<Item = u64>) -> Self {
        let mut tally = Self::default();
        for seed in seeds {
            match try_seed(seed) {
                Ok(record) => {
                    *tally.verdicts.entry(record.report.verdict.name()).or_default() += 1;
                    for came in
                        record.cases.iter().filter(|case| case.calm).map(|c| c.came(&record))
                    {
                        *tally.found.entry(came.name()).or_default() += 1;
                        if came == Came::Unknown && std::env::var_os("RUNBOOK_CASES").is_some() {
                            tally.failures.push(format!(
                                "seed {seed}: {:?}\n{}",
                                record.cases,
                                trace(&record)
                            ));
                        }
                    }
                    let deaths = u32::try_from(record.deaths).expect("a number");
                    let rulings = u32::try_from(record.report.decisions.len()).expect("a number");
                    let lives = u32::try_from(record.boundaries.len()).expect("a number");
                    for (what, n) in [("deaths", deaths), ("rulings", rulings), ("lives", lives)] {
                        *tally.lives.entry(what).or_default() += n;
                    }
                    tally.fired = sum(tally.fired, record.fired);
                }
                Err(failure) => tally.failures.push(failure),
            }
            if tally.failures.len() == ENOUGH {
                break;
            }
        }
        tally
    }

    fn and(mut self, other: Self) -> Self {
        self.failures.extend(other.failures);
        self.fired = sum(self.fired, other.fired);
        self.verdicts = sum(self.verdicts, other.verdicts);
        self.found = sum(self.found, other.found);
        self.lives = sum(self.lives, other.lives);
        self
    }
}

fn sum<K: Ord>(mut left: BTreeMap<K, u32>, right: BTreeMap<K, u32>) -> BTreeMap<K, u32> {
    for (key, n) in right {
        *left.entry(key).or_default() += n;
    }
    left
}

#[test]
fn every_law_holds_for_every_seed() {
    let number = |name: &str| std::env::var(name).ok().and_then(|seed| seed.parse().ok());
    let one = number("RUNBOOK_SEED");
    let seeds = one.map_or(0..number("RUNBOOK_SEEDS").unwrap_or(SEEDS), |seed| seed..seed + 1);
    let Tally { failures, fired, verdicts, found, lives } = std::thread::scope(|scope| {
        let part = |first| seeds.clone().skip(first).step_by(THREADS);
        let threads = (0..THREADS).map(|first| scope.spawn(move || Tally::of(part(first))));
        let threads: Vec<_> = threads.collect();
        let tallies = threads.into_iter().map(|thread| thread.join().expect("a tally"));
        tallies.fold(Tally::default(), Tally::and)
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    if one.is_none() {
        let never: BTreeSet<_> =
            Twist::all().iter().map(Twist::name).filter(|name| !fired.contains_key(name)).collect();
        assert!(never.is_empty(), "never drawn: {never:?}");
        let reached: Vec<_> = verdicts.keys().copied().collect();
        let all = ["done", "failed", "interrupted", "not-ready", "unknown", "unreachable"];
        let named = all.iter().all(|name| reached.contains(name));
        assert!(named, "verdicts that the seeds came to: {reached:?}");
        show_what_was_found(&found, &lives);
    }
}

/// Not by giving up: where a session lives and its token is at hand, a later process finds out
/// what became of an action by itself.
#[expect(clippy::print_stderr, reason = "the figure is the point of the test")]
fn show_what_was_found(found: &BTreeMap<&'static str, u32>, lives: &BTreeMap<&'static str, u32>) {
    let of = |came: Came| f64::from(found.get(came.name()).copied().unwrap_or_default());
    let (right, unknown) = (of(Came::True), of(Came::Unknown));
    let share = 100.0 * right / (right + unknown).max(1.0);
    eprintln!(
        "resumed with the session alive and its token at hand: {right} true outcomes, {unknown} \
         unknown ({share:.2} % found without an operator), {} wrong; {lives:?}",
        of(Came::Wrong)
    );
    assert!(share >= 99.0 && right > 50.0, "{found:?}");
    assert!(of(Came::Wrong) < 0.5, "{found:?}");
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in 0..60 {
        let [first, second] = [(), ()].map(|()| scenario::of_seed(seed).drive());
        assert_eq!(trace(&first), trace(&second), "seed {seed}");
        assert_eq!(first.journal, second.journal, "seed {seed}");
        assert_eq!(first.world.requests(), second.world.requests(), "seed {seed}");
    }
}
