//! `disable-cdp-policy`: switches a CDP policy off.

use super::parts::POLICY_SWITCH;
use crate::step::Decl;

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "disable-cdp-policy",
    summary: "Switches a CDP policy off.",
    undone_by: Some("enable-cdp-policy"),
    example: "\
runbook: v1
name: disable-orders-cdp
steps:
  disable: { uses: disable-cdp-policy, with: { policy: Orders CDP }, undo: { uses: enable-cdp-policy, with: { policy: Orders CDP } } }
",
    ..POLICY_SWITCH
};
