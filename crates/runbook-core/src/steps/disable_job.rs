//! `disable-job`: switches the schedule of a job off.

use super::parts::JOB_SWITCH;
use crate::step::Decl;

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "disable-job",
    summary: "Switches the schedule of a job off.",
    undone_by: Some("enable-job"),
    example: "\
runbook: v1
name: before-maintenance
steps:
  off: { uses: disable-job, with: { job: ERP backup }, undo: { uses: enable-job, with: { job: ERP backup } } }
",
    ..JOB_SWITCH
};
