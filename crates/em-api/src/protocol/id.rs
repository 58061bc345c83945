//! Identifiers. Each is checked when it is made, so that none can bend a URL.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A text that is no identifier of the wanted sort.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {what}: {wanted} is expected")]
pub struct IdError {
    what: &'static str,
    wanted: &'static str,
    text: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $wanted:literal, $limit:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks a text and makes the identifier.
            ///
            /// # Errors
            /// [`IdError`] for a text of another shape; the text in it is cut to 80 characters.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let accepts: fn(&str) -> bool = $accepts;
                if text.len() <= $limit && accepts(text) {
                    return Ok(Self(text.to_owned()));
                }
                let text = text.chars().take(80).collect();
                Err(IdError { what: $what, wanted: $wanted, text })
            }

            /// Returns the identifier as it stands in URLs.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id! {
    /// A task: `task-` and up to twelve digits, such as `task-1`.
    ///
    /// It means something in one logon session only: after a new logon the same name can be
    /// another task (reference page *tasks*).
    TaskId, "task id", "`task-` and a number", 17,
    |text| text.strip_prefix("task-").is_some_and(|n| {
        !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())
    })
}

id! {
    /// A failover plan, as it stands in URLs; on real servers a GUID.
    PlanId, "failover plan id", "a GUID or another short word without a slash", 64, is_word
}

/// A logon session, as it stands in URLs; on real servers a GUID.
///
/// Not the token; still treated as a secret, since nobody documents that the token cannot be
/// derived from it. It does not print and cannot be serialised: journals keep its digest.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionId(String);

impl SessionId {
    /// Checks a text and makes the identifier.
    ///
    /// # Errors
    /// [`IdError`] for a text of another shape; the text is not repeated in it.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if text.len() <= 64 && is_word(text) {
            return Ok(Self(text.to_owned()));
        }
        let wanted = "a GUID or another short word without a slash";
        Err(IdError { what: "session id", wanted, text: "…".to_owned() })
    }

    /// Returns the identifier as it stands in URLs. For sending only.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the SHA-256 of the identifier, in lower-case hex: the same session, and not it.
    ///
    /// ```
    /// use em_api::protocol::SessionId;
    ///
    /// let session = SessionId::parse("15a3fc97-0325-4119-b789-5c0367c6c565")?;
    /// assert_eq!(session.digest().len(), 64);
    /// assert_eq!(format!("{session:?}"), "SessionId(…)");
    /// # Ok::<(), em_api::protocol::IdError>(())
    /// ```
    pub fn digest(&self) -> String {
        let digest: [u8; 32] = Sha256::digest(self.0.to_ascii_lowercase().as_bytes()).into();
        let digit = |n: u8| char::from_digit(n.into(), 16).unwrap_or_default();
        digest.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SessionId(…)")
    }
}

/// Letters, digits, `-`, `_` and `.`; no `..`, which would climb in a path.
fn is_word(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    !text.is_empty() && text.bytes().all(allowed) && !text.starts_with('.') && !text.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_cannot_bend_a_url() {
        for text in ["", "task-", "task-x", "task-1/../..", "../../x", "task-1\r\n", "TASK-1"] {
            assert!(TaskId::parse(text).is_err(), "{text:?} was taken");
        }
        for text in ["", "..", "a/b", "a?b", "a#b", "a%2fb", "a b", ".hidden", &"a".repeat(65)] {
            assert!(PlanId::parse(text).is_err(), "{text:?} was taken");
        }
        assert_eq!(TaskId::parse("task-12").map(|id| id.to_string()), Ok("task-12".to_owned()));
    }
    #[test]
    fn a_session_is_known_by_its_digest_and_never_printed() {
        let session = SessionId::parse("abc").expect("a session id");
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(session.digest(), digest);
        let error = SessionId::parse("a b").expect_err("a space");
        assert!(!format!("{session:?} {error} {error:?}").contains("a b"));
    }
}
