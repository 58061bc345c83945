//! `start-failover`: fails a plan over.

use em_api::operation::{Operation, Start, StartFailoverPlan};
use serde::Deserialize;

use super::plan_action::{Deed, PlanAction};
use crate::step::{Decl, OnWarning, Param, Setting, StepType, TASK_OUTPUTS, Thing, Type};

/// The step type.
pub(crate) struct StartFailover;

/// What stands under `with:`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Spec {
    plan: String,
    as_of: Option<jiff::Timestamp>,
}

impl StepType for StartFailover {
    const DECL: Decl = Decl {
        kind: "start-failover",
        summary: "Fails a failover plan over: EM starts the replicas of its machines in order.",
        params: &[
            Param::required(
                "plan",
                Type::Object(Thing::Plan),
                "The failover plan, by name, UID or id. A name that EM has twice is \
                        refused.",
            ),
            Param::optional(
                "as-of",
                Type::Timestamp,
                "Start from the newest restore point before this instant; without it, \
                        from the newest there is.",
            ),
        ],
        outputs: TASK_OUTPUTS,
        on_warning: Some(OnWarning::Fail),
        undone_by: Some("undo-failover"),
        proof: "EM's task ends with success; that the machines serve, only a check below this \
                step can prove.",
        investigate: "The tasks of the logon session in which it was sent; then the state of the \
                      plan in the backup console, which EM's API does not show.",
        more: "EM does **not** power the source machines off. It starts at most ten machines at \
               a time, with the delays of the plan, and skips machines that are failed over \
               already.\n\nThe step ends when EM has accepted the request; a `wait-task` follows \
               the task to its end. The request is sent once. If its answer is lost, the list \
               of tasks of the same logon session is asked; where that proves nothing, the step \
               ends `unknown` and nothing is sent again.",
        example: "\
runbook: v1
name: start-erp
steps:
  start: { uses: start-failover, with: { plan: ERP-DR } }
  wait: { uses: wait-task, with: { task: start }, timeout: 30m }
",
        ..Decl::ACTION
    };
    type Spec = Spec;
    type Machine = PlanAction;

    fn begin(spec: Spec, setting: &Setting) -> PlanAction {
        let start = spec.as_of.map_or(Start::Now, Start::Before);
        let deed = Deed {
            noun: "the start",
            link: "Start",
            operation: "StartFailoverPlan",
            request: Box::new(move |plan, media| StartFailoverPlan { plan, start }.request(media)),
        };
        PlanAction::new(spec.plan, deed, setting.media)
    }
}
