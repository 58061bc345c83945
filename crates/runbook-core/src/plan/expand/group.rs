//! The steps of a plan that no author has written: the parts of a `wait`, and joints.

use super::super::step::{Flow, PlannedStep};
use crate::document::{Mapping, Value};
use crate::graph::Edge;
use crate::runbook::{self, Wait};
use crate::step::{AnyStepType, Effect, StepId};
use crate::time::Words;

/// Makes the wait of a group and what watches it, each with the edges to the steps before it,
/// counted back.
pub(super) fn waits(
    id: &StepId,
    call: &StepId,
    wait: &Wait,
) -> Vec<(PlannedStep, Vec<(usize, Edge)>)> {
    let part = |uses: &'static dyn AnyStepType, name: &str, with: Vec<(&str, Value)>| {
        let with = with.into_iter().map(|(key, value)| (key.into(), value)).collect::<Mapping>();
        PlannedStep {
            id: id.part(name),
            uses,
            with: Value::Mapping(with),
            timeout: uses.decl().timeout,
            effect: uses.decl().effect.unwrap_or(Effect::Read),
            watched: false,
            touches: Vec::new(),
            flow: Flow::default(),
            description: None,
        }
    };
    let task = || Value::from(call.as_str());
    let mut waiting = part(runbook::waiting(), "wait", vec![("task", task())]);
    waiting.timeout = Some(wait.timeout);
    let watch = waiting.id.as_str().into();
    let mut parts = vec![(waiting, vec![(1, Edge::Need)])];
    if let Some(cancelling) = wait.cancelling() {
        let mut with = vec![("task", task()), ("watch", watch)];
        with.extend(wait.settle.map(|settle| ("settle", Words(settle).to_string().into())));
        let edges = vec![(2, Edge::Need), (1, Edge::Watch)];
        parts.push((part(cancelling, "cancel", with), edges));
    }
    parts
}

/// Makes the step that others wait for where many stand for one.
pub(super) fn joint_of(id: StepId, flow: Flow, why: &str) -> PlannedStep {
    PlannedStep {
        id,
        uses: runbook::joint(),
        with: Value::Mapping(Mapping::new()),
        timeout: None,
        effect: Effect::Read,
        watched: false,
        touches: Vec::new(),
        flow,
        description: Some(why.to_owned()),
    }
}
