//! One HTTP request and one HTTP answer, as values.
//!
//! Neither holds a credential: who asks is added when a request is sent.

use super::Media;

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
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// What a server answered, complete: a truncated answer never becomes a `Response`.
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// Returns the form of the body by its `Content-Type`, where that names one of EM's.
    pub fn media(&self) -> Option<Media> {
        self.header("Content-Type").and_then(Media::of_content_type)
    }
}
