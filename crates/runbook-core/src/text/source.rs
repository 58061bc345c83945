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
    breaks: OnceLock<Vec<usize>>,
}

/// The bytes of text for which one number says where their lines are. The start of each line would
/// be quicker to look up, and takes more memory than the text where a hostile one is all lines.
const BLOCK: usize = 4096;

impl Source {
    /// Takes a text under a name, such as the path of its file.
    pub fn new(name: &str, text: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            name: name.to_owned(),
            text: Arc::new(text.into()),
            masked: OnceLock::new(),
            breaks: OnceLock::new(),
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

    /// Returns how many line breaks stand before each block of the text, and in all of it.
    fn breaks(&self) -> &[usize] {
        self.0.breaks.get_or_init(|| {
            let blocks = self.text().as_bytes().chunks(BLOCK);
            let mut breaks = Vec::with_capacity(blocks.len() + 1);
            breaks.push(0);
            breaks.extend(blocks.scan(0, |sum, block| {
                *sum += breaks_in(block);
                Some(*sum)
            }));
            breaks
        })
    }

    /// Returns how many lines there are; an empty text has one.
    pub fn lines(&self) -> usize {
        self.breaks().last().copied().unwrap_or_default() + 1
    }

    /// Returns the byte at which a line starts, counted from 0; the end of the text for one behind
    /// the last.
    pub fn line_start(&self, line: usize) -> usize {
        // The line break before it is the one with its number, and in the block with fewer before.
        let Some(block) = self.breaks().partition_point(|before| *before < line).checked_sub(1)
        else {
            return 0;
        };
        let rest = self.text().as_bytes().get(block * BLOCK..).unwrap_or_default();
        let breaks = rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let mut breaks = breaks.skip(line - self.breaks()[block] - 1);
        breaks.next().map_or(self.text().len(), |(at, _)| block * BLOCK + at + 1)
    }

    /// Returns the line that holds a byte, counted from 0; a byte past the end is on the last.
    pub fn line_of(&self, byte: usize) -> usize {
        let block = byte.min(self.text().len()) / BLOCK;
        let within = &self.text().as_bytes()[block * BLOCK..byte.min(self.text().len())];
        self.breaks()[block] + breaks_in(within)
    }

    /// Returns line and column of a byte; one past the end counts as the end.
    pub fn position(&self, byte: usize) -> Position {
        let byte = self.floor(byte);
        let line = self.line_of(byte);
        // A byte order mark stands in the text and is no character of its first line.
        let before = self.text()[self.line_start(line)..byte].trim_start_matches('\u{feff}');
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

fn breaks_in(bytes: &[u8]) -> usize {
    bytes.iter().map(|byte| usize::from(*byte == b'\n')).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_wherever_blocks_end() {
        for text in ["", "\n", "a", "a\n", "\n\na"] {
            for before in [0, BLOCK - 2, BLOCK - 1, BLOCK, 2 * BLOCK - 1, 3 * BLOCK] {
                for filler in ["x", "\n", "xxxxxx\n"] {
                    let text = filler.repeat(before.div_ceil(filler.len())) + text;
                    let source = Source::new("t", text.as_str());
                    let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
                    let starts: Vec<_> = std::iter::once(0).chain(breaks).collect();
                    let found: Vec<_> =
                        (0..source.lines()).map(|line| source.line_start(line)).collect();
                    assert!(found == starts, "{before} {filler:?}");
                    assert_eq!(source.line_start(starts.len()), text.len());
                    for (line, start) in starts.iter().enumerate() {
                        assert_eq!(source.line_of(*start), line);
                        let end = starts.get(line + 1).map_or(text.len() + 9, |next| next - 1);
                        assert_eq!(source.line_of(end), line);
                    }
                }
            }
        }
    }

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
