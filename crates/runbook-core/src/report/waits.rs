//! What an open run waits for.

use serde::Serialize;

use crate::event::Rule;
use crate::run::{Grade, Phase, Run};
use crate::step::Effect;

/// A step that keeps a run open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// The step.
    pub step: String,
    /// What is open about it, in a clause: the step is the subject.
    pub why: &'static str,
}

/// Returns what keeps a run open, in the order of the plan; of steps that have not begun only
/// those are named that could begin now. A run that is closed waits for nothing.
pub fn waits(run: &Run) -> Vec<Wait> {
    if !run.is_open() {
        return Vec::new();
    }
    let steps = run.plan().steps().iter().enumerate();
    let waits = steps.filter_map(|(place, planned)| {
        Some(Wait { step: planned.id.to_string(), why: why(run, place)? })
    });
    waits.collect()
}

fn why(run: &Run, place: usize) -> Option<&'static str> {
    let planned = &run.plan().steps()[place];
    let step = &run.steps()[place];
    if run.open_actions().any(|ticket| ticket.step == planned.id) {
        return Some("may or may not have been sent: `resume` finds out, as far as EM shows");
    }
    let is_resolved_by_people = || run.ruled_step(planned.id.as_str(), Rule::Happened).is_ok();
    match &step.phase {
        Phase::Ended { .. } => is_resolved_by_people().then_some(
            "is unknown: look in the backup console what became of it, and `resolve` it",
        ),
        Phase::Running { .. } if planned.effect == Effect::Gate => Some("waits for a person"),
        Phase::Running { .. } if step.grade == Some(Grade::Accepted) => {
            Some("was accepted by EM, and has no end yet")
        }
        Phase::Running { .. } => Some("had begun, and has no end yet"),
        Phase::Waiting => {
            let is_over = |need: usize| run.steps()[need].ending().is_some();
            let mut needs = run.plan().graph().needs(place);
            needs.all(|(need, _)| is_over(need)).then_some("had not begun, and could")
        }
    }
}
