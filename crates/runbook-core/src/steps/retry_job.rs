//! `retry-job`: tries again what failed in a job.

use super::parts::JOB_RUN;
use crate::step::Decl;

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "retry-job",
    summary: "Lets a job try again what failed in its last session.",
    more: "EM's task is only the trigger (\"triggered to retry\"); the work is a session of the \
           job that is marked as a retry, and its end is what counts.\n\nThe account must be a \
           Portal Administrator.",
    example: "\
runbook: v1
name: retry-the-backup
steps:
  before: { uses: assert-job, with: { job: ERP backup, enabled: true } }
  retry:
    uses: retry-job
    needs: before
    with: { job: ERP backup }
    wait: { timeout: 2h, on-timeout: detach }
",
    ..JOB_RUN
};
