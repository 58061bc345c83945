//! A tree: every place in the text, and what `serde_yaml` reads where both take it.

use runbook_core::document::{Document, Kind, Node, Value};
use runbook_core::problem::Problems;
use runbook_core::text::{Source, Span};

use super::{are_placed, stands_in};

pub(crate) fn hold(text: &str) {
    let mut problems = Problems::default();
    let source = Source::new("fuzzed.yaml", text);
    let document = Document::parse(&source, &mut problems);
    are_placed(&source, &problems);
    nodes_are_placed(&source, document.root());
    let ours = document.root().value();
    if problems.is_empty()
        && !is_read_otherwise(text)
        && let Ok(theirs) = serde_yaml::from_str::<Value>(text)
    {
        assert!(are_alike(&ours, &theirs), "{text:?}\n is {ours:?}\nand {theirs:?}");
    }
}

fn is_placed(source: &Source, span: Span) {
    stands_in(source.text(), span.start..span.end, &"a place");
    let (start, end) = (source.position(span.start), source.position(span.end));
    assert!((start.line, start.column) <= (end.line, end.column), "{span:?}");
}

fn nodes_are_placed(source: &Source, root: &Node) {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        is_placed(source, node.span());
        if let Kind::Scalar { text, .. } = node.kind() {
            let half = source_half(text);
            for part in [0..text.len(), 0..half, half..text.len(), half..half] {
                is_placed(source, node.inside(source, part));
            }
        }
        for entry in node.entries() {
            is_placed(source, entry.key_span);
            is_placed(source, entry.place());
            assert!(node.entry(&entry.key).is_some(), "{:?}", entry.key);
            open.push(&entry.value);
        }
        open.extend(node.items());
    }
}

/// Returns a place in the middle of a text, between two characters.
fn source_half(text: &str) -> usize {
    (text.len() / 2..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// Compares two readings. Where they differ by intent, `document/oracle.rs` says how.
fn are_alike(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Mapping(ours), Value::Mapping(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|((our_key, ours), (their_key, theirs))| {
                    are_alike(our_key, their_key) && are_alike(ours, theirs)
                })
        }
        (Value::Sequence(ours), Value::Sequence(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(ours, theirs)| are_alike(ours, theirs))
        }
        (Value::String(ours), Value::String(theirs)) => ours == theirs,
        // Which words are numbers, and what they are, differs between the versions of YAML.
        (Value::Number(_), Value::Number(_) | Value::String(_))
        | (Value::String(_), Value::Number(_)) => true,
        (ours, theirs) => ours == theirs,
    }
}

/// Tells whether a text has what the two read differently as a whole: letters that end a line in
/// YAML 1.1 and do not in 1.2, a carriage return alone, a byte order mark, which counts as a column
/// to them, a `?` that begins a word between brackets, where it is the sign of a key to them, and a
/// block of text at an end without a line break, to which we add one.
fn is_read_otherwise(text: &str) -> bool {
    let then = |sign: char, is: fn(char) -> bool| {
        let mut after = text.split(sign).skip(1);
        after.any(|after| after.chars().next().is_none_or(is))
    };
    let open_end = !text.ends_with('\n') && text.contains(['|', '>']);
    open_end
        || text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'])
        || then('\r', |next| next != '\n')
        || then('?', |next| !next.is_whitespace())
}
