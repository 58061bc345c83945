//! What stands in the journals, read as lines of JSON and not by the reader of the program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use em_sim::{Entry, Event};
use serde_json::Value as Json;

use crate::shape::Shape;

/// The journals of a state folder: each run that has a head, with its whole lines.
#[derive(Debug, Default)]
pub(crate) struct Record(Vec<(PathBuf, Vec<Json>)>);

/// What was known of the actions of a run when its process was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Known {
    /// No action was about to be sent.
    Nothing,
    /// One was, and EM had not taken it: nothing can prove that it never will.
    NotReached,
    /// EM had taken it, and the record does not say so.
    AnswerLost,
    /// EM had taken it, and the record says so.
    Recorded,
}

impl Known {
    pub(crate) const ALL: [Self; 4] =
        [Self::Nothing, Self::NotReached, Self::AnswerLost, Self::Recorded];

    /// Returns it in words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "no action begun",
            Self::NotReached => "sent, not taken by EM",
            Self::AnswerLost => "taken by EM, not on record",
            Self::Recorded => "taken by EM, on record",
        }
    }

    /// Says what was known. Where there are several actions, what weighs most counts.
    pub(crate) fn of(shape: Shape, record: &Record, ledger: &[Entry]) -> Self {
        let mut known = Self::Nothing;
        let mut weighs_most = 0;
        for act in shape.acts() {
            let is_taken = accepted(ledger, |on| on == act.plan.as_str()) > 0;
            let of = match (record.has("intent", &act.step), record.has("accepted", &act.step)) {
                (true, true) => (1, Self::Recorded),
                (true, false) if is_taken => (3, Self::AnswerLost),
                (true, false) => (2, Self::NotReached),
                _ => (0, Self::Nothing),
            };
            if of.0 > weighs_most {
                (weighs_most, known) = of;
            }
        }
        known
    }
}

/// Counts the actions on plans that were taken on.
pub(crate) fn accepted(ledger: &[Entry], is_on: impl Fn(&str) -> bool) -> usize {
    let wanted = |entry: &&Entry| matches!(&entry.event, Event::Accepted { plan, .. } if is_on(plan.as_str()));
    ledger.iter().filter(wanted).count()
}

/// Returns the results of the steps of a report; `open` where there is none.
pub(crate) fn results(report: &str) -> BTreeMap<String, String> {
    let report: Json = serde_json::from_str(report).unwrap_or_default();
    let steps = report["steps"].as_array().cloned().unwrap_or_default();
    let result = |step: &Json| {
        let result = step["result"].as_str().unwrap_or("open").to_owned();
        Some((step["id"].as_str()?.to_owned(), result))
    };
    steps.iter().filter_map(result).collect()
}

impl Record {
    /// Reads all journals below a state folder.
    pub(crate) fn read(state: &Path) -> Self {
        let entries = std::fs::read_dir(state).into_iter().flatten().flatten();
        let mut runs: Vec<_> = entries.map(|entry| entry.path()).collect();
        runs.sort();
        let lines = |path: &Path| -> Vec<Json> {
            let bytes = std::fs::read(path.join("journal.jsonl")).unwrap_or_default();
            let whole = bytes.split_inclusive(|byte| *byte == b'\n');
            let whole = whole.filter(|line| line.ends_with(b"\n"));
            whole.filter_map(|line| serde_json::from_slice(line).ok()).collect()
        };
        let runs = runs.into_iter().map(|path| {
            let lines = lines(&path);
            (path, lines)
        });
        Self(runs.filter(|(_, lines)| !lines.is_empty()).collect())
    }

    /// Tells whether there is a run to go on with.
    pub(crate) fn is_begun(&self) -> bool {
        !self.0.is_empty()
    }

    /// Returns the folder of the last run.
    pub(crate) fn last_run(&self) -> Option<&Path> {
        self.0.last().map(|(path, _)| path.as_path())
    }

    /// Returns how many runs there are.
    pub(crate) fn runs(&self) -> usize {
        self.0.len()
    }

    fn of<'a>(&'a self, kind: &'a str, step: &'a str) -> impl Iterator<Item = &'a Json> {
        let lines = self.0.iter().flat_map(|(_, lines)| lines);
        lines.filter(move |line| line["kind"] == kind && line["step"] == step)
    }

    /// Tells whether there is a record of a kind for a step.
    pub(crate) fn has(&self, kind: &str, step: &str) -> bool {
        self.of(kind, step).next().is_some()
    }

    /// Counts the intents of a step to send a POST.
    pub(crate) fn posts(&self, step: &str) -> usize {
        self.of("intent", step).filter(|line| line["method"] == "POST").count()
    }
}
