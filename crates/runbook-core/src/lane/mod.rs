//! Lanes: logon sessions of this run, and the calls that are made in them.
//!
//! A lane is what makes a lost answer decidable. EM lists the tasks of a logon session in that
//! session alone, and a task does not say what it works on. So **at most one action of a lane is
//! without an answer at any time**, and a lane whose last answer stayed unclear takes no further
//! action: then the one new task with the right operation is ours, or nothing is proven.
//!
//! Pure: no clock, no socket, no token. It must not know steps beyond their names.

mod act;
mod classify;
mod facts;
mod follows;
mod keyring;
mod open;
mod poll;
mod read;
mod recover;
mod sessions;
mod traffic;

use std::collections::BTreeSet;
use std::time::Duration;

use em_api::operation::{ListTasks, Operation};
use em_api::protocol::{Media, Request, Response};

use crate::event::{LaneEvent, LaneId, Stop, Ticket};
use crate::runbook::Poll;
use crate::step::{Action, StepId, StepInput};
use crate::time::Timestamp;
use facts::Facts;
use sessions::QUIET;
use traffic::{Census, Purpose, Traffic};

pub use keyring::{Credential, Keyring, Outgoing};

/// How lanes behave; settings of the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many lanes there may be at once; default 4.
    pub lanes: usize,
    /// How long a task whose answer was lost is looked for; default 60 s.
    pub patience: Duration,
    /// The form in which EM is asked; default XML.
    pub media: Media,
    /// The first pause between two polls; default 200 ms.
    pub poll_every: Duration,
    /// The longest; default 15 s.
    pub poll_max: Duration,
    /// The seed of the jitter in polls.
    pub seed: u64,
}

impl Settings {
    /// Polls as often as a runbook wants.
    #[must_use]
    pub fn paced(self, poll: Poll) -> Self {
        // What one of the two says also holds where the default of the other is beyond it.
        let poll_every = match (poll.every, poll.max) {
            (Some(every), _) => every,
            (None, Some(max)) => self.poll_every.min(max),
            (None, None) => self.poll_every,
        };
        let poll_max = poll.max.unwrap_or(self.poll_max).max(poll_every);
        Self { poll_every, poll_max, ..self }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lanes: 4,
            patience: Duration::from_mins(1),
            media: Media::Xml,
            poll_every: Duration::from_millis(200),
            poll_max: Duration::from_secs(15),
            seed: 0,
        }
    }
}

/// One request on the wire, numbered within the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeId(pub u64);

/// What is put on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// A logon, which opens the lane.
    Logon,
    /// The end of the lane's session.
    Logout,
    /// A list of the logon sessions that EM has open.
    Census,
    /// The end of another session.
    End {
        /// SHA-256 of its id, in hex.
        session: String,
    },
    /// A request in the lane's session.
    Request {
        /// The request.
        request: Request,
        /// Whether it changes something: then it is sent once, on a connection of its own, after
        /// everything that was written down is durable.
        writing: bool,
    },
}

/// The wish to put something on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    /// Its number.
    pub exchange: ExchangeId,
    /// The lane in which it is sent.
    pub lane: LaneId,
    /// What.
    pub call: Call,
}

impl Send {
    /// Tells whether everything written down must be durable before it is sent.
    pub fn needs_sync(&self) -> bool {
        // A logout destroys what EM could still show of the lane's tasks.
        // Nor is a logon sent that nobody will know of.
        !matches!(self.call, Call::Census | Call::Request { writing: false, .. })
    }
}

/// What came of an exchange.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A logon succeeded; this is the digest of its session's id.
    LoggedOn {
        /// SHA-256 of the session's id, in hex.
        session: String,
    },
    /// EM has listed its logon sessions.
    Sessions(Vec<SessionSeen>),
    /// An answer with any status.
    Response(Response),
    /// Proof that no byte of the request was sent.
    NotSent {
        /// Why.
        reason: String,
        /// Whether the server is not the one that is trusted. Then nothing is tried again.
        untrusted: bool,
    },
    /// It was sent, at least in part, and no whole answer came. Proves nothing.
    Unanswered {
        /// What came instead.
        reason: String,
    },
}

/// A logon session that EM has open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSeen {
    /// SHA-256 of its id, in hex.
    pub session: String,
    /// Whose it is; empty where EM does not say.
    pub user: String,
}

/// What a run is told of others that may be at work with its account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// SHA-256 of the ids of sessions that are of other runs, and harmless: their processes are
    /// dead, or locks keep them off what this run works on.
    pub sessions: Vec<String>,
    /// Whether to go on beside sessions of which nothing is known.
    pub take_over: bool,
    /// Whether the process before may still live: it was on another machine, or was taken over.
    pub may_live: bool,
}

/// A wish of a step for its lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// A call that may be repeated.
    Read(Request),
    /// A call that may not; not begun after this instant.
    Act(Action, Option<Timestamp>),
    /// The task of a step, to be watched; the last look comes just before this instant.
    Follow(StepId, Option<Timestamp>),
    /// No more interest.
    Abandon,
}

/// What is told to the lanes.
#[derive(Clone, Debug)]
pub enum Input {
    /// Others may be at work with the same account.
    Neighbours(Neighbours),
    /// A later process goes on with the run, and has the tokens of these lanes.
    Resume(BTreeSet<LaneId>),
    /// The process was held up for a while: somebody may have taken over.
    Slept,
    /// A step wishes something.
    Wants(Ticket, Want),
    /// An exchange has come to something.
    Came(ExchangeId, Reply),
    /// Time has passed.
    Woke,
    /// Nothing more will be wanted: log out where that harms nothing.
    Finish,
    /// Nothing more may be sent.
    Stop,
}

/// What follows.
#[derive(Debug, Default)]
pub struct Turn {
    /// What happened, in order.
    pub events: Vec<LaneEvent>,
    /// What is to be sent, once the events are written down.
    pub sends: Vec<Send>,
    /// What steps are to be told.
    pub told: Vec<(Ticket, StepInput)>,
    /// The run must stop: EM cannot be reached, trusted or logged on to, or somebody else is at
    /// work.
    pub fatal: Option<Stop>,
}

/// All lanes of a run.
///
/// What is known of them is changed by [`Lanes::apply`] alone, live and in replay. What is on
/// the wire and what is waiting for it is no history: it dies with the process, and a resume
/// asks again.
#[derive(Debug)]
pub struct Lanes {
    settings: Settings,
    facts: Facts,
    traffic: Traffic,
    /// The instant of the last input.
    now: Timestamp,
}

impl Lanes {
    /// No lane, and nothing wanted.
    pub fn new(settings: Settings) -> Self {
        let traffic = Traffic::new(settings.lanes);
        let now = Timestamp::from_millisecond(0);
        Self { settings, facts: Facts::default(), traffic, now }
    }

    /// Changes what is known. The only way, live and in replay.
    pub fn apply(&mut self, at: Timestamp, event: &LaneEvent) {
        self.facts.apply(at, event);
    }

    /// A later process goes on. Part of what is known, live and in replay.
    pub fn begin_epoch(&mut self) {
        self.facts.epoch += 1;
    }

    /// A step is begun anew: what became of its last action no longer counts, unless it is still
    /// in doubt whether that can arrive.
    pub fn forget(&mut self, step: &StepId) {
        self.facts.forget(step);
    }

    /// Tells whether the last action of a step may or may not have happened.
    pub fn is_in_doubt(&self, step: &StepId) -> bool {
        let undecided = |(ticket, settled): (&Ticket, &facts::Settled)| {
            ticket.step == *step && matches!(settled, facts::Settled::Undecided(_))
        };
        self.facts.doubts.contains_key(step) && self.facts.settled.iter().any(undecided)
    }

    /// Tells whether it is proven of all actions of a step that they have changed nothing.
    pub fn has_changed_nothing(&self, step: &StepId) -> bool {
        let settled = self.facts.settled.iter().filter(|(ticket, _)| ticket.step == *step);
        let mut settled = settled.map(|(_, settled)| settled);
        !self.facts.open.keys().any(|ticket| ticket.step == *step)
            && settled.all(|settled| {
                matches!(settled, facts::Settled::NotSent { .. } | facts::Settled::Refused { .. })
            })
    }

    /// Tells whether nothing that was sent for a step can arrive any more, but what EM has taken.
    pub fn is_past_doubt(&self, step: &StepId) -> bool {
        self.facts.is_past_doubt(step)
    }

    /// An operator has ruled that the action of a step has happened.
    pub fn rule_happened(&mut self, step: &StepId, by: &str) {
        self.facts.ruled.insert(step.clone(), by.to_owned());
    }

    /// A step has ended on the success of this step's task: nobody needs to see it again.
    pub fn acknowledge(&mut self, step: &StepId) {
        if let Some(task) = self.facts.tasks.get_mut(step) {
            task.acknowledged = true;
        }
    }

    /// Returns the lanes of which it is not known that they have ended.
    pub fn open_lanes(&self) -> impl Iterator<Item = LaneId> {
        self.facts.lanes.iter().filter(|(_, lane)| !lane.ended).map(|(lane, _)| *lane)
    }

    /// Returns the digests of the sessions that may be left of this run.
    pub fn sessions(&self) -> impl Iterator<Item = &str> {
        self.facts.lanes.values().filter(|lane| !lane.fenced).map(|lane| lane.session.as_str())
    }

    /// Decides what follows from an input, and applies it.
    pub fn advance(&mut self, now: Timestamp, input: Input) -> Turn {
        let mut turn = Turn::default();
        self.now = now;
        match input {
            Input::Neighbours(Neighbours { sessions, take_over, may_live }) => {
                if may_live {
                    self.traffic.company.quiet_until = Some(now + QUIET);
                }
                self.traffic.company.neighbours.sessions = sessions;
                self.traffic.company.neighbours.take_over |= take_over;
                // Told before anything begins, so nothing may follow from it yet.
                return turn;
            }
            Input::Resume(at_hand) => self.resume(now, &at_hand, &mut turn),
            Input::Slept => self.traffic.company.census = Census::wanted(now),
            Input::Wants(ticket, want) => self.wanted(now, ticket, want, &mut turn),
            Input::Came(exchange, reply) => self.came(now, exchange, reply, &mut turn),
            Input::Woke => {}
            Input::Finish => self.log_out(&mut turn),
            Input::Stop => self.stop(&mut turn),
        }
        // What is fatal stops the run; nothing else may go out in the same breath.
        match turn.fatal {
            Some(Stop::Superseded { .. }) => self.stop(&mut turn),
            Some(_) => self.traffic.stopped = true,
            None => {}
        }
        if !self.traffic.stopped && !self.traffic.finished {
            self.pump(now, &mut turn);
        }
        turn
    }

    /// Sends nothing more. Where nothing was ever done, nobody will go on in its sessions, and a
    /// next run would take them for somebody at work.
    fn stop(&mut self, turn: &mut Turn) {
        if !self.traffic.stopped && !self.has_acted() {
            self.log_out(turn);
        }
        self.traffic.stopped = true;
    }

    /// Returns when the lanes want to be woken.
    pub fn next_wake(&self) -> Option<Timestamp> {
        if self.traffic.stopped { None } else { self.traffic.next_wake(&self.facts) }
    }

    /// Tells whether anything is on the wire.
    pub fn is_quiet(&self) -> bool {
        self.traffic.wire.is_empty()
    }

    /// Tells whether any action may have reached EM.
    pub fn has_acted(&self) -> bool {
        self.facts.acted > 0
    }

    /// Returns the form in which EM is asked.
    pub const fn media(&self) -> Media {
        self.settings.media
    }

    /// Tells whether an action was about to be sent, and nothing says what became of it.
    pub fn has_unproven_action(&self) -> bool {
        self.facts.open.values().any(|action| action.operation.is_some())
    }

    /// Returns the actions whose outcome is open: written down, and without an end.
    pub fn open_actions(&self) -> impl Iterator<Item = &Ticket> {
        self.facts.open.keys()
    }

    fn wanted(&mut self, now: Timestamp, ticket: Ticket, want: Want, turn: &mut Turn) {
        match want {
            Want::Read(request) => self.traffic.want_read(now, ticket, request),
            Want::Act(action, until) => self.want_action(now, ticket, action, until, turn),
            Want::Follow(step, until) => {
                self.follow(now, ticket, step, until, turn);
            }
            Want::Abandon => {
                self.traffic.abandon(&ticket);
                self.abandon_a_cancel(ticket, turn);
            }
        }
    }

    fn came(&mut self, now: Timestamp, exchange: ExchangeId, reply: Reply, turn: &mut Turn) {
        let Some((lane, purpose)) = self.traffic.wire.remove(&exchange) else { return };
        self.traffic.used(lane, now);
        match purpose {
            Purpose::Logon => self.logged_on(now, lane, &reply, turn),
            Purpose::Baseline => self.baseline_came(now, lane, &reply, turn),
            Purpose::Read(jobs) => {
                self.traffic.reading -= 1;
                self.read_came(now, lane, jobs, &reply, turn);
            }
            Purpose::Write(job) => self.write_came(now, lane, job, &reply, turn),
            Purpose::Cancel(job) => self.cancel_came(now, lane, job, &reply, turn),
            Purpose::Look(ticket) => self.look_came(now, lane, &ticket, &reply, turn),
            Purpose::PollAll => self.list_came(now, lane, &reply, turn),
            Purpose::PollOne(task) => self.task_came(now, lane, &task, &reply, turn),
            Purpose::KeepAlive => self.kept_alive(now, lane, &reply, turn),
            Purpose::Logout => self.logged_out(lane, &reply, turn),
            Purpose::Rejoin { tries } => self.rejoin_came(now, lane, tries, &reply, turn),
            Purpose::Census => self.census_came(now, lane, reply, turn),
            Purpose::Fence(other) => self.fence_came(now, lane, other, &reply, turn),
        }
    }

    /// Sends whatever is due and has a lane. What has found none opens one.
    fn pump(&mut self, now: Timestamp, turn: &mut Turn) {
        self.send_rejoins(now, turn);
        self.take_census(now, turn);
        self.settle_fenced(turn);
        self.send_reads(now, turn);
        self.send_cancels(now, turn);
        self.send_writes(now, turn);
        self.open_if_needed(now, turn);
        self.send_looks(now, turn);
        self.send_polls(now, turn);
        self.retire(now, turn);
        self.keep_alive(now, turn);
    }

    fn happened(&mut self, event: LaneEvent, turn: &mut Turn) {
        self.apply(self.now, &event);
        turn.events.push(event);
    }

    /// Puts something on the wire, unless nothing more may be sent: an answer that comes after
    /// the stop would otherwise lead to the next question.
    fn send(&mut self, lane: LaneId, call: Call, purpose: Purpose, turn: &mut Turn) {
        if self.traffic.stopped {
            return;
        }
        let exchange = self.traffic.begin(lane, purpose);
        turn.sends.push(Send { exchange, lane, call });
    }

    fn ask(&mut self, lane: LaneId, request: Request, purpose: Purpose, turn: &mut Turn) {
        self.send(lane, Call::Request { request, writing: false }, purpose, turn);
    }

    fn list(&mut self, lane: LaneId, purpose: Purpose, turn: &mut Turn) {
        self.ask(lane, ListTasks.request(self.settings.media), purpose, turn);
    }

    /// The session was refused for something new. It may have ended, or the account may not do
    /// that; where something is under way in it, the next poll will tell.
    fn shun(&mut self, now: Timestamp, lane: LaneId, why: &str, turn: &mut Turn) {
        match self.traffic.ready.get_mut(&lane) {
            Some(ready) if !ready.unfinished.is_empty() || ready.look.is_some() => {
                ready.is_shunned = true;
                ready.poll.due = ready.poll.due.map(|_| now);
            }
            _ => self.lose(now, lane, why, turn),
        }
    }

    /// Nothing more may be sent, since EM is not to be reached, trusted or logged on to.
    fn unreachable(message: String, turn: &mut Turn) {
        turn.fatal = Some(Stop::Unreachable { message });
    }

    /// The session is out of reach: whoever depends on it is told. What was still unclear in it
    /// stays open until it is proven that the session is gone.
    fn lose(&mut self, now: Timestamp, lane: LaneId, why: &str, turn: &mut Turn) {
        if self.traffic.finished || !self.facts.is_open(lane) {
            return;
        }
        self.happened(LaneEvent::Lost { lane, why: why.to_owned() }, turn);
        self.traffic.ready.remove(&lane);
        self.mark_lost(now, lane, why, turn);
        self.tell_lost(lane, why, turn);
    }
}

#[cfg(test)]
mod tests;
