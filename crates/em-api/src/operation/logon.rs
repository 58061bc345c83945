//! `POST /api/sessionMngr/?v=latest`: opens a logon session.

use super::{AnswerError, Operation, Resend, document, unreadable};
use crate::protocol::{
    LoggedOn, LogonSession, Media, Method, Request, Response, SESSION_HEADER, Token,
};

/// Logs on (reference page *logging on*). The credentials are added when it is sent.
///
/// `latest` is the newest version the server speaks; the version is chosen here only, and holds
/// for the whole session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logon;

impl Operation for Logon {
    const NAME: &'static str = "logon";
    const RESEND: Resend = Resend::Logon;
    type Answer = LoggedOn;

    fn request(&self, media: Media) -> Request {
        Request::new(Method::Post, "/api/sessionMngr/?v=latest", media)
    }

    fn answer(&self, response: &Response) -> Result<LoggedOn, AnswerError> {
        // 201 is documented. A 200 with a token is a logon as well: the token is the proof.
        let document = document(Self::NAME, response, &[200, 201], "LogonSession")?;
        let token = response.header(SESSION_HEADER).filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| {
            unreadable(Self::NAME, response, format!("the header `{SESSION_HEADER}` is missing"))
        })?;
        let session = LogonSession::read(&document);
        let session = session.map_err(|reason| unreadable(Self::NAME, response, reason))?;
        Ok(LoggedOn { token: Token::new(token.to_owned()), session })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logon_without_a_token_is_none() {
        let body = br#"{"UserName":"u","SessionId":"s"}"#.to_vec();
        let mut response = Response { status: 201, headers: vec![], body };
        for (token, good) in [(None, false), (Some(""), false), (Some("t"), true)] {
            let header = token.map(|token| ("x-restsvcsessionid".to_owned(), token.to_owned()));
            response.headers = header.into_iter().collect();
            assert_eq!(Logon.answer(&response).is_ok(), good, "{token:?}");
        }
    }
}
