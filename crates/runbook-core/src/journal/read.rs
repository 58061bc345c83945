//! Reading: the chain is checked line by line. A torn last line is expected after a crash and
//! dropped; any other damage is an error. Lines of a newer version are counted and left alone:
//! their chain is checked like that of all others, and what they say is not guessed.

use serde_json::{Map, Value as Json};
use strum::VariantNames as _;

use super::line::Record;
use super::write::{SUM_MEMBER, sum};
use super::{Error, VERSION, convert};
use crate::event::Event;
use crate::time::Timestamp;

/// A journal that was read.
#[derive(Debug)]
pub struct Journal {
    /// What happened, in order, as far as this version understands it.
    pub events: Vec<Event>,
    /// The sum of the last line.
    pub last_sum: String,
    /// The number of the process that wrote the last line, from 1.
    pub epoch: u32,
    /// How many bytes the lines take; what follows them is a torn line.
    pub length: u64,
    /// Whether a torn last line was dropped. What it said was never acted upon.
    pub is_torn: bool,
    /// The version of the lines, as the first one says.
    pub version: u32,
    /// How many records are of a kind, or have members, that this version does not know.
    pub not_understood: usize,
    /// What the system's clock said at the first record and at the last.
    pub between: [Timestamp; 2],
    /// The sum of each line.
    sums: Vec<String>,
}

/// The fewest digits by which a sum may be named: enough that no two lines share them by chance.
pub const SHORTEST_SUM: usize = 16;

impl Journal {
    /// Returns how many records it has, those that are not understood among them.
    pub fn records(&self) -> usize {
        self.sums.len()
    }

    /// Finds the line with this sum, from 0; `records() - 1 - place` lines follow it. A beginning
    /// of [`SHORTEST_SUM`] digits is enough. None where no line has it: then this is not the
    /// journal, or no longer the journal, of which somebody has kept the sum.
    pub fn position_of(&self, sum: &str) -> Option<usize> {
        let sum = sum.to_ascii_lowercase();
        let found = |line: &String| sum.len() >= SHORTEST_SUM && line.starts_with(&sum);
        self.sums.iter().position(found)
    }

    /// Refuses a journal that a newer version has written: whoever goes on with a run must know
    /// all of it. To show a run, what is understood is enough.
    ///
    /// # Errors
    /// [`Error::Newer`].
    pub const fn is_understood(&self) -> Result<(), Error> {
        match (self.version > VERSION, self.not_understood) {
            (false, 0) => Ok(()),
            (_, not_understood) => Err(Error::Newer { version: self.version, not_understood }),
        }
    }
}

/// Reads a journal and checks its chain.
///
/// # Errors
/// [`Error::Damaged`] for a bad line, [`Error::Empty`].
pub fn read(bytes: &[u8]) -> Result<Journal, Error> {
    match read_prefix(bytes) {
        (journal, None) => Ok(journal),
        (_, Some(error)) => Err(error),
    }
}

/// Reads a journal as far as its chain is whole, and says why it ends there: what stands before
/// the damage is as good as ever. For whoever shows a run; nothing goes on with such a one.
pub fn read_prefix(bytes: &[u8]) -> (Journal, Option<Error>) {
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let mut journal = Journal {
        events: Vec::new(),
        last_sum: String::new(),
        epoch: 1,
        length: 0,
        is_torn: false,
        version: VERSION,
        not_understood: 0,
        between: [Timestamp::from_millisecond(0); 2],
        sums: Vec::new(),
    };
    for (at, line) in lines.iter().enumerate() {
        match journal.take(line) {
            Ok(()) => journal.length += line.len() as u64,
            Err(_) if at + 1 == lines.len() && !line.ends_with(b"\n") => journal.is_torn = true,
            Err(why) => return (journal, Some(Error::Damaged { line: at + 1, why })),
        }
    }
    let empty = journal.sums.is_empty().then_some(Error::Empty);
    (journal, empty)
}

impl Journal {
    /// Takes a line in, or says what is wrong with it.
    fn take(&mut self, line: &[u8]) -> Result<(), String> {
        let line = Line::check(line, self.sums.len(), &self.last_sum)?;
        let version = line.members.get("version").and_then(Json::as_u64);
        if let Some(version) = version.filter(|_| self.sums.is_empty()) {
            self.version = u32::try_from(version).unwrap_or(u32::MAX);
        }
        let kind = line.members.get("kind").and_then(Json::as_str).unwrap_or_default();
        let is_known = Record::VARIANTS.contains(&kind);
        let event = serde_json::from_value(Json::Object(line.members))
            .map_err(|error| error.to_string())
            .and_then(convert::event);
        match event {
            Ok(what) => self.events.push(Event { at: line.at, what }),
            Err(_) if !is_known || self.version > VERSION => self.not_understood += 1,
            Err(why) => return Err(why),
        }
        self.between =
            if self.sums.is_empty() { [line.wall; 2] } else { [self.between[0], line.wall] };
        self.sums.push(line.sum.clone());
        (self.epoch, self.last_sum) = (line.epoch, line.sum);
        Ok(())
    }
}

/// A line in its place in the chain.
struct Line {
    at: Timestamp,
    wall: Timestamp,
    epoch: u32,
    sum: String,
    /// What it says.
    members: Map<String, Json>,
}

impl Line {
    fn check(line: &[u8], at: usize, prev: &str) -> Result<Self, String> {
        let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
        let text = text.strip_suffix('\n').ok_or("it does not end")?;
        let (summed, rest) = text.rsplit_once(SUM_MEMBER).ok_or("it has no sum")?;
        let claimed = rest.strip_suffix("\"}").ok_or("its sum does not end it")?;
        if sum(summed.as_bytes()) != claimed {
            return Err("its sum does not match: it was changed".to_owned());
        }
        let mut members: Map<String, Json> =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut take = |name: &str| members.remove(name).unwrap_or_default();
        if take("seq").as_u64() != u64::try_from(at).ok() {
            return Err("its number is not the next: a line is missing or moved".to_owned());
        }
        if take("prev").as_str() != Some(prev) {
            return Err("it does not follow on the line before".to_owned());
        }
        let at = take("t_mono").as_i64().ok_or("it has no time")?;
        let at = Timestamp::from_millisecond(at);
        let wall = take("t_wall").as_str().and_then(|text| text.to_owned().try_into().ok());
        let epoch = take("epoch").as_u64().and_then(|epoch| u32::try_from(epoch).ok());
        let epoch = epoch.ok_or("it does not say which process wrote it")?;
        take("sum");
        Ok(Self { at, wall: wall.unwrap_or(at), epoch, sum: claimed.to_owned(), members })
    }
}
