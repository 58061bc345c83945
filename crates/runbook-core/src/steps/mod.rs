//! The catalogue of step types: one file each, one line here.

mod cancel_on_timeout;
mod noop;
mod plan_action;
mod sleep;
mod start_failover;
mod undo_failover;
mod wait_task;

use crate::step::{AnyStepType, erase};

/// Every step type, in the order in which people meet them.
pub const ALL: &[&dyn AnyStepType] = &[
    erase::<start_failover::StartFailover>(),
    erase::<undo_failover::UndoFailover>(),
    erase::<wait_task::WaitTask>(),
    erase::<cancel_on_timeout::CancelOnTimeout>(),
    erase::<sleep::Sleep>(),
    erase::<noop::Noop>(),
];

/// Finds a step type by the word under `uses:`.
pub fn find(kind: &str) -> Option<&'static dyn AnyStepType> {
    ALL.iter().copied().find(|step_type| step_type.decl().kind == kind)
}
