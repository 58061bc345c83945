//! `restore-vapp`: restores a vApp over what is there now.

use super::parts::{AS_OF, POWER_ON, QUICK_ROLLBACK, RESTORE, VAPP};
use crate::step::Decl;

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "restore-vapp",
    summary: "Restores an entire vApp to its original place, from a restore point.",
    params: &[VAPP, AS_OF, POWER_ON, QUICK_ROLLBACK],
    more: "It restores the **entire vApp to where it was**, over what is there now: nothing \
           takes that back. Put an `approve` before it.\n\nWhat holds for `restore-vm` holds for \
           each of its machines.",
    example: "\
runbook: v1
name: bring-the-shop-back
steps:
  sure:
    uses: approve
    with: { prompt: \"Overwrite the vApp shop with its newest restore point?\", expires: 30m }
  restore:
    uses: restore-vapp
    needs: sure
    with: { vapp: shop, power-on: true }
    wait: { timeout: 4h, on-timeout: detach }
  serves:
    uses: check-http
    needs: restore
    with: { url: \"https://shop.example.org/health\" }
",
    ..RESTORE
};
