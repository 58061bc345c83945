//! The headers of a request. Pure: no clock, no connection.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;

use super::{Auth, Config};
use crate::protocol::{Method, Request, SESSION_HEADER};

/// A header as it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// Whether the value is a credential; it does not show in `Debug` then.
    pub secret: bool,
}

impl Header {
    fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: value.into(), secret: false }
    }

    fn secret(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: value.into(), secret: true }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.name, if self.secret { "…" } else { &self.value })
    }
}

pub(super) fn head(config: &Config, request: &Request, auth: Auth<'_>) -> Vec<Header> {
    let mut headers = vec![
        Header::new("Host", config.base.authority()),
        Header::new("Accept", request.accept.name()),
    ];
    match auth {
        Auth::Open => {}
        Auth::Logon => headers.push(Header::secret("Authorization", basic(config))),
        Auth::Session(token) => headers.push(Header::secret(SESSION_HEADER, token.expose())),
    }
    if let Some(body) = &request.body {
        headers.push(Header::new("Content-Type", body.media.name()));
        headers.push(Header::new("Content-Length", body.text.len().to_string()));
    } else if matches!(request.method, Method::Post | Method::Put) {
        // Servers of this kind answer 411 to a POST that does not say that it has no body.
        headers.push(Header::new("Content-Length", "0"));
    }
    headers
}

fn basic(config: &Config) -> String {
    format!("Basic {}", encoded_pair(config))
}

/// Encodes the pair as UTF-8; the reference does not say which encoding, servers take this one.
pub(super) fn encoded_pair(config: &Config) -> String {
    STANDARD.encode(format!("{}:{}", config.username, config.password.expose_secret()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Base, Trust};
    use crate::operation::{GetTask, Logon, Operation, Start, StartFailoverPlan};
    use crate::protocol::{Media, PlanId, TaskId, Token};

    fn shown(request: &Request, auth: Auth<'_>) -> String {
        let config = Config {
            base: Base::parse("https://em:9398").expect("a base"),
            trust: Trust::System,
            username: "SRV\\jörg".to_owned(),
            password: "päss:w".into(),
        };
        let headers = head(&config, request, auth);
        let lines = headers.iter().map(|header| format!("{}: {}", header.name, header.value));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_logon_says_who_and_that_it_has_no_body() {
        insta::assert_snapshot!(shown(&Logon.request(Media::Xml), Auth::Logon), @r"
        Host: em:9398
        Accept: application/xml
        Authorization: Basic U1JWXGrDtnJnOnDDpHNzOnc=
        Content-Length: 0
        ");
    }

    #[test]
    fn one_form_is_wanted_and_the_same_is_sent() {
        let plan = PlanId::parse("p").expect("a plan id");
        let request = StartFailoverPlan { plan, start: Start::Now }.request(Media::Json);
        let token = Token::new("T0KEN".to_owned());
        insta::assert_snapshot!(shown(&request, Auth::Session(&token)), @r"
        Host: em:9398
        Accept: application/json
        X-RestSvcSessionId: T0KEN
        Content-Type: application/json
        Content-Length: 18
        ");
    }

    #[test]
    fn a_read_has_no_length() {
        let request = GetTask { task: TaskId::parse("task-1").expect("a task id") };
        insta::assert_snapshot!(shown(&request.request(Media::Xml), Auth::Open), @r"
        Host: em:9398
        Accept: application/xml
        ");
    }

    #[test]
    fn a_credential_does_not_show() {
        let header = Header::secret("Authorization", "Basic c2VjcmV0");
        assert_eq!(format!("{header:?}"), "Authorization: …");
    }
}
