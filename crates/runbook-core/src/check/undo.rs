//! What takes a step back must be known by the time that step has run.

use super::View;
use crate::problem::{Code, Problem, Problems};
use crate::runbook::{Need, Step};

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    let mut used = Vec::new();
    for (at, step) in view.runbook.steps.iter().enumerate() {
        let Some(undo) = step.undo_step() else { continue };
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
