//! What a step resolves must exist, and owe something.

use super::View;
use crate::problem::{Code, Problem, Problems};
use crate::runbook::Step;
use crate::text::Span;

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    for step in &view.runbook.steps {
        for named in &step.resolves {
            match view.find(named.id.as_str()) {
                Some((_, other)) if other.id == step.id || other.undo_step().is_none() => {
                    problems.push(nothing(step, other, named.place));
                }
                Some(_) => {}
                None => {
                    let message = format!(
                        "step `{}` resolves `{}`, which this runbook does not have",
                        step.id, named.id
                    );
                    let ids = view.runbook.steps.iter().map(|step| step.id.as_str());
                    let near = problems.nearest(named.id.as_str(), ids);
                    let help = match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "name the step whose undo is no longer owed".to_owned(),
                    };
                    problems.push(
                        Problem::new(
                            Code::ResolvesUnknown,
                            message,
                            named.place,
                            "no step has this id",
                        )
                        .help(help),
                    );
                }
            }
        }
    }
}

fn nothing(step: &Step, other: &Step, place: Span) -> Problem {
    let message = if other.id == step.id {
        format!("step `{}` resolves itself", step.id)
    } else {
        format!("step `{}` resolves `{}`, which owes no undo", step.id, other.id)
    };
    Problem::new(Code::ResolvesNothing, message, place, "it would have no effect")
        .and(other.place, "this step")
        .help("take it out, or give the step it names an `undo`")
}
