//! What an open run waits for.

use serde::Serialize;

use crate::run::{Grade, Phase, Run};
use crate::step::{Effect, StepResult};

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
    let graph = run.plan().graph();
    let is_over = |place: usize| run.steps()[place].ending().is_some();
    let mut waits = Vec::new();
    for (place, (planned, step)) in run.plan().steps().iter().zip(run.steps()).enumerate() {
        let is_unanswered = run.open_actions().any(|ticket| ticket.step == planned.id);
        let why = match &step.phase {
            _ if is_unanswered => "may or may not have been sent: look in the backup console",
            Phase::Ended { ending, .. } if ending.result == StepResult::Unknown => {
                "is unknown: look in the backup console what became of it"
            }
            Phase::Ended { .. } => continue,
            Phase::Running { .. } if planned.effect == Effect::Gate => "waits for a person",
            Phase::Running { .. } if step.grade == Some(Grade::Accepted) => {
                "was accepted by EM, and has no end yet"
            }
            Phase::Running { .. } => "had begun, and has no end yet",
            Phase::Waiting if graph.needs(place).all(|(need, _)| is_over(need)) => {
                "had not begun, and could"
            }
            Phase::Waiting => continue,
        };
        waits.push(Wait { step: planned.id.to_string(), why });
    }
    waits
}
