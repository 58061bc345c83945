//! `${{ … }}` inside texts: found, looked through for names, and evaluated once.
//!
//! Expressions are Jinja's; statements and remarks (`{%`, `{#`) mean nothing. There are no
//! functions, no clock, no files and no environment, and what one gives is never read again as
//! an expression. This module knows how a name is written and not which names there are: that is
//! said by whoever checks, and by the [`Scope`] of the evaluation.

mod evaluate;
mod scan;
mod template;

use std::ops::Range;

pub use evaluate::Scope;
pub use scan::Name;
pub use template::{Expression, Template};

use crate::problem::Code;

/// Why a text with expressions cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The code under which it is reported.
    pub code: Code,
    /// The bytes of the text that it is about.
    pub at: Range<usize>,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Error {
    fn syntax(at: Range<usize>, message: impl Into<String>, help: &str) -> Self {
        Self { code: Code::ExpressionSyntax, at, message: message.into(), help: help.to_owned() }
    }
}

/// Tells whether a text holds an expression, or the letters that would start one.
pub fn is_in(text: &str) -> bool {
    text.contains("${{")
}
