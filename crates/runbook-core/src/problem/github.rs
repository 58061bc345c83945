//! Problems as workflow commands of GitHub Actions, which show them beside the lines of a pull
//! request. Knows nothing of where they are printed.

use std::fmt::Write as _;

use super::{Severity, View};
use crate::text::visible;

/// Writes a problem as one line, without its end:
/// `::error file=…,line=…,title=CODE::what is wrong%0Ahelp: …`.
///
/// Columns stand there only where the place ends in the line in which it starts: GitHub drops
/// an annotation's columns otherwise.
///
/// ```
/// use runbook_core::problem::{Code, Problem, View, annotation};
/// use runbook_core::text::{Source, Span};
///
/// let source = Source::new("a.yaml", "steps: {}\n");
/// let problem = Problem::new(Code::StepsEmpty, "there are no steps", Span::new(0, 5), "here");
/// assert_eq!(
///     annotation(&View::of(&source, &problem)),
///     "::error file=a.yaml,line=1,endLine=1,col=1,endColumn=6,\
///      title=runbook%3A%3Asteps%3A%3Aempty::there are no steps"
/// );
/// ```
pub fn annotation(view: &View) -> String {
    let command = match view.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let (line, end_line) = (view.line, view.end_line);
    let mut out =
        format!("::{command} file={},line={line},endLine={end_line}", property(&view.file));
    if line == end_line {
        // Writing to a String cannot fail.
        let _ = write!(out, ",col={},endColumn={}", view.column, view.end_column);
    }
    let _ = write!(out, ",title={}::{}", property(&view.code), data(&shown(&view.message)));
    if let Some(help) = &view.help {
        let _ = write!(out, "%0Ahelp: {}", data(&shown(help)));
    }
    out
}

/// Writes out what a terminal would obey, line by line: a log is read in one.
fn shown(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// Escapes what stands behind `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property, which a comma or a colon would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{Code, Problem};
    use crate::text::{Source, Span};

    fn of(file: &str, text: &str, problem: &Problem) -> String {
        annotation(&View::of(&Source::new(file, text), problem))
    }

    #[test]
    fn every_weight_has_its_command() {
        let of = |code| of("a.yaml", "steps: {}\n", &Problem::new(code, "m", Span::new(0, 5), ""));
        assert!(of(Code::StepsEmpty).starts_with("::error "));
        assert!(of(Code::NeedsTwice).starts_with("::warning "));
        assert!(of(Code::WaitDetached).starts_with("::notice "));
    }

    #[test]
    fn what_would_end_a_command_is_escaped() {
        let problem = Problem::new(Code::StepsEmpty, "50% of\r\nit: a, b::c", Span::new(0, 1), "")
            .help("write\nthis %0A");
        assert_eq!(
            of("a,b:c%\n.yaml", "x", &problem),
            "::error file=a%2Cb%3Ac%25%0A.yaml,line=1,endLine=1,col=1,endColumn=2,\
             title=runbook%3A%3Asteps%3A%3Aempty::50%25 of%0Ait: a, b::c%0A\
             help: write%0Athis %250A"
        );
    }

    #[test]
    fn nothing_of_a_message_is_obeyed_by_a_terminal_or_by_github() {
        let problem =
            Problem::new(Code::StepsEmpty, "\u{1b}[2J\n::set-output", Span::new(0, 1), "");
        let line = of("a.yaml", "x", &problem);
        assert!(line.ends_with("\\u{1b}[2J%0A::set-output"), "{line}");
        assert_eq!(line.lines().count(), 1);
    }

    #[test]
    fn a_place_of_several_lines_has_no_columns() {
        let problem = Problem::new(Code::StepsEmpty, "m", Span::new(2, 7), "");
        assert_eq!(
            of("a.yaml", "a:\n  b: c\n", &problem),
            "::error file=a.yaml,line=1,endLine=2,title=runbook%3A%3Asteps%3A%3Aempty::m"
        );
    }
}
