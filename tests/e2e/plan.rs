//! `runbook plan`.

use super::UNDO;
use crate::support::{Lab, world};

const INPUTS: &str = "\
runbook: v1
name: undo-one
inputs:
  plan: { type: string }
  pause: { type: string, default: 5s }
steps:
  undo: { uses: undo-failover, with: { plan: \"${{ inputs.plan }}\" } }
  pause: { uses: sleep, needs: undo, with: { for: \"${{ inputs.pause }}\" } }
  wait: { uses: wait-task, with: { task: undo }, needs: pause }
";

#[test]
fn a_plan_shows_what_a_run_would_do() {
    let lab = Lab::new().shipped("undo-failover.yaml");
    insta::assert_snapshot!(lab.runbook("plan undo-failover.yaml"));
}

#[test]
fn a_plan_is_shown_to_machines() {
    let lab = Lab::new().file("undo.yaml", UNDO);
    let outcome = lab.runbook("plan undo.yaml --format json");
    let _: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    insta::assert_snapshot!(outcome);
}

#[test]
fn a_plan_has_its_inputs_filled_in() {
    let lab = Lab::new().file("one.yaml", INPUTS);
    insta::assert_snapshot!(lab.runbook("plan one.yaml --input plan=ERP-DR --input pause=90s"));
}

#[test]
fn inputs_that_do_not_fit_are_told_of() {
    let lab = Lab::new().file("one.yaml", INPUTS);
    let cases = [
        ("missing", "plan one.yaml"),
        ("unknown", "plan one.yaml --input plan=ERP-DR --input paln=ERP-DR"),
        ("wrong_type", "plan one.yaml --input plan=ERP-DR --input pause=90"),
        ("without_a_value", "plan one.yaml --input plan"),
        ("empty", "plan one.yaml --input plan="),
        ("twice", "plan one.yaml --input plan=ERP-DR --input plan=SQL"),
    ];
    for (name, arguments) in cases {
        insta::assert_snapshot!(format!("input_{name}"), lab.runbook(arguments));
    }
}

#[test]
fn a_plan_sends_nothing_and_writes_nothing() {
    let lab = Lab::new().file("undo.yaml", UNDO).em(world());
    assert_eq!(lab.runbook("plan undo.yaml").code(), Some(0));
    assert_eq!(lab.requests(), 0);
    assert!(!lab.path("state").exists());
}

#[test]
fn a_duration_past_the_calendar_is_refused() {
    const LONG: &str =
        "runbook: v1\nname: long\nsteps:\n  rest: { uses: sleep, with: { for: 99999999h } }\n";
    let lab = Lab::new().file("long.yaml", LONG);
    for arguments in ["plan long.yaml", "run long.yaml --target sim"] {
        let outcome = lab.runbook(arguments);
        assert_eq!(outcome.code(), Some(2), "{arguments}: {outcome}");
        assert!(outcome.stderr.contains("runbook::duration::malformed"), "{outcome}");
    }
}
