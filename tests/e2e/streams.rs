//! Streams: results on stdout, everything else on stderr, and nobody has to listen.

use super::lab;
use crate::support::{Lab, stuck, world};

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

#[test]
fn without_a_terminal_there_is_no_colour() {
    let lab = lab(stuck());
    for arguments in ["run undo.yaml --target env", "check not-there.yaml", "--help"] {
        let outcome = lab.runbook(arguments);
        assert!(!outcome.to_string().contains('\u{1b}'), "{outcome}");
    }
}
