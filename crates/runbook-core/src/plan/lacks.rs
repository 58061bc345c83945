//! What a plan asks for that this version cannot execute. Nothing of it is sent.

use super::{Plan, PlannedStep};
use crate::check::Checked;
use crate::runbook::{Poll, Runbook, Scenario};

/// The most steps of one sort that are named.
const NAMED: usize = 5;

impl Plan {
    /// Returns what this version cannot execute, one sentence each; none where it can execute
    /// all of it.
    pub fn lacks(&self) -> Vec<String> {
        let mut lacks = self.unsupported.clone();
        let mut add = |what: &str, is: &dyn Fn(&PlannedStep) -> bool| {
            let ids: Vec<_> = self
                .steps
                .iter()
                .filter(|step| is(step))
                .map(|step| format!("`{}`", step.id))
                .collect();
            if !ids.is_empty() {
                let more = ids.len().saturating_sub(NAMED);
                let named = ids[..ids.len().min(NAMED)].join(", ");
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                lacks.push(format!("{what}: {named}{more}"));
            }
        };
        let mut kinds: Vec<_> = self.steps.iter().map(|step| step.uses).collect();
        kinds.retain(|uses| !uses.is_executable());
        kinds.sort_by_key(|uses| uses.decl().kind);
        kinds.dedup_by_key(|uses| uses.decl().kind);
        for uses in kinds {
            let kind = uses.decl().kind;
            add(&format!("the kind `{kind}`"), &|step| step.uses.decl().kind == kind);
        }
        add("`when` that is decided in the run", &|step| !step.flow.when.is_empty());
        add("`when` that is false", &|step| step.flow.skip.is_some());
        add("values that are known in the run only", &|step| !step.flow.open.is_empty());
        add("inputs that are known in the run only", &|step| !step.flow.inputs.is_empty());
        add("`for-each` over what is known in the run only", &|step| step.flow.for_each.is_some());
        add("`max-parallel`", &|step| step.flow.max_parallel.is_some());
        add("`on-failure`", &|step| step.flow.on_failure.as_deref().is_some_and(|on| on != "halt"));
        add("`on-warning`", &|step| step.flow.on_warning.is_some());
        add("`retry`", &|step| step.flow.retry.is_some());
        add("`undo`", &|step| step.flow.undo.is_some());
        add("`resolves`", &|step| !step.flow.resolves.is_empty());
        add("`finally`", &|step| step.flow.finally);
        lacks
    }
}

/// Returns what the top level of a runbook asks for that this version cannot execute.
pub(super) fn of_runbook(runbook: &Runbook, scenario: Option<&Scenario>) -> Vec<String> {
    let policy = scenario.is_some_and(|scenario| {
        scenario.undo_on_failure || scenario.undo_on_success || scenario.proof_required
    });
    let all = [
        ("a scenario that takes back or requires proof", policy),
        ("`alerts`", runbook.alerts.is_some()),
        ("`outputs`", !runbook.outputs.is_empty()),
        ("secrets", !runbook.secrets.is_empty()),
    ];
    all.into_iter().filter(|(_, asked)| *asked).map(|(what, _)| what.to_owned()).collect()
}

/// Returns what the runbooks that steps run ask for at their top level.
pub(super) fn of_inner(checked: &Checked) -> Vec<String> {
    let mut lacks: Vec<_> = checked
        .inner()
        .values()
        .flat_map(|inner| {
            let mut lacks = of_runbook(inner.runbook(), None);
            // A lane asks for the tasks of all steps together, so there is one pace for a run.
            if inner.runbook().defaults.poll != Poll::default() {
                lacks.push("`defaults.poll` of a runbook that a step runs".to_owned());
            }
            lacks.extend(of_inner(inner));
            lacks
        })
        .collect();
    lacks.sort();
    lacks.dedup();
    lacks
}
