//! Printing. Nothing that is printed stops a command: the exit code and the journal are what
//! counts. That a result has not arrived is told at the end. All of it passes the gate.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::borrow::Cow;
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anstream::adapter::strip_str;
use miette::{GraphicalReportHandler, GraphicalTheme};
use runbook_core::problem::{Problems, Report};
use runbook_core::report::safe_json;
use runbook_core::text::Source;
use serde::Serialize;

use crate::exit::{Exit, Failure};
use crate::gate;
use crate::progress::Progress;

/// How wide text is where no terminal says so.
const WIDTH: usize = 80;

/// Why a result has not arrived.
static LOST: Mutex<Option<std::io::Error>> = Mutex::new(None);

/// Writes a result to stdout.
pub(crate) fn result(text: &str) {
    let mut out = anstream::stdout();
    let text = &*gated(text);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let written = out.write_all(text.as_bytes()).and_then(|()| out.write_all(end.as_bytes()));
    if let Err(error) = written.and_then(|()| out.flush()) {
        LOST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// Lets a text through the gate. A secret that stands on both sides of a colour code is whole
/// again where colours are taken out, so it is looked for there as well.
fn gated(text: &str) -> Cow<'_, str> {
    let passed = gate::pass(text);
    if passed.contains('\u{1b}') {
        let plain = strip_str(&passed).to_string();
        if let Cow::Owned(masked) = gate::pass(&plain) {
            return Cow::Owned(masked);
        }
    }
    passed
}

/// Returns why a result has not arrived. A reader that went away has had enough, as `head` does;
/// a disk that is full has a reader who would take half a result for all of it.
pub(crate) fn lost() -> Option<Failure> {
    let error = LOST.lock().unwrap_or_else(PoisonError::into_inner).take()?;
    if error.kind() == ErrorKind::BrokenPipe {
        return None;
    }
    let failure = Failure::new(Exit::Internal, format!("stdout cannot be written: {error}"));
    Some(
        failure
            .help("what was printed is not the whole result; `runbook report` shows a run again"),
    )
}

/// Writes a result for machines to stdout.
pub(crate) fn json(value: &impl Serialize) {
    let text = serde_json::to_string_pretty(value).expect("invariant: results are plain data");
    result(&safe_json(&text));
}

/// Writes a line to stderr: progress, and what is not the result. A line that finds no reader is
/// waited for, but not for ever, and those after it are left out.
pub(crate) fn note(line: &str) {
    let mut lines = Progress::plain();
    lines.show(line.to_owned());
    lines.finish();
}

/// Nobody reads stderr.
static IS_UNREAD: AtomicBool = AtomicBool::new(false);

/// Says why a command did not get to its work.
pub(crate) fn failure(failure: &Failure) {
    note(&format!("error: {}", runbook_core::report::safe(&failure.message)));
    if let Some(text) = &failure.help {
        help(text);
    }
}

/// Has panics told of like everything else: what a panic says may hold anything.
pub(crate) fn tell_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let trace = Backtrace::capture();
        let is_wanted = trace.status() == BacktraceStatus::Captured;
        let trace = if is_wanted { format!("\n{trace}") } else { String::new() };
        let told = format!("{panic}{trace}");
        let _ = writeln!(anstream::stderr(), "{}", gated(&told));
    }));
}

/// Says what to do, below what was said before.
pub(crate) fn help(text: &str) {
    note(&format!(" help: {text}"));
}

/// How long the last lines may take once there is nothing else to do.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Waits until lines are written, but not for ever, and where nobody reads them not at all. Tells
/// whether they were.
pub(crate) fn are_written(written: &Receiver<()>) -> bool {
    if IS_UNREAD.load(Ordering::Relaxed) {
        return false;
    }
    let in_time = written.recv_timeout(LAST_LINES).is_ok();
    IS_UNREAD.store(!in_time, Ordering::Relaxed);
    in_time
}

/// Writes whole lines to stderr, and waits for their reader. That nobody reads is no error.
pub(crate) fn write_lines(lines: &str) {
    let _ = anstream::stderr().write_all(gated(lines).as_bytes());
}

/// Writes to the terminal behind stderr what it must not be kept from: how a cursor moves.
pub(crate) fn write_to_terminal(bytes: &str) {
    let _ = std::io::stderr().lock().write_all(bytes.as_bytes());
}

/// Tells whether lines that change can be shown: on a terminal that can move its cursor, and not
/// in CI, where somebody reads them later.
pub(crate) fn is_live() -> bool {
    let term = std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb");
    std::io::stderr().is_terminal() && term && std::env::var_os("CI").is_none()
}

/// Returns how many columns and rows the terminal has; a terminal that does not know has 80 × 24.
pub(crate) fn size() -> (usize, usize) {
    let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok();
    let of =
        |length: Option<u16>, other| length.filter(|length| *length > 0).map_or(other, usize::from);
    (of(size.map(|size| size.ws_col), WIDTH), of(size.map(|size| size.ws_row), 24))
}

/// Where problems are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// They are the result.
    Stdout,
    /// They are the reason why there is no result.
    Stderr,
}

/// Shows problems with their places in the text, in order of place, each with a blank line below.
pub(crate) fn problems(source: &Source, problems: &Problems, stream: Stream) {
    let coloured = match stream {
        Stream::Stdout => is_coloured(&std::io::stdout()),
        Stream::Stderr => is_coloured(&std::io::stderr()),
    };
    let theme =
        if coloured { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(WIDTH)
        .with_wrap_lines(false)
        .with_links(false);
    for problem in problems.sorted() {
        let mut text = String::new();
        let report = Report::new(source, problem).wrapped(WIDTH);
        if handler.render_report(&mut text, &report).is_err() {
            text = format!("{}: {}\n", problem.code.name(), problem.message);
        }
        match stream {
            Stream::Stdout => result(&format!("{text}\n")),
            Stream::Stderr => note(&text),
        }
    }
    if problems.left_out() > 0 {
        note(&format!("and {} more problems, which are not shown", problems.left_out()));
    }
}

/// Colour is for terminals, and for people who did not decline it.
fn is_coloured(stream: &impl IsTerminal) -> bool {
    let declined = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !declined && std::env::var_os("CI").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_with_a_colour_in_it_does_not_pass() {
        assert!(gate::add("colourful"));
        assert_eq!(gated("a \u{1b}[31mred\u{1b}[0m word"), "a \u{1b}[31mred\u{1b}[0m word");
        assert_eq!(gated("a colo\u{1b}[31murful word"), "a … word");
    }
}
