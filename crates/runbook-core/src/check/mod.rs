//! The rules over a runbook and its graph, and the gate behind them. Knows no inputs' values.

mod all;
mod task;
#[cfg(test)]
mod tests;
mod unwatched;
mod watch;

pub use all::{Checked, all};

use crate::runbook::{Need, Runbook, Step};

/// The kind that waits for a task.
const WAIT: &str = "wait-task";

/// The kind that stops a task when a wait has ended without it.
const CANCEL: &str = "cancel-on-timeout";

/// Steps by kind, and the steps they name.
struct View<'a> {
    runbook: &'a Runbook,
    indices: std::collections::HashMap<&'a str, usize>,
}

impl<'a> View<'a> {
    fn of(runbook: &'a Runbook) -> Self {
        let by_name = runbook.steps.iter().enumerate();
        Self { runbook, indices: by_name.map(|(at, step)| (step.id.as_str(), at)).collect() }
    }

    /// Returns the steps of a kind.
    fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = &'a Step> {
        self.runbook.steps.iter().filter(move |step| is(step, kind))
    }

    /// Returns the step that a parameter names, with the name; none where it is absent, unknown
    /// or the step itself, which is reported elsewhere.
    fn named(&self, step: &Step, param: &str) -> Option<(&'a Step, Need)> {
        let (_, need) = step.named_steps().find(|(named, _)| named.name == param)?;
        let other = &self.runbook.steps[*self.indices.get(need.id.as_str())?];
        (other.id != step.id).then_some((other, need))
    }
}

fn is(step: &Step, kind: &str) -> bool {
    step.uses.is_some_and(|uses| uses.decl().kind == kind)
}

/// Tells whether EM makes a task for a step. A kind that was refused might.
fn makes_a_task(step: &Step) -> bool {
    step.uses.is_none_or(|uses| uses.decl().makes_a_task())
}
