//! Every choice that can be made before the first call. Knows no clock, no server and no file.

mod describe;
mod evaluate;
mod expand;
mod inputs;
mod json;
mod lacks;
mod make;
mod saved;
mod step;
#[cfg(test)]
mod tests;
mod text;

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use inputs::Inputs;
pub use saved::LoadError;
pub use step::{Condition, Flow, PlannedStep, PlannedUndo};

use crate::document::Value;
use crate::graph::Graph;
use crate::problem::View;
use crate::runbook::{Objectives, Poll};
use crate::step::StepId;

/// What a run will do: steps with evaluated parameters, and which waits for which.
///
/// [`Plan::make`] and [`Plan::load`] make it; nothing changes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    name: String,
    description: Option<String>,
    owners: Vec<String>,
    objectives: Objectives,
    poll: Poll,
    source_name: String,
    runbook_digest: String,
    scenario: String,
    inputs: IndexMap<String, Value>,
    locks: Vec<String>,
    // Invariant: as many as the graph has, with distinct ids.
    steps: Vec<PlannedStep>,
    graph: Graph,
    remarks: Vec<View>,
    accepted: Vec<AcceptedRemark>,
    // What the top level asks for and this version cannot execute.
    unsupported: Vec<String>,
    // Invariant: each id of `steps`, with its place.
    places: HashMap<StepId, usize>,
}

/// A remark of `check` that the author has accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptedRemark {
    /// Its code.
    pub code: String,
    /// What it says.
    pub message: String,
    /// Why the author accepts it.
    pub reason: String,
    /// The line that it complains of, from 1.
    pub line: usize,
}

impl Plan {
    /// Returns the name of the runbook.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what the runbook is for.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns the name of the text it was made from, such as the path of the file.
    pub fn source_name(&self) -> &str {
        &self.source_name
    }

    /// Returns the SHA-256 of the text it was made from, in hexadecimal.
    pub fn runbook_digest(&self) -> &str {
        &self.runbook_digest
    }

    /// Returns who answers for it.
    pub fn owners(&self) -> &[String] {
        &self.owners
    }

    /// Returns what the recovery must keep to.
    pub const fn objectives(&self) -> Objectives {
        self.objectives
    }

    /// Returns how often EM is asked for a task.
    pub const fn poll(&self) -> Poll {
        self.poll
    }

    /// Returns the scenario; `default` where the runbook has none.
    pub fn scenario(&self) -> &str {
        &self.scenario
    }

    /// Returns the inputs by name, in the order of the runbook, defaults filled in; no
    /// sensitive ones.
    pub const fn inputs(&self) -> &IndexMap<String, Value> {
        &self.inputs
    }

    /// Returns the locks that a run takes beside those of what its steps touch, in order.
    pub fn locks(&self) -> &[String] {
        &self.locks
    }

    /// Returns the steps, in the order of the runbook.
    pub fn steps(&self) -> &[PlannedStep] {
        &self.steps
    }

    /// Returns which step waits for which, by their places in [`steps`](Self::steps).
    pub const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Returns the warnings and notes of `check`.
    pub fn remarks(&self) -> &[View] {
        &self.remarks
    }

    /// Returns the remarks that the author has accepted, and why.
    pub fn accepted(&self) -> &[AcceptedRemark] {
        &self.accepted
    }

    /// Finds the place of a step in [`steps`](Self::steps).
    pub fn find(&self, id: &StepId) -> Option<usize> {
        self.places.get(id).copied()
    }
}

/// Returns the place of each step by its id.
fn places(steps: &[PlannedStep]) -> HashMap<StepId, usize> {
    steps.iter().enumerate().map(|(at, step)| (step.id.clone(), at)).collect()
}
