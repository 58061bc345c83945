//! Appending: each line is chained to the one before it, and made durable before effects.

use std::io;

use serde_json::{Map, Value as Json};

use super::{Error, Journal, convert};
use crate::digest::sha256;
use crate::event::{Event, LaneEvent, What};
use crate::time::Timestamp;

/// Room kept free before an action is written down, so that what becomes of it can be written
/// too: an intent, an acceptance and an outcome, generously.
const ROOM_PER_ACTION: u64 = 64 * 1024;

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
            is_dirty: false,
            is_poisoned: false,
        }
    }

    /// Goes on with a journal that was read from the same store, as the next process: the store
    /// must hold the lines that were read, and nothing after them.
    pub fn resume(store: S, journal: &Journal) -> Self {
        Self {
            store,
            epoch: journal.epoch + 1,
            next: journal.records() as u64,
            last_sum: journal.last_sum.clone(),
            is_dirty: false,
            is_poisoned: false,
        }
    }

    /// Appends an event; one that is only passing is left out.
    ///
    /// # Errors
    /// [`Error::Write`], and after it [`Error::Poisoned`] for ever.
    pub fn append(&mut self, wall: Timestamp, event: &Event) -> Result<(), Error> {
        let Some(record) = convert::record(&event.what) else { return Ok(()) };
        let Json::Object(members) =
            serde_json::to_value(record).expect("invariant: records are plain data")
        else {
            unreachable!("invariant: a record has a tag, so it is an object");
        };
        let is_intent = matches!(event.what, What::Lane(LaneEvent::Intended { .. }));
        let line = self.line(wall, event.at, members);
        self.guard(|store| {
            if is_intent {
                store.reserve(ROOM_PER_ACTION)?;
            }
            store.append(line.as_bytes())
        })?;
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
        if self.is_dirty {
            self.guard(Store::sync)?;
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

    /// Lays out a line. The sum comes last, over every byte before it.
    fn line(&mut self, wall: Timestamp, at: Timestamp, members: Map<String, Json>) -> String {
        let mut record = Map::new();
        record.insert("seq".to_owned(), self.next.into());
        record.insert("epoch".to_owned(), self.epoch.into());
        record.insert("t_wall".to_owned(), wall.to_string().into());
        record.insert("t_mono".to_owned(), at.as_millisecond().into());
        record.extend(members);
        record.insert("prev".to_owned(), self.last_sum.clone().into());
        let mut line = Json::Object(record).to_string();
        line.pop();
        self.last_sum = sum(&line);
        self.next += 1;
        line.push_str(SUM_MEMBER);
        line.push_str(&self.last_sum);
        line.push_str("\"}\n");
        line
    }

    fn guard(&mut self, write: impl FnOnce(&mut S) -> io::Result<()>) -> Result<(), Error> {
        if self.is_poisoned {
            return Err(Error::Poisoned);
        }
        write(&mut self.store).map_err(|error| {
            self.is_poisoned = true;
            Error::Write(error)
        })
    }
}

/// What stands between the summed bytes and their sum.
pub(super) const SUM_MEMBER: &str = ",\"sum\":\"";

/// SHA-256 of the bytes of a line up to its sum, in hex. They hold `prev`, the sum of the line
/// before, so a sum covers the whole journal up to it.
pub(super) fn sum(text: &str) -> String {
    sha256(text.as_bytes())
}
