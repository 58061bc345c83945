//! A wait that does not say what follows when its time is over, and one that cancels what no
//! proof can come of.

use super::{CANCEL, View, is_of_a_plan};
use crate::problem::{Code, Problem, Problems};
use crate::runbook::{OnTimeout, Step};
use crate::text::Span;

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    for step in &view.runbook.steps {
        sugar(step, problems);
        if let Some(undo) = step.undo_step() {
            sugar(undo, problems);
        }
    }
    for step in view.of_kind(CANCEL) {
        if let Some((action, need)) = view.named(step, "task")
            && action.uses.is_some_and(|uses| is_of_a_plan(uses.decl()))
        {
            problems.push(cancels_plan(action, need.place));
        }
    }
}

fn sugar(step: &Step, problems: &mut Problems) {
    let Some(wait) = step.wait.as_deref() else { return };
    match wait.on_timeout {
        None => problems.push(undecided(step, wait.place)),
        Some((OnTimeout::Cancel, place))
            if step.uses.is_some_and(|uses| is_of_a_plan(uses.decl())) =>
        {
            problems.push(cancels_plan(step, place));
        }
        Some(_) => {}
    }
}

fn undecided(step: &Step, place: Span) -> Problem {
    let message = format!("the wait of step `{}` does not say what follows on a time-out", step.id);
    Problem::new(Code::WaitUndecided, message, place, "the task is left running").help(
        "write `on-timeout: detach` if that is what you want, or `on-timeout: cancel` to ask EM \
         to stop the task",
    )
}

fn cancels_plan(action: &Step, place: Span) -> Problem {
    let message = format!(
        "a cancel of `{}` cannot be proven: tasks of failover plans link to no session",
        action.id
    );
    Problem::new(Code::WaitCancelsPlan, message, place, "would mostly end `unknown`").help(
        "a failover stopped half-way is worse than one that is late: prefer `on-timeout: detach`, \
         and let a person look",
    )
}
