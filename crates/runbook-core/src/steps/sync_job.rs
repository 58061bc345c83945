//! `sync-job`: starts a copy job.

use super::parts::JOB_RUN;
use crate::step::Decl;

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "sync-job",
    summary: "Lets a backup copy job copy what is new.",
    more: "EM has a call of its own (`sync`) for backup copy jobs, which know no start. Its task is \
           only the trigger; the work is a session of the job.\n\nThe account must be a Portal \
           Administrator.",
    example: "\
runbook: v1
name: copy-off-site
steps:
  copy:
    uses: sync-job
    with: { job: ERP off-site copy }
    wait: { timeout: 6h, on-timeout: detach }
",
    ..JOB_RUN
};
