//! What the command line promises: arguments, exit codes, streams, signals.
//!
//! One file a subcommand or story. A snapshot shows exit code, stdout and stderr as one text: it
//! is what an engineer reads at four in the morning.

mod check;
mod crash;
mod env;
mod explain;
mod folder;
mod forged;
mod formats;
mod help;
mod hostile;
mod independent;
mod inputs;
mod locks;
mod lost;
mod outcome;
mod parent;
mod pin;
mod plan;
mod progress;
mod recipes;
mod record;
mod refused;
mod resume;
mod run;
mod runs;
mod secrets;
mod signals;
mod streams;
mod unreadable;
mod verify;

use crate::support::Lab;
use em_sim::World;

/// An undo that is waited for, and stopped when that takes more than a second.
const UNDO: &str = "\
runbook: v1
name: undo-sql
steps:
  undo: { uses: undo-failover, with: { plan: SQL Failover Plan } }
  wait: { uses: wait-task, with: { task: undo }, timeout: 1s }
  cancel: { uses: cancel-on-timeout, with: { task: undo, watch: wait, settle: 1s } }
";

/// An undo that is waited for as long as a test may take.
const PATIENT: &str = "\
runbook: v1
name: undo-sql
steps:
  undo: { uses: undo-failover, with: { plan: SQL Failover Plan } }
  wait: { uses: wait-task, with: { task: undo }, timeout: 10m }
";

/// A runbook of which nothing is to be said.
const QUIET: &str = "\
runbook: v1
name: quiet
steps:
  a: { uses: noop }
  b: { uses: noop, needs: a }
";

/// A runbook with a note, and nothing that weighs more.
const NOTED: &str = "\
runbook: v1
name: noted
steps: { a: { uses: noop } }
allow: { 'runbook::needs::twice': it was there once }
";

/// A lab with `undo.yaml` and `patient.yaml`, in which this world listens.
fn lab(world: World) -> Lab {
    Lab::new().file("undo.yaml", UNDO).file("patient.yaml", PATIENT).em(world)
}
