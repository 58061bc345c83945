//! The rules over a runbook and its graph, and the gate behind them. Knows no inputs' values.

mod actions;
mod all;
mod allow;
mod expressions;
mod for_each;
mod include;
mod inputs_of;
mod proof;
mod resolves;
mod sleep;
mod sources;
mod task;
#[cfg(test)]
mod tests;
mod undo;
mod unwatched;
mod waits;
mod watch;

use all::all_within;
pub use all::{Accepted, Checked, all, all_with};
pub(crate) use for_each::{duplicate, no_key, too_many};
pub(crate) use include::Inner;
pub use include::{Closed, Library};

use crate::graph::Graph;
use crate::runbook::{CANCEL, Need, Runbook, Step, WAIT};
use crate::step::{Decl, Thing, Type};

/// Steps by kind, and the steps they name.
struct View<'a> {
    runbook: &'a Runbook,
    graph: &'a Graph,
    inner: &'a Inner,
    indices: std::collections::HashMap<&'a str, usize>,
}

impl<'a> View<'a> {
    fn of(runbook: &'a Runbook, graph: &'a Graph, inner: &'a Inner) -> Self {
        let by_name = runbook.steps.iter().enumerate();
        let indices = by_name.map(|(at, step)| (step.id.as_str(), at)).collect();
        Self { runbook, graph, inner, indices }
    }

    /// Returns the steps of a kind.
    fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = &'a Step> {
        self.runbook.steps.iter().filter(move |step| step.kind() == kind)
    }

    /// Finds a step.
    fn find(&self, id: &str) -> Option<(usize, &'a Step)> {
        let at = *self.indices.get(id)?;
        Some((at, &self.runbook.steps[at]))
    }

    /// Returns the step that a parameter names, with the name; none where it is absent, unknown
    /// or the step itself, which is reported elsewhere.
    fn named(&self, step: &Step, param: &str) -> Option<(&'a Step, Need)> {
        let (_, need) = step.named_steps().find(|(named, _)| named.name == param)?;
        let (_, other) = self.find(need.id.as_str())?;
        (other.id != step.id).then_some((other, need))
    }

    /// Tells of each step whether one that it waits for, however far above, is of a sort.
    fn below(&self, is: impl Fn(&Step) -> bool) -> Vec<bool> {
        let mut below = vec![false; self.runbook.steps.len()];
        for step in self.graph.order() {
            let sort = |above: usize| below[above] || is(&self.runbook.steps[above]);
            below[step] = self.graph.needs(step).any(|(above, _)| sort(above));
        }
        below
    }

    /// Tells of each step whether one that waits for it, however far below, is of a sort.
    fn above(&self, is: impl Fn(&Step) -> bool) -> Vec<bool> {
        let mut above = vec![false; self.runbook.steps.len()];
        for step in self.graph.order().into_iter().rev() {
            let sort = |below: usize| above[below] || is(&self.runbook.steps[below]);
            above[step] = self.graph.dependants(step).any(|(below, _)| sort(below));
        }
        above
    }
}

/// Tells whether EM makes a task for a step. A kind that was refused might.
fn makes_a_task(step: &Step) -> bool {
    step.uses.is_none_or(|uses| uses.decl().makes_a_task())
}

/// Tells whether a kind works on a failover plan.
fn is_of_a_plan(decl: &Decl) -> bool {
    decl.makes_a_task() && decl.params.iter().any(|param| param.is == Type::Object(Thing::Plan))
}
