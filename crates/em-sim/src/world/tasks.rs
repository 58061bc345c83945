//! Tasks: the record that a session sees, and the operation behind it, which goes on without it.

use em_api::protocol::{PlanId, TaskId};
use jiff::Timestamp;

use super::World;
use super::http::{Refusal, Reply};
use super::ledger::{Entry, Event};
use super::plans::Action;
use crate::document::{self, Element, TaskOutcome, TaskView};
use crate::script::{Ending, Script};

/// Whose names tasks have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaskNames {
    /// Each session counts from `task-1`, so that the same name means several tasks.
    #[default]
    PerSession,
    /// One counter for the whole server, until it restarts.
    Global,
}

/// What `DELETE /tasks/{id}` does with a task that is not finished. A finished one is always
/// taken off the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeleteTask {
    /// 204; the record is gone and the operation goes on.
    #[default]
    Forgets,
    /// 204; the operation has no effect any more, and the task stays listed as failed.
    Stops,
    /// 500; nothing changes.
    Refuses,
}

/// What stands in the `Result` of a task that was stopped.
const STOPPED: &str = "The operation was stopped by the user.";

/// A task and its operation.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) id: TaskId,
    pub(super) session: u32,
    pub(super) plan: PlanId,
    pub(super) action: Action,
    pub(super) accepted: Timestamp,
    pub(super) script: Script,
    /// Whether the session still finds it.
    pub(super) listed: bool,
    /// Whether it was stopped before its effect.
    pub(super) stopped: bool,
    /// Whether its end has been carried into the world.
    pub(super) settled: bool,
}

/// Where a task is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Running,
    OperationFinished,
    Finished,
}

impl Task {
    /// The moment at which the operation has its effect, or fails; `None` is never.
    pub(super) fn operation_ends(&self) -> Option<Timestamp> {
        match self.script.ending {
            Ending::Never => None,
            _ => self.accepted.checked_add(self.script.delay_running).ok(),
        }
    }

    /// Tells whether the end changes the plan.
    pub(super) fn changes_the_plan(&self) -> bool {
        match self.script.ending {
            Ending::Success | Ending::SuccessSaying(_) | Ending::NoResult => true,
            Ending::Failure(_) | Ending::Never => false,
        }
    }

    /// Where the task is now.
    pub(super) fn progress(&self, now: Timestamp) -> Progress {
        if self.stopped {
            return Progress::Finished;
        }
        let Some(over) = self.operation_ends().filter(|over| *over <= now) else {
            return Progress::Running;
        };
        match over.checked_add(self.script.delay_operation_finished) {
            Ok(collected) if collected <= now => Progress::Finished,
            _ => Progress::OperationFinished,
        }
    }

    /// How the task looks to its session.
    pub(super) fn view(&self, progress: Progress) -> TaskView<'_> {
        let (state, outcome) = match progress {
            Progress::Running => ("Running", None),
            // Success here says only that the server asks no more; the end can still be a failure.
            Progress::OperationFinished => {
                let outcome = TaskOutcome { success: true, message: Some("OperationFinished") };
                ("OperationFinished", Some(outcome))
            }
            Progress::Finished => ("Finished", self.outcome()),
        };
        TaskView { id: self.id.as_str(), state, operation: self.action.operation(), outcome }
    }

    fn outcome(&self) -> Option<TaskOutcome<'_>> {
        if self.stopped {
            return Some(TaskOutcome { success: false, message: Some(STOPPED) });
        }
        match &self.script.ending {
            Ending::Success => Some(TaskOutcome { success: true, message: Some("Ok") }),
            Ending::SuccessSaying(message) => {
                Some(TaskOutcome { success: true, message: message.as_deref() })
            }
            Ending::Failure(message) => {
                Some(TaskOutcome { success: false, message: Some(message) })
            }
            Ending::NoResult | Ending::Never => None,
        }
    }
}

impl World {
    pub(super) fn task_list(&self, now: Timestamp, session: u32) -> Element {
        let own = self.tasks.iter().filter(|task| task.listed && task.session == session);
        let one = |task: &Task| document::task(&self.base, &task.view(task.progress(now)));
        document::tasks(own.map(one).collect())
    }

    pub(super) fn task(&self, now: Timestamp, session: u32, id: &str) -> Result<Element, Refusal> {
        let task = &self.tasks[self.find_task(session, id)?];
        Ok(document::task(&self.base, &task.view(task.progress(now))))
    }

    /// Finds a task of this session; to all others it is not there.
    fn find_task(&self, session: u32, id: &str) -> Result<usize, Refusal> {
        let own = |task: &Task| {
            task.listed && task.session == session && task.id.as_str().eq_ignore_ascii_case(id)
        };
        let found = self.tasks.iter().position(own);
        found.ok_or_else(|| Refusal::new(404, "There is no such task."))
    }

    /// Makes the name of the next task of a session.
    pub(super) fn name_task(&mut self, session: u32) -> TaskId {
        let number = match self.habits.task_names {
            TaskNames::PerSession => self.sessions.count_task(session),
            TaskNames::Global => {
                self.last_task += 1;
                self.last_task
            }
        };
        TaskId::parse(&format!("task-{number}")).expect("invariant: a number makes a task id")
    }

    pub(super) fn delete_task(
        &mut self,
        now: Timestamp,
        session: u32,
        id: &str,
    ) -> Result<Reply, Refusal> {
        let index = self.find_task(session, id)?;
        let task = &mut self.tasks[index];
        let finished = task.progress(now) == Progress::Finished;
        match self.habits.delete_task {
            _ if finished => task.listed = false,
            DeleteTask::Forgets => task.listed = false,
            DeleteTask::Stops => task.stopped = !task.settled,
            DeleteTask::Refuses => {
                return Err(Refusal::new(500, "The task cannot be stopped."));
            }
        }
        let stopped = task.stopped && !finished;
        let event = Event::TaskDeleted { session, task: task.id.clone(), stopped };
        self.ledger.push(Entry { at: now, event });
        Ok(Reply::empty())
    }
}
