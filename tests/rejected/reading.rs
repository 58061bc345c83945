//! Every message and every help of every rejected text, read for two properties: the message
//! names a word of the text, and the help says what to write or what to do.

use std::collections::BTreeSet;

use runbook_core::problem::{Code, Problem};
use runbook_core::text::{Source, visible};

/// Codes whose messages have no word of the text to name, and why.
const NAMES_NO_WORD: &[(Code, &str)] = &[
    (Code::DocumentTab, "a tab does not show"),
    (Code::DocumentEmpty, "there is no word"),
    (Code::KeyMissing, "at the top level the key that is missing is all there is to name"),
    (Code::DocumentTooDeep, "the place is a bracket among many; the bound is named"),
];

/// Words with which a help tells what to do, where it quotes nothing to write.
const VERBS: &[&str] = &[
    "add", "choose", "compare", "fail", "give", "hand", "indent", "keep", "let", "look", "make",
    "mend", "name", "put", "read", "reckon", "split", "start", "take", "use", "write",
];

/// The words between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|word| !word.is_empty())
}

/// Tells whether a text has a word, as it stands or as it is shown: cut, and with letters written
/// out that do not show.
fn has(text: &str, word: &str) -> bool {
    let word = word.trim_end_matches('…');
    let start = word.split("\\u{").next().unwrap_or_default();
    text.contains(word) || visible(text).contains(word) || (start != word && text.contains(start))
}

fn names_a_word(text: &str, problem: &Problem) -> bool {
    NAMES_NO_WORD.iter().any(|(code, _)| *code == problem.code)
        || quoted(&problem.message).any(|word| has(text, word))
}

fn tells_what_to_do(problem: &Problem) -> bool {
    let Some(help) = problem.help.as_deref() else { return false };
    let mut words = help.split(|letter: char| !letter.is_ascii_alphanumeric());
    !help.trim().is_empty()
        && (quoted(help).next().is_some() || words.any(|word| VERBS.contains(&word)))
}

/// Every rejected text: the files, the pages and the table.
fn texts() -> Vec<(String, String)> {
    let mut texts: Vec<_> = super::wrong::texts();
    for code in Code::all() {
        let refused = super::example(code.page(), "Refused").to_owned();
        texts.push((code.name().to_owned(), refused));
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rejected");
    for area in std::fs::read_dir(folder).expect("the folder") {
        let area = area.expect("an area").path();
        for file in std::fs::read_dir(&area).into_iter().flatten() {
            let path = file.expect("a file").path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                let text = std::fs::read_to_string(&path).expect("a text");
                texts.push((path.display().to_string(), text));
            }
        }
    }
    texts
}

#[test]
fn every_message_names_a_word_and_every_help_says_what_to_do() {
    let mut wrong = BTreeSet::new();
    for (name, text) in texts() {
        let source = Source::new("read.yaml", text.as_str());
        for problem in super::problems(&source).sorted() {
            if !names_a_word(&text, problem) || !tells_what_to_do(problem) {
                let help = problem.help.as_deref().unwrap_or("-");
                wrong.insert(format!(
                    "{}: {} ({help}) [{name}]",
                    problem.code.name(),
                    problem.message
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}
