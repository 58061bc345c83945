//! The report as text for people.

use std::fmt::Write as _;

use super::progress::mark;
use super::{JournalHead, Report, StepReport, grade_word, safe};
use crate::time::Words;

/// Writes the report for people: what it came to first, then each step with its evidence, then
/// what to know and do.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    let head = &report.run;
    let _ = writeln!(out, "{}: {}", safe(&head.runbook), report.headline());
    let _ = writeln!(out, "{}", report.summary);
    let (id, address, target) = (safe(&head.id), safe(&head.address), safe(&head.target));
    let _ = writeln!(out, "run {id} on {address} ({target})");
    if let Some(damage) = &report.damage {
        let _ = writeln!(out, "{}", safe(damage));
    }
    if let Some(stopped) = &report.stopped {
        let _ = writeln!(out, "{}", safe(stopped));
    }
    out.push('\n');
    let ids: Vec<_> = report.steps.iter().map(|step| safe(&step.id)).collect();
    let width = ids.iter().map(|id| id.chars().count()).max().unwrap_or_default();
    for (id, step) in ids.iter().zip(&report.steps) {
        step_lines(&mut out, id, step, width);
    }
    let decisions = report.decisions.iter().map(|decision| ("decided", decision));
    let remarks = report.remarks.iter().map(|remark| ("note", remark));
    if !(report.decisions.is_empty() && report.remarks.is_empty()) {
        out.push('\n');
    }
    for (word, said) in decisions.chain(remarks) {
        let _ = writeln!(out, "{word}: {}", safe(said));
    }
    if let Some(JournalHead { records, last_sum }) = &report.journal {
        let _ = writeln!(out, "\njournal: {records} records, last sum {}", safe(last_sum));
    }
    out
}

fn step_lines(out: &mut String, id: &str, step: &StepReport, width: usize) {
    let mark = step.result.map_or("…", mark);
    let mut head = format!("{mark} {id:width$}  {:<9}", step.word());
    if let Some(took) = step.took() {
        let _ = write!(head, "  {}", Words(took));
    }
    if let Some(grade) = step.grade {
        let _ = write!(head, "  ({})", grade_word(grade));
    }
    let _ = writeln!(out, "{}", head.trim_end());
    let _ = writeln!(out, "  {:width$}  {}", "", safe(&step.message));
    for line in &step.evidence {
        let _ = writeln!(out, "  {:width$}  · {}", "", safe(line));
    }
}
