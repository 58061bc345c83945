//! The kinds that keys of the format stand for, and the kind that runs another runbook.

use super::{OnTimeout, Step, Wait};
use crate::step::{AnyStepType, Decl};
use crate::steps;

/// The kind that waits for a task.
pub(crate) const WAIT: &str = "wait-task";

/// The kind that stops a task when a wait has ended without it.
pub(crate) const CANCEL: &str = "cancel-on-timeout";

/// The kind that runs another runbook.
pub(crate) const RUN_RUNBOOK: &str = "run-runbook";

/// The kind that others wait for where many steps stand for one.
const JOINT: &str = "noop";

fn kind(word: &str) -> &'static dyn AnyStepType {
    steps::find(word).expect("invariant: the kinds that keys stand for are in the catalogue")
}

/// Returns the kind of the step that others wait for where many stand for one.
pub(crate) fn joint() -> &'static dyn AnyStepType {
    kind(JOINT)
}

/// Returns the kind that waits for a task.
pub(crate) fn waiting() -> &'static dyn AnyStepType {
    kind(WAIT)
}

impl Wait {
    /// Returns what follows when the time is over.
    pub(crate) fn decided(&self) -> OnTimeout {
        self.on_timeout.map_or(OnTimeout::Detach, |(on_timeout, _)| on_timeout)
    }

    /// Returns the kind that cancels, where it does.
    pub(crate) fn cancelling(&self) -> Option<&'static dyn AnyStepType> {
        (self.decided() == OnTimeout::Cancel).then(|| kind(CANCEL))
    }
}

impl Step {
    /// Returns the declarations whose outputs it has: its own, and with `wait` those of the group.
    pub(crate) fn declarations(&self) -> impl Iterator<Item = &'static Decl> {
        let waits = self.wait.as_deref();
        let kinds = [self.uses, waits.map(|_| waiting()), waits.and_then(Wait::cancelling)];
        kinds.into_iter().flatten().map(AnyStepType::decl)
    }
}
