//! The expressions in a value: whether they can be read, and which steps they name.

use super::Need;
use crate::document::{Kind, Node};
use crate::expression::{self, Template};
use crate::problem::{Code, Problem, Problems};
use crate::step::StepId;
use crate::text::Source;

/// Reports expressions that cannot be read.
pub(super) fn syntax(source: &Source, node: &Node, problems: &mut Problems) {
    collect(source, node, &mut Vec::new(), problems);
}

/// Reports expressions that cannot be read, and collects the steps that the others name. The
/// depth is bounded by that of the document.
pub(super) fn collect(
    source: &Source,
    node: &Node,
    reads: &mut Vec<Need>,
    problems: &mut Problems,
) {
    match node.kind() {
        Kind::List(items) => {
            items.iter().for_each(|item| collect(source, item, reads, problems));
        }
        Kind::Map(entries) => {
            entries.iter().for_each(|entry| collect(source, &entry.value, reads, problems));
        }
        Kind::Scalar { text, .. } if expression::is_in(text) => {
            parsed(source, node, Template::parse(text), reads, problems);
        }
        Kind::Scalar { .. } => {}
    }
}

/// Does the same for a text that is an expression as a whole, such as that of `when`.
pub(super) fn bare(source: &Source, node: &Node, reads: &mut Vec<Need>, problems: &mut Problems) {
    if let Some(text) = node.text() {
        parsed(source, node, Template::bare(text), reads, problems);
    }
}

fn parsed(
    source: &Source,
    node: &Node,
    template: Result<Template, expression::Error>,
    reads: &mut Vec<Need>,
    problems: &mut Problems,
) {
    match template {
        Ok(template) => reads.extend(template.names().filter_map(|name| {
            let id = match &name.path[..] {
                [root, id, ..] if root == "steps" => StepId::parse(id).ok()?,
                _ => return None,
            };
            Some(Need { id, place: node.inside(source, name.at.clone()) })
        })),
        Err(error) => problems.push(error_at(source, node, error)),
    }
}

/// Gives an error of an expression its place in the file.
pub(crate) fn error_at(source: &Source, node: &Node, error: expression::Error) -> Problem {
    let place = node.inside(source, error.at);
    let label = match error.code {
        Code::ExpressionSyntax => "cannot be read",
        Code::ExpressionUnknownFilter | Code::ExpressionUnknownFunction => "does not exist",
        Code::ExpressionNotAScalar => "not a text, a number or a boolean",
        Code::ExpressionFailed => "gives no value",
        Code::ExpressionUnknownName
        | Code::ExpressionUnknownInput
        | Code::ExpressionUnknownOutput
        | Code::ExpressionUnknownField
        | Code::SecretUnknown => "there is no such value",
        Code::ExpressionTooEarly => "not known yet",
        Code::ExpressionMayBeMissing | Code::ExpressionMayBeAbsent => "may not be there",
        Code::ExpressionOfMany => "one value is expected, and there are many",
        Code::ExpressionTimeArithmetic | Code::ExpressionWrongOperand => "not a number",
        Code::ExpressionIncomparable => "these do not compare",
        Code::ExpressionNeverEqual => "none of its values",
        _ => "does not fit",
    };
    let problem = Problem::new(error.code, error.message, place, label).help(error.help);
    match error.also {
        Some((place, label)) => problem.and(place, label),
        None => problem,
    }
}
