//! What is given for a plan: values for inputs, and a scenario.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::document::Value;
use crate::problem::{Code, Problem, Problems};
use crate::runbook::{Input, InputType, Runbook};
use crate::text::{cut, nearest};

/// Values by the names of inputs, before they are held against a runbook; and the scenario.
///
/// ```
/// use runbook_core::plan::Inputs;
///
/// let mut inputs = Inputs::default();
/// inputs.text("plan", "ERP-DR");
/// inputs.scenario("drill");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    values: IndexMap<String, Given>,
    scenario: Option<String>,
}

/// One value, as it was given.
#[derive(Clone, Debug, PartialEq)]
enum Given {
    /// Letters that the type of the input gives a meaning, on a command line that others see.
    Argument(String),
    /// Letters that the type of the input gives a meaning, as in the environment.
    Text(String),
    /// A value with a type, as in a file.
    Value(Value),
}

impl Inputs {
    /// Gives an input the letters of a command line, which other users of the machine can see. A
    /// sensitive input does not take them. What was given before is replaced.
    pub fn argument(&mut self, name: &str, text: &str) {
        self.values.insert(name.to_owned(), Given::Argument(text.to_owned()));
    }

    /// Gives an input the letters of a variable; they are read by the type of the input. What was
    /// given before is replaced.
    pub fn text(&mut self, name: &str, text: &str) {
        self.values.insert(name.to_owned(), Given::Text(text.to_owned()));
    }

    /// Gives an input a value that has a type already. What was given before is replaced.
    pub fn value(&mut self, name: &str, value: Value) {
        self.values.insert(name.to_owned(), Given::Value(value));
    }

    /// Chooses the scenario.
    pub fn scenario(&mut self, name: &str) {
        self.scenario = Some(name.to_owned());
    }

    /// Returns the scenario: the one chosen, else the default, else the only one.
    pub(super) fn chosen(&self, runbook: &Runbook, problems: &mut Problems) -> String {
        let names = || runbook.scenarios.keys().map(String::as_str);
        let place = runbook.scenarios.values().next().map_or(runbook.inputs_place, |one| one.place);
        let default = runbook.default_scenario.as_ref().map(|(name, _)| name.as_str());
        let wanted = self.scenario.as_deref().or(default);
        match (wanted, runbook.scenarios.len()) {
            (Some(wanted), 0) if wanted == DEFAULT => {}
            (Some(wanted), _) if !runbook.scenarios.contains_key(wanted) => {
                let message = format!("this runbook has no scenario `{}`", cut(wanted));
                let help = match nearest(wanted, names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if names().next().is_none() => "leave `--scenario` out".to_owned(),
                    None => format!("choose one of {}", names().collect::<Vec<_>>().join(", ")),
                };
                problems.push(
                    Problem::new(Code::ScenarioUnknown, message, place, "not one of these")
                        .help(help),
                );
            }
            (None, 2..) => {
                let shown: Vec<_> = names().map(|name| format!("`{}`", cut(name))).collect();
                let shown = shown.join(", ");
                let message = format!("none of the scenarios {shown} is chosen");
                let help = "choose one with `--scenario`, or write `default-scenario:` with one";
                problems.push(
                    Problem::new(Code::ScenarioMissing, message, place, "which of these?")
                        .help(help),
                );
            }
            _ => {}
        }
        wanted.or_else(|| names().next()).unwrap_or(DEFAULT).to_owned()
    }

    /// Takes each value to its input; what is left over was given for none.
    pub(super) fn fill_in(
        self,
        runbook: &Runbook,
        problems: &mut Problems,
    ) -> IndexMap<String, Value> {
        self.fill_in_but(runbook, &BTreeMap::new(), problems)
    }

    /// Does the same, but for the inputs that get their values in the run.
    pub(super) fn fill_in_but(
        mut self,
        runbook: &Runbook,
        open: &BTreeMap<String, String>,
        problems: &mut Problems,
    ) -> IndexMap<String, Value> {
        let mut values = IndexMap::with_capacity(runbook.inputs.len());
        for (name, input) in &runbook.inputs {
            if open.contains_key(name) {
                continue;
            }
            let value = match (self.values.shift_remove(name), &input.default) {
                (Some(given), _) => taken(name, input, given, problems),
                (None, Some(default)) => Some(default.clone()),
                (None, None) if input.optional => Some(Value::Null),
                (None, None) => {
                    problems.push(missing(name, input));
                    None
                }
            };
            values.extend(value.map(|value| (name.clone(), value)));
        }
        problems.extend(self.values.keys().map(|name| unknown(runbook, name)));
        values
    }
}

/// The scenario of a runbook that has none.
const DEFAULT: &str = "default";

/// Reads what is given by the type of the input; none where it does not fit.
fn taken(name: &str, input: &Input, given: Given, problems: &mut Problems) -> Option<Value> {
    let value = match given {
        Given::Argument(_) if input.sensitive => {
            problems.push(sensitive(name, input));
            return None;
        }
        Given::Argument(text) | Given::Text(text) => by_type(input.is, text),
        Given::Value(Value::Null) if input.optional => return Some(Value::Null),
        Given::Value(value) => value,
    };
    let Some(refusal) = input.refuses(&value) else { return Some(value) };
    let message = format!("the input `{name}` {}", refusal.why);
    problems
        .push(Problem::new(refusal.code, message, input.place, "declared here").help(refusal.help));
    None
}

/// Gives letters the type of an input, where they can have it; a list stands with commas.
fn by_type(is: Option<InputType>, text: String) -> Value {
    match is {
        Some(InputType::Boolean) => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::String(text),
        },
        Some(InputType::Integer) => {
            text.parse::<i64>().map_or_else(|_| Value::String(text.clone()), Value::from)
        }
        Some(InputType::Number) => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(number), _) => Value::from(number),
            (_, Ok(number)) if number.is_finite() => Value::from(number),
            _ => Value::String(text),
        },
        Some(InputType::List) if text.is_empty() => Value::Sequence(Vec::new()),
        Some(InputType::List) => {
            Value::Sequence(text.split(',').map(|item| item.trim().into()).collect())
        }
        _ => Value::String(text),
    }
}

fn sensitive(name: &str, input: &Input) -> Problem {
    let message = format!("the input `{name}` is sensitive, and was given on the command line");
    let label = "declared sensitive here";
    Problem::new(Code::InputSensitive, message, input.place, label).help(format!(
        "give it as the variable `RUNBOOK_INPUT_{}` or in the file that `--inputs` names: others \
         on the machine see a command line",
        name.to_uppercase()
    ))
}

fn unknown(runbook: &Runbook, name: &str) -> Problem {
    let short = cut(name);
    let message =
        format!("a value is given for the input `{short}`, which this runbook does not have");
    let label = if runbook.inputs.is_empty() { "there are no inputs" } else { "not one of these" };
    let problem = Problem::new(Code::InputUnknown, message, runbook.inputs_place, label);
    let known = runbook.inputs.keys().map(String::as_str);
    match nearest(name, known) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help("leave it out, or declare it under `inputs`"),
    }
}

fn missing(name: &str, input: &Input) -> Problem {
    let message = format!("the input `{name}` has no value");
    let how = if input.sensitive {
        format!("give it as the variable `RUNBOOK_INPUT_{}`", name.to_uppercase())
    } else {
        format!("give it with `--input {name}=…`")
    };
    let help = match &input.description {
        Some(description) => format!("{how}: {description}"),
        None => format!("{how}, or declare a default"),
    };
    Problem::new(Code::InputMissing, message, input.place, "no default, and nothing is given")
        .help(help)
}
