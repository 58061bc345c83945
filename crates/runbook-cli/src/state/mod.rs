//! The folder of a run: its plan, and its journal. All that a later look at the run needs.

mod beside;
mod safe;
mod store;
#[cfg(test)]
mod tests;

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use runbook_core::plan::Plan;
use rustix::fs::OFlags;

pub(crate) use beside::OpenRun;
pub(crate) use safe::sync_folder;
pub(crate) use store::{FileStore, Reopened};

use crate::args::StateArgs;
use crate::exit::{Exit, Failure};
use crate::locks::Holder;
use crate::record::Record;
use crate::terminal;

const PLAN: &str = "plan.json";
const JOURNAL: &str = "journal.jsonl";
/// Its lock is that of the run.
const WRITER: &str = "writer.json";
const LOCKS: &str = "locks";

/// The folder in which runs are kept.
#[derive(Clone, Debug)]
pub(crate) struct State(PathBuf);

/// The folder of one run.
#[derive(Debug)]
pub(crate) struct RunFolder {
    /// The run's id, which is also the name of the folder.
    pub(crate) id: String,
    path: PathBuf,
}

impl State {
    /// Finds the folder: as given, else the user's state folder.
    pub(crate) fn find(args: &StateArgs) -> Result<Self, Failure> {
        if let Some(path) = &args.state {
            return Ok(Self(path.clone()));
        }
        let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let home = || of("HOME").map(|home| Path::new(&home).join(".local/state"));
        let base = of("XDG_STATE_HOME").map(PathBuf::from).or_else(home);
        base.map(|base| Self(base.join("runbook"))).ok_or_else(|| {
            Failure::invalid(
                "there is no folder to keep runs in: neither `HOME` nor \
                              `XDG_STATE_HOME` is set",
            )
            .help("name one with `--state DIR` or `RUNBOOK_STATE`")
        })
    }

    /// Makes the folder of a new run and keeps its plan there, durably.
    pub(crate) fn create(&self, id: &str, plan: &Plan) -> Result<RunFolder, Failure> {
        safe::state_folder(&self.0)?;
        let folder = RunFolder { id: id.to_owned(), path: self.0.join(id) };
        folder.make(&self.0, plan).map_err(|error| folder.cannot_be_written(&error))?;
        Ok(folder)
    }

    /// Returns the folder of the locks. Makes it where it is not there, and refuses one in which
    /// anybody could put others in their place.
    ///
    /// # Errors
    /// The folder for runs, or that of the locks, cannot be used.
    pub(crate) fn locks(&self) -> Result<PathBuf, Failure> {
        safe::state_folder(&self.0)?;
        let locks = self.0.join(LOCKS);
        safe::folder(&locks)?;
        Ok(locks)
    }

    /// Finds the folder of a run by its id, or by `latest`.
    pub(crate) fn open(&self, run: &str) -> Result<RunFolder, Failure> {
        let id = if run == "latest" { self.latest()? } else { run.to_owned() };
        let path = self.0.join(&id);
        let is_name = Path::new(&id).components().count() == 1 && !id.starts_with('.');
        // What is there and no file is refused where it is read, with its path.
        if !is_name || fs::symlink_metadata(path.join(JOURNAL)).is_err() {
            let state = self.0.display();
            return Err(Failure::invalid(format!("there is no run `{id}` in {state}"))
                .help("`--state DIR` or `RUNBOOK_STATE` names the folder in which runs are kept"));
        }
        Ok(RunFolder { id, path })
    }

    /// Finds the folder of a run for somebody who goes on with it: `latest` is the last begun of
    /// those that are open, and of all where none is, which is told.
    pub(crate) fn open_to_go_on(&self, run: &str) -> Result<RunFolder, Failure> {
        if run != "latest" {
            return self.open(run);
        }
        let goes_on = |folder: &RunFolder| {
            let record = Record::read(folder).ok();
            record.is_some_and(|it| it.run.is_open() && !it.is_of_the_simulator())
        };
        if let Some(folder) = self.runs()?.into_iter().find(goes_on) {
            return Ok(folder);
        }
        let folder = self.open(run)?;
        terminal::note(&format!("no run is open; the last begun is {}", folder.id));
        Ok(folder)
    }

    /// Ids begin with the time, so the last by name is the last begun.
    fn latest(&self) -> Result<String, Failure> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let runs = entries.filter(|entry| entry.path().join(JOURNAL).is_file());
        let names = runs.filter_map(|entry| entry.file_name().into_string().ok());
        let state = self.0.display();
        names.max().ok_or_else(|| {
            Failure::invalid(format!("there is no run in {state}"))
                .help("`--state DIR` or `RUNBOOK_STATE` names the folder in which runs are kept")
        })
    }
}

/// What a folder is called while it is deleted: hidden, so that half of it is no run.
const DELETED: &str = ".deleted-";

impl State {
    /// Returns where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Finds the folders of all runs, the last begun first: whatever has a journal or the name of
    /// a run. Where there is no folder for runs yet there are none.
    pub(crate) fn runs(&self) -> Result<Vec<RunFolder>, Failure> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                let path = self.0.display();
                return Err(Failure::invalid(format!("{path} cannot be read: {error}")));
            }
        };
        // A link may lead anywhere, and is never followed.
        let folders = entries.flatten().filter(|it| it.file_type().is_ok_and(|it| it.is_dir()));
        let runs = folders.filter_map(|entry| {
            let (id, path) = (entry.file_name().into_string().ok()?, entry.path());
            let is_run = is_id(&id) || (!id.starts_with('.') && path.join(JOURNAL).is_file());
            is_run.then_some(RunFolder { id, path })
        });
        let mut runs: Vec<_> = runs.collect();
        runs.sort_by(|one, other| other.id.cmp(&one.id));
        Ok(runs)
    }

    /// Deletes the folder of a run which nobody carries out, and what an earlier deletion that was
    /// interrupted has left.
    pub(crate) fn remove(&self, folder: &RunFolder) -> io::Result<()> {
        let journal = open_file(&folder.path.join(JOURNAL))?;
        journal.try_lock()?;
        let hidden = self.0.join(format!("{DELETED}{}", folder.id));
        fs::rename(&folder.path, hidden)?;
        for entry in fs::read_dir(&self.0)?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(DELETED) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        sync_folder(&self.0)
    }
}

/// Tells whether a name is that of a run: when it began, and eight digits of chance.
fn is_id(name: &str) -> bool {
    let form = b"00000000T000000000Z-xxxxxxxx";
    let fits = |(byte, form): (u8, &u8)| match form {
        b'0' => byte.is_ascii_digit(),
        b'x' => byte.is_ascii_hexdigit(),
        form => byte == *form,
    };
    name.len() == form.len() && name.bytes().zip(form).all(fits)
}

impl RunFolder {
    /// Tells whether a process carries the run out right now: it holds a lock on the journal,
    /// which the system takes back whatever becomes of the process.
    pub(crate) fn is_running(&self) -> bool {
        let journal = open_file(&self.path.join(JOURNAL));
        journal.is_ok_and(|it| matches!(it.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    fn make(&self, state: &Path, plan: &Plan) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(&self.path)?;
        let mut file = safe::new_file(&self.path.join(PLAN))?;
        file.write_all(plan.save().as_bytes())?;
        file.sync_all()?;
        sync_folder(&self.path)?;
        sync_folder(state)
    }

    /// Returns where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns when something was last written into its journal, as far as the system knows.
    pub(crate) fn written(&self) -> Option<SystemTime> {
        fs::symlink_metadata(self.path.join(JOURNAL)).and_then(|it| it.modified()).ok()
    }

    /// Begins the journal, and holds it for this process alone.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn begin_journal(&self) -> Result<FileStore, Failure> {
        let begin = || {
            let store = FileStore::begin(&self.path.join(JOURNAL))?;
            sync_folder(&self.path)?;
            Ok(store)
        };
        begin().map_err(|error| self.cannot_be_written(&error))
    }

    /// Becomes the one writer of a journal that is there. `patience` is how long another process
    /// that writes it may take to end, as one does whose locks were taken over.
    ///
    /// # Errors
    /// Another process writes it; it cannot be opened, or is not what we would have made.
    pub(crate) fn reopen_journal(&self, patience: Duration) -> Result<Reopened, Failure> {
        safe::is_a_folder_of_ours(&self.path)?;
        let reopened = FileStore::reopen(&self.path.join(JOURNAL), patience);
        let reopened = reopened.map_err(|error| {
            safe::cannot_be_written(&self.path.join(JOURNAL), &error)
                .help("what stands in it can no longer be added to: `runbook report` shows it")
        })?;
        reopened.ok_or_else(|| {
            let message = format!(
                "the journal of run {} is still written by another process; nothing was sent",
                self.id
            );
            Failure::new(Exit::Locked, message).help(
                "a journal has one writer at a time: wait until that process has ended, or end it",
            )
        })
    }

    /// Goes on with a journal behind its first `valid` bytes: what follows them is a torn line.
    ///
    /// # Errors
    /// The line cannot be cut off, or not durably.
    pub(crate) fn continue_journal(
        &self,
        reopened: Reopened,
        valid: u64,
    ) -> Result<FileStore, Failure> {
        let store = reopened.continue_at(valid).and_then(|store| {
            sync_folder(&self.path)?;
            Ok(store)
        });
        store.map_err(|error| self.cannot_be_written(&error))
    }

    /// Returns the file whose lock is held by the process that works on the run. In it stands
    /// which that is.
    pub(crate) fn writer(&self) -> PathBuf {
        self.path.join(WRITER)
    }

    /// Returns who worked on the run last, where that was written down.
    pub(crate) fn last_writer(&self) -> Option<Holder> {
        Holder::read_from(&mut open_file(&self.writer()).ok()?)
    }

    /// Says how the folder is kept where CI throws folders away; none outside of CI.
    pub(crate) fn remark_of_ci(&self) -> Option<String> {
        let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        is_ci.then(|| {
            let state = self.path.parent().unwrap_or(&self.path).display();
            format!(
                "this is CI: a job that is run again knows of this run only if it finds {state} \
                 as it is now.\nkeep that folder, in a cache or on a shared volume, and out of \
                 sight of the public; keep `sessions.sealed` out of artifacts that others can read"
            )
        })
    }

    /// Reads the plan back.
    pub(crate) fn plan(&self) -> Result<Plan, Failure> {
        let path = self.path.join(PLAN);
        let bytes = read(&path)?;
        let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned());
        let plan = text.and_then(|text| Plan::load(&text).map_err(|error| error.to_string()));
        plan.map_err(|error| {
            Failure::new(Exit::Journal, format!("{} cannot be trusted: {error}", path.display()))
                .help("nothing can continue this run: look in the backup console what became of it")
        })
    }

    /// Reads the bytes of the journal.
    pub(crate) fn journal(&self) -> Result<Vec<u8>, Failure> {
        read(&self.path.join(JOURNAL))
    }

    fn cannot_be_written(&self, error: &io::Error) -> Failure {
        safe::cannot_be_written(&self.path, error)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let done = open_file(path).and_then(|mut file| file.read_to_end(&mut bytes));
    done.map_err(|error| {
        Failure::new(Exit::Journal, format!("{} cannot be read: {error}", path.display()))
    })?;
    Ok(bytes)
}

/// Opens a file to read it, and nothing that only has its name: a link may lead anywhere, and a
/// pipe has everybody wait who opens it.
fn open_file(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    let is_file = file.metadata()?.is_file();
    if is_file { Ok(file) } else { Err(io::Error::other("it is no regular file")) }
}
