//! An honest operator: looks at what really happened, and rules on what the run could not decide.

use std::collections::BTreeSet;
use std::sync::Arc;

use em_sim::{Entry, Event as Truth, World};
use runbook_core::event::{Event, LaneEvent, Rule, Ruling, What};
use runbook_core::journal::{self, Writer};
use runbook_core::lane::Settings;
use runbook_core::plan::Plan;
use runbook_core::run::Run;
use runbook_core::step::{StepId, StepResult};
use runbook_core::time::Timestamp;

use super::books::{deed, named};
use super::disk::Disk;
use super::process::lane_events;

/// What became of the action of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// EM never took it.
    NotTaken,
    /// It goes on.
    UnderWay,
    /// It is over, and worked or did not; since when.
    Over(bool, Timestamp),
}

/// Looks at the world, as far as it has come.
pub(crate) fn fact(plan: &Plan, world: &World, step: &StepId) -> Option<Fact> {
    let (wanted, of) = deed(plan, step)?;
    let ledger = || world.ledger().iter();
    let own = ledger().find_map(|entry| match &entry.event {
        Truth::Accepted { plan, action, session, task } if *plan == wanted && *action == of => {
            Some((*session, task.clone()))
        }
        _ => None,
    });
    let Some((session, task)) = own else { return Some(Fact::NotTaken) };
    let at = |entry: &Entry| Timestamp::from_millisecond(entry.at.as_millisecond());
    let over = ledger().find_map(|entry| match &entry.event {
        Truth::Completed { session: by, task: of, done, .. } => {
            (*by == session && *of == task).then_some(Fact::Over(*done, at(entry)))
        }
        Truth::TaskDeleted { session: by, task: of, stopped: true } => {
            (*by == session && *of == task).then_some(Fact::Over(false, at(entry)))
        }
        _ => None,
    });
    Some(over.unwrap_or(Fact::UnderWay))
}

/// Tells whether a session lives in which an action of a step was sent.
fn may_arrive(events: &[Event], step: &StepId, world: &World) -> bool {
    let alive: BTreeSet<_> = world.alive().into_iter().map(|(_, id)| id.digest()).collect();
    let sent = |event: &&LaneEvent| match event {
        LaneEvent::Intended { ticket, .. } => ticket.step == *step,
        _ => false,
    };
    let lanes = lane_events(events).filter(sent).filter_map(|event| match event {
        LaneEvent::Intended { lane, .. } => Some(*lane),
        _ => None,
    });
    let lanes: BTreeSet<_> = lanes.collect();
    lane_events(events).any(|event| match event {
        LaneEvent::Opened { lane, session } => lanes.contains(lane) && alive.contains(session),
        _ => false,
    })
}

/// Rules on every step that is unknown, as the truth is now, and writes that down. What still
/// goes on is not ruled on. Returns the journal with the rulings.
///
/// # Errors
/// What is wrong with the journal.
pub(crate) fn rules(
    plan: &Arc<Plan>,
    settings: &Settings,
    world: &World,
    bytes: &[u8],
    now: Timestamp,
) -> Result<Vec<u8>, String> {
    let journal = match journal::read(bytes) {
        Ok(journal) => journal,
        Err(journal::Error::Empty) => return Ok(bytes.to_vec()),
        Err(error) => return Err(error.to_string()),
    };
    let run = Run::replay(Arc::clone(plan), settings.clone(), &journal.events);
    let mut run = run.map_err(|error| error.to_string())?;
    let length = usize::try_from(journal.length).expect("a length");
    let disk = Disk::holding(bytes[..length].to_vec());
    let mut writer = Writer::resume(disk.clone(), &journal);
    for planned in plan.steps() {
        let result = run.step(&planned.id).and_then(|step| step.ending()).map(|end| end.result);
        if result != Some(StepResult::Unknown) {
            continue;
        }
        let of = named(plan, &planned.id, "task").unwrap_or_else(|| planned.id.clone());
        let rule = match fact(plan, world, &of) {
            Some(Fact::NotTaken) => Rule::NotHappened,
            Some(Fact::Over(true, _)) => Rule::Happened,
            Some(Fact::Over(false, _)) => Rule::Failed,
            Some(Fact::UnderWay) | None => continue,
        };
        let Ok(step) = run.ruled_step(planned.id.as_str(), rule) else { continue };
        if rule == Rule::NotHappened && may_arrive(&journal.events, &step, world) {
            return Err(format!("`{step}` may be ruled on, and what was sent may still arrive"));
        }
        let (by, because) = ("op@lab".to_owned(), "looked at the console".to_owned());
        let event = Event { at: now, what: What::Ruled(Ruling { step, rule, by, because }) };
        run.apply(&event).map_err(|error| format!("what may be ruled cannot be: {error}"))?;
        writer.append(now, &event).map_err(|error| error.to_string())?;
    }
    writer.sync().map_err(|error| error.to_string())?;
    Ok(disk.bytes())
}
