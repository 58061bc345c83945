//! `start-cloud-failover`: fails the plan of a tenant over.

use super::parts::{CLOUD_PLAN, PLAN_AS_OF};
use crate::step::{Decl, OnWarning, SESSION_OUTPUTS};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "start-cloud-failover",
    summary: "Fails a cloud failover plan over: the provider starts the tenant's replicas in order.",
    params: &[CLOUD_PLAN, PLAN_AS_OF],
    outputs: SESSION_OUTPUTS,
    on_warning: Some(OnWarning::Fail),
    undone_by: Some("undo-cloud-failover"),
    proof: "The cloud failover session that the task links to stops with success; that the \
            machines serve, only a check below this step can prove.",
    investigate: "The tasks of the logon session in which it was sent; then the cloud failover \
                  sessions by name and time, and the state of the tenant's replica points.",
    more: "For the Enterprise Manager of a service provider. EM's task may have finished with \
           success while the session that it links to is still working: the end of the session \
           is what counts.\n\nCloud replicas are the only ones whose state EM shows (`Ready`, \
           `Failover`, `Failback`, `PermanentFailover`), to Portal Administrators and Portal \
           Users. The request is sent once.",
    example: "\
runbook: v1
name: tenant-failover
steps:
  failover:
    uses: start-cloud-failover
    with: { plan: ABC Company Failover Plan }
    wait: { timeout: 1h, on-timeout: detach }
    undo:
      uses: undo-cloud-failover
      with: { plan: ABC Company Failover Plan }
      wait: { timeout: 1h, on-timeout: detach }
  portal:
    uses: check-tcp
    needs: failover
    with: { address: \"portal.abc.example.org:443\" }
",
    ..Decl::ACTION
};
