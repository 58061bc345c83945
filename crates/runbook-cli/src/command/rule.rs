//! `runbook resolve`, `retry` and `skip`: people say how it goes on with a step. What they say is
//! written down; `resume` acts on it.

use std::sync::Arc;

use runbook_core::event::{Event, Rule, Ruling, What};
use runbook_core::journal::Writer;
use runbook_core::lane::Settings;
use runbook_core::time::Timestamp;

use crate::args::{ResolveArgs, RetryArgs, SkipArgs, StateArgs, TakeOver};
use crate::execution::PATIENCE;
use crate::exit::{Exit, Failure};
use crate::host::wall;
use crate::locks::Locks;
use crate::record;
use crate::state::State;
use crate::{terminal, who};

/// Rules on what became of an action.
pub(crate) fn resolve(args: &ResolveArgs) -> Result<Exit, Failure> {
    rule(&args.state, &args.run, &args.step, args.r#as.into(), &args.because)
}

/// Has a step that failed tried again.
pub(crate) fn retry(args: &RetryArgs) -> Result<Exit, Failure> {
    let because = args.because.as_deref().unwrap_or("to be tried again");
    rule(&args.state, &args.run, &args.step, Rule::Retry, because)
}

/// Has the run go on without a step.
pub(crate) fn skip(args: &SkipArgs) -> Result<Exit, Failure> {
    rule(&args.state, &args.run, &args.step, Rule::Skip, &args.because)
}

fn rule(
    state: &StateArgs,
    run: &str,
    step: &str,
    rule: Rule,
    because: &str,
) -> Result<Exit, Failure> {
    let folder = State::find(state)?.open(run)?;
    let mut locks = Locks::default();
    locks.hold(&folder, &TakeOver::default())?;
    let reopened = folder.reopen_journal(PATIENCE)?;
    let plan = Arc::new(folder.plan()?);
    let (journal, mut run) =
        record::trusted(&folder, reopened.bytes(), plan, &Settings::default())?;
    let ruled = run.ruled_step(step, rule).map_err(|why| {
        Failure::invalid(format!("{why}; nothing was written down"))
            .help(format!("`runbook report {}` shows what is known of each step", folder.id))
    })?;
    let by = who::at_work();
    let ruling = Ruling { step: ruled.clone(), rule, by, because: because.to_owned() };
    let last = journal.events.last().map_or(Timestamp::from_millisecond(0), |event| event.at);
    let event = Event { at: last.max(wall()), what: What::Ruled(ruling) };
    run.apply(&event).map_err(|error| Failure::invalid(error.to_string()))?;
    let mut writer = Writer::resume(folder.continue_journal(reopened, journal.length)?, &journal);
    let written = writer.append(wall(), &event).and_then(|()| writer.sync());
    written.map_err(|error| Failure::new(Exit::Journal, format!("{error}; nothing was ruled")))?;
    let id = &folder.id;
    terminal::result(&format!("`{ruled}` of run {id} is ruled «{}»", rule.name()));
    terminal::note(&format!("last sum of the journal: {}", writer.last_sum()));
    terminal::note(&format!("`runbook resume {id}` goes on with it"));
    Ok(Exit::Done)
}
