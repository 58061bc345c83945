//! Tasks: what the server does after it said «accepted», and how it ended.

use super::TaskId;
use super::fault::cut;
use super::link::{Link, last_segment};
use super::wire::Node;

/// The state of a task (reference page *tasks*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// In progress.
    Running,
    /// The backup server is done; EM has not yet collected the outcome into its database.
    OperationFinished,
    /// Done, and EM's database holds the outcome.
    Finished,
    /// A state this client does not know, or none (empty). Counts as running.
    Other(String),
}

impl TaskState {
    fn read(text: &str) -> Self {
        match text {
            "Running" => Self::Running,
            "OperationFinished" => Self::OperationFinished,
            "Finished" => Self::Finished,
            other => Self::Other(cut(other)),
        }
    }
}

/// The `Result` of a task. Alone it says nothing: it was seen on a task that still ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskResult {
    /// The attribute `Success`. `None` where it is missing or unreadable, which is no success.
    pub success: Option<bool>,
    /// The server's words: `Ok`, a reason, or nothing.
    pub message: Option<String>,
    /// The operation wants credentials of the guest; only in the schema, never in an example.
    pub credentials_needed: bool,
    /// The operation wants to be confirmed; only in the schema, never in an example.
    pub confirmation_needed: bool,
}

/// A task of the current logon session.
///
/// It names no object: which plan it is about is known only by the answer it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id, from `TaskId` or else from the last part of `Href`.
    pub id: TaskId,
    /// Its state.
    pub state: TaskState,
    /// What it does, such as `StartFailoverPlan`; empty where the server does not say.
    pub operation: String,
    /// Its result, as yet or for good.
    pub result: Option<TaskResult>,
    /// Its links: `Delete`, and for some operations `Related` with the session that works.
    pub links: Vec<Link>,
    /// Its address as the server writes it.
    pub href: Option<String>,
}

/// What a task says about the operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskOutcome {
    /// Not over, or over and not yet collected.
    Pending,
    /// Finished with success.
    Succeeded {
        /// The server's words, if any.
        message: Option<String>,
    },
    /// Finished without success.
    Failed {
        /// The server's words, if any.
        message: Option<String>,
        /// What the server would have wanted to know.
        needs: Option<TaskNeed>,
    },
    /// Finished, but not saying how: neither a success nor a failure. The reason is a clause for
    /// people.
    Unclear(&'static str),
}

/// What a task ended for want of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskNeed {
    /// Credentials of the guest.
    Credentials,
    /// A confirmation.
    Confirmation,
}

impl Task {
    /// Returns what this task says about the operation.
    ///
    /// The result is read only when the state is [`TaskState::Finished`]; a task that finished
    /// without a readable result is unclear, never a success.
    ///
    /// ```
    /// use em_api::protocol::{Task, TaskId, TaskOutcome, TaskResult, TaskState};
    ///
    /// let ok = TaskResult {
    ///     success: Some(true),
    ///     message: None,
    ///     credentials_needed: false,
    ///     confirmation_needed: false,
    /// };
    /// let mut task = Task {
    ///     id: TaskId::parse("task-1")?,
    ///     state: TaskState::Running,
    ///     operation: "UndoFailoverPlan".to_owned(),
    ///     result: Some(ok),
    ///     links: Vec::new(),
    ///     href: None,
    /// };
    /// assert_eq!(task.outcome(), TaskOutcome::Pending);
    /// task.state = TaskState::Finished;
    /// assert_eq!(task.outcome(), TaskOutcome::Succeeded { message: None });
    /// # Ok::<(), em_api::protocol::IdError>(())
    /// ```
    pub fn outcome(&self) -> TaskOutcome {
        if self.state != TaskState::Finished {
            return TaskOutcome::Pending;
        }
        let Some(result) = &self.result else {
            return TaskOutcome::Unclear("the task is finished and has no result");
        };
        let message = result.message.clone();
        match result.success {
            Some(true) => TaskOutcome::Succeeded { message },
            Some(false) => TaskOutcome::Failed { message, needs: result.needs() },
            None => TaskOutcome::Unclear("the result of the task does not say `Success`"),
        }
    }

    /// Reads a `Task` document or list element.
    pub(crate) fn read(node: &Node) -> Result<Self, String> {
        for name in ["TaskId", "State", "Operation", "Result"] {
            if node.has_twice(name) {
                return Err(format!("`Task` has two of `{name}`, and nobody knows which counts"));
            }
        }
        let href = node.text("Href");
        let id = node.text("TaskId").or_else(|| href.and_then(last_segment));
        let id = id.ok_or("`Task` has neither a `TaskId` nor an `Href`")?;
        Ok(Self {
            id: TaskId::parse(id).map_err(|error| format!("`Task/TaskId`: {error}"))?,
            state: TaskState::read(node.text("State").unwrap_or_default()),
            operation: cut(node.text("Operation").unwrap_or_default()),
            result: node.member("Result").map(TaskResult::read),
            links: Link::read_all(node),
            href: href.map(str::to_owned),
        })
    }

    /// Reads a list of tasks; one that cannot be read makes the list unreadable.
    pub(crate) fn read_all(list: &Node) -> Result<Vec<Self>, String> {
        list.items("Task", "Tasks").into_iter().map(Self::read).collect()
    }
}

impl TaskResult {
    fn read(node: &Node) -> Self {
        Self {
            success: node.flag("Success"),
            message: node.text("Message").map(cut),
            credentials_needed: node.flag("CredentialsNeeded").unwrap_or_default(),
            confirmation_needed: node.flag("ConfirmationNeeded").unwrap_or_default(),
        }
    }

    fn needs(&self) -> Option<TaskNeed> {
        if self.credentials_needed {
            return Some(TaskNeed::Credentials);
        }
        self.confirmation_needed.then_some(TaskNeed::Confirmation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(success: Option<bool>) -> TaskResult {
        let message = Some("Ok".to_owned());
        TaskResult { success, message, credentials_needed: false, confirmation_needed: false }
    }

    fn outcome(state: &str, result: Option<TaskResult>) -> TaskOutcome {
        let id = TaskId::parse("task-1").expect("a task id");
        let state = TaskState::read(state);
        Task { id, state, operation: String::new(), result, links: vec![], href: None }.outcome()
    }

    #[test]
    fn only_finished_with_success_is_a_success() {
        let states = ["Running", "OperationFinished", "Finished", "finished", "Stopping", ""];
        for state in states {
            for success in [None, Some(None), Some(Some(false)), Some(Some(true))] {
                let message = Some("Ok".to_owned());
                let found = outcome(state, success.map(result));
                let right = match (state, success) {
                    ("Finished", Some(Some(true))) => found == TaskOutcome::Succeeded { message },
                    ("Finished", Some(Some(false))) => {
                        found == TaskOutcome::Failed { message, needs: None }
                    }
                    ("Finished", _) => matches!(found, TaskOutcome::Unclear(_)),
                    _ => found == TaskOutcome::Pending,
                };
                assert!(right, "{state:?} {success:?} gave {found:?}");
            }
        }
    }

    #[test]
    fn a_failure_says_what_was_wanted() {
        let mut wants = result(Some(false));
        wants.confirmation_needed = true;
        let message = Some("Ok".to_owned());
        let needs = Some(TaskNeed::Confirmation);
        assert_eq!(outcome("Finished", Some(wants)), TaskOutcome::Failed { message, needs });
    }
}
