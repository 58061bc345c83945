//! What is known of lanes: changed by events alone, so that replay and live agree.

use std::collections::{BTreeMap, BTreeSet};

use em_api::protocol::TaskId;

use crate::event::{LaneEvent, LaneId, Ticket};
use crate::step::StepId;

/// A lane, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct LaneFacts {
    /// The tasks that are not new: those of the first list, and those that are ours already.
    /// None before the list, and where EM would not give one.
    pub(super) known: Option<BTreeSet<TaskId>>,
    /// The action that is without an answer.
    pub(super) acting: Option<Ticket>,
    /// An answer stayed unclear: no further action may be sent here.
    pub(super) tainted: bool,
    /// Lost or closed.
    pub(super) ended: bool,
}

/// An action between its intent and its end.
#[derive(Debug)]
pub(super) struct OpenAction {
    pub(super) lane: LaneId,
    pub(super) operation: Option<String>,
    /// Its answer was lost or unclear.
    pub(super) unanswered: bool,
}

/// A task that is ours. Its name means something in its lane alone.
#[derive(Debug)]
pub(super) struct OurTask {
    pub(super) lane: LaneId,
    pub(super) id: TaskId,
    /// What the task must show as its operation.
    pub(super) operation: Option<String>,
}

/// All that is known.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) lanes: BTreeMap<LaneId, LaneFacts>,
    pub(super) open: BTreeMap<Ticket, OpenAction>,
    /// The task of each step's action.
    pub(super) tasks: BTreeMap<StepId, OurTask>,
    owners: BTreeMap<(LaneId, TaskId), StepId>,
    /// How many actions may have reached EM: those written down, less those proven not sent.
    pub(super) acted: usize,
}

impl Facts {
    pub(super) fn apply(&mut self, event: &LaneEvent) {
        match event {
            LaneEvent::Opened { lane, .. } => {
                self.lanes.insert(*lane, LaneFacts::default());
            }
            LaneEvent::Listed { lane, tasks } => {
                let known = tasks.as_ref().map(|tasks| tasks.iter().cloned().collect());
                self.lane(*lane).known = known;
            }
            LaneEvent::Intended { lane, ticket, intent } => {
                self.acted += 1;
                let operation = intent.operation.clone();
                if operation.is_some() {
                    self.lane(*lane).acting = Some(ticket.clone());
                }
                let action = OpenAction { lane: *lane, operation, unanswered: false };
                self.open.insert(ticket.clone(), action);
            }
            LaneEvent::Accepted { lane, ticket, task, .. } => {
                let operation = self.open.get(ticket).and_then(|action| action.operation.clone());
                self.end(ticket);
                // Where the first list is not known, what is new in a later one is not either.
                if let Some(known) = &mut self.lane(*lane).known {
                    known.insert(task.clone());
                }
                self.owners.insert((*lane, task.clone()), ticket.step.clone());
                let ours = OurTask { lane: *lane, id: task.clone(), operation };
                self.tasks.insert(ticket.step.clone(), ours);
            }
            LaneEvent::Done { ticket } | LaneEvent::Refused { ticket, .. } => self.end(ticket),
            LaneEvent::NotSent { ticket, .. } => {
                self.acted = self.acted.saturating_sub(1);
                self.end(ticket);
            }
            LaneEvent::Unanswered { ticket, .. } => {
                if let Some(action) = self.open.get_mut(ticket) {
                    action.unanswered = true;
                }
            }
            LaneEvent::Undecided { ticket, .. } => {
                // A wish to stop a task creates none, so it leaves its lane as clear as it was.
                let creates = self.open.get(ticket).filter(|action| action.operation.is_some());
                if let Some(lane) = creates.map(|action| action.lane) {
                    self.lane(lane).tainted = true;
                }
                self.end(ticket);
            }
            LaneEvent::Lost { lane, .. } | LaneEvent::Closed { lane } => {
                self.lane(*lane).ended = true;
            }
            LaneEvent::Troubled { .. } | LaneEvent::TaskSeen { .. } => {}
        }
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

    fn end(&mut self, ticket: &Ticket) {
        let Some(action) = self.open.remove(ticket) else { return };
        if let Some(lane) = self.lanes.get_mut(&action.lane) {
            lane.acting.take_if(|acting| acting == ticket);
        }
    }
}
