//! From the steps of a runbook to those of a plan: groups for `wait`, children for `for-each`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Inputs;
use super::evaluate::Known;
use super::step::{Flow, PlannedStep, PlannedUndo};
use crate::check::{self, Checked};
use crate::document::{Kind, Mapping, Node, Value};
use crate::graph::{Edge, Graph};
use crate::limits;
use crate::problem::{Code, Problem, Problems, Severity};
use crate::runbook::{self, OnFailure, OnTimeout, Part, Runbook, Step, UndoBy, Wait};
use crate::step::{Effect, OnWarning, StepId, Type};
use crate::steps;
use crate::text::cut;
use crate::time::Words;

/// The steps of a plan as they come, and the edges between them.
#[derive(Default)]
pub(super) struct Expanded {
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
        // A parameter that names a step needs the group of that step, so these come first.
        for at in self.graph.order() {
            if let Some(group) = self.step(at, &mut out, problems) {
                self.groups[at] = group;
            }
            if out.steps.len() > limits::STEPS {
                problems.push(self.too_many(at));
                return Expanded::default();
            }
        }
        for (first, then, edge) in self.graph.edges() {
            let Some(last) = self.groups[first].last else { continue };
            out.edges.extend(self.groups[then].firsts.iter().map(|then| (last, *then, edge)));
        }
        self.in_the_order_of_the_file(out)
    }

    /// Puts steps in the order of the runbook again: people read a plan beside it.
    fn in_the_order_of_the_file(&self, out: Expanded) -> Expanded {
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
        let mut steps: Vec<_> = out.steps.into_iter().map(Some).collect();
        let steps = order.iter().filter_map(|from| steps[*from].take()).collect();
        let edges = out.edges.into_iter().map(|(first, then, why)| (new[first], new[then], why));
        Expanded { steps, edges: edges.collect() }
    }

    fn too_many(&self, at: usize) -> Problem {
        let (step, most) = (&self.runbook.steps[at], limits::STEPS);
        let message = format!("with step `{}` the plan has more than {most} steps", step.id);
        Problem::new(Code::StepsTooMany, message, step.place, "too many from here on")
            .help("split the runbook, or its lists")
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
            let group = self.group(step, &id, &self.known, out, problems)?;
            let text = for_each.list.text().map_or_else(String::new, str::to_owned);
            for planned in group.firsts.iter().chain(&group.last) {
                out.steps[*planned].flow.for_each = Some(text.clone());
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

    /// Makes a group for each item, and a joint behind them: the step others wait for.
    fn children(
        &self,
        step: &Step,
        items: Vec<Value>,
        out: &mut Expanded,
        problems: &mut Problems,
    ) -> Option<Group> {
        let for_each = step.for_each.as_deref()?;
        let place = for_each.list.span();
        if items.len() > limits::CHILDREN {
            problems.push(check::too_many(step, items.len(), place));
            return None;
        }
        let mut keys = BTreeSet::new();
        let (mut firsts, mut lasts) = (Vec::new(), Vec::new());
        for item in items {
            let known = self.known.with_item(&for_each.item, &item);
            let key = key(step, for_each.key.as_ref(), &item, &known, place, problems)?;
            let id = match self.id(&step.id).child(&key) {
                Ok(id) if keys.insert(key.clone()) => id,
                Ok(_) => {
                    problems.push(check::duplicate(step, &key, place));
                    return None;
                }
                Err(_) => {
                    problems.push(bad_key(step, &key, place));
                    return None;
                }
            };
            let group = self.group(step, &id, &known, out, problems)?;
            firsts.extend(group.firsts);
            lasts.extend(group.last);
        }
        let joint = out.steps.len();
        out.steps.push(joint_of(step, self.id(&step.id), "all children have ended"));
        out.steps[joint].flow.max_parallel = for_each.max_parallel;
        out.edges.extend(lasts.into_iter().map(|last| (last, joint, Edge::Need)));
        if firsts.is_empty() {
            firsts.push(joint);
        }
        Some(Group { firsts, last: Some(joint), call: None })
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
        let skip = planned.flow.skip.clone();
        let first = out.steps.len();
        out.steps.push(planned);
        let mut last = first;
        if let Some(wait) = step.wait.as_deref() {
            let parts = waits(step, id, &call, wait);
            for (mut part, edges) in parts {
                part.flow.finally = step.part == Part::Finally;
                part.flow.skip.clone_from(&skip);
                last = out.steps.len();
                out.steps.push(part);
                out.edges.extend(edges.iter().map(|(back, why)| (last - back, last, *why)));
            }
        }
        Some(Group { firsts: vec![first], last: Some(last), call: Some(call) })
    }

    fn inner(&self, step: &Step) -> Option<&'a Checked> {
        let at = self.places.get(&step.id)?;
        self.checked.inner().get(at).map(|inner| &**inner)
    }

    /// Takes the steps of another runbook in, and a joint behind them: the step others wait for.
    fn inlined(
        &self,
        step: &Step,
        id: &StepId,
        inner: &Checked,
        known: &Known<'_>,
        out: &mut Expanded,
        problems: &mut Problems,
    ) -> Option<Group> {
        let other = inner.runbook();
        let (mut given, mut open) = (Inputs::default(), BTreeMap::new());
        for entry in step.param("inputs").map_or(&[][..], Node::entries) {
            let evaluated = known.value(&entry.value, problems)?;
            match evaluated.open.into_iter().next() {
                Some(waits) => drop(open.insert(entry.key.to_string(), waits)),
                None => given.value(&entry.key, evaluated.value),
            }
        }
        let mut theirs = Problems::default();
        let values = given.fill_in_but(other, &open, &mut theirs);
        if !other.scenarios.is_empty() && !other.scenarios.contains_key(self.scenario) {
            let (scenario, name) = (self.scenario, &other.name);
            let message = format!("`{name}` has no scenario `{scenario}`, which this run has");
            problems.push(
                Problem::new(Code::ScenarioUnknown, message, step.place, "runs it")
                    .help("a run has one scenario: give both runbooks the same ones"),
            );
        }
        let theirs_known = Known::new(other, &values, self.scenario).with_open_inputs(open);
        let mut inlined = Expander::new(inner, theirs_known, self.scenario);
        inlined.within = Some(id.clone());
        let expanded = inlined.expand(&mut theirs);
        if let Some(first) = theirs.iter().find(|one| one.code.severity() == Severity::Error) {
            let message =
                format!("step `{}` cannot run `{}`: {}", step.id, other.name, first.message);
            problems.push(
                Problem::new(first.code, message, step.place, "with these inputs")
                    .help(first.help.clone().unwrap_or_default()),
            );
            return None;
        }
        let gate = self.flow(step, known, problems)?;
        let from = out.steps.len();
        let mut waited_for = vec![false; expanded.steps.len()];
        let mut waits = vec![false; expanded.steps.len()];
        for (first, then, edge) in expanded.edges {
            waited_for[first] = true;
            waits[then] = true;
            out.edges.push((from + first, from + then, edge));
        }
        let steps = 0..expanded.steps.len();
        let main: Vec<_> = steps.filter(|at| !expanded.steps[*at].flow.finally).collect();
        out.steps.extend(expanded.steps.into_iter().map(|mut inner| {
            inner.flow.skip = gate.skip.clone().or(inner.flow.skip);
            inner.flow.when = match (gate.when.clone(), inner.flow.when) {
                (Some(outer), Some(inner)) => Some(format!("({outer}) and ({inner})")),
                (outer, inner) => outer.or(inner),
            };
            inner.flow.finally |= gate.finally;
            inner
        }));
        let joint = out.steps.len();
        out.steps.push(joint_of(step, id.clone(), "all of its steps have ended"));
        let lasts = main.iter().filter(|at| !waited_for[**at]);
        out.edges.extend(lasts.map(|last| (from + last, joint, Edge::Need)));
        let firsts = main.iter().filter(|at| !waits[**at]).map(|first| from + first);
        Some(Group { firsts: firsts.collect(), last: Some(joint), call: None })
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
        if open.is_empty() {
            self.accept(step, &with, problems)?;
        }
        flow.open = open.into_iter().collect();
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

    fn accept(&self, step: &Step, with: &Value, problems: &mut Problems) -> Option<()> {
        let uses = step.uses?;
        let before = problems.len();
        runbook::evaluated(step, with, problems);
        if problems.len() > before {
            return None;
        }
        if let Err(error) = uses.accepts(with) {
            let place =
                step.with.as_ref().map_or(step.place, |with| with.nearest(&error.route).span());
            let message = format!("step `{}` cannot be made: {error}", step.id);
            problems.push(
                Problem::new(Code::WithRefused, message, place, "this does not fit")
                    .help(format!("`runbook explain {}` lists what it takes", uses.decl().kind)),
            );
            return None;
        }
        Some(())
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
        let (_, need) = step.named_steps().find(|(param, _)| param.name == key)?;
        self.groups[*self.places.get(&need.id)?].call.as_ref().map(|call| call.as_str().into())
    }

    fn flow(&self, step: &Step, known: &Known<'_>, problems: &mut Problems) -> Option<Flow> {
        let mut flow = Flow { finally: step.part == Part::Finally, ..Flow::default() };
        if let Some(when) = &step.when {
            let Kind::Scalar { text, .. } = when.kind() else { return None };
            let evaluated = known.bare(when, problems)?;
            match evaluated.value {
                _ if !evaluated.open.is_empty() => flow.when = Some(text.to_string()),
                Value::Bool(true) => {}
                Value::Bool(false) => flow.skip = Some(format!("`{}` is false", cut(text))),
                other => {
                    let found = runbook::misfit("when", Type::Boolean, &other);
                    problems.extend(found.map(|misfit| misfit.at(when.span())));
                    return None;
                }
            }
        }
        let said = step.on_failure.or(self.runbook.defaults.on_failure);
        flow.on_failure = said.map(|said| match said {
            OnFailure::Halt => "halt".to_owned(),
            OnFailure::Continue => "continue".to_owned(),
            OnFailure::Undo => "undo".to_owned(),
        });
        flow.on_warning = step.on_warning.map(|said| match said {
            OnWarning::Accept => "accept".to_owned(),
            OnWarning::Fail => "fail".to_owned(),
        });
        flow.retry = step.retry.as_deref().map(|retry| {
            let (wait, most) = (Words(retry.wait), Words(retry.max_wait));
            let (attempts, factor) = (retry.attempts, retry.factor);
            format!("{attempts} attempts, {wait} apart, growing by {factor} up to {most}")
        });
        flow.resolves = step.resolves.iter().map(|need| self.id(&need.id)).collect();
        flow.undo = match step.undo.as_deref().map(|undo| &undo.by) {
            Some(UndoBy::Step(undo)) => Some(self.undo(undo, known, problems)?),
            Some(UndoBy::Impossible(why)) => Some(PlannedUndo::Impossible(why.clone())),
            Some(UndoBy::Refused) | None => None,
        };
        Some(flow)
    }

    fn undo(&self, undo: &Step, known: &Known<'_>, problems: &mut Problems) -> Option<PlannedUndo> {
        let (with, open) = self.parameters(undo, known, problems)?;
        if open.is_empty() {
            self.accept(undo, &with, problems)?;
        }
        let wait = undo.wait.as_deref().map(|wait| {
            let on_timeout = match on_timeout(wait) {
                OnTimeout::Cancel => "cancel",
                OnTimeout::Detach => "detach",
            };
            format!("{}, then {on_timeout}", Words(wait.timeout))
        });
        Some(PlannedUndo::Step { uses: undo.kind().to_owned(), with, wait })
    }
}

fn on_timeout(wait: &Wait) -> OnTimeout {
    wait.on_timeout.map_or(OnTimeout::Detach, |(on_timeout, _)| on_timeout)
}

/// Makes the wait of a group and what watches it, each with the edges to the steps before it,
/// counted back.
fn waits(
    step: &Step,
    id: &StepId,
    call: &StepId,
    wait: &Wait,
) -> Vec<(PlannedStep, Vec<(usize, Edge)>)> {
    let part = |kind: &str, name: &str, with: Vec<(&str, Value)>| {
        let uses = steps::find(kind).expect("invariant: the kinds of a group are in the catalogue");
        let with = with.into_iter().map(|(key, value)| (key.into(), value)).collect::<Mapping>();
        PlannedStep {
            id: id.part(name),
            uses,
            with: Value::Mapping(with),
            timeout: uses.decl().timeout,
            effect: uses.decl().effect.unwrap_or(Effect::Read),
            watched: false,
            touches: Vec::new(),
            flow: Flow::default(),
            description: None,
        }
    };
    let task = || Value::from(call.as_str());
    let mut waiting = part(check::WAIT, "wait", vec![("task", task())]);
    waiting.timeout = Some(wait.timeout);
    waiting.flow.on_warning =
        step.on_warning.map(|said| if said == OnWarning::Fail { "fail" } else { "accept" }.into());
    let watch = waiting.id.as_str().into();
    let mut parts = vec![(waiting, vec![(1, Edge::Need)])];
    if on_timeout(wait) == OnTimeout::Cancel {
        let mut with = vec![("task", task()), ("watch", watch)];
        with.extend(wait.settle.map(|settle| ("settle", Words(settle).to_string().into())));
        let edges = vec![(2, Edge::Need), (1, Edge::Watch)];
        parts.push((part(check::CANCEL, "cancel", with), edges));
    }
    parts
}

/// Makes the step that others wait for where many stand for one.
fn joint_of(step: &Step, id: StepId, why: &str) -> PlannedStep {
    let uses = steps::find("noop").expect("invariant: `noop` is in the catalogue");
    PlannedStep {
        id,
        uses,
        with: Value::Mapping(Mapping::new()),
        timeout: None,
        effect: Effect::Read,
        watched: false,
        touches: Vec::new(),
        flow: Flow { finally: step.part == Part::Finally, ..Flow::default() },
        description: Some(why.to_owned()),
    }
}

fn key(
    step: &Step,
    key: Option<&Node>,
    item: &Value,
    known: &Known<'_>,
    place: crate::text::Span,
    problems: &mut Problems,
) -> Option<String> {
    let Some(node) = key else {
        let text = item.as_str().map(str::to_owned);
        if text.is_none() {
            problems.push(check::no_key(step, place));
        }
        return text;
    };
    let evaluated = known.value(node, problems)?;
    match evaluated.value {
        Value::String(text) if evaluated.open.is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        other => {
            let found = runbook::misfit("key", Type::String, &other);
            problems.extend(found.map(|misfit| misfit.at(node.span())));
            None
        }
    }
}

fn bad_key(step: &Step, key: &str, place: crate::text::Span) -> Problem {
    let message = format!("`{}` cannot name a child of step `{}`", cut(key), step.id);
    Problem::new(Code::ForEachBadKey, message, place, "a short text that shows is expected")
        .help("let `key` give at most 200 bytes, without line breaks and without nothing")
}
