//! `cancel-on-timeout`: when a wait has run out of time, asks EM to stop the task.

mod machine;

use std::time::Duration;

use serde::Deserialize;

use crate::step::{Decl, Effect, Output, Param, Setting, StepId, StepType, Type};
use crate::time::Words;
use machine::CancelOnTimeoutMachine;

/// The step type.
pub(crate) struct CancelOnTimeout;

/// What stands under `with:`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spec {
    task: StepId,
    watch: StepId,
    #[serde(default = "default_settle")]
    settle: Words,
}

fn default_settle() -> Words {
    Words(Duration::from_mins(2))
}

impl StepType for CancelOnTimeout {
    const DECL: Decl = Decl {
        kind: "cancel-on-timeout",
        summary: "Watches a wait; when that has run out of time, asks EM to stop the task, and \
                  looks for proof.",
        params: &[
            Param::required("task", Type::Step, "The step whose task is to be stopped."),
            Param::required("watch", Type::WatchedStep, "The wait that is watched."),
            Param::optional(
                "settle",
                Type::Duration,
                "How long to look for proof of what became of the task.",
            )
            .or("2m"),
        ],
        outputs: &[Output::new(
            "late",
            Type::Boolean,
            "Whether the task succeeded after all, after its time.",
        )],
        effect: Some(Effect::Write),
        proof: "A result of the task, read after the request to stop it. EM's answer to that \
                request (204) proves nothing: it may have stopped the work, or only have \
                forgotten the task.",
        investigate: "The task is asked for until `settle` is over; then the backup console \
                      knows more than EM's API.",
        more: "| the wait | then |\n| --- | --- |\n| was satisfied | *skipped* |\n| ended in \
               any other way but time-out | *blocked* |\n| timed out | the task is asked for \
               once more; if it is still running, EM is asked to stop it |\n\nAfter the request, \
               a late success counts as success, with output `late`. A task that then reads \
               finished without success has *failed*. A task that is gone, or still running \
               after `settle`, is *unknown*: never *cancelled* without proof. Tasks of failover \
               plans link to no session that could prove a stop, so *unknown* is what a \
               cancelled plan task mostly ends with.",
        example: "\
runbook: v1
name: undo-erp
steps:
  undo: { uses: undo-failover, with: { plan: ERP-DR } }
  wait: { uses: wait-task, with: { task: undo }, timeout: 30m }
  cancel: { uses: cancel-on-timeout, with: { task: undo, watch: wait, settle: 2m } }
",
        ..Decl::READ
    };
    type Spec = Spec;
    type Machine = CancelOnTimeoutMachine;

    fn begin(spec: Spec, _: &Setting) -> CancelOnTimeoutMachine {
        let Spec { task, watch, settle } = spec;
        CancelOnTimeoutMachine::new(task, watch, settle.0)
    }
}

#[cfg(test)]
mod tests;
