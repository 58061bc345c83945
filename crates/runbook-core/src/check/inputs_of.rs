//! What a step hands to the runbook that it runs must fit the inputs of that runbook.

use super::View;
use crate::document::Entry;
use crate::expression;
use crate::problem::{Code, Problem, Problems};
use crate::runbook::{Runbook, Step};
use crate::text::{cut, nearest};

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    for (at, step) in view.runbook.steps.iter().enumerate() {
        if let Some(inner) = view.inner.get(&at) {
            check_step(step, inner.runbook(), problems);
            problems.extend(other_scenario(view.runbook, step, inner.runbook()));
        }
    }
}

fn check_step(step: &Step, other: &Runbook, problems: &mut Problems) {
    let given = step.param("inputs").map_or(&[][..], |inputs| inputs.entries());
    for entry in given {
        match other.inputs.get(&*entry.key) {
            None => problems.push(unknown(entry, other)),
            Some(_) if entry.value.text().is_some_and(expression::is_in) => {}
            Some(input) => {
                let refusal = input.refuses(&entry.value.value());
                problems.extend(refusal.map(|refusal| {
                    let message = format!("the input `{}` {}", cut(&entry.key), refusal.why);
                    Problem::new(refusal.code, message, entry.place(), "does not fit")
                        .help(refusal.help)
                }));
            }
        }
    }
    for (name, input) in &other.inputs {
        if input.is_needed() && !given.iter().any(|entry| *entry.key == **name) {
            let message = format!("step `{}` gives the input `{name}` no value", step.id);
            problems.push(
                Problem::new(Code::InputMissing, message, step.place, "no default, and not given")
                    .help(format!("add it under `with`: `inputs: {{ {name}: … }}`")),
            );
        }
    }
}

/// A run has one scenario, so that another runbook with scenarios must have all of ours.
fn other_scenario(runbook: &Runbook, step: &Step, other: &Runbook) -> Option<Problem> {
    if other.scenarios.is_empty() {
        return None;
    }
    let ours = runbook.scenarios.keys().map(String::as_str);
    let mut ours = ours.chain(runbook.scenarios.is_empty().then_some("default"));
    let missing = ours.find(|name| !other.scenarios.contains_key(*name))?;
    let message = format!("`{}` has no scenario `{missing}`, which this runbook has", other.name);
    let problem = Problem::new(Code::ScenarioUnknown, message, step.place, "runs it");
    Some(
        problem.help("a run has one scenario: give both runbooks the same ones, or the other none"),
    )
}

fn unknown(entry: &Entry, other: &Runbook) -> Problem {
    let message = format!("`{}` has no input `{}`", cut(&other.name), cut(&entry.key));
    let problem = Problem::new(Code::InputUnknown, message, entry.key_span, "no such input");
    match nearest(&entry.key, other.inputs.keys().map(String::as_str)) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help("take it out, or declare it in the other runbook"),
    }
}
