//! One run at a time: a lock of the kernel for each object that a run works on.
//!
//! The kernel frees a lock when its process ends, however it ends; no file is ever a lock by
//! being there, and what is written in one is for people. The locks of this module exclude
//! processes that share a state folder. They know nothing of other machines.

mod claim;
mod holder;
mod key;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::OFlags;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

pub(crate) use claim::{Claim, claim};
pub(crate) use holder::{Holder, is_held_elsewhere};
pub(crate) use key::{Key, server, sha256};

use crate::args::TakeOver;
use crate::exit::{Exit, Failure};
use crate::state::RunFolder;
use crate::terminal;

/// How long a look at the files is good for.
const FRESH: Duration = Duration::from_millis(100);
/// How long a connection may take before a request leaves in it: what the client allows at most,
/// for the way there and for the handshake.
const CONNECT: Duration = Duration::from_secs(10);
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Whoever held the locks looks before each action, its last look is at most [`FRESH`] old, and
/// then it connects: nothing of it leaves later than this.
const LATEST: Duration = CONNECT.saturating_add(HANDSHAKE).saturating_add(FRESH);
/// How long one who takes over waits. Longer than [`LATEST`], as clocks are not equally fast.
#[cfg(not(test))]
const NOTICE: Duration = Duration::from_secs(LATEST.as_secs() + 1);
/// The tests connect to nothing.
#[cfg(test)]
const NOTICE: Duration = Duration::from_secs(1);
/// How often a file is opened again since another process has put a new one in its place.
const TRIES: usize = 100;
/// Held by the one process that takes locks over.
const TAKE_OVER: &str = "take-over.lock";
/// How many files a process needs besides its locks.
const OTHER_FILES: u64 = 256;

/// Locks, held until they are dropped or the process ends.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    held: Vec<Held>,
    /// Those who were taken over and have been waited for.
    noticed: Vec<Holder>,
    /// When all of them were last seen to be ours.
    seen: Mutex<Option<Look>>,
}

/// When the files were looked at. By both clocks: the monotonic one stands still while a machine
/// sleeps, and the other one can be set back.
#[derive(Debug)]
struct Look(Instant, SystemTime);

#[derive(Debug)]
struct Held {
    key: Key,
    path: PathBuf,
    file: File,
    /// Device and inode of the file.
    identity: (u64, u64),
}

impl Locks {
    /// Takes all locks or none, in the order of the keys, without waiting for any. As all take
    /// them in this order, of several that want the same at once one gets them.
    ///
    /// The folder must be there, and nobody else's. Returns who was taken over, as far as those
    /// had said who they are.
    ///
    /// # Errors
    /// Another run holds one of them, and is not to be taken over; a file cannot be locked.
    pub(crate) fn take(
        folder: &Path,
        keys: &BTreeSet<Key>,
        holder: &Holder,
        take_over: &TakeOver,
    ) -> Result<(Self, Vec<Holder>), Failure> {
        raise_the_limit_of_files(keys.len());
        let mut locks = Self::default();
        let files = keys.iter().map(|key| (key, folder.join(key.file_name())));
        let from = locks.add(files, holder, take_over)?;
        Ok((locks, from))
    }

    /// Has the folder of a run to itself: of those who continue one run, one goes on.
    ///
    /// # Errors
    /// As for [`take`](Self::take).
    pub(crate) fn hold(
        &mut self,
        folder: &RunFolder,
        take_over: &TakeOver,
    ) -> Result<Vec<Holder>, Failure> {
        let (key, holder) = (Key::run(&folder.id), Holder::this(&folder.id));
        self.take_also(folder.writer(), &key, &holder, take_over)
    }

    /// Takes one more, of a file that has its own place.
    ///
    /// # Errors
    /// As for [`take`](Self::take).
    pub(crate) fn take_also(
        &mut self,
        path: PathBuf,
        key: &Key,
        holder: &Holder,
        take_over: &TakeOver,
    ) -> Result<Vec<Holder>, Failure> {
        self.add(std::iter::once((key, path)), holder, take_over)
    }

    fn add<'k>(
        &mut self,
        files: impl Iterator<Item = (&'k Key, PathBuf)>,
        holder: &Holder,
        take_over: &TakeOver,
    ) -> Result<Vec<Holder>, Failure> {
        let (mut from, mut alone, mut is_to_notice) = (Vec::new(), None, false);
        for (key, path) in files {
            let held = loop {
                let fails = |error| cannot_be_locked(key, &path, &error);
                match Held::take(key, &path, holder).map_err(fails)? {
                    Ok(held) => break held,
                    Err(other) if !take_over.take_over => {
                        return Err(is_locked(key, other.as_ref()));
                    }
                    Err(other) => {
                        if alone.is_none() {
                            alone = Some(take_over_alone(&path).map_err(fails)?.ok_or_else(busy)?);
                        }
                        let is_noticed = |other| is_among(&self.noticed, other);
                        is_to_notice |= !other.as_ref().is_some_and(is_noticed);
                        if let Some(other) = other.filter(|other| !is_among(&from, other)) {
                            from.push(other);
                        }
                        put_away(&path).map_err(fails)?;
                    }
                }
            };
            self.held.push(held);
        }
        if is_to_notice {
            let seconds = NOTICE.as_secs();
            terminal::note(&format!(
                "taking over: waiting {seconds} s, as whoever held this may still be connecting \
                 for its last request"
            ));
            std::thread::sleep(NOTICE);
            self.noticed.extend(from.iter().cloned());
        }
        Ok(from)
    }

    /// Tells whether all locks are still held by this process. Looks at the files when the last
    /// look is over 100 ms old, so it may be asked before each intent.
    ///
    /// # Errors
    /// Whose lock was lost and to whom, in words: nothing more may be sent.
    pub(crate) fn still_ours(&self) -> Result<(), String> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.as_ref().is_some_and(Look::is_fresh) {
            return Ok(());
        }
        // Begun before the look: what it finds is as old as its beginning.
        let look = Look::now();
        self.held.iter().try_for_each(Held::still_ours)?;
        *seen = Some(look);
        Ok(())
    }
}

impl Look {
    fn now() -> Self {
        Self(Instant::now(), SystemTime::now())
    }

    fn is_fresh(&self) -> bool {
        self.0.elapsed() < FRESH && self.1.elapsed().is_ok_and(|age| age < FRESH)
    }
}

impl Held {
    /// Takes the lock of a file, or tells who has it, where that one has said so.
    fn take(key: &Key, path: &Path, holder: &Holder) -> io::Result<Result<Self, Option<Holder>>> {
        for _ in 0..TRIES {
            let mut file = open(path, true)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(Err(who_holds(&mut file))),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Between open and lock another process may have put a new file in its place, and
            // then this lock is of a file that nobody finds.
            let identity = identity(&file.metadata()?);
            if at(path)? == Some(identity) {
                holder.of(key.words()).write_to(&mut file);
                let (key, path) = (key.clone(), path.to_owned());
                return Ok(Ok(Self { key, path, file, identity }));
            }
        }
        Err(io::Error::other("other processes put a new file in its place again and again"))
    }

    fn still_ours(&self) -> Result<(), String> {
        let (what, path) = (self.key.words(), self.path.display());
        let found = at(&self.path);
        let found =
            found.map_err(|error| format!("the lock of {what} is lost: {path}: {error}"))?;
        if found == Some(self.identity) {
            return Ok(());
        }
        let holder = || Holder::read_from(&mut open(&self.path, false).ok()?);
        Err(match holder() {
            Some(other) => format!("the lock of {what} was taken over by {other}"),
            None => format!("the lock of {what} is lost: its file {path} is gone"),
        })
    }
}

impl Drop for Held {
    /// A file without a text tells people that nobody holds it; after a crash the text stays.
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
    }
}

/// Reads who holds a lock. One that has just been taken has a text in a moment.
fn who_holds(file: &mut File) -> Option<Holder> {
    let look = |_| {
        let holder = Holder::read_from(file);
        if holder.is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        holder
    };
    (0..10).find_map(look)
}

/// Tells whether this process is named already: it may hold many locks.
fn is_among(named: &[Holder], other: &Holder) -> bool {
    let is = |one: &Holder| {
        one.process == other.process && one.run == other.run && one.host == other.host
    };
    named.iter().any(is)
}

/// Opens a file for its lock, and nothing that only looks like one: a link or a device.
fn open(path: &Path, create: bool) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(create)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::other("it is no regular file"))
}

/// Has the taking over to itself, until the file is dropped; none where another process has. Two
/// who took locks from each other could both end without all of theirs.
fn take_over_alone(path: &Path) -> io::Result<Option<File>> {
    let file = open(&path.with_file_name(TAKE_OVER), true)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn busy() -> Failure {
    let message = "another run is taking locks over at this moment; nothing was sent";
    Failure::new(Exit::Locked, message)
        .help("look which that is before you take over from it: `runbook runs` lists them")
}

/// Takes the file of a lock away, so that a new one can be locked in its place.
fn put_away(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn identity(metadata: &fs::Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Looks which file stands there now. It is opened for that: NFS answers a mere look from what it
/// remembers, and asks its server whenever a file is opened.
fn at(path: &Path) -> io::Result<Option<(u64, u64)>> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = flags.bits().cast_signed();
    match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => Ok(Some(identity(&file.metadata()?))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Each lock is an open file, and many systems begin with room for 1,024. Where the limit cannot
/// be raised, opening says so.
fn raise_the_limit_of_files(locks: usize) {
    let wanted = u64::try_from(locks).unwrap_or(u64::MAX).saturating_add(OTHER_FILES);
    let limit = getrlimit(Resource::Nofile);
    // What has room enough is left alone: the programs that a run starts inherit the limit, and
    // some old ones cannot deal with a high one.
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
        let _ = setrlimit(Resource::Nofile, raised);
    }
}

fn is_locked(key: &Key, other: Option<&Holder>) -> Failure {
    let by = other
        .map_or_else(|| "a run that has not yet said who it is".to_owned(), ToString::to_string);
    Failure::new(Exit::Locked, format!("{} is locked by {by}; nothing was sent", key.words())).help(
        "wait until that run has ended; `--take-over --because TEXT` stops it before its next \
             action, and goes on in its place",
    )
}

fn cannot_be_locked(key: &Key, path: &Path, error: &io::Error) -> Failure {
    let (what, path) = (key.words(), path.display());
    let message = format!("{what} cannot be locked: {path}: {error}; nothing was sent");
    Failure::new(Exit::Journal, message)
        .help("the folder of the locks must be this user's, on a file system that has `flock`")
}
