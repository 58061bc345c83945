//! Tests: the tree against `serde_yaml`'s own parser, and every refusal.

use super::parse::Bounds;
use super::{Document, Kind, Value};
use crate::problem::{Code, Problems};
use crate::text::{Route, Source, Span};

fn parse(text: &str) -> (Document, Vec<Code>) {
    within(text, Bounds::default())
}

fn within(text: &str, bounds: Bounds) -> (Document, Vec<Code>) {
    let mut problems = Problems::default();
    let document = Document::parse_within(&Source::new("test.yaml", text), bounds, &mut problems);
    (document, problems.iter().map(|problem| problem.code).collect())
}

/// Texts that both read, and read alike.
const ALIKE: &[&str] = &[
    "a: 1\n",
    "a: {b: [1, 2.5, x, ~, null, true]}\nc: \"1\"\nd: '2'\n",
    "a: yes\nb: no\nc: on\nd: off\n",
    "a: 1:30:00\nb: 2026-01-01\nc: 1_000\nd: 90s\n",
    "a: |\n  one\n  two\nb: >-\n  three\n  four\n",
    "a:\n- 1\n- - 2\n  - 3\n-\n  b: 4\n",
    "a: \"x\\ty\\u00e9\"\nb: 'it''s'\n",
    "é: →\n日本: \"語\"\n",
    "a:\r\n  b: c\r\n",
    "# only a remark first\na: b # and one here\n",
    "a: -1\nb: 0x1f\nc: 1e3\nd: -1.5\n",
    "a: ${{ inputs.plan }}\nb: \"${{ inputs['x'] }}\"\n",
    "a: {}\nb: []\nc: ''\n",
    "? a\n: b\n",
    "a: this is\n  one line\n",
    "\u{feff}a: 1\n",
];

/// Texts that both refuse.
const BOTH_REFUSE: &[&str] = &["a: [\n", "a: \"x\n", "a: b: c\n", "{a: 1]\n", "a: @x\n"];

/// Texts on which the two differ, and should: the code, or the value, that ours gives.
const DIFFERENT: &[(&str, Result<&str, Code>)] = &[
    // serde_yaml keeps the text; the core schema of YAML 1.2 says that leading zeros are decimal.
    ("a: 0777\n", Ok(r#"{"a":777}"#)),
    // The format has two spellings of booleans, and not six.
    ("a: True\n", Ok(r#"{"a":"True"}"#)),
    // serde_yaml folds it, as YAML 1.1 did.
    ("a: \"x\u{85}y\"\n", Ok("{\"a\":\"x\u{85}y\"}")),
    // serde_yaml makes a float of it, and loses digits.
    ("a: 99999999999999999999\n", Ok(r#"{"a":"99999999999999999999"}"#)),
    // serde_yaml takes the sign for the start of a key; YAML 1.2 wants white space behind it.
    ("a: {?}\n", Ok(r#"{"a":{"?":null}}"#)),
    // serde_yaml ends the text without a line break where the file does.
    ("a: |\n  x", Ok("{\"a\":\"x\\n\"}")),
    // serde_yaml makes the second one a part of the key.
    ("\u{feff}\u{feff}a: 1\n", Ok(r#"{"a":1}"#)),
    ("a: &x 1\n", Err(Code::DocumentAnchor)),
    ("a: !secret x\n", Err(Code::DocumentTag)),
    ("1: a\n", Err(Code::DocumentKeyNotAString)),
    ("a: {<<: {b: 1}}\n", Err(Code::DocumentMergeKey)),
];

#[test]
fn the_tree_and_serde_yaml_read_alike() {
    for text in ALIKE {
        let (document, codes) = parse(text);
        assert_eq!(codes, [], "{text}");
        let theirs: Value = serde_yaml::from_str(text).unwrap();
        assert_eq!(document.root().value(), theirs, "{text}");
    }
}

#[test]
fn what_is_no_yaml_is_refused_by_both() {
    for text in BOTH_REFUSE {
        assert_eq!(parse(text).1, [Code::DocumentSyntax], "{text}");
        assert!(serde_yaml::from_str::<Value>(text).is_err(), "{text}");
    }
}

#[test]
fn the_differences_are_the_intended_ones() {
    for (text, expected) in DIFFERENT {
        let (document, codes) = parse(text);
        let json = serde_json::to_string(&document.root().value()).unwrap();
        match expected {
            Ok(value) => assert_eq!((json.as_str(), codes), (*value, vec![]), "{text}"),
            Err(code) => assert_eq!(codes, [*code], "{text}"),
        }
        let theirs = serde_yaml::from_str::<Value>(text);
        assert!(
            theirs.is_err()
                || theirs.is_ok_and(|theirs| theirs != document.root().value())
                || expected.is_err(),
            "{text}"
        );
    }
}

#[test]
fn every_refusal_has_its_code() {
    use Code::*;
    for (text, codes) in [
        ("", vec![DocumentEmpty]),
        ("# a remark\n", vec![DocumentEmpty]),
        ("---\n", vec![DocumentEmpty]),
        ("~\n", vec![DocumentEmpty]),
        ("- a\n", vec![DocumentNotAMapping]),
        ("just words\n", vec![DocumentNotAMapping]),
        ("a: 1\n---\nb: 2\n", vec![DocumentSeveral]),
        ("a: 1\na: 2\na: 3\n", vec![DocumentDuplicateKey, DocumentDuplicateKey]),
        ("a: {b: 1, \"b\": 2}\n", vec![DocumentDuplicateKey]),
        ("a: *x\n", vec![DocumentAlias]),
        ("a: &x 1\nb: *x\n", vec![DocumentAnchor, DocumentAlias]),
        ("a: !!str 1\n", vec![DocumentTag]),
        ("a:\n\t- b\n", vec![DocumentTab]),
        ("a:\n  \tb: 1\n", vec![DocumentTab]),
        ("\ta: 1\n", vec![DocumentTab]),
        ("a: |\n  b\n  \tc\nd:\te\n", vec![]),
        ("[a]: 1\n", vec![DocumentKeyNotAString]),
        ("true: 1\n", vec![DocumentKeyNotAString]),
    ] {
        assert_eq!(parse(text).1, codes, "{text}");
    }
}

#[test]
fn a_key_that_stands_twice_is_found_in_a_mapping_of_any_length() {
    for keys in [2, 16, 17, 1000] {
        let mut text =
            (0..keys).fold(String::new(), |text, key| text + &format!("k{key}: {key}\n"));
        text.push_str("\"k1\": again\nlast: {k1: 1}\nk0: again\nk1: again\n");
        let mut problems = Problems::default();
        let document = Document::parse(&Source::new("test.yaml", text.as_str()), &mut problems);
        let said = |span: Span| &text[span.start..span.end];
        let places = problems.iter().map(|problem| [0, 1].map(|at| said(problem.labels[at].span)));
        assert_eq!(
            places.collect::<Vec<_>>(),
            [["\"k1\"", "k1"], ["k0", "k0"], ["k1", "k1"]],
            "{keys}"
        );
        let entries = document.root().entries();
        assert_eq!(entries.len(), keys + 1);
        assert_eq!(entries[1].value.value(), Value::from(1));
        assert_eq!(entries[keys].value.entries().len(), 1);
    }
}

#[test]
fn what_stands_before_an_error_of_syntax_is_kept() {
    let (document, codes) = parse("runbook: v1\nsteps:\n  a: {uses: noop}\n  b: {uses: [\n");
    assert_eq!(codes, [Code::DocumentSyntax]);
    let a = Route::root().key("steps").key("a").key("uses");
    assert_eq!(document.root().at(&a).and_then(|node| node.text()), Some("noop"));
}

#[test]
fn places_are_exact() {
    let text = "é: \"q\"\r\nsteps:\r\n  a: {uses: noop, needs: [b, c]}\r\n  b:\r\n    - x\r\n    - y\r\nz:\r\n";
    let (document, _) = parse(text);
    let steps = Route::root().key("steps");
    let said = |span: Span| &text[span.start..span.end];
    assert_eq!(said(document.span(&Route::root().key("é"))), "\"q\"");
    assert_eq!(said(document.span(&steps.key("a"))), "{uses: noop, needs: [b, c]}");
    assert_eq!(said(document.span(&steps.key("a").key("needs").index(1))), "c");
    assert_eq!(said(document.key_span(&steps.key("a").key("needs"))), "needs");
    assert_eq!(said(document.span(&steps.key("b"))), "- x\r\n    - y");
    assert_eq!(said(document.span(&steps.key("b").index(9))), "- x\r\n    - y");
    assert_eq!(said(document.key_span(&steps.key("b").index(0))), "x");
    assert_eq!(said(document.root().entry("z").unwrap().place()), "z");
}

#[test]
fn a_place_inside_a_text_is_found_where_the_text_stands_as_it_reads() {
    for (text, wanted) in [
        ("a: x ${{ b }}\n", Some("b")),
        ("a: \"x ${{ b }}\"\n", Some("b")),
        ("a: 'it''s ${{ b }}'\n", Some("b")),
        ("a: |\n  x\n  ${{ b }}\n", Some("b")),
        ("a: \"x ${{ \\x62 }}\"\n", None),
    ] {
        let (document, codes) = parse(text);
        assert_eq!(codes, []);
        let node = &document.root().entry("a").unwrap().value;
        let Kind::Scalar { text: value, .. } = node.kind() else { panic!("a scalar") };
        let at = value.find('b').unwrap();
        let span = node.inside(document.source(), at..at + 1);
        let found = (span != node.span()).then(|| &text[span.start..span.end]);
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn bounds_hold_at_the_limit_and_one_past_it() {
    let bounds = Bounds { bytes: 16, depth: 3, nodes: 5 };
    assert_eq!(within("a: 123456789012\n", bounds).1, []);
    assert_eq!(within("a: 1234567890123\n", bounds).1, [Code::DocumentTooLarge]);
    assert_eq!(within("a: [[1]]\n", bounds).1, []);
    assert_eq!(within("a: [[[1]]]\n", bounds).1, [Code::DocumentTooDeep]);
    assert_eq!(within("a:\n - - - 1\n", bounds).1, [Code::DocumentTooDeep]);
    assert_eq!(within("a: [1, 2]\n", bounds).1, []);
    assert_eq!(within("a: [1, 2, 3]\n", bounds).1, [Code::DocumentTooManyNodes]);
}

#[test]
fn the_real_bounds_of_size_and_depth_hold() {
    let nested = |depth: usize| format!("a: {}{}\n", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(parse(&nested(63)).1, []);
    assert_eq!(parse(&nested(64)).1, [Code::DocumentTooDeep]);
    assert_eq!(parse(&nested(100_000)).1, [Code::DocumentTooDeep]);
    assert_eq!(parse(&"- ".repeat(100_000)).1, [Code::DocumentTooDeep]);
    // An error of syntax at the start shows that the size was let pass, and saves the rest.
    let mut long = "a: @".to_owned();
    long.push_str(&"x".repeat((32 << 20) - long.len()));
    assert_eq!(parse(&long).1, [Code::DocumentSyntax]);
    long.push('x');
    assert_eq!(parse(&long).1, [Code::DocumentTooLarge]);
}
