//! Every boundary of small runs: a process is killed there, and a later one goes on; then every
//! boundary of that one as well.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use em_api::protocol::Media;
use em_sim::{Action, DeleteTask, Ending, Habits, Script, World};
use runbook_core::plan::Plan;
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
  wait: { uses: wait-task, with: { task: undo }, timeout: 2s }
  cancel: { uses: cancel-on-timeout, with: { task: undo, watch: wait, settle: 2s } }
";

/// The runbooks, and whether their tasks end.
static BOOKS: LazyLock<[(Arc<Plan>, bool); 4]> = LazyLock::new(|| {
    [(START, true), (UNDO, true), (WAIT, true), (CANCEL, false)]
        .map(|(text, ends)| (Arc::new(books::plan(text)), ends))
});

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

fn world(ends: bool) -> World {
    let mut world = scenario::world(1);
    let ending = if ends { Ending::Success } else { Ending::Never };
    let delay_running = Duration::from_millis(300);
    let script = Script { delay_running, delay_operation_finished: Duration::ZERO, ending };
    for (_, id) in FAILOVER_PLANS.iter() {
        for action in [Action::Start, Action::Undo] {
            world.set_script(id.clone(), action, script.clone());
        }
    }
    world.set_habits(Habits { delete_task: DeleteTask::Stops, ..Habits::default() });
    world
}

fn run(plan: &Arc<Plan>, ends: bool, fate: At) -> Record {
    let settings = runbook_core::lane::Settings {
        patience: Duration::from_secs(5),
        ..bench::settings(Media::Xml, 1)
    };
    let mut bench = Bench::new(Arc::clone(plan), world(ends), settings, network::by(&[]));
    bench.fate(fate);
    bench.drive()
}

/// How a process dies: its name, whether by a loss of power, which sealed sessions are at hand
/// afterwards, and how many minutes later.
type Way = (&'static str, bool, Option<usize>, u64);

/// How processes die.
const WAYS: [Way; 4] = [
    ("killed, with the token", false, Some(0), 0),
    ("killed, without the token", false, None, 0),
    ("without power, with the token", true, Some(0), 0),
    ("killed, after 17 minutes", false, Some(0), 17),
];

/// Whether the pairs of all runbooks and ways are tried, or those of an undo and of the
/// first way alone.
const ALL_PAIRS: &str = "RUNBOOK_PAIRS";

#[derive(Default)]
struct Count {
    singles: usize,
    pairs: usize,
    broken: Vec<String>,
    found: usize,
    missed: usize,
}

impl Count {
    fn and(mut self, other: Self) -> Self {
        self.singles += other.singles;
        self.pairs += other.pairs;
        self.broken.extend(other.broken);
        self.found += other.found;
        self.missed += other.missed;
        self
    }
}

fn every_boundary(book: &(Arc<Plan>, bool), way: Way, with_pairs: bool) -> Count {
    let (name, power, tokens, minutes) = way;
    let (plan, ends) = book;
    let back = || Comeback { after: Duration::from_mins(minutes), tokens, ..Comeback::AT_ONCE };
    let mut count = Count::default();
    let mut judge = |deaths: Vec<usize>| {
        let record = run(plan, *ends, At { deaths: deaths.clone(), power, back: back() });
        let mut broken = law::broken(&record);
        // Not every action here is followed to its end, and its session is left open then.
        broken.retain(|what| !what.starts_with("sessions are left open"));
        let what = || format!("`{}` {name} at {deaths:?}: {}", plan.name(), broken.join("\n  "));
        count.broken.extend((!broken.is_empty()).then(what));
        for came in record.cases.iter().map(|case| case.came(&record)) {
            match came {
                Came::True => count.found += 1,
                Came::Nothing => {}
                Came::Unknown | Came::Wrong => count.missed += 1,
            }
        }
        record
    };
    let (mut singles, mut pairs) = (0, 0);
    for first in 0.. {
        let record = judge(vec![first]);
        if record.deaths == 0 {
            break;
        }
        singles += 1;
        let boundaries = record.boundaries.get(1).copied().unwrap_or_default();
        for second in 0..if with_pairs { boundaries } else { 0 } {
            judge(vec![first, second]);
            pairs += 1;
        }
    }
    Count { singles, pairs, ..count }
}

#[test]
fn no_law_is_broken_whichever_boundaries_a_run_dies_at() {
    let all_pairs = std::env::var_os(ALL_PAIRS).is_some();
    for (nth, way) in WAYS.into_iter().enumerate() {
        let count = std::thread::scope(|scope| {
            let pairs =
                |book: &(Arc<Plan>, bool)| all_pairs || (nth == 0 && book.0.name() == "small-undo");
            let threads = BOOKS
                .iter()
                .map(|book| scope.spawn(move || every_boundary(book, way, pairs(book))));
            let threads: Vec<_> = threads.collect();
            let counts = threads.into_iter().map(|thread| thread.join().expect("a count"));
            counts.fold(Count::default(), Count::and)
        });
        let Count { singles, pairs, broken, found, missed } = count;
        eprintln!(
            "{}: {singles} boundaries, {pairs} pairs, {} broken; {found} outcomes found, {missed} \
             not",
            way.0,
            broken.len()
        );
        assert!(broken.is_empty(), "{}", broken[..broken.len().min(5)].join("\n"));
        assert_eq!(missed, 0, "what could be found was not");
    }
}
