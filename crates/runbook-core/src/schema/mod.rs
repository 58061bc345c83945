//! The JSON Schema of a runbook, with which editors complete kinds, parameters and keys and flag
//! wrong ones. It is made from the tables of keys and from the declarations of the kinds, so that
//! it says what the checks say. It knows no text: names, circles and expressions are for `check`.

mod shapes;
mod steps;

use serde_json::{Value, json};

use crate::problem::{Code, Severity, page};
use crate::runbook::{InputType, keys};
use crate::step::Type;
use shapes::{Expressions, SNAKE, mapping, names_of, of};

/// Returns the schema, in the dialect of 2020-12.
///
/// ```
/// let schema = runbook_core::schema::runbook();
/// assert_eq!(schema["properties"]["steps"]["minProperties"], 1);
/// ```
pub fn runbook() -> Value {
    // No title: editors put it above what they say of each key.
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "description": "A disaster-recovery runbook: what is done, in which order, and what \
                        takes it back.",
    });
    let root = mapping(keys::RUNBOOK, Expressions::Refused, top_level());
    let definitions = json!({ "$defs": {
        "expression": shapes::expression(),
        "id": { "type": "string", "pattern": SNAKE },
        "duration": shapes::duration(),
        "timestamp": shapes::timestamp(),
        "input": input(),
        "secret": secret(),
        "allow": allow(),
        "step": steps::step(),
        "undo": steps::undo(),
        "kinds": steps::kinds(),
    } });
    for part in [root, definitions] {
        if let (Value::Object(schema), Value::Object(part)) = (&mut schema, part) {
            schema.extend(part);
        }
    }
    schema
}

/// What the types of the top level cannot say.
fn top_level() -> Vec<(&'static str, Value)> {
    let definition = |name: &str| json!({ "$ref": format!("#/$defs/{name}") });
    let steps = |least| {
        let mut steps = names_of(&definition("step"));
        steps["minProperties"] = json!(least);
        steps
    };
    let kebab = json!({ "type": "string", "pattern": "^[a-z][a-z0-9]*(-[a-z0-9]+)*$" });
    let scenario = mapping(keys::SCENARIO, Expressions::Refused, Vec::new());
    let webhook = ("webhook", of(Type::Url, Expressions::Evaluated));
    vec![
        ("name", kebab),
        ("inputs", names_of(&definition("input"))),
        ("secrets", names_of(&definition("secret"))),
        ("scenarios", names_of(&scenario)),
        ("default-scenario", definition("id")),
        ("locks", of(Type::TEXTS, Expressions::Evaluated)),
        ("alerts", mapping(keys::ALERTS, Expressions::Refused, vec![webhook])),
        ("steps", steps(1)),
        ("finally", steps(0)),
        ("outputs", names_of(&json!({}))),
        ("allow", definition("allow")),
    ]
}

/// The values of an input have its type.
fn input() -> Value {
    let mut input = mapping(keys::INPUT, Expressions::Refused, Vec::new());
    input["allOf"] = InputType::ALL.iter().map(|(word, is)| input_of(word, *is)).collect();
    input
}

fn input_of(word: &str, is: InputType) -> Value {
    let value = of(is.is(), Expressions::Refused);
    let bound = match is {
        InputType::String | InputType::Boolean => Value::Bool(false),
        InputType::List => of(Type::COUNT, Expressions::Refused),
        _ => value.clone(),
    };
    let mut then = json!({
        // An optional input may say that nothing is its default.
        "default": { "if": { "type": "null" }, "else": value },
        "choices": { "items": value },
        "min": bound,
        "max": bound,
    });
    if is != InputType::String {
        then["pattern"] = Value::Bool(false);
    }
    json!({
        "if": { "properties": { "type": { "const": word } }, "required": ["type"] },
        "then": { "properties": then },
    })
}

/// A secret comes from one place.
fn secret() -> Value {
    let special = vec![
        ("env", json!({ "type": "string", "pattern": "^RUNBOOK_SECRET_[A-Z0-9_]+$" })),
        ("file", json!({ "type": "string", "pattern": "^[A-Za-z0-9_-][A-Za-z0-9_.-]*$" })),
    ];
    let mut secret = mapping(keys::SECRET, Expressions::Refused, special);
    secret["minProperties"] = json!(1);
    secret["maxProperties"] = json!(1);
    secret
}

/// Every remark that can be accepted, so that an editor offers it.
fn allow() -> Value {
    let remarks = Code::all().filter(|code| code.severity() != Severity::Error);
    let reason = |code: Code| {
        let meaning = page::meaning(code);
        let about = page::first_sentence(&meaning);
        (code.name(), json!({ "description": about, "type": "string", "pattern": "\\S" }))
    };
    let mut allow = shapes::with_properties(remarks.map(reason));
    allow["additionalProperties"] = Value::Bool(false);
    allow
}
