//! Rust as the rules see it: code without comments, texts and tests.

use std::collections::BTreeSet;

/// A Rust file.
pub(super) struct RustFile {
    /// Its path from the top, with `/`.
    pub(super) path: String,
    /// All of it.
    pub(super) text: String,
    /// What the compiler sees outside of tests: comments, texts and test code are blanks, and
    /// every line is where it was. Nothing of a file that is a test.
    pub(super) code: String,
    /// Whether it is compiled for tests only.
    pub(super) is_test: bool,
}

/// Takes files as paths and texts.
pub(super) fn all(texts: impl IntoIterator<Item = (String, String)>) -> Vec<RustFile> {
    let seen: Vec<_> = texts.into_iter().map(|(path, text)| (code(&text), path, text)).collect();
    let tests: BTreeSet<_> = seen
        .iter()
        .flat_map(|(code, path, _)| {
            let folder = folder_of_modules(path);
            test_modules(code).map(move |name| format!("{folder}{name}"))
        })
        .collect();
    let file = |(code, path, text): (String, String, String)| {
        let is_test = path.starts_with("tests/") || tests.iter().any(|test| is_in(&path, test));
        let code = if is_test { String::new() } else { without_tests(&code) };
        RustFile { path, text, code, is_test }
    };
    seen.into_iter().map(file).collect()
}

/// Returns the lines, from 1, on which a phrase stands as whole words.
pub(super) fn lines_with(code: &str, phrase: &str) -> Vec<usize> {
    let has = |line: &str| {
        line.match_indices(phrase).any(|(at, _)| {
            let (before, after) = (&line[..at], &line[at + phrase.len()..]);
            let goes_on = phrase.ends_with(is_word) && after.starts_with(is_word);
            !(goes_on || phrase.starts_with(is_word) && before.ends_with(is_word))
        })
    };
    (1..).zip(code.lines()).filter(|(_, line)| has(line)).map(|(number, _)| number).collect()
}

/// Blanks comments, texts and characters.
pub(super) fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let in_word = out.ends_with(is_word);
        if let Some(length) = comment(rest).or_else(|| literal(rest, in_word)) {
            out.extend(rest[..length].chars().map(blank));
            rest = &rest[length..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

fn blank(character: char) -> char {
    if character == '\n' { '\n' } else { ' ' }
}

pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if !rest.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] if depth == 1 => return Some(at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    Some(rest.len())
}

fn literal(rest: &str, in_word: bool) -> Option<usize> {
    if let Some(inside) = rest.strip_prefix('"') {
        return Some(1 + after_quote(inside, '"'));
    }
    if let Some(inside) = rest.strip_prefix('\'') {
        let mut characters = inside.chars();
        let first = characters.next()?;
        // Without a second quote it is the name of a lifetime.
        let is_character = first == '\\' || characters.next() == Some('\'');
        return is_character.then(|| 1 + after_quote(inside, '\''));
    }
    let bare = rest.strip_prefix(['b', 'c']).unwrap_or(rest);
    let hashes = bare.strip_prefix('r').filter(|_| !in_word)?;
    let inside = hashes.trim_start_matches('#');
    let end = format!("\"{}", "#".repeat(hashes.len() - inside.len()));
    let inside = inside.strip_prefix('"')?;
    let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
    Some(rest.len() - inside.len() + length)
}

/// Returns the bytes up to and with the closing quote.
fn after_quote(inside: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in inside.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    inside.len()
}

const TEST: &str = "#[cfg(test)]";

/// Blanks whatever stands under `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(TEST) {
        let end = at + TEST.len() + item(&rest[at + TEST.len()..]);
        out.push_str(&rest[..at]);
        out.extend(rest[at..end].chars().map(blank));
        rest = &rest[end..];
    }
    out + rest
}

/// Returns the length of an item: up to its `;` or its last brace.
fn item(code: &str) -> usize {
    let mut depth = 0;
    for (at, character) in code.char_indices() {
        match character {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// Returns the names of the modules that are in another file and for tests only.
fn test_modules(code: &str) -> impl Iterator<Item = &str> {
    code.split(TEST).skip(1).filter_map(|after| {
        let name = after.trim_start().strip_prefix("mod ")?;
        let end = name.find(|c: char| !is_word(c))?;
        name[end..].starts_with(';').then_some(&name[..end])
    })
}

/// Returns where the modules of a file are.
fn folder_of_modules(path: &str) -> String {
    let own = ["mod.rs", "lib.rs", "main.rs"].iter().find_map(|name| path.strip_suffix(name));
    own.map_or_else(|| format!("{}/", path.trim_end_matches(".rs")), str::to_owned)
}

fn is_in(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

#[test]
fn comments_and_texts_are_no_code() {
    for (text, left) in [
        ("a // tokio\nb", "a\nb"),
        ("a /* x /* y */ tokio */ b", "a b"),
        ("a \"tokio \\\" // \" b", "a b"),
        ("a r#\"tokio \" \"# b", "a b"),
        ("br\"\\\" b", "b"),
        ("f('\"', '\\'', 'é') b", "f( , , ) b"),
        ("f::<'a>(x) b", "f::<'a>(x) b"),
        ("r#for b", "r#for b"),
        ("/// docs\nb", "b"),
    ] {
        let found = code(text);
        assert_eq!(found.chars().count(), text.chars().count(), "{text}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&found), words(left), "{text}");
    }
}

#[test]
fn tests_are_left_out_wherever_they_stand() {
    let here = "a\n#[cfg(test)]\nmod tests { fn f() { tokio } }\n#[cfg(test)]\nuse tokio::x;\nb";
    assert_eq!(without_tests(here).split_whitespace().collect::<Vec<_>>(), ["a", "b"]);
    let texts = [
        ("src/a/mod.rs", "mod b;\n#[cfg(test)]\nmod oracle;"),
        ("src/a/oracle.rs", "tokio"),
        ("src/a/oracle/deep.rs", "tokio"),
        ("src/a/b.rs", "tokio"),
        ("tests/x.rs", "tokio"),
    ];
    let files = all(texts.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let found: Vec<_> = files.iter().map(|file| lines_with(&file.code, "tokio").len()).collect();
    assert_eq!(found, [0, 0, 0, 1, 0]);
}
