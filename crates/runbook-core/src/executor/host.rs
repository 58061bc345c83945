//! The world, as a run needs it.

use std::future::Future;

use em_api::protocol::{LoggedOn, Response};

use crate::event::{LaneId, Stop};
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

    /// Tells whether the run may still change anything: what it has locked is still its own, and
    /// whoever started it still lives.
    ///
    /// # Errors
    /// Why it must stop. Nothing is sent then.
    fn guard(&self) -> Result<(), Stop> {
        Ok(())
    }

    /// Returns SHA-256 of the ids of logon sessions that are known to be of other runs, and
    /// harmless. Asked whenever EM has listed its sessions.
    fn neighbours(&self) -> Vec<String> {
        Vec::new()
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

    /// Keeps a session for a later process, which can then go on with its tasks. Where that fails
    /// a crash may leave outcomes unknown, and nothing else is lost.
    fn keep_session(&self, lane: LaneId, session: &LoggedOn);

    /// Returns the name of the signal that asks the run to stop, once there is one.
    fn stop_requested(&self) -> impl Future<Output = String> + Send;
}
