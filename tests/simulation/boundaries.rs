//! Every boundary of small runs: a process is killed there, and a later one goes on; then every
//! boundary of that one as well.

use std::sync::Arc;
use std::time::Duration;

use em_api::protocol::Media;
use em_sim::{Action, DeleteTask, Ending, Habits, Script, World};
use runbook_core::run::Run;

use super::bench::{self, Bench, Record};
use super::books::{self, FAILOVER_PLANS};
use super::case::Came;
use super::fate::{Comeback, Fate, Moment, Turnout};
use super::{law, network, scenario};

const START: &str = "
runbook: v1
name: small-start
steps:
  start: { uses: start-failover, with: { plan: ERP-DR } }
";

const UNDO: &str = "
runbook: v1
name: small-undo
steps:
  undo: { uses: undo-failover, with: { plan: ERP-DR } }
";

const WAIT: &str = "
runbook: v1
name: small-wait
steps:
  undo: { uses: undo-failover, with: { plan: ERP-DR } }
  wait: { uses: wait-task, with: { task: undo }, timeout: 10m }
  after: { uses: start-failover, needs: [wait], with: { plan: ERP-DR } }
";

const CANCEL: &str = "
runbook: v1
name: small-cancel
steps:
  undo: { uses: undo-failover, with: { plan: ERP-DR } }
  wait: { uses: wait-task, with: { task: undo }, timeout: 10s }
  cancel: { uses: cancel-on-timeout, with: { task: undo, watch: wait, settle: 10s } }
";

/// A runbook, and how long its tasks take; none for ever.
const BOOKS: [(&str, &str, Option<u64>); 4] = [
    ("start", START, Some(2)),
    ("undo", UNDO, Some(2)),
    ("wait", WAIT, Some(2)),
    ("cancel", CANCEL, None),
];

/// Processes die at these of their boundaries, one after the other.
#[derive(Debug)]
struct At {
    deaths: Vec<usize>,
    power: bool,
    back: Comeback,
}

impl Fate for At {
    fn at(&mut self, moment: &Moment<'_>) -> Option<Turnout> {
        let dies = self.deaths.get(moment.process) == Some(&moment.nth);
        let power = (self.power && dies).then_some(moment.nth as u64);
        dies.then(|| Turnout::Dies { power, back: self.back.clone() })
    }

    fn ended(&mut self, _: &Run) -> Option<Comeback> {
        None
    }
}

fn world(takes: Option<u64>) -> World {
    let mut world = scenario::world(1);
    let ending = takes.map_or(Ending::Never, |_| Ending::Success);
    let delay_running = Duration::from_secs(takes.unwrap_or(1));
    let script = Script { delay_running, delay_operation_finished: Duration::ZERO, ending };
    for (_, id) in FAILOVER_PLANS.iter() {
        for action in [Action::Start, Action::Undo] {
            world.set_script(id.clone(), action, script.clone());
        }
    }
    world.set_habits(Habits { delete_task: DeleteTask::Stops, ..Habits::default() });
    world
}

fn run(text: &str, takes: Option<u64>, fate: At) -> Record {
    let plan = Arc::new(books::plan(text));
    let settings = runbook_core::lane::Settings {
        patience: Duration::from_secs(5),
        ..bench::settings(Media::Xml, 1)
    };
    let mut bench = Bench::new(plan, world(takes), settings, network::by(&[]));
    bench.fate(fate);
    bench.drive()
}

/// How a life of kills is led: what is at hand afterwards, and how the process dies.
const WAYS: [(&str, bool, Option<usize>, u64); 4] = [
    ("killed, with the token", false, Some(0), 0),
    ("killed, without the token", false, None, 0),
    ("without power, with the token", true, Some(0), 0),
    ("killed, after 17 minutes", false, Some(0), 17),
];

struct Count {
    singles: usize,
    pairs: usize,
    broken: Vec<String>,
    found: usize,
    missed: usize,
}

fn every_boundary(way: (&str, bool, Option<usize>, u64), with_pairs: bool) -> Count {
    let (name, power, tokens, minutes) = way;
    let back = || Comeback { after: Duration::from_mins(minutes), tokens, ..Comeback::AT_ONCE };
    let mut count = Count { singles: 0, pairs: 0, broken: Vec::new(), found: 0, missed: 0 };
    for (book, text, takes) in BOOKS {
        let mut judge = |deaths: Vec<usize>| {
            let record = run(text, takes, At { deaths: deaths.clone(), power, back: back() });
            let broken = law::broken(&record);
            let what = format!("`{book}` {name} at {deaths:?}: {}", broken.join("\n  "));
            count.broken.extend((!broken.is_empty()).then_some(what));
            for came in record.cases.iter().map(|case| case.came(&record)) {
                match came {
                    Came::True => count.found += 1,
                    Came::Nothing => {}
                    Came::Unknown | Came::Wrong => count.missed += 1,
                }
            }
            record
        };
        for first in 0.. {
            let record = judge(vec![first]);
            if record.deaths == 0 {
                break;
            }
            let Some(boundaries) = record.boundaries.get(1) else { continue };
            for second in 0..if with_pairs { *boundaries } else { 0 } {
                judge(vec![first, second]);
                count.pairs += 1;
            }
            count.singles += 1;
        }
    }
    count
}

#[test]
#[expect(clippy::print_stderr, reason = "the counts are the point of the test")]
fn no_law_is_broken_whichever_boundaries_a_run_dies_at() {
    let counts = std::thread::scope(|scope| {
        let threads = WAYS.map(|way| scope.spawn(move || (way.0, every_boundary(way, true))));
        threads.map(|thread| thread.join().expect("a count"))
    });
    for (way, Count { singles, pairs, broken, found, missed }) in &counts {
        eprintln!(
            "{way}: {singles} boundaries, {pairs} pairs, {} broken; {found} outcomes found, \
             {missed} not",
            broken.len()
        );
    }
    let broken: Vec<_> = counts.iter().flat_map(|(_, count)| &count.broken).collect();
    let shown: Vec<_> = broken.iter().take(5).map(|what| what.as_str()).collect();
    assert!(broken.is_empty(), "{}", shown.join("\n"));
    assert_eq!(counts[0].1.missed, 0, "what could be found was not");
}
