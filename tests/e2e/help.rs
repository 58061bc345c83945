//! `--help`, of the program and of each verb.

use crate::support::Lab;

#[test]
fn every_verb_explains_itself() {
    let lab = Lab::new();
    for verb in ["check", "plan", "run", "runs", "report", "verify", "explain", "schema"] {
        insta::assert_snapshot!(format!("{verb}_help"), lab.runbook(&format!("{verb} --help")));
    }
}

#[test]
fn the_program_explains_itself() {
    insta::assert_snapshot!(Lab::new().runbook("--help"));
}

#[test]
fn the_program_says_its_name_and_version() {
    let outcome = Lab::new().runbook("--version");
    assert_eq!(outcome.stdout, format!("runbook {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_verb_that_is_not_there_is_invalid() {
    insta::assert_snapshot!(Lab::new().runbook("chekc undo.yaml"));
}
