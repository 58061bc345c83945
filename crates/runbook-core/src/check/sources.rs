//! A failover is started while the sources may still be running: two machines with one name.

use super::View;
use crate::problem::{Code, Problem, Problems};
use crate::runbook::Step;
use crate::step::Effect;

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    let is_start = |step: &&Step| step.kind() == "start-failover";
    if !view.runbook.steps.iter().any(|step| is_start(&step)) {
        return;
    }
    let fenced = view.below(looks_or_fences);
    for (at, step) in view.runbook.steps.iter().enumerate() {
        if is_start(&step) && !fenced[at] {
            problems.push(unfenced(step));
        }
    }
}

/// Tells whether a step can prove that the sources are down, or can take them down; or asks a
/// person, who can do both.
fn looks_or_fences(step: &Step) -> bool {
    step.observes()
        || step.effect() == Effect::Gate
        || (step.effect().acts() && step.uses.is_some_and(|uses| uses.decl().effect.is_none()))
}

fn unfenced(step: &Step) -> Problem {
    let message =
        format!("nothing above `{}` looks at the source machines or fences them", step.id);
    Problem::new(Code::SourcesUnfenced, message, step.place, "EM does not power the sources off")
        .help(
            "let it need a `command` that powers the sources off, a check that they are down, or \
             an `approve`; in a drill on an isolated network, accept this under `allow` and say so",
        )
}
