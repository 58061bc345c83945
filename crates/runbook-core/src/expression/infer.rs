//! Types of expressions, found without values: unknown names, filters and functions, comparisons
//! that can never hold, arithmetic on times.

use std::ops::Range;

use minijinja::machinery::ast::{
    BinOp, BinOpKind, CallArg, Compare, CompareOpKind, Expr, Filter, UnaryOpKind,
};
use minijinja::value::ValueKind;

use super::{Error, Expression, Ty, evaluate, tree};
use crate::problem::Code;
use crate::text::{cut, nearest_of_few};

/// Says what the first words of an expression stand for.
pub trait Names {
    /// Returns what a name stands for. `guarded` says that the expression does without it where
    /// it is missing.
    ///
    /// # Errors
    /// Why there is no such value, to be told at `at`.
    fn look_up(&self, path: &[&str], at: Range<usize>, guarded: bool) -> Result<Found, Error>;
}

/// What the first words of a name stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The type of the value.
    pub ty: Ty,
    /// How many words name it; those that follow are looked up in it.
    pub words: usize,
}

/// The filters an expression can use: those that are pure and cost what their input is long.
pub(super) const FILTERS: &[&str] = &[
    "abs",
    "bool",
    "capitalize",
    "count",
    "default",
    "first",
    "float",
    "int",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "max",
    "min",
    "replace",
    "reverse",
    "round",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
];

/// The tests an expression can use, behind `is`.
pub(super) const TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "even",
    "false",
    "float",
    "in",
    "integer",
    "lower",
    "mapping",
    "none",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
    "upper",
];

/// Finds the type of an expression. Mistakes go to `errors`.
pub(super) fn expression(
    expression: &Expression,
    names: &dyn Names,
    errors: &mut Vec<Error>,
) -> Ty {
    let tree = tree::parse(&expression.code);
    let (code, start) = (expression.code.as_str(), expression.at.start);
    Infer { names, code, start, errors }.ty(&tree, false)
}

/// Refuses what cannot stand inside other text.
pub(super) fn inside_a_text(expression: &Expression, ty: &Ty, errors: &mut Vec<Error>) {
    let at = expression.at.clone();
    match ty {
        Ty::Maybe(_) => errors.push(Error::new(
            Code::ExpressionMayBeAbsent,
            at,
            format!(
                "`{}` may be absent, and nothing can stand inside a text",
                cut(&expression.code)
            ),
            format!("write `${{{{ {} | default('…') }}}}`", cut(&expression.code)),
        )),
        ty if ty.is_scalar() => {}
        ty => errors.push(evaluate::not_a_scalar(expression, ty.name())),
    }
}

struct Infer<'a> {
    names: &'a dyn Names,
    code: &'a str,
    start: usize,
    errors: &'a mut Vec<Error>,
}

impl Infer<'_> {
    fn at(&self, part: &Expr<'_>) -> Range<usize> {
        tree::place(part, self.start)
    }

    /// Returns the letters of a part of the expression.
    fn code_of(&self, part: &Expr<'_>) -> String {
        let at = self.at(part);
        cut(self.code.get(at.start - self.start..at.end - self.start).unwrap_or_default())
    }

    /// Returns the letters of a part without the word behind its last dot.
    fn before(&self, part: &Expr<'_>, word: &str) -> String {
        let code = self.code_of(part);
        let end = code.rfind(word).filter(|end| *end > 0).unwrap_or(code.len());
        code[..end].trim_end_matches(['.', '[', '\'', '"', ' ']).to_owned()
    }

    fn tell(&mut self, code: Code, at: Range<usize>, message: String, help: impl Into<String>) {
        self.errors.push(Error::new(code, at, message, help));
    }

    /// As deep as the brackets and operators of an expression, which is bounded.
    fn ty(&mut self, part: &Expr<'_>, guarded: bool) -> Ty {
        if let Some(path) = tree::path(part) {
            return self.name(part, &path, guarded);
        }
        match part {
            Expr::Var(_) => Ty::Any,
            Expr::Const(constant) => constant_type(&constant.value),
            Expr::Slice(slice) => {
                for bound in [&slice.start, &slice.stop, &slice.step].into_iter().flatten() {
                    self.ty(bound, false);
                }
                self.ty(&slice.expr, guarded).present()
            }
            Expr::UnaryOp(op) => {
                let ty = self.ty(&op.expr, false);
                match op.op {
                    UnaryOpKind::Not => Ty::Boolean,
                    UnaryOpKind::Neg => self.arithmetic(part, &[(&op.expr, ty)]),
                }
            }
            Expr::BinOp(op) => self.binary(part, op),
            Expr::Compare(compare) => self.compare(compare),
            Expr::IfExpr(choice) => {
                self.ty(&choice.test_expr, false);
                let yes = self.ty(&choice.true_expr, guarded);
                // `x if x else …` gives `x` only where it is there.
                let tested = tree::path(&choice.test_expr);
                let same = tested.is_some() && tested == tree::path(&choice.true_expr);
                let yes = if same { yes.present() } else { yes };
                let no = choice.false_expr.as_ref().map(|part| self.ty(part, guarded));
                yes.or(no.unwrap_or(Ty::Null))
            }
            Expr::Filter(filter) => self.filter(part, filter),
            Expr::Test(test) => {
                if !TESTS.contains(&test.name) {
                    self.unknown("test", test.name, TESTS, &test.expr);
                }
                self.ty(&test.expr, matches!(test.name, "defined" | "undefined"));
                self.arguments(&test.args);
                Ty::Boolean
            }
            Expr::GetAttr(attribute) => {
                let ty = self.ty(&attribute.expr, guarded);
                self.member(&ty, attribute.name, part)
            }
            Expr::GetItem(item) => {
                let ty = self.ty(&item.expr, guarded);
                self.ty(&item.subscript_expr, false);
                match (ty, &item.subscript_expr) {
                    (Ty::List(of) | Ty::Map(of), _) => *of,
                    (ty @ Ty::Record(_), Expr::Const(subscript)) => {
                        let word = subscript.value.as_str().unwrap_or_default().to_owned();
                        self.member(&ty, &word, part)
                    }
                    _ => Ty::Any,
                }
            }
            Expr::Call(call) => {
                let path = tree::path(&call.expr).unwrap_or_default();
                let help = match path.last().filter(|word| FILTERS.contains(word)) {
                    Some(filter) => format!("`{filter}` is a filter: write `… | {filter}`"),
                    None => "use a filter, such as `inputs.plan | lower`".to_owned(),
                };
                self.tell(
                    Code::ExpressionUnknownFunction,
                    self.at(part),
                    format!("`{}` is called, and there are no functions", cut(&path.join("."))),
                    help,
                );
                Ty::Any
            }
            Expr::List(list) => {
                let types: Vec<_> = list.items.iter().map(|item| self.ty(item, false)).collect();
                Ty::List(Box::new(types.into_iter().reduce(Ty::or).unwrap_or(Ty::Any)))
            }
            Expr::Tuple(tuple) => {
                for item in &tuple.items {
                    self.ty(item, false);
                }
                Ty::List(Box::new(Ty::Any))
            }
            Expr::Map(map) => {
                for part in map.keys.iter().chain(&map.values) {
                    self.ty(part, false);
                }
                Ty::Map(Box::new(Ty::Any))
            }
        }
    }

    fn name(&mut self, part: &Expr<'_>, path: &[&str], guarded: bool) -> Ty {
        match self.names.look_up(path, self.at(part), guarded) {
            Ok(Found { ty, words }) => {
                let rest = path.get(words..).unwrap_or_default();
                rest.iter().fold(ty, |ty, word| self.member(&ty, word, part))
            }
            Err(error) => {
                self.errors.push(error);
                Ty::Any
            }
        }
    }

    fn member(&mut self, ty: &Ty, word: &str, part: &Expr<'_>) -> Ty {
        match ty {
            Ty::Any => Ty::Any,
            Ty::Map(of) => (**of).clone(),
            Ty::Maybe(inner) => self.member(inner, word, part),
            Ty::Record(fields) => {
                if let Some((_, ty)) = fields.iter().find(|(name, _)| name == word) {
                    return ty.clone();
                }
                let names = || fields.iter().map(|(name, _)| name.as_str());
                let help = nearest_of_few(word, names()).map_or_else(
                    || format!("it has {}", listed(names(), ", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("`{}` has no part `{}`", self.before(part, word), cut(word));
                self.tell(Code::ExpressionUnknownField, self.at(part), message, help);
                Ty::Any
            }
            other => {
                let (before, what) = (self.before(part, word), other.name());
                let message = format!("`{before}` is {what}, and has no part `{}`", cut(word));
                let help = "name the value itself, without what stands behind the last dot";
                self.tell(Code::ExpressionUnknownField, self.at(part), message, help);
                Ty::Any
            }
        }
    }

    fn binary(&mut self, part: &Expr<'_>, op: &BinOp<'_>) -> Ty {
        let (left, right) = (self.ty(&op.left, false), self.ty(&op.right, false));
        let compared = match op.op {
            BinOpKind::ScAnd | BinOpKind::ScOr => {
                self.joined((&op.left, &left), (&op.right, &right));
                // What is absent counts as false, so that `or` goes on to the other side.
                let or = matches!(op.op, BinOpKind::ScOr);
                return if or { left.present().or(right) } else { left.or(right) };
            }
            BinOpKind::Concat => {
                return if left == Ty::Secret || right == Ty::Secret {
                    Ty::Secret
                } else {
                    Ty::Text
                };
            }
            BinOpKind::Eq => CompareOpKind::Eq,
            BinOpKind::Ne => CompareOpKind::Ne,
            BinOpKind::Lt => CompareOpKind::Lt,
            BinOpKind::Lte => CompareOpKind::Lte,
            BinOpKind::Gt => CompareOpKind::Gt,
            BinOpKind::Gte => CompareOpKind::Gte,
            BinOpKind::In => CompareOpKind::In,
            _ => return self.arithmetic(part, &[(&op.left, left), (&op.right, right)]),
        };
        self.compared(compared, (&op.left, &left), (&op.right, &right));
        Ty::Boolean
    }

    /// Refuses to join a boolean and something else: `a == 'x' or 'y'` is always true.
    fn joined(&mut self, (left, left_ty): (&Expr<'_>, &Ty), (right, right_ty): (&Expr<'_>, &Ty)) {
        let sides = [(left, left_ty, right_ty), (right, right_ty, left_ty)];
        for (part, ty, other) in sides {
            let odd = !matches!(class(&ty.clone().present()), Class::Any | Class::Boolean);
            if odd && class(other) == Class::Boolean {
                let text = self.code_of(part);
                let message = format!("`{text}` is {}, joined with a boolean", ty.name());
                let help = "compare each side: `a == 'x' or a == 'y'`";
                self.tell(Code::ExpressionWrongOperand, self.at(part), message, help);
            }
        }
    }

    fn arithmetic(&mut self, part: &Expr<'_>, operands: &[(&Expr<'_>, Ty)]) -> Ty {
        for (operand, ty) in operands {
            if matches!(ty, Ty::Duration | Ty::Timestamp) {
                self.tell(
                    Code::ExpressionTimeArithmetic,
                    self.at(operand),
                    format!(
                        "`{}` is {}, and nothing is reckoned with times",
                        self.code_of(operand),
                        ty.name()
                    ),
                    "durations and instants compare with each other, and that is all: hand the result in as an input",
                );
                return Ty::Any;
            }
            let repeated = matches!(ty, Ty::List(_)) && is_times(part);
            if repeated || matches!(ty, Ty::Boolean | Ty::Null | Ty::Record(_) | Ty::Map(_)) {
                let (code, what) = (self.code_of(operand), ty.name());
                let message = format!("`{code}` is {what}, and cannot be reckoned with");
                let help = "reckon with numbers, and join texts with `~`";
                self.tell(Code::ExpressionWrongOperand, self.at(operand), message, help);
                return Ty::Any;
            }
        }
        let all = |wanted: fn(&Ty) -> bool| operands.iter().all(|(_, ty)| wanted(ty));
        if all(|ty| *ty == Ty::Integer) && !divides(part) {
            Ty::Integer
        } else if all(|ty| matches!(ty, Ty::Integer | Ty::Number)) {
            Ty::Number
        } else if all(|ty| matches!(ty, Ty::Text | Ty::Word(_))) {
            Ty::Text
        } else {
            Ty::Any
        }
    }

    fn compare(&mut self, compare: &Compare<'_>) -> Ty {
        let mut left = (&compare.expr, self.ty(&compare.expr, false));
        for op in &compare.ops {
            let right = (&op.expr, self.ty(&op.expr, false));
            self.compared(op.op, (left.0, &left.1), (right.0, &right.1));
            left = right;
        }
        Ty::Boolean
    }

    /// Refuses a comparison that can never hold, or whose order would be that of letters.
    fn compared(
        &mut self,
        op: CompareOpKind,
        (left, left_ty): (&Expr<'_>, &Ty),
        (right, right_ty): (&Expr<'_>, &Ty),
    ) {
        if matches!(op, CompareOpKind::In | CompareOpKind::NotIn) {
            if let Expr::List(list) = right {
                for item in &list.items {
                    self.never((left, left_ty), item);
                }
            }
            return;
        }
        if self.never((left, left_ty), right) || self.never((right, right_ty), left) {
            return;
        }
        let (one, two) = (class(left_ty), class(right_ty));
        if one == Class::Any || two == Class::Any || one == two {
            return;
        }
        let message = format!(
            "`{}` is {}, and `{}` is {}: they do not compare",
            self.code_of(left),
            left_ty.name(),
            self.code_of(right),
            right_ty.name()
        );
        let help = match (one, two) {
            (Class::Duration, Class::Text) | (Class::Text, Class::Duration) => {
                "compare durations: make the other side an input of the type `duration`, or use `objectives`"
            }
            (Class::Timestamp, Class::Text) | (Class::Text, Class::Timestamp) => {
                "compare instants: make the other side an input of the type `timestamp`"
            }
            _ => "compare values of one type; a text stands in quotes and a number does not",
        };
        let at = self.at(left).start..self.at(right).end;
        self.tell(Code::ExpressionIncomparable, at, message, help);
    }

    /// Refuses to compare one of some words with a text that is none of them; tells whether it did.
    fn never(&mut self, (varies, ty): (&Expr<'_>, &Ty), other: &Expr<'_>) -> bool {
        let (Ty::Word(words), Expr::Const(constant)) = (ty, other) else { return false };
        let Some(text) = constant.value.as_str() else { return false };
        if words.iter().any(|word| word == text) {
            return false;
        }
        let names = || words.iter().map(String::as_str);
        let help = nearest_of_few(text, names()).map_or_else(
            || format!("it can be {}", listed(names(), " or ")),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("`{}` is never `{}`", self.code_of(varies), cut(text));
        self.tell(Code::ExpressionNeverEqual, self.at(other), message, help);
        true
    }

    fn filter(&mut self, part: &Expr<'_>, filter: &Filter<'_>) -> Ty {
        if !FILTERS.contains(&filter.name) {
            self.unknown("filter", filter.name, FILTERS, filter.expr.as_ref().unwrap_or(part));
        }
        let is_default = filter.name == "default";
        let ty = filter.expr.as_ref().map_or(Ty::Any, |part| self.ty(part, is_default));
        let arguments = self.arguments(&filter.args);
        if ty == Ty::Secret || arguments.contains(&Ty::Secret) {
            return Ty::Secret;
        }
        match filter.name {
            "default" => ty.present().or(arguments.into_iter().next().unwrap_or(Ty::Text)),
            "length" | "count" | "int" => Ty::Integer,
            "float" | "round" | "sum" => Ty::Number,
            "abs" => ty.present(),
            "bool" => Ty::Boolean,
            "join" | "lower" | "upper" | "title" | "trim" | "replace" | "capitalize" | "string" => {
                Ty::Text
            }
            "split" | "lines" => Ty::List(Box::new(Ty::Text)),
            "first" | "last" | "min" | "max" => match ty.present() {
                Ty::List(of) => *of,
                _ => Ty::Any,
            },
            "list" | "sort" | "unique" | "reverse" => match ty.present() {
                list @ Ty::List(_) => list,
                _ => Ty::Any,
            },
            _ => Ty::Any,
        }
    }

    fn arguments(&mut self, args: &[CallArg<'_>]) -> Vec<Ty> {
        let ty = |arg: &CallArg<'_>| match arg {
            CallArg::Pos(part)
            | CallArg::Kwarg(_, part)
            | CallArg::PosSplat(part)
            | CallArg::KwargSplat(part) => self.ty(part, false),
        };
        args.iter().map(ty).collect()
    }

    /// Reports a word that stands behind `before`; the tree does not tell where.
    fn unknown(&mut self, what: &str, word: &str, known: &[&str], before: &Expr<'_>) {
        let end = self.at(before).end - self.start;
        let found = self.code.get(end..).and_then(|rest| rest.find(word));
        let at = found.map_or_else(
            || self.at(before),
            |found| self.start + end + found..self.start + end + found + word.len(),
        );
        let help = match nearest_of_few(word, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("these exist: {}", known.join(", ")),
        };
        let message = format!("there is no {what} `{}`", cut(word));
        self.tell(Code::ExpressionUnknownFilter, at, message, help);
    }
}

/// Puts words in backticks, and joins them.
fn listed<'a>(words: impl Iterator<Item = &'a str>, between: &str) -> String {
    words.map(|word| format!("`{}`", cut(word))).collect::<Vec<_>>().join(between)
}

fn is_times(part: &Expr<'_>) -> bool {
    matches!(part, Expr::BinOp(op) if matches!(op.op, BinOpKind::Mul))
}

fn divides(part: &Expr<'_>) -> bool {
    matches!(part, Expr::BinOp(op) if matches!(op.op, BinOpKind::Div | BinOpKind::Pow))
}

fn constant_type(value: &minijinja::Value) -> Ty {
    match value.kind() {
        ValueKind::String => Ty::Text,
        ValueKind::Number if value.is_integer() => Ty::Integer,
        ValueKind::Number => Ty::Number,
        ValueKind::Bool => Ty::Boolean,
        ValueKind::None => Ty::Null,
        ValueKind::Seq => Ty::List(Box::new(Ty::Any)),
        ValueKind::Map => Ty::Map(Box::new(Ty::Any)),
        _ => Ty::Any,
    }
}

/// Types that compare with each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Any,
    Text,
    Number,
    Boolean,
    Duration,
    Timestamp,
    List,
    Map,
}

fn class(ty: &Ty) -> Class {
    match ty {
        Ty::Any | Ty::Null | Ty::Maybe(_) => Class::Any,
        Ty::Text | Ty::Word(_) | Ty::Secret => Class::Text,
        Ty::Integer | Ty::Number => Class::Number,
        Ty::Boolean => Class::Boolean,
        Ty::Duration => Class::Duration,
        Ty::Timestamp => Class::Timestamp,
        Ty::List(_) => Class::List,
        Ty::Map(_) | Ty::Record(_) => Class::Map,
    }
}
