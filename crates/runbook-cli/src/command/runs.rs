//! `runbook runs`: the runs that were kept, and what each is waiting for.

use std::fmt::Write as _;
use std::time::Duration;

use runbook_core::event::{Verdict, What};
use runbook_core::report::{Report, Wait, safe, waits};
use runbook_core::time::Timestamp;
use serde::Serialize;

use crate::args::{Format, RunsArgs};
use crate::exit::{Exit, Failure};
use crate::record::Record;
use crate::state::{RunFolder, State};
use crate::terminal;

/// Lists the runs, the last begun first; deletes old ones before, where that is asked for.
pub(crate) fn run(args: &RunsArgs) -> Result<Exit, Failure> {
    let state = State::find(&args.state)?;
    let mut list = Listing { schema: "runs/v1", runs: Vec::new(), pruned: Vec::new() };
    let mut ended = Exit::Done;
    for folder in state.runs()? {
        let row = Row::of(&folder);
        match args.prune {
            Some(age) if row.may_be_pruned(age) => match state.remove(&folder) {
                Ok(()) => list.pruned.push(row),
                Err(error) => {
                    let path = folder.path().display();
                    let message = format!("{path} cannot be deleted: {error}");
                    terminal::failure(&Failure::new(Exit::Journal, message));
                    ended = Exit::Journal;
                    list.runs.push(row);
                }
            },
            _ => list.runs.push(row),
        }
    }
    match args.format {
        Format::Text => terminal::result(&list.text(&state)),
        Format::Json => terminal::json(&list),
    }
    Ok(ended)
}

/// Its JSON is the shape `runs/v1`.
#[derive(Debug, Serialize)]
struct Listing {
    schema: &'static str,
    runs: Vec<Row>,
    /// What was deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pruned: Vec<Row>,
}

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Standing {
    /// A process carries it out right now.
    Running,
    /// Something of it can go on.
    Open,
    /// Nothing of it can go on.
    Closed,
    /// Its folder cannot be read, or cannot be trusted.
    Unreadable,
}

/// A run, in a few words.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    standing: Standing,
    runbook: Option<String>,
    target: Option<String>,
    address: Option<String>,
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
    verdict: Option<Verdict>,
    exit_code: Option<u8>,
    waits_for: Vec<Wait>,
    /// The command that goes on with it.
    go_on: Option<String>,
    /// Why it cannot be read, or not as a whole.
    problem: Option<String>,
}

impl Row {
    /// Says what is known of a run. A folder that cannot be read is a row as well: the other runs
    /// are not to blame.
    fn of(folder: &RunFolder) -> Self {
        match Record::read(folder) {
            Ok(record) => Self::of_record(folder, &record),
            Err(failure) => Self {
                id: folder.id.clone(),
                // Whoever writes it may not have come to the first line.
                standing: if folder.is_running() {
                    Standing::Running
                } else {
                    Standing::Unreadable
                },
                runbook: None,
                target: None,
                address: None,
                started: None,
                ended: None,
                verdict: None,
                exit_code: None,
                waits_for: Vec::new(),
                go_on: None,
                problem: Some(failure.message),
            },
        }
    }

    fn of_record(folder: &RunFolder, record: &Record) -> Self {
        let Report { run: head, verdict, is_open, .. } = record.report();
        let newer = record.journal.is_understood().err();
        let closed = |what: &What| matches!(what, What::Closed { .. });
        let is_closed = !is_open && record.journal.events.iter().any(|event| closed(&event.what));
        let standing = match (folder.is_running(), is_closed && newer.is_none()) {
            (true, _) => Standing::Running,
            (false, true) => Standing::Closed,
            (false, false) => Standing::Open,
        };
        let verdict = (standing != Standing::Running).then_some(verdict);
        let goes_on = standing == Standing::Open && newer.is_none();
        Self {
            id: folder.id.clone(),
            standing,
            runbook: Some(head.runbook),
            target: Some(head.target),
            address: Some(head.address),
            started: head.started,
            ended: head.ended.filter(|_| standing != Standing::Running),
            verdict,
            exit_code: verdict.map(Verdict::exit_code),
            waits_for: waits(&record.run),
            go_on: goes_on.then(|| format!("runbook resume {}", folder.id)),
            problem: newer.map(|newer| newer.to_string()),
        }
    }

    /// Only what is closed for good, and was read as a whole.
    fn may_be_pruned(&self, age: Duration) -> bool {
        let now = Timestamp::from_millisecond(jiff::Timestamp::now().as_millisecond());
        let is_old = self.ended.is_some_and(|ended| ended + age < now);
        self.standing == Standing::Closed && self.problem.is_none() && is_old
    }

    fn lines(&self, out: &mut String) {
        let word = self.verdict.map(Verdict::name).unwrap_or_default();
        let word = match self.standing {
            Standing::Running => "running".to_owned(),
            Standing::Open => format!("open ({word})"),
            Standing::Closed => word.to_owned(),
            Standing::Unreadable => "unreadable".to_owned(),
        };
        let _ = write!(out, "{}  {word}", safe(&self.id));
        let shown = |text: &Option<String>| text.as_deref().map(safe).unwrap_or_default();
        if self.runbook.is_some() {
            let (runbook, target) = (shown(&self.runbook), shown(&self.target));
            let _ = write!(out, ": {runbook} on {} ({target})", shown(&self.address));
        }
        out.push('\n');
        let mut detail = |text: &str| {
            let _ = writeln!(out, "    {text}");
        };
        match (self.started, self.ended) {
            (Some(started), Some(ended)) => detail(&format!("from {started} to {ended}")),
            (Some(started), None) => detail(&format!("from {started}")),
            (None, _) => {}
        }
        for Wait { step, why } in &self.waits_for {
            detail(&format!("`{}` {why}", safe(step)));
        }
        if let Some(problem) = &self.problem {
            detail(&safe(problem));
        }
        if let Some(go_on) = &self.go_on {
            detail(&format!("go on with `{}`", safe(go_on)));
        }
    }
}

impl Listing {
    fn text(&self, state: &State) -> String {
        let mut out = String::new();
        for row in &self.runs {
            row.lines(&mut out);
        }
        for row in &self.pruned {
            let _ = writeln!(out, "{}  deleted", safe(&row.id));
        }
        if out.is_empty() {
            let _ = writeln!(out, "no runs in {}", safe(&state.path().display().to_string()));
        }
        out
    }
}
