//! What people and machines are told of a run. Live and replayed runs go through the same words.
//!
//! It must not decide anything, and it prints nothing: it returns text.

mod json;
mod junit;
mod markdown;
mod progress;
mod running;
mod safe;
mod terminal;
#[cfg(test)]
mod tests;
mod waits;

use std::time::Duration;

use serde::Serialize;

pub use progress::{line, stamped};
pub use running::Running;
pub use safe::{safe, safe_json};
pub use terminal::text;
pub use waits::{Wait, waits};

use crate::event::{Event, Ruling, Stop, Verdict};
use crate::run::{Grade, Phase, Run};
use crate::step::StepResult;
use crate::time::Timestamp;

/// Is told what happens while a run goes on.
pub trait Reporter {
    /// Tells one event.
    fn tell(&mut self, told: &Told<'_>);
}

/// What a reporter is told.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The run, which has applied the event already.
    pub run: &'a Run,
    /// What happened.
    pub event: &'a Event,
    /// The wall clock, as the event's line in the journal has it.
    pub wall: Timestamp,
    /// Its line in the journal; none for an event that is only passing.
    pub line: Option<Line<'a>>,
}

/// A line of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number.
    pub seq: u64,
    /// Its sum, in hex. Whoever keeps it elsewhere can later prove that neither this line nor one
    /// before it was changed.
    pub sum: &'a str,
}

/// The record of a run. Its JSON is the shape `report/v1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// `report/v1`.
    pub schema: &'static str,
    /// The run.
    pub run: RunHead,
    /// What it came to; `interrupted` for a run whose process ended without a word.
    pub verdict: Verdict,
    /// The same in a sentence.
    pub summary: &'static str,
    /// Whether anything of it can still go on.
    pub is_open: bool,
    /// The exit code that says so.
    pub exit_code: u8,
    /// Why nothing more was sent, where it was stopped.
    pub stopped: Option<String>,
    /// The steps, in the order of the runbook.
    pub steps: Vec<StepReport>,
    /// What people have decided.
    pub decisions: Vec<String>,
    /// What a person should know and do.
    pub remarks: Vec<String>,
    /// Where the journal ended when this was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal: Option<JournalHead>,
}

/// The end of a journal. Whoever keeps it elsewhere, as in the log of a CI job, can prove later
/// that no record before it was changed, dropped or added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JournalHead {
    /// How many records it has.
    pub records: usize,
    /// The sum of the last one.
    pub last_sum: String,
}

/// What the run is a run of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunHead {
    /// Its id.
    pub id: String,
    /// The runbook.
    pub runbook: String,
    /// SHA-256 of the plan.
    pub plan_digest: String,
    /// The target's name.
    pub target: String,
    /// EM's address.
    pub address: String,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it came to its verdict.
    pub ended: Option<Timestamp>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepReport {
    /// Its name.
    pub id: String,
    /// Its kind.
    pub uses: &'static str,
    /// How it ended; none while it is open.
    pub result: Option<StepResult>,
    /// How far the success of its action is proven.
    pub grade: Option<Grade>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How many requests that change something were about to be sent.
    pub attempts: u32,
    /// What happened, in a sentence.
    pub message: String,
    /// What supports it.
    pub evidence: Vec<String>,
}

impl Report {
    /// Says what is known of a run.
    pub fn of(run: &Run) -> Self {
        let verdict = run.ended().map_or_else(|| run.verdict(), |(_, verdict)| verdict);
        let stopped = run.stopped().map(|stop| match stop {
            Stop::Signal { name } => format!("stopped by {name}"),
            Stop::Unreachable { message } | Stop::Superseded { message } => message.clone(),
        });
        Self {
            schema: "report/v1",
            run: RunHead::of(run),
            verdict,
            summary: summary(run, verdict),
            is_open: run.is_open(),
            exit_code: verdict.exit_code(),
            stopped,
            steps: run.plan().steps().iter().map(|step| StepReport::of(run, step)).collect(),
            decisions: run.rulings().iter().map(decision).collect(),
            remarks: remarks(run, verdict),
            journal: None,
        }
    }

    /// Says where the journal ends, which vouches for all of it.
    #[must_use]
    pub fn anchored(mut self, records: usize, last_sum: &str) -> Self {
        self.journal = Some(JournalHead { records, last_sum: last_sum.to_owned() });
        self
    }
}

impl RunHead {
    fn of(run: &Run) -> Self {
        let (started, opened) = run.opened().cloned().unzip();
        let opened =
            |of: fn(crate::event::Opened) -> String| opened.clone().map(of).unwrap_or_default();
        Self {
            id: opened(|head| head.run),
            runbook: run.plan().name().to_owned(),
            plan_digest: opened(|head| head.plan_digest),
            target: opened(|head| head.target),
            address: opened(|head| head.address),
            started,
            ended: run.ended().map(|(at, _)| at),
        }
    }
}

impl StepReport {
    /// Returns the word for its result: that of the result, or `open`.
    pub fn word(&self) -> &'static str {
        self.result.map_or("open", StepResult::name)
    }

    /// Returns how long it took, where it began and ended.
    pub fn took(&self) -> Option<Duration> {
        self.started.zip(self.ended).map(|(started, ended)| ended.since(started))
    }

    fn of(run: &Run, planned: &crate::plan::PlannedStep) -> Self {
        let step = run.step(&planned.id).expect("invariant: the run has every step of its plan");
        let (started, ended, ending) = match &step.phase {
            Phase::Waiting => (None, None, None),
            Phase::Running { started, .. } => (Some(*started), None, None),
            Phase::Ended { started, ended, ending } => (*started, Some(*ended), Some(ending)),
        };
        let message = match (ending, started) {
            (Some(ending), _) => ending.message.clone(),
            (None, Some(_)) => "it had begun, and has no end yet".to_owned(),
            (None, None) => "it had not begun".to_owned(),
        };
        let seen = ending.map(|ending| ending.evidence.clone()).unwrap_or_default();
        let seen = seen
            .into_iter()
            .filter(|line| !step.evidence.iter().any(|had| had.contains(line.as_str())));
        Self {
            id: planned.id.to_string(),
            uses: planned.uses.decl().kind,
            result: ending.map(|ending| ending.result),
            grade: step.grade,
            started,
            ended,
            attempts: step.attempts,
            message,
            evidence: step.evidence.iter().cloned().chain(seen).collect(),
        }
    }
}

fn decision((at, ruling): &(Timestamp, Ruling)) -> String {
    let Ruling { step, rule, by, because } = ruling;
    format!("{at}: {by} ruled «{}» on `{step}`: {because}", rule.name())
}

const fn grade_word(grade: Grade) -> &'static str {
    match grade {
        Grade::Accepted => "accepted",
        Grade::Acknowledged => "acknowledged",
        Grade::Proven => "proven",
    }
}

fn summary(run: &Run, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Done => "all went as planned",
        Verdict::Failed if run.has_acted() => "a step failed; what was done before it stays done",
        Verdict::Failed => "a step failed; no action was sent",
        Verdict::NotReady => "EM lacks what the runbook needs; no action was sent",
        Verdict::Unknown => "the outcome of an action that was sent is not proven",
        Verdict::Waiting => "parked at gates",
        Verdict::Locked => "another run is at work with the same account; no action was sent",
        Verdict::Unreachable => "EM cannot be reached, trusted or logged on to; no action was sent",
        Verdict::Interrupted if run.has_acted() => {
            "interrupted; repeat nothing by hand before you have looked"
        }
        Verdict::Interrupted => "interrupted; no action was sent",
    }
}

fn remarks(run: &Run, verdict: Verdict) -> Vec<String> {
    let mut remarks = Vec::new();
    for ticket in run.open_actions() {
        remarks.push(format!(
            "`{}` had written down an action that has no outcome: it may or may not have been \
             sent. Look at its object in the backup console before anything is repeated by hand.",
            ticket.step
        ));
    }
    for (planned, step) in run.plan().steps().iter().zip(run.steps()) {
        let result = step.ending().map(|ending| ending.result);
        if result == Some(StepResult::Unknown) {
            remarks.push(format!(
                "`{}` is unknown: look in the backup console what became of it. Do not repeat it \
                 before you know.",
                planned.id
            ));
        } else if step.grade == Some(Grade::Acknowledged) && verdict == Verdict::Done {
            remarks.push(format!(
                "`{}` is acknowledged: EM reports success. Nothing in this run has looked at the \
                 machines themselves.",
                planned.id
            ));
        } else if step.grade == Some(Grade::Accepted) && verdict == Verdict::Done {
            remarks.push(format!(
                "`{}` is accepted: EM has taken it, and nothing in this run has followed it to \
                 its end.",
                planned.id
            ));
        }
    }
    remarks
}
