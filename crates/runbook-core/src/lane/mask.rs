//! Secrets taken out of what a server says. Proxies and debug handlers like to repeat the
//! headers of a request in their error pages, credentials and all.

use em_api::protocol::Response;

/// The shortest text that is masked. A shorter one would be found in the middle of honest words,
/// and a document with holes cannot be read.
const SHORTEST: usize = 6;

/// What stands in the place of a secret.
const MASK: &[u8] = "…".as_bytes();

/// Texts that must not be carried further.
#[derive(Default)]
pub(super) struct Mask(Vec<Vec<u8>>);

impl std::fmt::Debug for Mask {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Mask({} texts)", self.0.len())
    }
}

impl Mask {
    /// Adds a secret, as it is and as it stands in XML, in JSON and in a URL.
    pub(super) fn add(&mut self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let json = serde_json::Value::from(secret).to_string();
        let json = json.trim_matches('"').to_owned();
        for form in [secret.to_owned(), in_xml(secret), json, in_url(secret)] {
            let form = form.into_bytes();
            if !self.0.contains(&form) {
                self.0.push(form);
            }
        }
    }

    /// Takes the secrets out of an answer.
    pub(super) fn apply(&self, response: &mut Response) {
        for secret in &self.0 {
            replace(&mut response.body, secret);
            for (_, value) in &mut response.headers {
                let mut bytes = std::mem::take(value).into_bytes();
                replace(&mut bytes, secret);
                *value = String::from_utf8_lossy(&bytes).into_owned();
            }
        }
    }
}

fn in_xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn in_url(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

fn replace(bytes: &mut Vec<u8>, secret: &[u8]) {
    let mut from = 0;
    while let Some(at) = bytes[from..].windows(secret.len()).position(|part| part == secret) {
        let at = from + at;
        bytes.splice(at..at + secret.len(), MASK.iter().copied());
        from = at + MASK.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_in_every_form_and_a_short_one_is_left() {
        let mut mask = Mask::default();
        mask.add("p&ss\"w/rd");
        mask.add("ab");
        let body = "p&ss\"w/rd p&amp;ss&quot;w/rd p&ss\\\"w/rd p%26ss%22w%2Frd ab";
        let headers = vec![("X".to_owned(), "Basic p&ss\"w/rd".to_owned())];
        let mut response = Response { status: 400, headers, body: body.as_bytes().to_vec() };
        mask.apply(&mut response);
        assert_eq!(String::from_utf8_lossy(&response.body), "… … … … ab");
        assert_eq!(response.headers[0].1, "Basic …");
    }
}
