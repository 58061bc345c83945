//! What is watched must be a wait, and for the same task.

use super::{CANCEL, View, WAIT};
use crate::problem::{Code, Problem, Problems};
use crate::runbook::{Need, Step};

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    for step in view.of_kind(CANCEL) {
        let Some((watched, watch)) = view.named(step, "watch") else { continue };
        if watched.uses.is_none() {
            continue;
        }
        if watched.kind() != WAIT {
            problems.push(no_wait(step, watched, &watch));
            continue;
        }
        let own = view.named(step, "task");
        let theirs = view.named(watched, "task");
        if let (Some((own, need)), Some((theirs, their_need))) = (own, theirs)
            && own.id != theirs.id
        {
            problems.push(other_task(step, watched, &need, &their_need));
        }
    }
}

fn no_wait(step: &Step, watched: &Step, watch: &Need) -> Problem {
    let message = format!("step `{}` watches `{}`, which is no wait", step.id, watched.id);
    let kind = watched.uses.map_or("", |uses| uses.decl().kind);
    Problem::new(
        Code::WatchNotAWait,
        message,
        watch.place,
        "a step of the kind `wait-task` is expected",
    )
    .and(watched.place, format!("this is `{kind}`"))
    .help("name the step that waits for the task: only a wait can end before its task does")
}

fn other_task(step: &Step, watched: &Step, own: &Need, theirs: &Need) -> Problem {
    let message = format!(
        "step `{}` would cancel the task of `{}` when the wait for `{}` is over",
        step.id, own.id, theirs.id
    );
    Problem::new(Code::WatchOtherTask, message, own.place, "this task would be cancelled")
        .and(theirs.place, format!("`{}` waits for this one", watched.id))
        .help(format!("let both name the same step, or let `{}` watch another wait", step.id))
}
