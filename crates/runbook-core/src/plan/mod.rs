//! Every choice that can be made before the first call. Knows no clock, no server and no file.

mod describe;
mod inputs;
mod json;
mod make;
mod saved;
#[cfg(test)]
mod tests;
mod text;

use std::collections::HashMap;
use std::time::Duration;

use indexmap::IndexMap;

pub use inputs::Inputs;
pub use saved::LoadError;

use crate::document::Value;
use crate::graph::Graph;
use crate::problem::View;
use crate::step::{AnyStepType, Effect, StepId, Touch};

/// What a run will do: steps with evaluated parameters, and which waits for which.
///
/// [`Plan::make`] and [`Plan::load`] make it; nothing changes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    name: String,
    description: Option<String>,
    source_name: String,
    runbook_digest: String,
    scenario: String,
    inputs: IndexMap<String, Value>,
    // Invariant: as many as the graph has, with distinct ids.
    steps: Vec<PlannedStep>,
    graph: Graph,
    remarks: Vec<View>,
    // Invariant: each id of `steps`, with its place.
    places: HashMap<StepId, usize>,
}

/// One step of a plan.
#[derive(Clone, Debug)]
pub struct PlannedStep {
    /// Its name.
    pub id: StepId,
    /// Its kind.
    pub uses: &'static dyn AnyStepType,
    /// Its parameters, evaluated and accepted by its kind; a mapping.
    pub with: Value,
    /// How long it may work: what the step says, else its kind; none for what ends by itself.
    pub timeout: Option<Duration>,
    /// What it does to the world.
    pub effect: Effect,
    /// Whether another step watches how it ends.
    pub watched: bool,
    /// What it works on.
    pub touches: Vec<Touch>,
    /// What it is for.
    pub description: Option<String>,
}

impl PartialEq for PlannedStep {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && self.uses.decl().kind == other.uses.decl().kind
            && self.with == other.with
            && self.timeout == other.timeout
            && self.effect == other.effect
            && self.watched == other.watched
            && self.touches == other.touches
            && self.description == other.description
    }
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

    /// Returns the scenario; `default` in this version.
    pub fn scenario(&self) -> &str {
        &self.scenario
    }

    /// Returns the inputs by name, in the order of the runbook, defaults filled in.
    pub const fn inputs(&self) -> &IndexMap<String, Value> {
        &self.inputs
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

    /// Finds the place of a step in [`steps`](Self::steps).
    pub fn find(&self, id: &StepId) -> Option<usize> {
        self.places.get(id).copied()
    }
}

/// Returns the place of each step by its id.
fn places(steps: &[PlannedStep]) -> HashMap<StepId, usize> {
    steps.iter().enumerate().map(|(at, step)| (step.id.clone(), at)).collect()
}
