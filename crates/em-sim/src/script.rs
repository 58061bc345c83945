//! What tasks do: how long they take and how they end.

use std::time::Duration;

/// The course of one task.
///
/// # Example
/// ```
/// use em_sim::{Ending, Script};
///
/// let script = Script::quick(Ending::Failure("the host is not there".to_owned()));
/// assert!(script.delay_running.is_zero());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// How long the task is `Running`. When this time is over the operation has had its effect.
    pub delay_running: Duration,
    /// How long it is `OperationFinished` after that; with zero that state is never seen.
    pub delay_operation_finished: Duration,
    /// How it ends.
    pub ending: Ending,
}

impl Script {
    /// Makes a script that has ended when it is first looked at.
    pub const fn quick(ending: Ending) -> Self {
        Self { delay_running: Duration::ZERO, delay_operation_finished: Duration::ZERO, ending }
    }
}

impl Default for Script {
    /// About two seconds in all, and success.
    fn default() -> Self {
        Self {
            delay_running: Duration::from_millis(1500),
            delay_operation_finished: Duration::from_millis(500),
            ending: Ending::Success,
        }
    }
}

/// How a task ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The plan changes; `Success="true"` with the message `Ok`.
    Success,
    /// The plan changes; `Success="true"` with this message, or with none: servers say `Ok`,
    /// `OK`, a sentence or nothing.
    SuccessSaying(Option<String>),
    /// The plan stays as it was; `Success="false"` with this message.
    Failure(String),
    /// The plan changes, and the finished task has no `Result`.
    NoResult,
    /// The task is `Running` for ever and the plan stays as it was.
    Never,
}
