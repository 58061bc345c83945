//! One connection: HTTP/1.1 requests into the world, its outcomes back.

use std::io;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use em_api::protocol::{Method, Response};
use http_body_util::{BodyExt as _, Either, Full, Limited};
use hyper::body::{Body, Frame};
use hyper::header::{CONNECTION, CONTENT_LENGTH, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite};

use super::watch::{Tapped, Watched};
use crate::world::{Incoming, Outcome, World};

/// The largest body that is read.
const BODY_LIMIT: usize = 1024 * 1024;

/// How long a connection may be without a complete request header, idle time included.
const HEADER_TIMEOUT: Duration = Duration::from_mins(2);

/// How long the body of a request may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

type Answer = hyper::Response<Either<Full<Bytes>, Torn>>;

/// Serves a connection to its end. How it ends is of no interest: the world has kept what came
/// of it.
pub(super) async fn serve(
    stream: Tapped<impl AsyncRead + AsyncWrite + Unpin>,
    world: &Mutex<World>,
) {
    let watched = stream.watched.clone();
    let service = service_fn(|request| answer(request, &watched, world));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

/// Answers one request. An error closes the connection without an answer.
async fn answer(
    request: hyper::Request<hyper::body::Incoming>,
    watched: &Watched,
    world: &Mutex<World>,
) -> io::Result<Answer> {
    let (head, body) = request.into_parts();
    let Some(method) = method(&head.method) else { return plain(405) };
    let read = Limited::new(body, BODY_LIMIT).collect();
    let Ok(body) = tokio::time::timeout(BODY_TIMEOUT, read).await else { return plain(408) };
    let Ok(body) = body else { return plain(413) };
    let headers = head.headers.iter();
    let incoming = Incoming {
        method,
        target: head.uri.to_string(),
        headers: headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
        body: body.to_bytes().to_vec(),
    };
    watched.came(method, &incoming.target).await?;
    let mut outcome = {
        let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
        world.handle(Timestamp::now(), &incoming)
    };
    while let Outcome::Late { after, outcome: later } = outcome {
        tokio::time::sleep(after).await;
        outcome = *later;
    }
    if let Outcome::Answer(answer) | Outcome::Torn { answer, .. } = &outcome {
        watched.handled(answer.body.len())?;
    }
    match outcome {
        Outcome::Answer(answer) => whole(answer),
        Outcome::Torn { answer, sent } => torn(answer, sent),
        Outcome::Drop | Outcome::Late { .. } => Err(io::Error::other("the world gives no answer")),
    }
}

fn method(method: &hyper::Method) -> Option<Method> {
    let known = [Method::Get, Method::Post, Method::Put, Method::Delete];
    known.into_iter().find(|known| known.name() == method.as_str())
}

/// Header values are seldom more than ASCII; what else comes is read byte by byte.
fn text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// An answer of the shell itself, to what is no request of this API. The rest of such a request
/// is not read, so the connection ends with it.
fn plain(status: u16) -> io::Result<Answer> {
    let headers = vec![(CONNECTION.to_string(), "close".to_owned())];
    whole(Response { status, headers, body: Vec::new() })
}

fn whole(answer: Response) -> io::Result<Answer> {
    let (status, headers, body) = (answer.status, answer.headers, answer.body);
    head(status, &headers)?.body(Either::Left(Full::from(body))).map_err(io::Error::other)
}

fn torn(answer: Response, sent: usize) -> io::Result<Answer> {
    let length = HeaderValue::from(answer.body.len());
    let mut rest = Bytes::from(answer.body);
    rest.truncate(sent);
    head(answer.status, &answer.headers)?
        .header(CONTENT_LENGTH, length)
        .body(Either::Right(Torn { rest: Some(rest), flushed: false }))
        .map_err(io::Error::other)
}

fn head(status: u16, headers: &[(String, String)]) -> io::Result<hyper::http::response::Builder> {
    let mut builder = hyper::Response::builder().status(status);
    for (name, value) in headers {
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(io::Error::other)?;
        builder = builder.header(name, value);
    }
    Ok(builder)
}

/// A body that gives some bytes and then breaks. It pauses in between, since hyper throws away
/// what it has not yet written when a body fails.
struct Torn {
    rest: Option<Bytes>,
    flushed: bool,
}

impl Body for Torn {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(rest) = self.rest.take() {
            return Poll::Ready(Some(Ok(Frame::data(rest))));
        }
        if !self.flushed {
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::other("the body ends here"))))
    }
}
