//! The report as Markdown, for the summary of a CI job or a comment on a change.
//!
//! A name or message is text in a code span, and nothing else. Escaping would not do: hosts look
//! for mentions, links and numbers of issues after they have taken the escapes away, and leave
//! code spans alone.

use std::fmt::Write as _;

use super::progress::mark;
use super::{JournalHead, Report, StepReport, grade_word, safe};
use crate::time::Words;

impl Report {
    /// Writes the report as Markdown: verdict and exit code first, the steps as a table, what
    /// supports their results, and what to know and do.
    pub fn markdown(&self) -> String {
        let head = &self.run;
        let mut out = format!("## {}: {}\n\n", code(&head.runbook), self.headline());
        let _ = writeln!(out, "**{}.**\n", self.summary);
        if let Some(damage) = &self.damage {
            let _ = writeln!(out, "{}\n", code(damage));
        }
        if let Some(stopped) = &self.stopped {
            let _ = writeln!(out, "{}\n", code(stopped));
        }
        let (id, target, address) = (code(&head.id), code(&head.target), code(&head.address));
        let _ = writeln!(out, "Run {id} on {address} ({target})\n");
        out.push_str("| | step | kind | result | grade | took |\n");
        out.push_str("| --- | --- | --- | --- | --- | ---: |\n");
        for step in &self.steps {
            row(&mut out, step);
        }
        list(&mut out, "Decisions", &self.decisions);
        list(&mut out, "Notes", &self.remarks);
        out.push_str("\n### Evidence\n\n");
        for step in &self.steps {
            let _ = writeln!(out, "- {}: {}", code(&step.id), code(&step.message));
            for line in &step.evidence {
                let _ = writeln!(out, "  - {}", code(line));
            }
        }
        if let Some(JournalHead { records, last_sum }) = &self.journal {
            let _ = writeln!(out, "\nJournal: {records} records, last sum {}", code(last_sum));
        }
        out
    }
}

fn row(out: &mut String, step: &StepReport) {
    let mark = step.result.map_or("…", mark);
    let (id, kind, word) = (cell(&step.id), cell(step.uses), step.word());
    let grade = step.grade.map_or("", grade_word);
    let took = step.took().map(|took| Words(took).to_string()).unwrap_or_default();
    let _ = writeln!(out, "| {mark} | {id} | {kind} | {word} | {grade} | {took} |");
}

fn list(out: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n### {title}\n");
    for line in lines {
        let _ = writeln!(out, "- {}", code(line));
    }
}

/// A code span: its fence is longer than any row of backticks in it.
fn code(text: &str) -> String {
    let text = safe(text);
    if text.trim().is_empty() {
        return "–".to_owned();
    }
    let longest = text.split(|sign| sign != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // One space at each end is not part of the span, and keeps backticks from its fence.
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A code span in a table, where `|` ends a cell whatever stands around it.
fn cell(text: &str) -> String {
    code(text).replace('|', "\\u{7c}")
}
