//! What holds of every text, however wrong: nothing panics, every place is in the text, and what
//! is saved comes back. A law that is broken panics.
//!
//! The fuzzer tries texts of its own, and `cargo test` those that are kept. How long a text may
//! take and how much memory it may use is watched from outside.

mod check;
mod document;
mod expression;

use std::ops::Range;
use std::process::ExitCode;

use runbook_core::problem::Problems;
use runbook_core::text::Source;

/// A law, and the fuzz target that tries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// A text becomes a tree, or problems.
    Document,
    /// A text with expressions becomes a value, or errors.
    Expression,
    /// A text becomes a plan that can be saved, or problems that can be shown.
    Check,
}

impl Law {
    /// All of them, by the names of their corpora.
    pub const ALL: [(&str, Self); 3] =
        [("document", Self::Document), ("expression", Self::Expression), ("check", Self::Check)];

    /// Tries it on a text. Of bytes that are no text, those before the first wrong one count.
    pub fn hold(self, bytes: &[u8]) {
        let valid = match std::str::from_utf8(bytes) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let text =
            str::from_utf8(&bytes[..valid]).expect("invariant: it was cut where it is wrong");
        match self {
            Self::Document => document::hold(text),
            Self::Expression => expression::hold(text),
            Self::Check => check::hold(text),
        }
    }

    /// Tries it on each file that an argument of this process names.
    #[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that people start")]
    pub fn replay(self) -> ExitCode {
        for path in std::env::args_os().skip(1) {
            let shown = path.display();
            match std::fs::read(&path) {
                Ok(bytes) => self.hold(&bytes),
                Err(error) => {
                    eprintln!("{shown}: {error}");
                    return ExitCode::FAILURE;
                }
            }
            println!("{shown}: the law holds");
        }
        ExitCode::SUCCESS
    }
}

/// Holds where some bytes are whole characters of a text.
#[track_caller]
fn stands_in(text: &str, at: Range<usize>, what: &dyn std::fmt::Debug) {
    assert!(text.get(at.clone()).is_some(), "{at:?} is no part of {text:?}: {what:?}");
}

/// Holds where every place of every problem is in the text, and can be shown.
fn are_placed(source: &Source, problems: &Problems) {
    for problem in problems {
        assert!(!problem.labels.is_empty(), "without a place: {problem:?}");
        for label in &problem.labels {
            stands_in(source.text(), label.span.start..label.span.end, problem);
            let shown = source.shown(label.span);
            stands_in(source.text(), shown.start..shown.end, problem);
        }
    }
}
