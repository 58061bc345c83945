//! `runbook plan`: what a run would do. It has no client, and so nothing that could act.

use super::planned;
use crate::args::{Format, PlanArgs};
use crate::exit::{Exit, Failure};
use crate::terminal;

/// Shows the plan of a runbook.
pub(crate) fn run(args: &PlanArgs) -> Result<Exit, Failure> {
    let plan = planned(&args.runbook, &args.inputs)?;
    match args.format {
        Format::Text => terminal::result(&plan.text()),
        Format::Json => terminal::json(&plan.json()),
    }
    Ok(Exit::Done)
}
