//! A journal in a file, held by the one process that writes it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use runbook_core::journal::Store;
use rustix::fs::OFlags;

use super::safe;

/// How often it is tried whether a journal has become free.
const AGAIN: Duration = Duration::from_millis(20);

/// A journal in a file. Its lock lives as long as it does.
#[derive(Debug)]
pub(crate) struct FileStore(File);

/// A journal that others have written, and of which this process is now the one writer. Read
/// under the lock, as what was read before it may have grown since.
#[derive(Debug)]
pub(crate) struct Reopened {
    file: File,
    bytes: Vec<u8>,
}

impl FileStore {
    /// Makes the file, which must not be there yet.
    pub(super) fn begin(path: &Path) -> io::Result<Self> {
        let file = safe::new_file(path)?;
        // Nobody knows of the file yet but those who look whether its process lives.
        if lock(&file, LOOKS)? { Ok(Self(file)) } else { Err(io::Error::other("it is locked")) }
    }

    /// Takes over the file of an earlier process. None where that process still lives after so
    /// long.
    pub(super) fn reopen(path: &Path, patience: Duration) -> io::Result<Option<Reopened>> {
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let mut file = OpenOptions::new().read(true).append(true).custom_flags(flags).open(path)?;
        safe::is_a_file_of_ours(&file)?;
        if !lock(&file, patience.max(LOOKS))? {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        file.read_to_end(&mut bytes)?;
        Ok(Some(Reopened { file, bytes }))
    }
}

impl Reopened {
    /// Returns what stands in it.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Cuts a torn tail off, durably, and goes on behind what is left.
    pub(super) fn continue_at(self, valid: u64) -> io::Result<FileStore> {
        if self.file.metadata()?.len() > valid {
            self.file.set_len(valid)?;
        }
        self.file.sync_all()?;
        Ok(FileStore(self.file))
    }
}

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

/// Longer than anybody holds a lock who only looks.
const LOOKS: Duration = Duration::from_millis(200);

fn lock(file: &File, patience: Duration) -> io::Result<bool> {
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if began.elapsed() >= patience => return Ok(false),
            Err(TryLockError::WouldBlock) => std::thread::sleep(AGAIN),
        }
    }
}
