//! Answers that are not what was asked for.

use crate::protocol::{Fault, Response};

/// Why an answer has no value in it.
///
/// The status tells what it proves; these values only keep apart «the server says no» from «the
/// server says yes, in words nobody understands».
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// A status other than 2xx.
    #[error("`{operation}` was answered with status {status}: {fault}")]
    Refused {
        /// The name of the operation.
        operation: &'static str,
        /// The status code.
        status: u16,
        /// What the server said.
        fault: Fault,
    },
    /// A 2xx without the documented content.
    #[error(
        "`{operation}` was answered with status {status}, and the answer is unreadable: {reason}"
    )]
    Unreadable {
        /// The name of the operation.
        operation: &'static str,
        /// The status code.
        status: u16,
        /// What is wrong, and where in the body.
        reason: String,
    },
}

impl AnswerError {
    pub(super) fn refused(operation: &'static str, response: &Response) -> Self {
        Self::Refused { operation, status: response.status, fault: Fault::read(response) }
    }

    /// Returns the status code of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Refused { status, .. } | Self::Unreadable { status, .. } => *status,
        }
    }
}
