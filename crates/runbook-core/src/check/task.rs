//! Whose task is asked for must make one.

use super::{CANCEL, View, WAIT, makes_a_task};
use crate::problem::{Code, Problem, Problems};

/// The kind that stops the task of a step.
const CANCEL_TASK: &str = "cancel-task";

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    for step in view.of_kind(WAIT).chain(view.of_kind(CANCEL)).chain(view.of_kind(CANCEL_TASK)) {
        let Some((other, need)) = view.named(step, "task") else { continue };
        if makes_a_task(other) {
            continue;
        }
        let kind = other.uses.map_or("", |uses| uses.decl().kind);
        let message =
            format!("step `{}` asks for the task of `{}`, which makes none", step.id, other.id);
        let makers = view.runbook.steps.iter().filter(|step| makes_a_task(step));
        let makers: Vec<_> = makers.take(3).map(|step| format!("`{}`", step.id)).collect();
        let help = if makers.is_empty() {
            "name a step that starts something in EM, such as one of the kind `undo-failover`"
                .to_owned()
        } else {
            format!("name a step that starts something in EM: {}", makers.join(", "))
        };
        problems.push(
            Problem::new(Code::TaskNone, message, need.place, "no task comes from this step")
                .and(other.place, format!("`{kind}` makes no task"))
                .help(help),
        );
    }
}
