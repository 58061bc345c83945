//! `runbook resume`: goes on with a run that is open, from its folder alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use em_api::protocol::LoggedOn;
use runbook_core::event::{Event, LaneEvent, LaneId, Opened, Resumed, Stop, What};
use runbook_core::journal::{Journal, Writer};
use runbook_core::lane::Keyring;
use runbook_core::report;
use runbook_core::report::safe;
use runbook_core::run::{Grade, Input, Run, StepRun};
use runbook_core::step::StepResult;

use crate::args::{Format, ResumeArgs, TakeOver, TargetName};
use crate::execution::{self, Execution, PATIENCE};
use crate::exit::{Exit, Failure};
use crate::locks::{Claim, Holder, claim, server};
use crate::record::{self, Anchor, Record};
use crate::sealed::{self, Sealer};
use crate::state::{RunFolder, State};
use crate::target::Target;
use crate::{gate, signals, terminal, who};

/// Goes on with an open run; says again what a closed one has come to, and sends nothing.
pub(crate) fn run(args: &ResumeArgs) -> Result<Exit, Failure> {
    let state = State::find(&args.state)?;
    let folder = state.open_to_go_on(&args.run)?;
    let record = Record::read(&folder)?;
    let anchored = anchored(args, &folder, &record.journal)?;
    if !record.run.is_open() {
        if let Some(line) = anchored {
            terminal::note(&line);
        }
        if let Err(error) = sealed::remove(folder.path()) {
            terminal::note(&format!("the sealed sessions of the run cannot be deleted: {error}"));
        }
        return Ok(say_again(args, &record));
    }
    let opened = opened(&folder, &record)?;
    let (runtime, stop) = execution::runtime()?;
    runtime.block_on(go_on(args, &state, folder, &opened, stop))
}

/// Refuses a journal that does not have the sum of somebody who kept one, and says where it is.
fn anchored(
    args: &ResumeArgs,
    folder: &RunFolder,
    journal: &Journal,
) -> Result<Option<String>, Failure> {
    let Some(sum) = &args.expect_head else { return Ok(None) };
    let Anchor { line, followed_by } = record::anchor(folder, journal, sum)?;
    Ok(Some(format!(
        "the sum is that of line {line} of the journal; lines after it: {followed_by}"
    )))
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
    // Asked of the journal that is gone on with: the one that was read before may be another.
    if let Some(line) = anchored(args, &folder, &journal)? {
        terminal::note(&line);
    }
    terminal::note(&format!("run {}, kept in {}", folder.id, folder.path().display()));
    if journal.is_torn {
        terminal::note("the last line of the journal was torn, as after a crash: it was dropped");
    }
    refuse_what_others_have_to_settle(&folder.id, &run, &claim, &args.take_over)?;
    let sessions = sessions_at_hand(&folder, &run, &journal.events, &target)?;
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
            "a run goes on only where EM is known as it was when the run began: by one of its \
             pins, by the same CA file, or by the CAs of the system. Where it was a pin, and the \
             certificate was changed on purpose, set `EM_PIN` to the old pin and the new one, \
             with a comma between them",
        ));
    }
    Ok(target)
}

/// Returns the sessions of earlier processes whose tokens can be had.
fn sessions_at_hand(
    folder: &RunFolder,
    run: &Run,
    events: &[Event],
    target: &Target,
) -> Result<Vec<(u32, LoggedOn)>, Failure> {
    if run.open_lanes().next().is_none() {
        return Ok(Vec::new());
    }
    let sealed = sealed::take(folder.path(), &folder.id, &target.address, &target.password);
    // To go on without them is for good: it ends the sessions, and what they would have shown.
    let sessions = sealed.map_err(|error| {
        let path = sealed::path(folder.path());
        Failure::invalid(format!("{error}; nothing was sent and nothing was written down")).help(
            format!(
                "set the password of the account with which the run was begun. Where it was \
                 changed since, delete {}: then the run goes on without those sessions, and what \
                 only they can prove ends as unknown",
                path.display()
            ),
        )
    })?;
    for (_, session) in &sessions {
        gate::add_session(session);
    }
    let open: BTreeSet<_> = run.open_lanes().map(|lane| lane.0).collect();
    let sessions = sessions.into_iter().filter(|(lane, _)| open.contains(lane)).collect();
    let (sessions, foreign) = of_these_lanes(sessions, events);
    for lane in foreign {
        let lane = LaneId(lane);
        terminal::note(&format!(
            "the sealed session of {lane} is not the one that the journal has for it: going on \
             without it"
        ));
    }
    Ok(sessions)
}

/// A run that has nothing of its own to settle is like a new one: it does not act where another
/// has left an action without an outcome, nor where it was taken over.
fn refuse_what_others_have_to_settle(
    id: &str,
    run: &Run,
    claim: &Claim,
    take_over: &TakeOver,
) -> Result<(), Failure> {
    let is_open = |step: &StepRun| {
        let result = step.ending().map(|ending| ending.result);
        step.grade == Some(Grade::Accepted) || result == Some(StepResult::Unknown)
    };
    if run.open_actions().next().is_none() && !run.steps().iter().any(is_open) {
        claim.refuse_to_repeat(take_over)?;
    }
    match run.stopped() {
        Some(Stop::Superseded { message }) if run.has_acted() && !take_over.take_over => {
            let message = format!("run {id} was stopped: {}; nothing was sent", safe(message));
            Err(Failure::new(Exit::Locked, message).help(
                "look first at what was done since; `--take-over --because TEXT` then goes on",
            ))
        }
        _ => Ok(()),
    }
}

/// Tells the sessions that the journal has for their lanes from others, of which the lanes are
/// returned: a file of an earlier moment, or of a copy of the run, may hold others.
fn of_these_lanes(
    sessions: Vec<(u32, LoggedOn)>,
    events: &[Event],
) -> (Vec<(u32, LoggedOn)>, Vec<u32>) {
    let opened = events.iter().filter_map(|event| match &event.what {
        What::Lane(LaneEvent::Opened { lane, session }) => Some((lane.0, session)),
        _ => None,
    });
    let opened: BTreeMap<_, _> = opened.collect();
    let is_known = |(lane, on): &(u32, LoggedOn)| {
        opened.get(lane).is_some_and(|known| **known == on.session.session_id.digest())
    };
    let (ours, foreign): (_, Vec<_>) = sessions.into_iter().partition(is_known);
    (ours, foreign.into_iter().map(|(lane, _)| lane).collect())
}

#[cfg(test)]
mod tests {
    use em_api::protocol::{LogonSession, SessionId, Token};
    use runbook_core::time::Timestamp;

    use super::*;

    fn session(id: &str) -> LoggedOn {
        let session_id = SessionId::parse(id).expect("an id");
        let session = LogonSession { session_id, user_name: String::new(), links: Vec::new() };
        LoggedOn { token: Token::new("token".to_owned()), session }
    }

    #[test]
    fn a_session_is_that_of_its_lane_by_its_digest() {
        let opened = |lane, id| {
            let session = session(id).session.session_id.digest();
            let what = What::Lane(LaneEvent::Opened { lane: LaneId(lane), session });
            Event { at: Timestamp::from_millisecond(0), what }
        };
        let events = [opened(1, "one"), opened(2, "two")];
        let sealed = [(1, "one"), (2, "another"), (3, "three")];
        let sealed = sealed.map(|(lane, id)| (lane, session(id))).into();
        let (ours, foreign) = of_these_lanes(sealed, &events);
        assert_eq!((ours, foreign), (vec![(1, session("one"))], vec![2, 3]));
    }
}
