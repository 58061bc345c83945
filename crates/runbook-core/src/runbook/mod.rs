//! A runbook as its author wrote it: typed steps, places kept. Knows no other step than the one
//! it reads, so it cannot say whether a need exists.

mod fields;
mod group;
mod inputs;
pub mod keys;
mod literal;
mod misfit;
mod parameters;
mod read;
mod reads;
mod settings;
mod step;
mod step_keys;
mod steps;

use std::time::Duration;

use indexmap::IndexMap;

pub use inputs::{Input, InputType};
pub use step::{ForEach, Need, OnFailure, OnTimeout, Part, Retry, Step, Undo, UndoBy, Wait};

use crate::document::Node;
use crate::problem::Code;
use crate::text::{Source, Span};

pub(crate) use group::{CANCEL, RUN_RUNBOOK, WAIT, joint, waiting};
pub(crate) use misfit::{expected, misfit};
pub(crate) use parameters::evaluated;
pub(crate) use reads::error_at;

/// What a runbook says.
///
/// Where the text had mistakes, this is what could be read of it.
#[derive(Clone, Debug)]
pub struct Runbook {
    /// The text it was read from.
    pub source: Source,
    /// Its name, in kebab-case.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Who answers for it.
    pub owners: Vec<String>,
    /// What the recovery must keep to.
    pub objectives: Objectives,
    /// What must be given before it can be planned, in the order of the file.
    pub inputs: IndexMap<String, Input>,
    /// The place of the key `inputs`, or of the start of the text where there is none.
    pub inputs_place: Span,
    /// Where secrets come from.
    pub secrets: IndexMap<String, Secret>,
    /// Ways to run it; none leaves the one named `default`.
    pub scenarios: IndexMap<String, Scenario>,
    /// The scenario where none is named.
    pub default_scenario: Option<(String, Span)>,
    /// What steps do that say nothing else.
    pub defaults: Defaults,
    /// Further keys to lock, expressions still open.
    pub locks: Vec<Node>,
    /// Whom to tell of what.
    pub alerts: Option<Alerts>,
    /// The steps, in the order of the file, those under `finally` last.
    pub steps: Vec<Step>,
    /// What it gives to others, expressions still open.
    pub outputs: IndexMap<String, Node>,
    /// The remarks that are accepted anywhere in it.
    pub allow: Vec<Allow>,
}

/// What the recovery must keep to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Objectives {
    /// The longest that the service may be away.
    pub rto: Option<Duration>,
    /// The most that may be lost, as time.
    pub rpo: Option<Duration>,
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// A variable of the environment.
    Variable(String),
    /// A file in the folder of secrets.
    File(String),
}

/// A way to run a runbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The place of its name.
    pub place: Span,
    /// Whether what was done is taken back when a step failed.
    pub undo_on_failure: bool,
    /// Whether it is taken back after success.
    pub undo_on_success: bool,
    /// Whether a success that nothing proves makes the run unknown.
    pub proof_required: bool,
}

/// What steps do that say nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// How long a step may work.
    pub timeout: Option<Duration>,
    /// How often EM is asked for a task.
    pub poll: Poll,
    /// What follows a step that failed.
    pub on_failure: Option<OnFailure>,
}

/// How often EM is asked for a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Poll {
    /// The first pause between two questions.
    pub every: Option<Duration>,
    /// The longest pause.
    pub max: Option<Duration>,
}

/// Whom to tell of what.
#[derive(Clone, Debug)]
pub struct Alerts {
    /// The events that are told.
    pub on: Vec<String>,
    /// The address that is called, expressions still open.
    pub webhook: Node,
}

/// A remark that is accepted, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// The remark.
    pub code: Code,
    /// Why it is accepted.
    pub reason: String,
    /// The place of the code.
    pub place: Span,
}

impl Runbook {
    /// Returns what holds for a step that failed, as far as the text says it.
    pub fn on_failure(&self, step: &Step) -> Option<OnFailure> {
        step.on_failure.or(self.defaults.on_failure)
    }

    /// Returns how long a step may work: what it says, else the runbook, else its kind. None for
    /// a kind that ends by itself.
    pub fn timeout(&self, step: &Step) -> Option<Duration> {
        let by_kind = step.uses?.decl().timeout?;
        Some(step.timeout.or(self.defaults.timeout).unwrap_or(by_kind))
    }
}
