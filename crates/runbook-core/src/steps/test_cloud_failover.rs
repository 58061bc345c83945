//! `test-cloud-failover`: tries the plan of a tenant without switching production.

use super::parts::CLOUD_PLAN;
use crate::step::{Decl, OnWarning, SESSION_OUTPUTS};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "test-cloud-failover",
    summary: "Tests a cloud failover plan: the replicas are booted and pinged, and production is \
              not switched.",
    params: &[CLOUD_PLAN],
    outputs: SESSION_OUTPUTS,
    on_warning: Some(OnWarning::Fail),
    proof: "The cloud failover session that the task links to stops with success.",
    investigate: "The tasks of the logon session in which it was sent; then the cloud failover \
                  sessions by name and time.",
    more: "EM reverts the replicas to their newest point, boots them and pings them. That they \
           answer a ping says nothing of the services on them.\n\nEM gives the task of a test \
           the same operation as that of a start, `StartCloudFailoverPlan`. Never run both for \
           one plan at the same time.",
    example: "\
runbook: v1
name: tenant-test
steps:
  test:
    uses: test-cloud-failover
    with: { plan: ABC Company Failover Plan }
    wait: { timeout: 1h, on-timeout: detach }
    allow:
      runbook::action::unchecked: the test ends with the replicas off, so nothing is left to look at
",
    ..Decl::ACTION
};
