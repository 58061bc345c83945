//! What happened, in the past tense: the words shared by run, journal and reports.
//!
//! *Kept* events go into the journal, and a run is rebuilt from them. *Passing* ones are shown
//! and forgotten: losing one costs patience only.

mod lane;
mod ruling;
mod verdict;

pub use lane::{How, Intent, LaneEvent, LaneId, Ticket};
pub use ruling::{Rule, Ruling};
pub use verdict::Verdict;

use serde_json::Value as Json;

use crate::step::{Ending, StepId};
use crate::time::Timestamp;

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When, by the run's clock.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// The run began.
    Opened(Opened),
    /// A later process goes on with it.
    Resumed(Resumed),
    /// A step's needs were satisfied, and it began to work.
    StepStarted {
        /// The step.
        step: StepId,
    },
    /// A step's machine changed.
    StepChanged {
        /// The step.
        step: StepId,
        /// The change, in the words of the step's own type.
        note: Json,
    },
    /// A step ended.
    StepEnded {
        /// The step.
        step: StepId,
        /// How.
        ending: Ending,
    },
    /// A step that had ended is looked at again.
    StepReopened {
        /// The step.
        step: StepId,
    },
    /// People have said how it goes on with a step.
    Ruled(Ruling),
    /// Something happened in a lane.
    Lane(LaneEvent),
    /// From here on, nothing new is sent.
    Stopped(Stop),
    /// Nothing of the run can go on, and nothing is unknown.
    Closed {
        /// What it came to.
        verdict: Verdict,
    },
    /// The process ends, and the run stays open.
    LeftOpen {
        /// Why.
        verdict: Verdict,
    },
}

impl What {
    /// Tells whether it must be durable before anything follows from it: what became of an
    /// action, and that nothing more is sent.
    pub fn is_weighty(&self) -> bool {
        match self {
            Self::Stopped(_) | Self::Resumed(_) | Self::Ruled(_) => true,
            Self::StepEnded { ending, .. } => ending.acknowledges.is_some(),
            Self::Lane(event) => matches!(
                event,
                LaneEvent::Accepted { .. }
                    | LaneEvent::Done { .. }
                    | LaneEvent::Refused { .. }
                    | LaneEvent::NotSent { .. }
                    | LaneEvent::Unanswered { .. }
                    | LaneEvent::Undecided { .. }
            ),
            _ => false,
        }
    }

    /// Tells whether it goes into the journal.
    pub fn is_kept(&self) -> bool {
        !matches!(self, Self::Lane(LaneEvent::Troubled { .. } | LaneEvent::TaskSeen { .. }))
    }
}

/// The head of a run: what it is a run of, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The run's id.
    pub run: String,
    /// The version of the program.
    pub engine: String,
    /// The name of the runbook.
    pub runbook: String,
    /// SHA-256 of the runbook's text, in hex.
    pub runbook_digest: String,
    /// SHA-256 of the plan, in hex.
    pub plan_digest: String,
    /// The name of the target.
    pub target: String,
    /// The address of EM.
    pub address: String,
    /// How EM is known: its pins, or what signs for it.
    pub trust: String,
}

/// A later process of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// The version of the program.
    pub engine: String,
    /// Who went on with it: a user and a machine.
    pub by: String,
    /// Why it was taken over from whoever held it; none where nobody did.
    pub because: Option<String>,
}

/// Why nothing new is sent any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A signal, or a parent that is gone.
    Signal {
        /// Its name: `SIGTERM`.
        name: String,
    },
    /// EM cannot be reached, trusted or logged on to.
    Unreachable {
        /// A sentence for people.
        message: String,
    },
    /// Somebody else is at work: with the same account, or with what this run had locked.
    Superseded {
        /// A sentence for people.
        message: String,
    },
}
