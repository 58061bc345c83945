//! `GET /api/failoverPlans`: names all failover plans.

use super::{AnswerError, Operation, Resend, document, unreadable};
use crate::protocol::{Media, Method, PlanRef, Request, Response};

/// Lists the failover plans this account may see (reference page *failoverPlans*).
///
/// The list is complete: one that goes on at a further page is unreadable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListFailoverPlans;

impl Operation for ListFailoverPlans {
    const NAME: &'static str = "list_failover_plans";
    const RESEND: Resend = Resend::Read;
    type Answer = Vec<PlanRef>;

    fn request(&self, media: Media) -> Request {
        Request::new(Method::Get, "/api/failoverPlans", media)
    }

    fn answer(&self, response: &Response) -> Result<Vec<PlanRef>, AnswerError> {
        let list = document(Self::NAME, response, &[200], "EntityReferences")?;
        PlanRef::read_all(&list).map_err(|reason| unreadable(Self::NAME, response, reason))
    }
}
