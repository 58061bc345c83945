//! `start-job`: starts a job.

use super::parts::JOB_RUN;
use crate::step::Decl;

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "start-job",
    summary: "Starts a job.",
    more: "EM's task is only the trigger: it finishes with \"triggered to start\" while the job has \
           hardly begun. The work is a session of the job. EM mostly links to it; where it does \
           not, the step that waits looks for the first session of the job that is newer than \
           the request, and says `unknown` where none appears.\n\nCopy jobs are started by \
           `sync-job`. What EM answers for a job that runs already is not documented. The \
           account must be a Portal Administrator.",
    example: "\
runbook: v1
name: replicate-now
steps:
  replicate:
    uses: start-job
    with: { job: ERP replication }
    wait: { timeout: 2h, on-timeout: detach }
",
    ..JOB_RUN
};
