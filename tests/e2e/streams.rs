//! Streams: results on stdout, everything else on stderr, and nobody has to listen.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::lab;
use crate::support::{Lab, stuck, world};

/// More steps than a pipe has room for their progress, and one that ends with this.
pub(super) fn talkative(last: &str) -> String {
    let mut text = "runbook: v1\nname: talkative\nsteps:\n".to_owned();
    let ids: Vec<_> = (0..3000).map(|n| format!("a_step_with_a_long_name_{n}")).collect();
    for id in &ids {
        let _ = writeln!(text, "  {id}: {{ uses: noop }}");
    }
    let _ = writeln!(text, "  last: {{ {last}, needs: [{}] }}", ids.join(", "));
    text
}

#[test]
fn a_stderr_that_nobody_reads_does_not_hold_up_a_run() {
    let lab = Lab::new().file("talkative.yaml", talkative("uses: noop"));
    let outcome = lab.start("run talkative.yaml --target sim").leave_stderr_unread().end();
    assert_eq!(outcome.code(), Some(0), "{}", outcome.stdout);
    let reported = lab.runbook("report latest --exit-code");
    assert_eq!((reported.code(), reported.stdout), (Some(0), outcome.stdout));
}

#[test]
fn a_signal_ends_a_run_whose_stderr_nobody_reads() {
    let lab = Lab::new().file("talkative.yaml", talkative("uses: sleep, with: { for: 10m }"));
    let running = lab.start("run talkative.yaml --target sim").leave_stderr_unread();
    let sleeps = || {
        let kept = lab.kept();
        let lines = kept.iter().flat_map(|(_, bytes)| bytes.split(|byte| *byte == b'\n'));
        lines.filter(|line| String::from_utf8_lossy(line).contains("\"last\"")).count() > 2
    };
    let running = running.until("the last step", sleeps);
    let signalled = Instant::now();
    let outcome = running.signal(Signal::TERM).end();
    assert_eq!(outcome.code(), Some(75), "{}", outcome.stdout);
    assert!(signalled.elapsed() < Duration::from_secs(8), "{:?}", signalled.elapsed());
    assert_eq!(lab.runbook("report latest --exit-code").code(), Some(75));
}

#[test]
fn a_closed_stdout_does_not_change_the_exit_code() {
    for (world, code) in [(world(), 0), (stuck(), 7)] {
        let lab = lab(world);
        let outcome = lab.start("run undo.yaml --target env").close_stdout().end();
        assert_eq!(outcome.code(), Some(code), "{outcome}");
        let reported = lab.runbook("report latest --exit-code");
        assert_eq!(reported.code(), Some(code), "the record is whole: {reported}");
    }
    for arguments in ["--help", "explain exit-codes", "check undo.yaml", "plan undo.yaml"] {
        let lab = Lab::new().file("undo.yaml", super::UNDO);
        let outcome = lab.start(arguments).close_stdout().end();
        assert_eq!(outcome.code(), Some(0), "{arguments}: {outcome}");
    }
}

#[test]
fn a_closed_stderr_does_not_change_the_exit_code() {
    let lab = lab(world());
    let outcome = lab.start("run undo.yaml --target env").close_stderr().end();
    assert_eq!(outcome.code(), Some(0), "{outcome}");
    assert_eq!(lab.runbook("report latest").stdout, outcome.stdout);
    assert_eq!(lab.start("check not-there.yaml").close_stderr().end().code(), Some(2));
}

/// Half a result must not be taken for all of it.
#[test]
fn a_result_that_cannot_be_written_is_told_of() {
    let lab = lab(world());
    for arguments in [
        "--help",
        "--version",
        "explain exit-codes",
        "schema",
        "check undo.yaml",
        "check undo.yaml --format json",
        "plan undo.yaml",
        "run undo.yaml --target env",
        "report latest",
    ] {
        let outcome = lab.script(&format!("$RUNBOOK {arguments} > /dev/full"));
        assert_eq!(outcome.code(), Some(70), "{arguments}: {outcome}");
        assert!(outcome.stderr.contains("error: stdout cannot be written: "), "{outcome}");
    }
    // What a command came to says more.
    let outcome = lab.script("$RUNBOOK check not-there.yaml > /dev/full");
    assert_eq!(outcome.code(), Some(2), "{outcome}");
    assert!(outcome.stderr.contains("error: stdout cannot be written: "), "{outcome}");
    assert_eq!(lab.actions(), 1);
}

#[test]
fn without_a_terminal_there_is_no_colour() {
    let lab = lab(stuck());
    for arguments in ["run undo.yaml --target env", "check not-there.yaml", "--help"] {
        let outcome = lab.runbook(arguments);
        assert!(!outcome.to_string().contains('\u{1b}'), "{outcome}");
    }
}
