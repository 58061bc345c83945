//! Logon sessions, and where the two secrets of one come from.

use std::borrow::Cow;

use super::link::{Link, last_segment};
use super::wire::Node;
use super::{SessionId, Token};

/// The header that carries the token, in both directions. A cookie of the same name would win
/// over it, so no cookie is ever sent (reference page *logging on*).
pub const SESSION_HEADER: &str = "X-RestSvcSessionId";

/// A logon session (reference page *logonSessions/{ID}*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogonSession {
    /// Its id, for closing it; from `SessionId` or else from the last part of `Href`.
    pub session_id: SessionId,
    /// Who is logged on; empty where the server does not say.
    pub user_name: String,
    /// What this account may see and do; the set depends on its roles.
    pub links: Vec<Link>,
}

/// A logon that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedOn {
    /// What authenticates every later request.
    pub token: Token,
    /// The session.
    pub session: LogonSession,
}

impl LogonSession {
    /// Reads a `LogonSession` document.
    pub(crate) fn read(node: &Node) -> Result<Self, String> {
        let id = node.text("SessionId").or_else(|| node.text("Href").and_then(last_segment));
        let id = id.ok_or("`LogonSession` has neither a `SessionId` nor an `Href`")?;
        Ok(Self {
            // The text is not repeated in the message: it may be a secret.
            session_id: SessionId::parse(id)
                .map_err(|_| "`LogonSession/SessionId` is not the id of a session")?,
            user_name: node.text_or_empty("UserName"),
            links: Link::read_all(node),
        })
    }

    /// Reads a `LogonSessions` document.
    pub(crate) fn read_all(list: &Node) -> Result<Vec<Self>, String> {
        list.items("LogonSession", "LogonSessions").into_iter().map(Self::read).collect()
    }
}

/// Hides the id of a logon session in an address, for output.
pub(crate) fn hide_session(address: &str) -> Cow<'_, str> {
    let sessions = "/logonsessions/";
    // The lower-case copy is as long as the address: only ASCII letters change.
    match address.to_ascii_lowercase().find(sessions) {
        Some(at) => Cow::Owned(format!("{}…", &address[..at + sessions.len()])),
        None => Cow::Borrowed(address),
    }
}
