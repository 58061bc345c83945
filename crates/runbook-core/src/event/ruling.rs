//! What people rule about a step.

use serde::{Deserialize, Serialize};

use crate::step::StepId;

/// A ruling, with who made it and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// The step.
    pub step: StepId,
    /// What was ruled.
    pub rule: Rule,
    /// Who: a user and a machine.
    pub by: String,
    /// Why.
    pub because: String,
}

/// What can be ruled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The action of unknown outcome has happened, and worked.
    Happened,
    /// It has not happened: exactly one new attempt is made, once nothing of the last can arrive
    /// any more.
    NotHappened,
    /// EM has taken it, and it did not work.
    Failed,
    /// A step that failed without having changed anything is tried again.
    Retry,
    /// The run goes on without the step.
    Skip,
}

impl Rule {
    /// Returns the word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Happened => "happened",
            Self::NotHappened => "not-happened",
            Self::Failed => "failed",
            Self::Retry => "retry",
            Self::Skip => "skip",
        }
    }
}
