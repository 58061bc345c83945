//! The lower end of a terminal: rows that are drawn anew, below lines that stay.
//!
//! It knows no terminal: it returns what is to be written, all of it at once, so that a process
//! that ends at any instant leaves the terminal as it was. For the same reason the cursor is not
//! hidden.

use std::fmt::Write as _;

/// Everything from the cursor on goes away.
const CLEAR: &str = "\r\u{1b}[J";
/// A letter that is wider than it was taken for must not begin another row.
const NO_WRAP: &str = "\u{1b}[?7l";
const WRAP: &str = "\u{1b}[?7h";

/// What stands at the lower end.
#[derive(Debug, Default)]
pub(super) struct Screen {
    rows: Vec<String>,
}

impl Screen {
    /// Returns what puts lines above the rows, and these rows in the place of the last ones; none
    /// where that changes nothing.
    pub(super) fn frame(
        &mut self,
        lines: &[String],
        rows: &[String],
        width: usize,
    ) -> Option<String> {
        let rows: Vec<_> = rows.iter().map(|row| cut(row, width.saturating_sub(1))).collect();
        if lines.is_empty() && rows == self.rows {
            return None;
        }
        let mut text = String::new();
        if !self.rows.is_empty() {
            let _ = write!(text, "\u{1b}[{}A{CLEAR}", self.rows.len());
        }
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        if !rows.is_empty() {
            text.push_str(NO_WRAP);
            for row in &rows {
                text.push_str(row);
                text.push('\n');
            }
            text.push_str(WRAP);
        }
        self.rows = rows;
        Some(text)
    }
}

/// Shortens a row to so many letters.
fn cut(row: &str, width: usize) -> String {
    if row.chars().count() <= width {
        return row.to_owned();
    }
    let mut short: String = row.chars().take(width.saturating_sub(1)).collect();
    if width > 0 {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<const N: usize>(texts: [&str; N]) -> [String; N] {
        texts.map(str::to_owned)
    }

    /// A terminal that understands what a frame uses, as wide as it must be.
    fn seen(frames: &[Option<String>]) -> Vec<String> {
        let mut rows = vec![String::new()];
        let mut at = 0;
        for frame in frames.iter().flatten() {
            let mut rest = frame.as_str();
            while let Some(letter) = rest.chars().next() {
                rest = &rest[letter.len_utf8()..];
                match letter {
                    '\n' => {
                        at += 1;
                        rows.resize(rows.len().max(at + 1), String::new());
                    }
                    // Every frame ends at the left.
                    '\r' => {}
                    '\u{1b}' => {
                        let end = rest.find(|c: char| c.is_ascii_alphabetic()).expect("a command");
                        let (number, command) = (&rest[1..end], &rest[end..=end]);
                        rest = &rest[end + 1..];
                        match command {
                            "A" => at -= number.parse::<usize>().expect("a number"),
                            "J" => {
                                rows.truncate(at);
                                rows.push(String::new());
                            }
                            _ => assert_eq!(number, "?7", "{command}"),
                        }
                    }
                    letter => rows[at].push(letter),
                }
            }
        }
        rows
    }

    #[test]
    fn rows_stay_below_lines_and_go_in_the_end() {
        let mut screen = Screen::default();
        let mut frames = vec![screen.frame(&texts(["begins"]), &texts(["a 1s", "b 1s"]), 80)];
        assert_eq!(seen(&frames), ["begins", "a 1s", "b 1s", ""]);
        frames.push(screen.frame(&[], &texts(["a 2s", "b 2s"]), 80));
        assert_eq!(seen(&frames), ["begins", "a 2s", "b 2s", ""]);
        frames.push(screen.frame(&texts(["a ended", "c begins"]), &texts(["b 3s"]), 80));
        assert_eq!(seen(&frames), ["begins", "a ended", "c begins", "b 3s", ""]);
        frames.push(screen.frame(&[], &[], 80));
        assert_eq!(seen(&frames), ["begins", "a ended", "c begins", ""]);
        for frame in frames.iter().flatten() {
            assert_eq!(frame.matches(NO_WRAP).count(), frame.matches(WRAP).count(), "{frame:?}");
        }
    }

    #[test]
    fn what_has_not_changed_is_not_written_again() {
        let mut screen = Screen::default();
        assert_eq!(screen.frame(&[], &[], 80), None);
        assert!(screen.frame(&[], &texts(["a 1s"]), 80).is_some());
        assert_eq!(screen.frame(&[], &texts(["a 1s"]), 80), None);
        assert!(screen.frame(&[], &texts(["a 1s"]), 4).is_some(), "the terminal was made narrower");
    }

    #[test]
    fn a_row_is_narrower_than_the_terminal() {
        for (width, row) in [(80, "… wait  1s"), (10, "… wait  …"), (2, "…"), (1, ""), (0, "")]
        {
            let mut screen = Screen::default();
            let _ = screen.frame(&[], &texts(["… wait  1s"]), width);
            assert_eq!(screen.rows, [row], "{width}");
        }
    }
}
