//! A plan for people: plain text of at most 80 columns that loses nothing.

use std::fmt::Write as _;

use super::describe::{Describe, chain, coverage, plain};
use super::{Plan, PlannedStep};
use crate::runbook::Poll;
use crate::step::Effect;
use crate::text::visible;
use crate::time::Words;

/// The columns of a line.
const WIDTH: usize = 80;

/// The columns of an id and of a kind, so that those of most steps stand below each other.
const COLUMN: usize = 24;

/// What no plan of this version can know.
const NOT_PROVEN: &str = "This plan was made without asking EM. It does not prove that EM can be \
    reached, that the plans and machines exist under these names, that the account may do this, \
    or how long it will take. It proves that the runbook is whole, that its steps can be put in \
    order, and that every parameter has a value of the right type.";

impl Plan {
    /// Describes the plan for people, in at most 80 columns; a single word that is longer stays
    /// whole. There are no colours in it.
    pub fn text(&self) -> String {
        let mut out = Out::default();
        out.line(0, &format!("Plan of `{}`", self.name));
        if let Some(description) = &self.description {
            out.line(0, description);
        }
        out.blank();
        out.field("from", &self.source_name);
        out.field("", &format!("sha256:{}", self.runbook_digest));
        out.field("plan", &format!("sha256:{}", self.digest()));
        out.field("scenario", &self.scenario);
        let Poll { every, max } = self.poll;
        let objectives = [("RTO", self.objectives.rto), ("RPO", self.objectives.rpo)];
        for (name, time) in objectives.into_iter().chain([("poll", every), ("poll max", max)]) {
            if let Some(time) = time {
                out.field(name, &Words(time).to_string());
            }
        }
        for (name, value) in &self.inputs {
            out.field("input", &format!("{name} = {}", plain(value)));
        }
        for lock in &self.locks {
            out.field("lock", &visible(lock));
        }
        out.field("steps", &self.counts());
        self.waves(&mut out);
        self.summary(&mut out);
        out.text
    }

    fn counts(&self) -> String {
        let effects = [Effect::Read, Effect::Gate, Effect::Write, Effect::Irreversible];
        let counted = effects.into_iter().filter_map(|effect| {
            let same = |step: &&PlannedStep| step.effect == effect;
            let count = self.steps.iter().filter(same).count();
            (count > 0).then(|| format!("{count} {}", effect.name()))
        });
        format!("{}: {}", self.steps.len(), counted.collect::<Vec<_>>().join(", "))
    }

    fn waves(&self, out: &mut Out) {
        let waves = self.graph.waves();
        let part = |finally: bool| -> Vec<Vec<usize>> {
            let of = |wave: &Vec<usize>| -> Vec<usize> {
                let steps = wave.iter().filter(|step| self.steps[**step].flow.finally == finally);
                steps.copied().collect()
            };
            waves.iter().map(of).filter(|wave| !wave.is_empty()).collect()
        };
        for (name, waves) in [("Wave", part(false)), ("Finally, wave", part(true))] {
            for (number, wave) in waves.iter().enumerate() {
                out.blank();
                out.line(0, &format!("{name} {} of {}", number + 1, waves.len()));
                for step in wave {
                    self.step(*step, out);
                }
            }
        }
    }

    fn step(&self, at: usize, out: &mut Out) {
        let (step, words) = (&self.steps[at], Describe { plan: self, at });
        out.blank();
        let kind = step.uses.decl().kind;
        let (id, kind) = (format!("{:<COLUMN$}", step.id.as_str()), format!("{kind:<COLUMN$}"));
        out.line(2, &format!("{id} {kind} {}", words.effect()));
        if let Some(description) = &step.description {
            out.line(4, description);
        }
        out.entry("verdict", &words.verdict());
        for (name, value) in step.with.as_mapping().into_iter().flatten() {
            out.entry("with", &format!("{}: {}", plain(name), plain(value)));
        }
        out.entry_unless_empty("needs", &words.needs().join(", "));
        out.entry_unless_empty("watches", &words.watches().join(", "));
        out.entry_unless_empty("touches", &words.touches().join(", "));
        out.entry("timeout", &words.timeout());
        let flow = &step.flow;
        out.entry_unless_empty("retry", flow.retry.as_deref().unwrap_or_default());
        out.entry_unless_empty("failed", flow.on_failure.as_deref().unwrap_or_default());
        out.entry_unless_empty("warning", flow.on_warning.as_deref().unwrap_or_default());
        if let Some(most) = flow.max_parallel {
            out.entry("parallel", &format!("{most} at most"));
        }
        let resolves: Vec<_> = flow.resolves.iter().map(ToString::to_string).collect();
        out.entry_unless_empty("resolves", &resolves.join(", "));
        out.entry_unless_empty("undo", &words.undo());
    }

    fn summary(&self, out: &mut Out) {
        out.blank();
        out.line(0, &format!("Longest chain: {}", chain(self).join(" → ")));
        let coverage = coverage(self);
        if coverage.actions > 0 {
            let (actions, undo, checks) = (coverage.actions, coverage.undo, coverage.checks);
            let noun = if actions == 1 { "action" } else { "actions" };
            out.line(
                0,
                &format!("Of {actions} {noun}, {undo} can be undone and {checks} are checked."),
            );
        }
        if self.steps.iter().any(|step| step.uses.decl().kind == "command") {
            out.line(0, "It runs commands: to review this runbook is to review code.");
        }
        for accepted in &self.accepted {
            out.blank();
            let at = format!("{}:{}", self.source_name, accepted.line);
            out.line(0, &format!("accepted: {} [{}] {at}", accepted.message, accepted.code));
            out.line(2, &format!("because: {}", accepted.reason));
        }
        let remarks = self.remarks.iter();
        for remark in remarks {
            out.blank();
            let severity = remark.severity.name();
            let at = format!("{}:{}:{}", remark.file, remark.line, remark.column);
            out.line(0, &format!("{severity}: {} [{}] {at}", remark.message, remark.code));
            if let Some(help) = &remark.help {
                out.line(2, help);
            }
        }
        let lacks = self.lacks();
        if !lacks.is_empty() {
            out.blank();
            out.line(0, "This version checks and plans all of this, and cannot run yet:");
            for lack in &lacks {
                out.line(2, lack);
            }
        }
        out.blank();
        out.line(0, NOT_PROVEN);
    }
}

#[derive(Default)]
struct Out {
    text: String,
}

impl Out {
    fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Writes paragraphs that are indented.
    fn line(&mut self, indent: usize, text: &str) {
        text.lines().for_each(|line| self.wrapped(&" ".repeat(indent), line));
    }

    fn field(&mut self, name: &str, text: &str) {
        self.wrapped(&format!("{name:<9}"), text);
    }

    fn entry(&mut self, name: &str, text: &str) {
        self.wrapped(&format!("    {name:<9}"), text);
    }

    fn entry_unless_empty(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.entry(name, text);
        }
    }

    /// Breaks at spaces; further lines stand below the first letter of the text. What does not
    /// fit into a line of its own stays whole: a name that is cut in two can be copied wrongly.
    fn wrapped(&mut self, head: &str, text: &str) {
        let (start, hang) = (self.text.len(), head.chars().count());
        self.text.push_str(head);
        let mut column = hang;
        for (position, word) in visible(text).split(' ').enumerate() {
            let width = word.chars().count();
            if position > 0 && column + 1 + width > WIDTH {
                self.text.truncate(start + self.text[start..].trim_end().len());
                // Writing to a String cannot fail.
                let _ = write!(self.text, "\n{:hang$}", "");
                column = hang;
            } else if position > 0 {
                self.text.push(' ');
                column += 1;
            }
            self.text.push_str(word);
            column += width;
        }
        self.text.truncate(start + self.text[start..].trim_end().len());
        self.text.push('\n');
    }
}
