//! Text of a server, made harmless for terminals and CI logs.

/// Longest text of a server that is shown, in characters.
const LONGEST: usize = 2048;

/// Escapes what could control a terminal or a CI service, and cuts what is too long.
///
/// Control characters, bidirectional marks and zero-width characters become `\u{…}`; so does the
/// first of two colons, so that no line can issue a workflow command.
///
/// ```
/// use runbook_core::report::safe;
///
/// assert_eq!(safe("plain text: «ok»"), "plain text: «ok»");
/// assert_eq!(safe("\u{1b}[31m::error::"), "\\u{1b}[31m\\u{3a}:error\\u{3a}:");
/// ```
pub fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().take(LONGEST).peekable();
    while let Some(character) = characters.next() {
        let starts_command = character == ':' && characters.peek() == Some(&':');
        if starts_command || controls(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}

fn controls(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{061c}'
        )
}
