//! `approve`: asks people for their consent.

use super::parts::{EXPIRES, GATE};
use crate::step::{Decl, Output, Param, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "approve",
    summary: "Asks people for their consent, and goes on with it.",
    params: &[
        Param::required("prompt", Type::String, "What is asked.").filled(),
        Param::optional("quorum", Type::Integer(1, i64::MAX), "How many people must agree.")
            .or("1"),
        EXPIRES,
    ],
    outputs: &[Output::new("approvers", Type::TEXTS, "Who agreed.")],
    more: "`runbook approve RUN STEP` and `runbook reject RUN STEP` answer it. Where nothing but \
           questions is left, the process ends with 8, and `runbook resume` goes on. Silence \
           until `expires` means *declined*.\n\nOne approval is recorded without a signature, and \
           the report says that it is not authenticated. From a quorum of 2 on, each must be \
           signed, by a signer that the target allows.",
    example: "\
runbook: v1
name: fail-over-with-consent
steps:
  declare:
    uses: approve
    with: { prompt: \"Fail ERP over? Its sources must be off.\", quorum: 2, expires: 30m }
  failover:
    uses: start-failover
    needs: declare
    with: { plan: ERP-DR }
    wait: { timeout: 30m, on-timeout: detach }
  db:
    uses: check-tcp
    needs: failover
    with: { address: \"erp-db01.dr.example.org:1433\" }
",
    ..GATE
};
