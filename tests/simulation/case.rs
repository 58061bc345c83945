//! What a later process should find out by itself: actions that EM has taken, whose session lives
//! and whose token is at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use em_sim::{Event as Truth, World};
use runbook_core::event::{LaneEvent, LaneId, What};
use runbook_core::step::{StepId, StepResult};
use runbook_core::time::Timestamp;

use super::bench::Record;
use super::books::named;
use super::operator::{Fact, fact};
use super::process::{Process, ended};

/// The longest that a task may take from its end to where EM shows it.
const COLLECTING: Duration = Duration::from_secs(62);

/// An action of an earlier process, as a later one finds it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Whose action.
    pub(crate) step: StepId,
    /// Where it was sent.
    pub(crate) lane: LaneId,
    /// Nothing goes wrong from here on, so the outcome has to be found.
    pub(crate) calm: bool,
    /// When.
    pub(crate) at: Timestamp,
}

/// What came of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// The run says what the truth is.
    True,
    /// The run says that it does not know.
    Unknown,
    /// The run says something else.
    Wrong,
    /// There was nothing to be found out: the task never ends, or after its time.
    Nothing,
}

impl Came {
    /// The name under which it is counted.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::Unknown => "unknown",
            Self::Wrong => "wrong",
            Self::Nothing => "nothing",
        }
    }
}

impl Case {
    /// The cases that a process finds at its beginning.
    pub(crate) fn of(
        process: &Process,
        at_hand: &BTreeSet<LaneId>,
        world: &World,
        now: Timestamp,
        calm: bool,
    ) -> Vec<Self> {
        let alive = world.alive();
        let lives = |lane: LaneId| {
            let session = process.session_of(lane);
            let found = alive.iter().find(|(_, id)| session == Some(id.digest().as_str()));
            found.filter(|_| at_hand.contains(&lane)).map(|(number, _)| *number)
        };
        let mut last: BTreeMap<StepId, (LaneId, bool, bool)> = BTreeMap::new();
        let mut lists = BTreeSet::new();
        for event in process.lane_events() {
            match event {
                LaneEvent::Listed { lane, tasks: Some(_) } => {
                    lists.insert(*lane);
                }
                LaneEvent::Intended { lane, ticket, intent } if intent.operation.is_some() => {
                    last.insert(ticket.step.clone(), (*lane, false, false));
                }
                event => {
                    let ticket = ended(event);
                    if let Some((_, is_over, answered)) =
                        ticket.and_then(|ticket| last.get_mut(&ticket.step))
                    {
                        *is_over = true;
                        *answered = matches!(event, LaneEvent::Accepted { .. });
                    }
                }
            }
        }
        let mut cases = Vec::new();
        for (step, (lane, is_over, answered)) in last {
            let Some(session) = lives(lane) else { continue };
            let taken = world.ledger().iter().any(|entry| {
                matches!(&entry.event, Truth::Accepted { session: by, .. } if *by == session)
            });
            // Where EM lists no tasks nothing can be found.
            let open = !is_over && taken && lists.contains(&lane);
            if open || answered {
                cases.push(Self { step, lane, calm, at: now });
            }
        }
        cases
    }

    /// What came of it.
    pub(crate) fn came(&self, record: &Record) -> Came {
        let plan = &record.plan;
        let result = |step: &StepId| {
            plan.find(step).map(|place| &record.report.steps[place]).and_then(|step| step.result)
        };
        let wait = plan.steps().iter().map(|step| &step.id).find(|id| {
            named(plan, id, "task").as_ref() == Some(&self.step)
                && named(plan, id, "watch").is_none()
        });
        let own = result(&self.step);
        let taken = fact(plan, &record.world, &self.step);
        if own != Some(StepResult::Succeeded) {
            return match (taken, own) {
                (Some(Fact::NotTaken), _) => Came::Nothing,
                (_, Some(StepResult::Unknown) | None) => Came::Unknown,
                _ => Came::Wrong,
            };
        }
        let Some(wait) = wait else { return Came::True };
        let Some(Fact::Over(done, at)) = taken else { return Came::Nothing };
        match result(wait) {
            Some(StepResult::Succeeded) if done => Came::True,
            Some(StepResult::Failed) if !done => Came::True,
            Some(StepResult::Succeeded | StepResult::Failed) => Came::Wrong,
            Some(StepResult::Unknown | StepResult::TimedOut)
                if self.is_too_late(record, wait, at) =>
            {
                Came::Nothing
            }
            _ => Came::Unknown,
        }
    }

    /// Tells whether the time of the wait was over, and with it this case, before EM showed the
    /// end of the task; or that has no result.
    fn is_too_late(&self, record: &Record, wait: &StepId, over: Timestamp) -> bool {
        let place = record.plan.find(wait).expect("a step of the plan");
        let report = &record.report.steps[place];
        if report.message.contains("its result cannot be read") {
            return true;
        }
        let started = record.events.iter().rev().find_map(|event| match &event.what {
            What::StepStarted { step } if step == wait => Some(event.at),
            _ => None,
        });
        let timeout = record.plan.steps()[place].timeout.unwrap_or_default();
        let deadline = started.unwrap_or(self.at) + timeout;
        let shown = over + COLLECTING;
        report.ended.is_some_and(|ended| ended >= deadline && shown >= ended)
    }
}
