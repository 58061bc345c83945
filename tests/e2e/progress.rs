//! Progress: rows on a terminal, plain lines anywhere else, and the sums that anchor the journal.

use std::fs;

use em_sim::World;
use rustix::process::Signal;

use super::lab;
use super::streams::talkative;
use crate::support::{Lab, Outcome, stuck, world};

fn on_a_terminal(world: World) -> Lab {
    lab(world).set("TERM", "xterm-256color")
}

#[test]
fn on_a_terminal_what_runs_is_shown_below_and_goes_in_the_end() {
    let lab = on_a_terminal(stuck()).set("NO_COLOR", "1");
    let running = lab.start_on_terminal((80, 24), "run patient.yaml --target env");
    let outcome = running.until_it_says("EM: Running  9m5").signal(Signal::TERM).end();
    assert_eq!(outcome.code(), Some(75), "{outcome}");
    let (shown, last) = outcome.stderr.rsplit_once("\u{1b}[J").expect("rows were taken away");
    assert!(shown.contains("… wait  ") && !last.contains('…'), "{outcome:?}");
    // What is left has every line, and ends below them.
    assert!(last.ends_with("\r\n") && !last.contains('\u{1b}'), "{last:?}");
    for line in ["undo: begins", "wait: begins", "stopped by SIGTERM", "last sum of the journal"] {
        assert_eq!(outcome.stderr.matches(line).count(), 1, "{line}: {outcome:?}");
    }
    let count = |text: &str| outcome.stderr.matches(text).count();
    assert_eq!(count("\u{1b}[?7l"), count("\u{1b}[?7h"), "lines wrap again: {outcome:?}");
    assert_eq!(count("\u{1b}[?25l"), 0, "the cursor stays visible");
}

#[test]
fn ci_and_terminals_that_cannot_move_their_cursor_get_plain_lines() {
    let plain = |outcome: &Outcome| {
        assert_eq!(outcome.code(), Some(0), "{outcome}");
        assert!(!outcome.stderr.contains('\u{1b}'), "{outcome:?}");
    };
    for (name, value) in [("CI", "true"), ("TERM", "dumb"), ("TERM", "")] {
        let lab = on_a_terminal(world()).set(name, value);
        plain(&lab.start_on_terminal((80, 24), "run patient.yaml --target env").end());
    }
    plain(&on_a_terminal(world()).runbook("run patient.yaml --target env"));
}

#[test]
fn a_terminal_of_any_size_does() {
    for size in [(0, 0), (1, 1), (2, 3), (u16::MAX, u16::MAX)] {
        let outcome =
            on_a_terminal(world()).start_on_terminal(size, "run patient.yaml --target env").end();
        assert_eq!(outcome.code(), Some(0), "{outcome}");
        assert!(outcome.stderr.contains("wait: ✓ succeeded"), "{outcome:?}");
    }
}

/// As after Ctrl-S.
#[test]
fn a_terminal_that_was_halted_does_not_hold_up_a_run() {
    let lab = Lab::new().set("TERM", "xterm").file("talkative.yaml", talkative("uses: noop"));
    let running = lab.start_on_terminal((80, 24), "run talkative.yaml --target sim");
    let outcome = running.leave_stderr_unread().end();
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stdout);
}

#[test]
fn lines_of_actions_are_anchors_of_the_journal() {
    let lab = lab(world());
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!(outcome.code(), Some(0), "{outcome}");
    let journal = fs::read_to_string(lab.journal()).expect("a journal");
    let journal: Vec<_> = journal.lines().collect();
    let mut kinds = Vec::new();
    for line in outcome.stderr.lines().filter(|line| line.ends_with(']')) {
        let (text, anchor) = line.rsplit_once(" [journal ").expect("an anchor");
        let (seq, sum) = anchor.trim_end_matches(']').split_once(':').expect("number and sum");
        let record = journal[seq.parse::<usize>().expect("a number")];
        assert!(record.contains(&format!("\"sum\":\"{sum}")), "{line}\n{record}");
        let (second, _) = text.split_once("Z ").expect("a time");
        assert!(record.contains(&format!("\"t_wall\":\"{second}.")), "{line}\n{record}");
        let (_, kind) = record.split_once("\"kind\":\"").expect("a kind");
        kinds.push(kind.split('"').next().expect("a kind"));
    }
    assert_eq!(kinds, ["intent", "accepted", "step-ended", "step-ended", "step-ended"]);
    let last = journal.last().expect("a line");
    let (_, sum) = last.rsplit_once("\"sum\":\"").expect("a sum");
    let sum = sum.trim_end_matches("\"}");
    assert!(outcome.stderr.contains(&format!("last sum of the journal: {sum}")), "{outcome}");
}
