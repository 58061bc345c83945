//! `failover-vapp`: fails a single vApp over.

use super::parts::{AS_OF, POINT_OUTPUTS, REPLICA_FAILOVER, VAPP};
use crate::step::Decl;

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "failover-vapp",
    summary: "Fails one vApp of Cloud Director over to its replica, all of its machines together.",
    params: &[VAPP, AS_OF],
    outputs: POINT_OUTPUTS,
    more: "**EM offers no undo** for a single vApp, and neither failback nor permanent failover: \
           all three are done in the backup console.\n\nEM was seen to show the task of a vApp \
           with a successful result while it was still running. So a result is read only once \
           the task is `Finished`.",
    example: "\
runbook: v1
name: fail-the-shop-over
steps:
  shop:
    uses: failover-vapp
    with: { vapp: shop }
    wait: { timeout: 45m, on-timeout: detach }
    undo: { impossible: \"EM has no undo for a single vApp: undo it in the backup console\" }
  serves:
    uses: check-http
    needs: shop
    with: { url: \"https://shop.dr.example.org/health\" }
",
    ..REPLICA_FAILOVER
};
