//! `POST /api/failoverPlans/{id}?action=undo`: switches back and discards the replicas' changes.

use super::{AnswerError, Operation, Resend, accepted};
use crate::protocol::{Media, Method, PlanId, Request, Response, Task};

/// Undoes a failover plan (reference page *POST failoverPlans/{ID}?action=undo*).
///
/// Whatever was written on the replicas since the failover is lost. The answer says only that
/// the server will do it; the task says how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoFailoverPlan {
    /// The plan.
    pub plan: PlanId,
}

impl Operation for UndoFailoverPlan {
    const NAME: &'static str = "undo_failover_plan";
    const RESEND: Resend = Resend::Action;
    type Answer = Task;

    fn request(&self, media: Media) -> Request {
        let target = format!("/api/failoverPlans/{}?action=undo", self.plan);
        Request::new(Method::Post, target, media)
    }

    fn answer(&self, response: &Response) -> Result<Task, AnswerError> {
        accepted(Self::NAME, response)
    }
}
