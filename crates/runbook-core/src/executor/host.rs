//! The world, as a run needs it.

use std::future::Future;

use em_api::protocol::Response;

use crate::lane::Outgoing;
use crate::step::{Probe, Spawn, Spawned};
use crate::time::Timestamp;

/// Why a request has no answer. The division is what everything else rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendFailure {
    /// Proof that no byte of it was sent: there was no connection to send it on.
    NotSent {
        /// Why.
        reason: String,
        /// Whether the server is not the one that is trusted.
        untrusted: bool,
    },
    /// It was sent, at least in part. Proves nothing.
    Unanswered {
        /// What came instead of an answer.
        reason: String,
    },
}

/// The world: clock, wire, probes, processes and signals. The command line implements it over
/// real ones, tests over a simulated one.
pub trait Host: Sync {
    /// Returns the run's clock, which never goes back within a process.
    fn now(&self) -> Timestamp;

    /// Returns the wall clock, for the record only: nothing is decided by it.
    fn wall(&self) -> Timestamp;

    /// Returns the secrets of the account, in the forms in which they go over the wire: what a
    /// server repeats of them is masked.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// Says why nothing may be sent any more that changes something, where that is so. To be
    /// asked before each request that does: what says it otherwise may be a second late.
    ///
    /// # Errors
    /// The reason, in words that fit a sentence: `the parent process is gone`.
    fn guard(&self) -> Result<(), String> {
        Ok(())
    }

    /// Sends one request, once, within its own deadlines.
    fn send(
        &self,
        outgoing: Outgoing,
    ) -> impl Future<Output = Result<Response, SendFailure>> + Send;

    /// Looks at the world: what was seen, or why nothing was.
    fn probe(&self, probe: Probe) -> impl Future<Output = Result<String, String>> + Send;

    /// Runs a process to its end.
    fn spawn(&self, spawn: Spawn) -> impl Future<Output = Result<Spawned, String>> + Send;

    /// Returns at this instant of the run's clock, or at once where it has passed.
    fn sleep_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send;

    /// Returns the name of the signal that asks the run to stop, once there is one.
    fn stop_requested(&self) -> impl Future<Output = String> + Send;
}
