//! `restore-vm`: restores a machine over what is there now.

use super::parts::{AS_OF, POWER_ON, QUICK_ROLLBACK, RESTORE, VM};
use crate::step::Decl;

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "restore-vm",
    summary: "Restores an entire machine to its original place, from a restore point.",
    params: &[VM, AS_OF, POWER_ON, QUICK_ROLLBACK],
    more: "It restores the **entire machine to where it was**, over what is there now: nothing \
           takes that back. Put an `approve` before it. Other ways of restoring (to another \
           place, single files, instant recovery) belong into the backup console.\n\nThe point \
           is picked from what EM knows, which lags behind by up to the period of its data \
           collection.",
    example: "\
runbook: v1
name: bring-the-app-back
steps:
  sure:
    uses: approve
    with: { prompt: \"Overwrite erp-app01 with its newest restore point?\", expires: 30m }
  restore:
    uses: restore-vm
    needs: sure
    with: { vm: erp-app01, power-on: true }
    wait: { timeout: 2h, on-timeout: detach }
  serves:
    uses: check-tcp
    needs: restore
    with: { address: \"erp-app01.example.org:443\" }
",
    ..RESTORE
};
