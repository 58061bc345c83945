//! The client: one request, one answer, or the proof that nothing was sent, or no proof.
//!
//! It keeps no cookies, follows no redirects, repeats nothing by itself and takes no proxy from
//! the environment: each of these would make another request than the one that was decided on.
//! It knows nothing of operations, and holds no session; who asks is an argument.

mod base;
mod config;
mod error;
mod head;
mod trust;

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use crate::operation::Resend;
use crate::protocol::{Method, Request, Response, Token};

pub use base::Base;
pub use config::{Config, ConfigError};
pub use error::{NotSent, SendError};
pub use head::Header;
pub use trust::{Pin, Trust};

/// From the first look-up of the name to the end of the TLS handshake.
const CONNECT: Duration = Duration::from_secs(10);
/// From the end of the handshake to the head of the answer.
const FIRST_BYTE: Duration = Duration::from_mins(1);
/// Between two parts of a body.
const IDLE: Duration = Duration::from_secs(30);
/// The whole exchange.
const WHOLE: Duration = Duration::from_mins(2);
/// The largest body that is read: 4 MiB.
const MAX_BODY: usize = 4 << 20;
/// The largest head that is read: 64 KiB of names and values.
const MAX_HEAD: usize = 64 << 10;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum Auth<'a> {
    /// Nobody: only the entry document is open.
    Open,
    /// The account of the configuration, by Basic authentication. For the logon only.
    Logon,
    /// A logon session.
    Session(&'a Token),
}

/// Over which connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// One that may have been used before. Cheap; the server may be closing it just now, which
    /// leaves the request unanswered.
    Pooled,
    /// One of its own, which is not used again: whatever fails before it stands proves that
    /// nothing was sent.
    Fresh,
}

impl From<Resend> for Connection {
    /// What may be repeated is sent over a pooled connection, everything else over a fresh one.
    fn from(resend: Resend) -> Self {
        match resend {
            Resend::Read => Self::Pooled,
            Resend::Action | Resend::Logon | Resend::Cancel => Self::Fresh,
        }
    }
}

/// A client of one server, for one account.
///
/// # Example
/// ```no_run
/// use em_api::client::{Auth, Base, Client, Config, Connection, Pin, Trust};
/// use em_api::operation::{Logon, Operation};
/// use em_api::protocol::Media;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let pin = Pin::parse("sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")?;
/// let client = Client::new(Config {
///     base: Base::parse("https://em.example:9398")?,
///     trust: Trust::Pins(vec![pin]),
///     username: r"EXAMPLE\operator".to_owned(),
///     password: "…".into(),
/// })?;
/// let response = client.send(&Logon.request(Media::Xml), Auth::Logon, Connection::Fresh).await?;
/// let logged_on = Logon.answer(&response)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Client {
    config: Config,
    pooled: reqwest::Client,
    fresh: reqwest::Client,
}

impl Client {
    /// Makes a client. Opens no connection.
    ///
    /// # Errors
    /// [`ConfigError`] for a user name that Basic authentication cannot carry, for certificates
    /// and pins that are none, and where the system's store of certificates cannot be read.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let tls = match &config.trust {
            // To read the CAs of a system takes longer than a short run. Plain HTTP needs none.
            Trust::System if config.base.is_plain() => trust::nobody()?,
            trust => trust::tls(trust)?,
        };
        let pooled = builder(tls.clone()).pool_idle_timeout(Duration::from_mins(1));
        let fresh = builder(tls).pool_max_idle_per_host(0);
        let build = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|error| ConfigError::Build { reason: error::chain(&error) })
        };
        Ok(Self { pooled: build(pooled)?, fresh: build(fresh)?, config })
    }

    /// Returns the secrets of the account, as they go over the wire: what a server repeats of
    /// them must not be carried further.
    pub fn secrets(&self) -> Vec<String> {
        let password = self.config.password.expose_secret().to_owned();
        vec![password, head::encoded_pair(&self.config)]
    }

    /// Returns the headers of a request, all of them and in the order in which they are sent.
    ///
    /// Secret ones do not show in `Debug`.
    pub fn head(&self, request: &Request, auth: Auth<'_>) -> Vec<Header> {
        head::head(&self.config, request, auth)
    }

    /// Sends a request and reads the answer to its end, whatever its status is.
    ///
    /// At most 10 s go by until the connection stands, 60 s until the answer begins, 30 s
    /// between two parts of it, and 120 s in all; 4 MiB of body are read.
    ///
    /// # Errors
    /// - [`SendError::NotSent`]: not one byte of the request left this machine.
    /// - [`SendError::Unanswered`]: it may have been sent, and carried out.
    pub async fn send(
        &self,
        request: &Request,
        auth: Auth<'_>,
        connection: Connection,
    ) -> Result<Response, SendError> {
        let exchange = async {
            let prepared = self.prepare(request, auth).map_err(Failed::NotSent)?;
            let client = match connection {
                Connection::Pooled => &self.pooled,
                Connection::Fresh => &self.fresh,
            };
            receive(client, prepared).await
        };
        let late = || Err(Failed::unanswered("the answer took longer than 120 s"));
        let result = timeout(WHOLE, exchange).await.unwrap_or_else(|_| late());
        result.map_err(|failed| failed.of(request.shown(), self.config.base.to_string()))
    }

    fn prepare(&self, request: &Request, auth: Auth<'_>) -> Result<reqwest::Request, NotSent> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let url = self.config.base.join(&request.target)?;
        let mut prepared = reqwest::Request::new(method, url);
        *prepared.headers_mut() = header_map(self.head(request, auth))?;
        *prepared.body_mut() = request.body.as_ref().map(|body| body.text.clone().into());
        Ok(prepared)
    }
}

/// What went wrong, before it is known with which request.
#[derive(Debug)]
enum Failed {
    NotSent(NotSent),
    Unanswered(String),
}

impl Failed {
    fn unanswered(reason: &str) -> Self {
        Self::Unanswered(reason.to_owned())
    }

    fn of(self, request: String, server: String) -> SendError {
        match self {
            Self::NotSent(cause) => SendError::NotSent { request, server, cause },
            Self::Unanswered(reason) => SendError::Unanswered { request, server, reason },
        }
    }
}

fn builder(tls: rustls::ClientConfig) -> reqwest::ClientBuilder {
    // Neither reqwest's total time-out nor its `read_timeout` is used: they would also count the
    // wait for the first byte, for which EM gets longer.
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(CONNECT)
}

fn header_map(headers: Vec<Header>) -> Result<HeaderMap, NotSent> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for header in headers {
        // The value is not repeated in the reason: it may be a secret.
        let mut value = HeaderValue::from_str(&header.value).map_err(|_| NotSent::Unsendable {
            reason: format!("the value of `{}` cannot stand in a header", header.name),
        })?;
        value.set_sensitive(header.secret);
        let name = HeaderName::from_bytes(header.name.as_bytes());
        map.insert(name.expect("invariant: our header names are well-formed"), value);
    }
    Ok(map)
}

async fn receive(client: &reqwest::Client, prepared: reqwest::Request) -> Result<Response, Failed> {
    // The time to connect has a deadline of its own, which always comes first. So this one says
    // that the request may have been sent.
    let answer = timeout(CONNECT + FIRST_BYTE, client.execute(prepared)).await;
    let answer = answer.map_err(|_| Failed::unanswered("no answer began within 60 s"))?;
    let mut answer = answer.map_err(|error| {
        // The URL of a logout holds the id of the session.
        let error = error.without_url();
        match error::not_sent(&error) {
            Some(cause) => Failed::NotSent(cause),
            None => Failed::Unanswered(error::broken(&error)),
        }
    })?;
    let status = answer.status().as_u16();
    let headers = headers(answer.headers())?;
    let body = body(&mut answer).await?;
    Ok(Response { status, headers, body })
}

fn headers(map: &HeaderMap) -> Result<Vec<(String, String)>, Failed> {
    let size: usize = map.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > MAX_HEAD {
        return Err(Failed::unanswered("the head of the answer is larger than 64 KiB"));
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(map.iter().map(|(name, value)| (name.to_string(), text(value))).collect())
}

async fn body(answer: &mut reqwest::Response) -> Result<Vec<u8>, Failed> {
    let mut body = Vec::new();
    loop {
        let chunk = timeout(IDLE, answer.chunk()).await;
        let chunk = chunk.map_err(|_| Failed::unanswered("the answer stopped for 30 s"))?;
        match chunk.map_err(|error| Failed::Unanswered(cut_short(error)))? {
            Some(chunk) if body.len() + chunk.len() > MAX_BODY => {
                return Err(Failed::unanswered("the answer is larger than 4 MiB"));
            }
            Some(chunk) => body.extend_from_slice(&chunk),
            None => return Ok(body),
        }
    }
}

fn cut_short(error: reqwest::Error) -> String {
    format!("the answer was cut short: {}", error::broken(&error.without_url()))
}

#[cfg(test)]
mod tests;
