//! The names in expressions, before anything is evaluated.

use super::Runbook;
use crate::document::{Kind, Node};
use crate::expression::{self, Name, Template};
use crate::problem::{Code, Problem, Problems};
use crate::text::{Span, cut, nearest};

/// What the format lets an expression name and this version does not have.
const LATER: &[&str] = &["steps", "secrets", "scenario", "objectives", "run", "item"];

/// Checks every expression in a value. The depth is bounded by that of the document.
pub(super) fn check(runbook: &Runbook, node: &Node, problems: &mut Problems) {
    match node.kind() {
        Kind::List(items) => items.iter().for_each(|item| check(runbook, item, problems)),
        Kind::Map(entries) => {
            entries.iter().for_each(|entry| check(runbook, &entry.value, problems));
        }
        Kind::Scalar { text, .. } if expression::is_in(text) => match Template::parse(text) {
            Ok(template) => {
                let found = template.names().filter_map(|name| refuse(runbook, node, name));
                problems.extend(found);
            }
            Err(error) => problems.push(error_at(runbook, node, error)),
        },
        Kind::Scalar { .. } => {}
    }
}

/// Gives an error of an expression its place in the file.
pub(crate) fn error_at(runbook: &Runbook, node: &Node, error: expression::Error) -> Problem {
    let place = node.inside(&runbook.source, error.at);
    let label = match error.code {
        Code::ExpressionSyntax => "cannot be read",
        Code::ExpressionUnknownFilter => "does not exist",
        Code::ExpressionNotAScalar => "not a text, a number or a boolean",
        _ => "gives no value",
    };
    Problem::new(error.code, error.message, place, label).help(error.help)
}

fn refuse(runbook: &Runbook, node: &Node, name: &Name) -> Option<Problem> {
    let place = node.inside(&runbook.source, name.at.clone());
    let root = name.path.first().map_or("", String::as_str);
    match (root, name.path.get(1)) {
        ("inputs", Some(input)) if runbook.inputs.contains_key(input) => None,
        ("inputs", Some(input)) => Some(unknown_input(runbook, input, place)),
        ("inputs", None) => Some(
            Problem::new(
                Code::ExpressionUnknownName,
                "`inputs` alone is no value",
                place,
                "the name of an input is expected behind it",
            )
            .help("write `inputs.NAME`"),
        ),
        _ if LATER.contains(&root) => {
            let message = format!(
                "the name `{root}` belongs to the format, but this version does not have it yet"
            );
            Some(
                Problem::new(Code::ExpressionNotYet, message, place, "not there yet")
                    .help("in this version an expression can name inputs: `inputs.NAME`"),
            )
        }
        _ => Some(unknown_name(runbook, root, place)),
    }
}

fn unknown_input(runbook: &Runbook, input: &str, place: Span) -> Problem {
    let message = format!("this runbook has no input `{}`", cut(input));
    let problem = Problem::new(Code::ExpressionUnknownInput, message, place, "no such input");
    match nearest(input, runbook.inputs.keys().map(String::as_str)) {
        Some(near) => problem.help(format!("did you mean `inputs.{near}`?")),
        None => {
            problem.help(format!("declare it: `inputs: {{ {}: {{ type: string }} }}`", cut(input)))
        }
    }
}

fn unknown_name(runbook: &Runbook, root: &str, place: Span) -> Problem {
    let message = format!("an expression cannot name `{}`", cut(root));
    let problem = Problem::new(Code::ExpressionUnknownName, message, place, "no such name");
    if runbook.inputs.contains_key(root) {
        return problem.help(format!("write `inputs.{root}`"));
    }
    match nearest(root, LATER.iter().copied().chain(["inputs"])) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => {
            problem.help("an expression can name inputs: `inputs.NAME`; a text stands in quotes")
        }
    }
}
