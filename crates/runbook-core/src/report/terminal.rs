//! The report as text for people.

use std::fmt::Write as _;

use super::progress::mark;
use super::{Report, StepReport, safe};
use crate::run::Grade;
use crate::time::Words;

/// Writes the report for people: what it came to first, then each step with its evidence, then
/// what to know and do.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    let head = &report.run;
    let verdict = report.verdict.name();
    let _ = writeln!(out, "{}: {verdict} (exit code {})", head.runbook, report.exit_code);
    let _ = writeln!(out, "{}", report.summary);
    let _ = writeln!(out, "run {} on {} ({})", head.id, safe(&head.address), safe(&head.target));
    if let Some(stopped) = &report.stopped {
        let _ = writeln!(out, "{}", safe(stopped));
    }
    out.push('\n');
    let width = report.steps.iter().map(|step| step.id.len()).max().unwrap_or_default();
    for step in &report.steps {
        step_lines(&mut out, step, width);
    }
    if !report.remarks.is_empty() {
        out.push('\n');
    }
    for remark in &report.remarks {
        let _ = writeln!(out, "note: {}", safe(remark));
    }
    out
}

fn step_lines(out: &mut String, step: &StepReport, width: usize) {
    let (mark, result) = match step.result {
        Some(result) => (mark(result), result.name()),
        None => ("…", "open"),
    };
    let mut head = format!("{mark} {:width$}  {result:<9}", step.id);
    if let (Some(started), Some(ended)) = (step.started, step.ended) {
        let _ = write!(head, "  {}", Words(ended.since(started)));
    }
    match step.grade {
        Some(Grade::Accepted) => head.push_str("  (accepted)"),
        Some(Grade::Acknowledged) => head.push_str("  (acknowledged)"),
        Some(Grade::Proven) => head.push_str("  (proven)"),
        None => {}
    }
    let _ = writeln!(out, "{}", head.trim_end());
    let _ = writeln!(out, "  {:width$}  {}", "", safe(&step.message));
    for line in &step.evidence {
        let _ = writeln!(out, "  {:width$}  · {}", "", safe(line));
    }
}
