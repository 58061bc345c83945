//! `failover-cdp-vm`: fails one machine of a CDP replica over.

use super::parts::{CDP_TO, REPLICA_FAILOVER};
use crate::step::{Decl, Param, SESSION_OUTPUTS, Thing, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "failover-cdp-vm",
    summary: "Fails one machine of a CDP replica over, to the latest state or to an instant.",
    params: &[
        Param::required(
            "replica",
            Type::Object(Thing::Replica),
            "The CDP replica that the machine belongs to, by name, UID or id.",
        ),
        Param::required(
            "vm",
            Type::Object(Thing::Machine),
            "The machine of the replica, by name, UID or id.",
        ),
        CDP_TO,
    ],
    outputs: SESSION_OUTPUTS,
    more: "**EM offers no undo** for CDP, and neither failback nor permanent failover: all three \
           are done in the backup console. A CDP replica can be a member of a failover plan, \
           whose undo then holds for it too.\n\nAn instant is sent to EM alone, with both \
           `latest` flags off, since EM does not say which of them wins. The account must be a \
           Portal Administrator.",
    example: "\
runbook: v1
name: orders-to-the-replica
steps:
  orders:
    uses: failover-cdp-vm
    with: { replica: Orders CDP, vm: orders-db, to: latest-consistent }
    wait: { timeout: 15m, on-timeout: detach }
    undo: { impossible: \"EM has no undo for CDP: undo it in the backup console\" }
  serves:
    uses: check-tcp
    needs: orders
    with: { address: \"orders-db.dr.example.org:5432\", stable-for: 30s }
",
    ..REPLICA_FAILOVER
};
