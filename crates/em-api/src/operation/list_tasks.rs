//! `GET /api/tasks`: reads the tasks of the current logon session.

use super::{AnswerError, Operation, Resend, document, unreadable};
use crate::protocol::{Media, Method, Request, Response, Task};

/// Lists the tasks made in the current logon session (reference page *tasks*); those of other
/// sessions are not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListTasks;

impl Operation for ListTasks {
    const NAME: &'static str = "list_tasks";
    const RESEND: Resend = Resend::Read;
    type Answer = Vec<Task>;

    fn request(&self, media: Media) -> Request {
        Request::new(Method::Get, "/api/tasks", media)
    }

    fn answer(&self, response: &Response) -> Result<Vec<Task>, AnswerError> {
        let list = document(Self::NAME, response, &[200], "Tasks")?;
        Task::read_all(&list).map_err(|reason| unreadable(Self::NAME, response, reason))
    }
}
