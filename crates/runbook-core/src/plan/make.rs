//! From a checked runbook and given inputs to a plan.

use indexmap::IndexMap;

use super::inputs::Given;
use super::saved::mark_watched;
use super::{Inputs, Plan, PlannedStep, places};
use crate::check::Checked;
use crate::digest::sha256;
use crate::document::{Kind, Mapping, Node, Value};
use crate::expression::{self, Scope, Template};
use crate::problem::{Code, Problem, Problems, View};
use crate::runbook::{self, Input, Runbook, Step};
use crate::step::{Effect, Type};
use crate::text::{cut, nearest};

/// The scenario of a runbook that names none.
const SCENARIO: &str = "default";

impl Plan {
    /// Makes the plan: fills the inputs in, evaluates every expression, and asks each kind
    /// whether it takes what came out.
    ///
    /// # Errors
    /// Problems with what is given (an input missing, unknown or of another type) and with what
    /// the expressions give. The remarks of the check come along.
    ///
    /// # Example
    /// ```
    /// use runbook_core::plan::{Inputs, Plan};
    /// use runbook_core::{check, document::Document, graph::Graph};
    /// use runbook_core::{problem::Problems, runbook::Runbook, text::Source};
    ///
    /// let text = "
    /// runbook: v1
    /// name: rest
    /// inputs: { long: { type: string } }
    /// steps:
    ///   pause: { uses: sleep, with: { for: \"${{ inputs.long }}\" } }
    /// ";
    /// let mut problems = Problems::default();
    /// let document = Document::parse(&Source::new("rest.yaml", text), &mut problems);
    /// let runbook = Runbook::read(&document, &mut problems);
    /// let graph = Graph::build(&runbook, &mut problems);
    /// let checked = check::all(runbook, graph, problems).expect("no errors");
    ///
    /// let mut inputs = Inputs::default();
    /// inputs.text("long", "10s");
    /// let plan = Plan::make(checked, inputs).expect("a plan");
    /// assert_eq!(plan.steps()[0].with["for"], "10s");
    /// assert_eq!(Plan::load(&plan.save()).expect("it was saved"), plan);
    /// ```
    pub fn make(checked: Checked, inputs: Inputs) -> Result<Self, Problems> {
        let (runbook, graph, mut problems) = checked.into_parts();
        let inputs = fill_in(&runbook, inputs, &mut problems);
        if problems.has_errors() {
            return Err(problems);
        }
        let values = inputs.iter().map(|(name, value)| (name.as_str().into(), value.clone()));
        let scope = Scope::default().with("inputs", &Value::Mapping(values.collect()));
        let maker = Maker { runbook: &runbook, scope };
        let steps = runbook.steps.iter().filter_map(|step| maker.step(step, &mut problems));
        let mut steps: Vec<_> = steps.collect();
        if problems.has_errors() {
            return Err(problems);
        }
        mark_watched(&mut steps, &graph);
        Ok(Self {
            runbook_digest: sha256(runbook.source.text().as_bytes()),
            source_name: runbook.source.name().to_owned(),
            scenario: SCENARIO.to_owned(),
            remarks: View::all(&runbook.source, &problems),
            name: runbook.name,
            description: runbook.description,
            inputs,
            places: places(&steps),
            steps,
            graph,
        })
    }
}

/// Takes each value to its input; what is left over was given for none.
fn fill_in(
    runbook: &Runbook,
    mut given: Inputs,
    problems: &mut Problems,
) -> IndexMap<String, Value> {
    let mut values = IndexMap::with_capacity(runbook.inputs.len());
    for (name, input) in &runbook.inputs {
        let value = match (given.take(name), &input.default) {
            (Some(given), _) => taken(name, input, given, problems),
            (None, Some(default)) => Some(default.clone()),
            (None, None) => {
                problems.push(missing(name, input));
                None
            }
        };
        values.extend(value.map(|value| (name.clone(), value)));
    }
    problems.extend(given.names().map(|name| unknown(runbook, name)));
    values
}

/// Reads what is given by the type of the input; none where it does not fit.
fn taken(name: &str, input: &Input, given: Given, problems: &mut Problems) -> Option<Value> {
    let value = match given {
        Given::Text(text) => Value::String(text),
        Given::Value(value) => value,
    };
    let is = input.is.unwrap_or(Type::String);
    if runbook::misfit(name, is, &value).is_none() {
        return Some(value);
    }
    let message = format!("the value given for the input `{name}` is no {}", is.name());
    problems.push(
        Problem::new(Code::InputWrongType, message, input.place, "declared here")
            .help("put it in quotes if it is meant as a text"),
    );
    None
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
    let help = match &input.description {
        Some(description) => format!("give it with `--input {name}=…`: {description}"),
        None => format!("give it with `--input {name}=…`, or declare a default"),
    };
    Problem::new(Code::InputMissing, message, input.place, "no default, and nothing is given")
        .help(help)
}

struct Maker<'a> {
    runbook: &'a Runbook,
    scope: Scope,
}

impl Maker<'_> {
    /// Evaluates a step; none where that failed, which is reported.
    fn step(&self, step: &Step, problems: &mut Problems) -> Option<PlannedStep> {
        let uses = step.uses.expect("invariant: every step of a checked runbook has a kind");
        let with = self.parameters(step, problems)?;
        let before = problems.len();
        runbook::evaluated(step, &with, problems);
        if problems.len() > before {
            return None;
        }
        if let Err(error) = uses.accepts(&with) {
            let place =
                step.with.as_ref().map_or(step.place, |with| with.nearest(&error.route).span());
            let message = format!("step `{}` cannot be made: {error}", step.id);
            problems.push(
                Problem::new(Code::WithRefused, message, place, "this does not fit")
                    .help(format!("`runbook explain {}` lists what it takes", uses.decl().kind)),
            );
            return None;
        }
        Some(PlannedStep {
            id: step.id.clone(),
            uses,
            timeout: step.timeout.or(uses.decl().timeout),
            effect: uses.decl().effect.unwrap_or(Effect::Write),
            watched: false,
            touches: uses.decl().touches(&with),
            with,
            description: step.description.clone(),
        })
    }

    /// Evaluates what stands under `with`, and leaves out what is null.
    fn parameters(&self, step: &Step, problems: &mut Problems) -> Option<Value> {
        let entries = step.with.as_ref().map_or(&[][..], Node::entries);
        let mut with = Mapping::with_capacity(entries.len());
        let mut whole = true;
        for entry in entries {
            match self.value(&entry.value, problems) {
                Some(Value::Null) => {}
                Some(value) => {
                    with.insert(entry.key.as_ref().into(), value);
                }
                None => whole = false,
            }
        }
        whole.then_some(Value::Mapping(with))
    }

    /// Evaluates a value; none where that failed. As deep as the document is nested at most.
    fn value(&self, node: &Node, problems: &mut Problems) -> Option<Value> {
        match node.kind() {
            Kind::Scalar { text, .. } if expression::is_in(text) => {
                let value = Template::parse(text).and_then(|text| text.evaluate(&self.scope));
                value
                    .map_err(|error| problems.push(runbook::error_at(self.runbook, node, error)))
                    .ok()
            }
            Kind::Scalar { .. } => Some(node.value()),
            Kind::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.value(item, problems)).collect();
                items.into_iter().collect::<Option<Vec<_>>>().map(Value::Sequence)
            }
            Kind::Map(entries) => {
                let mut map = Mapping::with_capacity(entries.len());
                for entry in entries.iter() {
                    map.insert(entry.key.as_ref().into(), self.value(&entry.value, problems)?);
                }
                Some(Value::Mapping(map))
            }
        }
    }
}
