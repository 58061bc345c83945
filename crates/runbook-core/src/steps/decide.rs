//! `decide`: lets people choose.

use super::literal;
use super::parts::{EXPIRES, GATE};
use crate::step::{Decl, Output, Param, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "decide",
    summary: "Lets people choose one of several ways to go on.",
    params: &[
        Param::required(
            "options",
            Type::List { of: &Type::String, least: 2 },
            "The words to choose from.",
        ),
        EXPIRES,
        Param::required("otherwise", Type::String, "Which of them holds where nobody chooses."),
    ],
    outputs: &[Output::new("choice", Type::String, "The word that was chosen.")],
    more: "`runbook choose RUN STEP OPTION` answers it. Silence until `expires` is an answer too, \
           the one under `otherwise`: let that be the one that does least.\n\nThe steps below it \
           read `choice` in their `when`.",
    example: "\
runbook: v1
name: keep-or-undo
steps:
  verdict:
    uses: decide
    description: Does ERP serve well enough on the replicas?
    with: { options: [keep, undo], expires: 2h, otherwise: keep }
  back:
    uses: undo-failover
    when: steps.verdict.choice == 'undo'
    with: { plan: ERP-DR }
    wait: { timeout: 30m, on-timeout: detach }
",
    check: literal::decide,
    ..GATE
};
