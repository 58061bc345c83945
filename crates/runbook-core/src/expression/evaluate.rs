//! The expression engine, at work.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use minijinja::value::{DynObject, Object, ObjectRepr, Serde, ValueKind};
use minijinja::{Environment, UndefinedBehavior, Value as Inner};

use super::{Error, Expression, repeat, scan};
use crate::document::{Value, to_value};
use crate::limits;
use crate::problem::Code;
use crate::step::Type;
use crate::text::cut;
use crate::time::{Timestamp, Words};

/// What names stand for in one evaluation: `inputs`, and what else there is to name.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    roots: BTreeMap<String, Inner>,
}

impl Scope {
    /// Lets a first word stand for a value.
    #[must_use]
    pub fn with(mut self, root: &str, value: &Value) -> Self {
        self.roots.insert(root.to_owned(), Inner::from(Serde(value)));
        self
    }

    /// Lets a first word stand for values by name. Texts whose type is a duration or an instant
    /// compare with others of their type, by length or by time.
    #[must_use]
    pub fn with_typed<'a>(
        mut self,
        root: &str,
        values: impl IntoIterator<Item = (&'a str, Type, &'a Value)>,
    ) -> Self {
        let typed = |is: Type, value: &Value| {
            let instant = value.as_str().and_then(|text| Moment::parse(is, text));
            instant.map_or_else(|| Inner::from(Serde(value)), Inner::from_object)
        };
        let values =
            values.into_iter().map(|(name, is, value)| (name.to_owned(), typed(is, value)));
        let values: BTreeMap<String, Inner> = values.collect();
        self.roots.insert(root.to_owned(), Inner::from(values));
        self
    }
}

impl Scope {
    /// Returns of which kind the value is that a name stands for; none where there is none.
    pub(super) fn kind(&self, path: &[&str]) -> Option<ValueKind> {
        let (first, rest) = path.split_first()?;
        let root = self.roots.get(*first)?.clone();
        let value = rest.iter().try_fold(root, |value, word| value.get_attr(word).ok())?;
        Some(value.kind())
    }
}

/// A duration or an instant: a text that compares by what it means. There is no arithmetic.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    Length(Words),
    Time(Timestamp, String),
}

impl Moment {
    fn parse(is: Type, text: &str) -> Option<Self> {
        match is {
            Type::Duration => text.parse().ok().map(Self::Length),
            Type::Timestamp => {
                let time = Timestamp::try_from(text.to_owned()).ok()?;
                Some(Self::Time(time, text.to_owned()))
            }
            _ => None,
        }
    }

    fn of(value: &Inner) -> Option<&Self> {
        value.downcast_object_ref()
    }

    fn text(&self) -> String {
        match self {
            Self::Length(words) => words.to_string(),
            Self::Time(_, text) => text.clone(),
        }
    }
}

impl Object for Moment {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        match (&**self, other.downcast_ref::<Self>()?) {
            (Self::Length(one), Self::Length(two)) => Some(one.cmp(two)),
            (Self::Time(one, _), Self::Time(two, _)) => Some(one.cmp(two)),
            _ => None,
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text())
    }
}

/// The engine's own takes null for a value; an optional input that is absent is null.
fn or_default(value: &Inner, other: Option<Inner>) -> Inner {
    if value.is_undefined() || value.is_none() {
        other.unwrap_or_else(|| Inner::from(""))
    } else {
        value.clone()
    }
}

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_fuel(Some(limits::EXPRESSION_FUEL));
    // Without it errors have no place.
    engine.set_debug(true);
    engine.add_filter("default", or_default);
    engine
});

/// Tells whether the engine can read an expression that stands at `at` of its text.
pub(super) fn compiles(code: &str, at: &Range<usize>) -> Result<(), Error> {
    // No expression has such a sign, and the engine takes some texts that do.
    if let Some(sign) = scan::ampersand(code) {
        let message = format!("the expression `{}` cannot be read: unknown sign `&`", cut(code));
        let at = at.start + sign.start..at.start + sign.end;
        return Err(Error::syntax(at, message, "write `and`"));
    }
    let compiled = ENGINE.compile_expression(code);
    compiled.map(drop).map_err(|error| {
        let message = format!("the expression `{}` cannot be read: {}", cut(code), reason(&error));
        let help = match scan::foreign(code) {
            Some(better) => format!("write {better}"),
            None => "an expression names values and joins them, such as `inputs.plan`".to_owned(),
        };
        Error::syntax(place(&error, code, at), message, &help)
    })
}

/// Evaluates an expression that stands alone.
pub(super) fn value(expression: &Expression, scope: &Scope) -> Result<Value, Error> {
    let inner = run(expression, scope)?;
    if let Some(instant) = Moment::of(&inner) {
        return Ok(Value::String(instant.text()));
    }
    let value = to_value(&inner)
        .map_err(|error| failed(expression, expression.at.clone(), &error.to_string()))?;
    if weight(&value) > limits::EVALUATED_BYTES {
        return Err(too_long(expression));
    }
    Ok(value)
}

/// Evaluates an expression that stands inside other text.
pub(super) fn scalar(expression: &Expression, scope: &Scope) -> Result<String, Error> {
    let inner = run(expression, scope)?;
    match inner.kind() {
        ValueKind::String | ValueKind::Number => Ok(inner.to_string()),
        // The engine would write it as Python does, with a capital letter.
        ValueKind::Bool => Ok(inner.is_true().to_string()),
        _ if Moment::of(&inner).is_some() => Ok(inner.to_string()),
        kind => Err(not_a_scalar(expression, &name_of(kind))),
    }
}

/// Says that something cannot stand inside other text.
pub(super) fn not_a_scalar(expression: &Expression, what: &str) -> Error {
    let (at, code) = (expression.at.clone(), cut(&expression.code));
    let message = format!("`{code}` gives {what}, which cannot stand inside a text");
    let help = "inside other text only texts, numbers and booleans can stand; let it stand alone, \
                or join it: `${{ list | join(', ') }}`";
    Error::new(Code::ExpressionNotAScalar, at, message, help)
}

fn name_of(kind: ValueKind) -> String {
    match kind {
        ValueKind::Seq | ValueKind::Iterable => "a list".to_owned(),
        ValueKind::Map => "a mapping".to_owned(),
        ValueKind::None | ValueKind::Undefined => "nothing".to_owned(),
        other => format!("a value of the type `{other}`"),
    }
}

/// Says that an expression gives more than is taken.
pub(super) fn too_long(expression: &Expression) -> Error {
    let message = format!("it gives more than {} bytes", limits::EVALUATED_BYTES);
    failed(expression, expression.at.clone(), &message)
}

fn run(expression: &Expression, scope: &Scope) -> Result<Inner, Error> {
    let at = &expression.at;
    if let Some(list) = repeat::of_a_list(&expression.code, at.start, scope) {
        return Err(repeated(&expression.code, list));
    }
    let evaluated = ENGINE
        .compile_expression(&expression.code)
        .and_then(|compiled| compiled.eval(Inner::from(scope.roots.clone())));
    match evaluated {
        Ok(inner) if inner.is_undefined() => {
            Err(failed(expression, at.clone(), "there is no such value"))
        }
        Ok(inner) => Ok(inner),
        Err(error) => Err(failed(expression, place(&error, &expression.code, at), &reason(&error))),
    }
}

/// Says that something would be repeated that may be a list.
pub(super) fn repeated(code: &str, at: Range<usize>) -> Error {
    let message = format!("`{}` may repeat a list, which `*` does not do", cut(code));
    let help = "reckon with numbers; where this is one, say so: `(…) | int * 2`";
    Error::new(Code::ExpressionWrongOperand, at, message, help)
}

fn failed(expression: &Expression, at: Range<usize>, reason: &str) -> Error {
    let message = format!("`{}` cannot be evaluated: {reason}", cut(&expression.code));
    let help = "let it name values that are there, or say what to take instead: `… | default(…)`";
    Error::new(Code::ExpressionFailed, at, message, help)
}

fn reason(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), cut)
}

/// The engine counts from the start of the expression, and does not always know. A letter that it
/// does not know has one byte for it, however many it has in truth.
fn place(error: &minijinja::Error, code: &str, at: &Range<usize>) -> Range<usize> {
    match error.range() {
        Some(range) if range.start < range.end && range.end <= code.len() => {
            at.start + code.floor_char_boundary(range.start)
                ..at.start + code.ceil_char_boundary(range.end)
        }
        _ => at.clone(),
    }
}

/// The bytes of all texts in a value. Depth is bounded by that of expressions and inputs.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Sequence(items) => items.iter().map(|item| weight(item) + 1).sum(),
        Value::Mapping(map) => map.iter().map(|(key, value)| weight(key) + weight(value) + 1).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use minijinja::ErrorKind::{UnknownFilter, UnknownTest};

    use super::super::infer::{FILTERS, TESTS};
    use super::*;

    #[test]
    fn every_filter_and_test_on_the_lists_exists() {
        let missing = |code: String| {
            let expression = ENGINE.compile_expression(&code).unwrap();
            let kind = expression.eval(minijinja::context!(x => "a")).err().map(|e| e.kind());
            matches!(kind, Some(UnknownFilter | UnknownTest)).then_some(code)
        };
        let filters = FILTERS.iter().filter_map(|filter| missing(format!("x | {filter}")));
        let tests = TESTS.iter().filter_map(|test| missing(format!("x is {test}")));
        assert_eq!(filters.chain(tests).collect::<Vec<_>>(), Vec::<String>::new());
    }
}
