//! A text that is part of a larger one, and shares it.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// Some characters of a text, read like a `str`.
///
/// A document has several texts a step, nearly all of which stand in the file as they read. So
/// they share the file's text: to make one allocates nothing, and to copy one counts a reference.
/// What reads otherwise than it is written, such as a text with escapes, has a text of its own.
///
/// ```
/// use runbook_core::text::Source;
///
/// let source = Source::new("a.yaml", "name: undo\n");
/// assert_eq!(source.piece(6..10).as_deref(), Some("undo"));
/// ```
#[derive(Clone)]
pub struct Piece {
    // Invariant: `start..end` lies within `whole`, on the borders of characters. Four bytes each
    // are enough for any file that is read, and halve what a node takes.
    whole: Arc<String>,
    start: u32,
    end: u32,
}

impl Piece {
    /// Takes bytes of a text: none where they are out of bounds, cut a character in two, or lie
    /// behind the first four gigabytes.
    pub(super) fn of(whole: &Arc<String>, bytes: Range<usize>) -> Option<Self> {
        whole.get(bytes.clone())?;
        let (start, end) = (u32::try_from(bytes.start).ok()?, u32::try_from(bytes.end).ok()?);
        Some(Self { whole: Arc::clone(whole), start, end })
    }
}

impl From<&str> for Piece {
    /// Makes a text of its own.
    ///
    /// # Panics
    /// Never: a text of more than four gigabytes is cut there, and none is read.
    fn from(text: &str) -> Self {
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self { whole: Arc::new(text.to_owned()), start: 0, end }
    }
}

impl Deref for Piece {
    type Target = str;

    fn deref(&self) -> &str {
        self.whole.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl AsRef<str> for Piece {
    fn as_ref(&self) -> &str {
        self
    }
}

impl PartialEq for Piece {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Piece {}

impl fmt::Debug for Piece {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, out)
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_reads_as_its_bytes_and_never_cuts_a_character() {
        let whole = Arc::new("a: é語".to_owned());
        for (bytes, read) in [
            (0..1, Some("a")),
            (3..5, Some("é")),
            (3..8, Some("é語")),
            (8..8, Some("")),
            (4..5, None),
            (3..9, None),
            (9..9, None),
        ] {
            let piece = Piece::of(&whole, bytes.clone());
            assert_eq!(piece.as_deref(), read, "{bytes:?}");
        }
        assert_eq!(Piece::from("é"), Piece::of(&whole, 3..5).unwrap());
    }
}
