//! What may stand for a type, and what stands in a mapping with keys of the format.

use serde_json::{Map, Value, json};

use crate::step::{Param, Type};

/// Whether expressions are evaluated where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expressions {
    Evaluated,
    Refused,
}

/// The names that expressions can say.
pub(super) const SNAKE: &str = "^[a-z][a-z0-9_]{0,62}$";

/// A text with an expression in it.
pub(super) fn expression() -> Value {
    json!({ "type": "string", "pattern": "\\$\\{\\{" })
}

/// A length of time, largest unit first.
pub(super) fn duration() -> Value {
    json!({
        "type": "string",
        "pattern": "^([0-9]+h([0-9]+m)?([0-9]+s)?([0-9]+ms)?|[0-9]+m([0-9]+s)?([0-9]+ms)?|\
                    [0-9]+s([0-9]+ms)?|[0-9]+ms)$",
        "patternErrorMessage": "A duration has units: `90s`, `15m`, `1h30m`.",
        "examples": ["90s", "15m", "1h30m"],
    })
}

/// An instant.
pub(super) fn timestamp() -> Value {
    json!({
        "type": "string",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?\
                    ([Zz]|[+-][0-9]{2}:[0-9]{2})$",
        "patternErrorMessage": "An instant has an offset: `2026-11-23T08:00:00+01:00`.",
        "examples": ["2026-11-23T08:00:00Z"],
    })
}

/// Describes what may stand for a type.
///
/// What may be an expression is told by `if` and `else` and not by `anyOf`: a wrong value then
/// gets one complaint, about the type, and none about not being an expression.
pub(super) fn of(is: Type, expressions: Expressions) -> Value {
    let shape = shape(is, expressions);
    let is_step = matches!(is, Type::Step | Type::Steps | Type::WatchedStep);
    let takes_text = matches!(is, Type::Any | Type::String | Type::Object(_) | Type::StepOr(_));
    if expressions == Expressions::Refused || is_step || takes_text {
        return shape;
    }
    let mut open = json!({ "if": { "$ref": "#/$defs/expression" }, "else": shape });
    // Editors look for keys behind `else`, but not for words.
    match is {
        Type::OneOf(words) | Type::TimestampOr(words) => open["examples"] = json!(words),
        Type::Boolean => open["examples"] = json!([true, false]),
        _ => {}
    }
    open
}

fn shape(is: Type, expressions: Expressions) -> Value {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match is {
        Type::Any => json!({}),
        Type::String => json!({ "type": "string" }),
        Type::Object(_) | Type::StepOr(_) => text("\\S"),
        Type::Integer(least, most) => integer(least, most),
        Type::Number => json!({ "type": "number" }),
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Duration => json!({ "$ref": "#/$defs/duration" }),
        Type::Timestamp => json!({ "$ref": "#/$defs/timestamp" }),
        Type::Address => text("^\\S+:[0-9]{1,5}$"),
        Type::Url => text("^https?://\\S+$"),
        Type::Step | Type::WatchedStep => json!({ "$ref": "#/$defs/id" }),
        Type::Steps => {
            let id = json!({ "$ref": "#/$defs/id" });
            json!({ "if": { "type": "array" }, "then": { "items": id }, "else": id })
        }
        Type::OneOf(words) => json!({ "enum": words }),
        Type::TimestampOr(words) => {
            json!({ "anyOf": [{ "enum": words }, { "$ref": "#/$defs/timestamp" }] })
        }
        Type::List { of: item, least } => {
            let mut list = json!({ "type": "array", "items": of(*item, expressions) });
            if least > 0 {
                list["minItems"] = json!(least);
            }
            list
        }
        Type::Map(value) => {
            json!({ "type": "object", "additionalProperties": of(*value, expressions) })
        }
        Type::Fields(keys) => mapping(keys, expressions, Vec::new()),
    }
}

fn integer(least: i64, most: i64) -> Value {
    let mut integer = json!({ "type": "integer" });
    if least > i64::MIN {
        integer["minimum"] = json!(least);
    }
    if most < i64::MAX {
        integer["maximum"] = json!(most);
    }
    integer
}

/// Describes a mapping with these keys and no others. What the type of a key cannot say is handed
/// in, and stands instead.
pub(super) fn mapping(
    keys: &[Param],
    expressions: Expressions,
    special: Vec<(&'static str, Value)>,
) -> Value {
    let mut special: Map<_, _> =
        special.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect();
    let mut mapping = with_properties(keys.iter().map(|param| {
        let shape = special.remove(param.name).unwrap_or_else(|| of(param.is, expressions));
        (param.name, described(param, shape))
    }));
    assert!(special.is_empty(), "invariant: every special key is in its table: {special:?}");
    let required: Vec<_> =
        keys.iter().filter(|param| param.required).map(|param| param.name).collect();
    if !required.is_empty() {
        mapping["required"] = json!(required);
    }
    mapping["additionalProperties"] = Value::Bool(false);
    mapping
}

/// Describes a mapping with these keys.
pub(super) fn with_properties(properties: impl Iterator<Item = (&'static str, Value)>) -> Value {
    let properties: Map<_, _> = properties.map(|(name, shape)| (name.to_owned(), shape)).collect();
    json!({ "type": "object", "properties": properties })
}

/// Describes a mapping of names that expressions can say.
pub(super) fn names_of(value: &Value) -> Value {
    json!({
        "type": "object",
        "propertyNames": { "$ref": "#/$defs/id" },
        "additionalProperties": value,
    })
}

/// Puts what people are told in front.
fn described(param: &Param, shape: Value) -> Value {
    let mut about = param.about.to_owned();
    if let Some(default) = param.default {
        about = format!("{about} Default: `{default}`.");
    }
    let mut described = json!({ "description": about });
    if let (Value::Object(described), Value::Object(shape)) = (&mut described, shape) {
        described.extend(shape);
    }
    described
}
