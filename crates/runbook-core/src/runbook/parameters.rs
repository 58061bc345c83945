//! What stands under `with`, held against the declaration of the kind.

use super::Step;
use super::fields::{self, first};
use super::literal;
use super::misfit::{self, misfit};
use crate::document::{Entry, Kind, Node, Value};
use crate::problem::{Code, Problem, Problems};
use crate::step::{AnyStepType, Decl, Param, Type};
use crate::text::cut;

/// Checks what is written; what an expression will give is left open.
pub(super) fn read(step: &Step, with: Option<&Entry>, problems: &mut Problems) {
    if let Some(with) = with
        && !matches!(with.value.kind(), Kind::Map(_))
    {
        let found = fields::name_of(&with.value);
        let misfit = misfit::wrong_type("with", Type::Map(&Type::Any), found);
        problems.push(misfit.at(with.place()));
        return;
    }
    let Some(decl) = step.uses.map(AnyStepType::decl) else { return };
    let entries = with.map_or(&[][..], |with| with.value.entries());
    let missing =
        |param: &&Param| param.required && !entries.iter().any(|entry| *entry.key == *param.name);
    let strange = entries.iter().filter(|entry| decl.param(&entry.key).is_none());
    let mistaken = fields::taken_for(strange, decl.params.iter().filter(missing));
    let before = problems.len();
    for entry in entries {
        match decl.param(&entry.key) {
            Some(param) => {
                literal::open(param.name, param.is, &entry.value, entry.place(), problems);
            }
            None => {
                problems.tell(|_| match (unknown(decl, entry), mistaken) {
                    (problem, Some(param)) => problem.help(fields::instead(param)),
                    (problem, None) => problem,
                });
            }
        }
    }
    for param in decl.params.iter().filter(missing) {
        if mistaken.is_none() {
            problems.tell(|_| absent(step, decl, param, with));
        }
    }
    // The kind's own rules take it for granted that each value has its type.
    if let (Some(with), true) = (with, problems.len() == before) {
        (decl.check)(&with.value, problems);
    }
}

/// Checks evaluated parameters, whose places are those of the expressions. Null means absent and
/// is gone already.
pub(crate) fn evaluated(step: &Step, value: &Value, problems: &mut Problems) {
    let Some(decl) = step.uses.map(AnyStepType::decl) else { return };
    // The names of steps were checked as they are written; in a plan they have parts.
    let names_a_step = |param: &&Param| matches!(param.is, Type::Step | Type::WatchedStep);
    for param in decl.params.iter().filter(|param| !names_a_step(param)) {
        let place = step.param(param.name).map_or(step.place, Node::span);
        match value.get(param.name) {
            Some(value) => {
                problems.extend(misfit(param.name, param.is, value).map(|misfit| misfit.at(place)));
            }
            None if param.required => {
                problems.push(
                    Problem::new(
                        Code::WithMissing,
                        missing(decl, param),
                        place,
                        "this gives nothing",
                    )
                    .help(format!("null means absent; it takes {}", first(param.about))),
                );
            }
            None => {}
        }
    }
}

fn unknown(decl: &Decl, entry: &Entry) -> Problem {
    let message = format!("`{}` has no parameter `{}`", decl.kind, cut(&entry.key));
    let problem =
        Problem::new(Code::WithUnknown, message, entry.key_span, "there is no such parameter");
    let known: Vec<_> = decl.params.iter().map(|param| param.name).collect();
    match crate::text::nearest(&entry.key, known.iter().copied()) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => problem.help(format!("`{}` takes no parameters", decl.kind)),
        None => problem.help(format!("`{}` takes {}", decl.kind, fields::list(&known))),
    }
}

fn absent(step: &Step, decl: &Decl, param: &Param, with: Option<&Entry>) -> Problem {
    let place = with.map_or(step.place, |with| with.key_span);
    let label = format!("`{}` is missing here", param.name);
    let help = format!("add `{}` under `with`: {}", param.name, first(param.about));
    Problem::new(Code::WithMissing, missing(decl, param), place, label).help(help)
}

fn missing(decl: &Decl, param: &Param) -> String {
    format!("`{}` needs the parameter `{}`", decl.kind, param.name)
}
