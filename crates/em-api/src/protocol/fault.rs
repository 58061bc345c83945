//! What a server says when it does not do what it was asked.

use std::fmt;

use super::{Response, wire};

/// How much of a server's text is kept, in bytes.
const MAX_TEXT: usize = 2048;

/// An `Error` document, or what came in its place.
///
/// The text is the server's and may hold anything, control characters included: whoever prints
/// it escapes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `StatusCode` of the document, where there is one. Never decides: the status line does.
    pub status_code: Option<u16>,
    /// The message of the document; without a document the start of the body as text. At most
    /// 2 KiB, and empty for an empty body.
    pub message: String,
}

impl Fault {
    /// Reads the body of an answer as well as it can be read: an `Error` document in XML or
    /// JSON, the HTML page of a proxy, garbage, or nothing.
    ///
    /// ```
    /// use em_api::protocol::{Fault, Response};
    ///
    /// let body = br#"{"Message":"Node [root] does not exist.","StatusCode":400}"#.to_vec();
    /// let fault = Fault::read(&Response { status: 400, headers: vec![], body });
    /// assert_eq!(fault.message, "Node [root] does not exist.");
    /// ```
    pub fn read(response: &Response) -> Self {
        Self::of_document(response).unwrap_or_else(|| {
            let start = &response.body[..response.body.len().min(MAX_TEXT)];
            let text = String::from_utf8_lossy(start);
            Self { status_code: None, message: cut(text.trim()) }
        })
    }

    fn of_document(response: &Response) -> Option<Self> {
        let root = wire::read(response, "Error").ok()?;
        let message = root.text("Message").or_else(|| root.text("FirstChanceExceptionMessage"))?;
        let status_code = root.text("StatusCode").and_then(|code| code.parse().ok());
        Some(Self { status_code, message: cut(message) })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = if self.message.is_empty() { "no reason is given" } else { &self.message };
        out.write_str(message)
    }
}

/// Cuts a text of a server to 2 KiB, at the edge of a character.
pub(super) fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_TEXT)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_found_in_whatever_comes() {
        let xml = r#"<Error Message="No &quot;x&quot;." StatusCode="500" xmlns="http://www.veeam.com/ent/v1.0"><FirstChanceExceptionMessage>y</FirstChanceExceptionMessage></Error>"#;
        let cases: [(&[u8], Option<u16>, &str); 7] = [
            (xml.as_bytes(), Some(500), "No \"x\"."),
            (br#"{"Message":"m","Status":null,"StatusCode":400}"#, Some(400), "m"),
            (br#"{"Message":null,"FirstChanceExceptionMessage":"f"}"#, None, "f"),
            (b"<html><h1>502 Bad Gateway</h1>", None, "<html><h1>502 Bad Gateway</h1>"),
            (b"{\"Message\":", None, "{\"Message\":"),
            (b"", None, ""),
            (b"\xff\xfe", None, "\u{fffd}\u{fffd}"),
        ];
        for (body, status_code, message) in cases {
            let response = Response { status: 500, headers: vec![], body: body.to_vec() };
            let wanted = Fault { status_code, message: message.to_owned() };
            assert_eq!(Fault::read(&response), wanted);
        }
    }

    #[test]
    fn no_more_than_two_kibibytes_are_kept() {
        for body in ["ä".repeat(5000), format!(r#"{{"Message":"a{}"}}"#, "ä".repeat(5000))] {
            let response = Response { status: 500, headers: vec![], body: body.into_bytes() };
            let length = Fault::read(&response).message.len();
            assert!(length <= MAX_TEXT && length > MAX_TEXT - 4, "{length}");
        }
    }
}
