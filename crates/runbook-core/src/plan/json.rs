//! A plan for programs: the shape that `plan --format json` prints.

use serde_json::{Value as Json, json};

use super::Plan;
use super::describe::{Describe, chain};

impl Plan {
    /// Describes the plan as JSON. Times are in seconds; what this version does not know is
    /// null. To keep a plan and run it later, [`save`](Self::save) it.
    pub fn json(&self) -> Json {
        let ids = |steps: Vec<usize>| -> Vec<&str> {
            steps.into_iter().map(|at| self.steps[at].id.as_str()).collect()
        };
        let waves: Vec<_> = self.graph.waves().into_iter().map(ids).collect();
        json!({
            "schema": "plan-view/v1",
            "name": self.name,
            "description": self.description,
            "source": self.source_name,
            "runbook_digest": self.runbook_digest,
            "plan_digest": self.digest(),
            "scenario": self.scenario,
            "inputs": self.inputs,
            "steps": (0..self.steps.len()).map(|at| self.step_json(at)).collect::<Vec<_>>(),
            "critical_path": chain(self),
            "waves": waves,
            "predicted": null,
            "coverage": self.coverage(),
            "facts": null,
            "problems": self.remarks,
        })
    }

    fn step_json(&self, at: usize) -> Json {
        let (step, words) = (&self.steps[at], Describe { plan: self, at });
        let decl = step.uses.decl();
        json!({
            "id": step.id,
            "uses": decl.kind,
            "verdict": words.verdict(),
            "effect": step.effect,
            "with": step.with,
            "needs": words.needs(),
            "watches": words.watches(),
            "touches": step.touches,
            "undo": null,
            "timeout_s": step.timeout.map(|timeout| timeout.as_secs_f64()),
            "description": step.description,
        })
    }

    /// Counts the actions, and those of them that the runbook can take back: none in this
    /// version, which has no `undo`.
    fn coverage(&self) -> Json {
        let actions =
            self.steps.iter().filter(|step| step.effect.acts() && !step.touches.is_empty());
        json!({ "actions": actions.count(), "undo": 0 })
    }
}
