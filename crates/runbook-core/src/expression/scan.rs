//! A look over the letters of an expression: where it ends, and how large it is.
//!
//! Both must be known before the engine sees it: it recurses, and it does not know where in a
//! text an expression ends.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Word,
    Quoted,
    Sign(u8),
}

/// Cuts a text into words, quoted texts and signs; stops at a quote that is not closed.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl Iterator for Tokens<'_> {
    type Item = (Range<usize>, Token);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.text[self.at..];
        let start = self.at + (rest.len() - rest.trim_start().len());
        let rest = &self.text[start..];
        let first = rest.chars().next()?;
        let (length, token) = if first == '"' || first == '\'' {
            let length = quoted(rest, first)?;
            (length, Token::Quoted)
        } else if is_word(first) {
            let length = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
            (length, Token::Word)
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

/// Returns the place of the first `&`, which no expression has.
pub(super) fn ampersand(code: &str) -> Option<Range<usize>> {
    let mut tokens = Tokens { text: code, at: 0 };
    tokens.find(|(_, token)| *token == Token::Sign(b'&')).map(|(at, _)| at)
}

/// Returns what is written here for the first sign that only other languages know.
pub(super) fn foreign(code: &str) -> Option<&'static str> {
    let signs = (Tokens { text: code, at: 0 }).filter_map(|(at, token)| match token {
        Token::Sign(sign) => Some((at.start, sign)),
        _ => None,
    });
    let byte = |at: usize| code.as_bytes().get(at).copied();
    signs.into_iter().find_map(|(at, sign)| {
        let before = at.checked_sub(1).and_then(byte);
        match (sign, byte(at + 1)) {
            (b'&', Some(b'&')) => Some("`and`"),
            (b'|', Some(b'|')) => Some("`or`"),
            (b'!', next) if next != Some(b'=') => Some("`not`"),
            (b'?', _) => Some("`a if b else c`"),
            (b'=', Some(b'=')) if byte(at + 2) == Some(b'=') => Some("`==`"),
            (b'=', next) if next != Some(b'=') => {
                let is_one = !matches!(before, Some(b'=' | b'!' | b'<' | b'>'));
                is_one.then_some("`==`")
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_other_languages_are_known() {
        for (code, better) in [
            ("a = 'b'", Some("`==`")),
            ("a === 'b'", Some("`==`")),
            ("a && b", Some("`and`")),
            ("a || b", Some("`or`")),
            ("!a", Some("`not`")),
            ("a ? b : c", Some("`a if b else c`")),
            ("a == '= && || !'", None),
            ("a != b | upper", None),
            ("a <= b", None),
        ] {
            assert_eq!(foreign(code), better, "{code}");
        }
    }
}
