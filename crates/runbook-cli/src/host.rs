//! The real world for a run: the client, the clock, processes and signals.

use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use em_api::client::{Auth, Client, Connection, NotSent, SendError};
use em_api::protocol::{LoggedOn, Response};
use runbook_core::event::{LaneId, Stop};
use runbook_core::executor::{Host, SendFailure};
use runbook_core::lane::{Credential, Outgoing};
use runbook_core::step::{Probe, Spawn, Spawned};
use runbook_core::time::Timestamp;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::locks::Claim;
use crate::sealed::Sealer;
use crate::{gate, process, signals, terminal};

/// The longest single sleep. A timer does not count the time in which the machine slept, and the
/// run's clock does.
const NAP: Duration = Duration::from_secs(10);

/// The world of this process.
#[derive(Debug)]
pub(crate) struct RealHost<'a> {
    client: &'a Client,
    claim: &'a Claim,
    stop: signals::Stop,
    sealer: Mutex<Option<Sealer>>,
    clock: Clock,
}

/// The clock of a run: wall time at its start, and from there on what a clock counts that never
/// jumps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Duration,
    started_at: Timestamp,
}

impl Clock {
    /// Starts it now, but not before what the run has seen already.
    pub(crate) fn start(not_before: Timestamp) -> Self {
        Self { started: process::uptime(), started_at: wall().max(not_before) }
    }

    fn now(self) -> Timestamp {
        self.started_at + process::uptime().saturating_sub(self.started)
    }
}

impl<'a> RealHost<'a> {
    /// Takes all that a run has of its surroundings.
    pub(crate) fn new(
        client: &'a Client,
        claim: &'a Claim,
        stop: signals::Stop,
        sealer: Option<Sealer>,
        clock: Clock,
    ) -> Self {
        Self { client, claim, stop, sealer: Mutex::new(sealer), clock }
    }

    /// The run is closed: nobody needs its sessions any more.
    pub(crate) fn forget_sessions(&self) {
        if let Some(sealer) = &mut *self.sealer()
            && let Err(error) = sealer.remove()
        {
            terminal::note(&format!("the sealed sessions of the run cannot be deleted: {error}"));
        }
    }

    fn sealer(&self) -> MutexGuard<'_, Option<Sealer>> {
        self.sealer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host for RealHost<'_> {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn wall(&self) -> Timestamp {
        wall()
    }

    fn secrets(&self) -> Vec<String> {
        self.client.secrets()
    }

    fn guard(&self) -> Result<(), Stop> {
        if process::is_orphan() {
            return Err(Stop::Signal { name: process::ORPHANED.to_owned() });
        }
        self.claim.locks.still_ours().map_err(|message| Stop::Superseded { message })
    }

    fn neighbours(&self) -> Vec<String> {
        self.claim.sessions_beside()
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Response, SendFailure> {
        let auth = match &outgoing.credential {
            Credential::Account => Auth::Logon,
            Credential::Session(token) => Auth::Session(token),
        };
        let connection = if outgoing.fresh { Connection::Fresh } else { Connection::Pooled };
        self.client.send(&outgoing.request, auth, connection).await.map_err(|error| match error {
            SendError::NotSent { server, cause, .. } => SendFailure::NotSent {
                reason: format!("{server}: {cause}"),
                untrusted: matches!(cause, NotSent::Untrusted { .. }),
            },
            SendError::Unanswered { reason, .. } => SendFailure::Unanswered { reason },
        })
    }

    async fn probe(&self, probe: Probe) -> Result<String, String> {
        let Probe::Tcp { address, within } = probe;
        let connect = tokio::time::timeout(within, TcpStream::connect(&address)).await;
        match connect {
            Err(_) => Err(format!("{address} did not answer in time")),
            Ok(Err(error)) => Err(format!("{address}: {error}")),
            Ok(Ok(stream)) => {
                let peer = stream.peer_addr().map_err(|error| error.to_string())?;
                Ok(format!("{address} ({peer}) accepts connections"))
            }
        }
    }

    async fn spawn(&self, spawn: Spawn) -> Result<Spawned, String> {
        let Some((program, arguments)) = spawn.argv.split_first() else {
            return Err("there is no program to run".to_owned());
        };
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("`{program}` does not start: {error}"))?;
        let stdin = child.stdin.take();
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A process that does not read what it is given still has an exit code.
                let _ = stdin.write_all(spawn.stdin.as_bytes()).await;
            }
        };
        let ((), output) = tokio::join!(feed, child.wait_with_output());
        let output = output.map_err(|error| error.to_string())?;
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(Spawned { code: output.status.code(), stdout })
    }

    async fn sleep_until(&self, at: Timestamp) {
        loop {
            let left = at.since(self.now());
            if left.is_zero() {
                // A loop that is always due would otherwise keep the sockets from being read.
                return tokio::task::yield_now().await;
            }
            tokio::time::sleep(left.min(NAP)).await;
        }
    }

    fn keep_session(&self, lane: LaneId, session: &LoggedOn) {
        gate::add_session(session);
        if let Some(sealer) = &mut *self.sealer()
            && let Err(error) = sealer.put(lane.0, session)
        {
            terminal::note(&format!(
                "the logon session of {lane} cannot be kept for a later process ({error}): a \
                 crash may leave unknown what became of its actions"
            ));
        }
    }

    async fn stop_requested(&self) -> String {
        let mut stop = self.stop.clone();
        let name = stop.wait_for(Option::is_some).await.ok().and_then(|name| *name);
        match name {
            Some(name) => name.to_owned(),
            None => std::future::pending().await,
        }
    }
}

/// What the system's clock says.
pub(crate) fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millisecond(0) + since
}
