//! What a machine can be told.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use em_api::protocol::{Response, Task};

use super::{CallId, Ending, StepId};

/// Something that happened, told to a machine.
#[derive(Clone, Debug)]
pub enum StepInput {
    /// Its needs are satisfied: it starts. What it watches is told right after.
    Begin,
    /// A later process goes on with it. Whatever it waited for has died with the process before:
    /// it says again what it wishes for in the state it is in.
    Resumed,
    /// A read was answered, or is given up.
    Answered(CallId, Answer),
    /// An action has come to what can be proven.
    Acted(CallId, Acted),
    /// The followed task looks like this now.
    Observed(CallId, Snapshot),
    /// The world was looked at: what was seen, or why nothing was.
    Probed(CallId, Result<String, String>),
    /// A process has ended, or could not start.
    Ran(CallId, Result<Spawned, String>),
    /// People have answered.
    Decided(CallId, Decision),
    /// The instant of `wake_at` has come.
    Woke,
    /// The step's time is over.
    Deadline,
    /// A watched step has ended.
    Ended(StepId, Ending),
}

/// What a read brought.
#[derive(Clone, Debug)]
pub enum Answer {
    /// An answer with any status.
    Response(Shared),
    /// None, after all the tries that reads are given.
    None(Failure),
}

/// An answer that several steps may have been given, and what the first of them read in it: a
/// thousand steps that ask for the same list are not to read it a thousand times.
#[derive(Clone)]
pub struct Shared(Arc<Once>);

struct Once {
    response: Response,
    read: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl Shared {
    /// Reads it, unless that was done before. All who share an answer have put the same question,
    /// and so read it in the same way.
    pub fn read<T: Any + Send + Sync>(&self, read: impl Fn(&Response) -> T) -> Arc<T> {
        let once = &self.0;
        let first = once.read.get_or_init(|| Arc::new(read(&once.response)));
        let first = Arc::clone(first).downcast();
        first.unwrap_or_else(|_| Arc::new(read(&once.response)))
    }
}

impl From<Response> for Shared {
    fn from(response: Response) -> Self {
        Self(Arc::new(Once { response, read: OnceLock::new() }))
    }
}

impl Deref for Shared {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.0.response
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.response.fmt(out)
    }
}

/// What is proven of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acted {
    /// EM has accepted it, as this task.
    Accepted(Evidence),
    /// EM has done it, without a task.
    Done,
    /// Nothing was sent.
    NotSent(Failure),
    /// EM has refused it; nothing has changed.
    Refused(Failure),
    /// It may or may not have happened.
    Unknown(Evidence),
}

/// Why something did not work, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A sentence: what happened, and what was and was not sent.
    pub message: String,
    /// The status with which EM refused, where it answered.
    pub status: Option<u16>,
}

/// What was seen, one finding a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The name of the task, where there is one.
    pub task: Option<String>,
    /// The findings.
    pub findings: Vec<String>,
}

/// What a followed task looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Snapshot {
    /// EM shows it.
    Task(Box<Task>),
    /// EM answered that there is no such task: deleted, expired, or EM was restarted.
    Gone,
    /// Its logon session has ended, and with it every sight of the task.
    Lost(String),
    /// EM shows another task under its name, with this operation.
    Foreign(String),
    /// What became of the step's action is not known to EM: this person has ruled that it has
    /// happened.
    Ruled(String),
    /// The step never had a task.
    None,
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spawned {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote.
    pub stdout: String,
}

/// What people answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The choice.
    pub choice: String,
    /// Who, and why.
    pub because: String,
}
