//! A plan as text: canonical JSON with a digest over all of itself.
//!
//! What is written here is a promise to every later version, so it is a mirror of the plan,
//! converted by hand.

use std::collections::HashMap;
use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{AcceptedRemark, Flow, Plan, PlannedStep, places};
use crate::digest::sha256;
use crate::document::Value;
use crate::graph::{Edge, Graph};
use crate::problem::View;
use crate::runbook::{Objectives, Poll};
use crate::step::{Effect, SpecError, StepId};
use crate::steps;
use crate::text::cut;
use crate::time::Words;

/// The version of the shape.
const SCHEMA: &str = "plan/v1";

/// Why a saved plan cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The text is not a saved plan of this version.
    #[error("this is no saved plan that this version can read")]
    Malformed(#[source] serde_json::Error),
    /// The text is a plan of another version.
    #[error("the plan is of the version `{0}`, and `plan/v1` is read")]
    Version(String),
    /// The digest does not match the rest.
    #[error("the plan was changed after it was saved: its digest does not match")]
    Digest,
    /// Two steps have one id, or a step waits for one that is not there or in a circle.
    #[error("the steps of the plan do not fit together")]
    Graph,
    /// A step is of a kind that this version does not have.
    #[error("step `{step}` is of the kind `{kind}`, which this version does not have")]
    Kind {
        /// The step.
        step: StepId,
        /// The kind.
        kind: String,
    },
    /// A step has parameters that its kind does not take.
    #[error("the parameters of step `{step}` are not taken by its kind")]
    With {
        /// The step.
        step: StepId,
        /// Why not.
        source: SpecError,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    schema: String,
    name: String,
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    owners: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rto: Option<Words>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rpo: Option<Words>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    poll_every: Option<Words>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    poll_max: Option<Words>,
    source: String,
    runbook_digest: String,
    scenario: String,
    inputs: IndexMap<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    locks: Vec<String>,
    steps: Vec<SavedStep>,
    remarks: Vec<View>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    accepted: Vec<AcceptedRemark>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unsupported: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedStep {
    id: StepId,
    uses: String,
    with: Value,
    needs: Vec<StepId>,
    watches: Vec<StepId>,
    timeout_ms: Option<u64>,
    /// What the author says of a kind that leaves it to the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effect: Option<Effect>,
    #[serde(default, skip_serializing_if = "is_plain")]
    flow: Flow,
    description: Option<String>,
}

impl Plan {
    /// Writes the plan down: all that a resume needs, as JSON with keys in a fixed order and a
    /// digest. The same plan gives the same bytes.
    pub fn save(&self) -> String {
        let saved = Saved { digest: Some(self.digest()), ..Saved::of(self) };
        let text = serde_json::to_string_pretty(&saved);
        text.expect("invariant: a plan is plain data") + "\n"
    }

    /// Reads a plan that [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// [`LoadError`]: not a plan, of another version, changed, or with steps that this version
    /// of the program does not have or cannot take.
    pub fn load(text: &str) -> Result<Self, LoadError> {
        let Version { schema } = serde_json::from_str(text).map_err(LoadError::Malformed)?;
        if schema != SCHEMA {
            return Err(LoadError::Version(cut(&schema)));
        }
        let mut saved: Saved = serde_json::from_str(text).map_err(LoadError::Malformed)?;
        let digest = saved.digest.take();
        if digest.as_deref() != Some(&*saved.digest()) {
            return Err(LoadError::Digest);
        }
        saved.into_plan()
    }

    /// Returns the SHA-256 over the plan in canonical form, in hexadecimal.
    pub fn digest(&self) -> String {
        Saved::of(self).digest()
    }
}

/// What every version of the shape has.
#[derive(Deserialize)]
struct Version {
    schema: String,
}

impl Saved {
    fn of(plan: &Plan) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            name: plan.name.clone(),
            description: plan.description.clone(),
            owners: plan.owners.clone(),
            rto: plan.objectives.rto.map(Words),
            rpo: plan.objectives.rpo.map(Words),
            poll_every: plan.poll.every.map(Words),
            poll_max: plan.poll.max.map(Words),
            source: plan.source_name.clone(),
            runbook_digest: plan.runbook_digest.clone(),
            scenario: plan.scenario.clone(),
            inputs: plan.inputs.clone(),
            locks: plan.locks.clone(),
            steps: (0..plan.steps.len()).map(|at| SavedStep::of(plan, at)).collect(),
            remarks: plan.remarks.clone(),
            accepted: plan.accepted.clone(),
            unsupported: plan.unsupported.clone(),
            digest: None,
        }
    }

    /// The digest is taken of the values, not of the bytes: white space may change on the way.
    fn digest(&self) -> String {
        let text = serde_json::to_vec(self).expect("invariant: a plan is plain data");
        sha256(&text)
    }

    fn into_plan(self) -> Result<Plan, LoadError> {
        let graph = self.graph()?;
        let steps: Result<Vec<_>, _> = self.steps.into_iter().map(SavedStep::into_step).collect();
        let mut steps = steps?;
        mark_watched(&mut steps, &graph);
        Ok(Plan {
            name: self.name,
            description: self.description,
            owners: self.owners,
            objectives: Objectives {
                rto: self.rto.map(|words| words.0),
                rpo: self.rpo.map(|words| words.0),
            },
            poll: Poll {
                every: self.poll_every.map(|words| words.0),
                max: self.poll_max.map(|words| words.0),
            },
            source_name: self.source,
            runbook_digest: self.runbook_digest,
            scenario: self.scenario,
            inputs: self.inputs,
            locks: self.locks,
            places: places(&steps),
            steps,
            graph,
            remarks: self.remarks,
            accepted: self.accepted,
            unsupported: self.unsupported,
        })
    }

    fn graph(&self) -> Result<Graph, LoadError> {
        let by_name = self.steps.iter().enumerate();
        let indices: HashMap<_, _> = by_name.map(|(at, step)| (&step.id, at)).collect();
        if indices.len() < self.steps.len() {
            return Err(LoadError::Graph);
        }
        let mut edges = Vec::new();
        for (then, step) in self.steps.iter().enumerate() {
            let needs = step.needs.iter().map(|id| (id, Edge::Need));
            for (id, edge) in needs.chain(step.watches.iter().map(|id| (id, Edge::Watch))) {
                let first = *indices.get(id).ok_or(LoadError::Graph)?;
                edges.push((first, then, edge));
            }
        }
        Graph::of(self.steps.len(), edges).map_err(|_| LoadError::Graph)
    }
}

impl SavedStep {
    fn of(plan: &Plan, at: usize) -> Self {
        let step = &plan.steps[at];
        let named = |wanted: Edge| {
            let edges = plan.graph.needs(at).filter(move |(_, edge)| *edge == wanted);
            edges.map(|(other, _)| plan.steps[other].id.clone()).collect()
        };
        Self {
            id: step.id.clone(),
            uses: step.uses.decl().kind.to_owned(),
            with: step.with.clone(),
            needs: named(Edge::Need),
            watches: named(Edge::Watch),
            timeout_ms: step.timeout.map(millis),
            effect: step.uses.decl().effect.is_none().then_some(step.effect),
            flow: step.flow.clone(),
            description: step.description.clone(),
        }
    }

    fn into_step(self) -> Result<PlannedStep, LoadError> {
        let Some(uses) = steps::find(&self.uses) else {
            let kind = cut(&self.uses);
            return Err(LoadError::Kind { step: self.id, kind });
        };
        // What is open cannot be taken yet.
        if self.flow.open.is_empty()
            && let Err(source) = uses.accepts(&self.with)
        {
            return Err(LoadError::With { step: self.id, source });
        }
        Ok(PlannedStep {
            uses,
            timeout: self.timeout_ms.map(Duration::from_millis),
            effect: uses.decl().effect.or(self.effect).unwrap_or(Effect::Write),
            flow: self.flow,
            watched: false,
            touches: uses.decl().touches(&self.with),
            id: self.id,
            with: self.with,
            description: self.description,
        })
    }
}

/// Marks the steps whose end another step watches.
pub(super) fn mark_watched(steps: &mut [PlannedStep], graph: &Graph) {
    for (at, step) in steps.iter_mut().enumerate() {
        step.watched = graph.dependants(at).any(|(_, edge)| edge == Edge::Watch);
    }
}

/// Tells whether a step runs as most do, so that nothing has to be kept of it.
fn is_plain(flow: &Flow) -> bool {
    *flow == Flow::default()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
