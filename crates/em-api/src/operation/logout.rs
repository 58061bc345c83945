//! `DELETE /api/logonSessions/{id}`: closes a logon session.

use super::{AnswerError, Operation, Resend, expect};
use crate::protocol::{Media, Method, Request, Response, SessionId};

/// Logs out (reference page *logging out*). The tasks of the session are out of sight with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logout {
    /// The session to close.
    pub session: SessionId,
}

impl Operation for Logout {
    const NAME: &'static str = "logout";
    const RESEND: Resend = Resend::Cancel;
    type Answer = ();

    fn request(&self, media: Media) -> Request {
        let target = format!("/api/logonSessions/{}", self.session.as_str());
        Request::new(Method::Delete, target, media)
    }

    fn answer(&self, response: &Response) -> Result<(), AnswerError> {
        expect(Self::NAME, response, &[200, 202, 204])
    }
}
