//! Actions in a chain and all at once, in this process and with a journal in a file: each is made
//! durable before it is sent, and so is EM's answer. Beside them the syncs alone: the same bytes,
//! written to another file and synced at the same places. And DBOS, a record a step.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use em_api::protocol::{LoggedOn, Response};
use runbook_core::check;
use runbook_core::document::Document;
use runbook_core::event::{LaneId, Opened, Verdict};
use runbook_core::executor::{Executor, Host, SendFailure};
use runbook_core::graph::Graph;
use runbook_core::journal::{Store, Writer};
use runbook_core::lane::{Credential, Keyring, Neighbours, Outgoing, Settings};
use runbook_core::plan::{Inputs, Plan};
use runbook_core::problem::Problems;
use runbook_core::report::{Reporter, Told};
use runbook_core::run::{Input, Run};
use runbook_core::runbook::Runbook;
use runbook_core::step::{Probe, Spawn, Spawned};
use runbook_core::text::Source;
use runbook_core::time::Timestamp;
use rustix::fs::{FallocateFlags, fallocate};

use crate::process::on_path;
use crate::server::{Habits, World, session};
use crate::{median, ratio};

const STEPS: usize = 2_000;
/// How many plans the steps act on, in turn.
const PLANS: usize = 8;
/// How many steps DBOS takes.
const DBOS_STEPS: usize = 500;

/// A workflow of steps that do nothing. It prints the seconds that the steps took.
const DBOS: &str = r#"
import os, sys, time
from dbos import DBOS

@DBOS.step()
def nothing(number):
    return number

@DBOS.workflow()
def chain(steps):
    for number in range(steps):
        nothing(number)

place = "sqlite:///" + os.path.join(sys.argv[2], "dbos.sqlite")
DBOS(config={"name": "bench", "system_database_url": place, "run_admin_server": False,
             "log_level": "ERROR"})
DBOS.launch()
began = time.perf_counter()
chain(int(sys.argv[1]))
print(time.perf_counter() - began)
DBOS.destroy()
"#;

#[expect(clippy::print_stdout, reason = "a program whose result is a table")]
pub(crate) fn measure(rounds: usize) -> Result<(), String> {
    // Not where a system keeps files in memory.
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = tempfile::tempdir_in(place).map_err(|error| error.to_string())?;
    let folder = folder.path();
    let mut chains = Vec::new();
    for (name, is_chain) in [("chain", true), ("wide", false)] {
        let (mut ours, mut alone, mut syncs) = (Vec::new(), Vec::new(), 0);
        for round in 0..=rounds {
            let (our, did) = carried_out(is_chain, &folder.join("journal"))?;
            let sync = written(&did, &folder.join("alone")).map_err(|it| it.to_string())?;
            syncs = did.iter().filter(|did| matches!(did, Did::Sync)).count();
            if round > 0 {
                ours.push(our);
                alone.push(sync);
            }
        }
        println!(
            "  {name:5}  {:7.0} ms, {syncs} syncs; alone {:7.0} ms; ours / alone {:.2}",
            median(ours.clone()),
            median(alone.clone()),
            ratio(&ours, &alone)
        );
        if is_chain {
            chains = ours;
        }
    }
    let steps = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if let Some(dbos) = dbos(folder)? {
        let (our, their) = (median(chains) / steps(STEPS), dbos / steps(DBOS_STEPS));
        println!("  a step of the chain {our:.3} ms, of DBOS {their:.3} ms: {:.3}", our / their);
    }
    Ok(())
}

/// Returns the milliseconds of DBOS; none where no Python has it.
fn dbos(folder: &Path) -> Result<Option<f64>, String> {
    let Some(python) = on_path("python3") else { return Ok(None) };
    let script = folder.join("chain.py");
    fs::write(&script, DBOS).map_err(|error| error.to_string())?;
    let mut command = Command::new(python);
    let output = command.arg(script).arg(DBOS_STEPS.to_string()).arg(folder).output();
    let output = output.map_err(|error| error.to_string())?;
    let seconds = String::from_utf8_lossy(&output.stdout).trim().parse::<f64>();
    Ok(seconds.ok().filter(|_| output.status.success()).map(|seconds| seconds * 1e3))
}

fn plan(is_chain: bool) -> Plan {
    let mut text = "runbook: v1\nname: bench\nsteps:\n".to_owned();
    for step in 0..STEPS {
        let needs = match step.checked_sub(1) {
            Some(before) if is_chain => format!(", needs: s{before}"),
            _ => String::new(),
        };
        let plan = step % PLANS;
        text +=
            &format!("  s{step}: {{ uses: undo-failover, with: {{ plan: fp-{plan} }}{needs} }}\n");
    }
    let mut problems = Problems::default();
    let document = Document::parse(&Source::new("bench.yaml", text), &mut problems);
    let runbook = Runbook::read(&document, &mut problems);
    let graph = Graph::build(&runbook, &mut problems);
    let checked = check::all(runbook, graph, problems).expect("a runbook without errors");
    Plan::make(&checked, Inputs::default()).expect("a runbook without inputs")
}

/// Carries a plan out. Returns the milliseconds, and what was done to the journal.
fn carried_out(is_chain: bool, place: &Path) -> Result<(f64, Vec<Did>), String> {
    let plan = plan(is_chain);
    let head = Opened {
        run: "bench".to_owned(),
        engine: String::new(),
        runbook: plan.name().to_owned(),
        runbook_digest: plan.runbook_digest().to_owned(),
        plan_digest: plan.digest(),
        target: "bench".to_owned(),
        address: String::new(),
        trust: String::new(),
    };
    let habits = Habits { plans: vec![Duration::ZERO; PLANS], ..Habits::default() };
    let world = World::new("http://127.0.0.1".to_owned(), habits);
    let host = Quick { world: Arc::new(Mutex::new(world)), began: Instant::now() };
    let file = begin(place).map_err(|error| error.to_string())?;
    let mut journal = Journal { file, did: Vec::new() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let began = Instant::now();
    let mut run = Run::new(Arc::new(plan), Settings::default());
    let mut writer = Writer::new(&mut journal);
    let begin = [Input::Neighbours(Neighbours::default()), Input::Begin(head)];
    let mut executor = Executor { host: &host, journal: &mut writer, reporter: &mut Nobody };
    let verdict = runtime.block_on(executor.drive(&mut run, Keyring::default(), begin));
    let took = began.elapsed().as_secs_f64() * 1e3;
    match verdict {
        Ok(Verdict::Done) => Ok((took, journal.did)),
        other => Err(format!("the chain came to {other:?}")),
    }
}

/// Does the same to another file, without a run. Returns the milliseconds.
fn written(did: &[Did], place: &Path) -> io::Result<f64> {
    let mut file = begin(place)?;
    let began = Instant::now();
    for did in did {
        match did {
            Did::Append(bytes) => file.write_all(bytes)?,
            Did::Sync => file.sync_data()?,
        }
    }
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

fn begin(place: &Path) -> io::Result<File> {
    let _ = fs::remove_file(place);
    OpenOptions::new().append(true).create_new(true).open(place)
}

/// What was done to a journal.
enum Did {
    Append(Vec<u8>),
    Sync,
}

/// A file that keeps in mind what was done to it; for the rest as that of the program.
struct Journal {
    file: File,
    did: Vec<Did>,
}

impl Store for &mut Journal {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.did.push(Did::Append(bytes.to_vec()));
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.did.push(Did::Sync);
        self.file.sync_data()
    }

    fn reserve(&mut self, bytes: u64) -> io::Result<()> {
        let end = self.file.metadata()?.len();
        Ok(fallocate(&self.file, FallocateFlags::KEEP_SIZE, end, bytes)?)
    }
}

struct Nobody;

impl Reporter for Nobody {
    fn tell(&mut self, _: &Told<'_>) {}
}

/// A world that answers at once.
struct Quick {
    world: Arc<Mutex<World>>,
    began: Instant,
}

impl Host for Quick {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(1_764_000_000_000) + self.began.elapsed()
    }

    fn wall(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millisecond(0) + since
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Response, SendFailure> {
        let session = match &outgoing.credential {
            Credential::Account => session(None),
            Credential::Session(token) => session(Some(token.expose())),
        };
        let request = &outgoing.request;
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let (status, header, body) = world.answer(request.method.name(), &request.target, session);
        let mut headers = vec![("Content-Type".to_owned(), "application/xml".to_owned())];
        headers.extend(header.map(|(name, value)| (name.to_owned(), value)));
        Ok(Response { status, headers, body: body.into_bytes() })
    }

    async fn probe(&self, _: Probe) -> Result<String, String> {
        Err("there is nothing to look at".to_owned())
    }

    async fn spawn(&self, _: Spawn) -> Result<Spawned, String> {
        Err("there are no processes".to_owned())
    }

    async fn sleep_until(&self, at: Timestamp) {
        tokio::time::sleep(at.since(self.now())).await;
    }

    fn keep_session(&self, _: LaneId, _: &LoggedOn) {}

    async fn stop_requested(&self) -> String {
        std::future::pending().await
    }
}
