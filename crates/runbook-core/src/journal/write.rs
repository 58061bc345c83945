//! Appending: each line is chained to the one before it, and made durable before effects.

use std::io::{self, Write as _};

use super::line::Record;
use super::{Error, Journal, convert};
use crate::digest::sha256;
use crate::event::{Event, LaneEvent, What};
use crate::time::Timestamp;

/// Room kept free before an action is written down, so that what becomes of it can be written
/// too: an intent, an acceptance and an outcome, generously.
const ROOM_PER_ACTION: u64 = 64 * 1024;
/// How many bytes are collected before they are written in any case.
const AT_ONCE: usize = 64 * 1024;

/// Where a journal is kept: bytes at the end of something durable.
pub trait Store {
    /// Adds bytes at the end.
    ///
    /// # Errors
    /// Whatever the medium says; the journal then takes nothing more.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns once all that was appended survives a loss of power.
    ///
    /// # Errors
    /// As for `append`. It is never tried again: a second try may report success for bytes that
    /// the first has lost.
    fn sync(&mut self) -> io::Result<()>;

    /// Makes sure that this many more bytes can be appended.
    ///
    /// # Errors
    /// As for `append`; above all where the medium is full.
    fn reserve(&mut self, bytes: u64) -> io::Result<()>;
}

/// A journal that is written.
#[derive(Debug)]
pub struct Writer<S> {
    store: S,
    epoch: u32,
    next: u64,
    last_sum: String,
    /// Whole lines that are not written yet.
    lines: Vec<u8>,
    /// An instant and its text: the lines of a turn have one in common.
    wall: (Timestamp, String),
    is_dirty: bool,
    is_poisoned: bool,
}

impl<S: Store> Writer<S> {
    /// Begins a journal in an empty store.
    pub fn new(store: S) -> Self {
        Self {
            store,
            epoch: 1,
            next: 0,
            last_sum: String::new(),
            lines: Vec::new(),
            wall: (Timestamp::from_millisecond(i64::MIN), String::new()),
            is_dirty: false,
            is_poisoned: false,
        }
    }

    /// Goes on with a journal that was read from the same store, as the next process: the store
    /// must hold the lines that were read, and nothing after them.
    pub fn resume(store: S, journal: &Journal) -> Self {
        Self {
            epoch: journal.epoch + 1,
            next: journal.records() as u64,
            last_sum: journal.last_sum.clone(),
            ..Self::new(store)
        }
    }

    /// Appends an event; one that is only passing is left out.
    ///
    /// # Errors
    /// [`Error::Write`], and after it [`Error::Poisoned`] for ever.
    pub fn append(&mut self, wall: Timestamp, event: &Event) -> Result<(), Error> {
        self.collect(wall, event)?;
        self.flush()
    }

    /// Lays out the line of an event, to be written by the next [`flush`](Self::flush): many
    /// events of one turn cost one write.
    ///
    /// # Errors
    /// As for [`append`](Self::append).
    pub fn collect(&mut self, wall: Timestamp, event: &Event) -> Result<(), Error> {
        let Some(record) = convert::record(&event.what) else { return Ok(()) };
        self.line(wall, event.at, &record);
        if matches!(event.what, What::Lane(LaneEvent::Intended { .. })) {
            let room = ROOM_PER_ACTION + self.lines.len() as u64;
            self.guard(|store, _| store.reserve(room))?;
        }
        if self.lines.len() >= AT_ONCE { self.flush() } else { Ok(()) }
    }

    /// Writes the lines that were collected.
    ///
    /// # Errors
    /// As for [`append`](Self::append).
    pub fn flush(&mut self) -> Result<(), Error> {
        if self.lines.is_empty() {
            return Ok(());
        }
        self.guard(Store::append)?;
        self.lines.clear();
        self.is_dirty = true;
        Ok(())
    }

    /// Returns once everything appended is durable.
    ///
    /// # Errors
    /// As for [`append`](Self::append).
    pub fn sync(&mut self) -> Result<(), Error> {
        if self.is_poisoned {
            return Err(Error::Poisoned);
        }
        self.flush()?;
        if self.is_dirty {
            self.guard(|store, _| store.sync())?;
            self.is_dirty = false;
        }
        Ok(())
    }

    /// Returns the sum of the last line: whoever keeps it elsewhere can later prove that no line
    /// before it was changed.
    pub fn last_sum(&self) -> &str {
        &self.last_sum
    }

    /// Returns the number and the sum of the last line; none where there is no line yet.
    pub fn last_line(&self) -> Option<(u64, &str)> {
        self.next.checked_sub(1).map(|seq| (seq, self.last_sum()))
    }

    /// Returns how many records it has.
    pub fn records(&self) -> usize {
        usize::try_from(self.next).unwrap_or(usize::MAX)
    }

    /// Lays out a line behind those that wait. The sum comes last, over every byte before it.
    fn line(&mut self, wall: Timestamp, at: Timestamp, record: &Record) {
        if self.wall.0 != wall {
            self.wall = (wall, wall.to_string());
        }
        let begin = self.lines.len();
        let (seq, epoch, wall, at) = (self.next, self.epoch, &self.wall.1, at.as_millisecond());
        let head =
            format_args!("{{\"seq\":{seq},\"epoch\":{epoch},\"t_wall\":\"{wall}\",\"t_mono\":{at}");
        let _ = self.lines.write_fmt(head);
        let members = self.lines.len();
        serde_json::to_writer(&mut self.lines, record).expect("invariant: records are plain data");
        // A record has a tag, so it is an object with a member at least: its braces become those
        // of the line.
        self.lines[members] = b',';
        self.lines.pop();
        let _ = write!(self.lines, ",\"prev\":\"{}\"", self.last_sum);
        self.last_sum = sum(&self.lines[begin..]);
        self.next += 1;
        let _ = writeln!(self.lines, "{SUM_MEMBER}{}\"}}", self.last_sum);
    }

    fn guard(&mut self, write: impl FnOnce(&mut S, &[u8]) -> io::Result<()>) -> Result<(), Error> {
        if self.is_poisoned {
            return Err(Error::Poisoned);
        }
        write(&mut self.store, &self.lines).map_err(|error| {
            self.is_poisoned = true;
            Error::Write(error)
        })
    }
}

/// What stands between the summed bytes and their sum.
pub(super) const SUM_MEMBER: &str = ",\"sum\":\"";

/// SHA-256 of the bytes of a line up to its sum, in hex. They hold `prev`, the sum of the line
/// before, so a sum covers the whole journal up to it.
pub(super) fn sum(line: &[u8]) -> String {
    sha256(line)
}
