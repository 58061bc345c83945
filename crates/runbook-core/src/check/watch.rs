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
        if let Some(problem) = held_back(view, step, watched, &watch) {
            problems.push(problem);
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

/// Refuses a need on what itself needs the watched step: when that runs out of time, the need is
/// never satisfied, and the watcher never starts.
fn held_back(view: &View<'_>, step: &Step, watched: &Step, watch: &Need) -> Option<Problem> {
    let (at, _) = view.find(watched.id.as_str())?;
    let needs: Vec<_> = step.needs.iter().filter(|need| need.id != watched.id).collect();
    let pairs: Vec<_> = needs
        .iter()
        .map(|need| (at, view.find(need.id.as_str()).map_or(at, |(other, _)| other)))
        .collect();
    let before = view.graph.come_before(&pairs);
    let need = needs.iter().zip(before).find(|(_, before)| *before).map(|(need, _)| need)?;
    let (id, wait, other) = (&step.id, &watched.id, &need.id);
    let message = format!("step `{id}` watches `{wait}`, and needs `{other}`, which needs it");
    let problem = Problem::new(Code::NeedsWatched, message, need.place, "waits for its success")
        .and(watch.place, "this waits for the end, however it ends");
    Some(problem.help(format!(
        "take `{other}` out of `needs`: when `{wait}` runs out of time, `{id}` would never start"
    )))
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
