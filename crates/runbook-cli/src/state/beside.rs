//! The other runs of a state folder: which are open, and what they have left undecided.
//!
//! What can be read of them is told, what cannot is a remark: a folder that is damaged must not
//! keep a recovery from beginning.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use runbook_core::event::{Event, LaneEvent, What};
use runbook_core::journal;
use runbook_core::lane::Settings;
use runbook_core::run::{Grade, Run};
use runbook_core::step::{StepResult, Touch};
use serde_json::Value as Json;

use crate::locks::is_held_elsewhere;

use super::{JOURNAL, RunFolder, State};

/// How much of the end of a journal tells whether its run is closed.
const TAIL: u64 = 16 * 1024;
/// EM ends a session that was idle for 15 minutes. Clocks differ, so this is generous.
const SESSION_LIVES: Duration = Duration::from_hours(1);

/// What is known of the other runs.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// Runs that are open, and runs that were closed so late that EM may still list a session.
    pub(crate) runs: Vec<OpenRun>,
    /// What could not be looked at, a line each.
    pub(crate) remarks: Vec<String>,
}

/// A run that has left something behind.
#[derive(Debug)]
pub(crate) struct OpenRun {
    /// Its id.
    pub(crate) id: String,
    /// The address of its EM.
    pub(crate) address: String,
    /// What it may work on still: nothing where it is closed.
    pub(crate) touches: Vec<Touch>,
    /// Steps whose action has no outcome.
    pub(crate) unsettled: Vec<Unsettled>,
    /// SHA-256 of the logon sessions it has opened and not closed.
    pub(crate) sessions: BTreeSet<String>,
    /// Whether a process of another machine works on it, or did when it was killed.
    pub(crate) is_elsewhere: bool,
    /// What is wrong with its journal, where only the beginning can be read.
    pub(crate) damage: Option<String>,
}

/// A step that has acted, and nobody knows what came of it.
#[derive(Debug)]
pub(crate) struct Unsettled {
    /// Its name.
    pub(crate) step: String,
    /// What is known.
    pub(crate) why: &'static str,
    /// What it works on.
    pub(crate) touches: Vec<Touch>,
}

impl State {
    /// Looks at all runs but this one.
    pub(crate) fn runs_beside(&self, run: &str) -> Beside {
        let mut beside = Beside::default();
        for id in self.names(&mut beside.remarks).into_iter().filter(|name| name != run) {
            let folder = RunFolder { path: self.0.join(&id), id };
            match folder.look() {
                Ok(found) => {
                    let damage = found.as_ref().and_then(|run| run.damage.as_ref());
                    beside.remarks.extend(damage.map(|why| {
                        format!("the record of run {} can be read in part only: {why}", folder.id)
                    }));
                    beside.runs.extend(found);
                }
                Err(why) => beside.remarks.push(format!(
                    "the record of run {} cannot be read, so it is not known whether it has left \
                     an action without an outcome: {why}",
                    folder.id
                )),
            }
        }
        beside
    }

    /// Returns what is in the folder, by name.
    fn names(&self, remarks: &mut Vec<String>) -> BTreeSet<String> {
        let path = self.0.display();
        let mut fails = |error: std::io::Error| {
            remarks.push(format!(
                "{path} cannot be read to its end, so it is not known whether a run in it has left \
                 an action without an outcome: {error}"
            ));
        };
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) => {
                fails(error);
                return BTreeSet::new();
            }
        };
        let entries = entries.filter_map(|entry| entry.map_err(&mut fails).ok());
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }
}

impl RunFolder {
    /// Looks at a folder; none where it is no run's, or of a run that has left nothing.
    fn look(&self) -> Result<Option<OpenRun>, String> {
        let path = self.path.join(JOURNAL);
        let words = |error: std::io::Error| format!("{}: {error}", path.display());
        // A link is nothing that we have made. What is behind it is told of as unreadable.
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(format!("{} is no regular file", path.display())),
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(None),
            Err(error) => return Err(words(error)),
        }
        let mut file = File::open(&path).map_err(words)?;
        let is_closed = is_closed(&mut file).map_err(words)?;
        if is_closed && !is_recent(&path) {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).map_err(words)?;
        let (journal, damage) = journal::read_prefix(&bytes);
        let damage = damage.filter(|error| !matches!(error, journal::Error::Empty));
        let damage = damage.map(|error| error.to_string());
        let events = match (journal.records(), damage.clone()) {
            // It ended before it began, or is about to begin.
            (0, None) => return Ok(None),
            (0, Some(why)) => return Err(why),
            _ => journal.events,
        };
        let address = events.iter().find_map(|event| match &event.what {
            What::Opened(opened) => Some(opened.address.clone()),
            _ => None,
        });
        let address = address.ok_or("it has no head")?;
        let (touches, unsettled) = if is_closed { Default::default() } else { self.left(&events)? };
        Ok(Some(OpenRun {
            id: self.id.clone(),
            address,
            touches,
            unsettled,
            // What it has left must not be repeated, and what it may still do is not known.
            sessions: if damage.is_some() { BTreeSet::new() } else { sessions(&events) },
            damage,
            // Looked at after the journal: whoever opened a session was named before that.
            is_elsewhere: is_held_elsewhere(&self.writer()),
        }))
    }

    /// Returns what an open run may work on, and its steps whose action has no outcome.
    fn left(&self, events: &[Event]) -> Result<(Vec<Touch>, Vec<Unsettled>), String> {
        let plan = Arc::new(self.plan().map_err(|failure| failure.message)?);
        let run = Run::replay(Arc::clone(&plan), Settings::default(), events)
            .map_err(|error| error.to_string())?;
        if !run.is_open() {
            return Ok(Default::default());
        }
        let open: BTreeSet<_> = run.open_actions().map(|ticket| ticket.step.clone()).collect();
        let mut unsettled = Vec::new();
        for (planned, step) in plan.steps().iter().zip(run.steps()) {
            let result = step.ending().map(|ending| ending.result);
            let why = if open.contains(&planned.id) {
                "it was sent, and no answer is known"
            } else if result == Some(StepResult::Unknown) {
                "it ended as unknown"
            } else if step.grade == Some(Grade::Accepted) {
                "EM has accepted it, and its end was not seen"
            } else {
                continue;
            };
            let (step, touches) = (planned.id.to_string(), planned.touches.clone());
            unsettled.push(Unsettled { step, why, touches });
        }
        let touches = plan.steps().iter().flat_map(|step| step.touches.iter().cloned());
        Ok((touches.collect(), unsettled))
    }
}

/// What may follow on the record that closes a run: what becomes of its logon sessions.
const AFTER_CLOSED: &[&str] = &[
    "lane-opening",
    "lane-opened",
    "lane-listed",
    "lane-rejoined",
    "lane-lost",
    "lane-fenced",
    "lane-closed",
    "other-sessions",
];

/// Tells whether the last record says that the run is closed, but for what may follow it. The
/// rest is not read, and the chain is not checked: most of the runs that are kept were closed long
/// ago. Where what follows is longer than this looks, the whole journal is read and tells.
fn is_closed(file: &mut File) -> std::io::Result<bool> {
    let length = file.metadata()?.len();
    let begin = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(begin))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().rev();
    let records = lines.filter_map(|line| serde_json::from_str::<Json>(line).ok());
    let mut kinds = records.filter_map(|record| record["kind"].as_str().map(str::to_owned));
    let last = kinds.find(|kind| !AFTER_CLOSED.contains(&kind.as_str()));
    Ok(last.as_deref() == Some("closed"))
}

fn is_recent(path: &Path) -> bool {
    let written = fs::metadata(path).and_then(|metadata| metadata.modified());
    let age = |at| SystemTime::now().duration_since(at).unwrap_or_default();
    written.is_ok_and(|at| age(at) < SESSION_LIVES)
}

fn sessions(events: &[Event]) -> BTreeSet<String> {
    let mut open = std::collections::BTreeMap::new();
    for event in events {
        match &event.what {
            What::Lane(LaneEvent::Opened { lane, session }) => {
                open.insert(*lane, session.clone());
            }
            What::Lane(LaneEvent::Closed { lane }) => {
                open.remove(lane);
            }
            _ => {}
        }
    }
    open.into_values().collect()
}

#[cfg(test)]
mod tests;
