//! Lists times a number: refused before anything is evaluated.
//!
//! The engine bounds how long a text becomes and how many instructions there are; `[1] * 10 ** 9`
//! is one instruction, and gigabytes for whoever looks at the list. That may be the engine itself
//! as it reads an expression: it joins constants at once.

use std::ops::Range;

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr};
use minijinja::machinery::parse_expr;
use minijinja::value::ValueKind;

use super::evaluate::Scope;
use super::tree;

/// The filters that never give a list.
const SCALAR: &[&str] = &[
    "abs",
    "bool",
    "capitalize",
    "count",
    "float",
    "int",
    "join",
    "length",
    "lower",
    "replace",
    "round",
    "string",
    "sum",
    "title",
    "trim",
    "upper",
];

/// Finds what would be repeated and may be a list, by what the names stand for. The place counts
/// from `start`.
pub(super) fn of_a_list(code: &str, start: usize, scope: &Scope) -> Option<Range<usize>> {
    find(code, start, |part| may_be_a_list(part, scope))
}

/// Does the same where nothing is named, before there are values: what names something has a type,
/// of which more can be told.
pub(super) fn of_a_constant(code: &str, start: usize) -> Option<Range<usize>> {
    let scope = Scope::default();
    find(code, start, |part| may_be_a_list(part, &scope) && !names_something(part))
}

fn names_something(part: &Expr<'_>) -> bool {
    let mut open = vec![part];
    while let Some(part) = open.pop() {
        if matches!(part, Expr::Var(_)) {
            return true;
        }
        open.extend(tree::parts(part));
    }
    false
}

fn find(code: &str, start: usize, is_refused: impl Fn(&Expr<'_>) -> bool) -> Option<Range<usize>> {
    if !code.contains('*') {
        return None;
    }
    // What cannot be read is told by whoever reads it next.
    let tree = parse_expr(code).ok()?;
    let mut open = vec![&tree];
    while let Some(part) = open.pop() {
        if let Expr::BinOp(op) = part
            && matches!(op.op, BinOpKind::Mul)
        {
            let list = [&op.left, &op.right].into_iter().find(|part| is_refused(part));
            if let Some(list) = list {
                return Some(tree::place(list, start));
            }
        }
        open.extend(tree::parts(part));
    }
    None
}

/// Tells whether a part may give a list, as far as names alone tell. As deep as an expression is
/// nested, which is bounded.
fn may_be_a_list(part: &Expr<'_>, scope: &Scope) -> bool {
    if let Some(path) = tree::path(part) {
        return scope.kind(&path).is_some_and(is_list);
    }
    let either = |parts: &[&Expr<'_>]| parts.iter().any(|part| may_be_a_list(part, scope));
    match part {
        Expr::Const(constant) => is_list(constant.value.kind()),
        Expr::BinOp(op) => match op.op {
            BinOpKind::Add | BinOpKind::Mul | BinOpKind::ScAnd | BinOpKind::ScOr => {
                either(&[&op.left, &op.right])
            }
            _ => false,
        },
        Expr::IfExpr(choice) => {
            either(&[&choice.true_expr]) || choice.false_expr.iter().any(|part| either(&[part]))
        }
        Expr::Filter(filter) if filter.name == "default" => {
            let others = filter.args.iter().map(|arg| match arg {
                CallArg::Pos(part)
                | CallArg::Kwarg(_, part)
                | CallArg::PosSplat(part)
                | CallArg::KwargSplat(part) => part,
            });
            filter.expr.iter().chain(others).any(|part| either(&[part]))
        }
        Expr::Filter(filter) => !SCALAR.contains(&filter.name),
        Expr::UnaryOp(_) | Expr::Compare(_) | Expr::Test(_) | Expr::Map(_) | Expr::Call(_) => false,
        // What is taken out of another value may be anything.
        Expr::Var(_)
        | Expr::Slice(_)
        | Expr::GetAttr(_)
        | Expr::GetItem(_)
        | Expr::List(_)
        | Expr::Tuple(_) => true,
    }
}

const fn is_list(kind: ValueKind) -> bool {
    matches!(kind, ValueKind::Seq | ValueKind::Iterable)
}
