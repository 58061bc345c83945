//! The two traits a step type implements.

use std::time::Duration;

use em_api::protocol::Media;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Decl, Ending, StepEffect, StepId, StepInput};
use crate::time::Timestamp;

/// A kind of step.
pub trait StepType: 'static {
    /// The declaration.
    const DECL: Decl;
    /// What stands under `with:`, after its expressions are evaluated. Keys are kebab-case.
    type Spec: DeserializeOwned;
    /// Its behaviour.
    type Machine: Machine;

    /// Makes the machine of one step. Resuming is `begin` and then `apply`, note by note.
    fn begin(spec: Self::Spec, setting: &Setting) -> Self::Machine;
}

/// What a machine is told of its place in the run.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The step.
    pub id: StepId,
    /// How long it may work; none for what ends by itself.
    pub timeout: Option<Duration>,
    /// Whether another step watches how this one ends.
    pub watched: bool,
    /// The form in which EM is asked.
    pub media: Media,
}

/// The behaviour of one step: a pure state machine.
pub trait Machine: Send + 'static {
    /// What changes it. Notes are kept in the journal, so each is a promise.
    type Note: Serialize + DeserializeOwned + Send;

    /// Decides what follows from an input. Changes nothing.
    fn decide(&self, now: Timestamp, input: &StepInput) -> StepTurn<Self::Note>;

    /// Changes the machine: the only way, live and in replay.
    fn apply(&mut self, note: &Self::Note);

    /// Returns when it wants to be woken; the past means at once.
    fn wake_at(&self) -> Option<Timestamp> {
        None
    }
}

/// What a machine decided.
#[derive(Debug)]
pub struct StepTurn<Note> {
    /// What has changed, to be applied in this order.
    pub notes: Vec<Note>,
    /// What it wishes for, once the notes are written down.
    pub effects: Vec<StepEffect>,
    /// How it ended, where it did.
    pub ending: Option<Ending>,
}

impl<Note> StepTurn<Note> {
    /// Nothing follows.
    pub fn nothing() -> Self {
        Self { notes: Vec::new(), effects: Vec::new(), ending: None }
    }

    /// A change and a wish.
    pub fn go(note: Note, effect: StepEffect) -> Self {
        Self { notes: vec![note], effects: vec![effect], ending: None }
    }

    /// A change alone.
    pub fn note(note: Note) -> Self {
        Self { notes: vec![note], effects: Vec::new(), ending: None }
    }

    /// The end.
    pub fn end(ending: Ending) -> Self {
        Self { notes: Vec::new(), effects: Vec::new(), ending: Some(ending) }
    }

    /// Adds one more wish.
    #[must_use]
    pub fn and(mut self, effect: StepEffect) -> Self {
        self.effects.push(effect);
        self
    }
}
