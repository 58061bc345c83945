//! `runbook runs`: the runs that were kept, and what each is waiting for.

use std::fmt::Write as _;
use std::time::Duration;

use runbook_core::event::{Verdict, What};
use runbook_core::report::{Report, RunHead, Wait, safe, waits};
use runbook_core::time::Timestamp;
use serde::Serialize;

use crate::args::{Format, RunsArgs};
use crate::exit::{Exit, Failure};
use crate::record::{self, NOTHING, Record};
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
    /// It ended before anything of it was written down.
    NeverBegan,
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
    /// When it is known to have been at work last, where its folder may be deleted some day.
    #[serde(skip)]
    may_go_since: Option<Timestamp>,
}

impl Row {
    /// Says what is known of a run. A folder that cannot be read is a row as well: the other runs
    /// are not to blame.
    fn of(folder: &RunFolder) -> Self {
        if record::has_nothing(folder) {
            let written = folder.written().and_then(|at| jiff::Timestamp::try_from(at).ok());
            let written = written.map(|at| Timestamp::from_millisecond(at.as_millisecond()));
            return Self { may_go_since: written, ..Self::bare(folder, Standing::NeverBegan) };
        }
        match Record::read_what_is_left(folder) {
            Ok((record, None)) => Self::of_record(folder, &record),
            Ok((record, Some(damage))) => Self {
                problem: Some(damage.failure.message),
                ..Self::headed(folder, Standing::Unreadable, record.report().run)
            },
            // Whoever writes it may not have come to the first line.
            Err(_) if folder.is_running() => Self::bare(folder, Standing::Running),
            Err(failure) => {
                Self { problem: Some(failure.message), ..Self::bare(folder, Standing::Unreadable) }
            }
        }
    }

    fn bare(folder: &RunFolder, standing: Standing) -> Self {
        Self {
            id: folder.id.clone(),
            standing,
            runbook: None,
            target: None,
            address: None,
            started: None,
            ended: None,
            verdict: None,
            exit_code: None,
            waits_for: Vec::new(),
            go_on: None,
            problem: None,
            may_go_since: None,
        }
    }

    fn headed(folder: &RunFolder, standing: Standing, head: RunHead) -> Self {
        Self {
            runbook: Some(head.runbook),
            target: Some(head.target),
            address: Some(head.address),
            started: head.started,
            ..Self::bare(folder, standing)
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
        let ends = record.is_of_the_simulator();
        let goes_on = standing == Standing::Open && newer.is_none() && !ends;
        // What has acted is kept for whoever goes on with it; a simulator is gone.
        let may_go = match standing {
            Standing::Closed => true,
            Standing::Open => newer.is_none() && (ends || !record.run.has_acted()),
            Standing::Running | Standing::NeverBegan | Standing::Unreadable => false,
        };
        let ended = head.ended.filter(|_| standing != Standing::Running);
        let waits_for = if ends { Vec::new() } else { waits(&record.run) };
        Self {
            ended,
            verdict,
            exit_code: verdict.map(Verdict::exit_code),
            waits_for,
            go_on: goes_on.then(|| format!("runbook resume {}", folder.id)),
            problem: newer.map(|newer| newer.to_string()),
            may_go_since: may_go.then(|| ended.unwrap_or(record.journal.between[1])),
            ..Self::headed(folder, standing, head)
        }
    }

    /// Only what was read as a whole, and is closed for good or has done nothing.
    fn may_be_pruned(&self, age: Duration) -> bool {
        let now = Timestamp::from_millisecond(jiff::Timestamp::now().as_millisecond());
        self.may_go_since.is_some_and(|since| since + age < now)
    }

    fn lines(&self, out: &mut String) {
        let word = self.verdict.map(Verdict::name).unwrap_or_default();
        let word = match self.standing {
            Standing::Running => "running".to_owned(),
            Standing::Open => format!("open ({word})"),
            Standing::Closed => word.to_owned(),
            Standing::NeverBegan => "never began".to_owned(),
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
        if self.standing == Standing::NeverBegan {
            detail(&format!("it {NOTHING}"));
        }
        if self.standing == Standing::Open && self.go_on.is_none() && self.problem.is_none() {
            detail("its simulator ended with its process, so nothing can go on with it");
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
