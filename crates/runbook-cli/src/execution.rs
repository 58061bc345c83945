//! A run at work in this process: one that begins, or one that goes on. From here on there is no
//! difference but in what was known before.

use std::time::Duration;

use runbook_core::event::Verdict;
use runbook_core::executor::Executor;
use runbook_core::journal::Writer;
use runbook_core::lane::{Keyring, Neighbours};
use runbook_core::report::{self, Report};
use runbook_core::run::{Input, Run};
use runbook_core::time::Timestamp;

use crate::args::Format;
use crate::exit::{Exit, Failure};
use crate::host::{Clock, RealHost};
use crate::locks::Claim;
use crate::progress::Progress;
use crate::sealed::Sealer;
use crate::signals;
use crate::state::{FileStore, RunFolder};
use crate::target::Target;
use crate::terminal;

/// What to look at where EM of the environment cannot be reached, trusted or logged on to.
const UNREACHABLE: &str = "`EM_URL` says where EM is, `EM_PIN` or `EM_CA` how it is known, \
                           `EM_USERNAME` and `EM_PASSWORD` who logs on. Set another pin only after \
                           you have compared it on the EM server itself.";

/// Everything that a run needs to be at work.
pub(crate) struct Execution {
    /// Where EM is.
    pub(crate) target: Target,
    /// What the run has to itself.
    pub(crate) claim: Claim,
    /// Its folder.
    pub(crate) folder: RunFolder,
    /// The run, as far as it is known.
    pub(crate) run: Run,
    /// Its journal.
    pub(crate) journal: Writer<FileStore>,
    /// The tokens that earlier processes have left.
    pub(crate) keyring: Keyring,
    /// Keeps the tokens for later ones; none where there can be none.
    pub(crate) sealer: Option<Sealer>,
    /// The run's clock does not go back behind this instant.
    pub(crate) not_before: Timestamp,
    /// Whether to go on beside logon sessions of which nothing is known.
    pub(crate) take_over: bool,
    /// Whether the process before may still live, where no lock of this machine reaches it.
    pub(crate) may_live: bool,
    /// How to write the report at the end.
    pub(crate) format: Format,
}

/// Lets a run be driven: the runtime, and the signals.
///
/// # Errors
/// The system gives none.
pub(crate) fn runtime() -> Result<(tokio::runtime::Runtime, signals::Stop), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::new(Exit::Internal, format!("no runtime: {error}; nothing was sent"))
    })?;
    let stop = signals::listen().map_err(|error| {
        Failure::new(Exit::Internal, format!("no signal handler: {error}; nothing was sent"))
    })?;
    Ok((runtime, stop))
}

impl Execution {
    /// Has the run at work until nothing of it goes on in this process, and says what it came to.
    ///
    /// # Errors
    /// The journal cannot be written: nothing more is sent from then on.
    pub(crate) async fn drive(self, stop: signals::Stop, begin: Input) -> Result<Exit, Failure> {
        let Self { target, claim, folder, mut run, mut journal, keyring, .. } = self;
        for line in claim.told().into_iter().chain(folder.remark_of_ci()) {
            terminal::note(&line);
        }
        let (take_over, may_live) = (self.take_over, self.may_live);
        let neighbours = Neighbours { sessions: Vec::new(), take_over, may_live };
        let clock = Clock::start(self.not_before);
        let host = RealHost::new(&target.client, &claim, stop, self.sealer, clock);
        let mut progress = Progress::start();
        let driven = Executor { host: &host, journal: &mut journal, reporter: &mut progress }
            .drive(&mut run, keyring, [Input::Neighbours(neighbours), begin])
            .await;
        progress.finish();
        let verdict = driven.map_err(|error| {
            let id = &folder.id;
            Failure::new(Exit::Journal, format!("{error}; nothing more was sent"))
                .help(format!("`runbook report {id}` shows what was written down"))
        })?;
        if !run.is_open() {
            host.forget_sessions();
        }
        let report = Report::of(&run).anchored(journal.records(), journal.last_sum());
        match self.format {
            Format::Text => terminal::result(&report::text(&report)),
            Format::Json => terminal::result(&report.json()),
        }
        terminal::note(&format!("last sum of the journal: {}", journal.last_sum()));
        if run.is_open() {
            say_what_stays_open(&folder.id, &run, verdict, target.simulator.is_some());
            if verdict == Verdict::Unreachable && target.simulator.is_none() {
                terminal::help(UNREACHABLE);
            }
        }
        if let Some(simulator) = target.simulator {
            simulator.stop().await;
        }
        Ok(verdict.into())
    }
}

fn say_what_stays_open(id: &str, run: &Run, verdict: Verdict, is_simulated: bool) {
    let stays = format!("run {id} stays open ({})", verdict.name());
    let resume = format!("`runbook resume {id}`");
    let to_resolve = report::to_resolve(run);
    if is_simulated {
        terminal::note(&format!(
            "{stays}. Its simulator has ended with this process, so nothing can go on with it."
        ));
        return;
    }
    let best = if run.open_lanes().next().is_some() {
        ", best within 15 minutes: until then EM still shows its tasks"
    } else {
        ""
    };
    if verdict == Verdict::Unknown && !to_resolve.is_empty() {
        let steps: Vec<_> = to_resolve.iter().map(|found| format!("`{}`", found.step)).collect();
        terminal::note(&format!(
            "{stays}: what became of {} is not proven. Repeat nothing by hand. Look in the backup \
             console, and say what you have found:",
            steps.join(", ")
        ));
        for found in &to_resolve {
            terminal::note(&found.how(id));
        }
        terminal::note(&format!("then {resume} goes on with it{best}"));
    } else if run.has_acted() {
        terminal::note(&format!(
            "{stays}. Repeat nothing by hand. {resume} goes on with it{best}. `runbook report {id}` \
             shows what is known."
        ));
    } else if verdict == Verdict::Locked {
        terminal::note(&format!(
            "{stays}. It sent no action. Wait until the others have ended: EM ends a logon session \
             15 minutes after its last use. Then {resume} goes on with it; with `--take-over \
             --because TEXT` it goes on beside them."
        ));
    } else {
        terminal::note(&format!(
            "{stays}. It sent no action, so a new run repeats none; {resume} goes on with this one."
        ));
    }
}

/// How long another process may take to end whose locks were taken over.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
