//! The contract between a run and its step types.
//!
//! A step type is a declaration, a typed `with:` and a machine. The machine is pure: time and
//! answers come in as values, wishes go out as values. It must not know lanes, logon sessions,
//! the journal, or any other step type.

mod decl;
mod effect;
mod ending;
mod erased;
mod id;
mod input;
mod machine;
mod page;
mod types;

pub use decl::{
    COMMON_OUTPUTS, Decl, Effect, OPERATION, OnWarning, Output, Param, Repeat, SESSION,
    SESSION_OUTPUTS, TASK, TASK_OUTPUTS,
};
pub use effect::{Action, Gate, Probe, Spawn, StepEffect, Write};
pub use ending::{Ending, Outputs, Reason, StepResult};
pub use erased::{AnyMachine, AnyStepType, AnyTurn, NoteError, SpecError, declared, erase};
pub use id::{CallId, IdError, StepId};
pub use input::{Acted, Answer, Decision, Evidence, Failure, Shared, Snapshot, Spawned, StepInput};
pub use machine::{Machine, Setting, StepTurn, StepType};
pub use types::{Thing, Touch, Type};
