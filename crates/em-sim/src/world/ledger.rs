//! What really happened, for tests and for people who look behind the server.

use em_api::protocol::{Method, PlanId, TaskId};
use jiff::Timestamp;

use super::plans::Action;

/// Something that happened, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The moment of the effect. A completion has the moment at which it was due.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// What happened. Sessions are numbered by logon, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A session was opened.
    LoggedOn {
        /// Its number.
        session: u32,
    },
    /// A logon with wrong credentials was refused.
    LogonRefused,
    /// A session was closed by `DELETE`.
    LoggedOut {
        /// Its number.
        session: u32,
    },
    /// An action was taken on: its operation runs from now on.
    Accepted {
        /// The plan.
        plan: PlanId,
        /// What it was asked to do.
        action: Action,
        /// The session that asked.
        session: u32,
        /// The task.
        task: TaskId,
    },
    /// An operation came to its end.
    Completed {
        /// The plan.
        plan: PlanId,
        /// What it was asked to do.
        action: Action,
        /// The session that had asked.
        session: u32,
        /// The task, though it may be forgotten.
        task: TaskId,
        /// Whether the plan is now as asked.
        done: bool,
    },
    /// A `DELETE` of a task was taken.
    TaskDeleted {
        /// The session that asked.
        session: u32,
        /// The task.
        task: TaskId,
        /// Whether that stopped its operation.
        stopped: bool,
    },
}

/// A request that came to the server, even if a fault kept it from the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When it came.
    pub at: Timestamp,
    /// Its method.
    pub method: Method,
    /// Path and query as sent.
    pub target: String,
    /// The status of the answer, or of the answer that a fault took away; `None` if there was
    /// none at all.
    pub status: Option<u16>,
    /// The names of the faults that happened with it.
    pub faults: Vec<&'static str>,
}
