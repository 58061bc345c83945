//! How the watch over a wait behaves.

use std::time::Duration;

use em_api::protocol::{Task, TaskOutcome};
use serde::{Deserialize, Serialize};

use super::super::wait_task::said;
use crate::step::{
    Acted, Action, CallId, Ending, Machine, Snapshot, StepEffect, StepId, StepInput, StepResult,
    StepTurn,
};
use crate::time::{Timestamp, Words};

const LOOK: CallId = CallId(1);
const CANCEL: CallId = CallId(2);
const PROOF: CallId = CallId(3);
/// The look of a later process, before it repeats the wish.
const AGAIN: CallId = CallId(4);

/// | state | input | then |
/// | --- | --- | --- |
/// | new | the wait ended satisfied | skipped |
/// | new | the wait timed out | looking: follow the task |
/// | new | the wait ended otherwise | blocked |
/// | looking | the task is over | succeeded (late), failed or unknown; nothing is sent |
/// | looking | the task is running | cancelling: ask EM to stop it |
/// | looking | gone, lost, or no answer within `settle` | unknown; nothing was sent |
/// | cancelling | done, or no clear answer | settling: follow the task |
/// | cancelling | refused, or not sent | unknown |
/// | settling | the task is over | succeeded (late), failed or unknown |
/// | settling | gone or lost, or `settle` is over | unknown |
/// | looking, settling | resumed | follow the task again |
/// | cancelling | resumed | follow the task again |
/// | cancelling | the task is running, after that | ask EM again to stop it |
/// | cancelling | it is over or out of sight, after that | succeeded (late), failed or unknown |
/// | any | anything else | nothing |
pub(crate) struct CancelOnTimeoutMachine {
    task: StepId,
    watch: StepId,
    settle: Duration,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    New,
    Looking { until: Timestamp },
    Cancelling,
    Settling { until: Timestamp },
}

/// What changes the machine.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub(crate) enum Note {
    /// The task is asked for once more, at most until this instant.
    Looking {
        /// When the look is given up.
        until: Timestamp,
    },
    /// The wish to stop it was handed over.
    Cancelling,
    /// Proof is looked for, at most until this instant.
    Settling {
        /// When the search is given up.
        until: Timestamp,
    },
}

impl CancelOnTimeoutMachine {
    pub(super) fn new(task: StepId, watch: StepId, settle: Duration) -> Self {
        Self { task, watch, settle, state: State::New }
    }

    fn watched_ended(&self, now: Timestamp, wait: &Ending) -> StepTurn<Note> {
        let watch = &self.watch;
        match wait.result {
            StepResult::TimedOut => {
                let follow = StepEffect::Follow(LOOK, self.task.clone());
                StepTurn::go(Note::Looking { until: now + self.settle }, follow)
            }
            result if result.satisfies_a_need() => {
                let message = format!("`{watch}` was satisfied in time; nothing was cancelled");
                StepTurn::end(Ending::new(StepResult::Skipped, message))
            }
            result => {
                let result = result.name();
                let message =
                    format!("`{watch}` ended {result}, not by time-out; nothing was sent");
                StepTurn::end(Ending::new(StepResult::Blocked, message))
            }
        }
    }

    fn looked(&self, snapshot: &Snapshot) -> StepTurn<Note> {
        match snapshot {
            Snapshot::Task(task) if task.outcome() == TaskOutcome::Pending => {
                let cancel = StepEffect::Act(CANCEL, Action::CancelTask(self.task.clone()));
                StepTurn::go(Note::Cancelling, StepEffect::Abandon(LOOK)).and(cancel)
            }
            Snapshot::Task(task) => end(LOOK, self.judged(task, "no request to stop it was sent")),
            other => end(LOOK, self.out_of_sight(other, "no request to stop it was sent")),
        }
    }

    fn looked_again(&self, snapshot: &Snapshot) -> StepTurn<Note> {
        match snapshot {
            Snapshot::Task(task) if task.outcome() == TaskOutcome::Pending => {
                let cancel = StepEffect::Act(CANCEL, Action::CancelTask(self.task.clone()));
                StepTurn::nothing().and(StepEffect::Abandon(AGAIN)).and(cancel)
            }
            Snapshot::Task(task) => {
                end(AGAIN, self.judged(task, "EM may have been asked to stop it"))
                    .and(StepEffect::Abandon(CANCEL))
            }
            other => end(AGAIN, self.out_of_sight(other, "EM may have been asked to stop it"))
                .and(StepEffect::Abandon(CANCEL)),
        }
    }

    fn acted(&self, now: Timestamp, acted: &Acted) -> StepTurn<Note> {
        let task = &self.task;
        match acted {
            Acted::Done | Acted::Accepted(_) | Acted::Unknown(_) => {
                let follow = StepEffect::Follow(PROOF, task.clone());
                StepTurn::go(Note::Settling { until: now + self.settle }, follow)
            }
            Acted::Refused(failure) => StepTurn::end(Ending::new(
                StepResult::Unknown,
                format!(
                    "EM refused to stop the task of `{task}` ({}); it may still be running",
                    failure.message
                ),
            )),
            Acted::NotSent(failure) => StepTurn::end(Ending::new(
                StepResult::Unknown,
                format!(
                    "the request to stop the task of `{task}` was not sent ({}); it may still be \
                     running",
                    failure.message
                ),
            )),
        }
    }

    fn settled(&self, snapshot: &Snapshot) -> StepTurn<Note> {
        const SENT: &str = "EM was asked to stop it";
        match snapshot {
            Snapshot::Task(task) if task.outcome() == TaskOutcome::Pending => StepTurn::nothing(),
            Snapshot::Task(task) => end(PROOF, self.judged(task, SENT)),
            other => end(PROOF, self.out_of_sight(other, SENT)),
        }
    }

    /// What a task that is over says. A late success wins: the operation was done.
    fn judged(&self, task: &Task, sent: &str) -> Ending {
        let id = &task.id;
        match task.outcome() {
            TaskOutcome::Succeeded { message } => Ending::new(
                StepResult::Succeeded,
                format!("{id} finished with success after its time{}; {sent}", said(message)),
            )
            .with("late", true)
            .acknowledging(&self.task),
            TaskOutcome::Failed { message, .. } => Ending::new(
                StepResult::Failed,
                format!("{id} finished without success{}; {sent}", said(message)),
            ),
            TaskOutcome::Unclear(why) => Ending::new(
                StepResult::Unknown,
                format!("{id} is over, but its result cannot be read: {why}; {sent}"),
            ),
            TaskOutcome::Pending => {
                Ending::new(StepResult::Unknown, format!("{id} is still running; {sent}"))
            }
        }
    }

    fn out_of_sight(&self, snapshot: &Snapshot, sent: &str) -> Ending {
        let task = &self.task;
        let why = match snapshot {
            Snapshot::Lost(why) => format!("its logon session is lost ({why})"),
            Snapshot::Foreign(operation) => {
                format!("EM shows another task ({operation}) under its name, so it was restarted")
            }
            _ => "EM no longer shows it, and it linked to no session".to_owned(),
        };
        let message = format!(
            "{sent}; what became of the task of `{task}` is not proven: {why}. The operation may \
             have stopped, or may go on"
        );
        Ending::new(StepResult::Unknown, message)
    }

    fn given_up(&self, sent: &str) -> Ending {
        let (task, settle) = (&self.task, Words(self.settle));
        let message = format!(
            "{sent}; within {settle} nothing proved what became of the task of `{task}`. It may \
             still be running"
        );
        Ending::new(StepResult::Unknown, message)
    }
}

impl Machine for CancelOnTimeoutMachine {
    type Note = Note;

    fn decide(&self, now: Timestamp, input: &StepInput) -> StepTurn<Note> {
        match (self.state, input) {
            (State::New, StepInput::Ended(step, ending)) if *step == self.watch => {
                self.watched_ended(now, ending)
            }
            (State::Looking { .. }, StepInput::Resumed) => {
                StepTurn::nothing().and(StepEffect::Follow(LOOK, self.task.clone()))
            }
            // The wish may have reached EM, and a second one could make it forget the task: the
            // task is looked at first.
            (State::Cancelling, StepInput::Resumed) => {
                StepTurn::nothing().and(StepEffect::Follow(AGAIN, self.task.clone()))
            }
            (State::Cancelling, StepInput::Observed(AGAIN, snapshot)) => {
                self.looked_again(snapshot)
            }
            (State::Settling { .. }, StepInput::Resumed) => {
                StepTurn::nothing().and(StepEffect::Follow(PROOF, self.task.clone()))
            }
            (State::Looking { .. }, StepInput::Observed(LOOK, snapshot)) => self.looked(snapshot),
            (State::Looking { until }, StepInput::Woke) if now >= until => {
                end(LOOK, self.given_up("no request to stop it was sent"))
            }
            (State::Cancelling, StepInput::Acted(CANCEL, acted)) => self.acted(now, acted),
            (State::Settling { .. }, StepInput::Observed(PROOF, snapshot)) => {
                self.settled(snapshot)
            }
            (State::Settling { until }, StepInput::Woke) if now >= until => {
                end(PROOF, self.given_up("EM was asked to stop it"))
            }
            _ => StepTurn::nothing(),
        }
    }

    fn apply(&mut self, note: &Note) {
        self.state = match note {
            Note::Looking { until } => State::Looking { until: *until },
            Note::Cancelling => State::Cancelling,
            Note::Settling { until } => State::Settling { until: *until },
        };
    }

    fn wake_at(&self) -> Option<Timestamp> {
        match self.state {
            State::Looking { until } | State::Settling { until } => Some(until),
            State::New | State::Cancelling => None,
        }
    }
}

fn end(call: CallId, ending: Ending) -> StepTurn<Note> {
    StepTurn::end(ending).and(StepEffect::Abandon(call))
}
