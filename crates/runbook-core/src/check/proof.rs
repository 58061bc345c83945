//! A failover whose success nothing proves: EM looks at its own work, not at the machines.

use super::{View, makes_a_task};
use crate::problem::{Code, Problem, Problems};
use crate::runbook::Step;
use crate::step::{Thing, Type};

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    let actions: Vec<_> = view
        .runbook
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.uses.is_some() && makes_a_task(step) && moves_machines(step))
        .collect();
    if actions.is_empty() {
        return;
    }
    let observed = view.above(Step::observes);
    let requires = view.runbook.scenarios.iter().find(|(_, scenario)| scenario.proof_required);
    for (_, step) in actions.into_iter().filter(|(at, _)| !observed[*at]) {
        problems.push(match requires {
            Some((name, scenario)) => {
                missing(step, name).and(scenario.place, "this scenario requires proof")
            }
            None => unchecked(step),
        });
    }
}

/// Tells whether it works on machines of a plan, a replica or a backup; jobs have sessions.
fn moves_machines(step: &Step) -> bool {
    let of_machines = |is: Type| {
        matches!(is, Type::Object(Thing::Plan | Thing::Machine | Thing::Vapp | Thing::Replica))
    };
    step.uses.is_some_and(|uses| uses.decl().params.iter().any(|param| of_machines(param.is)))
}

fn unchecked(step: &Step) -> Problem {
    let message = format!("no step looks at the machines after `{}`", step.id);
    Problem::new(
        Code::ActionUnchecked,
        message,
        step.place,
        "EM's word for it is all there will be",
    )
    .help(format!(
        "add a check that needs it, such as `{{ uses: check-tcp, needs: {}, with: {{ \
             address: \"host:port\" }} }}`",
        step.id
    ))
}

fn missing(step: &Step, scenario: &str) -> Problem {
    let message = format!(
        "the scenario `{scenario}` requires proof, and no step looks at the machines after `{}`",
        step.id
    );
    Problem::new(Code::ProofMissing, message, step.place, "this run would end `unknown` at best")
        .help(format!(
            "add a check that needs it, such as `{{ uses: check-tcp, needs: {}, with: {{ \
             address: \"host:port\" }} }}`",
            step.id
        ))
}
