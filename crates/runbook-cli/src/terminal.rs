//! Printing. A closed pipe never stops a command: the exit code and the journal are what counts.

use std::io::{IsTerminal, Write};

use miette::{GraphicalReportHandler, GraphicalTheme};
use runbook_core::problem::{Problems, Report};
use runbook_core::text::Source;

use crate::exit::Failure;

/// How wide text is where no terminal says so.
const WIDTH: usize = 80;

/// Writes a result to stdout.
pub(crate) fn result(text: &str) {
    let mut out = anstream::stdout();
    let _ = out.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = out.write_all(b"\n");
    }
    let _ = out.flush();
}

/// Writes a line to stderr: progress, and what is not the result.
pub(crate) fn note(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Says why a command did not get to its work.
pub(crate) fn failure(failure: &Failure) {
    note(&format!("error: {}", runbook_core::report::safe(&failure.message)));
    if let Some(text) = &failure.help {
        help(text);
    }
}

/// Says what to do, below what was said before.
pub(crate) fn help(text: &str) {
    note(&format!(" help: {text}"));
}

/// Where problems are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// They are the result.
    Stdout,
    /// They are the reason why there is no result.
    Stderr,
}

/// Shows problems with their places in the text, in order of place.
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
            Stream::Stdout => result(&text),
            Stream::Stderr => note(text.trim_end_matches('\n')),
        }
    }
}

/// Colour is for terminals, and for people who did not decline it.
fn is_coloured(stream: &impl IsTerminal) -> bool {
    let declined = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !declined && std::env::var_os("CI").is_none()
}
