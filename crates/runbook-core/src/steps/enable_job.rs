//! `enable-job`: switches the schedule of a job on.

use super::parts::JOB_SWITCH;
use crate::step::Decl;

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "enable-job",
    summary: "Switches the schedule of a job on.",
    undone_by: Some("disable-job"),
    example: "\
runbook: v1
name: after-maintenance
steps:
  on: { uses: enable-job, with: { job: ERP backup }, undo: { uses: disable-job, with: { job: ERP backup } } }
",
    ..JOB_SWITCH
};
