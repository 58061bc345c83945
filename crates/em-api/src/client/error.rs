//! What is known when no answer came: that nothing was sent, or nothing.

use std::error::Error;
use std::fmt;
use std::io;

use rustls::AlertDescription;

use super::Pin;
use super::trust::WrongPin;

/// A request without an answer. No message holds a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Not one byte of the request was sent: it failed before, or while the name was looked up,
    /// the connection made, or the certificate checked. It may be sent again.
    #[error("`{request}` was not sent to {server}: {cause}")]
    NotSent {
        /// Method and target.
        request: String,
        /// The address of the server.
        server: String,
        /// Why.
        cause: NotSent,
    },
    /// The request may have been sent, and may have been carried out.
    #[error("`{request}` was not answered by {server}: {reason}")]
    Unanswered {
        /// Method and target.
        request: String,
        /// The address of the server.
        server: String,
        /// What was seen instead of an answer.
        reason: String,
    },
}

/// Why a request was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The server did not prove to be the right one.
    #[error("{}", Untrusted { seen: *seen, wanted, reason })]
    Untrusted {
        /// The pin of the certificate it showed; known where pins were wanted.
        seen: Option<Pin>,
        /// The pins that were wanted; empty where certificates are checked by their issuer.
        wanted: Vec<Pin>,
        /// What is wrong with the certificate.
        reason: String,
    },
    /// No name, no connection, no TLS, or not in 10 s.
    #[error("no connection could be made: {reason}")]
    Unreachable {
        /// What was seen.
        reason: String,
    },
    /// The request itself cannot be sent. A mistake of the caller.
    #[error("{reason}")]
    Unsendable {
        /// What is wrong with it.
        reason: String,
    },
}

struct Untrusted<'a> {
    seen: Option<Pin>,
    wanted: &'a [Pin],
    reason: &'a str,
}

impl fmt::Display for Untrusted<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(seen) = self.seen else {
            return write!(out, "its certificate is not trusted: {}", self.reason);
        };
        let wanted: Vec<_> = self.wanted.iter().map(Pin::to_string).collect();
        write!(
            out,
            "its certificate has the pin {seen}, and not {}: either it was replaced, or \
             this is another server",
            wanted.join(" or ")
        )
    }
}

/// Returns the cause where an error proves that nothing was sent.
pub(super) fn not_sent(error: &reqwest::Error) -> Option<NotSent> {
    if error.is_builder() {
        return Some(NotSent::Unsendable { reason: chain(error) });
    }
    // Connecting covers the look-up of the name and the TLS handshake; no early data is sent.
    if !error.is_connect() {
        return None;
    }
    Some(match find::<rustls::Error>(error) {
        Some(rustls::Error::InvalidCertificate(wrong)) => untrusted(wrong),
        Some(rustls::Error::AlertReceived(AlertDescription::HandshakeFailure)) => {
            let hint =
                "the server has no cipher suite that is still safe (TLS 1.2 with AEAD, TLS 1.3)";
            NotSent::Unreachable { reason: hint.to_owned() }
        }
        Some(tls) => NotSent::Unreachable { reason: format!("TLS failed: {tls}") },
        None if error.is_timeout() => NotSent::Unreachable { reason: "10 s went by".to_owned() },
        None => NotSent::Unreachable { reason: root_cause(error) },
    })
}

fn untrusted(wrong: &rustls::CertificateError) -> NotSent {
    if let rustls::CertificateError::Other(other) = wrong
        && let Some(WrongPin { seen, wanted }) = other.0.downcast_ref()
    {
        let reason = "it has another pin".to_owned();
        return NotSent::Untrusted { seen: Some(*seen), wanted: wanted.clone(), reason };
    }
    NotSent::Untrusted { seen: None, wanted: Vec::new(), reason: mistrust(wrong) }
}

/// Says what is wrong with a certificate, for people where they meet it often.
fn mistrust(wrong: &rustls::CertificateError) -> String {
    match wrong {
        rustls::CertificateError::UnknownIssuer => {
            "nobody whom this machine trusts has signed it, as with every self-signed one; a pin \
             or a CA file makes it known"
                .to_owned()
        }
        other => other.to_string(),
    }
}

/// Prints an error and its sources, each said once.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let line = error.to_string();
        if !text.contains(&line) {
            text = format!("{text}: {line}");
        }
        next = error.source();
    }
    text
}

/// Says how a connection ended that had stood.
pub(super) fn broken(error: &reqwest::Error) -> String {
    match find::<io::Error>(error).map(io::Error::kind) {
        Some(io::ErrorKind::UnexpectedEof) => "the server closed the connection".to_owned(),
        Some(io::ErrorKind::ConnectionReset) => "the connection was reset".to_owned(),
        _ => root_cause(error),
    }
}

/// Prints the last source: «connection refused» rather than «error trying to connect».
fn root_cause(error: &reqwest::Error) -> String {
    let mut last: &dyn Error = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}

/// Finds an error of a type among the sources. An `io::Error` hides what it wraps from
/// `source`, so that is looked into as well.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(found) = wrapped.and_then(|wrapped| find(wrapped)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}
