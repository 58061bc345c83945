//! Texts of others in our own sentences.

/// The characters of a foreign text that a sentence shows.
const LENGTH: usize = 80;

/// Shortens a text of any length to 80 characters, and writes out what a terminal would obey
/// instead of show.
///
/// ```
/// use runbook_core::text::cut;
///
/// assert_eq!(cut("undo\u{1b}[2J"), "undo\\u{1b}[2J");
/// assert_eq!(cut(&"x".repeat(100)).len(), 80 + "…".len());
/// ```
pub fn cut(text: &str) -> String {
    let mut letters = text.chars();
    let mut short: String = letters.by_ref().take(LENGTH).flat_map(shown).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short
}

/// Tells whether a character shows as itself: no control character, and none that changes the
/// direction in which its neighbours are written.
pub fn is_visible(letter: char) -> bool {
    let turns = matches!(
        letter,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    !turns && !letter.is_control() && letter != '\u{feff}'
}

fn shown(letter: char) -> impl Iterator<Item = char> {
    let (plain, escaped) = if is_visible(letter) {
        (Some(letter), None)
    } else {
        (None, Some(letter.escape_unicode()))
    };
    plain.into_iter().chain(escaped.into_iter().flatten())
}
