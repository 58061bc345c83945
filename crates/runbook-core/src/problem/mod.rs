//! What is wrong with a text: many at once, each with a code, places and a help line.

mod code;
mod github;
pub(crate) mod page;
mod render;
mod sarif;
mod view;

use serde::{Deserialize, Serialize};

pub use code::Code;
pub use github::annotation;
pub use render::Report;
pub use sarif::Sarif;
pub use view::{Listing, Place, View};

use crate::limits;
use crate::text::{Span, nearest};

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// The runbook can run; a reviewer should look.
    Warning,
    /// The runbook cannot be planned or run.
    Error,
}

impl Severity {
    /// Returns the word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place in the text and what is to be said there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The bytes under the caret.
    pub span: Span,
    /// What is wrong, or what stands, here.
    pub text: String,
}

/// One mistake in a runbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its entry in the catalogue.
    pub code: Code,
    /// A lower-case fragment fit for «error: …», names in backticks, no final stop.
    pub message: String,
    /// Places; the first is the main one.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    /// Makes a problem with its main place.
    pub fn new(
        code: Code,
        message: impl Into<String>,
        span: Span,
        label: impl Into<String>,
    ) -> Self {
        let labels = vec![Label { span, text: label.into() }];
        Self { code, message: message.into(), labels, help: None }
    }

    /// Makes a problem with places in their order.
    pub fn at(
        code: Code,
        message: impl Into<String>,
        labels: impl IntoIterator<Item = (Span, String)>,
    ) -> Self {
        let labels = labels.into_iter().map(|(span, text)| Label { span, text }).collect();
        Self { code, message: message.into(), labels, help: None }
    }

    /// Adds a second place.
    #[must_use]
    pub fn and(mut self, span: Span, label: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: label.into() });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The problems of one text. The first [`limits::PROBLEMS`] are kept, the others counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    found: Vec<Problem>,
    // Invariant: where one of all was an error, one of those kept is.
    has_errors: bool,
    left_out: usize,
    torn: bool,
}

impl Problems {
    /// Adds one. Once the text is [torn](Self::tear), what speaks of absence is left out.
    pub fn push(&mut self, problem: Problem) {
        if self.torn && problem.code.speaks_of_absence() {
            return;
        }
        let is_error = problem.code.severity() == Severity::Error;
        if self.found.len() >= limits::PROBLEMS {
            self.left_out += 1;
            // A remark makes way, so that whoever looks at what is kept sees that it is refused.
            if !is_error || self.has_errors {
                return;
            }
            self.found.pop();
        }
        self.has_errors |= is_error;
        self.found.push(problem);
    }

    /// Adds an error that is made only where it will be kept: to word a million that nobody will
    /// see takes seconds.
    pub fn tell(&mut self, error: impl FnOnce(&Self) -> Problem) {
        if self.found.len() >= limits::PROBLEMS && self.has_errors {
            self.left_out += 1;
        } else {
            let problem = error(self);
            self.push(problem);
        }
    }

    /// Keeps those of which something holds.
    pub fn retain(&mut self, keep: impl FnMut(&Problem) -> bool) {
        self.found.retain(keep);
        let is_error = |problem: &Problem| problem.code.severity() == Severity::Error;
        self.has_errors = self.found.iter().any(is_error);
    }

    /// Notes that the end of the text could not be read, so that nobody knows what is not there.
    pub fn tear(&mut self) {
        self.torn = true;
    }

    /// Returns how many there are, those left out among them.
    pub fn len(&self) -> usize {
        self.found.len() + self.left_out
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many were not kept, since there were more than [`limits::PROBLEMS`].
    pub const fn left_out(&self) -> usize {
        self.left_out
    }

    /// Returns those kept, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.found.iter()
    }

    /// Finds the name that a wrong one was most likely meant to be, as [`nearest`] does. Looking
    /// takes time, so that a list of more than [`limits::SHORT_LIST`] names is looked through for
    /// the first [`limits::SUGGESTIONS`] problems only.
    pub fn nearest<'a>(
        &self,
        wrong: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        let candidates = candidates.into_iter();
        let short = candidates.size_hint().1.is_some_and(|most| most <= limits::SHORT_LIST);
        if short || self.len() < limits::SUGGESTIONS { nearest(wrong, candidates) } else { None }
    }

    /// Tells whether any of them is an error.
    pub const fn has_errors(&self) -> bool {
        self.has_errors
    }

    /// Returns those kept, in order of place.
    pub fn sorted(&self) -> Vec<&Problem> {
        let mut sorted: Vec<_> = self.found.iter().collect();
        sorted.sort_by_key(|problem| problem.labels.first().map(|label| label.span));
        sorted
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        problems.into_iter().for_each(|problem| self.push(problem));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_limit_problems_are_counted_and_an_error_is_never_lost() {
        let problem = |code| Problem::new(code, "m", Span::default(), "l").help("h");
        let (remark, error) = (Code::ActionUnwatched, Code::StepsEmpty);
        let mut problems = Problems::default();
        for _ in 0..limits::PROBLEMS {
            problems.push(problem(remark));
        }
        assert_eq!((problems.len(), problems.left_out()), (limits::PROBLEMS, 0));
        problems.push(problem(remark));
        assert!(!problems.has_errors());
        problems.push(problem(error));
        problems.push(problem(error));
        assert_eq!((problems.len(), problems.left_out()), (limits::PROBLEMS + 3, 3));
        let kept: Vec<_> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!((kept.len(), kept.last()), (limits::PROBLEMS, Some(&error)));
        assert!(problems.has_errors());
        problems.retain(|problem| problem.code == remark);
        assert!(!problems.has_errors());
    }
}
