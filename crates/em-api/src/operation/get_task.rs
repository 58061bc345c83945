//! `GET /api/tasks/{id}`: reads one task.

use super::{AnswerError, Operation, Resend, document, unreadable};
use crate::protocol::{Media, Method, Request, Response, Task, TaskId};

/// Reads a task of the current logon session (reference page *tasks/{ID}*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetTask {
    /// The task.
    pub task: TaskId,
}

impl Operation for GetTask {
    const NAME: &'static str = "get_task";
    const RESEND: Resend = Resend::Read;
    type Answer = Task;

    fn request(&self, media: Media) -> Request {
        Request::new(Method::Get, format!("/api/tasks/{}", self.task), media)
    }

    fn answer(&self, response: &Response) -> Result<Task, AnswerError> {
        let task = document(Self::NAME, response, &[200], "Task")?;
        let task = Task::read(&task).map_err(|reason| unreadable(Self::NAME, response, reason))?;
        if task.id == self.task {
            return Ok(task);
        }
        let reason = format!("`{}` was asked for, `{}` came", self.task, task.id);
        Err(unreadable(Self::NAME, response, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_task_is_no_answer() {
        let operation = GetTask { task: TaskId::parse("task-1").expect("a task id") };
        for (id, good) in [("task-1", true), ("task-2", false)] {
            let body = format!(r#"{{"TaskId":"{id}","State":"Finished"}}"#).into_bytes();
            let response = Response { status: 200, headers: vec![], body };
            assert_eq!(operation.answer(&response).is_ok(), good, "{id}");
        }
    }
}
