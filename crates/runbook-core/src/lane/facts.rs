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
    /// Whether the first list was asked for and answered, in whatever way.
    pub(super) listed: bool,
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

/// All that is known.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) lanes: BTreeMap<LaneId, LaneFacts>,
    pub(super) open: BTreeMap<Ticket, OpenAction>,
    pub(super) tasks: BTreeMap<StepId, (LaneId, TaskId)>,
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
                let lane = self.lane(*lane);
                (lane.known, lane.listed) = (known, true);
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
                self.end(ticket);
                self.lane(*lane).known.get_or_insert_default().insert(task.clone());
                self.tasks.insert(ticket.step.clone(), (*lane, task.clone()));
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

    /// Returns a lane in which an action may be sent now.
    pub(super) fn free_lane(&self) -> Option<LaneId> {
        let is_free = |lane: &&LaneFacts| {
            lane.listed && !lane.ended && !lane.tainted && lane.acting.is_none()
        };
        self.lanes.iter().find(|(_, lane)| is_free(lane)).map(|(id, _)| *id)
    }

    /// Returns a lane in which a question may be asked now.
    pub(super) fn any_lane(&self) -> Option<LaneId> {
        let usable = |lane: &&LaneFacts| lane.listed && !lane.ended;
        self.lanes.iter().find(|(_, lane)| usable(lane)).map(|(id, _)| *id)
    }

    /// Returns how many lanes can still take actions, now or later.
    pub(super) fn working_lanes(&self) -> usize {
        self.lanes.values().filter(|lane| !lane.ended && !lane.tainted).count()
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
