//! `undo-cloud-failover`: takes the plan of a tenant back.

use super::parts::CLOUD_PLAN;
use crate::step::{Decl, OnWarning, TASK_OUTPUTS};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "undo-cloud-failover",
    summary: "Takes a cloud failover plan back: the tenant's machines are switched to their \
              sources.",
    params: &[CLOUD_PLAN],
    outputs: TASK_OUTPUTS,
    on_warning: Some(OnWarning::Fail),
    proof: "EM's task ends with success; the tenant's replica points read `Ready` again.",
    investigate: "The tasks of the logon session in which it was sent; then the state of the \
                  tenant's replica points: one in `Failover` is not undone yet.",
    more: "It **discards everything that the replicas wrote** since the failover. Its task links \
           to no session, so there is none to follow.\n\nThe request is sent once. An undo that \
           comes late would discard what a newer failover has written: one whose outcome is not \
           known is never sent again by itself.",
    example: "\
runbook: v1
name: undo-tenant
steps:
  undo:
    uses: undo-cloud-failover
    with: { plan: ABC Company Failover Plan }
    wait: { timeout: 1h, on-timeout: detach }
  portal:
    uses: check-tcp
    needs: undo
    with: { address: \"portal.abc.example.org:443\" }
",
    ..Decl::ACTION
};
