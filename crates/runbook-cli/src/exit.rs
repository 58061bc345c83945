//! The exit codes, each once, and what ends a command before its work.

use std::process::ExitCode;

use runbook_core::event::Verdict;

macro_rules! exits {
    ($($name:ident = $code:literal, $word:literal, $meaning:literal;)*) => {
        /// What a process ends with.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Exit {
            $(#[doc = $meaning] $name = $code,)*
        }

        impl Exit {
            /// All of them, by code.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the word for it.
            pub(crate) const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Returns what it means.
            pub(crate) const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }
        }
    };
}

exits! {
    Done = 0, "done", "all went as planned";
    Failed = 1, "failed", "a step failed; there was nothing to undo, or the policy is not to";
    Invalid = 2, "invalid", "the runbook or the command line is wrong, or an input, a secret or a \
        target's variable is missing; nothing was sent";
    NotReady = 3, "not-ready", "EM lacks what the runbook needs, and no action was sent";
    Stale = 4, "stale", "the saved plan no longer matches; nothing was sent";
    Undone = 5, "undone", "failed, and everything it had done was taken back";
    Stuck = 6, "stuck", "failed, and the undo is incomplete: an operator is needed";
    Unknown = 7, "unknown", "the outcome of a sent action is not proven: `resolve` it";
    Waiting = 8, "waiting", "parked at gates; `resume` goes on";
    Locked = 9, "locked", "another run holds the lock, or has left an action without an outcome on \
        the same object; nothing was sent";
    Declined = 10, "declined", "every failure is a declined gate, and nothing is owed";
    Unreachable = 69, "unreachable", "before the first action: EM cannot be reached, trusted or \
        logged on to";
    Internal = 70, "internal", "a defect of ours; the journal is intact";
    Journal = 74, "journal", "the journal cannot be trusted or written; nothing more was sent";
    Interrupted = 75, "interrupted", "stopped by a signal, or EM lost after the first action; \
        `resume` goes on";
}

impl Exit {
    /// Returns the number.
    pub(crate) const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Done => Self::Done,
            Verdict::Failed => Self::Failed,
            Verdict::NotReady => Self::NotReady,
            Verdict::Unknown => Self::Unknown,
            Verdict::Waiting => Self::Waiting,
            Verdict::Locked => Self::Locked,
            Verdict::Unreachable => Self::Unreachable,
            Verdict::Interrupted => Self::Interrupted,
        }
    }
}

/// Why a command did not get to its work.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What happened, to what, in a lower-case fragment.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<String>,
}

impl Failure {
    /// Makes a failure.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), help: None }
    }

    /// The command line, a file or the environment is wrong.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Exit::Invalid, message)
    }

    /// Says what to do.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_verdicts_are_those_of_the_table() {
        for exit in Exit::ALL {
            assert!(!exit.word().is_empty() && !exit.meaning().is_empty());
        }
        let verdicts = [
            Verdict::Done,
            Verdict::Failed,
            Verdict::NotReady,
            Verdict::Unknown,
            Verdict::Waiting,
            Verdict::Locked,
            Verdict::Unreachable,
            Verdict::Interrupted,
        ];
        for verdict in verdicts {
            assert_eq!(Exit::from(verdict).code(), verdict.exit_code());
            assert_eq!(Exit::from(verdict).word(), verdict.name());
        }
    }
}
