//! The decisions of the reconciliation model again, against the shipping code: one action, and
//! every schedule of an adversary with few moves.
//!
//! Its moves, each at every place where it can be made: a process dies, with its sealed session
//! at hand afterwards or not; it is held up in the middle of a turn, shortly or for long, while
//! another takes over with or without its session; EM restarts; a POST is lost, or its answer, or
//! it is held back and delivered later. The model allows up to ten moves and abstracts from the
//! code; here every schedule of one move is run, and every one of up to [`MOVES`] moves from where
//! the action is about to be written down; of more where `RUNBOOK_MOVES` says so. The operator, who is asked where the run does not know, tells the truth.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use em_api::protocol::{Media, Method};
use em_sim::Fault;
use runbook_core::event::{LaneEvent, Stop, Verdict, What};
use runbook_core::plan::Plan;
use runbook_core::run::Run;
use runbook_core::step::StepResult;

use super::bench::{self, Bench, Record};
use super::books;
use super::fate::{Comeback, Fate, Moment, Point, Turnout};
use super::network::{Sky, Twist};
use super::operator::{Fact, fact};
use super::{law, scenario};

/// How many moves the adversary has.
const MOVES: usize = 1;
const THREADS: usize = 2;

static BOOK: LazyLock<Arc<Plan>> = LazyLock::new(|| {
    Arc::new(books::plan(
        "runbook: v1\nname: one-action\nsteps:\n  undo: { uses: undo-failover, with: { plan: \
         ERP-DR } }\n",
    ))
});

/// A sequence of choices: those of a path first, then the quiet one everywhere.
#[derive(Debug, Default)]
struct Chooser {
    path: Vec<usize>,
    widths: Vec<usize>,
    at: usize,
    moves: usize,
    /// The adversary sleeps until the action is about to be written down.
    sleeps: bool,
}

impl Chooser {
    /// Chooses one of several; `0` is quiet, and all there is once the moves are used up.
    fn choose(&mut self, several: usize) -> usize {
        if self.moves == 0 || self.sleeps {
            return 0;
        }
        if self.at == self.path.len() {
            self.path.push(0);
        }
        self.widths.truncate(self.at);
        self.widths.push(several);
        let chosen = self.path[self.at];
        self.at += 1;
        self.moves -= usize::from(chosen > 0);
        chosen
    }

    /// The next path, depth first; none after the last.
    fn next(mut self) -> Option<Vec<usize>> {
        self.path.truncate(self.widths.len());
        while let Some(last) = self.path.pop() {
            if last + 1 < self.widths[self.path.len()] {
                self.path.push(last + 1);
                return Some(self.path);
            }
        }
        None
    }
}

type Choices = Rc<RefCell<Chooser>>;

/// A fate that the adversary chooses.
#[derive(Debug)]
struct Chosen {
    choices: Choices,
    comebacks: usize,
}

impl Fate for Chosen {
    fn at(&mut self, moment: &Moment<'_>) -> Option<Turnout> {
        if matches!(moment.point, Point::Append(What::Lane(LaneEvent::Intended { .. }))) {
            self.choices.borrow_mut().sleeps = false;
        }
        // What only says how a step goes on decides nothing, and neither does a question.
        let is_quiet = match moment.point {
            Point::Append(what) => matches!(
                what,
                What::StepStarted { .. }
                    | What::StepChanged { .. }
                    | What::Lane(LaneEvent::Listed { .. })
            ),
            Point::Done(effect) => !effect.needs_sync(),
            Point::Landing | Point::Sync | Point::Synced => false,
        };
        if is_quiet {
            return None;
        }
        let may_pause = matches!(moment.point, Point::Landing | Point::Synced | Point::Done(_));
        let back = |tokens| Comeback { tokens, ..Comeback::AT_ONCE };
        let pause = |secs, tokens| {
            let after = Duration::from_secs(1);
            let back = Comeback { after, take_over: true, ..back(tokens) };
            Turnout::Pauses { length: Duration::from_secs(secs), back }
        };
        let dies = |tokens| Turnout::Dies { power: None, back: back(tokens) };
        Some(match self.choices.borrow_mut().choose(if may_pause { 7 } else { 3 }) {
            0 => return None,
            1 => dies(Some(0)),
            2 => dies(None),
            3 => pause(10, Some(0)),
            4 => pause(10, None),
            5 => pause(90, Some(0)),
            _ => pause(90, None),
        })
    }

    fn ended(&mut self, run: &Run) -> Option<Comeback> {
        let (_, verdict) = run.ended()?;
        self.comebacks += 1;
        let is_open = matches!(
            verdict,
            Verdict::Unknown | Verdict::Interrupted | Verdict::Locked | Verdict::Unreachable
        );
        let take_over = matches!(run.stopped(), Some(Stop::Superseded { .. }));
        // An honest operator looks once all that was held back has arrived, or could have.
        let after = Duration::from_mins(4 * u64::from(self.comebacks > 1));
        (is_open && self.comebacks < 6).then_some(Comeback {
            after,
            take_over,
            operator: true,
            ..Comeback::AT_ONCE
        })
    }
}

fn sky(choices: Choices) -> Sky {
    Box::new(move |asked| {
        let acts = asked.method == Method::Post && !asked.is_logon;
        if asked.is_logon || asked.target.contains("failoverPlans") && !acts {
            return Twist::Fine;
        }
        match choices.borrow_mut().choose(if acts { 6 } else { 2 }) {
            0 => Twist::Fine,
            1 => Twist::Restart,
            2 => Twist::Server(Fault::LoseAnswer),
            3 => Twist::Server(Fault::DropRequest),
            4 => Twist::HeldBack(Duration::from_secs(8)),
            _ => Twist::HeldBack(Duration::from_mins(3)),
        }
    })
}

fn schedule(path: Vec<usize>, moves: usize, sleeps: bool) -> (Record, Chooser) {
    let choices = Rc::new(RefCell::new(Chooser { path, moves, sleeps, ..Chooser::default() }));
    let settings = runbook_core::lane::Settings {
        patience: Duration::from_secs(5),
        ..bench::settings(Media::Xml, 1)
    };
    let world = scenario::world(1);
    let mut bench = Bench::new(Arc::clone(&BOOK), world, settings, sky(Rc::clone(&choices)));
    bench.fate(Chosen { choices: Rc::clone(&choices), comebacks: 0 });
    let record = bench.drive();
    let chooser = choices.take();
    (record, chooser)
}

/// What the adversary has achieved.
fn broken(record: &Record) -> Vec<String> {
    // Nobody follows this action to its end, so its session is left open; and a process that was
    // held up has a journal of its own.
    let mut broken = law::broken(record);
    broken.retain(|what| {
        !what.starts_with("sessions are left open") && !what.starts_with("what is sent was")
    });
    let accepted = record.world.accepted().len();
    let step = &record.plan.steps()[0].id;
    let told = record.report.steps[0].result;
    let taken = fact(&record.plan, &record.world, step) != Some(Fact::NotTaken);
    if accepted > 1 {
        broken.push(format!("DUPLICATE: accepted {accepted} times"));
    }
    if told == Some(StepResult::Succeeded) && !taken {
        broken.push("FALSE SUCCESS".to_owned());
    }
    if told != Some(StepResult::Succeeded) && told != Some(StepResult::Unknown) && taken {
        broken.push(format!("FALSE NOT-STARTED: {told:?}"));
    }
    broken
}

/// Runs every schedule whose first move begins at a place of this thread.
fn explore(moves: usize, sleeps: bool, part: usize) -> (usize, Vec<String>) {
    let (mut count, mut found, mut path) = (0, Vec::new(), Some(Vec::new()));
    while let Some(tried) = path.take() {
        let first = tried.iter().position(|chosen| *chosen > 0);
        let is_ours = first.map_or(part == 0, |first| first % THREADS == part);
        let chooser = if is_ours || first.is_none() {
            let (record, chooser) = schedule(tried.clone(), moves, sleeps);
            if is_ours {
                count += 1;
                let broken = broken(&record);
                found.extend((!broken.is_empty()).then(|| {
                    format!("{tried:?}: {}\n{}", broken.join("\n  "), super::trace(&record))
                }));
            }
            chooser
        } else {
            // Another thread's: the next first move.
            let first = first.unwrap_or_default();
            let (_, whole) = schedule(tried[..first].to_vec(), moves, sleeps);
            let widths = whole.widths[..=first].to_vec();
            Chooser { path: tried[..=first].to_vec(), widths, ..Chooser::default() }
        };
        path = chooser.next();
    }
    (count, found)
}

#[test]
fn no_schedule_of_the_adversary_doubles_or_falsifies_an_action() {
    let moves = std::env::var("RUNBOOK_MOVES").ok().and_then(|moves| moves.parse().ok());
    // One move anywhere, and several from where the action is about to be written down.
    for (moves, sleeps) in [(1, false), (moves.unwrap_or(MOVES), true)] {
        let parts = std::thread::scope(|scope| {
            let threads = [0, 1].map(|part| scope.spawn(move || explore(moves, sleeps, part)));
            threads.map(|thread| thread.join().expect("a part"))
        });
        let count: usize = parts.iter().map(|(count, _)| count).sum();
        let found: Vec<_> = parts.into_iter().flat_map(|(_, found)| found).collect();
        eprintln!("{count} schedules of up to {moves} moves: {} broken", found.len());
        assert!(found.is_empty(), "{}", found[..found.len().min(3)].join("\n\n"));
    }
}
