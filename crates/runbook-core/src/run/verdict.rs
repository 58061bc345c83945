//! What a run came to: the first that holds, worst first.

use super::Run;
use crate::event::{Stop, Verdict};
use crate::graph::Edge;
use crate::step::{Reason, StepResult};

impl Run {
    /// Returns what the run has come to by now. One that nothing has ended was interrupted.
    pub fn verdict(&self) -> Verdict {
        let results = || self.steps.iter().filter_map(|step| step.ending());
        if results().any(|ending| ending.result == StepResult::Unknown) {
            return Verdict::Unknown;
        }
        match self.stop {
            Some(Stop::Unreachable { .. }) if !self.has_acted() => return Verdict::Unreachable,
            Some(Stop::Unreachable { .. }) => return Verdict::Interrupted,
            // A signal that comes when all is over has interrupted nothing.
            Some(Stop::Signal { .. }) if self.going_on > 0 => return Verdict::Interrupted,
            Some(Stop::Signal { .. }) | None => {}
        }
        if self.going_on > 0 {
            return if self.is_parked() { Verdict::Waiting } else { Verdict::Interrupted };
        }
        let failures = (0..self.steps.len()).filter(|step| self.is_a_failure(*step));
        let reasons: Vec<_> = failures
            .filter_map(|step| self.steps[step].ending().map(|ending| ending.reason))
            .collect();
        if reasons.is_empty() {
            Verdict::Done
        } else if !self.has_acted() && reasons.iter().all(|r| *r == Some(Reason::NotReady)) {
            Verdict::NotReady
        } else {
            Verdict::Failed
        }
    }

    /// A step that was blocked is no failure of its own. A time-out is none where its watch has
    /// found that the task succeeded after all.
    fn is_a_failure(&self, step: usize) -> bool {
        match self.steps[step].ending().map(|ending| ending.result) {
            Some(StepResult::Failed | StepResult::Cancelled) => true,
            Some(StepResult::TimedOut) => !self.watch_succeeded(step),
            _ => false,
        }
    }

    fn watch_succeeded(&self, step: usize) -> bool {
        let watches = self.plan.graph().dependants(step).filter(|(_, edge)| *edge == Edge::Watch);
        watches
            .filter_map(|(watch, _)| self.steps[watch].ending())
            .any(|ending| ending.result == StepResult::Succeeded)
    }
}
