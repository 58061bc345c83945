//! Instants and durations, and the words people write for them. There is no clock here.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::limits;

/// An instant, kept to the millisecond.
///
/// In a run it comes from the host's clock, which never goes back within a process: wall time at
/// the start plus what a monotonic clock has counted since.
///
/// ```
/// use std::time::Duration;
/// use runbook_core::time::Timestamp;
///
/// let start = Timestamp::from_millisecond(1_764_000_000_000);
/// assert_eq!(start.to_string(), "2025-11-24T16:00:00.000Z");
/// assert_eq!((start + Duration::from_secs(90)).since(start), Duration::from_secs(90));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// Makes an instant from milliseconds since 1970, UTC.
    pub const fn from_millisecond(millisecond: i64) -> Self {
        Self(millisecond)
    }

    /// Returns the milliseconds since 1970, UTC.
    pub const fn as_millisecond(self) -> i64 {
        self.0
    }

    /// Returns the time from `earlier` to this instant; zero where this one is the earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let added = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(added))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        let taken = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(taken))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(out, "{instant:.3}"),
            Err(_) => write!(out, "{} ms", self.0),
        }
    }
}

impl From<Timestamp> for String {
    fn from(instant: Timestamp) -> Self {
        instant.to_string()
    }
}

impl TryFrom<String> for Timestamp {
    type Error = jiff::Error;

    fn try_from(text: String) -> Result<Self, jiff::Error> {
        text.parse::<jiff::Timestamp>().map(|instant| Self(instant.as_millisecond()))
    }
}

/// A duration as people write it: `90s`, `15m`, `1h30m`; in a runbook, the whole of a value.
///
/// ```
/// use std::time::Duration;
/// use runbook_core::time::Words;
///
/// assert_eq!("1h30m".parse::<Words>().map(|words| words.0), Ok(Duration::from_secs(5400)));
/// assert_eq!(Words(Duration::from_secs(5400)).to_string(), "1h30m");
/// assert!("90".parse::<Words>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Words(pub Duration);

/// A text that is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no duration: write a number with a unit, such as `90s`, `15m` or `1h30m`; the \
     longest is a year (`8784h`)"
)]
pub struct WordsError(String);

impl std::str::FromStr for Words {
    type Err = WordsError;

    /// Digits and the units `h`, `m`, `s`, `ms` only. jiff alone would also take signs, spaces
    /// and `1:30:00`, which a reviewer can misread.
    fn from_str(text: &str) -> Result<Self, WordsError> {
        let refuse = || WordsError(text.chars().take(80).collect());
        let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'h' | b'm' | b's'));
        if !plain || text.is_empty() {
            return Err(refuse());
        }
        let signed: jiff::SignedDuration = text.parse().map_err(|_| refuse())?;
        let words = Duration::try_from(signed).map(Self).map_err(|_| refuse())?;
        if words.0 > limits::DURATION { Err(refuse()) } else { Ok(words) }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let parts = [
            (u128::from(seconds / 3600), "h"),
            (u128::from(seconds / 60 % 60), "m"),
            (u128::from(seconds % 60), "s"),
            (u128::from(self.0.subsec_millis()), "ms"),
        ];
        if self.0.as_millis() == 0 {
            return out.write_str("0s");
        }
        parts.iter().filter(|(n, _)| *n > 0).try_for_each(|(n, unit)| write!(out, "{n}{unit}"))
    }
}

impl From<Words> for String {
    fn from(words: Words) -> Self {
        words.to_string()
    }
}

impl TryFrom<String> for Words {
    type Error = WordsError;

    fn try_from(text: String) -> Result<Self, WordsError> {
        text.parse()
    }
}
