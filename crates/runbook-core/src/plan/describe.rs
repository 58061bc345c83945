//! What is to be said of a step, shared by the forms in which a plan is shown.

use super::{Plan, PlannedStep};
use crate::graph::Edge;
use crate::step::{Effect, Touch};
use crate::time::Words;

/// A step of a plan, to be put into words.
pub(super) struct Describe<'a> {
    pub(super) plan: &'a Plan,
    pub(super) at: usize,
}

impl<'a> Describe<'a> {
    fn step(&self) -> &'a PlannedStep {
        &self.plan.steps[self.at]
    }

    fn others(&self, wanted: Edge) -> Vec<&'a str> {
        let edges = self.plan.graph.needs(self.at).filter(|(_, edge)| *edge == wanted);
        edges.map(|(other, _)| self.plan.steps[other].id.as_str()).collect()
    }

    /// Returns the steps that must have done their work.
    pub(super) fn needs(&self) -> Vec<&'a str> {
        self.others(Edge::Need)
    }

    /// Returns the steps that must have ended.
    pub(super) fn watches(&self) -> Vec<&'a str> {
        self.others(Edge::Watch)
    }

    /// A step that watches acts only if the watched one ran out of time, which no plan knows.
    pub(super) fn verdict(&self) -> String {
        match &self.watches()[..] {
            [] => "will-run".to_owned(),
            watched => format!("may-run (depends on {})", watched.join(", ")),
        }
    }

    /// Returns the effect; what changes something is in capitals, since there are no colours.
    pub(super) fn effect(&self) -> String {
        let effect = self.step().effect;
        match effect {
            Effect::Write | Effect::Irreversible => effect.name().to_uppercase(),
            Effect::Read | Effect::Gate => effect.name().to_owned(),
        }
    }

    /// Returns what it works on, as `plan ERP-DR`.
    pub(super) fn touches(&self) -> Vec<String> {
        let name = |touch: &Touch| format!("{} {}", touch.kind.name(), touch.name);
        self.step().touches.iter().map(name).collect()
    }

    /// Returns how long it may work.
    pub(super) fn timeout(&self) -> String {
        match self.step().timeout {
            Some(timeout) => Words(timeout).to_string(),
            None => "none, it ends by itself".to_owned(),
        }
    }

    /// Returns what takes it back: this version undoes nothing, and says what a person could use.
    pub(super) fn undo(&self) -> String {
        match self.step().uses.decl().undone_by {
            Some(kind) => format!("not by this runbook; `{kind}` would take it back"),
            None if self.changes_the_world() => "nothing takes it back".to_owned(),
            None => String::new(),
        }
    }

    fn changes_the_world(&self) -> bool {
        self.step().effect.acts() && !self.step().touches.is_empty()
    }
}

/// Returns the chain of steps that can take longest: by timeouts, then by their number.
pub(super) fn chain(plan: &Plan) -> Vec<&str> {
    let weight = |at: usize| {
        let timeout = plan.steps[at].timeout.unwrap_or_default().as_millis();
        u64::try_from(timeout).unwrap_or(u64::MAX).saturating_add(1)
    };
    let chain = plan.graph.heaviest_chain(weight);
    chain.into_iter().map(|at| plan.steps[at].id.as_str()).collect()
}
