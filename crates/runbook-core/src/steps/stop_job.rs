//! `stop-job`: stops a job.

use super::parts::{CHANGED_OUTPUTS, JOB};
use crate::step::Decl;

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "stop-job",
    summary: "Stops a job that is running.",
    params: &[JOB],
    outputs: CHANGED_OUTPUTS,
    sees_to_its_end: true,
    proof: "The session of the job that was running reads `Stopped`.",
    investigate: "The sessions of the job: one that still works was not stopped.",
    more: "The sessions of the job are read first. On an **idle job nothing is sent**: the step \
           succeeds with `changed: false`.\n\nWhat EM shows of a job may lag behind by minutes: \
           one that began just now may still read as idle. The schedule is not touched: use \
           `disable-job` as well where the job must not start again. The account must be a \
           Portal Administrator.",
    example: "\
runbook: v1
name: quiet-before-maintenance
steps:
  disable: { uses: disable-job, with: { job: ERP backup }, undo: { uses: enable-job, with: { job: ERP backup } } }
  stop: { uses: stop-job, needs: disable, with: { job: ERP backup } }
",
    ..Decl::ACTION
};
