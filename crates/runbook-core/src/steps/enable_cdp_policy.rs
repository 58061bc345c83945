//! `enable-cdp-policy`: switches a CDP policy on.

use super::parts::POLICY_SWITCH;
use crate::step::Decl;

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "enable-cdp-policy",
    summary: "Switches a CDP policy on.",
    undone_by: Some("disable-cdp-policy"),
    example: "\
runbook: v1
name: enable-orders-cdp
steps:
  enable: { uses: enable-cdp-policy, with: { policy: Orders CDP }, undo: { uses: disable-cdp-policy, with: { policy: Orders CDP } } }
",
    ..POLICY_SWITCH
};
