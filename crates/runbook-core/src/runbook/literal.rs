//! What is written, held against the type that is expected; what an expression will give is left
//! open, or refused where none is evaluated.

use super::fields;
use super::misfit::{self, misfit_as};
use crate::document::{Kind, Node};
use crate::expression;
use crate::problem::{Code, Problem, Problems};
use crate::step::{Param, Type};
use crate::text::{Span, cut};

/// Whether expressions are evaluated where the value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expressions {
    Evaluated,
    Refused,
}

/// Checks a value in which no expression is evaluated. `place` is where something absent is
/// complained of.
pub(super) fn closed(
    name: &str,
    is: Type,
    node: &Node,
    place: Span,
    problems: &mut Problems,
) -> bool {
    check(name, is, node, place, Expressions::Refused, problems)
}

/// Checks a value whose expressions are evaluated later.
pub(super) fn open(
    name: &str,
    is: Type,
    node: &Node,
    place: Span,
    problems: &mut Problems,
) -> bool {
    check(name, is, node, place, Expressions::Evaluated, problems)
}

/// Checks the value of a parameter.
pub(super) fn param(param: &Param, node: &Node, place: Span, problems: &mut Problems) {
    check_param(param, node, place, Expressions::Evaluated, problems);
}

fn check_param(
    param: &Param,
    node: &Node,
    place: Span,
    expressions: Expressions,
    problems: &mut Problems,
) {
    if check(param.name, param.is, node, place, expressions, problems) && param.filled {
        let of = |node: &Node| misfit::hollow(param, &node.value()).map(|it| it.at(node.span()));
        match node.kind() {
            Kind::List(items) => problems.extend(items.iter().filter_map(of)),
            _ => problems.extend(of(node)),
        }
    }
}

/// The depth is bounded by that of the document.
fn check(
    name: &str,
    is: Type,
    node: &Node,
    place: Span,
    expressions: Expressions,
    problems: &mut Problems,
) -> bool {
    if node.text().is_some_and(expression::is_in) {
        return expression(name, is, node, expressions, problems);
    }
    let place = if node.span().start < node.span().end { node.span() } else { place };
    let before = problems.len();
    match (is, node.kind()) {
        (Type::Any, _) => {}
        (Type::List { of, least }, Kind::List(items)) => {
            for item in items.iter() {
                check(name, *of, item, place, expressions, problems);
            }
            if items.len() < least {
                problems.push(misfit::too_short(name, least, items.len()).at(place));
            }
        }
        (Type::Steps, Kind::List(items)) => {
            for item in items.iter() {
                check(name, Type::Step, item, place, expressions, problems);
            }
        }
        (Type::Map(of), Kind::Map(entries)) => {
            for entry in entries.iter() {
                check(&entry.key, *of, &entry.value, entry.place(), expressions, problems);
            }
        }
        (Type::Fields(keys), Kind::Map(entries)) => {
            fields::keys_of(&format_args!("`{}`", cut(name)), keys, node, place, problems);
            for entry in entries.iter() {
                if let Some(param) = keys.iter().find(|param| param.name == &*entry.key) {
                    check_param(param, &entry.value, entry.place(), expressions, problems);
                }
            }
        }
        (_, Kind::List(_) | Kind::Map(_)) => {
            let found = misfit_as(name, is, &node.value(), None);
            problems.extend(found.map(|misfit| misfit.at(place)));
        }
        (_, Kind::Scalar { text, .. }) => {
            let found = misfit_as(name, is, &node.value(), Some(text));
            problems.extend(found.map(|misfit| misfit.at(place)));
        }
    }
    problems.len() == before
}

fn expression(
    name: &str,
    is: Type,
    node: &Node,
    expressions: Expressions,
    problems: &mut Problems,
) -> bool {
    let (name, shown) = (cut(name), node.text().map_or_else(String::new, cut));
    if expressions == Expressions::Refused {
        let message = format!("`{name}` cannot be an expression, such as `{shown}`");
        problems.push(
            Problem::new(Code::ExpressionMisplaced, message, node.span(), "not evaluated here")
                .help("write the value itself: expressions are evaluated under `with` and in the few keys that say so"),
        );
        return false;
    }
    if matches!(is, Type::Step | Type::Steps | Type::WatchedStep) {
        let message = format!("`{name}` names a step, so it cannot be an expression: `{shown}`");
        problems.push(
            Problem::new(Code::WithNotLiteral, message, node.span(), "an id is expected")
                .help("write the id: which step waits for which is known before any input is"),
        );
        return false;
    }
    true
}
