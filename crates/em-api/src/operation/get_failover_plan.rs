//! `GET /api/failoverPlans/{id}?format=Entity`: reads one failover plan.

use super::{AnswerError, Operation, Resend, document, unreadable};
use crate::protocol::{FailoverPlan, Media, Method, PlanId, Request, Response};

/// Reads a failover plan with its machines (reference page *failoverPlans/{ID}*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetFailoverPlan {
    /// The plan.
    pub plan: PlanId,
}

impl Operation for GetFailoverPlan {
    const NAME: &'static str = "get_failover_plan";
    const RESEND: Resend = Resend::Read;
    type Answer = FailoverPlan;

    fn request(&self, media: Media) -> Request {
        let target = format!("/api/failoverPlans/{}?format=Entity", self.plan);
        Request::new(Method::Get, target, media)
    }

    fn answer(&self, response: &Response) -> Result<FailoverPlan, AnswerError> {
        let plan = document(Self::NAME, response, &[200], "FailoverPlan")?;
        FailoverPlan::read(&plan).map_err(|reason| unreadable(Self::NAME, response, reason))
    }
}
