//! One case: a server, a state folder, and processes of the binary, one after the other, until
//! the run is closed or wants an operator.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use em_sim::{Certificate, Entry, Event, Options, Seen, Server, World};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::os::unix::process::ExitStatusExt as _;
use tempfile::TempDir;
use tokio::process::Command;

use crate::desk::{Blow, Desk, Exchange, Struck};
use crate::record::{Known, Record};
use crate::shape::{PASSWORD, Shape, USER};

const BINARY: &str = env!("CARGO_BIN_EXE_runbook-under-test");
/// No process needs longer.
const WATCHDOG: Duration = Duration::from_mins(1);
/// How long the winner of a race may take to act.
const SETTLE: Duration = Duration::from_millis(150);
/// How often a run is resumed that is neither closed nor wants an operator.
const RESUMES: usize = 4;

/// A process that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) arguments: String,
    pub(crate) status: Option<ExitStatus>,
    pub(crate) struck: Option<Struck>,
    /// It did not end, and nobody had struck it.
    pub(crate) hangs: bool,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) took: Duration,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.and_then(|status| status.code())
    }

    fn is_killed(&self) -> bool {
        self.status.is_some_and(|status| status.signal() == Some(9))
    }
}

/// What was so when a process was killed.
#[derive(Debug)]
pub(crate) struct Kill {
    /// Whether it was one that resumed.
    pub(crate) of_resume: bool,
    pub(crate) struck: Struck,
    pub(crate) known: Known,
}

/// All that happened in a case.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) processes: Vec<Ended>,
    pub(crate) kills: Vec<Kill>,
    pub(crate) ledger: Vec<Entry>,
    pub(crate) requests: Vec<Seen>,
    pub(crate) secrets: Vec<String>,
    pub(crate) record: Record,
    /// What `report --format json` and `verify` say of the last run.
    pub(crate) report: Ended,
    pub(crate) verified: Ended,
    /// Where everything is, until the story is forgotten.
    pub(crate) folder: TempDir,
}

/// The bench of one case.
pub(crate) struct Lab {
    shape: Shape,
    desk: Desk,
    server: Server,
    folder: TempDir,
    processes: Vec<Ended>,
    kills: Vec<Kill>,
}

impl Lab {
    /// Makes a bench.
    pub(crate) async fn new(shape: Shape, certificate: &Certificate) -> Self {
        let desk = Desk::default();
        let options = Options {
            certificate: Some(certificate.clone()),
            watcher: Some(desk.watcher()),
            ..Options::default()
        };
        let server = Server::start(shape.world(), options).await.expect("it starts");
        let folder = TempDir::new().expect("a temporary folder");
        std::fs::write(folder.path().join("it.yaml"), shape.runbook()).expect("written");
        Self { shape, desk, server, folder, processes: Vec::new(), kills: Vec::new() }
    }

    /// Runs the runbook, a process for each blow, and goes on until the run is closed or wants an
    /// operator.
    pub(crate) async fn strike(&mut self, blows: &[Blow]) {
        let (mut number, mut resumed) = (0, 0);
        while number < blows.len() || resumed < RESUMES {
            let blow = blows.get(number).copied();
            number += 1;
            let of_resume = self.record().is_begun();
            let arguments = if of_resume { "resume latest" } else { "run it.yaml --target env" };
            let ended = self.process(arguments, blow).await;
            let (code, is_killed, struck) = (ended.code(), ended.is_killed(), ended.struck);
            let hangs = ended.hangs;
            self.processes.push(ended);
            if hangs {
                return;
            }
            if let (true, Some(struck)) = (is_killed, struck) {
                let known = Known::of(self.shape, &self.record(), &self.ledger());
                self.kills.push(Kill { of_resume, struck, known });
                continue;
            }
            let is_last = number >= blows.len();
            match code {
                Some(0 | 1) => return,
                Some(7) if is_last => return,
                Some(7) => {}
                _ => resumed += 1,
            }
        }
    }

    /// Runs the runbook once, with a blow.
    pub(crate) async fn run_once(&mut self, blow: Blow) {
        let ended = self.process("run it.yaml --target env", Some(blow)).await;
        self.processes.push(ended);
    }

    /// Starts two processes at once, and kills whoever goes on once the other has ended. Returns
    /// how many went on, and the codes of those who did not.
    pub(crate) async fn two_at_once(&self, arguments: &str) -> (usize, Vec<Option<i32>>) {
        let mut both = [(); 2].map(|()| self.command(arguments).spawn().expect("it starts"));
        let [one, two] = &mut both;
        let ended = async {
            tokio::select! {
                ended = one.wait() => ended,
                ended = two.wait() => ended,
            }
        };
        let _ = tokio::time::timeout(WATCHDOG, ended).await;
        // Whoever has won is at its polls.
        tokio::time::sleep(SETTLE).await;
        let (mut winners, mut losers) = (0, Vec::new());
        for mut child in both {
            if let Some(status) = child.try_wait().expect("it can be asked") {
                losers.push(status.code());
            } else {
                winners += 1;
                child.kill().await.expect("it is ours");
            }
        }
        (winners, losers)
    }

    /// Changes the world.
    pub(crate) fn world(&self, change: impl FnOnce(&mut World)) {
        self.server.with_world(change);
    }

    /// Counts the actions that were taken on.
    pub(crate) fn taken(&self) -> usize {
        self.server.with_world(|world| world.accepted().len())
    }

    /// Has an operator rule who looks at the truth, and resumes.
    pub(crate) async fn rule(&mut self, step: &str, happened: bool) {
        let rule = if happened { "happened" } else { "not-happened" };
        let arguments = format!("resolve latest {step} --as {rule} --because seen");
        let ended = self.process(&arguments, None).await;
        self.processes.push(ended);
    }

    /// Resumes once more.
    pub(crate) async fn resume(&mut self) {
        let ended = self.process("resume latest", None).await;
        self.processes.push(ended);
    }

    /// Looks at what has come of it. Nothing more happens then.
    pub(crate) async fn story(self) -> Story {
        let report = self.process("report latest --format json", None).await;
        let verified = self.process("verify latest", None).await;
        let record = self.record();
        let (ledger, requests, secrets) = self.server.with_world(|world| {
            (world.ledger().to_vec(), world.requests().to_vec(), world.secrets())
        });
        let Self { folder, processes, kills, .. } = self;
        Story { processes, kills, ledger, requests, secrets, record, report, verified, folder }
    }

    /// Returns the code of the last process.
    pub(crate) fn code(&self) -> Option<i32> {
        self.processes.last().and_then(Ended::code)
    }

    /// Returns how many actions on a plan were taken on.
    pub(crate) fn has_accepted(&self, step: &str) -> bool {
        let acts = self.shape.acts();
        let plan = acts.iter().find(|act| act.step == step).map(|act| act.plan.clone());
        let is_it = |entry: &Entry| matches!(&entry.event, Event::Accepted { plan: on, .. } if Some(on) == plan.as_ref());
        self.ledger().iter().any(is_it)
    }

    /// Returns the steps that the report of the last run has as unknown.
    pub(crate) async fn unknown(&self) -> Vec<String> {
        let report = self.process("report latest --format json", None).await;
        crate::record::results(&report.stdout)
            .into_iter()
            .filter(|(_, result)| result == "unknown")
            .map(|(step, _)| step)
            .collect()
    }

    fn ledger(&self) -> Vec<Entry> {
        self.server.with_world(|world| world.ledger().to_vec())
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn record(&self) -> Record {
        Record::read(&self.state())
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(BINARY);
        command.args(arguments.split_whitespace()).current_dir(self.folder.path()).env_clear();
        command.envs([
            ("EM_URL", self.server.url()),
            ("EM_PIN", self.server.pin()),
            ("EM_USERNAME", USER),
            ("EM_PASSWORD", PASSWORD),
            ("EM_PATIENCE", "200ms"),
        ]);
        command.env("RUNBOOK_STATE", self.state()).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    async fn process(&self, arguments: &str, blow: Option<Blow>) -> Ended {
        let began = Instant::now();
        let child = self.command(arguments).spawn().expect("the binary starts");
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).expect("it runs");
        let process = pidfd_open(id, PidfdFlags::empty()).expect("it was just started");
        self.desk.aim(process, blow);
        let after = match blow {
            Some(Blow::After(after)) => after,
            _ => WATCHDOG,
        };
        let mut hangs = false;
        let mut output = std::pin::pin!(child.wait_with_output());
        let output = tokio::select! {
            output = &mut output => output,
            () = tokio::time::sleep(after) => {
                hangs = !matches!(blow, Some(Blow::After(_)));
                self.desk.kill();
                output.await
            }
        };
        let output = output.expect("it can be waited for");
        let (struck, exchanges) = self.desk.ended();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended {
            arguments: arguments.to_owned(),
            status: Some(output.status),
            struck,
            hangs,
            exchanges,
            took: began.elapsed(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

impl Story {
    /// Returns the state folder.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Returns the folder of the last run, where there is one.
    pub(crate) fn run(&self) -> Option<PathBuf> {
        self.record.last_run().map(Path::to_owned)
    }
}
