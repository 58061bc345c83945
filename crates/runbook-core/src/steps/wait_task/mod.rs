//! `wait-task`: follows the task of another step to its end.

mod machine;

use std::time::Duration;

use serde::Deserialize;

use crate::step::{Decl, OnWarning, Output, Param, Setting, StepId, StepType, Type};
use machine::WaitTaskMachine;

pub(super) use machine::said;

/// The step type.
pub(crate) struct WaitTask;

/// What stands under `with:`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spec {
    task: StepId,
    #[serde(default)]
    until: Until,
}

/// How far a task is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Until {
    /// To the end of the session it links to, where it links to one.
    #[default]
    Outcome,
    /// To its own end.
    Task,
}

impl StepType for WaitTask {
    const DECL: Decl = Decl {
        kind: "wait-task",
        summary: "Follows the task of another step to its end.",
        params: &[
            Param::required("task", Type::Step, "The step whose task is followed."),
            Param::optional(
                "until",
                Type::OneOf(&["outcome", "task"]),
                "`outcome` also wants the end of the session that the task links to; \
                        `task` is content with the task.",
            )
            .or("outcome"),
        ],
        outputs: &[
            Output::new("task", Type::String, "The task's name."),
            Output::new("operation", Type::String, "What EM calls it."),
        ],
        on_warning: Some(OnWarning::Fail),
        timeout: Some(Duration::from_mins(30)),
        proof: "EM shows the task `Finished` with `Success=\"true\"`, in the logon session in \
                which it was created. A result is read in that state only.",
        investigate: "The task is asked for again while its logon session lives.",
        more: "When its time is over and a `cancel-on-timeout` watches it, it ends `timed-out` \
               and the watch decides. Without a watch it ends `unknown`: the task is left \
               alone, still running.\n\nFailover plan tasks link to no session. A task that does \
               link to one is only the trigger of the work: this version does not follow such \
               sessions yet, and says `unknown` rather than guess.",
        example: "\
runbook: v1
name: undo-erp
steps:
  undo: { uses: undo-failover, with: { plan: ERP-DR } }
  wait: { uses: wait-task, with: { task: undo }, timeout: 30m }
  cancel: { uses: cancel-on-timeout, with: { task: undo, watch: wait } }
",
        ..Decl::READ
    };
    type Spec = Spec;
    type Machine = WaitTaskMachine;

    fn begin(spec: Spec, setting: &Setting) -> WaitTaskMachine {
        WaitTaskMachine {
            of: spec.task,
            until: spec.until,
            timeout: setting.timeout.unwrap_or_default(),
            watched: setting.watched,
            following: false,
        }
    }
}

#[cfg(test)]
mod tests;
