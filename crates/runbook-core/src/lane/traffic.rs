//! What is on the wire, and what waits for it. It dies with the process.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use em_api::protocol::{Request, Task, TaskId};

use super::facts::Facts;
use super::follows::Follows;
use super::sessions::FRESH;
use super::{ExchangeId, Neighbours};
use crate::event::{LaneId, Ticket};
use crate::step::{StepId, Write};
use crate::time::Timestamp;

/// A lane that hears nothing for this long is asked something, so that its session lives: EM
/// ends one after 15 idle minutes (reference page *authentication*).
pub(super) const KEEP_ALIVE: Duration = Duration::from_mins(4);

/// How long a session that nobody uses can live at most, with a minute to spare.
pub(super) const IDLE_OUT: Duration = Duration::from_mins(16);

/// How many questions of one sort may be on the wire at once: many steps that begin together
/// must not open a thousand connections.
pub(super) const AT_ONCE: usize = 8;

/// Why something was sent.
#[derive(Debug)]
pub(super) enum Purpose {
    Logon,
    Baseline,
    Read(Vec<ReadJob>),
    Write(WriteJob),
    Cancel(CancelJob),
    Look(Ticket),
    PollAll,
    PollOne(TaskId),
    KeepAlive,
    Logout,
    /// Whether the session of an earlier process lives.
    Rejoin {
        tries: u32,
    },
    Census,
    /// The session of another lane is ended.
    Fence(LaneId),
}

/// Whether it is known which logon sessions the account has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Census {
    /// It has to be asked, once a lane can, and not before an instant.
    Wanted { tries: u32, due: Timestamp },
    /// It is on the wire.
    Asked { tries: u32 },
    /// It is, and nobody else is at work.
    Done,
    /// EM does not tell.
    Unavailable,
}

impl Census {
    pub(super) const fn wanted(due: Timestamp) -> Self {
        Self::Wanted { tries: 0, due }
    }
}

/// Who else is at work with the account, as far as it is known.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) census: Census,
    /// Whether the census is young enough for one more logon.
    pub(super) may_open: bool,
    pub(super) neighbours: Neighbours,
    /// When the last list came that was good.
    pub(super) taken: Option<Timestamp>,
    /// No action before this instant: the process before may still live.
    pub(super) quiet_until: Option<Timestamp>,
    /// The last list had a session of which nothing is known.
    pub(super) is_suspicious: bool,
}

impl Default for Company {
    fn default() -> Self {
        Self {
            census: Census::wanted(Timestamp::from_millisecond(0)),
            may_open: true,
            neighbours: Neighbours::default(),
            taken: None,
            quiet_until: None,
            is_suspicious: false,
        }
    }
}

impl Company {
    /// Tells whether the last list is young enough for an action. Where there is none, it never
    /// gets any younger.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        self.census == Census::Unavailable
            || self.taken.is_some_and(|taken| now.since(taken) <= FRESH)
    }

    /// Tells whether one more lane may be opened: after a list of its own, and soon after.
    pub(super) fn allows_a_logon(&self, now: Timestamp) -> bool {
        self.census == Census::Unavailable || (self.may_open && self.is_fresh(now))
    }

    /// Tells whether it is still to be waited for, that the process before sees this one.
    fn is_quiet(&self, now: Timestamp) -> bool {
        self.quiet_until.is_some_and(|until| now < until)
    }
}

/// A question of a step.
#[derive(Debug)]
pub(super) struct ReadJob {
    pub(super) ticket: Ticket,
    pub(super) request: Request,
    pub(super) tries: u32,
    pub(super) sessions_lost: u32,
    pub(super) due: Timestamp,
    /// Its step has no more use for an answer.
    pub(super) is_abandoned: bool,
}

/// An action of a step.
#[derive(Debug)]
pub(super) struct WriteJob {
    pub(super) ticket: Ticket,
    pub(super) write: Write,
    pub(super) attempt: u32,
    /// How often this process could not send it.
    pub(super) failures: u32,
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
    pub(super) attempt: u32,
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
    /// It is written down that a logon is under way whose answer has not come.
    pub(super) is_announced: bool,
}

/// The search for the task of a lost answer.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) ticket: Ticket,
    pub(super) until: Timestamp,
    pub(super) tries: u32,
    /// None while the question is on the wire, and once it has found nothing.
    pub(super) due: Option<Timestamp>,
    /// It has found nothing. The session has to end before anything else is concluded: a request
    /// that was held up could still arrive in it.
    pub(super) is_over: bool,
}

/// The shared watch over a lane's tasks.
#[derive(Debug)]
pub(super) struct Poll {
    /// When the youngest of the watches began; polls get slower with age.
    pub(super) since: Timestamp,
    /// When the next question is due; none while nobody follows.
    pub(super) due: Option<Timestamp>,
    /// The list is on the wire.
    pub(super) is_listing: bool,
    /// Tasks to be read alone.
    pub(super) alone: BTreeSet<TaskId>,
    /// Tasks whose reading alone is on the wire.
    pub(super) asked: BTreeSet<TaskId>,
    pub(super) troubles: u32,
}

impl Poll {
    /// Wants tasks to be read alone, but for those whose reading is on the wire already.
    pub(super) fn want_alone(&mut self, tasks: impl IntoIterator<Item = TaskId>) {
        let asked = &self.asked;
        self.alone.extend(tasks.into_iter().filter(|task| !asked.contains(task)));
    }
}

/// A lane that can be used.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) used: Timestamp,
    pub(super) look: Option<Look>,
    pub(super) poll: Poll,
    /// It takes nothing new: its session was refused for that, or is one of an earlier process.
    /// What is under way in it is followed on.
    pub(super) is_shunned: bool,
    /// It is of an earlier process, and ended once nothing is under way in it.
    pub(super) is_rejoined: bool,
    /// Our tasks here that were not yet seen finished.
    pub(super) unfinished: BTreeSet<TaskId>,
}

impl Ready {
    pub(super) fn new(now: Timestamp) -> Self {
        let poll = Poll {
            since: now,
            due: None,
            is_listing: false,
            alone: BTreeSet::new(),
            asked: BTreeSet::new(),
            troubles: 0,
        };
        Self {
            used: now,
            look: None,
            poll,
            is_shunned: false,
            is_rejoined: false,
            unfinished: BTreeSet::new(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Traffic {
    next: u64,
    pub(super) wire: BTreeMap<ExchangeId, (LaneId, Purpose)>,
    pub(super) opening: Option<Opening>,
    /// Why EM refused a logon where no lane was left. It is not tried again: accounts lock.
    pub(super) refused: Option<String>,
    pub(super) ready: BTreeMap<LaneId, Ready>,
    pub(super) company: Company,
    /// Lanes of earlier processes that have to be asked whether they live: how often they were,
    /// and when next; none while the question is on the wire.
    pub(super) rejoins: BTreeMap<LaneId, (u32, Option<Timestamp>)>,
    /// Actions of earlier processes that had no outcome.
    pub(super) inherited: BTreeSet<Ticket>,
    /// Since when each lost lane is out of reach.
    pub(super) lost: BTreeMap<LaneId, Timestamp>,
    /// Lost lanes whose session was asked to end where EM lists none.
    pub(super) ended_blindly: BTreeSet<LaneId>,
    /// How often the end of a session was not confirmed.
    pub(super) fence_failures: u32,
    /// What was found of actions that are still open.
    pub(super) findings: BTreeMap<Ticket, Vec<String>>,
    /// The last sight of tasks that were seen finished, for those who ask when their lane has
    /// ended.
    pub(super) finals: BTreeMap<StepId, Task>,
    pub(super) reads: VecDeque<ReadJob>,
    /// How many questions of steps are on the wire.
    pub(super) reading: usize,
    pub(super) writes: VecDeque<WriteJob>,
    /// The first instant at which an action that waits is no longer to be sent.
    pub(super) patience: Option<Timestamp>,
    pub(super) cancels: VecDeque<CancelJob>,
    pub(super) follows: Follows,
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
            refused: None,
            ready: BTreeMap::new(),
            company: Company::default(),
            rejoins: BTreeMap::new(),
            inherited: BTreeSet::new(),
            lost: BTreeMap::new(),
            ended_blindly: BTreeSet::new(),
            fence_failures: 0,
            findings: BTreeMap::new(),
            finals: BTreeMap::new(),
            reads: VecDeque::new(),
            reading: 0,
            writes: VecDeque::new(),
            patience: None,
            cancels: VecDeque::new(),
            follows: Follows::default(),
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
        let (tries, sessions_lost, is_abandoned) = Default::default();
        let job = ReadJob { ticket, request, tries, sessions_lost, due: now, is_abandoned };
        self.reads.push_back(job);
    }

    pub(super) fn want_write(&mut self, job: WriteJob) {
        self.patience = [self.patience, job.until].into_iter().flatten().min();
        self.writes.push_back(job);
    }

    pub(super) fn abandon(&mut self, ticket: &Ticket) {
        self.reads.retain(|job| job.ticket != *ticket);
        for (_, purpose) in self.wire.values_mut() {
            if let Purpose::Read(jobs) = purpose {
                for job in jobs {
                    job.is_abandoned |= job.ticket == *ticket;
                }
            }
        }
        self.follows.remove(ticket);
    }

    /// Returns a lane in which an action may be sent now.
    pub(super) fn free_lane(&self, facts: &Facts) -> Option<LaneId> {
        let takes = |lane: &LaneId| self.is_working(facts, *lane) && !facts.is_acting(*lane);
        self.open_lanes().find(takes)
    }

    /// Returns a lane in which a question may be asked now.
    pub(super) fn any_lane(&self) -> Option<LaneId> {
        self.open_lanes().next()
    }

    /// Returns how many lanes can take actions, now or later.
    pub(super) fn working_lanes(&self, facts: &Facts) -> usize {
        self.open_lanes().filter(|lane| self.is_working(facts, *lane)).count()
    }

    /// Tells whether a lane will take actions again: not where a search has found nothing, since
    /// its session is about to end.
    fn is_working(&self, facts: &Facts, lane: LaneId) -> bool {
        let look = self.ready.get(&lane).and_then(|ready| ready.look.as_ref());
        facts.is_clear(lane) && !look.is_some_and(|look| look.is_over)
    }

    /// Returns the lanes that this process has opened, as far as their sessions are known to live.
    pub(super) fn own_lanes(&self) -> impl Iterator<Item = LaneId> {
        self.open_lanes()
    }

    fn open_lanes(&self) -> impl Iterator<Item = LaneId> {
        self.ready.iter().filter(|(_, ready)| !ready.is_shunned).map(|(lane, _)| *lane)
    }

    /// What waits for an answer or for a lane is not looked through: that comes with an answer.
    pub(super) fn next_wake(&self, facts: &Facts) -> Option<Timestamp> {
        let opening = self.opening.iter().filter_map(|opening| opening.due);
        let can_read = self.any_lane().is_some() && self.reading < AT_ONCE;
        let reads = self.reads.iter().filter(|_| can_read).map(|job| job.due);
        // What waits for an answer is woken by that, and must not be due meanwhile: the loop would
        // turn without end.
        let may_act = self.is_settled(facts);
        let can_write = self.free_lane(facts).is_some() && may_act;
        let writes =
            self.writes.iter().filter(|job| can_write && facts.is_past_doubt(&job.ticket.step));
        let cancels = self.cancels.iter().filter(|_| may_act).map(|job| job.due);
        let acts = writes.map(|job| job.due).chain(cancels);
        let acts = acts.map(|due| self.company.quiet_until.map_or(due, |until| due.max(until)));
        let patience = self.patience;
        let lanes = self.ready.values().flat_map(|ready| {
            let look = ready.look.as_ref().and_then(|look| look.due);
            [look, ready.poll.due, Some(ready.used + KEEP_ALIVE)].into_iter().flatten()
        });
        let census = match self.company.census {
            Census::Wanted { due, .. } if self.any_lane().is_some() => Some(due),
            Census::Unavailable => self.expiries(facts).min(),
            _ => None,
        };
        let rejoins = self.rejoins.values().filter_map(|(_, due)| *due);
        let fences = self.ready.values().filter_map(|ready| ready.look.as_ref());
        let fences = fences.filter(|look| look.is_over).map(|look| look.until);
        let recovery = census.into_iter().chain(rejoins).chain(fences);
        let own = opening.chain(reads).chain(acts).chain(patience);
        own.chain(lanes).chain(recovery).min()
    }

    /// Tells whether anything that changes something may be sent: nobody else is at work, as of
    /// just now, and what earlier processes left behind is settled.
    pub(super) fn may_act(&self, now: Timestamp, facts: &Facts) -> bool {
        self.is_settled(facts) && self.company.is_fresh(now) && !self.company.is_quiet(now)
    }

    /// Tells whether something waits that could be sent, but for the list of sessions.
    pub(super) fn wants_to_act(&self, now: Timestamp, facts: &Facts) -> bool {
        let writes =
            self.free_lane(facts).is_some() && self.writes.iter().any(|job| job.due <= now);
        (writes || self.cancels.iter().any(|job| job.due <= now)) && !self.company.is_quiet(now)
    }

    fn is_settled(&self, facts: &Facts) -> bool {
        matches!(self.company.census, Census::Done | Census::Unavailable)
            && self.rejoins.is_empty()
            && !self.awaits_an_end(facts)
            && !self.inherited.iter().any(|ticket| facts.open.contains_key(ticket))
            && facts.unfenced().next().is_none()
    }

    /// Tells whether a session of an earlier process lives on for no task. Whoever has it could
    /// still act in it, so it has to end first.
    fn awaits_an_end(&self, facts: &Facts) -> bool {
        let idle = |lane| self.ready.get(lane).is_none_or(|ready| ready.unfinished.is_empty());
        let mut lanes = facts.lanes.iter();
        lanes.any(|(id, lane)| lane.epoch < facts.epoch && !lane.ended && idle(id))
    }

    /// Returns when the sessions that have to be gone have been idle for so long that they are.
    pub(super) fn expiries(&self, facts: &Facts) -> impl Iterator<Item = Timestamp> {
        let lost = facts.unfenced().filter_map(|(lane, _)| self.lost.get(&lane));
        lost.map(|since| *since + IDLE_OUT)
    }
}

/// How long to wait after the n-th failure: 1 s, doubling, at most 30 s.
pub(super) fn back_off(failures: u32) -> Duration {
    Duration::from_secs(1 << failures.saturating_sub(1).min(5)).min(Duration::from_secs(30))
}
