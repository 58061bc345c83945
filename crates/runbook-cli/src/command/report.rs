//! `runbook report`: the record of a run, from its folder alone.

use std::sync::Arc;

use runbook_core::journal;
use runbook_core::lane::Settings;
use runbook_core::report::{self, Report};
use runbook_core::run::Run;

use crate::args::{Format, ReportArgs};
use crate::exit::{Exit, Failure};
use crate::state::State;
use crate::terminal;

/// Replays the journal of a run and shows what is known.
pub(crate) fn run(args: &ReportArgs) -> Result<Exit, Failure> {
    let folder = State::find(&args.state)?.open(&args.run)?;
    let plan = Arc::new(folder.plan()?);
    let untrusted = |why: String| {
        let path = folder.path().display();
        Failure::new(Exit::Journal, format!("the journal in {path} cannot be trusted: {why}"))
            .help("nothing can continue it: look in the backup console what became of its actions")
    };
    let journal =
        journal::read(&folder.journal()?).map_err(|error| untrusted(error.to_string()))?;
    if journal.is_torn {
        terminal::note(
            "the last line of the journal is torn, as after a crash: it was dropped, and nothing \
             was done on the strength of it",
        );
    }
    let run = Run::replay(plan, Settings::default(), &journal.events)
        .map_err(|error| untrusted(error.to_string()))?;
    let report = Report::of(&run);
    match args.format {
        Format::Text => terminal::result(&report::text(&report)),
        Format::Json => terminal::result(&report.json()),
    }
    Ok(if args.exit_code { report.verdict.into() } else { Exit::Done })
}
