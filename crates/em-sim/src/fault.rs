//! Faults, as values: what goes wrong, and with which request.

use std::time::Duration;

use em_api::protocol::Method;

/// What goes wrong with one request and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request has its effect, then the connection closes without an answer.
    LoseAnswer,
    /// The connection closes before the request has any effect.
    DropRequest,
    /// The answer is this status with an `Error`, whether or not the request had its effect.
    Status(u16, Effect),
    /// The request has its effect; the body of the answer is neither XML nor JSON.
    GarbledBody,
    /// The request has its effect; the body ends before its `Content-Length`, with the
    /// connection.
    TruncatedBody,
    /// The request has its effect; the answer comes this much later.
    Slow(Duration),
    /// Every session ends before the request is looked at.
    ExpireSessions,
    /// The request has its effect; a 202 carries no `Task`.
    EmptyAccepted,
    /// Links of the answer name a host that is not there.
    WrongHostInLinks,
    /// The answer carries elements and attributes that nobody knows.
    UnknownElements,
    /// Tasks in the answer carry no `Result`.
    MissingResult,
    /// The request has its effect; the answer to a logon carries no token, in no header.
    NoToken,
    /// The request is not served; the answer is an error that repeats its headers, credentials
    /// and all, as debug handlers and proxies do.
    EchoHeaders,
}

impl Fault {
    /// Returns the name of the fault, in kebab case.
    ///
    /// ```
    /// assert_eq!(em_sim::Fault::LoseAnswer.name(), "lose-answer");
    /// ```
    pub const fn name(&self) -> &'static str {
        match self {
            Self::LoseAnswer => "lose-answer",
            Self::DropRequest => "drop-request",
            Self::Status(..) => "status",
            Self::GarbledBody => "garbled-body",
            Self::TruncatedBody => "truncated-body",
            Self::Slow(_) => "slow",
            Self::ExpireSessions => "expire-sessions",
            Self::EmptyAccepted => "empty-accepted",
            Self::WrongHostInLinks => "wrong-host-in-links",
            Self::UnknownElements => "unknown-elements",
            Self::MissingResult => "missing-result",
            Self::NoToken => "no-token",
            Self::EchoHeaders => "echo-headers",
        }
    }

    /// Tells whether the request never reaches the world behind the fault.
    pub(crate) const fn stops_the_request(&self) -> bool {
        matches!(self, Self::DropRequest | Self::EchoHeaders | Self::Status(_, Effect::Skipped))
    }
}

/// Whether a request that is answered with an error has had its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It has.
    Happens,
    /// It has not.
    Skipped,
}

/// With which request a fault happens.
///
/// # Example
/// ```
/// use em_api::protocol::Method;
/// use em_sim::When;
///
/// let second_poll = When::nth(2, Method::Get, "/api/tasks/");
/// assert_eq!(When::first(Method::Get, "/api/tasks/"), When { nth: Some(1), ..second_poll });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// The method; `None` is any.
    pub method: Option<Method>,
    /// A part of path and query as sent; case does not count, and empty is any.
    pub path_contains: String,
    /// The how-manieth request that matches, counted from 1 when the fault is armed; `None` is
    /// every one.
    pub nth: Option<u32>,
}

impl When {
    /// The first request of this kind from now on.
    pub fn first(method: Method, path_contains: impl Into<String>) -> Self {
        Self::nth(1, method, path_contains)
    }

    /// The `nth` request of this kind from now on, counted from 1.
    pub fn nth(nth: u32, method: Method, path_contains: impl Into<String>) -> Self {
        Self { method: Some(method), path_contains: path_contains.into(), nth: Some(nth) }
    }

    /// Every request of this kind from now on.
    pub fn every(method: Method, path_contains: impl Into<String>) -> Self {
        Self { method: Some(method), path_contains: path_contains.into(), nth: None }
    }

    fn matches(&self, method: Method, target: &str) -> bool {
        let part = self.path_contains.to_ascii_lowercase();
        self.method.is_none_or(|wanted| wanted == method)
            && target.to_ascii_lowercase().contains(&part)
    }
}

/// The faults that wait for their request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Armed {
    faults: Vec<(When, Fault, u32)>,
}

impl Armed {
    pub(crate) fn arm(&mut self, when: When, fault: Fault) {
        self.faults.push((when, fault, 0));
    }

    pub(crate) fn clear(&mut self) {
        self.faults.clear();
    }

    /// Counts a request and returns the faults that happen with it, in the order of arming.
    pub(crate) fn fire(&mut self, method: Method, target: &str) -> Vec<Fault> {
        let mut due = Vec::new();
        for (when, fault, seen) in &mut self.faults {
            if when.matches(method, target) {
                *seen = seen.saturating_add(1);
                if when.nth.is_none_or(|nth| nth == *seen) {
                    due.push(fault.clone());
                }
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_with_its_request_only() {
        let mut armed = Armed::default();
        armed.arm(When::nth(2, Method::Get, "/Tasks/"), Fault::GarbledBody);
        armed.arm(When::every(Method::Post, ""), Fault::LoseAnswer);
        let calls = [
            (Method::Get, "/api/tasks/task-1", vec![]),
            (Method::Get, "/api/failoverPlans", vec![]),
            (Method::Post, "/api/tasks/", vec![Fault::LoseAnswer]),
            (Method::Get, "/api/tasks/task-1", vec![Fault::GarbledBody]),
            (Method::Get, "/api/tasks/task-1", vec![]),
            (Method::Post, "/x", vec![Fault::LoseAnswer]),
        ];
        for (method, target, expected) in calls {
            assert_eq!(armed.fire(method, target), expected, "{target}");
        }
    }
}
