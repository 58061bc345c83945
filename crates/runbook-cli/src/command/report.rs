//! `runbook report`: the record of a run, from its folder alone.

use runbook_core::report::{self, Standing};

use crate::args::{ReportArgs, ReportFormat};
use crate::exit::{Exit, Failure};
use crate::record::Record;
use crate::state::State;
use crate::terminal;

/// Replays the journal of a run and shows what is known. Of a damaged one that is what stands
/// before the damage.
pub(crate) fn run(args: &ReportArgs) -> Result<Exit, Failure> {
    let folder = State::find(&args.state)?.open(&args.run)?;
    // Asked before it is read: a run that ends in between is shown as it was.
    let is_running = folder.is_running();
    let (record, damage) = Record::read_what_is_left(&folder)?;
    if record.journal.is_torn && !is_running {
        terminal::note(
            "the last line of the journal is torn, as after a crash: it was dropped, and nothing \
             was done on the strength of it",
        );
    }
    if let Err(newer) = record.journal.is_understood() {
        terminal::note(&format!("{newer}; what follows may lack something"));
    }
    let mut report = record.report_of(match &damage {
        Some(damage) => Standing::Damaged(damage.why.clone()),
        None if is_running => Standing::Running,
        None => Standing::Whole,
    });
    if record.is_of_the_simulator() && report.is_open && !is_running {
        // What else it advises would be refused.
        let ended = "Its simulator ended with its process, so nothing can go on with this run.";
        report.remarks = vec![ended.to_owned()];
    }
    match args.format {
        ReportFormat::Text => terminal::result(&report::text(&report)),
        ReportFormat::Json => terminal::result(&report.json()),
        ReportFormat::Junit => terminal::result(&report.junit()),
        ReportFormat::Markdown => terminal::result(&report.markdown()),
    }
    match damage {
        Some(damage) => Err(damage.failure),
        None if args.exit_code => Ok(report.verdict.into()),
        None => Ok(Exit::Done),
    }
}
