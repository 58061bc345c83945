//! Values of expressions, as far as they are known before the run.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use indexmap::IndexMap;

use crate::document::{Kind, Mapping, Node, Value};
use crate::expression::{self, Name, Scope, Template};
use crate::limits;
use crate::problem::Problems;
use crate::runbook::{self, InputType, Runbook};
use crate::step::Type;
use crate::time::Words;

/// What expressions can name before the run, and what is only known in it.
#[derive(Clone)]
pub(super) struct Known<'a> {
    runbook: &'a Runbook,
    scope: Scope,
    /// The name of an item that the scope holds.
    item: Option<&'a str>,
    /// Inputs that a runbook above gives when the run has come so far, and what they wait for.
    open_inputs: BTreeMap<String, String>,
    /// Whether what it evaluates may be evaluated for others as well.
    repeats: bool,
    /// What is left of [`limits::EXPANDED_BYTES`], for the whole of a plan.
    left: Rc<Cell<usize>>,
}

/// A value, or the letters of an expression that is still open.
pub(super) struct Evaluated {
    pub(super) value: Value,
    /// What it waits for.
    pub(super) open: BTreeSet<String>,
}

impl<'a> Known<'a> {
    pub(super) fn new(
        runbook: &'a Runbook,
        inputs: &IndexMap<String, Value>,
        scenario: &str,
    ) -> Self {
        let typed = inputs.iter().map(|(name, value)| {
            let is = runbook.inputs.get(name).and_then(|input| input.is);
            (name.as_str(), is.map_or(Type::Any, InputType::is), value)
        });
        let objectives = [("rto", runbook.objectives.rto), ("rpo", runbook.objectives.rpo)];
        let objectives = objectives.map(|(name, time)| {
            let words = time.map(|time| Words(time).to_string());
            (name, words.map_or(Value::Null, Value::String))
        });
        let objectives = objectives.iter().map(|(name, value)| (*name, Type::Duration, value));
        let scope = Scope::default()
            .with_typed("inputs", typed)
            .with_typed("objectives", objectives)
            .with("scenario", &scenario.into());
        let left = Rc::new(Cell::new(limits::EXPANDED_BYTES));
        Self { runbook, scope, item: None, open_inputs: BTreeMap::new(), repeats: false, left }
    }

    /// Makes it one of a runbook that another runs.
    pub(super) fn below(mut self, outer: &Known<'_>) -> Self {
        self.repeats = true;
        self.left = Rc::clone(&outer.left);
        self
    }

    /// Counts bytes that a plan holds and its runbook does not. Once too many were counted there
    /// are no more values; who expands the runbook reports it.
    pub(super) fn spend(&self, bytes: usize) {
        self.left.set(self.left.get().saturating_sub(bytes));
    }

    /// Counts what is taken from the runbook as it stands, which matters where it is repeated.
    pub(super) fn copy(&self, bytes: usize) {
        if self.repeats {
            self.spend(bytes);
        }
    }

    /// Tells whether too many bytes were counted.
    pub(super) fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    /// Says which inputs have no value yet.
    pub(super) fn with_open_inputs(mut self, open: BTreeMap<String, String>) -> Self {
        self.open_inputs = open;
        self
    }

    /// Adds the item of a list, for one child.
    pub(super) fn with_item(&self, name: &'a str, item: &Value) -> Self {
        Self {
            scope: self.scope.clone().with(name, item),
            item: Some(name),
            repeats: true,
            ..self.clone()
        }
    }

    /// Returns what a name waits for; none where its value is known.
    fn waits_for(&self, name: &Name) -> Option<String> {
        let words: Vec<_> = name.path.iter().map(String::as_str).collect();
        match words[..] {
            [item, ..] if Some(item) == self.item => None,
            ["scenario" | "objectives", ..] => None,
            ["inputs", input, ..] if self.open_inputs.contains_key(input) => {
                self.open_inputs.get(input).cloned()
            }
            ["inputs", input, ..] => {
                let sensitive = self.runbook.inputs.get(input).is_some_and(|input| input.sensitive);
                sensitive.then(|| format!("inputs.{input}"))
            }
            _ => Some(words[..words.len().min(3)].join(".")),
        }
    }

    /// Evaluates a value; none where that failed, which is reported. As deep as the document is
    /// nested at most.
    pub(super) fn value(&self, node: &Node, problems: &mut Problems) -> Option<Evaluated> {
        let mut open = BTreeSet::new();
        let value = self.inner(node, &mut open, problems)?;
        Some(Evaluated { value, open })
    }

    fn inner(
        &self,
        node: &Node,
        open: &mut BTreeSet<String>,
        problems: &mut Problems,
    ) -> Option<Value> {
        if self.is_spent() {
            return None;
        }
        match node.kind() {
            Kind::Scalar { text, .. } if expression::is_in(text) => {
                self.template(node, Template::parse(text), open, problems)
            }
            Kind::Scalar { text, .. } => {
                self.copy(text.len() + limits::EXPANDED_VALUE);
                Some(node.value())
            }
            Kind::List(items) => {
                let items: Vec<_> =
                    items.iter().map(|item| self.inner(item, open, problems)).collect();
                items.into_iter().collect::<Option<Vec<_>>>().map(Value::Sequence)
            }
            Kind::Map(entries) => {
                let mut map = Mapping::with_capacity(entries.len());
                for entry in entries.iter() {
                    let value = self.inner(&entry.value, open, problems)?;
                    self.copy(entry.key.len() + limits::EXPANDED_VALUE);
                    map.insert(entry.key.as_ref().into(), value);
                }
                Some(Value::Mapping(map))
            }
        }
    }

    /// Evaluates a text that is an expression as a whole.
    pub(super) fn bare(&self, node: &Node, problems: &mut Problems) -> Option<Evaluated> {
        let Kind::Scalar { text, .. } = node.kind() else { return None };
        let mut open = BTreeSet::new();
        let value = self.template(node, Template::bare(text), &mut open, problems)?;
        Some(Evaluated { value, open })
    }

    fn template(
        &self,
        node: &Node,
        template: Result<Template, expression::Error>,
        open: &mut BTreeSet<String>,
        problems: &mut Problems,
    ) -> Option<Value> {
        let evaluated = template.and_then(|template| {
            let waits: Vec<_> = template.names().filter_map(|name| self.waits_for(name)).collect();
            if waits.is_empty() {
                let value = template.evaluate(&self.scope)?;
                self.spend(weight(&value));
                return Ok(value);
            }
            open.extend(waits);
            let value = node.value();
            self.copy(weight(&value));
            Ok(value)
        });
        evaluated
            .map_err(|error| {
                problems.push(runbook::error_at(&self.runbook.source, node, error));
            })
            .ok()
    }
}

/// Returns what a value costs. As deep as the document and the expressions in it are nested.
fn weight(value: &Value) -> usize {
    let inner: usize = match value {
        Value::String(text) => text.len(),
        Value::Sequence(items) => items.iter().map(weight).sum(),
        Value::Mapping(map) => map.iter().map(|(key, value)| weight(key) + weight(value)).sum(),
        _ => 0,
    };
    limits::EXPANDED_VALUE + inner
}
