//! Where each step is, and the one function that changes it.

use super::Run;
use crate::event::{Event, How, Intent, LaneEvent, What};
use crate::step::{AnyMachine, Ending, Setting, StepResult};
use crate::time::Timestamp;

/// Events that cannot have happened to a run of its plan: the journal is of another run, or of
/// another version of the program.
#[derive(Debug, thiserror::Error)]
#[error("event {event} cannot have happened to this run: {why}")]
pub struct Diverged {
    event: String,
    why: String,
}

/// How far the success of an action is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// EM has taken the action; what became of it is not known yet.
    Accepted,
    /// EM has reported its success.
    Acknowledged,
    /// An observation of the world agrees.
    Proven,
}

/// Where a step is.
pub enum Phase {
    /// Its needs are not satisfied yet.
    Waiting,
    /// It works.
    Running {
        /// Since when.
        started: Timestamp,
        /// Its behaviour.
        machine: Box<dyn AnyMachine>,
    },
    /// It has ended.
    Ended {
        /// When it began; none where it never did.
        started: Option<Timestamp>,
        /// When it ended.
        ended: Timestamp,
        /// How.
        ending: Ending,
    },
}

impl std::fmt::Debug for Phase {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Waiting => out.write_str("Waiting"),
            Self::Running { started, .. } => write!(out, "Running since {started}"),
            Self::Ended { ending, ended, .. } => write!(out, "Ended at {ended}: {ending:?}"),
        }
    }
}

/// A step of a run.
#[derive(Debug)]
pub struct StepRun {
    /// Where it is.
    pub phase: Phase,
    /// How far the success of its action is proven; none for a step without an accepted action.
    pub grade: Option<Grade>,
    /// How many requests that change something were about to be sent for it.
    pub attempts: u32,
    /// What is known of those requests, one finding a line.
    pub evidence: Vec<String>,
    /// How many of the steps it waits for have not ended.
    pub(super) open_edges: usize,
    /// When its machine is woken.
    pub(super) wake: Option<Timestamp>,
    /// When its time is over.
    pub(super) deadline: Option<Timestamp>,
    /// It is not woken before this instant: a later process has asked anew for what it waits for.
    pub(super) not_before: Option<Timestamp>,
}

impl StepRun {
    pub(super) fn new(open_edges: usize) -> Self {
        Self {
            phase: Phase::Waiting,
            grade: None,
            attempts: 0,
            evidence: Vec::new(),
            open_edges,
            wake: None,
            deadline: None,
            not_before: None,
        }
    }

    /// Returns how it ended; none while it has not.
    pub const fn ending(&self) -> Option<&Ending> {
        match &self.phase {
            Phase::Ended { ending, .. } => Some(ending),
            Phase::Waiting | Phase::Running { .. } => None,
        }
    }

    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.phase, Phase::Waiting)
    }
}

impl Run {
    /// Changes what is known of the run: the only way, live and in replay.
    ///
    /// # Errors
    /// [`Diverged`] for an event that cannot follow on what is known.
    pub fn apply(&mut self, event: &Event) -> Result<(), Diverged> {
        let diverged = |why: &str| Diverged { event: format!("{event:?}"), why: why.to_owned() };
        match &event.what {
            What::Opened(opened) => self.opened = Some((event.at, opened.clone())),
            What::Resumed(resumed) => {
                self.resumed.push((event.at, resumed.clone()));
                self.lanes.begin_epoch();
                (self.ended, self.is_closed, self.stop) = (None, false, None);
            }
            What::StepReopened { step } => {
                let place = self.plan.find(step).ok_or_else(|| diverged("no such step"))?;
                if self.steps[place].ending().is_none() {
                    return Err(diverged("the step has not ended"));
                }
                self.reopen(place);
                self.reopen_blocked();
            }
            What::Ruled(ruling) => {
                self.rule(event.at, ruling).map_err(|why| diverged(&why))?;
            }
            What::StepStarted { step } => {
                let place = self.plan.find(step).ok_or_else(|| diverged("no such step"))?;
                if !self.steps[place].is_waiting() {
                    return Err(diverged("the step has started already"));
                }
                let machine = self.machine(place).map_err(|why| diverged(&why))?;
                self.steps[place].phase = Phase::Running { started: event.at, machine };
            }
            What::StepChanged { step, note } => {
                let place = self.plan.find(step).ok_or_else(|| diverged("no such step"))?;
                let Phase::Running { machine, .. } = &mut self.steps[place].phase else {
                    return Err(diverged("the step is not running"));
                };
                machine.apply(note).map_err(|error| diverged(&error.to_string()))?;
            }
            What::StepEnded { step, ending } => {
                let place = self.plan.find(step).ok_or_else(|| diverged("no such step"))?;
                if self.steps[place].ending().is_some() {
                    return Err(diverged("the step has ended already"));
                }
                self.end_step(place, event.at, ending);
            }
            What::Lane(lane) => {
                self.lanes.apply(event.at, lane);
                self.learn(lane);
            }
            What::Stopped(stop) => self.stop = Some(stop.clone()),
            What::Closed { verdict } | What::LeftOpen { verdict } => {
                self.ended = Some((event.at, *verdict));
                self.is_closed = matches!(event.what, What::Closed { .. });
            }
        }
        Ok(())
    }

    /// Refuses a plan that is not the one the run began with.
    pub(super) fn is_of_its_plan(&self) -> Result<(), Diverged> {
        let digest = self.plan.digest();
        match &self.opened {
            Some((_, opened)) if opened.plan_digest != digest => Err(Diverged {
                event: format!("{opened:?}"),
                why: format!("the plan at hand has the digest {digest}"),
            }),
            _ => Ok(()),
        }
    }

    fn machine(&self, place: usize) -> Result<Box<dyn AnyMachine>, String> {
        let planned = &self.plan.steps()[place];
        let setting = Setting {
            id: planned.id.clone(),
            timeout: planned.timeout,
            watched: planned.watched,
            media: self.lanes.media(),
        };
        planned.uses.begin(&planned.with, &setting).map_err(|error| error.to_string())
    }

    fn end_step(&mut self, place: usize, at: Timestamp, ending: &Ending) {
        self.going_on -= 1;
        let step = &mut self.steps[place];
        let started = match step.phase {
            Phase::Running { started, .. } => Some(started),
            Phase::Waiting | Phase::Ended { .. } => None,
        };
        step.phase = Phase::Ended { started, ended: at, ending: ending.clone() };
        for (dependant, _) in self.plan.graph().dependants(place) {
            self.steps[dependant].open_edges -= 1;
        }
        if self.halted_by.is_none() && self.halts(place, ending.result) {
            self.halted_by = Some(self.plan.steps()[place].id.clone());
        }
        if let Some(acknowledged) =
            ending.acknowledges.as_ref().and_then(|step| self.plan.find(step))
        {
            self.steps[acknowledged].grade = Some(Grade::Acknowledged);
            self.lanes.acknowledge(&self.plan.steps()[acknowledged].id);
        }
    }

    /// A time-out that something watches is not the end of the story: the watch tells it.
    pub(super) fn halts(&self, place: usize, result: StepResult) -> bool {
        match result {
            StepResult::Failed | StepResult::Cancelled | StepResult::Unknown => true,
            StepResult::TimedOut => !self.plan.steps()[place].watched,
            StepResult::Succeeded
            | StepResult::Warned
            | StepResult::Skipped
            | StepResult::Blocked => false,
        }
    }

    /// Keeps what lanes say of a step's requests, in words for a report.
    pub(super) fn learn(&mut self, event: &LaneEvent) {
        let (ticket, finding) = match event {
            LaneEvent::Intended { lane, ticket, intent } => {
                let Intent { attempt, method, target, .. } = intent;
                let method = method.name();
                (ticket, format!("attempt {attempt}, {lane}: {method} {target}"))
            }
            LaneEvent::Accepted { ticket, task, how, .. } => {
                let how = match how {
                    How::Answered => "accepted as",
                    How::Adopted => "the answer was lost; adopted from the lane's list:",
                };
                (ticket, format!("{how} {task}"))
            }
            LaneEvent::Done { ticket } => (ticket, "EM has taken it".to_owned()),
            LaneEvent::Refused { ticket, message, .. } => (ticket, format!("refused: {message}")),
            LaneEvent::NotSent { ticket, reason } => (ticket, format!("not sent: {reason}")),
            LaneEvent::Unanswered { ticket, reason } => {
                (ticket, format!("sent, without a clear answer: {reason}"))
            }
            LaneEvent::Undecided { ticket, findings } => {
                (ticket, format!("not proven: {}", findings.join("; ")))
            }
            LaneEvent::Opening { .. }
            | LaneEvent::Opened { .. }
            | LaneEvent::Listed { .. }
            | LaneEvent::Rejoined { .. }
            | LaneEvent::Lost { .. }
            | LaneEvent::Fenced { .. }
            | LaneEvent::Closed { .. }
            | LaneEvent::Others { .. }
            | LaneEvent::Troubled { .. }
            | LaneEvent::TaskSeen { .. } => return,
        };
        let Some(place) = self.plan.find(&ticket.step) else { return };
        let step = &mut self.steps[place];
        match event {
            LaneEvent::Intended { .. } => step.attempts += 1,
            LaneEvent::Accepted { .. } => step.grade = Some(Grade::Accepted),
            _ => {}
        }
        step.evidence.push(finding);
    }
}
