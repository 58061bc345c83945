//! `runbook report`: the record of a run, from its folder alone.

use runbook_core::report;

use crate::args::{ReportArgs, ReportFormat};
use crate::exit::{Exit, Failure};
use crate::record::Record;
use crate::state::State;
use crate::terminal;

/// Replays the journal of a run and shows what is known.
pub(crate) fn run(args: &ReportArgs) -> Result<Exit, Failure> {
    let folder = State::find(&args.state)?.open(&args.run)?;
    let record = Record::read(&folder)?;
    if record.journal.is_torn && !folder.is_running() {
        terminal::note(
            "the last line of the journal is torn, as after a crash: it was dropped, and nothing \
             was done on the strength of it",
        );
    }
    if let Err(newer) = record.journal.is_understood() {
        terminal::note(&format!("{newer}; what follows may lack something"));
    }
    let report = record.report();
    match args.format {
        ReportFormat::Text => terminal::result(&report::text(&report)),
        ReportFormat::Json => terminal::result(&report.json()),
        ReportFormat::Junit => terminal::result(&report.junit()),
        ReportFormat::Markdown => terminal::result(&report.markdown()),
    }
    Ok(if args.exit_code { report.verdict.into() } else { Exit::Done })
}
