//! What a machine can wish for. The division is the point: see each variant.

use std::time::Duration;

use em_api::protocol::Request;

use super::{CallId, StepId};
use crate::time::Timestamp;

/// A wish of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepEffect {
    /// A call that may be repeated: it is, by the rules for reads, until it is answered.
    Read(CallId, Request),
    /// A call that may not be repeated. A lane sends it, and answers with what is proven.
    Act(CallId, Action),
    /// The task of a step, to be watched: the lane polls once and tells all who follow. The
    /// first snapshot comes at once, later ones with each poll, until it is abandoned.
    Follow(CallId, StepId),
    /// A look at the world that is not EM's.
    Probe(CallId, Probe),
    /// A process of its own.
    Spawn(CallId, Spawn),
    /// A question to people. A run that waits for nothing else is parked.
    Ask(CallId, Gate),
    /// No more interest in what this call may still bring.
    Abandon(CallId),
}

/// A call that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A request that creates a task.
    Write(Write),
    /// The wish that EM stops the task of this step. An answer to it proves nothing.
    CancelTask(StepId),
}

/// A request that creates a task, and how that task will be known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// What is sent.
    pub request: Request,
    /// The `Operation` which the task must have; any other task is not ours.
    pub operation: &'static str,
    /// What it is done to, for people: ``failover plan `ERP-DR` ``.
    pub object: String,
}

/// A look at the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Whether something listens.
    Tcp {
        /// Host and port.
        address: String,
        /// How long one try may take.
        within: Duration,
    },
}

/// A process to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spawn {
    /// The program and its arguments; no shell.
    pub argv: Vec<String>,
    /// What the process reads.
    pub stdin: String,
}

/// A question to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// What is asked.
    pub prompt: String,
    /// When the question is closed. People are bounded by wall time: no process may live then.
    pub expires: Timestamp,
}
