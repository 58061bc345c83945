//! The record of a run, read back from its folder: the journal, and the run it tells of.

use std::sync::Arc;

use runbook_core::journal::{self, Journal};
use runbook_core::lane::Settings;
use runbook_core::plan::Plan;
use runbook_core::report::Report;
use runbook_core::run::Run;

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
        let run = if journal.is_understood().is_ok() {
            Run::replay(plan, Settings::default(), &journal.events)
                .map_err(|error| untrusted(folder, &error.to_string()))?
        } else {
            replay_what_fits(plan, &journal)
        };
        Ok(Self { journal, run })
    }

    /// Says what is known of the run, and where its journal ends.
    pub(crate) fn report(&self) -> Report {
        Report::of(&self.run).anchored(self.journal.records(), &self.journal.last_sum)
    }
}

/// Reads the journal of a run and checks its chain.
pub(crate) fn journal(folder: &RunFolder) -> Result<Journal, Failure> {
    journal::read(&folder.journal()?).map_err(|error| untrusted(folder, &error.to_string()))
}

/// The journal of a run is not what it was.
pub(crate) fn untrusted(folder: &RunFolder, why: &str) -> Failure {
    let path = folder.path().display();
    Failure::new(Exit::Journal, format!("the journal in {path} cannot be trusted: {why}"))
        .help(BY_HAND)
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
