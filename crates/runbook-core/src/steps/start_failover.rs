//! `start-failover`: fails a plan over.

use em_api::operation::{Operation, Start, StartFailoverPlan};
use serde::Deserialize;

use super::parts::{PLAN, PLAN_AS_OF};
use super::plan_action::{Deed, PlanAction};
use crate::step::{Decl, OnWarning, Setting, StepType, TASK_OUTPUTS};

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
        params: &[PLAN, PLAN_AS_OF],
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
  declare: { uses: approve, with: { prompt: \"Are the sources of ERP off?\", expires: 30m } }
  start:
    uses: start-failover
    needs: declare
    with: { plan: ERP-DR }
    wait: { timeout: 30m, on-timeout: detach }
    undo:
      uses: undo-failover
      with: { plan: ERP-DR }
      wait: { timeout: 30m, on-timeout: detach }
  db:
    uses: check-tcp
    needs: start
    with: { address: \"erp-db01.dr.example.org:1433\", stable-for: 30s }
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
