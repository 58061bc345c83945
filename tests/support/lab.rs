//! A folder, a simulated Enterprise Manager and an environment, for one test.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

use em_api::protocol::Method;
use em_sim::{Ending, Options, Script, Server, World};
use insta::internals::SettingsBindDropGuard;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::canary::Canaries;
use super::mock::{SESSION, TOKEN};
use super::process::{Outcome, Process, Said, Terminal};
use super::redact::redact;

/// The account of every lab.
pub(crate) const USER: &str = "LAB\\operator";
/// Its password; no text of the project has it.
pub(crate) const PASSWORD: &str = "canary-Qm7;pÄsswörd";
const BINARY: &str = env!("CARGO_BIN_EXE_runbook-under-test");
/// The variables without which `--target env` goes nowhere.
pub(crate) const EM: [&str; 4] = ["EM_URL", "EM_PIN", "EM_USERNAME", "EM_PASSWORD"];

/// The built-in world with tasks that are over at once.
pub(crate) fn world() -> World {
    let mut world = World::builtin(USER, PASSWORD);
    world.set_default_script(Script::quick(Ending::Success));
    world
}

/// The built-in world with tasks that never end.
pub(crate) fn stuck() -> World {
    let mut world = world();
    world.set_default_script(Script::quick(Ending::Never));
    world
}

/// The bench. Its processes see its own variables only.
#[must_use]
pub(crate) struct Lab {
    server: Option<Server>,
    runtime: Runtime,
    folder: TempDir,
    variables: BTreeMap<String, OsString>,
    user: Option<u32>,
    /// All that the processes have said.
    transcript: Mutex<Vec<Said>>,
    /// The files that the test itself has written, secrets and all.
    given: Vec<PathBuf>,
    _redacts: SettingsBindDropGuard,
}

impl Lab {
    /// Makes a lab in which nothing listens.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let lab = Self {
            server: None,
            runtime: runtime.expect("a runtime"),
            _redacts: redact(folder.path()),
            folder,
            variables: BTreeMap::new(),
            user: None,
            transcript: Mutex::default(),
            given: Vec::new(),
        };
        let state = lab.path("state");
        lab.set("RUNBOOK_STATE", state)
    }

    /// Lets this world listen, and names it to `--target env`.
    pub(crate) fn em(self, world: World) -> Self {
        self.em_with(world, Options::default())
    }

    /// Lets this world listen with these options, and names it to `--target env`.
    pub(crate) fn em_with(mut self, world: World, options: Options) -> Self {
        let server = self.runtime.block_on(Server::start(world, options)).expect("it starts");
        let (url, pin) = (server.url().to_owned(), server.pin().to_owned());
        self.server = Some(server);
        self.known(url, pin)
    }

    /// Names a server to `--target env`, with the account of every lab.
    pub(crate) fn known(self, url: impl Into<OsString>, pin: impl Into<OsString>) -> Self {
        let account = |lab: Self| lab.set("EM_USERNAME", USER).set("EM_PASSWORD", PASSWORD);
        account(self.set("EM_URL", url).set("EM_PIN", pin))
    }

    /// Writes a file into the folder, in which the processes work, or below it.
    pub(crate) fn file(mut self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(&path, text).expect("the file can be written");
        self.given.push(path);
        self
    }

    /// Copies a runbook that we ship into the folder.
    pub(crate) fn shipped(self, name: &str) -> Self {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runbooks").join(name);
        let text = fs::read(shipped).expect("the runbook is shipped");
        self.file(name, text)
    }

    /// Sets a variable.
    pub(crate) fn set(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// Takes a variable away.
    pub(crate) fn unset(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// Runs the processes as this user, where the tests have the right to do so.
    pub(crate) fn run_as(mut self, user: u32) -> Self {
        self.user = Some(user);
        self
    }

    /// Runs the binary with these arguments, which have no spaces in them, to its end.
    pub(crate) fn runbook(&self, arguments: &str) -> Outcome {
        self.start(arguments).end()
    }

    /// Starts the binary with these arguments, which have no spaces in them.
    pub(crate) fn start(&self, arguments: &str) -> Process<'_> {
        self.begin(Command::new(BINARY), arguments)
    }

    /// Starts the binary as `nohup` does: it is not told when the terminal goes away.
    pub(crate) fn start_without_hang_ups(&self, arguments: &str) -> Process<'_> {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "trap '' HUP; exec \"$0\" \"$@\"", BINARY]);
        self.begin(shell, arguments)
    }

    /// Starts the binary with a terminal of this many columns and rows behind its stderr.
    pub(crate) fn start_on_terminal(&self, size: (u16, u16), arguments: &str) -> Process<'_> {
        let command = self.prepare(Command::new(BINARY), arguments);
        Process::start_on(&self.runtime, &self.transcript, command, Terminal::new(size.0, size.1))
    }

    fn begin(&self, command: Command, arguments: &str) -> Process<'_> {
        let command = self.prepare(command, arguments);
        Process::start(&self.runtime, &self.transcript, command)
    }

    fn prepare(&self, mut command: Command, arguments: &str) -> Command {
        command.args(arguments.split_whitespace()).current_dir(self.folder.path());
        command.env_clear().envs(&self.variables);
        if let Some(user) = self.user {
            command.uid(user);
        }
        command
    }

    /// Runs a shell script, in which `$RUNBOOK` is the binary, to its end.
    pub(crate) fn script(&self, script: &str) -> Outcome {
        self.start_script(script).end()
    }

    /// Starts a shell script, in which `$RUNBOOK` is the binary. The shell and what it starts are
    /// a group of their own.
    pub(crate) fn start_script(&self, script: &str) -> Process<'_> {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script]).current_dir(self.folder.path()).process_group(0);
        shell.env_clear().envs(&self.variables).env("RUNBOOK", BINARY);
        Process::start(&self.runtime, &self.transcript, shell)
    }

    /// Runs a shell script with the variables of the lab; returns what it printed.
    pub(crate) fn shell(&self, script: &str) -> Option<String> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).current_dir(self.folder.path());
        command.envs(&self.variables).stdin(Stdio::null()).kill_on_drop(true);
        let output = self.block_on(async { command.output().await }).ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Lets a future, and all that listens in this lab, work.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Lets a server work whenever this lab does.
    pub(crate) fn spawn(
        &self,
        server: impl Future<Output = ()> + Send + 'static,
    ) -> JoinHandle<()> {
        self.runtime.spawn(server)
    }

    /// Looks at the simulated Enterprise Manager, or changes it.
    pub(crate) fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        self.server().with_world(look)
    }

    /// Returns the simulated Enterprise Manager.
    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().expect("this lab has a simulator")
    }

    /// Counts the requests of a method whose path and query contain a text.
    pub(crate) fn count(&self, method: Method, path_contains: &str) -> usize {
        self.world(|world| world.count(method, path_contains))
    }

    /// Counts the actions that went over the wire, taken on or not.
    pub(crate) fn actions(&self) -> usize {
        self.count(Method::Post, "action=")
    }

    /// Counts all requests that went over the wire.
    pub(crate) fn requests(&self) -> usize {
        self.world(|world| world.requests().len())
    }

    /// Returns the path of a file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the files that the runs have left, with their bytes, in the order of their names.
    pub(crate) fn kept(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut kept = Vec::new();
        for run in folder(&self.path("state")) {
            kept.extend(folder(&run).into_iter().map(|path| {
                let bytes = fs::read(&path).expect("it can be read");
                (path, bytes)
            }));
        }
        kept
    }

    /// Counts the records of a kind in all journals.
    pub(crate) fn written(&self, kind: &str) -> usize {
        let kind = format!("\"kind\":\"{kind}\"");
        let journals = self.kept().into_iter().filter(|(path, _)| path.ends_with("journal.jsonl"));
        journals.map(|(_, bytes)| String::from_utf8_lossy(&bytes).matches(&kind).count()).sum()
    }

    /// Returns all that no process may say or keep.
    fn secrets(&self) -> Vec<(&'static str, String)> {
        let mut secrets = vec![
            ("password", PASSWORD.to_owned()),
            ("account", format!("{USER}:{PASSWORD}")),
            ("token of the other server", TOKEN.to_owned()),
            ("session of the other server", SESSION.to_owned()),
        ];
        let given = self.variables.get("EM_PASSWORD").and_then(|value| value.to_str());
        secrets.extend(given.map(|password| ("password given", password.to_owned())));
        if let Some(server) = &self.server {
            let all = server.with_world(|world| world.secrets());
            secrets.extend(all.into_iter().map(|secret| ("token or session", secret)));
        }
        secrets
    }

    /// Returns the path of the only journal.
    pub(crate) fn journal(&self) -> PathBuf {
        let mut journals = self.kept().into_iter().map(|(path, _)| path);
        journals.find(|path| path.ends_with("journal.jsonl")).expect("a journal")
    }
}

/// The canary sweep: after every test, all that its processes said and every file that they left
/// is searched for the password, and for each token and session id that was given out.
impl Drop for Lab {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let canaries = Canaries::new(&self.secrets());
        let mut found = canaries.found_below(self.folder.path(), &self.given);
        let transcript = self.transcript.lock().unwrap_or_else(PoisonError::into_inner);
        for said in &*transcript {
            let said = said.lock().unwrap_or_else(PoisonError::into_inner);
            found.extend(canaries.found_in("output", &said));
        }
        assert!(found.is_empty(), "secrets got out:\n{}", found.join("\n"));
    }
}

fn folder(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
