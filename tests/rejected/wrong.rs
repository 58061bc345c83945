//! Hundreds of small mistakes: each is refused at its line, and the message names the wrong word.
//!
//! The files below `wrong/` hold many runbooks. `==== CODE WORD` begins one, with ` | ` between
//! several; ` #<` ends each wrong line and is taken out before the text is read. A text that does
//! not begin with `runbook:` and is no foreign one gets a head, and where it has no steps, a step.

use std::path::Path;

use runbook_core::problem::{Problem, Severity};
use runbook_core::text::Source;

/// What ends a wrong line.
const MARK: &str = " #<";

/// One wrong runbook.
struct Case {
    /// The codes and the words that the messages must name, in the order of their places.
    mistakes: Vec<(String, String)>,
    /// The lines of the mistakes, from 1.
    lines: Vec<usize>,
    text: String,
}

impl Case {
    fn read(case: &str) -> Self {
        let (head, body) = case.split_once('\n').expect("a head and a text");
        let mistakes = head.split(" | ").map(|one| one.split_once(' ').expect("a code and a word"));
        let mistakes = mistakes.map(|(code, word)| (format!("runbook::{code}"), word.to_owned()));
        let whole = !begins_with_a_key(body) || body.starts_with("runbook:");
        let head = if whole { "" } else { "runbook: v1\nname: wrong\n" };
        let has_steps = body.lines().any(|line| line.starts_with("steps:"));
        let tail = if whole || has_steps { "" } else { "steps:\n  rest: { uses: noop }\n" };
        let marked = format!("{head}{body}{tail}");
        let lines = marked.lines().enumerate().filter(|(_, line)| line.ends_with(MARK));
        Self {
            mistakes: mistakes.collect(),
            lines: lines.map(|(at, _)| at + 1).collect(),
            text: marked.replace(MARK, ""),
        }
    }

    /// Says what is not as it should be.
    fn judge(&self) -> Result<(), String> {
        let source = Source::new("wrong.yaml", self.text.as_str());
        let problems = super::problems(&source);
        let line = |problem: &Problem| source.position(problem.labels[0].span.start).line;
        let errors = problems.sorted().into_iter().filter(|p| p.code.severity() == Severity::Error);
        let errors: Vec<_> = errors.collect();
        let told: Vec<_> = errors.iter().map(|p| (line(p), p.code.name(), &*p.message)).collect();
        let fits = self.mistakes.len() == errors.len()
            && self.mistakes.len() == self.lines.len()
            && self.mistakes.iter().zip(&self.lines).zip(&told).all(
                |(((code, word), line), told)| {
                    *line == told.0 && *code == told.1 && told.2.contains(word.as_str())
                },
            );
        if fits { Ok(()) } else { Err(format!("{:?}\n{}\n{told:#?}", self.mistakes, self.text)) }
    }
}

/// Tells whether a text begins with a word and a colon, as the inside of a runbook does.
fn begins_with_a_key(body: &str) -> bool {
    let key = body.lines().next().and_then(|line| line.split_once(':')).map(|(key, _)| key);
    key.is_some_and(|key| {
        key.chars().all(|letter| letter.is_alphanumeric() || "-_".contains(letter))
    }) && !body.starts_with("name:")
}

fn cases() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rejected/wrong");
    let files = std::fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file"));
    let mut cases = Vec::new();
    for file in files {
        let name = file.file_name().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(file.path()).expect("a text");
        let texts = text.split("==== ").skip(1);
        cases.extend(texts.map(|case| (name.clone(), Case::read(case))));
    }
    cases
}

/// Returns every text with the name of its file.
pub(super) fn texts() -> Vec<(String, String)> {
    cases().into_iter().map(|(file, case)| (file, case.text)).collect()
}

#[test]
fn each_mistake_is_refused_at_its_line_and_by_its_word() {
    let wrong: Vec<_> = cases()
        .iter()
        .filter_map(|(file, case)| case.judge().err().map(|why| format!("{file}: {why}")))
        .collect();
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_mistakes_are_many_and_some_come_together() {
    let cases = cases();
    let several = cases.iter().filter(|(_, case)| case.mistakes.len() > 1).count();
    assert!(several >= 20, "{several}");
    assert!(cases.len() - several >= 400, "{}", cases.len());
}
