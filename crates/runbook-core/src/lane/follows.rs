//! Who follows whose task.

use std::collections::BTreeMap;

use crate::event::Ticket;
use crate::step::StepId;
use crate::time::Timestamp;

/// The watches of all steps, to be found by who watches and by whose task is watched.
#[derive(Debug, Default)]
pub(super) struct Follows {
    by_ticket: BTreeMap<Ticket, StepId>,
    by_step: BTreeMap<StepId, BTreeMap<Ticket, Option<Timestamp>>>,
}

impl Follows {
    /// Adds a watch over the task of a step, of use until an instant.
    pub(super) fn add(&mut self, ticket: Ticket, step: StepId, until: Option<Timestamp>) {
        self.by_ticket.insert(ticket.clone(), step.clone());
        self.by_step.entry(step).or_default().insert(ticket, until);
    }

    /// Takes a watch away.
    pub(super) fn remove(&mut self, ticket: &Ticket) {
        let Some(step) = self.by_ticket.remove(ticket) else { return };
        if let Some(watches) = self.by_step.get_mut(&step) {
            watches.remove(ticket);
            if watches.is_empty() {
                self.by_step.remove(&step);
            }
        }
    }

    /// Returns the steps whose tasks are watched.
    pub(super) fn steps(&self) -> impl Iterator<Item = &StepId> {
        self.by_step.keys()
    }

    /// Returns who watches the task of a step.
    pub(super) fn of(&self, step: &StepId) -> impl Iterator<Item = &Ticket> {
        self.by_step.get(step).into_iter().flat_map(BTreeMap::keys)
    }

    /// Returns until when each watch is of use.
    pub(super) fn untils(&self) -> impl Iterator<Item = Timestamp> {
        self.by_step.values().flat_map(BTreeMap::values).filter_map(|until| *until)
    }
}
