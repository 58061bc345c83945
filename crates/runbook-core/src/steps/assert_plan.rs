//! `assert-plan`: whether a failover plan is what the runbook takes it for.

use super::literal;
use super::parts::{ASSERT, MODE, NEWEST_POINT, OK, PLAN};
use crate::step::{Decl, Output, Param, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "assert-plan",
    summary: "Looks whether a failover plan holds the machines that it should, with points that \
              are fresh enough.",
    params: &[
        PLAN,
        Param::optional(
            "machines",
            Type::Fields(&[
                Param::optional("min", Type::COUNT, "The fewest machines."),
                Param::optional("max", Type::COUNT, "The most machines."),
                Param::optional("include", Type::TEXTS, "Names that must be among them."),
            ]),
            "What is asked of the machines of the plan.",
        ),
        NEWEST_POINT,
        MODE,
    ],
    outputs: &[
        OK,
        Output::new(
            "machines",
            Type::List {
                of: &Type::Fields(&[
                    Param::required("name", Type::String, "The name of the machine."),
                    Param::required("id", Type::String, "Its id in EM."),
                    Param::required("order", Type::COUNT, "Its place in the plan, from 0."),
                    Param::optional("newest_point", Type::Timestamp, "Its newest point."),
                ]),
                least: 0,
            },
            "The machines of the plan, in its order.",
        ),
        Output::new("count", Type::COUNT, "How many machines there are."),
        Output::new("oldest_age", Type::Duration, "The age of the oldest of the newest points."),
    ],
    more: "A plan in EM **has no state**: nothing says whether it is failed over. This step looks \
           at what the plan holds, not at what became of it.\n\nAll that it reads is as old as \
           EM's last collection of data, 15 minutes by default: `collect` first where that is too \
           old. With `mode: report` it never fails on what it finds, and later steps read `ok`.",
    example: "\
runbook: v1
name: is-erp-ready
steps:
  ready:
    uses: assert-plan
    with:
      plan: ERP-DR
      machines: { min: 4, include: [erp-db01, erp-app01] }
      newest-point: { max-age: 30m }
",
    check: |with, problems| literal::range(with, "machines", problems),
    ..ASSERT
};
