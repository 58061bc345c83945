//! `failover-vm`: fails a single machine over.

use super::parts::{AS_OF, POINT_OUTPUTS, REPLICA_FAILOVER, VM};
use crate::step::Decl;

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "failover-vm",
    summary: "Fails one machine over to its replica, outside any plan.",
    params: &[VM, AS_OF],
    outputs: POINT_OUTPUTS,
    more: "**EM offers no undo** for a single machine, and neither failback nor permanent \
           failover: all three are done in the backup console. Where the way back matters, put \
           the machine into a failover plan and use `start-failover`; else say so with `undo: { \
           impossible: … }`, or ask a person with `manual`.\n\nThe point is picked from what EM \
           knows, which lags behind by up to the period of its data collection, 15 minutes by \
           default: `collect` first where the newest point matters.",
    example: "\
runbook: v1
name: fail-one-over
steps:
  web:
    uses: failover-vm
    with: { vm: web01 }
    wait: { timeout: 30m, on-timeout: detach }
    undo: { impossible: \"EM has no undo for a single machine: undo it in the backup console\" }
  serves:
    uses: check-tcp
    needs: web
    with: { address: \"web01.dr.example.org:443\" }
",
    ..REPLICA_FAILOVER
};
