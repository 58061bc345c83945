//! `undo-failover`: takes a failover plan back.

use em_api::operation::{Operation, UndoFailoverPlan};
use serde::Deserialize;

use super::plan_action::{Deed, PlanAction};
use crate::step::{Decl, OnWarning, Param, Setting, StepType, TASK_OUTPUTS, Thing, Type};

/// The step type.
pub(crate) struct UndoFailover;

/// What stands under `with:`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spec {
    plan: String,
}

impl StepType for UndoFailover {
    const DECL: Decl = Decl {
        kind: "undo-failover",
        summary: "Takes a failover plan back: EM switches its machines to their sources.",
        params: &[Param::required(
            "plan",
            Type::Object(Thing::Plan),
            "The failover plan, by name, UID or id. A name that EM has twice is refused.",
        )],
        outputs: TASK_OUTPUTS,
        on_warning: Some(OnWarning::Fail),
        proof: "EM's task ends with success; that the sources serve again, only a check below \
                this step can prove.",
        investigate: "The tasks of the logon session in which it was sent; then the state of the \
                      plan in the backup console, which EM's API does not show.",
        more: "It **discards everything that the replicas wrote** since the failover. EM works \
               in groups of five machines, ten seconds apart, and skips machines that were \
               failed back already.\n\nThe step ends when EM has accepted the request; a \
               `wait-task` follows the task to its end. The request is sent once. If its answer \
               is lost, the list of tasks of the same logon session is asked; where that proves \
               nothing, the step ends `unknown` and nothing is sent again.",
        example: "\
runbook: v1
name: undo-erp
steps:
  undo: { uses: undo-failover, with: { plan: ERP-DR } }
  wait: { uses: wait-task, with: { task: undo }, timeout: 30m }
  cancel: { uses: cancel-on-timeout, with: { task: undo, watch: wait } }
",
        ..Decl::ACTION
    };
    type Spec = Spec;
    type Machine = PlanAction;

    fn begin(spec: Spec, setting: &Setting) -> PlanAction {
        let deed = Deed {
            noun: "the undo",
            link: "Undo",
            operation: "UndoFailoverPlan",
            request: Box::new(|plan, media| UndoFailoverPlan { plan }.request(media)),
        };
        PlanAction::new(spec.plan, deed, setting.media)
    }
}
