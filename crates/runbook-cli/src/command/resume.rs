//! `runbook resume`: goes on with a run that is open, from its folder alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use em_api::protocol::LoggedOn;
use runbook_core::event::{LaneId, Opened, Resumed};
use runbook_core::journal::Writer;
use runbook_core::lane::Keyring;
use runbook_core::report;
use runbook_core::run::{Input, Run};

use crate::args::{Format, ResumeArgs, TargetName};
use crate::execution::{self, Execution, PATIENCE};
use crate::exit::{Exit, Failure};
use crate::locks::{Holder, claim, server};
use crate::record::{self, Record};
use crate::sealed::{self, Sealer};
use crate::state::{RunFolder, State};
use crate::target::Target;
use crate::{signals, terminal, who};

/// Goes on with an open run; says again what a closed one has come to, and sends nothing.
pub(crate) fn run(args: &ResumeArgs) -> Result<Exit, Failure> {
    let state = State::find(&args.state)?;
    let folder = state.open(&args.run)?;
    let record = Record::read(&folder)?;
    if let Some(sum) = &args.expect_head {
        let anchor = record::anchor(&folder, &record.journal, sum)?;
        terminal::note(&format!(
            "the sum is that of line {} of the journal; lines after it: {}",
            anchor.line, anchor.followed_by
        ));
    }
    if !record.run.is_open() {
        if let Err(error) = sealed::remove(folder.path()) {
            terminal::note(&format!("the sealed sessions of the run cannot be deleted: {error}"));
        }
        return Ok(say_again(args, &record));
    }
    let opened = opened(&folder, &record)?;
    let (runtime, stop) = execution::runtime()?;
    runtime.block_on(go_on(args, &state, folder, &opened, stop))
}

fn say_again(args: &ResumeArgs, record: &Record) -> Exit {
    let report = record.report();
    match args.format {
        Format::Text => terminal::result(&report::text(&report)),
        Format::Json => terminal::result(&report.json()),
    }
    terminal::note(&format!("run {} is closed; nothing was sent", report.run.id));
    report.verdict.into()
}

/// Returns the head of the run. Without one nothing was ever done, and nothing is known to be
/// done.
fn opened(folder: &RunFolder, record: &Record) -> Result<Opened, Failure> {
    let head = record.run.opened().map(|(_, opened)| opened.clone());
    head.ok_or_else(|| record::untrusted(folder, "it does not say what it is the record of"))
}

async fn go_on(
    args: &ResumeArgs,
    state: &State,
    folder: RunFolder,
    opened: &Opened,
    stop: signals::Stop,
) -> Result<Exit, Failure> {
    let target = same_target(args.target, opened).await?;
    let plan = Arc::new(folder.plan()?);
    // Its lock says nothing of a process on another machine.
    let before = folder.last_writer();
    let mut claim = claim(state, Some(&target.address), &plan, &folder.id, &args.take_over)?;
    claim.hold(&folder, &args.take_over)?;
    let here = Holder::this(&folder.id).host;
    let may_live = !claim.from.is_empty() || before.is_some_and(|before| before.host != here);
    let reopened = folder.reopen_journal(PATIENCE)?;
    // Read anew: an earlier process may have written until just now.
    let (journal, run) = record::trusted(&folder, reopened.bytes(), plan, &target.settings)?;
    terminal::note(&format!("run {}, kept in {}", folder.id, folder.path().display()));
    if journal.is_torn {
        terminal::note("the last line of the journal was torn, as after a crash: it was dropped");
    }
    let sessions = sessions_at_hand(&folder, &run, &target);
    let mut keyring = Keyring::new(&target.client.secrets());
    let at_hand: BTreeSet<_> = sessions.iter().map(|(lane, _)| LaneId(*lane)).collect();
    for (lane, session) in &sessions {
        keyring.rejoin(LaneId(*lane), session.clone());
    }
    let sealer = Sealer::begin(&folder, &target.address, &target.password);
    let last = journal.events.last().map(|event| event.at);
    let store = folder.continue_journal(reopened, journal.length)?;
    let resumed = Resumed {
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        by: who::at_work(),
        because: args.take_over.because.clone(),
    };
    let execution = Execution {
        run,
        journal: Writer::resume(store, &journal),
        keyring,
        sealer: sealer.map(|sealer| sealer.knowing(sessions)),
        not_before: last.unwrap_or(runbook_core::time::Timestamp::from_millisecond(0)),
        take_over: args.take_over.take_over,
        may_live,
        format: args.format,
        target,
        claim,
        folder,
    };
    execution.drive(stop, Input::Resume(resumed, at_hand)).await
}

/// Opens the target of the run: what it names must be the EM that the run began with, known in
/// the same way.
async fn same_target(given: Option<TargetName>, opened: &Opened) -> Result<Target, Failure> {
    if opened.target == "sim" {
        return Err(Failure::invalid(
            "the run was made on the embedded simulator, which ended with its process",
        )
        .help("nothing is left to go on with; a new run begins anew"));
    }
    let target = Target::open(given.unwrap_or(TargetName::Env)).await?;
    let (is, was) = (server(&target.address), server(&opened.address));
    if target.simulator.is_some() || is != was {
        let message = format!(
            "the run was begun on {}, and the target is {}; nothing was sent",
            opened.address, target.address
        );
        return Err(Failure::invalid(message).help("a run is gone on with where it was begun"));
    }
    if !target.is_known_as(&opened.trust) {
        let message = format!(
            "the run knew EM by {}, and the target knows it by {}; nothing was sent",
            opened.trust, target.trust
        );
        return Err(Failure::invalid(message).help(
            "a run is gone on with under one of the pins it was begun with; where the certificate \
             was changed on purpose, name the old and the new pin, with a comma between them, in \
             the run that comes next",
        ));
    }
    Ok(target)
}

/// Returns the sessions of earlier processes whose tokens can be had.
fn sessions_at_hand(folder: &RunFolder, run: &Run, target: &Target) -> Vec<(u32, LoggedOn)> {
    let sealed = sealed::take(folder.path(), &folder.id, &target.address, &target.password);
    let sessions = sealed.unwrap_or_else(|error| {
        terminal::note(&format!("{error}; going on without them"));
        Vec::new()
    });
    let open: BTreeSet<_> = run.open_lanes().map(|lane| lane.0).collect();
    sessions.into_iter().filter(|(lane, _)| open.contains(lane)).collect()
}
