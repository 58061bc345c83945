//! `run-runbook`: another runbook, as if its steps stood here.

use crate::step::{Decl, Param, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "run-runbook",
    summary: "Takes in the steps of another runbook.",
    params: &[
        Param::required(
            "file",
            Type::String,
            "The other runbook, by its way from the folder of this one, in the same repository.",
        ),
        Param::optional("inputs", Type::Map(&Type::Any), "Values for its inputs, by name."),
    ],
    proof: "What proves its steps.",
    investigate: "As its steps are: each has a kind of its own.",
    more: "It is taken in when the plan is made: its steps stand in the plan as `<id>/<step>`, \
           with one journal, one scenario and one report. Steps below read the outputs that it \
           declares under `outputs`.\n\nThe effect is that of its steps, each shown by itself. \
           Runbooks may take each other in up to 8 deep, and 64 files in all; never in a circle.",
    example: "\
runbook: v1
name: erp-then-shop
steps:
  erp: { uses: run-runbook, with: { file: undo-failover.yaml, inputs: { plan: ERP-DR } } }
  shop:
    uses: run-runbook
    needs: erp
    with: { file: undo-failover.yaml, inputs: { plan: Shop-DR } }
",
    ..Decl::READ
};
