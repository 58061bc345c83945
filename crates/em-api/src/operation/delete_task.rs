//! `DELETE /api/tasks/{id}`: removes a task, or asks for its end.

use super::{AnswerError, Operation, Resend, expect};
use crate::protocol::{Media, Method, Request, Response, TaskId};

/// Deletes a task (reference page *DELETE tasks/{ID}*).
///
/// The reference says both «removes the task» and «stops its execution». Whether an operation
/// that was handed to a backup server ends is not documented: a good answer proves that the
/// task is out of sight, and nothing else. Read the task before, for afterwards it is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteTask {
    /// The task.
    pub task: TaskId,
}

impl Operation for DeleteTask {
    const NAME: &'static str = "delete_task";
    const RESEND: Resend = Resend::Cancel;
    type Answer = ();

    fn request(&self, media: Media) -> Request {
        Request::new(Method::Delete, format!("/api/tasks/{}", self.task), media)
    }

    fn answer(&self, response: &Response) -> Result<(), AnswerError> {
        expect(Self::NAME, response, &[200, 202, 204])
    }
}
