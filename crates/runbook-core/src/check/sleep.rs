//! A sleep where a check belongs: time passes, and nothing is known after it.

use super::{View, WAIT, makes_a_task};
use crate::problem::{Code, Problem, Problems};
use crate::runbook::Step;

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    for (at, step) in view.runbook.steps.iter().enumerate() {
        if step.kind() != "sleep" || view.graph.dependants(at).next().is_none() {
            continue;
        }
        let mut above = view.graph.needs(at).map(|(above, _)| &view.runbook.steps[above]);
        if let Some(action) = above.find(|above| acts(above)) {
            problems.push(instead(step, action));
        }
    }
}

fn acts(step: &Step) -> bool {
    step.kind() == WAIT || (step.effect().acts() && makes_a_task(step))
}

fn instead(step: &Step, action: &Step) -> Problem {
    let message =
        format!("step `{}` lets time pass after `{}`, and proves nothing", step.id, action.id);
    Problem::new(
        Code::SleepInsteadOfCheck,
        message,
        step.place,
        "too short one day, too long the next",
    )
    .and(action.place, "it waits for what this has begun")
    .help(
        "use a check that looks at what you are waiting for, such as `check-tcp` or \
             `check-http` with `stable-for`",
    )
}
