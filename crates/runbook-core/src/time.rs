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
    type Error = InstantError;

    /// Only what RFC 3339 says. jiff alone would also take a space for the `T`, the basic format,
    /// no seconds, years of six digits and the name of a zone, which other readers refuse or take
    /// for another instant.
    fn try_from(text: String) -> Result<Self, InstantError> {
        let refuse = || InstantError(text.chars().take(80).collect());
        if !is_rfc3339(text.as_bytes()) {
            return Err(refuse());
        }
        let instant = text.parse::<jiff::Timestamp>().map_err(|_| refuse())?;
        Ok(Self(instant.as_millisecond()))
    }
}

/// A text that is no instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no instant: write it as RFC 3339 says, such as `2026-11-23T08:00:00Z`")]
pub struct InstantError(String);

/// Tells whether a text has the form of an instant: a date, `T`, a time with seconds, perhaps a
/// fraction, and `Z` or an offset. Whether there is such a day is left to the calendar.
fn is_rfc3339(text: &[u8]) -> bool {
    let fits = |text: &[u8], form: &[u8]| {
        text.len() == form.len()
            && text.iter().zip(form).all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b't'),
                b'+' => matches!(byte, b'+' | b'-'),
                _ => byte == form,
            })
    };
    let Some((whole, mut rest)) = text.split_at_checked(19) else { return false };
    if let Some((b'.', fraction)) = rest.split_first() {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return false;
        }
        rest = &fraction[digits..];
    }
    let is_offset = match rest {
        b"Z" | b"z" => true,
        _ => fits(rest, b"+00:00") && rest[1..3] < b"24"[..] && rest[4..] < b"60"[..],
    };
    is_offset && fits(whole, b"0000-00-00T00:00:00")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_as_rfc_3339_says_and_in_no_other_way() {
        let read = |text: &str| Timestamp::try_from(text.to_owned()).is_ok();
        for text in [
            "2026-11-23T08:00:00Z",
            "2026-11-23t08:00:00z",
            "2026-11-23T08:00:00.5Z",
            "2026-11-23T08:00:00.123456789+01:00",
            "2026-11-23T08:00:00-12:30",
            "2026-11-23T23:59:60Z",
        ] {
            assert!(read(text), "{text}");
        }
        for text in [
            "",
            "2026-11-23",
            "2026-11-23 08:00:00Z",
            "2026-11-23T08:00Z",
            "2026-11-23T08:00:00",
            "20261123T080000Z",
            "2026-11-23T08:00:00Z[UTC]",
            "2026-11-23T08:00:00+01:00[Europe/Berlin]",
            "2026-11-23T08:00:00+0100",
            "2026-11-23T08:00:00+01",
            "2026-11-23T08:00:00+25:00",
            "2026-11-23T08:00:00+01:60",
            "2026-11-23T08:00:00.Z",
            "2026-11-23T08:00:00,5Z",
            "2026-11-23T08:00:00.1234567890123Z",
            "+002026-11-23T08:00:00Z",
            "-002026-11-23T08:00:00Z",
            "2026-02-29T08:00:00Z",
            "2026-11-23T24:00:00Z",
            " 2026-11-23T08:00:00Z",
        ] {
            assert!(!read(text), "{text}");
        }
    }
}
