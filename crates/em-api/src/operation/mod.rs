//! What can be asked of EM: one value an operation, which makes the request and reads the answer.
//!
//! Operations send nothing and know nothing of logon sessions; whether an unanswered one may be
//! sent again is all they say about it ([`Resend`]).

mod delete_task;
mod error;
mod get_failover_plan;
mod get_task;
mod list_failover_plans;
mod list_logon_sessions;
mod list_tasks;
mod logon;
mod logout;
mod query_failover_plan;
mod start_failover_plan;
mod undo_failover_plan;

use crate::protocol::wire::{self, Node};
use crate::protocol::{Media, Request, Response, Task};

pub use delete_task::DeleteTask;
pub use error::AnswerError;
pub use get_failover_plan::GetFailoverPlan;
pub use get_task::GetTask;
pub use list_failover_plans::ListFailoverPlans;
pub use list_logon_sessions::ListLogonSessions;
pub use list_tasks::ListTasks;
pub use logon::Logon;
pub use logout::Logout;
pub use query_failover_plan::QueryFailoverPlan;
pub use start_failover_plan::{Start, StartFailoverPlan};
pub use undo_failover_plan::UndoFailoverPlan;

/// The names of all operations, in the order of the alphabet.
pub const NAMES: [&str; 11] = [
    DeleteTask::NAME,
    GetFailoverPlan::NAME,
    GetTask::NAME,
    ListFailoverPlans::NAME,
    ListLogonSessions::NAME,
    ListTasks::NAME,
    Logon::NAME,
    Logout::NAME,
    QueryFailoverPlan::NAME,
    StartFailoverPlan::NAME,
    UndoFailoverPlan::NAME,
];

/// One operation of the API.
///
/// # Example
/// ```
/// use em_api::operation::{GetTask, Operation};
/// use em_api::protocol::{Media, Response, TaskId, TaskState};
///
/// let operation = GetTask { task: TaskId::parse("task-1")? };
/// let request = operation.request(Media::Json);
/// assert_eq!(request.target, "/api/tasks/task-1");
///
/// let body = br#"{"TaskId":"task-1","State":"Running","Operation":"UndoFailoverPlan"}"#.to_vec();
/// let task = operation.answer(&Response { status: 200, headers: vec![], body })?;
/// assert_eq!(task.state, TaskState::Running);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Operation {
    /// The name of the operation: of its file, of its folder of exchanges, and in messages.
    const NAME: &'static str;
    /// Whether it may be sent again when the first one was not answered.
    const RESEND: Resend;
    /// What a good answer holds.
    type Answer;

    /// Makes the request. What is sent and what is wanted back have the same form.
    fn request(&self, media: Media) -> Request;

    /// Reads an answer to that request, in whichever form it came.
    ///
    /// # Errors
    /// - [`AnswerError::Refused`] for a status other than 2xx. What that proves depends on the
    ///   status: a 500 on an action leaves open whether anything was done.
    /// - [`AnswerError::Unreadable`] for a 2xx which is not the documented one or whose body is
    ///   not what was asked for. On an action it says: accepted, and nobody knows as what.
    fn answer(&self, response: &Response) -> Result<Self::Answer, AnswerError>;
}

/// What an operation is when it comes to sending it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resend {
    /// Changes nothing. Harmless to send again, any number of times.
    Read,
    /// Changes the world outside of EM. Never sent again without proof that the first one was
    /// not sent or was rejected: EM has no key by which it would know a repeated request.
    Action,
    /// Opens a session. One that is lost unanswered may leave a session behind until it idles
    /// out, so it is repeated a few times at most; after a 401 never, since accounts lock.
    Logon,
    /// Removes a task or a session. Repeating it does no further harm, but a 404 then proves
    /// nothing; few times, and the effect is looked up afterwards.
    Cancel,
}

/// Checks the status of an answer: one of `good`, or an error.
fn expect(name: &'static str, response: &Response, good: &[u16]) -> Result<(), AnswerError> {
    match response.status {
        status if good.contains(&status) => Ok(()),
        200..=299 => Err(unreadable(name, response, "another status is documented".to_owned())),
        _ => Err(AnswerError::refused(name, response)),
    }
}

/// Checks the status and reads the document `root`.
fn document(
    name: &'static str,
    response: &Response,
    good: &[u16],
    root: &str,
) -> Result<Node, AnswerError> {
    expect(name, response, good)?;
    wire::read(response, root).map_err(|reason| unreadable(name, response, reason))
}

/// Reads the task in which EM carries an action out: 202 and a `Task`.
fn accepted(name: &'static str, response: &Response) -> Result<Task, AnswerError> {
    let document = document(name, response, &[202], "Task")?;
    Task::read(&document).map_err(|reason| unreadable(name, response, reason))
}

/// Reads the answer to any action: 202 and the task in which EM carries it out.
///
/// For those who hold an action as a request value and no longer know its operation.
///
/// # Errors
/// As for [`Operation::answer`].
pub fn accepted_task(response: &Response) -> Result<Task, AnswerError> {
    accepted("action", response)
}

fn unreadable(name: &'static str, response: &Response, reason: String) -> AnswerError {
    AnswerError::Unreadable { operation: name, status: response.status, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::PlanId;

    fn undo() -> UndoFailoverPlan {
        UndoFailoverPlan { plan: PlanId::parse("p").expect("a plan id") }
    }

    fn answer(status: u16, body: &str) -> Result<Task, AnswerError> {
        let headers = Vec::new();
        undo().answer(&Response { status, headers, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn an_action_is_accepted_by_202_and_a_task_only() {
        let task = r#"{"TaskId":"task-1","State":"Running"}"#;
        assert!(answer(202, task).is_ok());
        for (status, body) in [(200, task), (204, ""), (202, ""), (202, "{}"), (202, "<html>")] {
            let error = answer(status, body).expect_err("not accepted");
            assert!(matches!(error, AnswerError::Unreadable { .. }), "{status} {body}: {error}");
        }
        for status in [302, 400, 401, 403, 404, 500, 503, 100] {
            let error = answer(status, task).expect_err("refused");
            assert!(matches!(error, AnswerError::Refused { .. }), "{status}: {error}");
        }
    }

    #[test]
    fn a_task_that_says_a_thing_twice_is_unreadable() {
        let task = |inner: &str| {
            let namespace = "http://www.veeam.com/ent/v1.0";
            answer(
                202,
                &format!("<Task xmlns=\"{namespace}\"><TaskId>task-1</TaskId>{inner}</Task>"),
            )
        };
        assert!(task("<State>Running</State>").is_ok());
        for inner in [
            "<State>Finished</State><State>Running</State>",
            "<Result Success=\"true\"/><Result Success=\"false\"/>",
            "<TaskId>task-2</TaskId>",
        ] {
            let error = task(inner).expect_err("contradictory");
            assert!(matches!(error, AnswerError::Unreadable { .. }), "{inner}: {error}");
        }
    }

    #[test]
    fn errors_say_what_was_asked_and_what_came() {
        let errors = [
            answer(404, r#"{"Message":"no such plan","StatusCode":404}"#),
            answer(503, ""),
            answer(200, "{}"),
            answer(202, "{}"),
            answer(202, r#"{"TaskId":"../x"}"#),
            answer(202, "<Task><TaskId>task-1</TaskId></Task>"),
            answer(202, "<!DOCTYPE html><html/>"),
        ];
        let lines = errors.map(|error| error.map_err(|error| error.to_string()).expect_err("bad"));
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn names_are_in_order_and_unique() {
        assert!(NAMES.is_sorted_by(|a, b| a < b));
    }
}
