//! `POST /api/failoverPlans/{id}?action=start`: fails machines over to their replicas.

use jiff::Timestamp;

use super::{AnswerError, Operation, Resend, accepted};
use crate::protocol::{Media, Method, PlanId, Request, Response, Task, wire};

/// Starts a failover plan (reference page *POST failoverPlans/{ID}?action=start*).
///
/// The answer says only that the server will do it; the task says how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartFailoverPlan {
    /// The plan.
    pub plan: PlanId,
    /// To which restore points.
    pub start: Start,
}

/// To which restore points a plan fails over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// To the newest one of each machine.
    Now,
    /// To the newest one of each machine before this time; sent to the microsecond.
    Before(Timestamp),
}

impl Operation for StartFailoverPlan {
    const NAME: &'static str = "start_failover_plan";
    const RESEND: Resend = Resend::Action;
    type Answer = Task;

    fn request(&self, media: Media) -> Request {
        let target = format!("/api/failoverPlans/{}?action=start", self.plan);
        let body = match media {
            Media::Xml => self.start.xml(),
            Media::Json => self.start.json(),
        };
        Request::new(Method::Post, target, media).with_body(body)
    }

    fn answer(&self, response: &Response) -> Result<Task, AnswerError> {
        accepted(Self::NAME, response)
    }
}

impl Start {
    // One member only: which of two would win is not documented. Should a second one ever be
    // needed, the schema wants `StartNow` before `StartDate`.
    fn xml(self) -> String {
        let member = match self {
            Self::Now => "<StartNow>true</StartNow>".to_owned(),
            Self::Before(time) => format!("<StartDate>{}</StartDate>", utc(time)),
        };
        let (element, namespace) = ("FailoverPlanManagementSpec", wire::NAMESPACE);
        let head = r#"<?xml version="1.0" encoding="utf-8"?>"#;
        format!("{head}\n<{element} xmlns=\"{namespace}\">{member}</{element}>")
    }

    fn json(self) -> String {
        match self {
            Self::Now => r#"{"StartNow": true}"#.to_owned(),
            Self::Before(time) => format!(r#"{{"StartDate": "{}"}}"#, utc(time)),
        }
    }
}

/// Prints a time as EM does: UTC with `Z`, and at most seven digits after the second.
fn utc(time: Timestamp) -> String {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_utc_and_never_finer_than_the_server_reads() {
        let cases = [
            ("2025-08-15T06:00:00Z", "2025-08-15T06:00:00Z"),
            ("2025-08-15T08:00:00+02:00", "2025-08-15T06:00:00Z"),
            ("2025-08-15T06:00:00.123456789Z", "2025-08-15T06:00:00.123456Z"),
        ];
        for (text, printed) in cases {
            let time: Timestamp = text.parse().expect(text);
            assert_eq!(Start::Before(time).json(), format!(r#"{{"StartDate": "{printed}"}}"#));
        }
    }
}
