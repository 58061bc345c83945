//! All deadlines and wake-ups of steps, and which comes next.

use std::collections::BTreeSet;

use crate::step::StepInput;
use crate::time::Timestamp;

/// What a timer is for. A deadline comes before a wake-up of the same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// The step's time is over.
    Deadline,
    /// The step's machine asked to be woken.
    Wake,
}

#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Timestamp, usize, Timer)>);

impl Timers {
    pub(super) fn set_deadline(&mut self, step: usize, at: Timestamp) {
        self.0.insert((at, step, Timer::Deadline));
    }

    /// Replaces the wake-up of a step.
    pub(super) fn set_wake(&mut self, step: usize, old: Option<Timestamp>, new: Option<Timestamp>) {
        if let Some(old) = old {
            self.0.remove(&(old, step, Timer::Wake));
        }
        if let Some(new) = new {
            self.0.insert((new, step, Timer::Wake));
        }
    }

    pub(super) fn forget(
        &mut self,
        step: usize,
        deadline: Option<Timestamp>,
        wake: Option<Timestamp>,
    ) {
        if let Some(deadline) = deadline {
            self.0.remove(&(deadline, step, Timer::Deadline));
        }
        self.set_wake(step, wake, None);
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.0.first().map(|(at, ..)| *at)
    }

    /// Takes out what is due, earliest first. Each fires once.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Vec<(usize, StepInput)> {
        let mut due = Vec::new();
        while let Some((_, step, timer)) = self.0.first().filter(|(at, ..)| *at <= now).copied() {
            self.0.pop_first();
            let input = match timer {
                Timer::Deadline => StepInput::Deadline,
                Timer::Wake => StepInput::Woke,
            };
            due.push((step, input));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fires_once_in_order_and_a_deadline_first() {
        let at = Timestamp::from_millisecond;
        let mut timers = Timers::default();
        timers.set_wake(1, None, Some(at(10)));
        timers.set_deadline(1, at(10));
        timers.set_wake(0, None, Some(at(5)));
        timers.set_wake(0, Some(at(5)), Some(at(7)));
        assert_eq!(timers.next(), Some(at(7)));
        assert!(timers.take_due(at(6)).is_empty());
        let due: Vec<_> = timers.take_due(at(10)).into_iter().map(|(step, _)| step).collect();
        assert_eq!(due, [0, 1, 1]);
        assert_eq!(timers.next(), None);
    }
}
