//! An action that nothing can take back.

use std::collections::HashSet;

use super::View;
use crate::problem::{Code, Problem, Problems};
use crate::runbook::Step;
use crate::step::{AnyStepType, Effect};

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    let runbook = view.runbook;
    let undoing = runbook
        .scenarios
        .iter()
        .find(|(_, scenario)| scenario.undo_on_failure || scenario.undo_on_success);
    let resolved: HashSet<_> =
        runbook.steps.iter().flat_map(|step| &step.resolves).map(|need| &need.id).collect();
    for step in runbook.steps.iter().filter(|step| step.undo.is_none()) {
        let Some(decl) = step.uses.map(AnyStepType::decl) else { continue };
        if step.effect() != Effect::Write || !decl.makes_a_task() {
            continue;
        }
        match decl.undone_by {
            None if fails_over(step) => problems.push(none(step)),
            _ => {}
        }
        if let (Some((name, scenario)), true) = (undoing, decl.undone_by.is_some())
            && step.resolves.is_empty()
            && !resolved.contains(&step.id)
        {
            let kind = decl.undone_by.unwrap_or_default();
            problems
                .push(missing(step, name, kind).and(scenario.place, "this scenario takes back"));
        }
    }
}

/// Tells whether it starts machines elsewhere: what EM calls a failover of one machine or vApp.
fn fails_over(step: &Step) -> bool {
    step.kind().starts_with("failover-")
}

fn none(step: &Step) -> Problem {
    let kind = step.kind();
    let message = format!("step `{}` has no `undo`, and EM offers none for `{kind}`", step.id);
    Problem::new(Code::UndoNone, message, step.place, "cannot be taken back by EM's API").help(
        "say that you know: `undo: { impossible: why }`, with what a person does in the console; \
         or fail over by a plan, which can be undone",
    )
}

fn missing(step: &Step, scenario: &str, kind: &str) -> Problem {
    let message =
        format!("the scenario `{scenario}` takes back, and step `{}` has no `undo`", step.id);
    Problem::new(Code::UndoMissing, message, step.place, "nothing takes this back")
        .help(format!("add `undo: {{ uses: {kind}, with: … }}`, or `undo: {{ impossible: why }}`"))
}
