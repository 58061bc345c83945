//! A later process goes on with a run. What is known was replayed; what was under way has died
//! with the process before, and is asked for again.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Phase, Run, Turn, Work};
use crate::event::{LaneId, Resumed, What};
use crate::lane;
use crate::step::{Effect, StepInput, StepResult};
use crate::time::Timestamp;

/// How long a step whose time was over before the run went on may still look: what it waited for
/// may have come while nobody was there to see it.
pub(super) const LAST_LOOK: Duration = Duration::from_secs(30);

impl Run {
    pub(super) fn resume(
        &mut self,
        now: Timestamp,
        resumed: Resumed,
        at_hand: BTreeSet<LaneId>,
        turn: &mut Turn,
    ) {
        self.happened(now, What::Resumed(resumed), turn);
        self.look_again(now, turn);
        self.work.push_back(Work::Lanes(lane::Input::Resume(at_hand)));
        for place in 0..self.steps.len() {
            match &self.steps[place].phase {
                Phase::Waiting => self.work.push_back(Work::Consider(place)),
                Phase::Running { started, .. } => {
                    let deadline = self.plan.steps()[place].timeout.map(|timeout| {
                        let due = *started + timeout;
                        due.max(now + LAST_LOOK)
                    });
                    self.set_deadline(place, deadline);
                    self.work.push_back(Work::Tell(place, StepInput::Resumed));
                    self.tell_watched_ends(place);
                }
                Phase::Ended { .. } => {}
            }
        }
    }

    /// Whoever only looked, and came to no proof, looks again: that changes nothing, and the task
    /// may have come to its end since.
    fn look_again(&mut self, now: Timestamp, turn: &mut Turn) {
        for place in 0..self.steps.len() {
            let planned = &self.plan.steps()[place];
            let unknown = self.steps[place].ending().map(|ending| ending.result);
            if planned.effect == Effect::Read && unknown == Some(StepResult::Unknown) {
                let step = planned.id.clone();
                self.happened(now, What::StepReopened { step }, turn);
            }
        }
    }

    /// Puts a step that has ended back to where it waits for its needs.
    pub(super) fn reopen(&mut self, place: usize) {
        let step = &mut self.steps[place];
        (step.phase, step.wake) = (Phase::Waiting, None);
        (step.deadline, step.not_before) = (None, None);
        self.going_on += 1;
        for (dependant, _) in self.plan.graph().dependants(place) {
            self.steps[dependant].open_edges += 1;
        }
        self.halted_by = self.first_halt();
    }

    /// What was blocked never did anything, so it may wait again for what was in its way.
    pub(super) fn reopen_blocked(&mut self) {
        for place in 0..self.steps.len() {
            let result = self.steps[place].ending().map(|ending| ending.result);
            if result == Some(StepResult::Blocked) {
                self.reopen(place);
            }
        }
    }

    /// Returns the step that halts the run: of those that do, the first that ended.
    pub(super) fn first_halt(&self) -> Option<crate::step::StepId> {
        let halting = (0..self.steps.len()).filter_map(|place| match &self.steps[place].phase {
            Phase::Ended { ended, ending, .. } if self.halts(place, ending.result) => {
                Some((*ended, place))
            }
            _ => None,
        });
        halting.min().map(|(_, place)| self.plan.steps()[place].id.clone())
    }
}
