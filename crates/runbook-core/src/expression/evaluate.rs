//! The expression engine. The only file that knows minijinja.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, UndefinedBehavior, Value as Inner};

use super::{Error, Expression};
use crate::document::{Value, to_value};
use crate::limits;
use crate::problem::Code;
use crate::text::cut;

/// What names stand for in one evaluation: `inputs`, and what else there is to name.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    roots: BTreeMap<&'static str, Inner>,
}

impl Scope {
    /// Lets a first word stand for a value.
    #[must_use]
    pub fn with(mut self, root: &'static str, value: &Value) -> Self {
        self.roots.insert(root, Inner::from(Serde(value)));
        self
    }
}

static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_fuel(Some(limits::EXPRESSION_FUEL));
    // Without it errors have no place.
    engine.set_debug(true);
    engine
});

/// Tells whether the engine can read an expression that stands at `at` of its text.
pub(super) fn compiles(code: &str, at: &Range<usize>) -> Result<(), Error> {
    let compiled = ENGINE.compile_expression(code);
    compiled.map(drop).map_err(|error| {
        let message = format!("the expression cannot be read: {}", reason(&error));
        let help = "an expression names values and joins them, such as `${{ inputs.plan }}`";
        Error::syntax(place(&error, at), message, help)
    })
}

/// Evaluates an expression that stands alone.
pub(super) fn value(expression: &Expression, scope: &Scope) -> Result<Value, Error> {
    let inner = run(expression, scope)?;
    let value =
        to_value(&inner).map_err(|error| failed(expression.at.clone(), &error.to_string()))?;
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
        kind => Err(Error {
            code: Code::ExpressionNotAScalar,
            at: expression.at.clone(),
            message: format!("this gives {}, which cannot stand inside a text", name_of(kind)),
            help: "inside other text only texts, numbers and booleans can stand; let it stand \
                   alone, or join it: `${{ list | join(', ') }}`"
                .to_owned(),
        }),
    }
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
    failed(expression.at.clone(), &message)
}

fn run(expression: &Expression, scope: &Scope) -> Result<Inner, Error> {
    let at = &expression.at;
    let evaluated = ENGINE
        .compile_expression(&expression.code)
        .and_then(|compiled| compiled.eval(Inner::from(scope.roots.clone())));
    match evaluated {
        Ok(inner) if inner.is_undefined() => {
            Err(failed(at.clone(), &format!("`{}` is not there", cut(&expression.code))))
        }
        Ok(inner) => Ok(inner),
        Err(error) => Err(failed(place(&error, at), &reason(&error))),
    }
}

fn failed(at: Range<usize>, reason: &str) -> Error {
    Error {
        code: Code::ExpressionFailed,
        at,
        message: format!("the expression cannot be evaluated: {reason}"),
        help: "look at the values of the inputs it names".to_owned(),
    }
}

fn reason(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), cut)
}

/// The engine counts from the start of the expression, and does not always know.
fn place(error: &minijinja::Error, at: &Range<usize>) -> Range<usize> {
    match error.range() {
        Some(range) if range.start < range.end && range.end <= at.len() => {
            at.start + range.start..at.start + range.end
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

    use super::super::scan::{FILTERS, TESTS};
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
