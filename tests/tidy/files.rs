//! Files: what is at the top, how a module opens, how long it may be, and which words are out.

use std::collections::BTreeSet;

use super::rust::{self, RustFile, lines_with};
use super::{entries, none, rust_files};

/// What is at the top of the repository, besides hidden files.
const TOP: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "crates",
    "docs",
    "runbooks",
    "tests",
];

/// The most lines of a Rust file.
const LINES: usize = 600;

/// What is never committed, and what to do instead. In pieces, so that this file passes.
const OUT: &[(&str, &str)] = &[
    (
        concat!("#[", "allow("),
        "write `#[expect(…, reason = \"…\")]`: it says why, and when it is over",
    ),
    (
        concat!("#![", "allow("),
        "write `#![expect(…, reason = \"…\")]`: it says why, and when it is over",
    ),
    (concat!("#[", "ignore"), "a test that does not run proves nothing: make it run, or delete it"),
    (concat!("#[", "should_panic"), "let the code return an error, and assert which"),
    (concat!("todo", "!"), "finish it, or refuse the case with an error"),
    (concat!("unimplemented", "!"), "finish it, or refuse the case with an error"),
];

/// Remarks that promise work. They stand in comments, so they are looked for in the whole text.
const PROMISES: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

fn not_at_the_top(names: &[String]) -> Vec<String> {
    let strange = names.iter().filter(|name| !TOP.contains(&name.as_str()));
    strange.map(|name| format!("`{name}` is at the top")).collect()
}

fn without_a_first_line(files: &[RustFile]) -> Vec<String> {
    let silent = files.iter().filter(|file| !file.text.starts_with("//! "));
    silent.map(|file| file.path.clone()).collect()
}

fn too_long(files: &[RustFile]) -> Vec<String> {
    let long = files.iter().map(|file| (file, file.text.lines().count()));
    let long = long.filter(|(_, lines)| *lines > LINES);
    long.map(|(file, lines)| format!("{} has {lines} lines", file.path)).collect()
}

/// Complains of words that are out, tests included.
fn out(path: &str, text: &str) -> Vec<String> {
    let code = rust::code(text);
    let of = |text: &str, word: &str, advice: &str| -> Vec<String> {
        let lines = lines_with(text, word);
        lines.iter().map(|line| format!("{path}:{line}: `{word}`: {advice}")).collect()
    };
    let promise = "do it now, or write it where work is planned";
    let words = OUT.iter().flat_map(|(word, advice)| of(&code, word, advice));
    words.chain(PROMISES.iter().flat_map(|word| of(text, word, promise))).collect()
}

/// Complains of lints that are lifted without a reason.
fn without_reason(path: &str, text: &str) -> Vec<String> {
    let code = rust::code(text);
    let lifted = code.match_indices("[expect(").map(|(at, _)| &code[at..]);
    let bare = lifted.filter(|lift| !lift.split(']').next().unwrap_or_default().contains("reason"));
    bare.map(|lift| {
        let before = &code[..code.len() - lift.len()];
        format!("{path}:{}: no reason", before.lines().count())
    })
    .collect()
}

/// Complains of ways to panic that do not say which of our own promises would be broken.
fn bare_panics(file: &RustFile) -> Vec<String> {
    const PROMISE: &str = "invariant: ";
    let mut found = Vec::new();
    for way in [".expect", "unreachable!", "panic!"] {
        for number in lines_with(&file.code, way) {
            // The text may stand on the next line.
            let lines: String = file.text.lines().skip(number - 1).take(2).collect();
            if !lines.contains(PROMISE) {
                found.push(format!("{}:{number}: `{way}`", file.path));
            }
        }
    }
    found
}

#[test]
fn the_top_of_the_repository_is_short() {
    let names = entries("");
    none(
        &not_at_the_top(&names),
        "Put it below crates, docs, runbooks or tests, or hide it (`.x`).",
    );
    let names: BTreeSet<_> = names.iter().map(String::as_str).collect();
    let gone = TOP.iter().filter(|name| !names.contains(**name));
    let gone: Vec<_> = gone.map(|name| format!("`{name}` is gone")).collect();
    none(&gone, "Bring it back, or take it out of TOP.");
    assert_eq!(
        not_at_the_top(&["docs".to_owned(), "notes.txt".to_owned()]),
        ["`notes.txt` is at the top"]
    );
}

#[test]
fn every_module_opens_with_what_it_is() {
    none(
        &without_a_first_line(rust_files()),
        "Open the file with `//! ` and one line that says what it is; then what it must not know.",
    );
}

#[test]
fn no_file_is_too_long() {
    none(&too_long(rust_files()), "Make it a folder, and give each part a file with a name.");
}

#[test]
fn nothing_unfinished_is_committed() {
    let found: Vec<_> = rust_files().iter().flat_map(|file| out(&file.path, &file.text)).collect();
    none(&found, "Each line says what to do instead.");
}

#[test]
fn a_lint_is_lifted_with_a_reason_only() {
    let files = rust_files();
    let found: Vec<_> =
        files.iter().flat_map(|file| without_reason(&file.path, &file.text)).collect();
    none(&found, "Write `reason = \"…\"`: a reviewer wants to know why this place is different.");
}

#[test]
fn a_panic_names_the_invariant_that_would_be_broken() {
    let found: Vec<_> = rust_files().iter().flat_map(bare_panics).collect();
    none(
        &found,
        "Only a mistake of ours may panic: write `expect(\"invariant: …\")`. Whatever a file, a \
         server or a person can do is an error that is returned.",
    );
}

#[test]
fn a_bad_file_is_found() {
    let long = "//! A file.\n".repeat(LINES + 1);
    let files = rust::all([("a.rs".to_owned(), "use x;\n".to_owned()), ("b.rs".to_owned(), long)]);
    assert_eq!(without_a_first_line(&files), ["a.rs"]);
    assert_eq!(too_long(&files), [format!("b.rs has {} lines", LINES + 1)]);
    for (text, wrong) in [
        (concat!("#[", "allow(dead_code)]"), 1),
        (concat!("#[", "ignore = \"slow\"]"), 1),
        (concat!("// ", "TO", "DO: later"), 1),
        (concat!("todo", "!()"), 1),
        ("#[expect(dead_code, reason = \"x\")]", 0),
        (concat!("// not ", "todo", "!()"), 0),
        ("let ignored = 1;", 0),
    ] {
        assert_eq!(out("x.rs", text).len(), wrong, "{text}");
    }
    assert_eq!(without_reason("x.rs", "\n#[expect(dead_code)]").len(), 1);
    assert_eq!(without_reason("x.rs", "#[expect(dead_code, reason = \"y\")]").len(), 0);
    for (text, wrong) in [
        ("x.expect(\"a value\")", 1),
        ("x.expect(\"invariant: y\")", 0),
        ("x.expect(\n    \"invariant: y\",\n)", 0),
        ("panic!(\"no\")", 1),
        ("/// x.expect(\"a value\")\n#[cfg(test)]\nmod tests { fn f() { panic!() } }", 0),
    ] {
        let files = rust::all([("crates/a/src/lib.rs".to_owned(), text.to_owned())]);
        assert_eq!(bare_panics(&files[0]).len(), wrong, "{text}");
    }
}
