//! What happens in lanes.

use std::fmt;

use em_api::protocol::{Body, Method, TaskId};

use crate::step::{CallId, StepId};

/// A lane: one logon session of this run, numbered from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LaneId(pub u32);

impl fmt::Display for LaneId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "lane {}", self.0)
    }
}

/// A wish of a step, unique in its run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket {
    /// The step.
    pub step: StepId,
    /// Its number within the step.
    pub call: CallId,
}

/// What is about to be sent, written down before it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The try, from 1. Another one is made only after proof that the last did nothing.
    pub attempt: u32,
    /// The method.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// The document sent along.
    pub body: Option<Body>,
    /// The `Operation` of the task that will come of it; none for a request that stops a task.
    pub operation: Option<String>,
    /// What it is done to, for people.
    pub object: String,
}

/// How a task became known as ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// EM answered with it.
    Answered,
    /// The answer was lost; it was the one new task of its lane, with the right operation.
    Adopted,
}

/// What happened in a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LaneEvent {
    /// A logon is about to be sent. Where nothing follows, it may have left a session behind of
    /// which only EM knows.
    Opening {
        /// The lane that it is for.
        lane: LaneId,
    },
    /// A logon succeeded.
    Opened {
        /// The lane.
        lane: LaneId,
        /// SHA-256 of the session's id, in hex. The id itself is a secret.
        session: String,
    },
    /// The tasks that the session had before the first action: any other will be ours.
    Listed {
        /// The lane.
        lane: LaneId,
        /// The tasks; none where EM would not list them, and then no lost answer can be found.
        tasks: Option<Vec<TaskId>>,
    },
    /// An action is about to be sent.
    Intended {
        /// The lane.
        lane: LaneId,
        /// Who asked.
        ticket: Ticket,
        /// What.
        intent: Intent,
    },
    /// EM has accepted it.
    Accepted {
        /// The lane.
        lane: LaneId,
        /// Who asked.
        ticket: Ticket,
        /// The task.
        task: TaskId,
        /// How it is known.
        how: How,
    },
    /// EM has done it, without a task.
    Done {
        /// Who asked.
        ticket: Ticket,
    },
    /// EM has refused it; nothing has changed.
    Refused {
        /// Who asked.
        ticket: Ticket,
        /// The status.
        status: u16,
        /// What EM said.
        message: String,
    },
    /// No byte of it was sent.
    NotSent {
        /// Who asked.
        ticket: Ticket,
        /// Why.
        reason: String,
    },
    /// It was sent, and its answer does not tell what became of it.
    Unanswered {
        /// Who asked.
        ticket: Ticket,
        /// What came instead.
        reason: String,
    },
    /// The search for what became of it has found no proof.
    Undecided {
        /// Who asked.
        ticket: Ticket,
        /// What was seen.
        findings: Vec<String>,
    },
    /// A session of an earlier process of this run lives, and its token is at hand: its tasks are
    /// watched on. It takes no new action.
    Rejoined {
        /// The lane.
        lane: LaneId,
    },
    /// The logon session is out of reach, against our will.
    Lost {
        /// The lane.
        lane: LaneId,
        /// How we know.
        why: String,
    },
    /// The session of a lane that was lost is proven to be gone: nothing that was ever sent in it
    /// can arrive any more.
    Fenced {
        /// The lane.
        lane: LaneId,
        /// What proves it.
        how: String,
    },
    /// We have logged out, and EM has said so: the session is gone.
    Closed {
        /// The lane.
        lane: LaneId,
    },
    /// Sessions of the same account that this run has not opened, and goes on beside.
    Others {
        /// SHA-256 of the id of each, in hex.
        sessions: Vec<String>,
    },
    /// Passing: a request met trouble, and is tried again.
    Troubled {
        /// What was asked, and what came.
        what: String,
    },
    /// Passing: a followed task was seen.
    TaskSeen {
        /// The step whose task it is.
        step: StepId,
        /// Its state, in EM's word.
        state: String,
    },
}
