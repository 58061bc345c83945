//! From the steps of a runbook to those of a plan: groups for `wait`, children for `for-each`,
//! and the steps of other runbooks.

mod children;
mod flow;
mod group;
mod inlined;

use std::collections::{BTreeSet, HashMap};
use std::mem::take;

use super::evaluate::{Evaluated, Known};
use super::step::PlannedStep;
use crate::check::Checked;
use crate::document::{Mapping, Node, Value};
use crate::graph::{Edge, Graph};
use crate::limits;
use crate::problem::{Code, Problem, Problems};
use crate::runbook::{self, Runbook, Step};
use crate::step::{StepId, Type};
use group::waits;

/// The steps of a plan as they come, and the edges between them.
#[derive(Default)]
pub(super) struct Expanded {
    /// The further locks of this runbook and of those that it runs.
    pub(super) locks: BTreeSet<String>,
    /// Whether one of them is known in the run only.
    pub(super) has_open_locks: bool,
    pub(super) steps: Vec<PlannedStep>,
    pub(super) edges: Vec<(usize, usize, Edge)>,
}

/// The steps that stand for one step of the runbook.
#[derive(Clone, Debug, Default)]
struct Group {
    /// Those that wait for what the step waits for.
    firsts: Vec<usize>,
    /// The one that others wait for.
    last: Option<usize>,
    /// The one whose task is meant when the step is named.
    call: Option<StepId>,
}

/// Makes the steps of a plan.
pub(super) struct Expander<'a> {
    checked: &'a Checked,
    runbook: &'a Runbook,
    graph: &'a Graph,
    known: Known<'a>,
    scenario: &'a str,
    /// The step that runs this runbook, under whose name its steps stand.
    within: Option<StepId>,
    groups: Vec<Group>,
    places: HashMap<&'a StepId, usize>,
}

impl<'a> Expander<'a> {
    pub(super) fn new(checked: &'a Checked, known: Known<'a>, scenario: &'a str) -> Self {
        let (runbook, graph) = (checked.runbook(), checked.graph());
        let places = runbook.steps.iter().enumerate().map(|(at, step)| (&step.id, at)).collect();
        let groups = vec![Group::default(); runbook.steps.len()];
        Self { checked, runbook, graph, known, scenario, within: None, groups, places }
    }

    /// Expands every step. What could not be evaluated is reported and left out.
    pub(super) fn expand(mut self, problems: &mut Problems) -> Expanded {
        let mut out = Expanded::default();
        self.locks(&mut out, problems);
        // A parameter that names a step needs the group of that step, so these come first.
        for at in self.graph.order() {
            if let Some(group) = self.step(at, &mut out, problems) {
                self.groups[at] = group;
            }
            if out.steps.len() > limits::STEPS {
                problems.push(self.too_many(at));
                return Expanded::default();
            }
            if self.known.is_spent() {
                problems.push(self.too_large(at));
                return Expanded::default();
            }
        }
        for (first, then, edge) in self.graph.edges() {
            let Some(last) = self.groups[first].last else { continue };
            out.edges.extend(self.groups[then].firsts.iter().map(|then| (last, *then, edge)));
        }
        self.in_the_order_of_the_file(out)
    }

    fn locks(&self, out: &mut Expanded, problems: &mut Problems) {
        for lock in &self.runbook.locks {
            let Some(Evaluated { value, open }) = self.known.value(lock, problems) else {
                continue;
            };
            out.has_open_locks |= !open.is_empty();
            out.locks.extend(value.as_str().map(|text| text.trim().to_owned()));
        }
    }

    /// Puts steps in the order of the runbook again: people read a plan beside it.
    fn in_the_order_of_the_file(&self, mut out: Expanded) -> Expanded {
        let mut rank: Vec<(usize, usize)> = vec![(0, 0); out.steps.len()];
        let mut end = 0;
        for at in self.graph.order() {
            let Some(last) = self.groups[at].last else { continue };
            for (inner, rank) in rank.iter_mut().enumerate().take(last + 1).skip(end) {
                *rank = (at, inner);
            }
            end = last + 1;
        }
        let mut order: Vec<usize> = (0..out.steps.len()).collect();
        order.sort_unstable_by_key(|step| rank[*step]);
        let mut new = vec![0; out.steps.len()];
        for (to, from) in order.iter().enumerate() {
            new[*from] = to;
        }
        let mut steps: Vec<_> = std::mem::take(&mut out.steps).into_iter().map(Some).collect();
        let steps = order.iter().filter_map(|from| steps[*from].take()).collect();
        let edges = std::mem::take(&mut out.edges);
        let edges = edges.into_iter().map(|(first, then, why)| (new[first], new[then], why));
        Expanded { steps, edges: edges.collect(), ..out }
    }

    fn too_many(&self, at: usize) -> Problem {
        let (step, most) = (&self.runbook.steps[at], limits::STEPS);
        let message = format!("with step `{}` the plan has more than {most} steps", step.id);
        Problem::new(Code::StepsTooMany, message, step.place, "too many from here on")
            .help("split the runbook, or its lists")
    }

    fn too_large(&self, at: usize) -> Problem {
        let (step, most) = (&self.runbook.steps[at], limits::EXPANDED_BYTES >> 20);
        let message = format!(
            "with step `{}` expressions and lists give the plan more than {most} MiB",
            step.id
        );
        Problem::new(Code::StepsTooMany, message, step.place, "too much from here on")
            .help("let expressions give less, or split the runbook or its lists")
    }

    /// Returns the name of a step in the plan.
    fn id(&self, id: &StepId) -> StepId {
        self.within.as_ref().map_or_else(|| id.clone(), |within| within.inner(id))
    }

    fn step(&self, at: usize, out: &mut Expanded, problems: &mut Problems) -> Option<Group> {
        let step = &self.runbook.steps[at];
        let id = self.id(&step.id);
        let Some(for_each) = step.for_each.as_deref() else {
            return self.group(step, &id, &self.known, out, problems);
        };
        let list = self.known.value(&for_each.list, problems)?;
        if !list.open.is_empty() {
            let from = out.steps.len();
            let group = self.group(step, &id, &self.known, out, problems)?;
            let text = for_each.list.text().map_or_else(String::new, str::to_owned);
            for planned in &mut out.steps[from..] {
                planned.flow.for_each = Some(text.clone());
            }
            return Some(group);
        }
        let items = match list.value {
            Value::Sequence(items) => items,
            other => {
                let found = runbook::misfit("for-each", Type::TEXTS, &other);
                problems.extend(found.map(|misfit| misfit.at(for_each.list.span())));
                return None;
            }
        };
        self.children(step, items, out, problems)
    }

    /// Makes the steps that stand for a step or for one child of it.
    fn group(
        &self,
        step: &Step,
        id: &StepId,
        known: &Known<'_>,
        out: &mut Expanded,
        problems: &mut Problems,
    ) -> Option<Group> {
        if let Some(inner) = self.inner(step) {
            return self.inlined(step, id, inner, known, out, problems);
        }
        let call = if step.wait.is_some() { id.part("call") } else { id.clone() };
        let planned = self.planned(step, call.clone(), known, problems)?;
        let first = out.steps.len();
        out.steps.push(planned);
        let mut last = first;
        if let Some(wait) = step.wait.as_deref() {
            // What follows the task, and not only its acceptance, belongs to the end of the group.
            let flow = &mut out.steps[first].flow;
            let (resolves, on_warning) = (take(&mut flow.resolves), flow.on_warning.take());
            let of_all = flow.of_all();
            for (mut part, edges) in waits(id, &call, wait) {
                part.flow = of_all.clone();
                last = out.steps.len();
                out.steps.push(part);
                out.edges.extend(edges.iter().map(|(back, why)| (last - back, last, *why)));
            }
            out.steps[first + 1].flow.on_warning = on_warning;
            out.steps[last].flow.resolves = resolves;
        }
        Some(Group { firsts: vec![first], last: Some(last), call: Some(call) })
    }

    fn planned(
        &self,
        step: &Step,
        id: StepId,
        known: &Known<'_>,
        problems: &mut Problems,
    ) -> Option<PlannedStep> {
        let uses = step.uses.expect("invariant: every step of a checked runbook has a kind");
        let (with, open) = self.parameters(step, known, problems)?;
        let mut flow = self.flow(step, known, problems)?;
        known.copy(limits::EXPANDED_VALUE + step.description.as_deref().map_or(0, str::len));
        if open.is_empty() {
            accept(step, &with, problems)?;
        }
        flow.open = open.into_iter().collect();
        let reads_later = !flow.open.is_empty() || flow.undo.is_some();
        flow.within = self.within.clone().filter(|_| reads_later);
        Some(PlannedStep {
            id,
            uses,
            timeout: self.runbook.timeout(step),
            effect: step.effect(),
            watched: false,
            touches: if step.effect().acts() { uses.decl().touches(&with) } else { Vec::new() },
            with,
            flow,
            description: step.description.clone(),
        })
    }

    /// Evaluates what stands under `with`, leaves out what is null, and lets names of steps stand
    /// for the part of a group whose task is meant.
    fn parameters(
        &self,
        step: &Step,
        known: &Known<'_>,
        problems: &mut Problems,
    ) -> Option<(Value, BTreeSet<String>)> {
        let entries = step.with.as_ref().map_or(&[][..], Node::entries);
        let mut with = Mapping::with_capacity(entries.len());
        let (mut open, mut whole) = (BTreeSet::new(), true);
        for entry in entries {
            match known.value(&entry.value, problems) {
                Some(evaluated) if evaluated.value.is_null() => {}
                Some(evaluated) => {
                    open.extend(evaluated.open);
                    let value = self.call_of(step, &entry.key).unwrap_or(evaluated.value);
                    with.insert(entry.key.as_ref().into(), value);
                }
                None => whole = false,
            }
        }
        whole.then_some((Value::Mapping(with), open))
    }

    fn call_of(&self, step: &Step, key: &str) -> Option<Value> {
        let mut named = step.named_steps().chain(step.perhaps_steps());
        let (_, need) = named.find(|(param, _)| param.name == key)?;
        self.groups[*self.places.get(&need.id)?].call.as_ref().map(|call| call.as_str().into())
    }
}

/// Asks the kind of a step whether it takes what came out.
fn accept(step: &Step, with: &Value, problems: &mut Problems) -> Option<()> {
    let uses = step.uses?;
    let before = problems.len();
    runbook::evaluated(step, with, problems);
    if problems.len() > before {
        return None;
    }
    if let Err(error) = uses.accepts(with) {
        let place = step.with.as_ref().map_or(step.place, |with| with.nearest(&error.route).span());
        let message = format!("step `{}` cannot be made: {error}", step.id);
        problems.push(
            Problem::new(Code::WithRefused, message, place, "this does not fit")
                .help(format!("`runbook explain {}` lists what it takes", uses.decl().kind)),
        );
        return None;
    }
    Some(())
}

#[cfg(test)]
mod tests;
