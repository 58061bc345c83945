//! Text of a server, made harmless for terminals and CI logs.

use std::fmt::Write as _;

/// Longest text of a server that is shown, in characters.
const LONGEST: usize = 2048;

/// Words that begin a command to a CI service once a colon follows: the folds of GitLab and
/// Travis.
const BEFORE_A_COLON: [&str; 3] = ["section_start", "section_end", "travis_fold"];

/// Escapes what could control a terminal or a CI service, and cuts what is too long.
///
/// Control characters, bidirectional marks, characters without a width and those that are no
/// characters become `\u{…}`. So does the first of two colons and of two number signs, so that no
/// line can issue a workflow command to GitHub (`::error::`, anywhere `##[group]`), Azure
/// (`##vso[`) or `TeamCity` (`##teamcity[`), nor to GitLab (`section_start:`).
///
/// ```
/// use runbook_core::report::safe;
///
/// assert_eq!(safe("plain text: «ok»"), "plain text: «ok»");
/// assert_eq!(safe("\u{1b}[31m::error::"), "\\u{1b}[31m\\u{3a}:error\\u{3a}:");
/// assert_eq!(safe("##vso[task]"), "\\u{23}#vso[task]");
/// ```
pub fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().take(LONGEST).peekable();
    while let Some(character) = characters.next() {
        let starts_command = match character {
            ':' => characters.peek() == Some(&':') || follows_a_word(&out),
            '#' => characters.peek() == Some(&'#'),
            _ => false,
        };
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

/// Writes the same JSON without anything that could control a terminal or a CI service: all of it
/// can stand in texts alone, where JSON has an escape for every character.
///
/// ```
/// use runbook_core::report::safe_json;
///
/// assert_eq!(safe_json("[\"##vso[x]\"]"), "[\"\\u0023#vso[x]\"]");
/// ```
pub fn safe_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut characters = json.chars().peekable();
    while let Some(character) = characters.next() {
        let starts_command = match character {
            ':' => follows_a_word(&out),
            '#' => characters.peek() == Some(&'#'),
            _ => false,
        };
        // A line break between texts is layout.
        if starts_command || (controls(character) && character != '\n') {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out
}

fn follows_a_word(out: &str) -> bool {
    BEFORE_A_COLON.iter().any(|word| {
        let at = out.len().checked_sub(word.len());
        at.and_then(|at| out.get(at..)).is_some_and(|end| end.eq_ignore_ascii_case(word))
    })
}

fn controls(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fdd0}'..='\u{fdef}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
        // The last two of every plane are no characters, and XML cannot have two of them.
        || u32::from(character) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_command_of_any_ci_service_is_left() {
        for (text, harmless) in [
            ("::error::x", "\\u{3a}:error\\u{3a}:x"),
            (" ::add-mask::x", " \\u{3a}:add-mask\\u{3a}:x"),
            (":::", "\\u{3a}\\u{3a}:"),
            ("x ##[group]y", "x \\u{23}#[group]y"),
            ("##vso[task.complete]", "\\u{23}#vso[task.complete]"),
            ("##teamcity[x]", "\\u{23}#teamcity[x]"),
            ("section_start:1:x\r\u{1b}[0K", "section_start\\u{3a}1:x\\u{d}\\u{1b}[0K"),
            ("SECTION_END:1:x", "SECTION_END\\u{3a}1:x"),
            ("travis_fold:start:x", "travis_fold\\u{3a}start:x"),
            ("ÄÄsection_start: 5", "ÄÄsection_start\\u{3a} 5"),
            ("#1 of 2: ok", "#1 of 2: ok"),
        ] {
            assert_eq!(safe(text), harmless);
        }
    }

    /// What a person does not see, or sees in another order, and what no document may hold.
    #[test]
    fn whatever_is_shown_is_seen() {
        let hidden = [
            '\0',
            '\u{7}',
            '\n',
            '\r',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200e}',
            '\u{2028}',
            '\u{202e}',
            '\u{2066}',
            '\u{feff}',
            '\u{fffe}',
            '\u{ffff}',
            '\u{e0041}',
            '\u{1fffe}',
            '\u{10ffff}',
            '\u{fdd0}',
        ];
        for character in hidden {
            let text = format!("a{character}b");
            assert_eq!(safe(&text), format!("a{}b", character.escape_unicode()));
        }
        assert_eq!(safe("é 語 🙂 e\u{301} \u{fffd}"), "é 語 🙂 e\u{301} \u{fffd}");
    }

    #[test]
    fn harmless_json_is_the_same_json() {
        let value = serde_json::json!({
            "a": ["##vso[x] ####", "section_start:1", "\u{202e}\u{9b}\u{e0041}\u{1b}\r\n::error::"],
            "section_start": "runbook::needs::unknown",
        });
        let json = safe_json(&format!("{value:#}"));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
        assert!(!json.contains("##") && !json.contains("section_start:"), "{json}");
        assert!(json.is_ascii() && json.contains("runbook::needs::unknown"), "{json}");
    }

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(safe(&"ä".repeat(LONGEST)).chars().count(), LONGEST);
        let cut = safe(&"ä".repeat(LONGEST + 1));
        assert!(cut.ends_with("ä…") && cut.chars().count() == LONGEST + 1);
    }
}
