//! Rulings: what people say about a step that the run cannot decide by itself.
//!
//! What may be ruled follows from what is known. A ruling never makes a success of what EM has
//! reported as failed, and never repeats an action that EM has taken.

use super::{Phase, Run};
use crate::event::{Rule, Ruling};
use crate::graph::Edge;
use crate::step::{Effect, StepId, StepResult};
use crate::time::Timestamp;

impl Run {
    /// Finds the step that a ruling on `name` is about: that step, or the one part of it for
    /// which the ruling makes sense.
    ///
    /// # Errors
    /// A sentence for people: why nothing can be ruled so.
    pub fn ruled_step(&self, name: &str, rule: Rule) -> Result<StepId, String> {
        if let Some(place) = self.plan.steps().iter().position(|step| step.id.as_str() == name) {
            self.may_be_ruled(place, rule)?;
            return Ok(self.plan.steps()[place].id.clone());
        }
        let is_part = |id: &str| id.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        let parts: Vec<_> = (0..self.steps.len())
            .filter(|place| is_part(self.plan.steps()[*place].id.as_str()))
            .collect();
        let mut why = format!("the run has no step `{name}`");
        for place in parts {
            match self.may_be_ruled(place, rule) {
                Ok(()) => return Ok(self.plan.steps()[place].id.clone()),
                Err(reason) => why = reason,
            }
        }
        Err(why)
    }

    fn may_be_ruled(&self, place: usize, rule: Rule) -> Result<(), String> {
        let id = &self.plan.steps()[place].id;
        let step = &self.steps[place];
        let Some(result) = step.ending().map(|ending| ending.result) else {
            return Err(format!(
                "`{id}` has not ended: `resume` may still find out by itself what became of it"
            ));
        };
        let word = result.name();
        let looks = self.plan.steps()[place].effect == Effect::Read;
        let failed = matches!(result, StepResult::Failed | StepResult::TimedOut);
        let tells = self.plan.steps()[place].uses.decl().tells_an_outcome();
        let is_retried = failed || (looks && result == StepResult::Unknown);
        let resolves = matches!(rule, Rule::Happened | Rule::NotHappened | Rule::Failed);
        if let (true, Some(watched)) = (resolves, self.watched_by(place)) {
            return Err(format!(
                "`{id}` only watches `{watched}`: rule on `{watched}`, and say what became of the \
                 operation"
            ));
        }
        match rule {
            _ if resolves && result != StepResult::Unknown && !self.is_untold(place) => {
                Err(format!("`{id}` ended {word}, so there is nothing to resolve"))
            }
            Rule::NotHappened if !self.lanes.is_in_doubt(id) => Err(format!(
                "`{id}` has sent no action whose arrival is in doubt: what EM has taken can only \
                 have happened or failed"
            )),
            Rule::NotHappened if !self.lanes.is_past_doubt(id) => Err(format!(
                "the logon session in which the action of `{id}` was sent is not proven to be \
                 gone, so it may still arrive: `resume` the run first"
            )),
            Rule::Retry if tells && result == StepResult::Failed => Err(format!(
                "`{id}` has told what became of an action, and will tell the same again"
            )),
            Rule::Skip if tells => Err(format!(
                "`{id}` tells what became of an action: that cannot be gone on without"
            )),
            Rule::Retry if !is_retried => {
                Err(format!("`{id}` ended {word}: only what failed can be tried again"))
            }
            Rule::Retry if !self.lanes.has_changed_nothing(id) => Err(format!(
                "an action of `{id}` is not proven to have changed nothing, and so it must not be \
                 sent again by a retry"
            )),
            Rule::Skip if !looks => Err(format!(
                "`{id}` changes something: only a step that looks, or a gate, can be skipped"
            )),
            Rule::Skip if !failed => {
                Err(format!("`{id}` ended {word}: only what failed can be skipped"))
            }
            _ => Ok(()),
        }
    }

    /// Returns the step that a step watches; none for one that does not.
    fn watched_by(&self, place: usize) -> Option<&StepId> {
        let mut needs = self.plan.graph().needs(place);
        let watched = needs.find(|(_, edge)| *edge == Edge::Watch);
        watched.map(|(watched, _)| &self.plan.steps()[watched].id)
    }

    /// Tells whether a step ran out of time, and what watches it has not found out the rest.
    fn is_untold(&self, place: usize) -> bool {
        let ended = |place: usize, wanted| {
            self.steps[place].ending().is_some_and(|ending| ending.result == wanted)
        };
        ended(place, StepResult::TimedOut)
            && self.watches_of(place).any(|watch| ended(watch, StepResult::Unknown))
    }

    pub(super) fn rule(&mut self, at: Timestamp, ruling: &Ruling) -> Result<(), String> {
        let Ruling { step, rule, by, because } = ruling;
        let place = self.plan.find(step).ok_or("no such step")?;
        self.may_be_ruled(place, *rule)?;
        let word = rule.name();
        self.steps[place].evidence.push(format!("{by} ruled «{word}»: {because}"));
        match rule {
            Rule::Happened => {
                self.lanes.rule_happened(step, by);
                self.amend(place, StepResult::Succeeded, &format!("{by} ruled that it happened"));
            }
            Rule::Failed => {
                self.amend(place, StepResult::Failed, &format!("{by} ruled that it failed"));
            }
            Rule::Skip => {
                self.amend(place, StepResult::Skipped, &format!("{by} went on without it"));
            }
            Rule::NotHappened | Rule::Retry => {
                self.lanes.forget(step);
                self.reopen(place);
            }
        }
        // Whatever watches the step is told its end anew.
        for watch in self.watches_of(place).collect::<Vec<_>>() {
            if self.steps[watch].ending().is_some() {
                self.lanes.forget(&self.plan.steps()[watch].id);
                self.reopen(watch);
            }
        }
        (self.ended, self.is_closed) = (None, false);
        self.halted_by = self.first_halt();
        self.reopen_blocked();
        self.rulings.push((at, ruling.clone()));
        Ok(())
    }

    /// Gives a step another result. What it said before is kept as evidence.
    fn amend(&mut self, place: usize, result: StepResult, message: &str) {
        let Phase::Ended { ending, .. } = &mut self.steps[place].phase else { return };
        let before = std::mem::replace(&mut ending.message, message.to_owned());
        ending.evidence.push(format!("before that it was {}: {before}", ending.result.name()));
        (ending.result, ending.reason) = (result, None);
    }
}
