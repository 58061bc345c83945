//! How a step ended.

use serde::{Deserialize, Serialize};

use super::StepId;

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumIter)]
#[serde(rename_all = "kebab-case")]
pub enum StepResult {
    /// It did what it is for.
    Succeeded,
    /// It did, and the server warned.
    Warned,
    /// It did not, and that is known.
    Failed,
    /// Its time was over: a read, a check, or a wait that something watches.
    TimedOut,
    /// What it had begun was stopped, with proof.
    Cancelled,
    /// It was not needed.
    Skipped,
    /// A need was not satisfied.
    Blocked,
    /// Something was sent, and the outcome is not proven.
    Unknown,
}

impl StepResult {
    /// Returns the word for it in reports and journals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::TimedOut => "timed-out",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::Blocked => "blocked",
            Self::Unknown => "unknown",
        }
    }

    /// Tells whether a step that needs this one may start.
    pub const fn satisfies_a_need(self) -> bool {
        matches!(self, Self::Succeeded | Self::Warned | Self::Skipped)
    }
}

/// Why a step failed, where the verdict of a run depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// EM does not have the object, or has it twice; nothing was sent.
    NotReady,
}

/// Values by name, for later steps and reports.
pub type Outputs = serde_json::Map<String, serde_json::Value>;

/// How a step ended, with what it has to say and to show for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// The result.
    pub result: StepResult,
    /// Why, where the verdict depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// One sentence for people: what happened, to what.
    pub message: String,
    /// What later steps can read.
    #[serde(default, skip_serializing_if = "Outputs::is_empty")]
    pub outputs: Outputs,
    /// The action of which this step has seen EM report success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledges: Option<StepId>,
    /// What was seen that supports the result, one finding a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

impl Ending {
    /// Makes an ending without outputs and evidence.
    pub fn new(result: StepResult, message: impl Into<String>) -> Self {
        Self {
            result,
            reason: None,
            message: message.into(),
            outputs: Outputs::new(),
            acknowledges: None,
            evidence: Vec::new(),
        }
    }

    /// Adds why.
    #[must_use]
    pub fn because(mut self, reason: Reason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Adds an output.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.outputs.insert(name.to_owned(), value.into());
        self
    }

    /// Says that EM has reported the success of this step's action.
    #[must_use]
    pub fn acknowledging(mut self, step: &StepId) -> Self {
        self.acknowledges = Some(step.clone());
        self
    }

    /// Adds findings.
    #[must_use]
    pub fn seen(mut self, evidence: impl IntoIterator<Item = String>) -> Self {
        self.evidence.extend(evidence);
        self
    }
}
