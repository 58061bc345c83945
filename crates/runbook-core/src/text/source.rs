//! A named text with its line starts, and byte spans in it.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::{Piece, cut};

/// Bytes from `start` up to `end`, which is not part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// Makes a span.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

/// A line and a column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// A text, the name people know it by, and where its lines start. A copy costs as much as a
/// pointer.
#[derive(Clone, Debug)]
pub struct Source(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    text: Arc<String>,
    // What only problems need is found when the first of them asks: most runbooks are in order.
    masked: OnceLock<Option<String>>,
    starts: OnceLock<Vec<usize>>,
}

impl Source {
    /// Takes a text under a name, such as the path of its file.
    pub fn new(name: &str, text: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            name: name.to_owned(),
            text: Arc::new(text.into()),
            masked: OnceLock::new(),
            starts: OnceLock::new(),
        }))
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Returns some bytes of the text, which share it; none where they are out of bounds or cut a
    /// character in two.
    pub fn piece(&self, bytes: Range<usize>) -> Option<Piece> {
        Piece::of(&self.0.text, bytes)
    }

    /// Returns the text as it can be shown in a terminal: with the same bytes in the same places,
    /// but for letters that a terminal would obey, which others stand for.
    pub fn masked(&self) -> &str {
        self.0.masked.get_or_init(|| cut::masked(self.text())).as_deref().unwrap_or(self.text())
    }

    /// Returns the byte at which each line starts; the first is 0.
    pub fn line_starts(&self) -> &[usize] {
        self.0.starts.get_or_init(|| {
            let after_newline = self.text().match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(after_newline).collect()
        })
    }

    /// Returns the line that holds a byte, counted from 0; a byte past the end is on the last.
    pub fn line_of(&self, byte: usize) -> usize {
        self.line_starts().partition_point(|start| *start <= byte) - 1
    }

    /// Returns line and column of a byte; one past the end counts as the end.
    pub fn position(&self, byte: usize) -> Position {
        let byte = self.floor(byte);
        let line = self.line_of(byte);
        // A byte order mark stands in the text and is no character of its first line.
        let before = self.text()[self.line_starts()[line]..byte].trim_start_matches('\u{feff}');
        let column = before.chars().count() + 1;
        Position { line: line + 1, column }
    }

    /// Cuts a byte offset to the text and moves it back to the start of its character.
    pub fn floor(&self, byte: usize) -> usize {
        let mut byte = byte.min(self.text().len());
        while !self.text().is_char_boundary(byte) {
            byte -= 1;
        }
        byte
    }

    /// Returns the bytes under which a caret can stand for a span: at least one letter, within
    /// the text. What lies behind the last letter, as «the text ends too early» does, is shown at
    /// that letter; line breaks at the end are left out.
    pub fn shown(&self, span: Span) -> Span {
        let letters = self.text().trim_end().len();
        let start = self.floor(span.start);
        if start >= letters {
            let last = self.text()[..letters].chars().next_back().map_or(0, char::len_utf8);
            return Span::new(letters - last, letters);
        }
        let end = self.floor(span.end).max(start);
        let shown = self.text()[start..end].trim_end().len();
        let first = self.text()[start..].chars().next().map_or(0, char::len_utf8);
        Span::new(start, start + shown.max(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let source = Source::new("t", "é: 語\r\nb\n");
        for (byte, line, column) in
            [(0, 1, 1), (2, 1, 2), (1, 1, 1), (9, 2, 1), (10, 2, 2), (99, 3, 1)]
        {
            assert_eq!(source.position(byte), Position { line, column }, "{byte}");
        }
    }

    #[test]
    fn what_is_shown_is_never_empty_and_never_past_the_end() {
        for (text, span, shown) in [
            ("a: b\n", (3, 4), (3, 4)),
            ("a: b\n", (3, 3), (3, 4)),
            ("a: b\n", (5, 5), (3, 4)),
            ("a: b\n\n", (99, 100), (3, 4)),
            ("a: 語\n", (6, 7), (3, 6)),
            ("a:\n b\n\nc", (0, 7), (0, 5)),
            ("", (0, 1), (0, 0)),
            (" \n", (0, 1), (0, 0)),
        ] {
            let source = Source::new("t", text);
            let expected = Span::new(shown.0, shown.1);
            assert_eq!(source.shown(Span::new(span.0, span.1)), expected, "{text:?}");
        }
    }
}
