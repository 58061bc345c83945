//! Problems as miette sees them. The only implementation of its traits; what draws them is the
//! command line.

use std::fmt;

use miette::{
    Diagnostic, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents,
};

use super::{Problem, Severity};
use crate::limits;
use crate::text::{Source, Span, visible};

/// A problem with its text, ready to be drawn.
///
/// ```
/// use miette::Diagnostic as _;
/// use runbook_core::problem::{Code, Problem, Report};
/// use runbook_core::text::{Source, Span};
///
/// let source = Source::new("a.yaml", "steps: {}\n");
/// let problem = Problem::new(Code::StepsEmpty, "there are no steps", Span::new(0, 5), "here");
/// let report = Report::new(&source, &problem);
/// assert_eq!(report.code().map(|code| code.to_string()), Some("runbook::steps::empty".into()));
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    source: Indexed,
    problem: Problem,
    excerpt: Excerpt,
}

impl Report {
    /// Takes a problem and its text, which is shared and not copied. Letters that a terminal
    /// would obey are written out, or masked.
    pub fn new(source: &Source, problem: &Problem) -> Self {
        let mut problem = problem.clone();
        problem.message = visible(&problem.message);
        problem.help = problem.help.as_deref().map(visible);
        for label in &mut problem.labels {
            label.text = visible(&label.text);
        }
        let excerpt = Excerpt::of(source, &problem);
        if excerpt == Excerpt::TooWide {
            let place = problem.labels.first().map_or(0, |label| label.span.start);
            let at = source.position(place);
            let (name, line, column) = (source.name(), at.line, at.column);
            problem.message = format!("{} ({name}:{line}:{column})", problem.message);
        }
        Self { source: Indexed(source.clone()), problem, excerpt }
    }
}

/// Whether the lines around the places are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Excerpt {
    Shown,
    /// A line is too wide: miette shows whole lines, and panics where one has more than 65 535
    /// columns. The message then says the place.
    TooWide,
}

impl Excerpt {
    fn of(source: &Source, problem: &Problem) -> Self {
        let wide = problem.labels.iter().any(|label| {
            let first = source.line_of(label.span.start).saturating_sub(1);
            let last = (source.line_of(label.span.end) + 1).min(source.lines() - 1);
            (first..=last).any(|line| {
                let (start, end) = (source.line_start(line), source.line_start(line + 1));
                end - start > limits::SHOWN_LINE_BYTES
            })
        });
        if wide { Self::TooWide } else { Self::Shown }
    }
}

impl Report {
    /// Breaks message and help at spaces, for a handler of this width that does not wrap lines
    /// by itself. miette's own wrapping also breaks behind hyphens, and a broken
    /// `cancel-on-timeout` cannot be copied.
    #[must_use]
    pub fn wrapped(mut self, width: usize) -> Self {
        // What the handler puts in front: «  × » and «  help: ».
        self.problem.message = wrapped(&self.problem.message, width.saturating_sub(4));
        self.problem.help = self.problem.help.map(|help| wrapped(&help, width.saturating_sub(8)));
        self
    }
}

fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for (position, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if position > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        } else if position > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.problem.message)
    }
}

impl std::error::Error for Report {}

impl Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.problem.code.name()))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.problem.code.severity() {
            Severity::Note => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        (self.excerpt == Excerpt::Shown).then_some(&self.source as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.excerpt == Excerpt::TooWide {
            return None;
        }
        let labels = self.problem.labels.iter().enumerate().map(|(position, label)| {
            let Span { start, end } = self.source.0.shown(label.span);
            let text = Some(label.text.clone());
            if position == 0 {
                LabeledSpan::new_primary_with_span(text, (start, end - start))
            } else {
                LabeledSpan::new_with_span(text, (start, end - start))
            }
        });
        Some(Box::new(labels))
    }
}

/// A text whose lines are found by their index. miette's own scans the text from the start for
/// every label, which takes seconds for the problems of a long file, and panics past the end.
#[derive(Clone, Debug)]
struct Indexed(Source);

impl SourceCode for Indexed {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.0.masked();
        let start = self.0.floor(span.offset());
        let end = self.0.floor(span.offset().saturating_add(span.len())).max(start);
        let line = self.0.line_of(start);
        let first = line.saturating_sub(before);
        let last = self.0.line_of(end).saturating_add(after).min(self.0.lines() - 1);
        // Without a line before, the text is wanted from the very place on.
        let (from, column) = match before {
            0 => (start, start - self.0.line_start(line)),
            _ => (self.0.line_start(first), 0),
        };
        let mut to = self.0.line_start(last + 1);
        let shown = text[from..to].trim_end_matches(['\r', '\n']).len();
        to = (from + shown).max(end);
        Ok(Box::new(MietteSpanContents::new_named(
            self.0.name().to_owned(),
            &text.as_bytes()[from..to],
            (from, to - from).into(),
            if before == 0 { line } else { first },
            column,
            last - first + 1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_span_is_out_of_bounds() {
        for text in ["", "a", "a\n", "é: 語\r\n\r\n", "a: \"x", "\n\n"] {
            let source = Indexed(Source::new("t", text));
            for offset in 0..text.len() + 3 {
                for length in 0..4 {
                    for context in 0..3 {
                        let span = SourceSpan::new(offset.into(), length);
                        let contents = source.read_span(&span, context, context);
                        assert!(contents.is_ok(), "{text:?} {offset} {length} {context}");
                    }
                }
            }
        }
    }
}
