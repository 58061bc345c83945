//! Files that are no runbooks by accident or by intent: refused at once, and in little memory.

use std::fs::File;
use std::time::{Duration, Instant};

use super::QUIET;
use crate::support::{Lab, Outcome};

/// All memory that a process may write into, in KiB: 64 MiB. More is not handed out, and a process
/// that asks for it is killed, so that no peak can be missed.
const MEMORY: usize = 64 << 10;

/// A second, and time for a build without optimizations on a machine that does other things.
const AT_ONCE: Duration = Duration::from_secs(4);

#[track_caller]
fn refused(lab: &Lab, script: &str, code: &str) -> Outcome {
    let started = Instant::now();
    let outcome = lab.script(&format!("ulimit -d {MEMORY}; {script}"));
    assert!(started.elapsed() < AT_ONCE, "{script}: {:?}", started.elapsed());
    assert_eq!(outcome.code(), Some(2), "{script}: {outcome}");
    assert!(outcome.stdout.contains(code), "{script}: {outcome}");
    assert!(outcome.stdout.len() < 4000, "{script} says {} bytes", outcome.stdout.len());
    outcome
}

#[test]
fn a_file_without_an_end_is_refused_at_once() {
    let lab = Lab::new();
    let large = File::create(lab.path("large.yaml")).expect("a file");
    large.set_len(100 << 20).expect("its length");
    let too_large = "runbook::document::too_large";
    let _ = refused(&lab, "$RUNBOOK check large.yaml", too_large);
    let _ = refused(&lab, "yes 'a: b' | head -c 104857600 | $RUNBOOK check /dev/stdin", too_large);
    let _ = refused(&lab, "yes 'a: b' | $RUNBOOK check /dev/stdin", too_large);
    let no_text = "runbook::document::not_text";
    let _ = refused(&lab, "cat /dev/zero | $RUNBOOK check /dev/stdin", no_text);
    let _ = refused(&lab, "mkfifo pipe; cat /dev/zero > pipe & $RUNBOOK check pipe", no_text);
    let _ = refused(&lab, "cat /dev/urandom | $RUNBOOK check /dev/stdin", no_text);
    let _ = refused(&lab, "$RUNBOOK check /dev/zero", "runbook::document::unreadable");
    let _ = refused(&lab, "$RUNBOOK check /dev/stdin < /dev/zero", "runbook::document::unreadable");
}

#[test]
fn a_million_brackets_are_refused_at_once() {
    let deep =
        [("list", "["), ("map", "{a: "), ("items", "- "), ("keys", "? "), ("mixed", "[{a: ")];
    for (name, opening) in deep {
        let lab = Lab::new()
            .file("root.yaml", opening.repeat(1_000_000))
            .file("with.yaml", format!("runbook: v1\nsteps: {}", opening.repeat(1_000_000)));
        for file in ["root.yaml", "with.yaml"] {
            let outcome = refused(&lab, &format!("$RUNBOOK check {file}"), "runbook::document::");
            let syntax = name == "items" || name == "keys";
            assert!(outcome.stdout.contains("too_deep") || syntax, "{name}: {outcome}");
        }
    }
}

#[test]
fn bytes_that_no_text_has_are_refused_at_once() {
    let many =
        |bytes: &[u8]| [b"runbook: v1\nx: ", &bytes.repeat(10_000_000 / bytes.len())[..]].concat();
    for (name, bytes) in [
        ("nul", &b"\0"[..]),
        ("latin", b"\xe9"),
        ("half", b"ab\xc3"),
        ("surrogate", b"\xed\xa0\x80"),
    ] {
        let lab = Lab::new().file("bad.yaml", many(bytes));
        let outcome = refused(&lab, "$RUNBOOK check bad.yaml", "runbook::document::not_text");
        assert!(outcome.stdout.contains("line 2"), "{name}: {outcome}");
        // Behind more text than is shown, the message alone tells the place.
        let late = [&b"# a comment\n".repeat(1_000_000)[..], bytes, b" "].concat();
        let lab = Lab::new().file("bad.yaml", late);
        let outcome = refused(&lab, "$RUNBOOK check bad.yaml", "line 1000001, at byte 1200000");
        assert!(outcome.stdout.contains("runbook::document::not_text"), "{name}: {outcome}");
    }
}

#[test]
fn wide_lines_and_many_mistakes_are_told_of_at_once() {
    let wide = format!("runbook: v1\nname: {}\nsteps: {{}}\n", "a".repeat(10_000_000));
    let lab = Lab::new().file("wide.yaml", wide);
    let _ = refused(&lab, "$RUNBOOK check wide.yaml", "runbook::steps::empty");
}

/// Windows and editors of thirty years: all of it is YAML.
#[test]
fn byte_order_marks_and_line_ends_of_every_kind_are_fine() {
    for (name, text) in [
        ("bom", format!("\u{feff}{QUIET}")),
        ("crlf", QUIET.replace('\n', "\r\n")),
        ("both", format!("\u{feff}{}", QUIET.replace('\n', "\r\n"))),
        ("cr", QUIET.replace('\n', "\r")),
    ] {
        let lab = Lab::new().file("quiet.yaml", text);
        let outcome = lab.runbook("check quiet.yaml");
        assert_eq!(outcome.code(), Some(0), "{name}: {outcome}");
        assert!(outcome.stdout.contains("2 steps are in order"), "{name}: {outcome}");
    }
}
