//! `runbook resolve`, `retry` and `skip`: people say how it goes on with a step. What they say is
//! written down; `resume` acts on it.

use std::sync::Arc;

use runbook_core::event::{Event, Rule, Ruling, What};
use runbook_core::journal::Writer;
use runbook_core::lane::Settings;
use runbook_core::report;
use runbook_core::run::Run;
use runbook_core::step::{StepId, StepResult};
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
    let state = State::find(state)?;
    // What can be resolved is open; a step that failed is tried again in a run that is closed.
    let is_of_an_open_run = matches!(rule, Rule::Happened | Rule::NotHappened | Rule::Failed);
    let folder = if is_of_an_open_run { state.open_to_go_on(run)? } else { state.open(run)? };
    let mut locks = Locks::default();
    locks.hold(&folder, &TakeOver::default()).map_err(|failure| match failure.exit {
        // These commands take nothing over.
        Exit::Locked => failure.help(
            "wait until that run has ended, or stop it with a signal: on a run that is at work \
             nothing can be ruled",
        ),
        _ => failure,
    })?;
    let reopened = folder.reopen_journal(PATIENCE)?;
    let plan = Arc::new(folder.plan()?);
    let (journal, mut run) =
        record::trusted(&folder, reopened.bytes(), plan, &Settings::default())?;
    let ruled = run.ruled_step(step, rule).map_err(|why| cannot_be_ruled(&run, step, rule, why))?;
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

/// Says why a step cannot be ruled on so: that it was already, or else why of the step itself, of
/// several parts the first that did not go well.
fn cannot_be_ruled(run: &Run, name: &str, rule: Rule, why: String) -> Failure {
    let id = run.opened().map_or("RUN", |(_, opened)| opened.run.as_str());
    let is_meant = |step: &StepId| {
        let rest = step.as_str().strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let last_resumed = run.resumed().last().map(|(at, _)| *at);
    let mut rulings = run.rulings().iter().rev();
    let ruled = rulings.find(|(at, ruling)| {
        is_meant(&ruling.step) && last_resumed.is_none_or(|resumed| resumed < *at)
    });
    if let Some((at, Ruling { step, rule, by, .. })) = ruled {
        let word = rule.name();
        let message = format!("`{step}` was ruled «{word}» already, by {by} at {at}");
        return Failure::invalid(format!("{message}; nothing was written down"))
            .help(format!("`runbook resume {id}` acts on that"));
    }
    let went_badly = |step: &StepId| {
        let ending = run.step(step).and_then(|step| step.ending());
        ending.is_some_and(|ending| {
            let bad = [StepResult::Unknown, StepResult::Failed, StepResult::TimedOut];
            bad.contains(&ending.result)
        })
    };
    let mut parts = run.plan().steps().iter().map(|planned| &planned.id);
    let part = parts.find(|step| is_meant(step) && went_badly(step));
    let why = part.and_then(|part| run.ruled_step(part.as_str(), rule).err()).unwrap_or(why);
    let to_resolve = report::to_resolve(run);
    let help = match to_resolve.iter().find(|found| Some(&found.step) == part) {
        Some(found) if matches!(rule, Rule::Retry | Rule::Skip) => {
            format!("look in the backup console what became of it, and say so: {}", found.how(id))
        }
        _ => format!("`runbook report {id}` shows what is known of each step"),
    };
    Failure::invalid(format!("{why}; nothing was written down")).help(help)
}
