//! The reading of a recorded exchange, line by line.

use super::{Exchange, ExchangeError, Origin, Pair, Sent};
use crate::protocol::{Method, Response};

type Headers = Vec<(String, String)>;

/// The lines, and how far they are read.
pub(super) struct Reader<'a> {
    lines: Vec<&'a str>,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { lines: text.lines().collect(), at: 0 }
    }

    pub(super) fn exchange(mut self) -> Result<Exchange, ExchangeError> {
        let (mut origin, mut page, mut notes) = (None, None, Vec::new());
        while let Some(line) = self.peek().and_then(|line| line.strip_prefix('#')) {
            let line = line.trim();
            if let Some(name) = line.strip_prefix("origin:") {
                origin = Some(self.origin(name.trim())?);
            } else if let Some(name) = line.strip_prefix("page:") {
                page = Some(name.trim().to_owned());
            } else {
                notes.push(line.to_owned());
            }
            self.at += 1;
        }
        self.skip_empty();
        let origin = origin.ok_or_else(|| self.error("there is no line `# origin: …` above"))?;
        let mut pairs = vec![self.pair()?];
        while self.peek().is_some() {
            pairs.push(self.pair()?);
        }
        Ok(Exchange { origin, page, notes, pairs })
    }

    fn origin(&self, name: &str) -> Result<Origin, ExchangeError> {
        let origin = Origin::ALL.into_iter().find(|origin| origin.name() == name);
        origin.ok_or_else(|| self.error(&format!("`{name}` is no origin")))
    }

    fn pair(&mut self) -> Result<Pair, ExchangeError> {
        let request = self.peek().and_then(request_line);
        let (method, rest) = request.ok_or_else(|| self.error("a request is expected"))?;
        let target = rest.strip_suffix(" HTTP/1.1");
        let target = target.ok_or_else(|| self.error("`HTTP/1.1` is missing"))?.to_owned();
        let (headers, body) = self.message()?;
        let sent = Sent { method, target, headers, body };
        let status = self.peek().and_then(status_line);
        let status = status.ok_or_else(|| self.error("an answer is expected"))?;
        let (headers, body) = self.message()?;
        let received = Response { status, headers, body: body.into_bytes() };
        Ok(Pair { sent, received })
    }

    /// Reads what follows the first line of a message, up to that of the next one.
    fn message(&mut self) -> Result<(Headers, String), ExchangeError> {
        self.at += 1;
        let mut headers = Vec::new();
        while let Some(line) = self.peek().filter(|line| !line.is_empty() && !is_first(line)) {
            let header = line.split_once(':');
            let (name, value) = header.ok_or_else(|| self.error("a header is expected"))?;
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
            self.at += 1;
        }
        self.skip_empty();
        let start = self.at;
        while self.peek().is_some_and(|line| !is_first(line)) {
            self.at += 1;
        }
        let body = self.lines[start..self.at].join("\n");
        Ok((headers, body.trim_end_matches('\n').to_owned()))
    }

    fn skip_empty(&mut self) {
        while self.peek() == Some("") {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<&'a str> {
        self.lines.get(self.at).copied()
    }

    fn error(&self, reason: &str) -> ExchangeError {
        ExchangeError { line: self.at + 1, reason: reason.to_owned() }
    }
}

fn is_first(line: &str) -> bool {
    request_line(line).is_some() || status_line(line).is_some()
}

fn request_line(line: &str) -> Option<(Method, &str)> {
    let (name, rest) = line.strip_prefix("> ")?.split_once(' ')?;
    let methods = [Method::Get, Method::Post, Method::Put, Method::Delete];
    let method = methods.into_iter().find(|method| method.name() == name)?;
    Some((method, rest))
}

/// No XML document has `<`, a space and a number at the start of a line.
fn status_line(line: &str) -> Option<u16> {
    let status = line.strip_prefix("< ")?.split(' ').next()?;
    (status.len() == 3).then(|| status.parse().ok()).flatten()
}
