//! `failover-cdp-vapp`: fails a CDP replica of a vApp over.

use super::parts::{CDP_TO, REPLICA_FAILOVER};
use crate::step::{Decl, Param, SESSION_OUTPUTS, Thing, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "failover-cdp-vapp",
    summary: "Fails the CDP replica of a vApp over, all of its machines to the same instant.",
    params: &[
        Param::required(
            "replica",
            Type::Object(Thing::Replica),
            "The CDP replica of the vApp, by name, UID or id.",
        ),
        CDP_TO,
    ],
    outputs: SESSION_OUTPUTS,
    more: "**EM offers no undo** for CDP, and neither failback nor permanent failover: all three \
           are done in the backup console.\n\nAn instant is sent to EM alone, with both \
           `latest` flags off, since EM does not say which of them wins. The account must be a \
           Portal Administrator.",
    example: "\
runbook: v1
name: shop-to-the-replica
steps:
  shop:
    uses: failover-cdp-vapp
    with: { replica: shop CDP }
    wait: { timeout: 15m, on-timeout: detach }
    undo: { impossible: \"EM has no undo for CDP: undo it in the backup console\" }
  serves:
    uses: check-http
    needs: shop
    with: { url: \"https://shop.dr.example.org/health\" }
",
    ..REPLICA_FAILOVER
};
