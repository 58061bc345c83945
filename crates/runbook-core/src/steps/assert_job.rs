//! `assert-job`: whether a job is enabled, and has gone well of late.

use super::parts::{ASSERT, JOB, MODE, OK};
use crate::step::{Decl, Output, Param, Type};

const RESULTS: Type = Type::OneOf(&["success", "warning", "failed"]);

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "assert-job",
    summary: "Looks whether a job is enabled, and how and when its last session ended.",
    params: &[
        JOB,
        Param::optional("enabled", Type::Boolean, "Whether its schedule must be enabled."),
        Param::optional(
            "last-result",
            RESULTS,
            "The worst result of its last session that is taken: `warning` takes `success` too.",
        ),
        Param::optional("max-age", Type::Duration, "How long ago its last session may have ended."),
        MODE,
    ],
    outputs: &[
        OK,
        Output::new("enabled", Type::Boolean, "Whether its schedule is enabled."),
        Output::new("last_result", RESULTS, "How its last session ended."),
        Output::new("last_ended", Type::Timestamp, "When its last session ended."),
    ],
    more: "A session that still runs has no result yet: the one before it is looked at. EM lists \
           sessions of the last 30 days only, and knows what its last collection of data has \
           brought.\n\nJobs can be read by Portal Administrators only.",
    example: "\
runbook: v1
name: is-the-backup-good
steps:
  backup:
    uses: assert-job
    with: { job: ERP backup, enabled: true, last-result: warning, max-age: 26h }
",
    ..ASSERT
};
