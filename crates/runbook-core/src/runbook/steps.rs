//! The steps of a runbook: their common keys, by hand, so that all mistakes show at once.

use std::collections::HashSet;

use super::fields::{self, Fields, Shape};
use super::{Need, Runbook, Step, parameters};
use crate::document::{Entry, Kind};
use crate::problem::{Code, Problem, Problems};
use crate::step::{AnyStepType, StepId};
use crate::text::{cut, nearest};

const STEP: Shape = Shape {
    what: "a step",
    known: &["uses", "with", "needs", "timeout", "description"],
    later: &[
        "when",
        "retry",
        "on-failure",
        "on-warning",
        "wait",
        "undo",
        "resolves",
        "for-each",
        "effect",
        "allow",
    ],
};

/// The kinds of the format; those that are no step type of this version are named as such.
const KINDS: &[&str] = &[
    "start-failover",
    "start-cloud-failover",
    "undo-failover",
    "undo-cloud-failover",
    "test-cloud-failover",
    "failover-vm",
    "failover-vapp",
    "failover-cdp-vm",
    "failover-cdp-vapp",
    "restore-vm",
    "restore-vapp",
    "start-job",
    "retry-job",
    "sync-job",
    "stop-job",
    "enable-job",
    "disable-job",
    "enable-cdp-policy",
    "disable-cdp-policy",
    "stop-session",
    "collect",
    "wait-task",
    "cancel-on-timeout",
    "cancel-task",
    "wait-session",
    "assert-plan",
    "assert-replica",
    "assert-job",
    "assert-server",
    "query",
    "em-request",
    "check-tcp",
    "check-http",
    "check-dns",
    "check-tls",
    "command",
    "http",
    "sleep",
    "noop",
    "approve",
    "decide",
    "manual",
    "notify",
    "run-runbook",
];

/// Reads what stands under `steps`.
pub(super) fn read(
    runbook: &Runbook,
    steps: &Entry,
    most: usize,
    problems: &mut Problems,
) -> Vec<Step> {
    let entries = steps.value.entries();
    if !matches!(steps.value.kind(), Kind::Map(_)) && !steps.value.is_null() {
        let expected = "a mapping of ids to steps";
        problems.push(fields::wrong_type("steps", expected, &steps.value, steps.place()));
        return Vec::new();
    }
    if entries.is_empty() {
        let message = "this runbook has no steps";
        problems.push(
            Problem::new(Code::StepsEmpty, message, steps.key_span, "nothing stands here")
                .help("add a step, such as `pause: { uses: sleep, with: { for: 10s } }`"),
        );
    }
    if let Some(over) = entries.get(most) {
        let message = format!("there are {} steps, and at most {most} are read", entries.len());
        problems.push(
            Problem::new(Code::StepsTooMany, message, over.key_span, "one too many")
                .help("split the runbook"),
        );
        problems.tear();
    }
    let malformed: HashSet<&str> =
        entries.iter().map(|entry| &*entry.key).filter(|id| StepId::parse(id).is_err()).collect();
    let reader = Reader { runbook, malformed };
    entries.iter().take(most).filter_map(|entry| reader.step(entry, problems)).collect()
}

struct Reader<'a> {
    runbook: &'a Runbook,
    /// Ids that cannot be one and are reported where they are given, not where they are needed.
    malformed: HashSet<&'a str>,
}

impl Reader<'_> {
    /// Reads a step; none where it has no id to be known by, but its other mistakes are shown.
    fn step(&self, entry: &Entry, problems: &mut Problems) -> Option<Step> {
        let id = StepId::parse(&entry.key);
        if id.is_err() {
            problems.push(malformed(entry));
        }
        let mut step = Step {
            id: id.clone().or_else(|_| StepId::parse("malformed")).ok()?,
            place: entry.key_span,
            uses: None,
            with: None,
            needs: Vec::new(),
            timeout: None,
            description: None,
        };
        if let Some(fields) = Fields::open(&STEP, &entry.value, entry.key_span, problems) {
            step.uses = fields.require("uses", problems).and_then(|entry| kind(entry, problems));
            step.description = fields.text("description", problems);
            step.timeout = fields.duration("timeout", problems);
            if let (Some(uses), Some(entry)) = (step.uses, fields.get("timeout"))
                && uses.decl().timeout.is_none()
            {
                problems.push(no_timeout(uses.decl().kind, entry));
            }
            if let Some(entry) = fields.get("needs") {
                step.needs = self.needs(entry, problems);
            }
            if let Some(with) = fields.get("with") {
                step.with = Some(with.value.clone());
            }
            parameters::read(self.runbook, &step, fields.get("with"), problems);
        }
        id.ok().map(|_| step)
    }

    fn needs(&self, entry: &Entry, problems: &mut Problems) -> Vec<Need> {
        let nodes = match entry.value.kind() {
            Kind::List(items) => items,
            _ if entry.value.text().is_some() => std::slice::from_ref(&entry.value),
            _ => {
                let expected = "the id of a step, or a list of ids";
                problems.push(fields::wrong_type("needs", expected, &entry.value, entry.place()));
                return Vec::new();
            }
        };
        let mut needs = Vec::new();
        for node in nodes {
            let Some(text) = fields::item(entry, node, problems) else { continue };
            match StepId::parse(text) {
                Ok(id) => needs.push(Need { id, place: node.span() }),
                Err(_) if self.malformed.contains(text) => {}
                Err(_) => problems.push(
                    Problem::new(
                        Code::StepMalformed,
                        format!("`{}` cannot name a step", cut(text)),
                        node.span(),
                        "a lower-case letter, then at most 62 letters, digits or `_` are expected",
                    )
                    .help("ids are written in snake case, such as `undo_db`"),
                ),
            }
        }
        needs
    }
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
    let text = fields::text(entry, problems)?;
    let found = crate::steps::find(text);
    if found.is_none() {
        problems.push(unknown_kind(text, entry));
    }
    found
}

fn unknown_kind(text: &str, entry: &Entry) -> Problem {
    let (word, place) = (cut(text), entry.place());
    if KINDS.contains(&text) {
        let message = format!(
            "the kind `{word}` belongs to the format, but this version does not have it yet"
        );
        return Problem::new(Code::UsesNotYet, message, place, "not there yet")
            .help(format!("this version has {}", fields::list(&here())));
    }
    let problem = Problem::new(
        Code::UsesUnknown,
        format!("there is no kind `{word}`"),
        place,
        "no such kind",
    );
    match nearest(text, KINDS.iter().copied()) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help(format!("this version has {}", fields::list(&here()))),
    }
}

fn here() -> Vec<&'static str> {
    crate::steps::ALL.iter().map(|step_type| step_type.decl().kind).collect()
}

fn no_timeout(kind: &str, entry: &Entry) -> Problem {
    let message = format!("`{kind}` takes no `timeout`");
    Problem::new(Code::TimeoutNotTaken, message, entry.key_span, "it would have no effect").help(
        format!("take it out: a step of kind `{kind}` ends by itself, by what stands under `with`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::text::Source;

    #[test]
    fn every_step_type_is_a_kind_of_the_format() {
        assert!(here().iter().all(|kind| KINDS.contains(kind)));
    }

    #[test]
    fn there_may_be_as_many_steps_as_the_limit_and_no_more() {
        let text = "runbook: v1\nname: n\nsteps:\n  a: {uses: noop}\n  b: {uses: noop}\n";
        let codes = |most: usize| {
            let mut problems = Problems::default();
            let document = Document::parse(&Source::new("n.yaml", text), &mut problems);
            let runbook = Runbook::read_within(&document, most, &mut problems);
            (runbook.steps.len(), problems.iter().map(|problem| problem.code).collect::<Vec<_>>())
        };
        assert_eq!(codes(2), (2, vec![]));
        assert_eq!(codes(1), (1, vec![Code::StepsTooMany]));
    }
}
