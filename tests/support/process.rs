//! The binary under test as a process: started, told signals, and waited for, but never for long.

use std::fmt;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, open};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// No test needs a process that lives longer.
pub(super) const WATCHDOG: Duration = Duration::from_secs(40);

/// A terminal that is not there: what is written to it can be read.
pub(super) struct Terminal {
    screen: File,
    behind: OwnedFd,
}

impl Terminal {
    /// Makes one with so many columns and rows.
    pub(super) fn new(columns: u16, rows: u16) -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&screen).expect("it is ours");
        unlockpt(&screen).expect("it can be used");
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&screen, size).expect("it has a size");
        let behind = ptsname(&screen, Vec::new()).expect("it has a name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let behind = open(&behind, flags, Mode::empty()).expect("it can be opened");
        Self { screen: screen.into(), behind }
    }
}

/// What a process has said so far.
pub(super) type Said = Arc<Mutex<Vec<u8>>>;

/// A process that runs. It is killed when it is dropped.
#[must_use]
pub(crate) struct Process<'lab> {
    runtime: &'lab Runtime,
    child: Child,
    stdout: (Said, JoinHandle<()>),
    stderr: (Said, JoinHandle<()>),
    /// The pipe of stderr stays open, and nobody reads it.
    is_stderr_unread: Arc<AtomicBool>,
}

impl<'lab> Process<'lab> {
    /// Starts it; all that it will say is kept in the transcript as well.
    pub(super) fn start(
        runtime: &'lab Runtime,
        transcript: &Mutex<Vec<Said>>,
        mut command: Command,
    ) -> Self {
        command.stderr(Stdio::piped());
        Self::start_with(runtime, transcript, command, |child| child.stderr.take().expect("a pipe"))
    }

    /// Starts it with this terminal behind its stderr.
    pub(super) fn start_on(
        runtime: &'lab Runtime,
        transcript: &Mutex<Vec<Said>>,
        mut command: Command,
        of: Terminal,
    ) -> Self {
        command.stderr(of.behind);
        let screen = tokio::fs::File::from_std(of.screen);
        Self::start_with(runtime, transcript, command, |_| screen)
    }

    fn start_with<E: AsyncRead + Unpin + Send + 'static>(
        runtime: &'lab Runtime,
        transcript: &Mutex<Vec<Said>>,
        mut command: Command,
        stderr: impl FnOnce(&mut Child) -> E,
    ) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = {
            let _inside = runtime.enter();
            command.kill_on_drop(true).spawn().expect("the binary starts")
        };
        let is_stderr_unread = Arc::default();
        let stdout = collect(runtime, child.stdout.take().expect("a pipe"), Arc::default());
        let unread = Arc::clone(&is_stderr_unread);
        let stderr = collect(runtime, stderr(&mut child), unread);
        let mut said = transcript.lock().unwrap_or_else(PoisonError::into_inner);
        said.extend([Arc::clone(&stdout.0), Arc::clone(&stderr.0)]);
        Self { runtime, child, stdout, stderr, is_stderr_unread }
    }

    /// Closes the reading end of stdout: whatever is written there from now on fails.
    pub(crate) fn close_stdout(self) -> Self {
        self.stdout.1.abort();
        self
    }

    /// Closes the reading end of stderr.
    pub(crate) fn close_stderr(self) -> Self {
        self.stderr.1.abort();
        self
    }

    /// Reads nothing of stderr, and keeps its pipe open: it fills. To be called before anything
    /// is waited for.
    pub(crate) fn leave_stderr_unread(self) -> Self {
        self.is_stderr_unread.store(true, Ordering::Relaxed);
        self
    }

    /// Waits until stderr has this text.
    pub(crate) fn until_it_says(self, text: &str) -> Self {
        until(self.runtime, &format!("«{text}» on stderr"), || {
            said(&self.stderr.0).contains(text)
        });
        self
    }

    /// Waits until something is so, which a busy process brings about.
    pub(crate) fn until(self, what: &str, is_so: impl FnMut() -> bool) -> Self {
        until(self.runtime, what, is_so);
        self
    }

    /// Sends a signal.
    pub(crate) fn signal(self, signal: Signal) -> Self {
        kill_process(self.id(), signal).expect("the process can be told");
        self
    }

    /// Sends a signal to it and to those it has started, where it has a group of its own.
    pub(crate) fn signal_all(self, signal: Signal) -> Self {
        kill_process_group(self.id(), signal).expect("the group can be told");
        self
    }

    /// Sends signals, each so many milliseconds from now, for as long as it lives.
    pub(crate) fn signals(mut self, sequence: &[(u64, Signal)]) -> Self {
        let start = Instant::now();
        for (after, signal) in sequence {
            let left = Duration::from_millis(*after).saturating_sub(start.elapsed());
            let child = &mut self.child;
            let ended =
                self.runtime.block_on(async { tokio::time::timeout(left, child.wait()).await });
            if ended.is_ok() {
                break;
            }
            self = self.signal(*signal);
        }
        self
    }

    fn id(&self) -> Pid {
        let id = self.child.id().expect("it still runs");
        Pid::from_raw(id.cast_signed()).expect("a process has an id")
    }

    /// Waits for its end, and for the end of those that have its stdout and stderr from it.
    pub(crate) fn end(self) -> Outcome {
        let Self { runtime, mut child, stdout, stderr, is_stderr_unread } = self;
        let ended = runtime.block_on(async {
            let ended = async {
                let status = child.wait().await;
                if is_stderr_unread.load(Ordering::Relaxed) {
                    stderr.1.abort();
                }
                // One whose reading end was closed was cancelled: there is nothing to wait for.
                let _ = tokio::join!(stdout.1, stderr.1);
                status
            };
            tokio::time::timeout(WATCHDOG, ended).await
        });
        let (stdout, stderr) = (said(&stdout.0), said(&stderr.0));
        assert!(ended.is_ok(), "it did not end in {WATCHDOG:?}; it said {stdout}\nand {stderr}");
        let status = ended.expect("it has ended").expect("a status");
        Outcome { status, stdout, stderr }
    }
}

fn collect(
    runtime: &Runtime,
    mut pipe: impl AsyncRead + Unpin + Send + 'static,
    is_unread: Arc<AtomicBool>,
) -> (Said, JoinHandle<()>) {
    let said = Said::default();
    let to = Arc::clone(&said);
    let reading = runtime.spawn(async move {
        if is_unread.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        let mut part = [0; 4096];
        while let Ok(length @ 1..) = pipe.read(&mut part).await {
            let mut to = to.lock().unwrap_or_else(PoisonError::into_inner);
            to.extend_from_slice(&part[..length]);
        }
    });
    (said, reading)
}

fn said(said: &Said) -> String {
    let said = said.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8(said.clone()).expect("it writes UTF-8")
}

/// Looks again and again until something is so, and lets the servers of the runtime work.
fn until(runtime: &Runtime, what: &str, mut is_so: impl FnMut() -> bool) {
    let look = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let came = runtime.block_on(async { tokio::time::timeout(WATCHDOG, look).await });
    assert!(came.is_ok(), "in {WATCHDOG:?} it never came to this: {what}");
}

/// What came out of a process. Shown as one text, it is what snapshots are made of.
#[derive(Debug)]
#[must_use]
pub(crate) struct Outcome {
    status: ExitStatus,
    /// The result.
    pub(crate) stdout: String,
    /// Everything else.
    pub(crate) stderr: String,
}

impl Outcome {
    /// Returns the exit code; a process that was killed has none.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Returns its status.
    pub(crate) fn status(&self) -> ExitStatus {
        self.status
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code() {
            Some(code) => writeln!(out, "exit code {code}")?,
            None => writeln!(out, "killed by a signal")?,
        }
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            let text = if text.is_empty() { "(nothing)\n" } else { text };
            write!(out, "\n── {name}\n{text}")?;
        }
        Ok(())
    }
}
