//! The record of a run, read back from its folder: the journal, and the run it tells of.

use std::sync::Arc;

use runbook_core::journal::{self, Error, Journal, SHORTEST_SUM};
use runbook_core::lane::Settings;
use runbook_core::plan::Plan;
use runbook_core::report::{Report, Standing};
use runbook_core::run::Run;
use serde::Serialize;

use crate::exit::{Exit, Failure};
use crate::state::RunFolder;

/// What a damaged journal leaves to do.
const BY_HAND: &str =
    "nothing can continue it: look in the backup console what became of its actions";

/// A run as its folder tells of it.
#[derive(Debug)]
pub(crate) struct Record {
    /// The journal.
    pub(crate) journal: Journal,
    /// The run.
    pub(crate) run: Run,
}

impl Record {
    /// Reads it back. Of the journal of a newer version that is taken which this one understands.
    pub(crate) fn read(folder: &RunFolder) -> Result<Self, Failure> {
        let plan = Arc::new(folder.plan()?);
        let journal = journal(folder)?;
        let run = replay(folder, plan, &journal)?;
        Ok(Self { journal, run })
    }

    /// Reads back what is left of it: where the journal is damaged, the run as far as the records
    /// before the damage tell of it, and what is wrong.
    ///
    /// # Errors
    /// Nothing is left, or what is left did not happen to a run of this plan.
    pub(crate) fn read_what_is_left(folder: &RunFolder) -> Result<(Self, Option<Damage>), Failure> {
        let (journal, error) = journal::read_prefix(&folder.journal()?);
        let Some(error) = error.filter(|_| journal.records() > 0) else {
            return Ok((Self::read(folder)?, None));
        };
        let run = replay(folder, Arc::new(folder.plan()?), &journal)?;
        let why = error.to_string();
        let damage = Damage { failure: untrusted(folder, &why), why };
        Ok((Self { journal, run }, Some(damage)))
    }

    /// Tells whether it was made on the embedded simulator, which ends with its process.
    pub(crate) fn is_of_the_simulator(&self) -> bool {
        self.run.opened().is_some_and(|(_, opened)| opened.target == "sim")
    }

    /// Says what is known of the run, and where its journal ends.
    pub(crate) fn report(&self) -> Report {
        self.report_of(Standing::Whole)
    }

    /// The same, of a run that goes on, or of what is left of one.
    pub(crate) fn report_of(&self, standing: Standing) -> Report {
        Report::standing(&self.run, standing)
            .anchored(self.journal.records(), &self.journal.last_sum)
    }
}

/// What is wrong with a journal of which something is left.
#[derive(Debug)]
pub(crate) struct Damage {
    /// The line, and what is wrong with it.
    pub(crate) why: String,
    /// What a command ends with.
    pub(crate) failure: Failure,
}

/// Reads the journal of a run and checks its chain.
pub(crate) fn journal(folder: &RunFolder) -> Result<Journal, Failure> {
    journal::read(&folder.journal()?).map_err(|error| not_read(folder, &error))
}

/// Tells whether the journal of a run has no record, and nobody writes one.
pub(crate) fn has_nothing(folder: &RunFolder) -> bool {
    let read = || folder.journal().map(|bytes| journal::read(&bytes));
    matches!(read(), Ok(Err(Error::Empty))) && !folder.is_running()
}

fn not_read(folder: &RunFolder, error: &Error) -> Failure {
    let id = &folder.id;
    match error {
        Error::Empty if folder.is_running() => {
            Failure::new(Exit::Journal, format!("run {id} has just begun: nothing is known of it"))
                .help("look again in a moment")
        }
        Error::Empty => Failure::new(Exit::Journal, format!("run {id} {NOTHING}")).help(
            "nothing is left to go on with, and nothing to look after; a new run begins anew",
        ),
        error => untrusted(folder, &error.to_string()),
    }
}

/// What an empty journal says of a run: each action is written down before it is sent.
pub(crate) const NOTHING: &str =
    "ended before anything of it was written down, as on a full disk, so no action was sent";

/// Reads a journal and replays it for somebody who goes on with the run: all of it must be
/// understood, and must have happened to a run of its plan.
pub(crate) fn trusted(
    folder: &RunFolder,
    bytes: &[u8],
    plan: Arc<Plan>,
    settings: &Settings,
) -> Result<(Journal, Run), Failure> {
    let journal = journal::read(bytes).map_err(|error| not_read(folder, &error))?;
    journal.is_understood().map_err(|newer| {
        Failure::new(Exit::Journal, format!("{newer}; nothing was sent")).help(
            "go on with the version that wrote it, or a newer one; `runbook report` shows what \
             this one understands",
        )
    })?;
    let run = Run::replay(plan, settings.clone(), &journal.events);
    let run = run.map_err(|error| untrusted(folder, &error.to_string()))?;
    Ok((journal, run))
}

/// The journal of a run is not what it was.
pub(crate) fn untrusted(folder: &RunFolder, why: &str) -> Failure {
    let path = folder.path().display();
    Failure::new(Exit::Journal, format!("the journal in {path} cannot be trusted: {why}"))
        .help(BY_HAND)
}

/// A line that was vouched for.
#[derive(Debug, Serialize)]
pub(crate) struct Anchor {
    /// Its number, from 1.
    pub(crate) line: usize,
    /// How many records came after it: those are not vouched for.
    pub(crate) followed_by: usize,
}

/// Finds the line that a sum from elsewhere vouches for.
///
/// # Errors
/// The text is no sum, or no line has it.
pub(crate) fn anchor(folder: &RunFolder, journal: &Journal, sum: &str) -> Result<Anchor, Failure> {
    let digits = sum.bytes().filter(u8::is_ascii_hexdigit).count();
    if digits != sum.len() || !(SHORTEST_SUM..=64).contains(&digits) {
        return Err(Failure::invalid(format!("`{sum}` is no sum of a journal")).help(format!(
            "a sum has 64 digits of 0-9 and a-f; the first {SHORTEST_SUM} are enough"
        )));
    }
    let place = journal.position_of(sum).ok_or_else(|| {
        let why = format!("no record has the sum {sum}, so it was changed, cut or written anew");
        untrusted(folder, &why)
    })?;
    Ok(Anchor { line: place + 1, followed_by: journal.records() - 1 - place })
}

fn replay(folder: &RunFolder, plan: Arc<Plan>, journal: &Journal) -> Result<Run, Failure> {
    if journal.is_understood().is_err() {
        return Ok(replay_what_fits(plan, journal));
    }
    let run = Run::replay(plan, Settings::default(), &journal.events);
    run.map_err(|error| untrusted(folder, &error.to_string()))
}

/// Between records that are not understood, those that are may not follow on each other. An event
/// that does not fit changes nothing.
fn replay_what_fits(plan: Arc<Plan>, journal: &Journal) -> Run {
    let mut run = Run::new(plan, Settings::default());
    for event in &journal.events {
        let _ = run.apply(event);
    }
    run
}
