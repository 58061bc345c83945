//! `${{ … }}` inside texts: found, looked through for names, and evaluated once.
//!
//! Expressions are Jinja's; statements and remarks (`{%`, `{#`) mean nothing. There are no
//! functions, no clock, no files and no environment, and what one gives is never read again as
//! an expression. This module knows how a name is written and not which names there are: that is
//! said by whoever checks, through [`Names`], and by the [`Scope`] of the evaluation.

mod evaluate;
mod infer;
mod repeat;
mod scan;
mod template;
mod tree;
mod ty;

use std::ops::Range;

pub use evaluate::Scope;
pub use infer::{Found, Names};
pub use template::{Expression, Template};
pub use tree::Name;
pub use ty::Ty;

use crate::problem::Code;
use crate::text::Span;

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
    /// Another place in the file that matters, and what stands there.
    pub also: Option<(Span, String)>,
}

impl Error {
    /// Makes an error.
    pub fn new(
        code: Code,
        at: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { code, at, message: message.into(), help: help.into(), also: None }
    }

    fn syntax(at: Range<usize>, message: impl Into<String>, help: &str) -> Self {
        Self::new(Code::ExpressionSyntax, at, message, help)
    }
}

/// Tells whether a text holds an expression, or the letters that would start one.
pub fn is_in(text: &str) -> bool {
    text.contains("${{")
}
