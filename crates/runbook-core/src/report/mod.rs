//! What people and machines are told of a run. Live and replayed runs go through the same words.
//!
//! It must not decide anything, and it prints nothing: it returns text.

mod json;
mod junit;
mod markdown;
mod progress;
mod rule;
mod running;
mod safe;
mod terminal;
#[cfg(test)]
mod tests;
mod waits;

use std::time::Duration;

use serde::Serialize;

pub use progress::{line, stamped};
pub use rule::{ToResolve, is_ruled, to_resolve};
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
    /// Whether it is at work right now: then all of this is as of now, and the verdict what the
    /// run would have come to if its process ended at this moment.
    pub is_running: bool,
    /// What is wrong with its journal: then all of this is what stands before the damage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
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

/// How far what is known of a run can be taken for all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// All that there is, and nobody is at work.
    #[default]
    Whole,
    /// A process carries it out right now.
    Running,
    /// What stands in its journal before this damage.
    Damaged(String),
}

/// The exit code of a command that finds a damaged journal.
const DAMAGED: u8 = 74;

impl Report {
    /// Says what is known of a run.
    pub fn of(run: &Run) -> Self {
        Self::standing(run, Standing::Whole)
    }

    /// Says what is known of a run, and how far that goes.
    pub fn standing(run: &Run, standing: Standing) -> Self {
        let verdict = run.ended().map_or_else(|| run.verdict(), |(_, verdict)| verdict);
        let stopped = run.stopped().map(|stop| match stop {
            Stop::Signal { name } => format!("stopped by {name}"),
            Stop::Unreachable { message } | Stop::Superseded { message } => message.clone(),
        });
        let is_damaged = matches!(standing, Standing::Damaged(_));
        Self {
            schema: "report/v1",
            run: RunHead::of(run),
            verdict,
            summary: match standing {
                Standing::Whole => summary(run, verdict),
                Standing::Running => "at work right now; this is how far it has come by now",
                Standing::Damaged(_) => {
                    "its journal is damaged; this is what the records before \
                                         the damage prove, and nothing can continue the run"
                }
            },
            is_open: run.is_open() && !is_damaged,
            exit_code: if is_damaged { DAMAGED } else { verdict.exit_code() },
            stopped,
            steps: run.plan().steps().iter().map(|step| StepReport::of(run, step)).collect(),
            decisions: run.rulings().iter().map(decision).collect(),
            remarks: match standing {
                Standing::Whole => remarks(run, verdict),
                // What is to be done is known once it has ended.
                Standing::Running => Vec::new(),
                Standing::Damaged(_) => by_hand(run),
            },
            journal: None,
            is_running: standing == Standing::Running,
            damage: match standing {
                Standing::Damaged(why) => Some(why),
                Standing::Whole | Standing::Running => None,
            },
        }
    }

    /// Returns the word for where the run is: that of its verdict, where that is the last word.
    pub const fn word(&self) -> &'static str {
        match (&self.damage, self.is_running) {
            (Some(_), _) => "damaged",
            (None, true) => "running",
            (None, false) => self.verdict.name(),
        }
    }

    /// Returns what it came to, with the exit code where there is one by now.
    fn headline(&self) -> String {
        let word = self.word();
        if self.is_running {
            word.to_owned()
        } else {
            format!("{word} (exit code {})", self.exit_code)
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
        Verdict::Interrupted if is_ruled(run) => "ruled on; `runbook resume` goes on with it",
        Verdict::Interrupted if run.has_acted() => {
            "interrupted; repeat nothing by hand before you have looked"
        }
        Verdict::Interrupted => "interrupted; no action was sent",
    }
}

/// What is left to do where nothing can continue a run.
fn by_hand(run: &Run) -> Vec<String> {
    let acted = run.plan().steps().iter().zip(run.steps()).filter(|(planned, step)| {
        let is_open = run.open_actions().any(|ticket| ticket.step == planned.id);
        let is_unknown = step.ending().is_some_and(|it| it.result == StepResult::Unknown);
        is_open || is_unknown || step.grade == Some(Grade::Accepted)
    });
    let open = acted.map(|(planned, _)| {
        format!(
            "what became of `{}` is not proven by what is left of the journal: look in the backup \
             console, and do not repeat it before you know.",
            planned.id
        )
    });
    let others = "What the lost records say is not known: any step after these may have begun.";
    open.chain([others.to_owned()]).collect()
}

fn remarks(run: &Run, verdict: Verdict) -> Vec<String> {
    let mut remarks = Vec::new();
    let id = rule::id(run);
    for ticket in run.open_actions() {
        remarks.push(format!(
            "`{}` had written down an action that has no outcome: it may or may not have been \
             sent. `runbook resume {id}` finds out what became of it, as far as EM shows; repeat \
             nothing by hand before.",
            ticket.step
        ));
    }
    if is_ruled(run) {
        remarks.push(format!("`runbook resume {id}` goes on with what was ruled."));
    }
    let to_resolve = to_resolve(run);
    for (planned, step) in run.plan().steps().iter().zip(run.steps()) {
        if let Some(found) = to_resolve.iter().find(|found| found.step == planned.id) {
            remarks.push(format!(
                "what became of `{}` is unknown: look in the backup console, and do not repeat it \
                 before you know. Then {} says so, and `runbook resume {id}` goes on.",
                planned.id,
                found.how(id)
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
