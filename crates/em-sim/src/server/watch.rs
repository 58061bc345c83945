//! Whoever watches a server from behind: told of each moment of an exchange, while it lasts, and
//! asked how it goes on. Made for tests that end a client, or a connection, at an exact moment.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use em_api::protocol::Method;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A moment of an exchange, as the server sees it. The server does nothing else on this
/// connection before it has the watcher's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment<'a> {
    /// A connection stands; no byte has come over it.
    Connected,
    /// A request has come as a whole, and has had no effect.
    Came {
        /// Its method.
        method: Method,
        /// Path and query as sent.
        target: &'a str,
    },
    /// It has had its effect, and no byte of the answer was sent.
    Handled,
    /// As many bytes of the answer as were asked for, or all of them, are with the system. The
    /// head counts.
    Sent {
        /// How many.
        bytes: usize,
        /// Whether that is all of it.
        is_all: bool,
    },
}

/// How a server goes on after a [`Moment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// As ever.
    GoOn,
    /// As ever, and the watcher is told when this many bytes of the answer are sent, or all of
    /// it: after [`Moment::Handled`] and [`Moment::Sent`]; elsewhere the same as `GoOn`.
    TellAfter(usize),
    /// The connection closes. A request that has come has no effect then.
    Cut,
    /// A request that has come is held up for so long; elsewhere the same as `GoOn`.
    Hold(Duration),
}

/// A watcher of a server.
///
/// # Example
/// ```
/// use em_sim::{Moment, Next, Options, Watcher};
///
/// // Every answer ends after its first ten bytes.
/// let watcher = Watcher::new(|_connection, moment| match moment {
///     Moment::Handled => Next::TellAfter(10),
///     Moment::Sent { .. } => Next::Cut,
///     _ => Next::GoOn,
/// });
/// let options = Options { watcher: Some(watcher), ..Options::default() };
/// ```
#[derive(Clone)]
pub struct Watcher(Arc<dyn Fn(u64, Moment<'_>) -> Next + Send + Sync>);

impl Watcher {
    /// Makes a watcher of a function of the connection, counted from 1, and the moment. It runs
    /// on the server's thread, which waits for it.
    pub fn new(watch: impl Fn(u64, Moment<'_>) -> Next + Send + Sync + 'static) -> Self {
        Self(Arc::new(watch))
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Watcher(..)")
    }
}

/// One connection and who watches it, if anybody does.
#[derive(Clone)]
pub(super) struct Watched {
    connection: u64,
    watcher: Option<Watcher>,
    answer: Arc<Mutex<Option<Answer>>>,
}

/// The answer on its way.
struct Answer {
    sent: usize,
    tell_after: usize,
    /// How many bytes of the end of the head have been seen: `\r\n\r\n`.
    head_ends: usize,
    body: usize,
    /// Where the answer ends, once its head does.
    length: Option<usize>,
}

impl Answer {
    /// Returns how many of these bytes may be written before somebody is to be told.
    fn may_write(&self, bytes: usize) -> usize {
        bytes.min(self.tell_after.saturating_sub(self.sent)).max(1)
    }

    fn wrote(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.sent += 1;
            if self.length.is_some() {
                continue;
            }
            self.head_ends = match (byte, self.head_ends) {
                (b'\r', 0 | 2) | (b'\n', 1 | 3) => self.head_ends + 1,
                (b'\r', _) => 1,
                _ => 0,
            };
            if self.head_ends == 4 {
                self.length = Some(self.sent + self.body);
            }
        }
    }

    fn is_all(&self) -> bool {
        self.length.is_some_and(|length| length <= self.sent)
    }

    fn is_to_be_told(&self) -> bool {
        self.sent >= self.tell_after || self.is_all()
    }
}

impl Watched {
    pub(super) fn new(connection: u64, watcher: Option<Watcher>) -> Self {
        Self { connection, watcher, answer: Arc::default() }
    }

    fn ask(&self, moment: Moment<'_>) -> Next {
        self.watcher.as_ref().map_or(Next::GoOn, |watcher| (watcher.0)(self.connection, moment))
    }

    /// Tells of a connection, and whether it is to be served.
    pub(super) fn connected(&self) -> bool {
        self.ask(Moment::Connected) != Next::Cut
    }

    /// Tells of a request.
    pub(super) async fn came(&self, method: Method, target: &str) -> io::Result<()> {
        match self.ask(Moment::Came { method, target }) {
            Next::Cut => Err(cut()),
            Next::Hold(held) => {
                tokio::time::sleep(held).await;
                Ok(())
            }
            Next::GoOn | Next::TellAfter(_) => Ok(()),
        }
    }

    /// Tells that a request was handled; its answer has a body of so many bytes.
    pub(super) fn handled(&self, body: usize) -> io::Result<()> {
        match self.ask(Moment::Handled) {
            Next::Cut => return Err(cut()),
            Next::TellAfter(bytes) => {
                let (sent, head_ends, length) = (0, 0, None);
                let tell_after = bytes.max(1);
                *self.answer() = Some(Answer { sent, tell_after, head_ends, body, length });
            }
            Next::GoOn | Next::Hold(_) => {}
        }
        Ok(())
    }

    fn answer(&self) -> MutexGuard<'_, Option<Answer>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of bytes that were sent, where that is due.
    fn sent(&self) -> io::Result<()> {
        let told = {
            let mut answer = self.answer();
            let told = answer.as_ref().filter(|answer| answer.is_to_be_told());
            let told = told.map(|answer| (answer.sent, answer.is_all()));
            if told.is_some_and(|(_, is_all)| is_all) {
                *answer = None;
            }
            told
        };
        let Some((bytes, is_all)) = told else { return Ok(()) };
        let next = self.ask(Moment::Sent { bytes, is_all });
        let mut answer = self.answer();
        match (next, &mut *answer) {
            (Next::Cut, _) => Err(cut()),
            (Next::TellAfter(more), Some(answer)) => {
                answer.tell_after = more.max(answer.sent + 1);
                Ok(())
            }
            _ => {
                *answer = None;
                Ok(())
            }
        }
    }

    fn is_to_be_told(&self) -> bool {
        self.answer().as_ref().is_some_and(Answer::is_to_be_told)
    }
}

fn cut() -> io::Error {
    io::Error::other("the watcher has cut the connection")
}

/// The plain text of a connection, with who watches it.
pub(super) struct Tapped<S> {
    pub(super) stream: S,
    pub(super) watched: Watched,
}

impl<S: AsyncWrite + Unpin> Tapped<S> {
    /// Has what was written sent, before anybody is told that it was.
    fn poll_tell(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.watched.is_to_be_told() {
            ready!(Pin::new(&mut self.stream).poll_flush(context))?;
            self.watched.sent()?;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tapped<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tapped<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_tell(context))?;
        let most =
            self.watched.answer().as_ref().map_or(bytes.len(), |it| it.may_write(bytes.len()));
        let part = &bytes[..most.min(bytes.len())];
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, part))?;
        if let Some(answer) = &mut *self.watched.answer() {
            answer.wrote(&bytes[..written]);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.poll_tell(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
