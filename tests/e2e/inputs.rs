//! Inputs: where they come from, and which one counts.

use serde_json::Value;

use crate::support::{Lab, world};

const ONE: &str = "\
runbook: v1
name: one
inputs:
  plan: { type: string, default: default }
  other_name: { type: string, default: default }
steps:
  a: { uses: noop, when: inputs.plan == inputs.other_name }
";

/// The same with actions.
const ACTING: &str = "\
runbook: v1
name: acting
inputs:
  plan: { type: string, default: default }
  other_name: { type: string, default: default }
steps:
  undo: { uses: undo-failover, with: { plan: \"${{ inputs.plan }}\" } }
  wait: { uses: wait-task, with: { task: undo }, timeout: 30m }
  after: { uses: undo-failover, needs: wait, with: { plan: \"${{ inputs.other_name }}\" } }
  wait_after: { uses: wait-task, with: { task: after }, timeout: 30m }
";

fn lab() -> Lab {
    Lab::new().file("one.yaml", ONE)
}

/// The values that a plan has come to.
fn inputs(lab: &Lab, arguments: &str) -> (String, String) {
    let outcome = lab.runbook(&format!("plan one.yaml --format json {arguments}"));
    assert_eq!(outcome.code(), Some(0), "{outcome}");
    let plan: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let of = |name: &str| plan["inputs"][name].as_str().expect("a text").to_owned();
    (of("plan"), of("other_name"))
}

#[test]
fn an_argument_wins_over_a_file_over_a_variable_over_the_default() {
    let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    let lab = lab().file("in.yaml", "plan: file\n");
    assert_eq!(inputs(&lab, ""), pair("default", "default"));
    let lab = lab.set("RUNBOOK_INPUT_PLAN", "variable").set("RUNBOOK_INPUT_OTHER_NAME", "variable");
    assert_eq!(inputs(&lab, ""), pair("variable", "variable"));
    assert_eq!(inputs(&lab, "--inputs in.yaml"), pair("file", "variable"));
    assert_eq!(inputs(&lab, "--inputs in.yaml --input plan=arg"), pair("arg", "variable"));
    assert_eq!(inputs(&lab, "--input plan=a=b"), pair("a=b", "variable"));
}

#[test]
fn values_are_taken_as_they_are() {
    let text = "plan: \"${{ inputs.other_name }}\"\n'other_name': |\n  two\n  lines\n";
    let lab = lab().file("in.yaml", text);
    assert_eq!(
        inputs(&lab, "--inputs in.yaml"),
        ("${{ inputs.other_name }}".to_owned(), "two\nlines\n".to_owned())
    );
}

#[test]
fn an_empty_file_gives_nothing() {
    for text in ["", "# nothing today\n", "{}\n", "\u{feff}"] {
        let lab = lab().file("in.yaml", text);
        assert_eq!(inputs(&lab, "--inputs in.yaml").0, "default");
    }
}

#[test]
fn the_environment_may_hold_inputs_of_other_runbooks() {
    let lab = lab().set("RUNBOOK_INPUT_ZEBRA", "x").set("RUNBOOK_INPUT_plan", "x");
    assert_eq!(inputs(&lab, "").0, "default");
}

/// To go on with the default could act on another plan than was meant.
#[test]
fn an_empty_variable_is_not_left_out() {
    let lab = Lab::new().file("acting.yaml", ACTING).set("RUNBOOK_INPUT_PLAN", "");
    let outcome = lab.runbook("plan acting.yaml");
    assert_eq!(outcome.code(), Some(2), "{outcome}");
    assert!(outcome.stderr.contains("runbook::value::empty"), "{outcome}");
}

#[test]
fn files_that_are_no_inputs_are_told_of() {
    let cases: &[(&str, &[u8])] = &[
        ("duplicate", b"plan: a\nother_name: b\nplan: c\n"),
        ("anchor", b"plan: &a x\nother_name: *a\n"),
        ("list", b"- plan\n- other\n"),
        ("syntax", b"plan: [a\n"),
        ("no_text", b"plan: \xe9\n"),
        ("number", b"plan: 5\n"),
        ("unknown", b"plan: a\nplam: b\n"),
    ];
    for (name, text) in cases {
        let lab = lab().file("in.yaml", text).em(world());
        let outcome = lab.runbook("run one.yaml --inputs in.yaml --target env");
        assert_eq!((outcome.code(), &*outcome.stdout), (Some(2), ""), "{outcome}");
        assert_eq!(lab.requests(), 0);
        insta::assert_snapshot!(*name, outcome);
    }
    insta::assert_snapshot!("not_there", lab().runbook("plan one.yaml --inputs gone.yaml"));
}

#[test]
fn a_file_of_inputs_is_read_within_bounds() {
    let lab = lab();
    let outcome =
        lab.script("ulimit -d 65536; cat /dev/zero | $RUNBOOK plan one.yaml --inputs /dev/stdin");
    assert_eq!(outcome.code(), Some(2), "{outcome}");
    assert!(outcome.stderr.contains("runbook::document::not_text"), "{outcome}");
}

/// Others on the machine see a command line.
#[test]
fn a_sensitive_input_is_refused_on_the_command_line_and_nowhere_else() {
    let text = ONE.replace("plan: { type: string,", "plan: { type: string, sensitive: true,");
    let lab = Lab::new().file("one.yaml", text.replacen(", default: default", "", 1));
    let outcome = lab.runbook("plan one.yaml --input plan=canary");
    assert!(!outcome.to_string().contains("canary"), "{outcome}");
    insta::assert_snapshot!("sensitive", outcome);
    insta::assert_snapshot!("sensitive_missing", lab.runbook("plan one.yaml"));
    let lab = lab.file("in.yaml", "plan: ERP\n");
    assert_eq!(lab.runbook("plan one.yaml --inputs in.yaml").code(), Some(0));
    assert_eq!(lab.set("RUNBOOK_INPUT_PLAN", "ERP").runbook("plan one.yaml").code(), Some(0));
}

#[test]
fn a_scenario_is_chosen_by_its_name() {
    const SCENARIOS: &str = "scenarios: { drill: { on-success: undo }, emergency: {} }\n";
    let lab = Lab::new().file("one.yaml", format!("{ONE}{SCENARIOS}"));
    let scenario = |arguments: &str| {
        let outcome = lab.runbook(&format!("plan one.yaml --format json {arguments}"));
        let plan: Value = serde_json::from_str(&outcome.stdout).unwrap_or_default();
        (outcome.code(), plan["scenario"].as_str().map(str::to_owned))
    };
    assert_eq!(scenario("--scenario drill"), (Some(0), Some("drill".to_owned())));
    assert_eq!(scenario("--scenario emergency"), (Some(0), Some("emergency".to_owned())));
    insta::assert_snapshot!("scenario_missing", lab.runbook("plan one.yaml"));
    insta::assert_snapshot!(
        "scenario_unknown",
        lab.runbook("run one.yaml --scenario dril --target sim")
    );
}

#[test]
fn a_run_takes_the_same_inputs_as_a_plan() {
    let lab = Lab::new()
        .file("acting.yaml", ACTING)
        .file("in.yaml", "plan: SQL Failover Plan\n")
        .set("RUNBOOK_INPUT_OTHER_NAME", "SQL Failover Plan")
        .em(world());
    let outcome = lab.runbook("run acting.yaml --inputs in.yaml --target env");
    assert_eq!((outcome.code(), lab.actions()), (Some(0), 2), "{outcome}");
}
