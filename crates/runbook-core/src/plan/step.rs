//! One step of a plan.

use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::document::Value;
use crate::step::{AnyStepType, Effect, StepId, Touch};

/// One step of a plan.
#[derive(Clone, Debug)]
pub struct PlannedStep {
    /// Its name.
    pub id: StepId,
    /// Its kind.
    pub uses: &'static dyn AnyStepType,
    /// Its parameters; a mapping. Those whose expressions are still open stand as they are
    /// written, all others are evaluated and accepted by its kind.
    pub with: Value,
    /// How long it may work: what the step says, else its kind; none for what ends by itself.
    pub timeout: Option<Duration>,
    /// What it does to the world.
    pub effect: Effect,
    /// Whether another step watches how it ends.
    pub watched: bool,
    /// What it works on.
    pub touches: Vec<Touch>,
    /// When it runs, and what follows.
    pub flow: Flow,
    /// What it is for.
    pub description: Option<String>,
}

/// When a step runs, and what follows it. What is absent is as it is for most steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Flow {
    /// Whether it stands under `finally`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub finally: bool,
    /// Why it will not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip: Option<String>,
    /// The expressions that decide whether it runs, where that is open: all must hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Condition>,
    /// The step that runs the runbook in which its open expressions are read; none for the
    /// runbook that was planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<StepId>,
    /// What it gives to the inputs of the runbook that it runs; expressions may be open.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub inputs: IndexMap<String, Value>,
    /// What its open expressions wait for, in words: `steps.ready.count`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<String>,
    /// The list for each item of which it runs, where that is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_each: Option<String>,
    /// How many children of its list run at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_parallel: Option<u32>,
    /// What follows when it failed, where its author says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<String>,
    /// What becomes of a warning, where its author says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_warning: Option<String>,
    /// How often a read is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<String>,
    /// What takes it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<PlannedUndo>,
    /// The steps whose undo is no longer owed once it has succeeded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resolves: Vec<StepId>,
}

/// An expression that decides in the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The expression.
    pub expression: String,
    /// The step that runs the runbook in which it is read; none for the runbook that was planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<StepId>,
}

impl Flow {
    /// Returns what holds for all steps that stand for one, of what holds for one of them.
    pub(super) fn of_all(&self) -> Self {
        Self {
            finally: self.finally,
            skip: self.skip.clone(),
            when: self.when.clone(),
            within: self.within.clone(),
            for_each: self.for_each.clone(),
            on_failure: self.on_failure.clone(),
            ..Self::default()
        }
    }
}

/// What takes a step back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PlannedUndo {
    /// A step of this kind, with these parameters; expressions may be open.
    Step {
        /// Its kind.
        uses: String,
        /// Its parameters.
        with: Value,
        /// How long it waits for its task, and what follows a time-out; none where it does not.
        wait: Option<String>,
    },
    /// Nothing, and why.
    Impossible(String),
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
            && self.flow == other.flow
            && self.description == other.description
    }
}
