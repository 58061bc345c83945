//! What is on the wire, and what waits for it. It dies with the process.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use em_api::protocol::{Request, TaskId};

use super::ExchangeId;
use super::facts::Facts;
use crate::event::{LaneId, Ticket};
use crate::step::{StepId, Write};
use crate::time::Timestamp;

/// A lane that hears nothing for this long is asked something, so that its session lives: EM
/// ends one after 15 idle minutes (reference page *authentication*).
pub(super) const KEEP_ALIVE: Duration = Duration::from_mins(4);

/// Why something was sent.
#[derive(Debug)]
pub(super) enum Purpose {
    Logon,
    Baseline,
    Read(ReadJob),
    Write(WriteJob),
    Cancel(CancelJob),
    Look(Ticket),
    PollAll,
    PollOne(TaskId),
    KeepAlive,
    Logout,
}

/// A question of a step.
#[derive(Debug)]
pub(super) struct ReadJob {
    pub(super) ticket: Ticket,
    pub(super) request: Request,
    pub(super) tries: u32,
    pub(super) sessions_lost: u32,
    pub(super) due: Timestamp,
}

/// An action of a step.
#[derive(Debug)]
pub(super) struct WriteJob {
    pub(super) ticket: Ticket,
    pub(super) write: Write,
    pub(super) attempt: u32,
    pub(super) sessions_lost: u32,
    pub(super) due: Timestamp,
    pub(super) until: Option<Timestamp>,
}

/// The wish to stop a task.
#[derive(Debug)]
pub(super) struct CancelJob {
    pub(super) ticket: Ticket,
    pub(super) lane: LaneId,
    pub(super) task: TaskId,
    pub(super) tries: u32,
    /// Whether one of the tries may have reached EM.
    pub(super) sent: bool,
    pub(super) due: Timestamp,
}

/// A logon under way, or due again.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) lane: LaneId,
    pub(super) tries: u32,
    /// When it is tried again; none while it is on the wire.
    pub(super) due: Option<Timestamp>,
}

/// The search for the task of a lost answer.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) ticket: Ticket,
    pub(super) until: Timestamp,
    pub(super) tries: u32,
    /// None while the question is on the wire.
    pub(super) due: Option<Timestamp>,
}

/// A task that a step follows.
#[derive(Debug)]
pub(super) struct Followed {
    /// The step whose task it is.
    pub(super) step: StepId,
    /// When the follower's time is over.
    pub(super) until: Option<Timestamp>,
}

/// The shared watch over a lane's tasks.
#[derive(Debug)]
pub(super) struct Poll {
    /// When the youngest of the watches began; polls get slower with age.
    pub(super) since: Timestamp,
    /// None while a question is on the wire.
    pub(super) due: Option<Timestamp>,
    pub(super) troubles: u32,
}

/// A lane that can be used.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) used: Timestamp,
    pub(super) look: Option<Look>,
    pub(super) poll: Option<Poll>,
    /// Our tasks here that were not yet seen finished.
    pub(super) unfinished: BTreeSet<TaskId>,
}

#[derive(Debug)]
pub(super) struct Traffic {
    next: u64,
    pub(super) wire: BTreeMap<ExchangeId, (LaneId, Purpose)>,
    pub(super) opening: Option<Opening>,
    pub(super) ready: BTreeMap<LaneId, Ready>,
    pub(super) reads: VecDeque<ReadJob>,
    pub(super) writes: VecDeque<WriteJob>,
    pub(super) cancels: VecDeque<CancelJob>,
    pub(super) follows: BTreeMap<Ticket, Followed>,
    /// How many lanes there may be; fewer where EM would not open more.
    pub(super) max_lanes: usize,
    /// Nothing more may be sent.
    pub(super) stopped: bool,
    /// Nothing more is wanted; only logouts are sent.
    pub(super) finished: bool,
}

impl Traffic {
    pub(super) fn new(max_lanes: usize) -> Self {
        Self {
            next: 0,
            wire: BTreeMap::new(),
            opening: None,
            ready: BTreeMap::new(),
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            cancels: VecDeque::new(),
            follows: BTreeMap::new(),
            max_lanes: max_lanes.max(1),
            stopped: false,
            finished: false,
        }
    }

    pub(super) fn begin(&mut self, lane: LaneId, purpose: Purpose) -> ExchangeId {
        self.next += 1;
        let exchange = ExchangeId(self.next);
        self.wire.insert(exchange, (lane, purpose));
        exchange
    }

    pub(super) fn used(&mut self, lane: LaneId, now: Timestamp) {
        if let Some(ready) = self.ready.get_mut(&lane) {
            ready.used = now;
        }
    }

    pub(super) fn want_read(&mut self, now: Timestamp, ticket: Ticket, request: Request) {
        let job = ReadJob { ticket, request, tries: 0, sessions_lost: 0, due: now };
        self.reads.push_back(job);
    }

    pub(super) fn abandon(&mut self, ticket: &Ticket) {
        self.reads.retain(|job| job.ticket != *ticket);
        self.follows.remove(ticket);
    }

    pub(super) fn next_wake(&self, facts: &Facts) -> Option<Timestamp> {
        let opening = self.opening.iter().filter_map(|opening| opening.due);
        let reads = self.reads.iter().filter(|_| facts.any_lane().is_some()).map(|job| job.due);
        let can_write = facts.free_lane().is_some();
        let writes = self.writes.iter().filter(|_| can_write).map(|job| job.due);
        let patience = self.writes.iter().filter_map(|job| job.until);
        let cancels = self.cancels.iter().map(|job| job.due);
        let lanes = self.ready.values().flat_map(|ready| {
            let look = ready.look.as_ref().and_then(|look| look.due);
            let poll = ready.poll.as_ref().and_then(|poll| poll.due);
            [look, poll, Some(ready.used + KEEP_ALIVE)].into_iter().flatten()
        });
        opening.chain(reads).chain(writes).chain(patience).chain(cancels).chain(lanes).min()
    }
}

/// How long to wait after the n-th failure: 1 s, doubling, at most 30 s.
pub(super) fn back_off(failures: u32) -> Duration {
    Duration::from_secs(1 << failures.saturating_sub(1).min(5)).min(Duration::from_secs(30))
}
