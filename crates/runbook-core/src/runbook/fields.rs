//! The keys of one mapping: those there are, those of a later version, and any others.

use std::time::Duration;

use crate::document::{Entry, Kind, Node, Value};
use crate::expression;
use crate::problem::{Code, Problem, Problems};
use crate::step::Type;
use crate::text::{Span, cut};

use super::misfit::misfit;

/// What may stand in a mapping of the format.
pub(super) struct Shape {
    /// What the mapping is: `a step`.
    pub(super) what: &'static str,
    /// The keys that are read.
    pub(super) known: &'static [&'static str],
    /// The keys of the format that this version does not read.
    pub(super) later: &'static [&'static str],
}

/// A mapping that is being read.
pub(super) struct Fields<'a> {
    shape: &'static Shape,
    node: &'a Node,
    /// Where something absent is complained of.
    place: Span,
}

impl<'a> Fields<'a> {
    /// Takes a mapping and reports the keys that cannot be read; none for anything else.
    pub(super) fn open(
        shape: &'static Shape,
        node: &'a Node,
        place: Span,
        problems: &mut Problems,
    ) -> Option<Self> {
        if !matches!(node.kind(), Kind::Map(_)) {
            let place = if node.span().start < node.span().end { node.span() } else { place };
            let message = format!("{} is a mapping, and this is {}", shape.what, name_of(node));
            let problem =
                Problem::new(Code::ValueWrongType, message, place, "a mapping is expected");
            problems.push(problem.help(format!("its keys are {}", list(shape.known))));
            return None;
        }
        for entry in node.entries() {
            if !shape.known.contains(&&*entry.key) {
                problems.push(shape.refuse(entry, problems));
            }
        }
        Some(Self { shape, node, place })
    }

    /// Returns a key that may be absent.
    pub(super) fn get(&self, key: &str) -> Option<&'a Entry> {
        self.node.entry(key)
    }

    /// Returns a key that must be there, and reports where it is not.
    pub(super) fn require(&self, key: &str, problems: &mut Problems) -> Option<&'a Entry> {
        let entry = self.get(key);
        if entry.is_none() {
            let message = format!("{} needs the key `{key}`", self.shape.what);
            let label = format!("`{key}` is missing here");
            problems.push(
                Problem::new(Code::KeyMissing, message, self.place, label)
                    .help(format!("add `{key}:`")),
            );
        }
        entry
    }

    /// Returns the text under a key that may be absent.
    pub(super) fn text(&self, key: &str, problems: &mut Problems) -> Option<String> {
        text(self.get(key)?, problems).map(str::to_owned)
    }

    /// Returns the duration under a key that may be absent.
    pub(super) fn duration(&self, key: &str, problems: &mut Problems) -> Option<Duration> {
        let entry = self.get(key)?;
        let value = entry.value.value();
        if no_expression(entry, &entry.value, problems)
            && fits(entry, Type::Duration, &value, problems)
        {
            let words = value.as_str()?.parse::<crate::time::Words>();
            return words.ok().map(|words| words.0);
        }
        None
    }
}

impl Shape {
    fn refuse(&self, entry: &Entry, problems: &Problems) -> Problem {
        let (what, key) = (self.what, cut(&entry.key));
        if self.later.contains(&&*entry.key) {
            let message = format!(
                "the key `{key}` of {what} belongs to the format, but this version does not read it yet"
            );
            return Problem::new(Code::KeyNotYet, message, entry.key_span, "not read yet")
                .help("take it out, or use a version that reads it: it would have no effect here");
        }
        let problem = Problem::new(
            Code::KeyUnknown,
            format!("{what} has no key `{key}`"),
            entry.key_span,
            "there is no such key",
        );
        match problems.nearest(&entry.key, self.known.iter().chain(self.later).copied()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help(format!("the keys are {}", list(self.known))),
        }
    }
}

/// Returns the text under a key, and reports anything else.
pub(super) fn text<'a>(entry: &'a Entry, problems: &mut Problems) -> Option<&'a str> {
    item(entry, &entry.value, problems)
}

/// What most keys take.
const TEXT: &str = "a text";

/// Returns the text of a value or of an item of it, and reports anything else.
pub(super) fn item<'a>(entry: &Entry, node: &'a Node, problems: &mut Problems) -> Option<&'a str> {
    let Some(text) = node.text() else {
        let place = if node.span().start < node.span().end { node.span() } else { entry.key_span };
        problems.push(wrong_type(&entry.key, TEXT, node, place));
        return None;
    };
    no_expression(entry, node, problems).then_some(text)
}

/// Tells whether a value fits a type, and reports why not.
pub(super) fn fits(entry: &Entry, is: Type, value: &Value, problems: &mut Problems) -> bool {
    match misfit(&entry.key, is, value) {
        None => true,
        Some(misfit) => {
            problems.push(misfit.at(entry.place()));
            false
        }
    }
}

/// Refuses an expression where none is evaluated.
pub(super) fn no_expression(entry: &Entry, node: &Node, problems: &mut Problems) -> bool {
    let open = node.text().is_some_and(expression::is_in);
    if open {
        let message = format!("the value of `{}` cannot be an expression", cut(&entry.key));
        problems.push(
            Problem::new(Code::ExpressionMisplaced, message, node.span(), "not evaluated here")
                .help("write the value itself: expressions are evaluated under `with` only"),
        );
    }
    !open
}

/// Says that a value is of another type than its key takes.
pub(super) fn wrong_type(key: &str, expected: &str, node: &Node, place: Span) -> Problem {
    let message = format!("`{}` takes {expected}, and this is {}", cut(key), name_of(node));
    let problem =
        Problem::new(Code::ValueWrongType, message, place, format!("{expected} is expected"));
    match node.kind() {
        Kind::Scalar { text, plain: true } if expected == TEXT && !node.is_null() => {
            problem.help(format!("if it is meant as a text, write \"{}\"", cut(text)))
        }
        _ => problem.help(format!("write {expected} here")),
    }
}

/// Returns what a value is, for a message.
pub(super) fn name_of(node: &Node) -> &'static str {
    match node.kind() {
        Kind::List(_) => "a list",
        Kind::Map(_) => "a mapping",
        Kind::Scalar { .. } => super::misfit::name_of(&node.value()),
    }
}

/// Joins words for a sentence: `a`, `b` and `c`.
pub(super) fn list(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}
