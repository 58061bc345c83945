//! A plan for programs: the shape that `plan --format json` prints.

use serde_json::{Value as Json, json};

use super::Plan;
use super::describe::{Describe, chain, coverage};

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
            "owners": self.owners,
            "objectives": {
                "rto_s": self.objectives.rto.map(|time| time.as_secs_f64()),
                "rpo_s": self.objectives.rpo.map(|time| time.as_secs_f64()),
            },
            "poll": {
                "every_s": self.poll.every.map(|time| time.as_secs_f64()),
                "max_s": self.poll.max.map(|time| time.as_secs_f64()),
            },
            "inputs": self.inputs,
            "locks": self.locks,
            "steps": (0..self.steps.len()).map(|at| self.step_json(at)).collect::<Vec<_>>(),
            "critical_path": chain(self),
            "waves": waves,
            "predicted": null,
            "coverage": coverage(self),
            "facts": null,
            "problems": self.remarks,
            "accepted": self.accepted,
            "lacks": self.lacks(),
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
            "undo": step.flow.undo,
            "timeout_s": step.timeout.map(|timeout| timeout.as_secs_f64()),
            "finally": step.flow.finally,
            "open": step.flow.open,
            "description": step.description,
        })
    }
}
