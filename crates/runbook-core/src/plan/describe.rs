//! What is to be said of a step, shared by the forms in which a plan is shown.

use super::{Condition, Plan, PlannedStep, PlannedUndo};
use crate::document::Value;
use crate::graph::Edge;
use crate::step::{Effect, Touch};
use crate::text::is_visible;
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

    /// Says whether it will run, as far as that is known before the run.
    pub(super) fn verdict(&self) -> String {
        let flow = &self.step().flow;
        if let Some(why) = &flow.skip {
            return format!("will-skip ({why})");
        }
        if let Some(list) = &flow.for_each {
            return format!("cannot-tell (its items are known in the run: {list})");
        }
        if !flow.when.is_empty() {
            let said = |condition: &Condition| match &condition.within {
                Some(within) => format!("{}, in `{within}`", condition.expression),
                None => condition.expression.clone(),
            };
            let all: Vec<_> = flow.when.iter().map(said).collect();
            return format!("may-run (depends on {})", all.join("; and on "));
        }
        // A step that watches acts only if the watched one ran out of time, which no plan knows.
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

    /// Returns what takes it back.
    pub(super) fn undo(&self) -> String {
        match (&self.step().flow.undo, self.step().uses.decl().undone_by) {
            (Some(PlannedUndo::Step { uses, with, wait }), _) => {
                let with = with.as_mapping().into_iter().flatten();
                let with = with.map(|(name, value)| format!(", {}: {}", plain(name), plain(value)));
                let wait = wait.as_ref().map(|wait| format!(", waits {wait}"));
                format!("{uses}{}{}", with.collect::<String>(), wait.unwrap_or_default())
            }
            (Some(PlannedUndo::Impossible(why)), _) => format!("impossible: {why}"),
            (None, Some(kind)) => format!("not by this runbook; `{kind}` would take it back"),
            (None, None) if self.changes_the_world() => "nothing takes it back".to_owned(),
            (None, None) => String::new(),
        }
    }

    fn changes_the_world(&self) -> bool {
        is_action(self.step())
    }
}

/// Tells whether a step changes something that a reviewer knows by name.
fn is_action(step: &PlannedStep) -> bool {
    step.effect.acts() && (!step.touches.is_empty() || step.uses.decl().effect.is_none())
}

/// How many of the actions of a plan can be taken back, and how many a check follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Coverage {
    pub(super) actions: usize,
    pub(super) undo: usize,
    pub(super) checks: usize,
}

/// Counts the actions of a plan.
pub(super) fn coverage(plan: &Plan) -> Coverage {
    let observes = |step: &PlannedStep| {
        let decl = step.uses.decl();
        decl.observes || (decl.effect.is_none() && step.effect == Effect::Read)
    };
    let mut observed = vec![false; plan.steps.len()];
    for at in plan.graph.order().into_iter().rev() {
        let mut below = plan.graph.dependants(at);
        observed[at] = below.any(|(below, _)| observed[below] || observes(&plan.steps[below]));
    }
    let actions = || plan.steps.iter().enumerate().filter(|(_, step)| is_action(step));
    let undone = |step: &PlannedStep| matches!(step.flow.undo, Some(PlannedUndo::Step { .. }));
    Coverage {
        actions: actions().count(),
        undo: actions().filter(|(_, step)| undone(step)).count(),
        checks: actions().filter(|(at, _)| observed[*at]).count(),
    }
}

/// Writes a value as people would: texts bare where every letter of them shows, all else as JSON.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text)
            if !text.is_empty() && text.trim() == text && text.chars().all(is_visible) =>
        {
            text.clone()
        }
        other => serde_json::to_string(other).unwrap_or_default(),
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
