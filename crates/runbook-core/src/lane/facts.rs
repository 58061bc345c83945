//! What is known of lanes: changed by events alone, so that replay and live agree.

use std::collections::{BTreeMap, BTreeSet};

use em_api::protocol::TaskId;

use super::traffic::IDLE_OUT;
use crate::event::{Intent, LaneEvent, LaneId, Ticket};
use crate::step::StepId;
use crate::time::Timestamp;

/// A lane, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct LaneFacts {
    /// SHA-256 of the id of its session.
    pub(super) session: String,
    /// The process of the run that opened it, from 1.
    pub(super) epoch: u32,
    /// The tasks that are not new: those of the first list, and those that are ours already.
    /// None before the list, and where EM would not give one.
    pub(super) known: Option<BTreeSet<TaskId>>,
    /// The action that is without an answer.
    pub(super) acting: Option<Ticket>,
    /// An answer stayed unclear: no further action may be sent here.
    pub(super) tainted: bool,
    /// Lost or closed.
    pub(super) ended: bool,
    /// Its session is proven to be gone.
    pub(super) fenced: bool,
}

/// An action between its intent and its end.
#[derive(Debug)]
pub(super) struct OpenAction {
    pub(super) lane: LaneId,
    pub(super) operation: Option<String>,
    pub(super) attempt: u32,
    /// Its answer was lost or unclear.
    pub(super) unanswered: bool,
}

/// What became of an action.
#[derive(Clone, Debug)]
pub(super) enum Settled {
    Accepted(TaskId),
    Done,
    Refused { attempt: u32, status: u16, message: String },
    NotSent { reason: String },
    Undecided(Vec<String>),
}

/// A task that is ours. Its name means something in its lane alone.
#[derive(Debug)]
pub(super) struct OurTask {
    pub(super) lane: LaneId,
    pub(super) id: TaskId,
    /// What the task must show as its operation.
    pub(super) operation: Option<String>,
    /// A step has ended on its success.
    pub(super) acknowledged: bool,
}

/// All that is known.
#[derive(Debug)]
pub(super) struct Facts {
    /// The process of the run that is at work, from 1.
    pub(super) epoch: u32,
    pub(super) lanes: BTreeMap<LaneId, LaneFacts>,
    pub(super) open: BTreeMap<Ticket, OpenAction>,
    pub(super) settled: BTreeMap<Ticket, Settled>,
    /// The number of the last try of each action.
    attempts: BTreeMap<Ticket, u32>,
    /// The task of each step's action.
    pub(super) tasks: BTreeMap<StepId, OurTask>,
    /// Steps whose action an operator has ruled to have happened.
    pub(super) ruled: BTreeMap<StepId, String>,
    /// The lane in which the last action of a step stayed undecided. Only once that is fenced can
    /// another one be the only one.
    pub(super) doubts: BTreeMap<StepId, LaneId>,
    owners: BTreeMap<(LaneId, TaskId), StepId>,
    /// How many actions may have reached EM: those written down, less those proven not sent.
    pub(super) acted: usize,
    /// When each logon was about to be sent of which nothing more is known.
    openings: Vec<Timestamp>,
    /// Sessions of the account that this run goes on beside.
    others: BTreeSet<String>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            epoch: 1,
            lanes: BTreeMap::new(),
            open: BTreeMap::new(),
            settled: BTreeMap::new(),
            attempts: BTreeMap::new(),
            tasks: BTreeMap::new(),
            ruled: BTreeMap::new(),
            doubts: BTreeMap::new(),
            owners: BTreeMap::new(),
            acted: 0,
            openings: Vec::new(),
            others: BTreeSet::new(),
        }
    }
}

impl Facts {
    pub(super) fn apply(&mut self, at: Timestamp, event: &LaneEvent) {
        match event {
            LaneEvent::Opening { .. } => self.openings.push(at),
            LaneEvent::Opened { lane, session } => {
                self.openings.pop();
                let (session, epoch) = (session.clone(), self.epoch);
                self.lanes.insert(*lane, LaneFacts { session, epoch, ..LaneFacts::default() });
            }
            LaneEvent::Listed { lane, tasks } => {
                let known = tasks.as_ref().map(|tasks| tasks.iter().cloned().collect());
                self.lane(*lane).known = known;
            }
            LaneEvent::Intended { lane, ticket, intent } => {
                self.intended(*lane, ticket, intent);
            }
            LaneEvent::Accepted { lane, ticket, task, .. } => self.accepted(*lane, ticket, task),
            LaneEvent::Done { ticket } => {
                self.settle(ticket, |_| Settled::Done);
            }
            LaneEvent::Refused { ticket, status, message } => {
                let (status, message) = (*status, message.clone());
                self.settle(ticket, |attempt| Settled::Refused { attempt, status, message });
            }
            LaneEvent::NotSent { ticket, reason } => {
                self.acted = self.acted.saturating_sub(1);
                let reason = reason.clone();
                self.settle(ticket, |_| Settled::NotSent { reason });
            }
            LaneEvent::Unanswered { ticket, .. } => {
                if let Some(action) = self.open.get_mut(ticket) {
                    action.unanswered = true;
                }
            }
            LaneEvent::Undecided { ticket, findings } => self.undecided(ticket, findings),
            LaneEvent::Lost { lane, .. } => self.lane(*lane).ended = true,
            LaneEvent::Closed { lane } | LaneEvent::Fenced { lane, .. } => {
                let lane = self.lane(*lane);
                (lane.ended, lane.fenced) = (true, true);
            }
            LaneEvent::Others { sessions } => {
                let lost = self.openings.len().min(sessions.len());
                self.openings.drain(..lost);
                self.others.extend(sessions.iter().cloned());
            }
            LaneEvent::Rejoined { .. }
            | LaneEvent::Troubled { .. }
            | LaneEvent::TaskSeen { .. } => {}
        }
    }

    fn intended(&mut self, lane: LaneId, ticket: &Ticket, intent: &Intent) {
        let operation = intent.operation.clone();
        if operation.is_some() {
            self.lane(lane).acting = Some(ticket.clone());
        }
        self.settled.remove(ticket);
        let attempt = intent.attempt;
        self.attempts.insert(ticket.clone(), attempt);
        let action = OpenAction { lane, operation, attempt, unanswered: false };
        // A wish to stop a task that is repeated by a later process is still the same wish.
        if self.open.insert(ticket.clone(), action).is_none() {
            self.acted += 1;
        }
    }

    fn accepted(&mut self, lane: LaneId, ticket: &Ticket, task: &TaskId) {
        let operation = self.open.get(ticket).and_then(|action| action.operation.clone());
        self.settle(ticket, |_| Settled::Accepted(task.clone()));
        // Where the first list is not known, what is new in a later one is not either.
        if let Some(known) = &mut self.lane(lane).known {
            known.insert(task.clone());
        }
        self.owners.insert((lane, task.clone()), ticket.step.clone());
        let ours = OurTask { lane, id: task.clone(), operation, acknowledged: false };
        self.tasks.insert(ticket.step.clone(), ours);
    }

    fn undecided(&mut self, ticket: &Ticket, findings: &[String]) {
        // A wish to stop a task creates none, so it leaves its lane as clear as it was.
        let creates = self.open.get(ticket).filter(|action| action.operation.is_some());
        if let Some(lane) = creates.map(|action| action.lane) {
            self.lane(lane).tainted = true;
            self.doubts.insert(ticket.step.clone(), lane);
        }
        self.settle(ticket, |_| Settled::Undecided(findings.to_vec()));
    }

    /// Returns the number of the next try of an action.
    pub(super) fn next_attempt(&self, ticket: &Ticket) -> u32 {
        self.attempts.get(ticket).map_or(1, |last| last + 1)
    }

    /// Forgets what became of a step's action, so that it can be made anew. That its last one was
    /// in doubt is not forgotten.
    pub(super) fn forget(&mut self, step: &StepId) {
        self.settled.retain(|ticket, _| ticket.step != *step);
        self.tasks.remove(step);
    }

    /// Tells whether another action of this step can be the only one: nothing that was sent for
    /// it before can arrive any more.
    pub(super) fn is_past_doubt(&self, step: &StepId) -> bool {
        self.doubts.get(step).and_then(|lane| self.lanes.get(lane)).is_none_or(|lane| lane.fenced)
    }

    /// Tells whether it has to be proven that the session of a lane is gone: one that an earlier
    /// process left behind, or one that was lost with an action in it.
    pub(super) fn needs_a_fence(&self, lane: LaneId) -> bool {
        self.lanes.get(&lane).is_some_and(|facts| {
            let acts = |action: &OpenAction| action.lane == lane && action.operation.is_some();
            facts.ended
                && !facts.fenced
                && (facts.epoch < self.epoch || self.open.values().any(acts))
        })
    }

    /// Returns the lanes whose sessions have to be proven gone, each with its session.
    pub(super) fn unfenced(&self) -> impl Iterator<Item = (LaneId, &str)> {
        let lanes = self.lanes.iter().filter(|(lane, _)| self.needs_a_fence(**lane));
        lanes.map(|(lane, facts)| (*lane, facts.session.as_str()))
    }

    /// Tells whether this run knows of a session: it has opened it, or goes on beside it.
    pub(super) fn knows_session(&self, session: &str) -> bool {
        self.others.contains(session) || self.lanes.values().any(|lane| lane.session == session)
    }

    /// Returns how many sessions this run may have opened, and may still have, without having
    /// learnt of it.
    pub(super) fn lost_logons(&self, now: Timestamp) -> usize {
        self.openings.iter().filter(|at| now.since(**at) < IDLE_OUT).count()
    }

    pub(super) fn is_open(&self, lane: LaneId) -> bool {
        self.lanes.get(&lane).is_some_and(|lane| !lane.ended)
    }

    /// Returns the step whose task this is.
    pub(super) fn owner(&self, lane: LaneId, task: &TaskId) -> Option<&StepId> {
        self.owners.get(&(lane, task.clone()))
    }

    /// Tells whether an action may be sent in this lane, as far as its past goes.
    pub(super) fn is_clear(&self, lane: LaneId) -> bool {
        self.lanes.get(&lane).is_some_and(|lane| !lane.ended && !lane.tainted)
    }

    /// Tells whether an action of this lane is without an answer.
    pub(super) fn is_acting(&self, lane: LaneId) -> bool {
        self.lanes.get(&lane).is_some_and(|lane| lane.acting.is_some())
    }

    pub(super) fn next_lane(&self) -> LaneId {
        LaneId(self.lanes.keys().next_back().map_or(1, |last| last.0 + 1))
    }

    fn lane(&mut self, lane: LaneId) -> &mut LaneFacts {
        self.lanes.entry(lane).or_default()
    }

    fn settle(&mut self, ticket: &Ticket, settled: impl FnOnce(u32) -> Settled) {
        let Some(action) = self.open.remove(ticket) else { return };
        if let Some(lane) = self.lanes.get_mut(&action.lane) {
            lane.acting.take_if(|acting| acting == ticket);
        }
        self.settled.insert(ticket.clone(), settled(action.attempt));
    }
}
