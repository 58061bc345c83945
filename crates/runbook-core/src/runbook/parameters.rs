//! What stands under `with`, held against the declaration of the kind.

use super::fields;
use super::misfit::misfit;
use super::{Runbook, Step, names};
use crate::document::{Entry, Kind, Node, Value};
use crate::expression;
use crate::problem::{Code, Problem, Problems};
use crate::step::{AnyStepType, Decl, Param, Type};
use crate::text::cut;

/// Checks what is written; what an expression will give is left open.
pub(super) fn read(runbook: &Runbook, step: &Step, with: Option<&Entry>, problems: &mut Problems) {
    if let Some(with) = with {
        if !matches!(with.value.kind(), Kind::Map(_)) {
            let expected = "a mapping of parameters";
            problems.push(fields::wrong_type("with", expected, &with.value, with.place()));
            return;
        }
        for entry in with.value.entries() {
            names::check(runbook, &entry.value, problems);
        }
    }
    let Some(decl) = step.uses.map(AnyStepType::decl) else { return };
    let entries = with.map_or(&[][..], |with| with.value.entries());
    for entry in entries {
        match decl.params.iter().find(|param| param.name == &*entry.key) {
            Some(param) => literal(param, entry, problems),
            None => problems.push(unknown(decl, entry)),
        }
    }
    let missing = |param: &&Param| !entries.iter().any(|entry| *entry.key == *param.name);
    for param in decl.params.iter().filter(|param| param.required).filter(missing) {
        problems.push(absent(step, decl, param, with));
    }
}

/// Checks evaluated parameters, whose places are those of the expressions. Null means absent and
/// is gone already.
pub(crate) fn evaluated(step: &Step, value: &Value, problems: &mut Problems) {
    let Some(decl) = step.uses.map(AnyStepType::decl) else { return };
    for param in decl.params {
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

fn literal(param: &Param, entry: &Entry, problems: &mut Problems) {
    if entry.value.text().is_some_and(expression::is_in) {
        if matches!(param.is, Type::Step | Type::WatchedStep) {
            let message = format!("`{}` names a step, so it cannot be an expression", param.name);
            problems.push(
                Problem::new(
                    Code::WithNotLiteral,
                    message,
                    entry.value.span(),
                    "an id is expected",
                )
                .help("write the id: which step waits for which is known before any input is"),
            );
        }
        return;
    }
    fields::fits(entry, param.is, &entry.value.value(), problems);
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

/// Makes the first sentence of a declaration end a line of help.
fn first(about: &str) -> String {
    let sentence = about.split(". ").next().unwrap_or(about).trim_end_matches('.');
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
