//! The folder of a run: its plan, and its journal. All that a later look at the run needs.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use runbook_core::journal::Store;
use runbook_core::plan::Plan;

use crate::args::StateArgs;
use crate::exit::{Exit, Failure};

const PLAN: &str = "plan.json";
const JOURNAL: &str = "journal.jsonl";

/// The folder in which runs are kept.
#[derive(Debug)]
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
        let folder = RunFolder { id: id.to_owned(), path: self.0.join(id) };
        folder.make(&self.0, plan).map_err(|error| folder.cannot_be_written(&error))?;
        Ok(folder)
    }

    /// Finds the folder of a run by its id, or by `latest`.
    pub(crate) fn open(&self, run: &str) -> Result<RunFolder, Failure> {
        let id = if run == "latest" { self.latest()? } else { run.to_owned() };
        let path = self.0.join(&id);
        let is_name = Path::new(&id).components().count() == 1 && !id.starts_with('.');
        if !is_name || !path.join(JOURNAL).is_file() {
            let state = self.0.display();
            return Err(Failure::invalid(format!("there is no run `{id}` in {state}"))
                .help("`--state DIR` or `RUNBOOK_STATE` names the folder in which runs are kept"));
        }
        Ok(RunFolder { id, path })
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
        let journal = File::open(folder.path.join(JOURNAL))?;
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
        let journal = File::open(self.path.join(JOURNAL));
        journal.is_ok_and(|it| matches!(it.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    fn make(&self, state: &Path, plan: &Plan) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(state)?;
        DirBuilder::new().mode(0o700).create(&self.path)?;
        let mut file = new_file(&self.path.join(PLAN))?;
        file.write_all(plan.save().as_bytes())?;
        file.sync_all()?;
        sync_folder(&self.path)?;
        sync_folder(state)
    }

    /// Returns where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Begins the journal.
    pub(crate) fn begin_journal(&self) -> Result<FileStore, Failure> {
        let begin = || {
            let file = new_file(&self.path.join(JOURNAL))?;
            sync_folder(&self.path)?;
            Ok(FileStore(file))
        };
        begin().map_err(|error| self.cannot_be_written(&error))
    }

    /// Reads the plan back.
    pub(crate) fn plan(&self) -> Result<Plan, Failure> {
        let path = self.path.join(PLAN);
        let text = fs::read_to_string(&path).map_err(|error| self.cannot_be_read(&error))?;
        Plan::load(&text).map_err(|error| {
            Failure::new(Exit::Journal, format!("{} cannot be trusted: {error}", path.display()))
                .help("nothing can continue this run: look in the backup console what became of it")
        })
    }

    /// Reads the bytes of the journal.
    pub(crate) fn journal(&self) -> Result<Vec<u8>, Failure> {
        fs::read(self.path.join(JOURNAL)).map_err(|error| self.cannot_be_read(&error))
    }

    fn cannot_be_written(&self, error: &io::Error) -> Failure {
        let path = self.path.display();
        Failure::new(Exit::Journal, format!("{path} cannot be written: {error}; nothing was sent"))
            .help("name a folder of this user's with `--state DIR` or `RUNBOOK_STATE`")
    }

    fn cannot_be_read(&self, error: &io::Error) -> Failure {
        Failure::new(Exit::Journal, format!("{} cannot be read: {error}", self.path.display()))
    }
}

/// A journal in a file.
#[derive(Debug)]
pub(crate) struct FileStore(File);

impl Store for FileStore {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    /// Has the file system set the room aside, where it can; the file stays as long as it is.
    fn reserve(&mut self, bytes: u64) -> io::Result<()> {
        let end = self.0.metadata()?.len();
        let flags = rustix::fs::FallocateFlags::KEEP_SIZE;
        match rustix::fs::fallocate(&self.0, flags, end, bytes) {
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)
}

/// A new name in a folder survives a loss of power only once the folder itself is durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
