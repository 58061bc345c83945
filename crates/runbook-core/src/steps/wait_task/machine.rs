//! How a wait behaves.

use std::time::Duration;

use em_api::protocol::{Task, TaskOutcome};
use serde::{Deserialize, Serialize};

use super::Until;
use crate::step::{
    CallId, Ending, Machine, Snapshot, StepEffect, StepId, StepInput, StepResult, StepTurn,
};
use crate::time::{Timestamp, Words};

const FOLLOW: CallId = CallId(1);

/// | state | input | then |
/// | --- | --- | --- |
/// | new | begin, resumed | following: follow the task |
/// | following | the task, not finished | nothing |
/// | following | finished with success | succeeded; unknown where a session is linked |
/// | following | finished without success | failed |
/// | following | finished, and no result can be read | unknown |
/// | following | there is no task, but a ruling that it has happened | succeeded |
/// | following | gone, or its logon session lost | unknown |
/// | following | resumed | follow the task again |
/// | following | deadline | timed-out where something watches, else unknown |
/// | any | anything else | nothing |
pub(crate) struct WaitTaskMachine {
    pub(super) of: StepId,
    pub(super) until: Until,
    pub(super) timeout: Duration,
    pub(super) watched: bool,
    pub(super) following: bool,
}

/// What changes the machine.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Note {
    /// The task is followed.
    Following,
}

impl WaitTaskMachine {
    fn observed(&self, snapshot: &Snapshot) -> Option<Ending> {
        let of = &self.of;
        match snapshot {
            Snapshot::Task(task) => self.judged(task),
            Snapshot::Gone => Some(Ending::new(
                StepResult::Unknown,
                format!(
                    "EM no longer knows the task of `{of}`: deleted by someone, or EM was \
                     restarted; the operation itself may go on"
                ),
            )),
            Snapshot::Lost(why) => Some(Ending::new(
                StepResult::Unknown,
                format!(
                    "the logon session of the task of `{of}` is lost ({why}), and with it every \
                     sight of the task; the operation itself may go on"
                ),
            )),
            Snapshot::Foreign(operation) => Some(Ending::new(
                StepResult::Unknown,
                format!(
                    "EM shows another task ({operation}) under the name of the task of `{of}`: it \
                     was restarted, and what became of the operation is not proven"
                ),
            )),
            Snapshot::Ruled(by) => Some(Ending::new(
                StepResult::Succeeded,
                format!("{by} has ruled that the action of `{of}` has happened"),
            )),
            Snapshot::None => {
                Some(Ending::new(StepResult::Failed, format!("step `{of}` has no task")))
            }
        }
    }

    fn judged(&self, task: &Task) -> Option<Ending> {
        let (id, operation) = (&task.id, &task.operation);
        let ending = match task.outcome() {
            TaskOutcome::Pending => return None,
            TaskOutcome::Succeeded { message } => match self.session(task) {
                Some(session) => Ending::new(
                    StepResult::Unknown,
                    format!(
                        "{id} ({operation}) finished, but it only started a {session}, which this \
                         version does not follow"
                    ),
                ),
                None => Ending::new(
                    StepResult::Succeeded,
                    format!("EM reports {id} ({operation}) finished with success{}", said(message)),
                )
                .acknowledging(&self.of),
            },
            TaskOutcome::Failed { message, .. } => Ending::new(
                StepResult::Failed,
                format!("EM reports {id} ({operation}) finished without success{}", said(message)),
            ),
            TaskOutcome::Unclear(why) => Ending::new(
                StepResult::Unknown,
                format!("{id} ({operation}) is over, but its result cannot be read: {why}"),
            ),
        };
        Some(ending.with("task", id.as_str()).with("operation", operation.as_str()))
    }

    fn session<'a>(&self, task: &'a Task) -> Option<&'a str> {
        let related = task.links.iter().find(|link| link.rel.eq_ignore_ascii_case("Related"));
        related
            .filter(|_| self.until == Until::Outcome)
            .map(|link| link.kind.as_deref().unwrap_or("session"))
    }

    fn timed_out(&self) -> Ending {
        let (of, timeout) = (&self.of, Words(self.timeout));
        if self.watched {
            let message = format!("the task of `{of}` was not over after {timeout}");
            return Ending::new(StepResult::TimedOut, message);
        }
        let message = format!(
            "the task of `{of}` was not over after {timeout}; it was left alone and may still be \
             running"
        );
        Ending::new(StepResult::Unknown, message)
    }
}

impl Machine for WaitTaskMachine {
    type Note = Note;

    fn decide(&self, _: Timestamp, input: &StepInput) -> StepTurn<Note> {
        let ending = match (self.following, input) {
            (false, StepInput::Begin | StepInput::Resumed) => {
                let follow = StepEffect::Follow(FOLLOW, self.of.clone());
                return StepTurn::go(Note::Following, follow);
            }
            (true, StepInput::Resumed) => {
                let follow = StepEffect::Follow(FOLLOW, self.of.clone());
                return StepTurn::nothing().and(follow);
            }
            (true, StepInput::Observed(FOLLOW, snapshot)) => self.observed(snapshot),
            (true, StepInput::Deadline) => Some(self.timed_out()),
            _ => None,
        };
        ending.map_or_else(StepTurn::nothing, |ending| {
            StepTurn::end(ending).and(StepEffect::Abandon(FOLLOW))
        })
    }

    fn apply(&mut self, _: &Note) {
        self.following = true;
    }
}

/// What EM said beside the result, for the end of a sentence.
pub(in super::super) fn said(message: Option<String>) -> String {
    message.map_or_else(String::new, |message| format!(", saying «{message}»"))
}
