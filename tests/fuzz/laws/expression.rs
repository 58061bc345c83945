//! Expressions: read, typed without values, and evaluated.

use std::ops::Range;
use std::sync::LazyLock;

use runbook_core::document::Value;
use runbook_core::expression::{Error, Found, Names, Scope, Template, Ty};
use runbook_core::limits;
use runbook_core::problem::Code;
use runbook_core::step::Type;

use super::stands_in;

pub(crate) fn hold(text: &str) {
    for read in [Template::parse, Template::bare] {
        match read(text) {
            Ok(template) => of_a_template(text, &template),
            Err(error) => is_placed(text, &error),
        }
    }
}

fn of_a_template(text: &str, template: &Template) {
    for name in template.names() {
        stands_in(text, name.at.clone(), name);
    }
    let (_, errors) = template.infer(&Known);
    for error in &errors {
        is_placed(text, error);
    }
    match template.evaluate(&SCOPE) {
        Ok(Value::String(value)) => assert!(value.len() <= limits::EVALUATED_BYTES, "{text:?}"),
        Ok(_) => {}
        Err(error) => is_placed(text, &error),
    }
}

#[track_caller]
fn is_placed(text: &str, error: &Error) {
    stands_in(text, error.at.clone(), error);
    assert!(!error.message.is_empty() && !error.help.is_empty(), "{error:?}");
    assert!(error.message.len() < 2000 && error.help.len() < 2000, "too much to read: {error:?}");
}

/// Names of each type.
struct Known;

impl Names for Known {
    fn look_up(&self, path: &[&str], at: Range<usize>, guarded: bool) -> Result<Found, Error> {
        let list = |of: Ty| Ty::List(Box::new(of));
        let ty = match path {
            ["inputs", "plan", ..] => Ty::Text,
            ["inputs", "count", ..] => Ty::Integer,
            ["inputs", "share", ..] => Ty::Number,
            ["inputs", "on", ..] => Ty::Boolean,
            ["inputs", "long", ..] => Ty::Duration,
            ["inputs", "since", ..] => Ty::Timestamp,
            ["inputs", "sites", ..] => list(Ty::Text),
            ["inputs", "maybe", ..] => Ty::Maybe(Box::new(Ty::Text)),
            ["inputs", "which", ..] => Ty::Word(vec!["drill".into(), "real".into()]),
            ["secrets", _, ..] => Ty::Secret,
            ["item", ..] => Ty::Record(vec![("name".into(), Ty::Text), ("n".into(), Ty::Integer)]),
            ["steps", _, "late", ..] if !guarded => {
                return Err(Error::new(Code::ExpressionMayBeMissing, at, "m", "h"));
            }
            ["steps", _, _, ..] => return Ok(Found { ty: Ty::Any, words: 3 }),
            _ => return Err(Error::new(Code::ExpressionUnknownName, at, "m", "h")),
        };
        let words = if path[0] == "item" { 1 } else { 2 };
        Ok(Found { ty, words })
    }
}

/// A value for each name.
static SCOPE: LazyLock<Scope> = LazyLock::new(|| {
    let value = |text: &str| serde_yaml::from_str::<Value>(text).expect("invariant: it is YAML");
    let inputs = [
        ("plan", Type::String, "ERP-DR é"),
        ("count", Type::INTEGER, "3"),
        ("share", Type::Number, "0.5"),
        ("on", Type::Boolean, "true"),
        ("long", Type::Duration, "90m"),
        ("since", Type::Timestamp, "2026-11-23T08:00:00Z"),
        ("sites", Type::TEXTS, "[a, b, c]"),
        ("maybe", Type::String, "null"),
        ("which", Type::String, "drill"),
    ]
    .map(|(name, is, text)| (name, is, value(text)));
    let steps = "{a: {outputs: {id: x, rows: [{name: m, n: 1}, {name: o, n: 2}]}, late: 1}}";
    Scope::default()
        .with_typed("inputs", inputs.iter().map(|(name, is, value)| (*name, *is, value)))
        .with("item", &value("{name: m, n: 1}"))
        .with("steps", &value(steps))
});
