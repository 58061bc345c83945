//! Who holds a lock: told to people, and never decided by.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

/// The most that is read of who holds a lock.
const LONGEST: u64 = 8 * 1024;

/// Who holds a lock, or writes a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Holder {
    /// The run.
    pub(crate) run: String,
    /// The user.
    pub(crate) user: String,
    /// The machine.
    pub(crate) host: String,
    /// The process on that machine.
    pub(crate) process: u32,
    /// When it took the lock.
    pub(crate) since: String,
    /// The version of the program.
    pub(crate) version: String,
    /// What it holds, in words.
    #[serde(default)]
    pub(crate) holds: String,
}

impl Holder {
    /// This process, for a run.
    pub(crate) fn this(run: &str) -> Self {
        let of = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let number = || format!("uid-{}", rustix::process::getuid().as_raw());
        Self {
            run: run.to_owned(),
            user: of("USER").or_else(|| of("LOGNAME")).unwrap_or_else(number),
            host: this_host(),
            process: std::process::id(),
            since: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            holds: String::new(),
        }
    }

    /// The same, holding something.
    pub(super) fn of(&self, words: &str) -> Self {
        Self { holds: words.to_owned(), ..self.clone() }
    }

    /// Writes it over whatever stands in the file. That a full disk keeps people from reading it
    /// is no reason to stop.
    pub(crate) fn write_to(&self, file: &mut File) {
        let text = serde_json::to_string_pretty(self).expect("invariant: a holder is plain data");
        let _ = file
            .set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(format!("{text}\n").as_bytes()));
    }

    /// Reads it; none where the file says nothing that can be read.
    pub(crate) fn read_from(file: &mut File) -> Option<Self> {
        let mut text = String::new();
        file.seek(SeekFrom::Start(0)).ok()?;
        file.take(LONGEST).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }
}

/// Tells whether the file of a lock names somebody on another machine. One that says something
/// which cannot be read may be held anywhere; one that is empty names nobody.
pub(crate) fn is_held_elsewhere(path: &Path) -> bool {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let mut file = match File::options().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) => return error.kind() != ErrorKind::NotFound,
    };
    let is_empty = file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0);
    let is_here = |holder: Holder| holder.host == this_host();
    !is_empty && !Holder::read_from(&mut file).is_some_and(is_here)
}

fn this_host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, user, host, process, since, .. } = self;
        write!(out, "run {run} of {user}@{host}, process {process}, since {since}")
    }
}
