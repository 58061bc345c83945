//! Requests and answers as this server sees them.

use std::fmt;
use std::time::Duration;

use em_api::protocol::{Media, Method, Response};

use crate::document::{self, Element};

/// The header, and the cookie, that carry the token.
pub(super) const SESSION: &str = "X-RestSvcSessionId";

/// A request as the server sees it, credentials included.
#[derive(Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The method.
    pub method: Method,
    /// What stands in the request line: path and query, with or without scheme and host.
    pub target: String,
    /// Header names and values in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The bytes of the body; empty where there is none.
    pub body: Vec<u8>,
}

/// Shows the names of headers but no values, since credentials are among them.
impl fmt::Debug for Incoming {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        out.debug_struct("Incoming")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &names)
            .field("body", &String::from_utf8_lossy(&self.body))
            .finish()
    }
}

impl Incoming {
    /// Makes a request without headers and body.
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a body and its `Content-Type`.
    #[must_use]
    pub fn with_body(mut self, media: Media, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with_header("Content-Type", media.name())
    }

    pub(super) fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let wanted = move |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.headers.iter().filter(wanted).map(|(_, value)| value.as_str())
    }

    /// XML, unless `Accept` so much as names JSON.
    pub(super) fn accepts(&self) -> Media {
        let json = |value: &str| value.to_ascii_lowercase().contains(Media::Json.name());
        if self.headers("Accept").any(json) { Media::Json } else { Media::Xml }
    }

    /// The form in which the server reads the body: JSON in `Accept` wins over `Content-Type`,
    /// as was seen on a real server.
    pub(super) fn body_media(&self) -> Option<Media> {
        match (self.accepts(), self.headers("Content-Type").next()) {
            (Media::Json, _) => Some(Media::Json),
            (Media::Xml, None) => Some(Media::Xml),
            (Media::Xml, Some(value)) => Media::of_content_type(value),
        }
    }

    /// The token; a cookie wins over the header.
    pub(super) fn token(&self) -> Option<&str> {
        let cookies = self.headers("Cookie").flat_map(|value| value.split(';'));
        let cookie = cookies
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| name.eq_ignore_ascii_case(SESSION))
            .map(|(_, token)| token);
        cookie.or_else(|| self.headers(SESSION).next())
    }
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An answer.
    Answer(Response),
    /// An answer that breaks off: its headers announce the whole body, the first `sent` bytes
    /// of it follow, then the connection closes.
    Torn {
        /// The answer as it would have been.
        answer: Response,
        /// How many bytes of the body go out.
        sent: usize,
    },
    /// The connection closes without an answer.
    Drop,
    /// The request has had its effect; what comes of it comes later.
    Late {
        /// How long the client waits.
        after: Duration,
        /// What comes then.
        outcome: Box<Outcome>,
    },
}

/// Why a request is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }
}

/// An answer before it is written.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) document: Option<Element>,
}

impl Reply {
    pub(super) fn new(status: u16, document: Element) -> Self {
        Self { status, headers: Vec::new(), document: Some(document) }
    }

    pub(super) fn empty() -> Self {
        Self { status: 204, headers: Vec::new(), document: None }
    }

    pub(super) fn error(status: u16, message: &str) -> Self {
        Self::new(status, document::error(status, message))
    }

    pub(super) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn write(self, media: Media) -> Response {
        let mut headers = self.headers;
        let body = self.document.map(|document| document::write(&document, media));
        if body.is_some() {
            let kind = format!("{}; charset=utf-8", media.name());
            headers.push(("Content-Type".to_owned(), kind));
        }
        Response { status: self.status, headers, body: body.unwrap_or_default() }
    }
}
