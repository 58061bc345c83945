//! The tree of an expression as the engine reads it, and the values it names.
//!
//! This uses the engine's unstable interface: only its own tree tells where a name stands. The
//! version is pinned, and a change in it is a compile error here and in `infer.rs`.

use std::ops::Range;

use minijinja::machinery::ast::{CallArg, Expr};
use minijinja::machinery::parse_expr;

/// A value that an expression names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The words between the dots: `inputs`, `plan`.
    pub path: Vec<String>,
    /// The bytes of the text it stands in.
    pub at: Range<usize>,
}

/// Reads an expression. It has been read before, so that this cannot fail.
pub(super) fn parse(code: &str) -> Expr<'_> {
    parse_expr(code).expect("invariant: what the engine compiles it can parse")
}

/// Returns the bytes of a part of an expression that stands at `start` of its text.
pub(super) fn place(part: &Expr<'_>, start: usize) -> Range<usize> {
    let bytes = |offset: u32| start + usize::try_from(offset).unwrap_or(0);
    bytes(first(part).span().start_offset)..bytes(part.span().end_offset)
}

/// Returns the part with which an expression begins: the engine lets the place of a dot or a
/// subscript begin with itself.
fn first<'e, 'a>(part: &'e Expr<'a>) -> &'e Expr<'a> {
    let mut at = part;
    loop {
        at = match at {
            Expr::GetAttr(attribute) => &attribute.expr,
            Expr::GetItem(item) => &item.expr,
            Expr::Filter(filter) => match &filter.expr {
                Some(inner) => inner,
                None => return at,
            },
            Expr::Test(test) => &test.expr,
            Expr::Call(call) => &call.expr,
            Expr::BinOp(op) => &op.left,
            Expr::Compare(compare) => &compare.expr,
            _ => return at,
        };
    }
}

/// Returns the words of a name: a variable, then dots and subscripts with quoted words.
pub(super) fn path<'e>(part: &'e Expr<'_>) -> Option<Vec<&'e str>> {
    let mut words = Vec::new();
    let mut at = part;
    loop {
        match at {
            Expr::Var(variable) => {
                words.push(variable.id);
                words.reverse();
                return Some(words);
            }
            Expr::GetAttr(attribute) => {
                words.push(attribute.name);
                at = &attribute.expr;
            }
            Expr::GetItem(item) => {
                let Expr::Const(subscript) = &item.subscript_expr else { return None };
                words.push(subscript.value.as_str()?);
                at = &item.expr;
            }
            _ => return None,
        }
    }
}

/// Finds the values an expression names, in their order. The places count from `start`.
pub(super) fn names(code: &str, start: usize) -> Vec<Name> {
    let tree = parse(code);
    let mut names = Vec::new();
    let mut open = vec![&tree];
    while let Some(part) = open.pop() {
        if let Some(words) = path(part) {
            let path = words.into_iter().map(str::to_owned).collect();
            names.push(Name { path, at: place(part, start) });
            continue;
        }
        open.extend(parts(part));
    }
    names.sort_by_key(|name| name.at.start);
    names
}

/// Returns the parts of which an expression is made.
pub(super) fn parts<'e, 'a>(part: &'e Expr<'a>) -> Vec<&'e Expr<'a>> {
    fn arguments<'e, 'a>(args: &'e [CallArg<'a>]) -> impl Iterator<Item = &'e Expr<'a>> {
        args.iter().map(|arg| match arg {
            CallArg::Pos(part)
            | CallArg::Kwarg(_, part)
            | CallArg::PosSplat(part)
            | CallArg::KwargSplat(part) => part,
        })
    }
    match part {
        Expr::Var(_) | Expr::Const(_) => Vec::new(),
        Expr::Slice(slice) => {
            let bounds = [&slice.start, &slice.stop, &slice.step];
            std::iter::once(&slice.expr).chain(bounds.into_iter().flatten()).collect()
        }
        Expr::UnaryOp(op) => vec![&op.expr],
        Expr::BinOp(op) => vec![&op.left, &op.right],
        Expr::Compare(compare) => {
            std::iter::once(&compare.expr).chain(compare.ops.iter().map(|op| &op.expr)).collect()
        }
        Expr::IfExpr(choice) => {
            [&choice.test_expr, &choice.true_expr].into_iter().chain(&choice.false_expr).collect()
        }
        Expr::Filter(filter) => filter.expr.iter().chain(arguments(&filter.args)).collect(),
        Expr::Test(test) => std::iter::once(&test.expr).chain(arguments(&test.args)).collect(),
        Expr::GetAttr(attribute) => vec![&attribute.expr],
        Expr::GetItem(item) => vec![&item.expr, &item.subscript_expr],
        Expr::Call(call) => std::iter::once(&call.expr).chain(arguments(&call.args)).collect(),
        Expr::List(list) => list.items.iter().collect(),
        Expr::Tuple(tuple) => tuple.items.iter().collect(),
        Expr::Map(map) => map.keys.iter().chain(&map.values).collect(),
    }
}
