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
    let mut short: String = letters.by_ref().take(LENGTH).flat_map(written_out).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short
}

/// Shortens a text as [`cut`] does, and shows an empty one by its quotes.
pub fn cut_or_quotes(text: &str) -> String {
    if text.is_empty() { "\"\"".to_owned() } else { cut(text) }
}

/// Writes out what a terminal would obey instead of show, as [`cut`] does, at any length.
pub fn visible(text: &str) -> String {
    text.chars().flat_map(written_out).collect()
}

/// Puts a letter that shows in the place of each that a terminal would obey; every byte keeps its
/// place, so that spans still fit. Tabs, line breaks and byte order marks stay; a carriage return
/// without a line feed would let the rest of its line be written over the start.
pub(super) fn masked(text: &str) -> Option<String> {
    let stays = |at: usize, letter: char| match letter {
        '\t' | '\n' | '\u{feff}' => true,
        '\r' => text[at + 1..].starts_with('\n'),
        _ => is_visible(letter),
    };
    if text.char_indices().all(|(at, letter)| stays(at, letter)) {
        return None;
    }
    let mask = |(at, letter): (usize, char)| match letter.len_utf8() {
        _ if stays(at, letter) => letter,
        1 => '?',
        2 => '¿',
        _ => '\u{fffd}',
    };
    Some(text.char_indices().map(mask).collect())
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

fn written_out(letter: char) -> impl Iterator<Item = char> {
    let (plain, escaped) = if is_visible(letter) {
        (Some(letter), None)
    } else {
        (None, Some(letter.escape_unicode()))
    };
    plain.into_iter().chain(escaped.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_keeps_every_byte_in_its_place() {
        assert_eq!(masked("a: é\t語\r\n"), None);
        let text = "\u{1b}[2J \u{9b}x \u{202e}y";
        assert_eq!(masked("a\rb\r\n").as_deref(), Some("a?b\r\n"));
        let masked = masked(text).unwrap();
        assert_eq!(masked, "?[2J ¿x \u{fffd}y");
        assert_eq!(masked.len(), text.len());
    }
}
