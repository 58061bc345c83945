//! Steps: the keys that all have, and what the kind of each says of them.

use serde_json::{Value, json};

use super::shapes::{Expressions, mapping, of};
use crate::runbook::keys;
use crate::step::{AnyStepType, Decl, Effect, Type};
use crate::steps;

/// A list, or an expression that gives one.
const LIST: Type = Type::List { of: &Type::Any, least: 0 };

/// A step under `steps` or `finally`.
pub(super) fn step() -> Value {
    let undo = json!({
        "if": { "required": ["impossible"] },
        "then": mapping(keys::IMPOSSIBLE, Expressions::Refused, Vec::new()),
        "else": { "$ref": "#/$defs/undo" },
    });
    let mut special = common();
    special.extend([
        ("when", when()),
        ("undo", undo),
        ("for-each", for_each()),
        ("allow", json!({ "$ref": "#/$defs/allow" })),
    ]);
    of_its_kind(mapping(keys::STEP, Expressions::Refused, special))
}

/// The step that takes another one back.
pub(super) fn undo() -> Value {
    of_its_kind(mapping(keys::UNDO, Expressions::Refused, common()))
}

/// What each kind says of the keys of its steps.
pub(super) fn kinds() -> Value {
    json!({ "allOf": declarations().map(kind).collect::<Vec<_>>() })
}

fn of_its_kind(mut step: Value) -> Value {
    step["allOf"] = json!([{ "$ref": "#/$defs/kinds" }]);
    step
}

fn declarations() -> impl Iterator<Item = &'static Decl> {
    steps::ALL.iter().copied().map(AnyStepType::decl)
}

/// What the tables of a step and of an undo leave to the kinds.
fn common() -> Vec<(&'static str, Value)> {
    let kinds: Vec<_> = declarations().map(|decl| decl.kind).collect();
    let summaries: Vec<_> = declarations().map(|decl| decl.summary).collect();
    vec![
        // The second list is for editors; validators pass it over.
        ("uses", json!({ "enum": kinds, "enumDescriptions": summaries })),
        ("with", json!({ "type": "object" })),
    ]
}

/// The bare expression; of one in braces, `check` says what to write.
fn when() -> Value {
    json!({ "type": ["string", "boolean"], "not": { "$ref": "#/$defs/expression" } })
}

fn for_each() -> Value {
    let key = json!({ "$ref": "#/$defs/expression" });
    let special = vec![
        ("in", of(LIST, Expressions::Evaluated)),
        ("as", json!({ "$ref": "#/$defs/id" })),
        ("key", key),
    ];
    json!({
        "if": { "type": "object" },
        "then": mapping(keys::FOR_EACH, Expressions::Refused, special),
        "else": of(LIST, Expressions::Evaluated),
    })
}

fn kind(decl: &Decl) -> Value {
    let mut with = json!({ "description": decl.summary });
    let parameters = mapping(decl.params, Expressions::Evaluated, Vec::new());
    if let (Value::Object(with), Value::Object(parameters)) = (&mut with, parameters) {
        with.extend(parameters);
    }
    let mut properties = json!({ "with": with });
    for key in not_taken(decl) {
        properties[key] = Value::Bool(false);
    }
    let mut required = Vec::new();
    if decl.params.iter().any(|param| param.required) {
        required.push("with");
    }
    if decl.effect.is_none() {
        required.push("effect");
    }
    let mut then = json!({ "properties": properties });
    if !required.is_empty() {
        then["required"] = json!(required);
    }
    json!({
        "if": { "properties": { "uses": { "const": decl.kind } }, "required": ["uses"] },
        "then": then,
    })
}

/// The keys that would have no effect on a step of this kind, and are refused.
fn not_taken(decl: &Decl) -> impl Iterator<Item = &'static str> {
    let only_looks = matches!(decl.effect, Some(Effect::Read | Effect::Gate));
    let is_a_read = decl.effect.is_none_or(|effect| effect == Effect::Read);
    [
        ("timeout", decl.timeout.is_none()),
        ("wait", !decl.makes_a_task()),
        ("on-warning", decl.on_warning.is_none()),
        ("effect", decl.effect.is_some()),
        ("retry", !is_a_read),
        ("undo", only_looks),
    ]
    .into_iter()
    .filter_map(|(key, refused)| refused.then_some(key))
}
