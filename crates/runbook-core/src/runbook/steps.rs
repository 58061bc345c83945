//! The steps of a runbook: their common keys, by hand, so that all mistakes show at once.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::fields::{self, Fields};
use super::settings::{self, ON_FAILURE};
use super::{Need, Part, Step, keys, parameters, reads, step_keys};
use crate::document::{Entry, Kind};
use crate::problem::{Code, Problem, Problems};
use crate::step::{AnyStepType, Effect, OnWarning, StepId, Type};
use crate::text::{Source, Span, cut, nearest};

/// The effects that an author can declare.
const EFFECTS: &[(&str, Effect)] =
    &[("read", Effect::Read), ("write", Effect::Write), ("irreversible", Effect::Irreversible)];

/// Reads what stands under `steps` and `finally`.
pub(super) struct Reader<'a> {
    pub(super) source: &'a Source,
    most: usize,
    steps: Vec<Step>,
    /// The places of the ids under `steps`, for those under `finally`.
    places: HashMap<StepId, Span>,
    /// Ids that cannot be one and are reported where they are given, not where they are needed.
    malformed: HashSet<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Source, most: usize) -> Self {
        let (steps, places, malformed) = (Vec::new(), HashMap::new(), HashSet::new());
        Self { source, most, steps, places, malformed }
    }

    pub(super) fn finish(self) -> Vec<Step> {
        self.steps
    }

    /// Reads one of the two mappings.
    pub(super) fn read(&mut self, part: Part, all: &Entry, problems: &mut Problems) {
        let entries = all.value.entries();
        if !matches!(all.value.kind(), Kind::Map(_)) && !all.value.is_null() {
            let expected = "a mapping of ids to steps";
            problems.push(wrong_type(&all.key, expected, all));
            return;
        }
        if entries.is_empty() && part == Part::Steps {
            let message = "there is no step under `steps`";
            problems.push(
                Problem::new(Code::StepsEmpty, message, all.key_span, "nothing stands here")
                    .help("add a step, such as `pause: { uses: sleep, with: { for: 10s } }`"),
            );
        }
        let room = self.most - self.steps.len();
        if let Some(over) = entries.get(room) {
            let most = self.most;
            let count = self.steps.len() + entries.len();
            let message = format!("there are {count} steps, and at most {most} are read");
            problems.push(
                Problem::new(Code::StepsTooMany, message, over.key_span, "one too many")
                    .help("split the runbook: `run-runbook` runs one from another"),
            );
            problems.tear();
        }
        let malformed = entries.iter().filter(|entry| StepId::parse(&entry.key).is_err());
        self.malformed.extend(malformed.map(|entry| entry.key.to_string()));
        if part == Part::Finally {
            self.places = self.steps.iter().map(|step| (step.id.clone(), step.place)).collect();
        }
        self.steps.reserve(entries.len().min(room));
        for entry in entries.iter().take(room) {
            let step = self.step(part, entry, problems);
            self.steps.extend(step);
        }
    }

    /// Reads a step; none where it has no id to be known by, but its other mistakes are shown.
    fn step(&self, part: Part, entry: &Entry, problems: &mut Problems) -> Option<Step> {
        let id = StepId::parse(&entry.key);
        if id.is_err() {
            problems.tell(|_| malformed(entry));
        }
        if let Ok(id) = &id
            && let Some(first) = self.places.get(id)
        {
            let message = format!("the step `{id}` stands under `steps` and under `finally`");
            problems.push(
                Problem::new(Code::StepDuplicate, message, entry.key_span, "again here")
                    .and(*first, "first here")
                    .help("give one of them another id: a result must belong to one step"),
            );
            return None;
        }
        let name = id.clone().or_else(|_| StepId::parse("malformed")).ok()?;
        let mut step = Step::bare(name, part, entry);
        if let Some(fields) = Fields::of_step(Named(&entry.key), keys::STEP, entry, problems) {
            self.common(&mut step, &fields, problems);
            self.flow(&mut step, &fields, problems);
        }
        id.ok().map(|_| step)
    }

    /// Reads the keys that a step and the step that undoes it share.
    pub(super) fn common(&self, step: &mut Step, fields: &Fields<'_>, problems: &mut Problems) {
        if let Some(entry) = fields.checked("uses", problems) {
            step.uses = kind(entry, problems);
        }
        step.description = fields.text("description", problems);
        step.timeout = fields.some_time("timeout", problems);
        step.effect = fields.word("effect", EFFECTS, problems);
        if let Some(entry) = fields.get("wait") {
            step.wait = step_keys::wait(entry, problems).map(Box::new);
        }
        if let Some(uses) = step.uses {
            step_keys::fit(step, uses.decl(), fields, problems);
        }
        let with = fields.get("with");
        step.with = with.map(|with| with.value.clone()).filter(|with| !with.is_null());
        if let Some(with) = with {
            reads::collect(self.source, &with.value, &mut step.reads, problems);
        }
        parameters::read(step, fields, problems);
    }

    /// Reads the keys that say when a step runs and what follows it.
    fn flow(&self, step: &mut Step, fields: &Fields<'_>, problems: &mut Problems) {
        step.needs = self.ids("needs", fields, problems);
        step.resolves = self.ids("resolves", fields, problems);
        step.on_failure = fields.word("on-failure", ON_FAILURE, problems);
        let on_warning = [("accept", OnWarning::Accept), ("fail", OnWarning::Fail)];
        step.on_warning = fields.word("on-warning", &on_warning, problems);
        if let Some(entry) = fields.get("when") {
            step.when = step_keys::when(entry, problems);
            if let Some(when) = &step.when {
                reads::bare(self.source, when, &mut step.reads, problems);
            }
        }
        if let Some(entry) = fields.get("retry") {
            step.retry = step_keys::retry(step, entry, problems).map(Box::new);
        }
        if let Some(entry) = fields.get("for-each") {
            step.for_each = step_keys::for_each(entry, problems).map(Box::new);
            if let Some(for_each) = &step.for_each {
                reads::collect(self.source, &for_each.list, &mut step.reads, problems);
                if let Some(key) = &for_each.key {
                    reads::collect(self.source, key, &mut step.reads, problems);
                }
            }
        }
        if let Some(entry) = fields.get("undo") {
            step.undo = Some(Box::new(self.undo(step, entry, problems)));
        }
        if let Some(entry) = fields.get("allow") {
            step.allow = settings::allow(entry, problems);
        }
    }

    fn ids(&self, key: &str, fields: &Fields<'_>, problems: &mut Problems) -> Vec<Need> {
        let Some(entry) = fields.get(key) else { return Vec::new() };
        let nodes = match entry.value.kind() {
            Kind::List(items) => items,
            _ => std::slice::from_ref(&entry.value),
        };
        let mut needs = Vec::with_capacity(nodes.len());
        for node in nodes {
            let place =
                if node.span().start < node.span().end { node.span() } else { entry.place() };
            match node.text() {
                Some(text) if self.malformed.contains(text) => {}
                Some(text) => match StepId::parse(text) {
                    Ok(id) => needs.push(Need { id, place }),
                    Err(_) => {
                        super::literal::closed(key, Type::Step, node, place, problems);
                    }
                },
                None => {
                    let alone = matches!(entry.value.kind(), Kind::Scalar { .. } | Kind::Map(_));
                    let is = if alone { Type::Steps } else { Type::Step };
                    super::literal::closed(key, is, node, place, problems);
                }
            }
        }
        needs
    }
}

impl Step {
    /// Makes a step that has a name and nothing else.
    pub(super) fn bare(id: StepId, part: Part, entry: &Entry) -> Self {
        Self {
            id,
            place: entry.key_span,
            body: Span::new(entry.key_span.start, entry.place().end),
            part,
            uses: None,
            with: None,
            needs: Vec::new(),
            reads: Vec::new(),
            when: None,
            timeout: None,
            retry: None,
            on_failure: None,
            on_warning: None,
            wait: None,
            undo: None,
            resolves: Vec::new(),
            for_each: None,
            effect: None,
            allow: Vec::new(),
            description: None,
        }
    }
}

/// A step in words, for a message.
struct Named<'a>(&'a str);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step `{}`", cut(self.0))
    }
}

fn wrong_type(key: &str, expected: &str, entry: &Entry) -> Problem {
    let message =
        format!("`{key}` takes {expected}, and this is {}", fields::name_of(&entry.value));
    let label = format!("{expected} is expected");
    Problem::new(Code::ValueWrongType, message, entry.place(), label)
        .help(format!("write {expected} here"))
}

fn malformed(entry: &Entry) -> Problem {
    let message = format!("`{}` cannot name a step", cut(&entry.key));
    let label = "a lower-case letter, then at most 62 letters, digits or `_` are expected";
    let problem = Problem::new(Code::StepMalformed, message, entry.key_span, label);
    let better = entry.key.to_lowercase().replace(['-', ' ', '.'], "_");
    match StepId::parse(&better) {
        Ok(better) => problem.help(format!("write `{better}`")),
        Err(_) => problem.help("ids are written in snake case, such as `undo_db`"),
    }
}

fn kind(entry: &Entry, problems: &mut Problems) -> Option<&'static dyn AnyStepType> {
    let text = entry.value.text()?;
    let found = crate::steps::find(text);
    if found.is_none() {
        problems.tell(|_| unknown_kind(text, entry));
    }
    found
}

fn unknown_kind(text: &str, entry: &Entry) -> Problem {
    let message = format!("there is no kind `{}`", cut(text));
    let problem = Problem::new(Code::UsesUnknown, message, entry.place(), "no such kind");
    let kinds = crate::steps::ALL.iter().map(|step_type| step_type.decl().kind);
    if matches!(text, "shell" | "script" | "exec" | "bash" | "sh" | "run" | "cmd") {
        return problem.help("write `command`, which runs a program");
    }
    match nearest(text, kinds) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help(
            "a kind is a word such as `start-failover`, `undo-failover`, `wait-task`, \
             `assert-plan`, `check-http`, `command` or `approve`; each has a page under \
             `docs/steps`, which `runbook explain KIND` shows",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Runbook;
    use super::*;
    use crate::document::Document;

    #[test]
    fn there_may_be_as_many_steps_as_the_limit_and_no_more() {
        let codes = |text: &str, most: usize| {
            let mut problems = Problems::default();
            let document = Document::parse(&Source::new("n.yaml", text), &mut problems);
            let runbook = Runbook::read_within(&document, most, &mut problems);
            (runbook.steps.len(), problems.iter().map(|problem| problem.code).collect::<Vec<_>>())
        };
        let text = "runbook: v1\nname: n\nsteps:\n  a: {uses: noop}\n  b: {uses: noop}\n";
        assert_eq!(codes(text, 2), (2, vec![]));
        assert_eq!(codes(text, 1), (1, vec![Code::StepsTooMany]));
        let text = "runbook: v1\nname: n\nsteps:\n  a: {uses: noop}\nfinally:\n  b: {uses: noop}\n";
        assert_eq!(codes(text, 2), (2, vec![]));
        assert_eq!(codes(text, 1), (1, vec![Code::StepsTooMany]));
    }
}
