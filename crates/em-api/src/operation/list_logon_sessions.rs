//! `GET /api/logonSessions`: reads the logon sessions that are open.

use super::{AnswerError, Operation, Resend, document, unreadable};
use crate::protocol::{LogonSession, Media, Method, Request, Response};

/// Lists the logon sessions (reference page *logonSessions*). Those of other programs and other
/// accounts may be among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListLogonSessions;

impl Operation for ListLogonSessions {
    const NAME: &'static str = "list_logon_sessions";
    const RESEND: Resend = Resend::Read;
    type Answer = Vec<LogonSession>;

    fn request(&self, media: Media) -> Request {
        Request::new(Method::Get, "/api/logonSessions", media)
    }

    fn answer(&self, response: &Response) -> Result<Vec<LogonSession>, AnswerError> {
        let list = document(Self::NAME, response, &[200], "LogonSessions")?;
        LogonSession::read_all(&list).map_err(|reason| unreadable(Self::NAME, response, reason))
    }
}
