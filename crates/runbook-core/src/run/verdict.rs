//! What a run came to: the first that holds, worst first.

use super::Run;
use crate::event::{Stop, Verdict};
use crate::graph::Edge;
use crate::step::{Reason, StepResult};

impl Run {
    /// Returns what the run has come to by now. One that nothing has ended was interrupted.
    pub fn verdict(&self) -> Verdict {
        let results = || self.steps.iter().filter_map(|step| step.ending());
        let unknown = results().any(|ending| ending.result == StepResult::Unknown);
        if unknown || self.lanes.has_unproven_action() || self.has_an_untold_time_out() {
            return Verdict::Unknown;
        }
        // A stop that comes when all is over has interrupted nothing.
        match self.stop.as_ref().filter(|_| self.going_on > 0) {
            Some(Stop::Unreachable { .. }) if !self.has_acted() => return Verdict::Unreachable,
            Some(Stop::Superseded { .. }) if !self.has_acted() => return Verdict::Locked,
            Some(_) => return Verdict::Interrupted,
            None => {}
        }
        if self.going_on > 0 {
            return if self.is_parked() { Verdict::Waiting } else { Verdict::Interrupted };
        }
        let failures = (0..self.steps.len()).filter(|step| self.is_a_failure(*step));
        let reasons: Vec<_> = failures
            .filter_map(|step| self.steps[step].ending().map(|ending| ending.reason))
            .collect();
        let blocked = results().any(|ending| ending.result == StepResult::Blocked);
        if reasons.is_empty() && blocked {
            // Nothing failed, and yet not all was done: a wait came late, and its watch has
            // found success where a step that needs the wait could not go on.
            Verdict::Failed
        } else if reasons.is_empty() {
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

    /// A time-out is only half a story. Where all that watches it has ended without telling the
    /// other half, the task may still be running.
    fn has_an_untold_time_out(&self) -> bool {
        let timed_out = |step: usize| {
            let ending = self.steps[step].ending();
            self.plan.steps()[step].watched
                && ending.is_some_and(|ending| ending.result == StepResult::TimedOut)
        };
        let silent = |step: usize| {
            let mut watches = self.watches_of(step);
            watches.all(|watch| {
                let ending = self.steps[watch].ending();
                ending.is_some_and(|ending| {
                    matches!(ending.result, StepResult::Blocked | StepResult::Skipped)
                })
            })
        };
        (0..self.steps.len()).any(|step| timed_out(step) && silent(step))
    }

    pub(super) fn watches_of(&self, step: usize) -> impl Iterator<Item = usize> {
        let watches = self.plan.graph().dependants(step);
        watches.filter(|(_, edge)| *edge == Edge::Watch).map(|(watch, _)| watch)
    }

    fn watch_succeeded(&self, step: usize) -> bool {
        self.watches_of(step)
            .filter_map(|watch| self.steps[watch].ending())
            .any(|ending| ending.result == StepResult::Succeeded)
    }
}
