//! What stands under `with`, held against the declaration of the kind.

use super::Step;
use super::fields::{self, Fields, first};
use super::literal;
use super::misfit::{self, misfit};
use crate::document::{Entry, Kind, Node, Value};
use crate::problem::{Code, Problem, Problems};
use crate::step::{AnyStepType, Decl, Param, Type};
use crate::text::cut;

/// Checks what is written; what an expression will give is left open.
pub(super) fn read(step: &Step, fields: &Fields<'_>, problems: &mut Problems) {
    let with = fields.get("with");
    if let Some(with) = with
        && !matches!(with.value.kind(), Kind::Map(_))
        && !with.value.is_null()
    {
        let misfit = misfit("with", Type::Map(&Type::Any), &with.value.value());
        problems.extend(misfit.map(|misfit| misfit.at(with.place())));
        return;
    }
    let Some(decl) = step.uses.map(AnyStepType::decl) else { return };
    let entries = with.map_or(&[][..], |with| with.value.entries());
    // What stands beside `with` is told of there, and is one mistake.
    let missing = |param: &&Param| {
        let name = param.name;
        param.required
            && !entries.iter().any(|entry| *entry.key == *name)
            && (fields.knows(name) || fields.get(name).is_none())
    };
    let strange = entries
        .iter()
        .filter(|entry| decl.param(&entry.key).is_none() && !fields.knows(&entry.key));
    let mistaken = fields::taken_for(strange, decl.params.iter().filter(missing));
    let before = problems.len();
    for entry in entries {
        match decl.param(&entry.key) {
            Some(param) => {
                literal::param(param, &entry.value, entry.place(), problems);
            }
            None if fields.knows(&entry.key) => {
                let key = cut(&entry.key);
                let help = format!("`{key}` stands beside `with`: write it there");
                problems.tell(|_| unknown(decl, entry).help(help));
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
                let found = misfit(param.name, param.is, value);
                let found = found.or_else(|| misfit::hollow(param, value));
                problems.extend(found.map(|misfit| misfit.at(place)));
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
