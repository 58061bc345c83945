//! What is left for people to rule on, and how they say it.

use crate::event::Rule;
use crate::run::Run;
use crate::step::StepId;

/// A step whose outcome only a person can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToResolve {
    /// The step.
    pub step: StepId,
    /// Whether it may be ruled that EM has never taken it.
    may_not_have_happened: bool,
}

impl ToResolve {
    /// Says which command says what became of it, of the run with this id: a line to be copied,
    /// and what else it can say.
    pub fn how(&self, id: &str) -> String {
        let first = format!("`runbook resolve {id} {} --as happened --because TEXT`", self.step);
        if self.may_not_have_happened {
            first + " (or `--as failed`, or `--as not-happened` where EM has never taken it)"
        } else {
            first + " (or `--as failed`)"
        }
    }
}

/// Returns the steps on which it can be ruled what became of them, in the order of the plan. A
/// step that only watches another is never among them.
pub fn to_resolve(run: &Run) -> Vec<ToResolve> {
    let may_be = |step: &StepId, rule| run.ruled_step(step.as_str(), rule).is_ok();
    let steps = run.plan().steps().iter().map(|planned| &planned.id);
    let steps = steps.filter(|step| may_be(step, Rule::Happened));
    let found = steps.map(|step| ToResolve {
        may_not_have_happened: may_be(step, Rule::NotHappened),
        step: step.clone(),
    });
    found.collect()
}

/// Tells whether people have ruled on a step since a process was last at work.
pub fn is_ruled(run: &Run) -> bool {
    let last = run.rulings().last().map(|(at, _)| *at);
    let resumed = run.resumed().last().map(|(at, _)| *at);
    run.ended().is_none() && last.is_some_and(|last| resumed.is_none_or(|at| at < last))
}

/// The id of a run, or what to put there.
pub(super) fn id(run: &Run) -> &str {
    run.opened().map_or("RUN", |(_, opened)| opened.run.as_str())
}
