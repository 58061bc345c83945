//! An action that nobody waits for, and a wait behind which nobody tidies up.

use std::collections::HashSet;

use super::{CANCEL, View, WAIT, is_of_a_plan, makes_a_task};
use crate::problem::{Code, Problem, Problems};
use crate::step::StepId;

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    let named = |kind: &'static str, param: &'static str| -> HashSet<&StepId> {
        let steps = view.of_kind(kind);
        steps.filter_map(|step| view.named(step, param)).map(|(other, _)| &other.id).collect()
    };
    let (waited_for, watched) = (named(WAIT, "task"), named(CANCEL, "watch"));
    for step in &view.runbook.steps {
        let sees = step.uses.is_none_or(|uses| uses.decl().sees_to_its_end);
        if !sees && makes_a_task(step) && step.wait.is_none() && !waited_for.contains(&step.id) {
            let message = format!("no step waits for the task that step `{}` makes", step.id);
            problems.push(
                Problem::new(
                    Code::ActionUnwatched,
                    message,
                    step.place,
                    "ends once EM has accepted it",
                )
                .help(format!(
                    "add a step: `{{ uses: wait-task, with: {{ task: {} }} }}`",
                    step.id
                )),
            );
        }
    }
    for wait in view.of_kind(WAIT).filter(|wait| !watched.contains(&wait.id)) {
        let Some((action, _)) = view.named(wait, "task") else { continue };
        // A cancel of a plan's task cannot be proven, so that to leave it running is the better.
        if action.uses.is_none_or(|uses| is_of_a_plan(uses.decl())) {
            continue;
        }
        let message =
            format!("when the time of step `{}` is over, the task goes on in EM", wait.id);
        problems.push(
            Problem::new(Code::WaitDetached, message, wait.place, "nothing watches this wait")
                .help(format!(
                    "this may be what you want; if not, add a step: `{{ uses: cancel-on-timeout, \
                     with: {{ task: {}, watch: {} }} }}`",
                    action.id, wait.id
                )),
        );
    }
}
