//! Reading: the chain is checked line by line. A torn last line is expected after a crash and
//! dropped; any other damage is an error.

use serde_json::{Map, Value as Json};

use super::line::Record;
use super::write::{SUM_MEMBER, sum};
use super::{Error, VERSION, convert};
use crate::event::Event;
use crate::time::Timestamp;

/// A journal that was read.
#[derive(Debug)]
pub struct Journal {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The sum of the last line.
    pub last_sum: String,
    /// The number of the process that wrote the last line, from 1.
    pub epoch: u32,
    /// How many bytes the lines take; what follows them is a torn line.
    pub length: u64,
    /// Whether a torn last line was dropped. What it said was never acted upon.
    pub is_torn: bool,
}

/// Reads a journal and checks its chain.
///
/// # Errors
/// [`Error::Damaged`] for a bad line with others after it, [`Error::Newer`], [`Error::Empty`].
pub fn read(bytes: &[u8]) -> Result<Journal, Error> {
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let mut journal = Journal {
        events: Vec::new(),
        last_sum: String::new(),
        epoch: 1,
        length: 0,
        is_torn: false,
    };
    for (at, line) in lines.iter().enumerate() {
        match parse(line, at, &journal.last_sum) {
            Ok(Line { event, epoch, sum }) => {
                journal.events.push(event);
                (journal.epoch, journal.last_sum) = (epoch, sum);
                journal.length += line.len() as u64;
            }
            Err(Fault::Newer(version)) => return Err(Error::Newer { version }),
            Err(Fault::Bad(_)) if at + 1 == lines.len() && !line.ends_with(b"\n") => {
                journal.is_torn = true;
            }
            Err(Fault::Bad(why)) => return Err(Error::Damaged { line: at + 1, why }),
        }
    }
    if journal.events.is_empty() {
        return Err(Error::Empty);
    }
    Ok(journal)
}

struct Line {
    event: Event,
    epoch: u32,
    sum: String,
}

enum Fault {
    Newer(u32),
    Bad(String),
}

fn parse(line: &[u8], at: usize, prev: &str) -> Result<Line, Fault> {
    let bad = |why: &str| Fault::Bad(why.to_owned());
    let text = std::str::from_utf8(line).map_err(|_| bad("it is not UTF-8"))?;
    let text = text.strip_suffix('\n').ok_or_else(|| bad("it does not end"))?;
    let (summed, rest) = text.rsplit_once(SUM_MEMBER).ok_or_else(|| bad("it has no sum"))?;
    let claimed = rest.strip_suffix("\"}").ok_or_else(|| bad("its sum does not end it"))?;
    if sum(summed) != claimed {
        return Err(bad("its sum does not match: it was changed"));
    }
    let mut members: Map<String, Json> =
        serde_json::from_str(text).map_err(|error| Fault::Bad(error.to_string()))?;
    let mut take = |name: &str| members.remove(name).unwrap_or_default();
    if take("seq").as_u64() != u64::try_from(at).ok() {
        return Err(bad("its number is not the next: a line is missing or moved"));
    }
    if take("prev").as_str() != Some(prev) {
        return Err(bad("it does not follow on the line before"));
    }
    let millisecond = take("t_mono").as_i64().ok_or_else(|| bad("it has no time"))?;
    let epoch = take("epoch").as_u64().and_then(|epoch| u32::try_from(epoch).ok());
    let epoch = epoch.ok_or_else(|| bad("it does not say which process wrote it"))?;
    for name in ["t_wall", "sum"] {
        take(name);
    }
    if let Some(version) = members.get("version").and_then(Json::as_u64)
        && version > u64::from(VERSION)
    {
        return Err(Fault::Newer(u32::try_from(version).unwrap_or(u32::MAX)));
    }
    let record: Record = serde_json::from_value(Json::Object(members))
        .map_err(|error| Fault::Bad(error.to_string()))?;
    let what = convert::event(record).map_err(Fault::Bad)?;
    let at = Timestamp::from_millisecond(millisecond);
    Ok(Line { event: Event { at, what }, epoch, sum: claimed.to_owned() })
}
