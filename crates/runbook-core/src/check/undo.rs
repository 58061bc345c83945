//! What takes a step back must be known by the time that step has run.

use super::View;
use crate::problem::{Code, Problem, Problems};
use crate::runbook::{Need, RUN_RUNBOOK, Step};

/// The kind that lets people do something.
const BY_PEOPLE: &str = "manual";

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    let mut used = Vec::new();
    for (at, step) in view.runbook.steps.iter().enumerate() {
        let Some(undo) = step.undo_step() else { continue };
        if step.effect().acts() && undo.uses.is_some() && !takes_back(undo) {
            problems.push(no_action(step, undo));
        }
        let named: Vec<Need> = undo.named_steps().map(|(_, need)| need).collect();
        for need in undo.reads.iter().chain(&named).filter(|need| need.id != step.id) {
            match view.find(need.id.as_str()) {
                Some((other, _)) => used.push((other, at, need.clone())),
                None => problems.push(unknown(view, step, need, problems)),
            }
        }
    }
    let pairs: Vec<_> = used.iter().map(|(other, at, _)| (*other, *at)).collect();
    let before = view.graph.come_before(&pairs);
    for ((other, at, need), _) in used.iter().zip(before).filter(|(_, before)| !before) {
        let steps = &view.runbook.steps;
        problems.push(forward(&steps[*at], &steps[*other], need));
    }
}

/// Tells whether a step can take another back: by an action, or by people who do it.
fn takes_back(undo: &Step) -> bool {
    undo.effect().acts() || undo.kind() == BY_PEOPLE
}

fn no_action(step: &Step, undo: &Step) -> Problem {
    let (id, kind) = (&step.id, undo.kind());
    let message = match kind {
        RUN_RUNBOOK => format!("the undo of step `{id}` is `{kind}`, which is no single action"),
        _ => format!("the undo of step `{id}` is `{kind}`, which changes nothing"),
    };
    let place = step.undo.as_deref().map_or(step.place, |undo| undo.place);
    Problem::new(Code::UndoNoAction, message, place, "takes nothing back").help(
        "name the action that takes it back, such as `undo-failover`; or say why there is none: \
         `undo: { impossible: why }`",
    )
}

fn forward(step: &Step, other: &Step, need: &Need) -> Problem {
    let message =
        format!("the undo of step `{}` uses `{}`, which it does not come after", step.id, other.id);
    Problem::new(Code::UndoForward, message, need.place, "may not have run by then")
        .and(other.place, format!("`{}` stands here", other.id))
        .help(format!(
            "use what step `{}` and the steps above it know, or let it need `{}`",
            step.id, other.id
        ))
}

fn unknown(view: &View<'_>, step: &Step, need: &Need, problems: &Problems) -> Problem {
    let message = format!(
        "the undo of step `{}` uses `{}`, which this runbook does not have",
        step.id, need.id
    );
    let ids = view.runbook.steps.iter().map(|step| step.id.as_str());
    let help = match problems.nearest(need.id.as_str(), ids) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name a step of this runbook".to_owned(),
    };
    Problem::new(Code::NeedsUnknown, message, need.place, "no step has this id").help(help)
}
