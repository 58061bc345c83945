//! One HTTP request and one HTTP answer, as values.
//!
//! Neither holds a credential: who asks is added when a request is sent. Only the answer to a
//! logon brings one, and so `Debug` shows of each what may be shown.

use std::fmt;
use std::time::Duration;

use super::session::hide_session;
use super::wire;
use super::{Media, SESSION_HEADER};

/// The methods EM uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads; harmless to repeat.
    Get,
    /// Acts or creates; never repeated without proof that the first one did nothing.
    Post,
    /// Edits.
    Put,
    /// Removes; for tasks also «stop the execution», which is a request and no proof.
    Delete,
}

impl Method {
    /// Returns the method as it stands on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The form of `text`, and the value of `Content-Type`.
    pub media: Media,
    /// The document.
    pub text: String,
}

/// A request without the name of the server and without credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query as sent, percent-encoded, from the root of the server: `/api/tasks/task-1`.
    pub target: String,
    /// The one form that is wanted back. It stands in `Accept`.
    pub accept: Media,
    /// The document sent along.
    pub body: Option<Body>,
}

impl Request {
    /// Makes a request without a body.
    ///
    /// ```
    /// use em_api::protocol::{Media, Method, Request};
    ///
    /// let request = Request::new(Method::Get, "/api/tasks", Media::Xml);
    /// assert_eq!(request.target, "/api/tasks");
    /// assert_eq!(request.body, None);
    /// ```
    pub fn new(method: Method, target: impl Into<String>, accept: Media) -> Self {
        Self { method, target: target.into(), accept, body: None }
    }

    /// Adds a document in the form that is also wanted back.
    #[must_use]
    pub fn with_body(mut self, text: impl Into<String>) -> Self {
        self.body = Some(Body { media: self.accept, text: text.into() });
        self
    }

    /// Returns method and target for people and logs; the id of a logon session is hidden.
    ///
    /// ```
    /// use em_api::protocol::{Media, Method, Request};
    ///
    /// let request = Request::new(Method::Delete, "/api/logonSessions/15a3fc97", Media::Xml);
    /// assert_eq!(request.shown(), "DELETE /api/logonSessions/…");
    /// ```
    pub fn shown(&self) -> String {
        format!("{} {}", self.method.name(), hide_session(&self.target))
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Request")
            .field("method", &self.method)
            .field("target", &hide_session(&self.target))
            .field("accept", &self.accept)
            .field("body", &self.body)
            .finish()
    }
}

/// What a server answered, complete: a truncated answer never becomes a `Response`.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code. It decides; a `Status` member inside a body never does.
    pub status: u16,
    /// Header names and values in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The bytes of the body; empty where there is none.
    pub body: Vec<u8>,
}

impl Response {
    /// Returns the first header of this name; names compare case-insensitively, since proxies
    /// vary the case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let wanted = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.headers.iter().find(wanted).map(|(_, value)| value.as_str())
    }

    /// Tells whether the body is a whole document in one of EM's forms, whatever it says: XML in
    /// which all that was opened is closed, or JSON.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    ///
    /// ```
    /// use em_api::protocol::Response;
    ///
    /// let answer = |body: &str| Response { status: 200, headers: vec![], body: body.into() };
    /// assert!(answer("<Tasks></Tasks>").check_body().is_ok());
    /// assert!(answer("<Tasks><Task>").check_body().is_err());
    /// assert!(answer("Bad Gateway").check_body().is_err());
    /// ```
    pub fn check_body(&self) -> Result<(), String> {
        wire::read_any(self, None).map(drop)
    }

    /// Returns how long the server wants to be left alone, where it says so in seconds
    /// (`Retry-After`). One that names a date instead says nothing here: its clock need not be
    /// ours.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("Retry-After")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }

    /// Returns the form of the body by its `Content-Type`, where that names one of EM's.
    pub fn media(&self) -> Option<Media> {
        self.header("Content-Type").and_then(Media::of_content_type)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = |name: &str| {
            name.eq_ignore_ascii_case(SESSION_HEADER) || name.eq_ignore_ascii_case("Set-Cookie")
        };
        let mut logon = false;
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            logon |= secret(name);
            let value = if secret(name) { "…".into() } else { hide_session(value) };
            headers.push((name, value));
        }
        // The body of a logon holds the id of the session, and a list of them that of each.
        let body = String::from_utf8_lossy(&self.body);
        let sessions = body.to_ascii_lowercase().contains("logonsession");
        let body = if logon || sessions { "…".into() } else { body };
        out.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &headers)
            .field("body", &body)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_a_token_does_not_print_it() {
        let headers = [("x-restsvcsessionid", "T0KEN"), ("Set-Cookie", "T0KEN"), ("Server", "x")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let mut response = Response { status: 201, headers, body: b"SESSI0N".to_vec() };
        let shown = format!("{response:?}");
        assert!(!shown.contains("T0KEN") && !shown.contains("SESSI0N"), "{shown}");
        response.headers.drain(..2);
        assert!(format!("{response:?}").contains("SESSI0N"));
    }
}
