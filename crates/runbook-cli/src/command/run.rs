//! `runbook run`: executes a runbook.

use std::sync::Arc;

use runbook_core::event::{Opened, Verdict};
use runbook_core::executor::{Executor, Host as _};
use runbook_core::journal::Writer;
use runbook_core::lane::{Keyring, Neighbours};
use runbook_core::plan::Plan;
use runbook_core::report::{self, Report};
use runbook_core::run::{Input, Run};

use super::planned;
use crate::args::{Format, RunArgs, TargetName};
use crate::exit::{Exit, Failure};
use crate::host::RealHost;
use crate::locks::claim;
use crate::progress::Progress;
use crate::state::State;
use crate::target::Target;
use crate::{signals, terminal};

/// What to look at where EM of the environment cannot be reached, trusted or logged on to.
const UNREACHABLE: &str = "`EM_URL` says where EM is, `EM_PIN` or `EM_CA` how it is known, \
                           `EM_USERNAME` and `EM_PASSWORD` who logs on. Set another pin only after \
                           you have compared it on the EM server itself.";

/// Plans the runbook, and runs the plan.
pub(crate) fn run(args: &RunArgs) -> Result<Exit, Failure> {
    let plan = planned(&args.runbook, &args.inputs)?;
    let Some(target) = args.target else {
        return Err(Failure::invalid("`run` needs a target").help(
            "`--target sim` runs on the embedded simulator, `--target env` on the Enterprise \
             Manager that the environment names; `plan` shows what would be done",
        ));
    };
    refuse_what_is_lacking(&plan)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::new(Exit::Internal, format!("no runtime: {error}; nothing was sent"))
    })?;
    runtime.block_on(execute(args, plan, target))
}

/// A plan that asks for more than this version can execute is not begun: half a recovery is worse
/// than one that was refused.
fn refuse_what_is_lacking(plan: &Plan) -> Result<(), Failure> {
    let lacks = plan.lacks();
    if lacks.is_empty() {
        return Ok(());
    }
    let file = plan.source_name();
    let message = format!("this version cannot execute all of `{file}`; nothing was sent");
    Err(Failure::invalid(message)
        .help(format!("it can check and plan it, and lacks: {}", lacks.join("; "))))
}

async fn execute(args: &RunArgs, plan: Plan, target: TargetName) -> Result<Exit, Failure> {
    let target = Target::open(target).await?;
    let stop = signals::listen().map_err(|error| {
        Failure::new(Exit::Internal, format!("no signal handler: {error}; nothing was sent"))
    })?;
    let id = new_id();
    let state = State::find(&args.state)?;
    let address = target.simulator.is_none().then_some(&*target.address);
    let mut claim = claim(&state, address, &plan, &id, &args.take_over)?;
    claim.refuse_to_repeat(&args.take_over)?;
    let folder = state.create(&id, &plan)?;
    claim.hold(&folder, &args.take_over)?;
    terminal::note(&format!("run {id}, kept in {}", folder.path().display()));
    for line in claim.told().into_iter().chain(folder.remark_of_ci()) {
        terminal::note(&line);
    }
    let head = head(&id, &plan, &target);
    let mut run = Run::new(Arc::new(plan), target.settings.clone());
    let host = RealHost::new(&target.client, stop);
    let mut journal = Writer::new(folder.begin_journal()?);
    let begin = [Input::Neighbours(Neighbours::default()), Input::Begin(head)];
    let mut progress = Progress::start();
    let driven = Executor { host: &host, journal: &mut journal, reporter: &mut progress }
        .drive(&mut run, Keyring::new(&host.secrets()), begin)
        .await;
    progress.finish();
    let verdict = driven.map_err(|error| {
        Failure::new(Exit::Journal, format!("{error}; nothing more was sent"))
            .help(format!("`runbook report {id}` shows what was written down"))
    })?;
    let report = Report::of(&run).anchored(journal.records(), journal.last_sum());
    match args.format {
        Format::Text => terminal::result(&report::text(&report)),
        Format::Json => terminal::result(&report.json()),
    }
    terminal::note(&format!("last sum of the journal: {}", journal.last_sum()));
    if run.is_open() {
        say_what_stays_open(&folder.id, &run, verdict);
        if verdict == Verdict::Unreachable && args.target == Some(TargetName::Env) {
            terminal::help(UNREACHABLE);
        }
    }
    if let Some(simulator) = target.simulator {
        simulator.stop().await;
    }
    Ok(verdict.into())
}

fn head(id: &str, plan: &Plan, target: &Target) -> Opened {
    Opened {
        run: id.to_owned(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        runbook: plan.name().to_owned(),
        runbook_digest: plan.runbook_digest().to_owned(),
        plan_digest: plan.digest(),
        target: target.name.to_owned(),
        address: target.address.clone(),
        trust: target.trust.clone(),
    }
}

fn say_what_stays_open(id: &str, run: &Run, verdict: Verdict) {
    let word = verdict.name();
    terminal::note(&if run.has_acted() {
        format!(
            "run {id} stays open ({word}). This version cannot resume it. Repeat nothing by hand \
             before you have looked in the backup console what became of its actions; `runbook \
             report {id}` shows what is known of each."
        )
    } else {
        format!("run {id} stays open ({word}). It sent no action, so a new run repeats none.")
    });
}

/// The time first, so that ids sort as the runs began; then chance, so that two that begin
/// together differ.
fn new_id() -> String {
    let chance = uuid::Uuid::new_v4().simple().to_string();
    let now = jiff::Timestamp::now();
    format!("{}-{}", now.strftime("%Y%m%dT%H%M%S%3fZ"), &chance[..8])
}
