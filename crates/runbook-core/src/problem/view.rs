//! Problems as data, with lines and columns instead of bytes: the shape `problems/v1`.

use serde::{Deserialize, Serialize};

use super::{Label, Problem, Problems, Severity};
use crate::text::{Source, Span};

/// The name of the shape, for the key `schema`.
const SCHEMA: &str = "problems/v1";

/// The problems of one or several texts, as `check --format json` prints them.
///
/// ```
/// use runbook_core::problem::Listing;
///
/// let listing = Listing::new(Vec::new());
/// assert_eq!(serde_json::to_string(&listing)?, r#"{"schema":"problems/v1","problems":[]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listing {
    schema: &'static str,
    problems: Vec<View>,
}

impl Listing {
    /// Takes the problems, in the order in which they are to be shown.
    pub const fn new(problems: Vec<View>) -> Self {
        Self { schema: SCHEMA, problems }
    }
}

/// One problem without its text. Lines and columns count from 1, columns in characters; an end
/// is the place after the last character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// The name of its code.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The name of the text.
    pub file: String,
    /// The line of its main place.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// The line where that place ends.
    pub end_line: usize,
    /// The column where it ends.
    pub end_column: usize,
    /// All its places with what is to be said there; the first is the main one.
    pub related: Vec<Place>,
}

/// A place, and what is to be said there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// What is wrong, or what stands, here.
    pub message: String,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// The line where the place ends.
    pub end_line: usize,
    /// The column where it ends.
    pub end_column: usize,
}

impl Place {
    fn of(source: &Source, label: &Label) -> Self {
        let span = source.shown(label.span);
        let (start, end) = (source.position(span.start), source.position(span.end));
        Self {
            message: label.text.clone(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}

impl View {
    /// Describes a problem of a text.
    pub fn of(source: &Source, problem: &Problem) -> Self {
        let related: Vec<_> = problem.labels.iter().map(|label| Place::of(source, label)).collect();
        let start = Label { span: Span::default(), text: String::new() };
        let main = related.first().cloned().unwrap_or_else(|| Place::of(source, &start));
        Self {
            code: problem.code.name().to_owned(),
            severity: problem.code.severity(),
            message: problem.message.clone(),
            help: problem.help.clone(),
            file: source.name().to_owned(),
            line: main.line,
            column: main.column,
            end_line: main.end_line,
            end_column: main.end_column,
            related,
        }
    }

    /// Describes all problems of a text, in order of place.
    pub fn all(source: &Source, problems: &Problems) -> Vec<Self> {
        problems.sorted().into_iter().map(|problem| Self::of(source, problem)).collect()
    }
}
