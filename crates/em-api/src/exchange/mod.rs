//! Recorded exchanges: requests and the answers to them, in a text that people read and write.
//!
//! The file says where it comes from, and then what was sent (`>`) and what came back (`<`):
//!
//! ```text
//! # origin: derived
//! # page: GET /tasks/{ID}
//! # A finished task, in the form that follows from the rules for JSON.
//!
//! > GET /api/tasks/task-1 HTTP/1.1
//! Accept: application/json
//!
//! < 200 OK
//! Content-Type: application/json
//!
//! {"TaskId":"task-1","State":"Finished"}
//! ```
//!
//! Headers follow their line; a body follows an empty line and goes to the next line that begins
//! with `> ` and a method or with `< ` and a status, or to the end of the file. Line ends at the
//! end of a body do not belong to it. The words behind a status are for readers.

mod read;

use std::fmt;

use crate::protocol::{Method, Response, hide_session};

/// The headers that hold no secret. A list of those that do would miss one some day.
const SHOWN: [&str; 9] = [
    "Accept",
    "Allow",
    "Content-Length",
    "Content-Type",
    "Date",
    "Location",
    "Retry-After",
    "Server",
    "WWW-Authenticate",
];

/// One file: where it comes from, and one or more requests with their answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// How far it can be trusted.
    pub origin: Origin,
    /// The page of the reference it belongs to, such as `GET /tasks/{ID}`.
    pub page: Option<String>,
    /// What else a reader should know, line by line.
    pub notes: Vec<String>,
    /// The requests and answers, in their order.
    pub pairs: Vec<Pair>,
}

/// How far an exchange can be trusted to be what a server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Given by the user as it stands.
    Given,
    /// Written by hand after the documented shape.
    Documented,
    /// Follows by rules from a documented shape; nobody has shown it.
    Derived,
    /// Recorded from a server.
    Recorded,
}

impl Origin {
    const ALL: [Self; 4] = [Self::Given, Self::Documented, Self::Derived, Self::Recorded];

    /// Returns the words for it in a file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Given => "given by the user",
            Self::Documented => "documented shape",
            Self::Derived => "derived",
            Self::Recorded => "recorded",
        }
    }
}

/// A request and the answer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What was sent.
    pub sent: Sent,
    /// What came back.
    pub received: Response,
}

/// A request as recorded: headers and all, of which a file may show only some.
#[derive(Clone, PartialEq, Eq)]
pub struct Sent {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body; empty where there is none.
    pub body: String,
}

impl Sent {
    /// Returns the first header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let wanted = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.headers.iter().find(wanted).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.headers.iter().map(|(name, value)| (name, shown(name, value)));
        out.debug_struct("Sent")
            .field("method", &self.method)
            .field("target", &hide_session(&self.target))
            .field("headers", &shown.collect::<Vec<_>>())
            .field("body", &self.body)
            .finish()
    }
}

/// A text that is no exchange, with the line at which it stops being one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ExchangeError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: String,
}

impl Exchange {
    /// Reads a file.
    ///
    /// ```
    /// use em_api::exchange::{Exchange, Origin};
    ///
    /// let text = "# origin: derived\n\n> DELETE /api/tasks/task-1 HTTP/1.1\n\n< 204 No Content\n";
    /// let exchange = Exchange::parse(text)?;
    /// assert_eq!(exchange.origin, Origin::Derived);
    /// assert_eq!(exchange.pairs[0].received.status, 204);
    /// # Ok::<(), em_api::exchange::ExchangeError>(())
    /// ```
    ///
    /// # Errors
    /// [`ExchangeError`] for a file without an origin or without a request, a request without an
    /// answer, and lines that are neither.
    pub fn parse(text: &str) -> Result<Self, ExchangeError> {
        read::Reader::new(text).exchange()
    }

    /// Prints a file that [`Exchange::parse`] reads to the same value. For tools: what stands in
    /// the repository is written by hand, or it would say what we think and not what EM says.
    ///
    /// A body that is no UTF-8 is printed with replacement characters.
    pub fn print(&self) -> String {
        let mut lines = vec![format!("# origin: {}", self.origin.name())];
        lines.extend(self.page.iter().map(|page| format!("# page: {page}")));
        lines.extend(self.notes.iter().map(|note| format!("# {note}").trim_end().to_owned()));
        for Pair { sent, received } in &self.pairs {
            lines.push(format!("\n> {} {} HTTP/1.1", sent.method.name(), sent.target));
            message(&mut lines, &sent.headers, &sent.body);
            lines.push(format!("\n< {}", received.status));
            message(&mut lines, &received.headers, &String::from_utf8_lossy(&received.body));
        }
        lines.join("\n") + "\n"
    }

    /// Hides the values of all headers that are not known to be harmless, for recordings that
    /// leave the machine. Targets and bodies stay as they are: those of a logon and a logout hold
    /// the id of the session.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        for pair in &mut self.pairs {
            for (name, value) in pair.sent.headers.iter_mut().chain(&mut pair.received.headers) {
                if shown(name, value) == HIDDEN {
                    HIDDEN.clone_into(value);
                }
            }
        }
        self
    }
}

const HIDDEN: &str = "…";

fn shown<'a>(name: &str, value: &'a str) -> &'a str {
    if SHOWN.iter().any(|known| known.eq_ignore_ascii_case(name)) { value } else { HIDDEN }
}

fn message(lines: &mut Vec<String>, headers: &[(String, String)], body: &str) {
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    if !body.is_empty() {
        lines.push(format!("\n{body}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "\
# origin: documented shape
# page: POST /failoverPlans/{ID}?action=start
# A note.

> POST /api/failoverPlans/p?action=start HTTP/1.1
X-RestSvcSessionId: T0KEN
Content-Type: application/xml

<Spec>
  <StartNow>true</StartNow>
</Spec>

< 202 Accepted
Content-Type: application/xml

<Task>

> no request
</Task>

> GET /api/tasks/task-1 HTTP/1.1

< 500
";

    #[test]
    fn a_file_is_read_as_a_person_would() {
        let exchange = Exchange::parse(TWO).expect("an exchange");
        assert_eq!(exchange.page.as_deref(), Some("POST /failoverPlans/{ID}?action=start"));
        assert_eq!(exchange.notes, ["A note."]);
        let [first, second] = &exchange.pairs[..] else { panic!("{exchange:?}") };
        assert_eq!(first.sent.header("x-restsvcsessionid"), Some("T0KEN"));
        assert_eq!(first.sent.body, "<Spec>\n  <StartNow>true</StartNow>\n</Spec>");
        assert_eq!(first.received.body, b"<Task>\n\n> no request\n</Task>");
        assert_eq!((second.sent.method, second.received.status), (Method::Get, 500));
        assert_eq!(second.received.body, b"");
    }

    #[test]
    fn what_is_printed_is_read_back() {
        let exchange = Exchange::parse(TWO).expect("an exchange");
        assert_eq!(Exchange::parse(&exchange.print()), Ok(exchange));
    }

    #[test]
    fn secrets_can_be_hidden_and_are_not_printed_by_debug() {
        let exchange = Exchange::parse(TWO).expect("an exchange");
        assert!(!format!("{exchange:?}").contains("T0KEN"));
        let hidden = exchange.without_secrets().print();
        assert!(!hidden.contains("T0KEN") && hidden.contains("application/xml"), "{hidden}");
    }

    #[test]
    fn a_file_that_is_none_is_refused_with_its_line() {
        let cases = [
            ("", 1, "origin"),
            ("# origin: hearsay\n", 1, "`hearsay`"),
            ("# page: x\n\n> GET / HTTP/1.1\n\n< 200\n", 3, "origin"),
            ("# origin: derived\n\n", 3, "a request"),
            ("# origin: derived\nx\n", 2, "a request"),
            ("# origin: derived\n> GET /\n", 2, "HTTP/1.1"),
            ("# origin: derived\n> PATCH / HTTP/1.1\n", 2, "a request"),
            ("# origin: derived\n> GET / HTTP/1.1\n", 3, "an answer"),
            ("# origin: derived\n> GET / HTTP/1.1\nAccept\n", 3, "a header"),
            ("# origin: derived\n> GET / HTTP/1.1\n> GET / HTTP/1.1\n", 3, "an answer"),
            ("# origin: derived\n< 200 OK\n", 2, "a request"),
        ];
        for (text, line, reason) in cases {
            let error = Exchange::parse(text).expect_err(text);
            assert_eq!(error.line, line, "{text:?} {error}");
            assert!(error.reason.contains(reason), "{text:?} {error}");
        }
    }
}
