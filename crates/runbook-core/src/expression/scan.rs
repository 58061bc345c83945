//! A look over the letters of an expression: where it ends, how large it is, what it names.
//!
//! The engine says which names an expression uses and not where they stand, and finds an unknown
//! filter only when it evaluates. Both must be known before anything runs, with a place.

use std::ops::Range;

use super::Error;
use crate::problem::Code;
use crate::text::{cut, nearest};

/// A value that an expression names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The words between the dots: `inputs`, `plan`.
    pub path: Vec<String>,
    /// The bytes of the text it stands in.
    pub at: Range<usize>,
}

/// The filters an expression can use: those that are pure and cost what their input is long.
pub(super) const FILTERS: &[&str] = &[
    "abs",
    "bool",
    "capitalize",
    "count",
    "default",
    "first",
    "float",
    "int",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "max",
    "min",
    "replace",
    "reverse",
    "round",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
];

/// The tests an expression can use, behind `is`.
pub(super) const TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "even",
    "false",
    "float",
    "in",
    "integer",
    "lower",
    "mapping",
    "none",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
    "upper",
];

const KEYWORDS: &[&str] = &[
    "and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Quoted(&'a str),
    Sign(u8),
}

/// Cuts a text into words, quoted texts and signs; stops at a quote that is not closed.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (Range<usize>, Token<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.text[self.at..];
        let start = self.at + (rest.len() - rest.trim_start().len());
        let rest = &self.text[start..];
        let first = rest.chars().next()?;
        let (length, token) = if first == '"' || first == '\'' {
            let length = quoted(rest, first)?;
            (length, Token::Quoted(&rest[1..length - 1]))
        } else if is_word(first) {
            let length = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
            (length, Token::Word(&rest[..length]))
        } else {
            (first.len_utf8(), Token::Sign(rest.as_bytes()[0]))
        };
        self.at = start + length;
        Some((start..self.at, token))
    }
}

fn is_word(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Returns the byte at which the closing `}}` starts.
pub(super) fn end(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    let mut last = None;
    for (at, token) in (Tokens { text, at: 0 }) {
        match token {
            Token::Sign(b'{') => open += 1,
            Token::Sign(b'}') if open > 0 => open -= 1,
            Token::Sign(b'}') if last == Some(at.start) => return Some(at.start - 1),
            Token::Sign(b'}') => last = Some(at.end),
            _ => {}
        }
    }
    None
}

/// Returns how deep brackets are nested, and how many words and signs there are.
pub(super) fn size(code: &str) -> (usize, usize) {
    let (mut open, mut most, mut count) = (0_usize, 0, 0);
    for (_, token) in (Tokens { text: code, at: 0 }) {
        count += 1;
        match token {
            Token::Sign(b'(' | b'[' | b'{') => open += 1,
            Token::Sign(b')' | b']' | b'}') => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    (most, count)
}

/// Finds the values an expression names, and refuses filters and tests that do not exist. The
/// places count from `start`, where the expression stands in its text.
pub(super) fn names(code: &str, start: usize) -> Result<Vec<Name>, Error> {
    let tokens: Vec<_> = Tokens { text: code, at: 0 }.collect();
    let mut names: Vec<Name> = Vec::new();
    let mut at = 0;
    while let Some((range, token)) = tokens.get(at) {
        let Token::Word(word) = token else {
            at += 1;
            continue;
        };
        let place = start + range.start..start + range.end;
        match before(&tokens[..at]) {
            Before::Bar if !FILTERS.contains(word) => {
                return Err(unknown("filter", word, FILTERS, place));
            }
            Before::Is if *word != "not" && !TESTS.contains(word) => {
                return Err(unknown("test", word, TESTS, place));
            }
            Before::Nothing if is_name(word) && !is_argument(&tokens[at + 1..]) => {
                let (path, taken) = path(&tokens[at..]);
                at += taken;
                let end = tokens[at - 1].0.end;
                names.push(Name { path, at: place.start..start + end });
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    Ok(names)
}

enum Before {
    Bar,
    Dot,
    Is,
    Nothing,
}

fn before(tokens: &[(Range<usize>, Token<'_>)]) -> Before {
    let word = |back: usize| tokens.len().checked_sub(back).map(|at| tokens[at].1);
    match (word(2), word(1)) {
        (_, Some(Token::Sign(b'|'))) => Before::Bar,
        (_, Some(Token::Sign(b'.'))) => Before::Dot,
        (_, Some(Token::Word("is"))) | (Some(Token::Word("is")), Some(Token::Word("not"))) => {
            Before::Is
        }
        _ => Before::Nothing,
    }
}

fn is_name(word: &str) -> bool {
    !KEYWORDS.contains(&word) && !word.starts_with(|first: char| first.is_ascii_digit())
}

/// Tells whether a word is the name of an argument: `x=1`, and not `x == 1`.
fn is_argument(after: &[(Range<usize>, Token<'_>)]) -> bool {
    let sign = |at: usize| after.get(at).map(|(_, token)| *token);
    sign(0) == Some(Token::Sign(b'=')) && sign(1) != Some(Token::Sign(b'='))
}

/// Follows dots and quoted subscripts; returns the words and how many tokens they took.
fn path(tokens: &[(Range<usize>, Token<'_>)]) -> (Vec<String>, usize) {
    let token = |at: usize| tokens.get(at).map(|(_, token)| *token);
    let mut path = Vec::new();
    if let Some(Token::Word(word)) = token(0) {
        path.push(word.to_owned());
    }
    let mut at = 1;
    loop {
        match (token(at), token(at + 1), token(at + 2)) {
            (Some(Token::Sign(b'.')), Some(Token::Word(word)), _) => {
                path.push(word.to_owned());
                at += 2;
            }
            (Some(Token::Sign(b'[')), Some(Token::Quoted(word)), Some(Token::Sign(b']'))) => {
                path.push(word.to_owned());
                at += 3;
            }
            _ => return (path, at),
        }
    }
}

fn unknown(what: &str, word: &str, known: &[&str], at: Range<usize>) -> Error {
    let help = match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("these exist: {}", known.join(", ")),
    };
    let message = format!("there is no {what} `{}`", cut(word));
    Error { code: Code::ExpressionUnknownFilter, at, message, help }
}
