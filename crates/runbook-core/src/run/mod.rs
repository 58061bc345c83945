//! A run: where each step is, and what follows from what happens. No async, no IO, no clock.
//!
//! It must not know any kind of step, any operation of EM, or how anything is sent.

mod resume;
mod ruling;
mod schedule;
mod state;
mod timers;
mod verdict;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use em_api::protocol::Media;

use crate::event::{Event, LaneId, Opened, Resumed, Ruling, Stop, Ticket, Verdict, What};
use crate::lane::{self, ExchangeId, Lanes, Neighbours, Reply, Settings};
use crate::plan::Plan;
use crate::step::{Decision, Probe, Spawn, Spawned, StepId, StepInput};
use crate::time::Timestamp;
use timers::Timers;

pub use state::{Diverged, Grade, Phase, StepRun};

/// What is told to a run.
#[derive(Clone, Debug)]
pub enum Input {
    /// Others may be at work with the same account. Told before the run begins or goes on.
    Neighbours(Neighbours),
    /// The run begins.
    Begin(Opened),
    /// A later process goes on with it, and has the tokens of these lanes.
    Resume(Resumed, BTreeSet<LaneId>),
    /// The process was held up for a while: somebody may have taken over.
    Slept,
    /// An exchange has come to something.
    Came(ExchangeId, Reply),
    /// The world was looked at.
    Probed(Ticket, Result<String, String>),
    /// A process has ended, or could not start.
    Ran(Ticket, Result<Spawned, String>),
    /// People have answered.
    Decided(Ticket, Decision),
    /// The instant of `next_wake` has come.
    Woke,
    /// Nothing new may be sent from here on.
    Stop(Stop),
    /// What is still on the wire is no longer waited for.
    GiveUp,
}

/// What follows, in this order: events are written down and shown, then effects are performed.
#[derive(Debug, Default)]
pub struct Turn {
    /// What happened.
    pub events: Vec<Event>,
    /// What is to be done.
    pub effects: Vec<Effect>,
}

/// What a run wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Something goes on the wire.
    Send(lane::Send),
    /// The world is looked at.
    Probe(Ticket, Probe),
    /// A process is run.
    Spawn(Ticket, Spawn),
}

impl Effect {
    /// Tells whether everything written down must be durable before it is performed.
    pub fn needs_sync(&self) -> bool {
        match self {
            Self::Send(send) => send.needs_sync(),
            Self::Probe(..) => false,
            Self::Spawn(..) => true,
        }
    }
}

/// A run of a plan.
///
/// [`Run::apply`] is the only code that changes what is known of it, live and in replay; what is
/// waiting or on the wire is no history, and is asked for again.
#[derive(Debug)]
pub struct Run {
    plan: Arc<Plan>,
    opened: Option<(Timestamp, Opened)>,
    resumed: Vec<(Timestamp, Resumed)>,
    rulings: Vec<(Timestamp, Ruling)>,
    steps: Vec<StepRun>,
    going_on: usize,
    lanes: Lanes,
    halted_by: Option<StepId>,
    stop: Option<Stop>,
    ended: Option<(Timestamp, Verdict)>,
    is_closed: bool,
    // No history from here on.
    timers: Timers,
    gates: BTreeSet<Ticket>,
    /// Probes and processes that have not come to anything.
    abroad: BTreeSet<Ticket>,
    work: VecDeque<Work>,
}

/// What is still to be looked at within one turn.
#[derive(Debug)]
enum Work {
    Consider(usize),
    Tell(usize, StepInput),
    Lanes(lane::Input),
}

impl Run {
    /// Makes a run in which nothing has happened yet.
    pub fn new(plan: Arc<Plan>, settings: Settings) -> Self {
        let steps = (0..plan.steps().len()).map(|at| StepRun::new(plan.graph().needs(at).count()));
        Self {
            going_on: plan.steps().len(),
            steps: steps.collect(),
            opened: None,
            resumed: Vec::new(),
            rulings: Vec::new(),
            lanes: Lanes::new(settings.paced(plan.poll())),
            halted_by: None,
            stop: None,
            ended: None,
            is_closed: false,
            timers: Timers::default(),
            gates: BTreeSet::new(),
            abroad: BTreeSet::new(),
            work: VecDeque::new(),
            plan,
        }
    }

    /// Rebuilds a run from what was kept of it.
    ///
    /// # Errors
    /// [`Diverged`] where the events cannot have happened to a run of this plan.
    pub fn replay<'e>(
        plan: Arc<Plan>,
        settings: Settings,
        events: impl IntoIterator<Item = &'e Event>,
    ) -> Result<Self, Diverged> {
        let mut run = Self::new(plan, settings);
        events.into_iter().try_for_each(|event| run.apply(event))?;
        run.is_of_its_plan()?;
        Ok(run)
    }

    /// Decides what follows from an input, and applies it.
    pub fn advance(&mut self, now: Timestamp, input: Input) -> Turn {
        let mut turn = Turn::default();
        if let Input::Neighbours(neighbours) = input {
            // Told before the run begins or goes on: nothing may follow from it yet.
            self.lanes.advance(now, lane::Input::Neighbours(neighbours));
            return turn;
        }
        self.take(now, input, &mut turn);
        loop {
            while let Some(work) = self.work.pop_front() {
                match work {
                    Work::Consider(step) => self.consider(now, step, &mut turn),
                    Work::Tell(step, input) => self.tell(now, step, &input, &mut turn),
                    Work::Lanes(input) => self.move_lanes(now, input, &mut turn),
                }
            }
            self.conclude(now, &mut turn);
            if self.work.is_empty() {
                break;
            }
        }
        turn
    }

    /// Returns when the run wants to be woken.
    pub fn next_wake(&self) -> Option<Timestamp> {
        if self.is_over() {
            return None;
        }
        let steps = if self.stop.is_some() { None } else { self.timers.next() };
        [steps, self.lanes.next_wake()].into_iter().flatten().min()
    }

    /// Tells whether nothing of the run goes on in this process.
    pub const fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// Tells whether something of it can still go on: in a later process, or by a ruling.
    pub const fn is_open(&self) -> bool {
        !self.is_closed
    }

    /// Tells whether anything is on the wire, or otherwise under way.
    pub fn is_quiet(&self) -> bool {
        self.lanes.is_quiet() && self.abroad.is_empty()
    }

    /// Returns the form in which EM is asked.
    pub const fn media(&self) -> Media {
        self.lanes.media()
    }

    /// Returns the plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns the head of the run and its start; none before it began.
    pub const fn opened(&self) -> Option<&(Timestamp, Opened)> {
        self.opened.as_ref()
    }

    /// Returns the later processes of the run, each with its start.
    pub fn resumed(&self) -> &[(Timestamp, Resumed)] {
        &self.resumed
    }

    /// Returns what people have ruled, in order.
    pub fn rulings(&self) -> &[(Timestamp, Ruling)] {
        &self.rulings
    }

    /// Returns the lanes of which it is not known that they have ended: whoever has their tokens
    /// can go on with them.
    pub fn open_lanes(&self) -> impl Iterator<Item = LaneId> {
        self.lanes.open_lanes()
    }

    /// Returns the digests of the logon sessions that may be left of the run.
    pub fn sessions(&self) -> impl Iterator<Item = &str> {
        self.lanes.sessions()
    }

    /// Returns where each step is, in the order of the plan.
    pub fn steps(&self) -> &[StepRun] {
        &self.steps
    }

    /// Returns where a step is.
    pub fn step(&self, id: &StepId) -> Option<&StepRun> {
        self.plan.find(id).map(|place| &self.steps[place])
    }

    /// Returns why nothing new is sent, where that is so.
    pub const fn stopped(&self) -> Option<&Stop> {
        self.stop.as_ref()
    }

    /// Returns what the run came to, and when; none while it goes on.
    pub const fn ended(&self) -> Option<(Timestamp, Verdict)> {
        self.ended
    }

    /// Tells whether any action may have reached EM.
    pub fn has_acted(&self) -> bool {
        self.lanes.has_acted()
    }

    /// Returns the actions that were written down and have no outcome: after a crash, these may
    /// or may not have happened.
    pub fn open_actions(&self) -> impl Iterator<Item = &Ticket> {
        self.lanes.open_actions()
    }

    fn take(&mut self, now: Timestamp, input: Input, turn: &mut Turn) {
        match input {
            Input::Begin(opened) => {
                self.happened(now, What::Opened(opened), turn);
                self.work.extend((0..self.steps.len()).map(Work::Consider));
            }
            Input::Neighbours(_) => {}
            Input::Resume(resumed, at_hand) => self.resume(now, resumed, at_hand, turn),
            Input::Slept => self.work.push_back(Work::Lanes(lane::Input::Slept)),
            Input::Came(exchange, reply) => {
                self.work.push_back(Work::Lanes(lane::Input::Came(exchange, reply)));
            }
            Input::Probed(ticket, seen) => {
                self.abroad.remove(&ticket);
                self.tell_ticket(&ticket, StepInput::Probed(ticket.call, seen));
            }
            Input::Ran(ticket, spawned) => {
                self.abroad.remove(&ticket);
                self.tell_ticket(&ticket, StepInput::Ran(ticket.call, spawned));
            }
            Input::Decided(ticket, decision) => {
                self.gates.remove(&ticket);
                self.tell_ticket(&ticket, StepInput::Decided(ticket.call, decision));
            }
            Input::Woke => {
                if self.stop.is_none() {
                    let due = self.timers.take_due(now);
                    self.work.extend(due.into_iter().map(|(step, input)| Work::Tell(step, input)));
                }
                self.work.push_back(Work::Lanes(lane::Input::Woke));
            }
            Input::Stop(stop) => self.stop_now(now, stop, turn),
            Input::GiveUp => self.leave_open(now, turn),
        }
    }

    fn happened(&mut self, now: Timestamp, what: What, turn: &mut Turn) {
        let event = Event { at: now, what };
        self.apply(&event).expect("invariant: a run makes only events that can happen to it");
        turn.events.push(event);
    }
}

#[cfg(test)]
mod tests;
