//! The step types without their types: `dyn` once, here.

use std::fmt;
use std::marker::PhantomData;

use serde_json::Value as Json;

use super::{Decl, Ending, Machine, Setting, StepEffect, StepInput, StepType};
use crate::document::Value;
use crate::text::{Route, Segment};
use crate::time::Timestamp;

/// Parameters that do not fit the step type, with the way down to the place under `with:`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SpecError {
    /// Where under `with:`; the root where a parameter is missing.
    pub route: Route,
    /// What is wrong, as serde says it.
    pub message: String,
}

/// A note that its machine cannot read: the journal is of another version.
#[derive(Debug, thiserror::Error)]
#[error("a note of step type `{kind}` cannot be read: {source}")]
pub struct NoteError {
    kind: &'static str,
    source: serde_json::Error,
}

/// A step type behind a pointer.
pub trait AnyStepType: Send + Sync {
    /// Returns its declaration.
    fn decl(&self) -> &'static Decl;

    /// Tells whether this version can execute it. What it cannot is checked and planned.
    fn is_executable(&self) -> bool;

    /// Writes its page, in Markdown: what `explain` prints, and what stands in `docs/steps/`.
    fn page(&self) -> String {
        let not_yet = "> This version checks and plans steps of this kind, and cannot execute them \
                       yet: `run` refuses a runbook that has one.";
        self.decl().page((!self.is_executable()).then_some(not_yet))
    }

    /// Tells whether evaluated parameters fit.
    ///
    /// # Errors
    /// [`SpecError`] with the place of the first that does not.
    fn accepts(&self, with: &Value) -> Result<(), SpecError>;

    /// Makes the machine of one step.
    ///
    /// # Errors
    /// [`SpecError`] as for `accepts`.
    fn begin(&self, with: &Value, setting: &Setting) -> Result<Box<dyn AnyMachine>, SpecError>;
}

impl fmt::Debug for dyn AnyStepType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "StepType({})", self.decl().kind)
    }
}

/// A machine behind a pointer; its notes are JSON, as the journal keeps them.
pub trait AnyMachine: Send {
    /// See [`Machine::decide`].
    fn decide(&self, now: Timestamp, input: &StepInput) -> AnyTurn;

    /// See [`Machine::apply`].
    ///
    /// # Errors
    /// [`NoteError`] for a note of another version; never for one of its own.
    fn apply(&mut self, note: &Json) -> Result<(), NoteError>;

    /// See [`Machine::wake_at`].
    fn wake_at(&self) -> Option<Timestamp>;
}

/// What a machine decided, with notes as JSON.
#[derive(Debug)]
pub struct AnyTurn {
    /// What has changed.
    pub notes: Vec<Json>,
    /// What it wishes for.
    pub effects: Vec<StepEffect>,
    /// How it ended, where it did.
    pub ending: Option<Ending>,
}

/// Hides the type of a step type.
pub const fn erase<T: StepType>() -> &'static dyn AnyStepType {
    &Erased::<T>(PhantomData)
}

struct Erased<T>(PhantomData<fn() -> T>);

/// Makes a step type of a declaration whose machine does not exist yet.
pub const fn declared(decl: &'static Decl) -> Declared {
    Declared(decl)
}

/// A kind that can be checked and planned, and not executed.
pub struct Declared(&'static Decl);

impl AnyStepType for Declared {
    fn decl(&self) -> &'static Decl {
        self.0
    }

    fn is_executable(&self) -> bool {
        false
    }

    fn accepts(&self, _: &Value) -> Result<(), SpecError> {
        Ok(())
    }

    fn begin(&self, _: &Value, _: &Setting) -> Result<Box<dyn AnyMachine>, SpecError> {
        let message = format!("this version cannot execute steps of the kind `{}`", self.0.kind);
        Err(SpecError { route: Route::root(), message })
    }
}

struct ErasedMachine<M> {
    kind: &'static str,
    machine: M,
}

impl<T: StepType> AnyStepType for Erased<T> {
    fn decl(&self) -> &'static Decl {
        &T::DECL
    }

    fn is_executable(&self) -> bool {
        true
    }

    fn accepts(&self, with: &Value) -> Result<(), SpecError> {
        read::<T>(with).map(drop)
    }

    fn begin(&self, with: &Value, setting: &Setting) -> Result<Box<dyn AnyMachine>, SpecError> {
        let machine = T::begin(read::<T>(with)?, setting);
        Ok(Box::new(ErasedMachine { kind: T::DECL.kind, machine }))
    }
}

impl<M: Machine> AnyMachine for ErasedMachine<M> {
    fn decide(&self, now: Timestamp, input: &StepInput) -> AnyTurn {
        let turn = self.machine.decide(now, input);
        let write = |note| serde_json::to_value(note).expect("invariant: notes are plain data");
        AnyTurn {
            notes: turn.notes.iter().map(write).collect(),
            effects: turn.effects,
            ending: turn.ending,
        }
    }

    fn apply(&mut self, note: &Json) -> Result<(), NoteError> {
        let note = serde::Deserialize::deserialize(note)
            .map_err(|source| NoteError { kind: self.kind, source })?;
        self.machine.apply(&note);
        Ok(())
    }

    fn wake_at(&self) -> Option<Timestamp> {
        self.machine.wake_at()
    }
}

fn read<T: StepType>(with: &Value) -> Result<T::Spec, SpecError> {
    serde_path_to_error::deserialize(with).map_err(|error| {
        let route = error.path().iter().fold(Route::root(), |route, segment| match segment {
            serde_path_to_error::Segment::Map { key } => route.then(Segment::Key(key.clone())),
            serde_path_to_error::Segment::Seq { index } => route.then(Segment::Index(*index)),
            _ => route,
        });
        SpecError { route, message: error.into_inner().to_string() }
    })
}
