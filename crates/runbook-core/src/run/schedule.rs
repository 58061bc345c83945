//! Deciding: which step starts, what a step's wishes become, and when a run is over.

use super::resume::LAST_LOOK;
use super::{Effect, Grade, Phase, Run, Turn, Work};
use crate::event::{Event, Stop, Ticket, Verdict, What};
use crate::graph::Edge;
use crate::lane::{self, Want};
use crate::step::{Ending, StepEffect, StepId, StepInput, StepResult};
use crate::time::Timestamp;

impl Run {
    /// Starts a step whose time has come, or blocks one whose time will never come.
    pub(super) fn consider(&mut self, now: Timestamp, step: usize, turn: &mut Turn) {
        if self.stop.is_some() || !self.steps[step].is_waiting() {
            return;
        }
        if let Some(why) = self.why_blocked(step) {
            self.end(now, step, &Ending::new(StepResult::Blocked, why), turn);
        } else if self.steps[step].open_edges == 0 {
            self.start(now, step, turn);
        }
    }

    fn why_blocked(&self, step: usize) -> Option<String> {
        let steps = self.plan.steps();
        let mut needs = self.plan.graph().needs(step);
        let unsatisfied = needs.find_map(|(need, edge)| {
            let result = self.steps[need].ending()?.result;
            let satisfied = edge == Edge::Watch || result.satisfies_a_need();
            (!satisfied)
                .then(|| format!("it needs `{}`, which ended {}", steps[need].id, result.name()))
        });
        if unsatisfied.is_some() {
            return unsatisfied;
        }
        // A watch belongs to what it watches, and a wait to the action that it follows: these
        // are in flight, and a halt lets that go on. While a need is open that is not known yet.
        let is_ready = self.steps[step].open_edges == 0;
        let halts = is_ready && !self.watches(step) && !self.follows_up(step);
        let halted_by = self.halted_by.as_ref().filter(|_| halts)?;
        Some(format!("nothing new is started since `{halted_by}` did not succeed"))
    }

    fn watches(&self, step: usize) -> bool {
        self.plan.graph().needs(step).any(|(_, edge)| edge == Edge::Watch)
    }

    /// Tells whether a step only looks at what became of an action that EM has accepted.
    fn follows_up(&self, step: usize) -> bool {
        let reads = self.plan.steps()[step].effect == crate::step::Effect::Read;
        let accepted = |need: usize| self.steps[need].grade == Some(Grade::Accepted);
        reads && self.plan.graph().needs(step).any(|(need, _)| accepted(need))
    }

    fn start(&mut self, now: Timestamp, step: usize, turn: &mut Turn) {
        let planned = &self.plan.steps()[step];
        let (id, timeout) = (planned.id.clone(), planned.timeout);
        self.happened(now, What::StepStarted { step: id }, turn);
        self.set_deadline(step, timeout.map(|timeout| now + timeout));
        self.work.push_back(Work::Tell(step, StepInput::Begin));
        self.tell_watched_ends(step);
    }

    pub(super) fn set_deadline(&mut self, step: usize, deadline: Option<Timestamp>) {
        self.steps[step].deadline = deadline;
        if let Some(at) = deadline {
            self.timers.set_deadline(step, at);
        }
    }

    /// Tells a step how the steps that it watches have ended, as far as they have.
    pub(super) fn tell_watched_ends(&mut self, step: usize) {
        for (watched, edge) in self.plan.graph().needs(step) {
            if let (Edge::Watch, Some(ending)) = (edge, self.steps[watched].ending()) {
                let id = self.plan.steps()[watched].id.clone();
                self.work.push_back(Work::Tell(step, StepInput::Ended(id, ending.clone())));
            }
        }
    }

    pub(super) fn tell_ticket(&mut self, ticket: &Ticket, input: StepInput) {
        if let Some(step) = self.plan.find(&ticket.step) {
            self.work.push_back(Work::Tell(step, input));
        }
    }

    /// Lets a step's machine decide, and carries out what it decided.
    pub(super) fn tell(&mut self, now: Timestamp, step: usize, input: &StepInput, turn: &mut Turn) {
        let Phase::Running { machine, .. } = &self.steps[step].phase else { return };
        let id = self.plan.steps()[step].id.clone();
        let decided = machine.decide(now, input);
        for note in decided.notes {
            self.happened(now, What::StepChanged { step: id.clone(), note }, turn);
        }
        let deadline = self.steps[step].deadline;
        let until = [deadline, self.wake_of(step)].into_iter().flatten().min();
        if matches!(input, StepInput::Resumed) && !decided.effects.is_empty() {
            self.steps[step].not_before = Some(now + LAST_LOOK);
        }
        for effect in decided.effects {
            self.wish(&id, until, effect, turn);
        }
        match decided.ending {
            Some(ending) => {
                self.timers.forget(step, deadline, self.steps[step].wake);
                self.end(now, step, &ending, turn);
            }
            None => self.set_wake(step, matches!(input, StepInput::Woke).then_some(now)),
        }
    }

    fn wish(&mut self, id: &StepId, until: Option<Timestamp>, effect: StepEffect, turn: &mut Turn) {
        let ticket = |call| Ticket { step: id.clone(), call };
        let mut want = |call, want| {
            self.work.push_back(Work::Lanes(lane::Input::Wants(ticket(call), want)));
        };
        match effect {
            StepEffect::Read(call, request) => want(call, Want::Read(request)),
            StepEffect::Act(call, action) => want(call, Want::Act(action, until)),
            StepEffect::Follow(call, step) => want(call, Want::Follow(step, until)),
            // As with the lanes, nothing leaves after the stop.
            StepEffect::Probe(..) | StepEffect::Spawn(..) if self.stop.is_some() => {}
            StepEffect::Probe(call, probe) => {
                self.abroad.insert(ticket(call));
                turn.effects.push(Effect::Probe(ticket(call), probe));
            }
            StepEffect::Spawn(call, spawn) => {
                self.abroad.insert(ticket(call));
                turn.effects.push(Effect::Spawn(ticket(call), spawn));
            }
            StepEffect::Ask(call, _) => {
                self.gates.insert(ticket(call));
            }
            StepEffect::Abandon(call) => {
                self.gates.remove(&ticket(call));
                self.work.push_back(Work::Lanes(lane::Input::Wants(ticket(call), Want::Abandon)));
            }
        }
    }

    fn wake_of(&self, step: usize) -> Option<Timestamp> {
        match &self.steps[step].phase {
            Phase::Running { machine, .. } => machine.wake_at(),
            Phase::Waiting | Phase::Ended { .. } => None,
        }
    }

    /// Arms the machine's wake-up. One that has just been woken and still names an instant in
    /// the past is not woken again for it, or it would keep the run spinning.
    fn set_wake(&mut self, step: usize, woken_at: Option<Timestamp>) {
        let spins = |at: &Timestamp| woken_at.is_some_and(|now| *at <= now);
        let not_before = self.steps[step].not_before;
        let wake = self.wake_of(step).map(|at| not_before.map_or(at, |first| at.max(first)));
        let wake = wake.filter(|at| !spins(at));
        let old = std::mem::replace(&mut self.steps[step].wake, wake);
        self.timers.set_wake(step, old, wake);
    }

    fn end(&mut self, now: Timestamp, step: usize, ending: &Ending, turn: &mut Turn) {
        let id = self.plan.steps()[step].id.clone();
        self.happened(now, What::StepEnded { step: id.clone(), ending: ending.clone() }, turn);
        for (dependant, edge) in self.plan.graph().dependants(step) {
            self.work.push_back(match &self.steps[dependant].phase {
                // A watch that began before the step was reopened waits for its new end.
                Phase::Running { .. } if edge == Edge::Watch => {
                    Work::Tell(dependant, StepInput::Ended(id.clone(), ending.clone()))
                }
                _ => Work::Consider(dependant),
            });
        }
    }

    pub(super) fn move_lanes(&mut self, now: Timestamp, input: lane::Input, turn: &mut Turn) {
        let moved = self.lanes.advance(now, input);
        for event in moved.events {
            // The lanes have applied it to themselves, so the run only learns from it.
            self.learn(&event);
            turn.events.push(Event { at: now, what: What::Lane(event) });
        }
        turn.effects.extend(moved.sends.into_iter().map(Effect::Send));
        for (ticket, input) in moved.told {
            self.tell_ticket(&ticket, input);
        }
        if let Some(stop) = moved.fatal {
            self.stop_now(now, stop, turn);
        }
    }

    pub(super) fn stop_now(&mut self, now: Timestamp, stop: Stop, turn: &mut Turn) {
        if self.stop.is_some() || self.is_over() {
            return;
        }
        self.happened(now, What::Stopped(stop), turn);
        self.work.push_back(Work::Lanes(lane::Input::Stop));
    }

    /// Says what the run came to, once nothing of it can go on.
    pub(super) fn conclude(&mut self, now: Timestamp, turn: &mut Turn) {
        if self.is_over() || self.opened.is_none() {
            return;
        }
        if self.going_on == 0 {
            let verdict = self.verdict();
            let what = match verdict {
                Verdict::Unknown => What::LeftOpen { verdict },
                _ => What::Closed { verdict },
            };
            self.happened(now, what, turn);
            if self.stop.is_none() {
                self.work.push_back(Work::Lanes(lane::Input::Finish));
            }
        } else if self.is_quiet() && (self.stop.is_some() || self.is_parked()) {
            self.leave_open(now, turn);
        }
    }

    pub(super) fn leave_open(&mut self, now: Timestamp, turn: &mut Turn) {
        if !self.is_over() {
            let verdict = self.verdict();
            self.happened(now, What::LeftOpen { verdict }, turn);
        }
    }

    /// Tells whether the run waits for people and for nothing else.
    pub(super) fn is_parked(&self) -> bool {
        let asks = |step: usize| {
            let id = &self.plan.steps()[step].id;
            self.gates.iter().any(|gate| gate.step == *id)
        };
        !self.gates.is_empty()
            && self.steps.iter().enumerate().all(|(place, step)| match step.phase {
                Phase::Running { .. } => asks(place),
                Phase::Waiting => step.open_edges > 0,
                Phase::Ended { .. } => true,
            })
    }
}
