//! The law of the executor, watched from outside: written down, then shown, then done.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use em_api::protocol::{LoggedOn, Response, SESSION_HEADER};
use em_sim::{Incoming, Outcome, World};
use runbook_core::event::{LaneId, Opened, Verdict};
use runbook_core::executor::{Executor, Host, SendFailure};
use runbook_core::journal::{Error, Store, Writer};
use runbook_core::lane::{Credential, Keyring, Neighbours, Outgoing, Settings};
use runbook_core::plan::{Inputs, Plan};
use runbook_core::report::{Reporter, Told};
use runbook_core::run::{Input, Run};
use runbook_core::step::{Probe, Spawn, Spawned};
use runbook_core::time::Timestamp;

use super::none;
use super::steps::checked;

/// What the executor did to its surroundings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Did {
    Append,
    Sync,
    Show,
    Ask,
    Act,
}

/// Complains of every breach of the law in what was done.
fn breaches(log: &[Did]) -> Vec<String> {
    let mut found = Vec::new();
    let mut durable = true;
    for (at, did) in log.iter().enumerate() {
        let next = log.get(at + 1);
        match did {
            Did::Append if next != Some(&Did::Show) => {
                found.push(format!("{at}: written down, and then {next:?}"));
            }
            Did::Act if !durable => found.push(format!("{at}: an action before a sync")),
            _ => {}
        }
        durable = *did == Did::Sync || (durable && *did != Did::Append);
    }
    if !durable {
        found.push("the end: not synced".to_owned());
    }
    found
}

/// A simulated world with a clock that jumps, and a journal in it.
#[derive(Clone)]
struct Surroundings {
    log: Arc<Mutex<Vec<Did>>>,
    world: Arc<Mutex<(Timestamp, World)>>,
    can_sync: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Surroundings {
    fn new(can_sync: bool) -> Self {
        let start = Timestamp::from_millisecond(1_764_000_000_000);
        let world = World::builtin("operator", "secret");
        Self { log: Arc::default(), world: Arc::new(Mutex::new((start, world))), can_sync }
    }

    fn did(&self, did: Did) {
        lock(&self.log).push(did);
    }

    fn answer(&self, outgoing: &Outgoing) -> Outcome {
        let request = &outgoing.request;
        let mut incoming = Incoming::new(request.method, request.target.clone())
            .with_header("Accept", request.accept.name());
        incoming = match &outgoing.credential {
            Credential::Account => {
                incoming.with_header("Authorization", "Basic b3BlcmF0b3I6c2VjcmV0")
            }
            Credential::Session(token) => incoming.with_header(SESSION_HEADER, token.expose()),
        };
        if let Some(body) = &request.body {
            incoming = incoming.with_body(body.media, body.text.as_str());
        }
        let (now, world) = &mut *lock(&self.world);
        let now = now.to_string().parse().expect("an instant");
        world.handle(now, &incoming)
    }

    /// Runs the runbook that ships, and returns what came of it.
    fn run(&self) -> Result<Verdict, Error> {
        let text = super::read("runbooks/undo-failover.yaml");
        let checked = checked("undo-failover.yaml", &text).expect("it passes");
        let plan = Plan::make(&checked, Inputs::default()).expect("it can be planned");
        let head = Opened {
            run: "run".to_owned(),
            engine: String::new(),
            runbook: plan.name().to_owned(),
            runbook_digest: plan.runbook_digest().to_owned(),
            plan_digest: plan.digest(),
            target: "sim".to_owned(),
            address: String::new(),
            trust: String::new(),
        };
        let mut run = Run::new(Arc::new(plan), Settings::default());
        let mut journal = Writer::new(self.clone());
        let mut reporter = self.clone();
        let mut executor = Executor { host: self, journal: &mut journal, reporter: &mut reporter };
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let begin = [Input::Neighbours(Neighbours::default()), Input::Begin(head)];
        runtime.block_on(executor.drive(&mut run, Keyring::default(), begin))
    }
}

impl Host for Surroundings {
    fn now(&self) -> Timestamp {
        lock(&self.world).0
    }

    fn wall(&self) -> Timestamp {
        self.now()
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Response, SendFailure> {
        self.did(if outgoing.fresh { Did::Act } else { Did::Ask });
        match self.answer(&outgoing) {
            Outcome::Answer(response) => Ok(response),
            other => Err(SendFailure::Unanswered { reason: format!("{other:?}") }),
        }
    }

    async fn probe(&self, _: Probe) -> Result<String, String> {
        Err("there is nothing to look at".to_owned())
    }

    async fn spawn(&self, _: Spawn) -> Result<Spawned, String> {
        Err("there are no processes".to_owned())
    }

    async fn sleep_until(&self, at: Timestamp) {
        // Whatever is in flight lands before the clock jumps.
        tokio::task::yield_now().await;
        let now = &mut lock(&self.world).0;
        *now = at.max(*now);
    }

    fn keep_session(&self, _: LaneId, _: &LoggedOn) {}

    async fn stop_requested(&self) -> String {
        std::future::pending().await
    }
}

impl Store for Surroundings {
    fn append(&mut self, _: &[u8]) -> io::Result<()> {
        self.did(Did::Append);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if !self.can_sync {
            return Err(io::Error::other("the disk is gone"));
        }
        self.did(Did::Sync);
        Ok(())
    }

    fn reserve(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }
}

impl Reporter for Surroundings {
    fn tell(&mut self, _: &Told<'_>) {
        self.did(Did::Show);
    }
}

#[test]
fn events_are_written_then_shown_and_durable_before_an_action() {
    let surroundings = Surroundings::new(true);
    assert_eq!(surroundings.run().expect("the journal can be written"), Verdict::Done);
    let log = lock(&surroundings.log);
    none(
        &breaches(&log),
        "The executor writes events down, shows them, and then acts: see `turn`.",
    );
    let count = |wanted| log.iter().filter(|did| **did == wanted).count();
    assert_eq!(count(Did::Act), 1);
    // Before the logon, before the action, after what EM said to it, after what became of it, and
    // at the end: questions wait for nothing.
    assert_eq!(count(Did::Sync), 5);
}

#[test]
fn without_a_durable_journal_no_action_is_sent() {
    let surroundings = Surroundings::new(false);
    assert!(matches!(surroundings.run(), Err(Error::Write(_))));
    let log = lock(&surroundings.log);
    // Not even a logon: it would leave a session of which nobody knows.
    assert!(!log.contains(&Did::Ask) && !log.contains(&Did::Act), "{log:?}");
}

#[test]
fn a_breach_of_the_law_is_found() {
    use Did::{Act, Append, Ask, Show, Sync};
    for (log, wrong) in [
        (&[Append, Show, Ask, Append, Show, Sync, Act, Append, Show, Sync][..], 0),
        (&[Append, Show, Act, Sync], 1),
        (&[Append, Sync, Show], 1),
        (&[Append, Act, Show, Sync], 2),
        (&[Append, Show, Sync, Append, Show], 1),
    ] {
        assert_eq!(breaches(log).len(), wrong, "{log:?}");
    }
}
