//! Whose task is asked for must make one.

use super::{View, makes_a_task};
use crate::problem::{Code, Problem, Problems};
use crate::runbook::{ForEach, Need, Step};
use crate::step::{Decl, Type};

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    for step in &view.runbook.steps {
        for (param, need) in step.named_steps().chain(step.perhaps_steps()) {
            let Some((_, other)) = view.find(need.id.as_str()) else { continue };
            if let Some(for_each) = &other.for_each {
                problems.push(one_of_many(step, param.name, &need, for_each));
            } else if matches!(param.is, Type::StepOr(_)) && !links_a_session(other) {
                problems.push(no_session(step, other, &need));
            }
        }
        let Some((other, need)) = view.named(step, "task") else { continue };
        if makes_a_task(other) {
            continue;
        }
        let kind = other.uses.map_or("", |uses| uses.decl().kind);
        let message =
            format!("step `{}` asks for the task of `{}`, which makes none", step.id, other.id);
        let makers = view.runbook.steps.iter().filter(|step| makes_a_task(step));
        let makers: Vec<_> = makers.take(3).map(|step| format!("`{}`", step.id)).collect();
        let help = if makers.is_empty() {
            "name a step that starts something in EM, such as one of the kind `undo-failover`"
                .to_owned()
        } else {
            format!("name a step that starts something in EM: {}", makers.join(", "))
        };
        problems.push(
            Problem::new(Code::TaskNone, message, need.place, "no task comes from this step")
                .and(other.place, format!("`{kind}` makes no task"))
                .help(help),
        );
    }
}

/// Tells whether EM links a session to what a step makes. A kind that was refused might.
fn links_a_session(step: &Step) -> bool {
    let has = |decl: &Decl| decl.outputs.iter().any(|output| output.name == "session");
    step.uses.is_none_or(|uses| has(uses.decl()))
}

fn no_session(step: &Step, other: &Step, need: &Need) -> Problem {
    let (id, named) = (&step.id, &other.id);
    let message = format!("step `{id}` asks for the session of `{named}`, which links none");
    Problem::new(Code::TaskNone, message, need.place, "no session comes from this step")
        .and(other.place, format!("`{}` links no session", other.kind()))
        .help("name a step that starts a job or a restore, or the session by its name or UID")
}

fn one_of_many(step: &Step, param: &str, need: &Need, for_each: &ForEach) -> Problem {
    let (id, other) = (&step.id, &need.id);
    let message =
        format!("`{param}` of step `{id}` names `{other}`, which runs for each item of a list");
    Problem::new(Code::ExpressionOfMany, message, need.place, "which of them?")
        .and(for_each.place, "for each item")
        .help(format!("give `{other}` a `wait` of its own: each child then waits for its own task"))
}
