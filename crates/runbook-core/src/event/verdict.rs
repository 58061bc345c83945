//! What a run came to, and the exit code that says so.

use serde::{Deserialize, Serialize};

/// What a run came to. Each has an exit code of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::EnumIter)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All went as planned.
    Done,
    /// A step failed, and there was nothing to undo.
    Failed,
    /// EM lacks what the runbook needs; no action was sent.
    NotReady,
    /// The outcome of an action that was sent is not proven.
    Unknown,
    /// Parked at gates.
    Waiting,
    /// Before the first action: another run is at work with the same account.
    Locked,
    /// Before the first action: EM cannot be reached, trusted or logged on to.
    Unreachable,
    /// Stopped by a signal, or EM lost after the first action.
    Interrupted,
}

impl Verdict {
    /// Returns the word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::NotReady => "not-ready",
            Self::Unknown => "unknown",
            Self::Waiting => "waiting",
            Self::Locked => "locked",
            Self::Unreachable => "unreachable",
            Self::Interrupted => "interrupted",
        }
    }

    /// Returns the exit code of a process whose run came to this.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::NotReady => 3,
            Self::Unknown => 7,
            Self::Waiting => 8,
            Self::Locked => 9,
            Self::Unreachable => 69,
            Self::Interrupted => 75,
        }
    }
}
