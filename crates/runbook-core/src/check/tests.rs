//! Tests: what passes the gate, and what each remark needs.

use super::{Checked, all};
use crate::document::{self, Document};
use crate::graph::Graph;
use crate::problem::{Code, Problems};
use crate::runbook::Runbook;
use crate::text::Source;

fn check(text: &str) -> Result<Checked, Problems> {
    let mut problems = Problems::default();
    let document = Document::parse(&Source::new("n.yaml", text), &mut problems);
    let runbook = Runbook::read(&document, &mut problems);
    let graph = Graph::build(&runbook, &mut problems);
    all(runbook, graph, problems)
}

fn remarks(steps: &str) -> Vec<Code> {
    let checked = check(&format!("runbook: v1\nname: n\nsteps:\n{steps}")).unwrap();
    checked.remarks().iter().map(|problem| problem.code).collect()
}

const UNDO: &str = "  undo: { uses: undo-failover, with: { plan: P } }\n";
const WAIT: &str = "  wait: { uses: wait-task, with: { task: undo } }\n";
const CANCEL: &str = "  cancel: { uses: cancel-on-timeout, with: { task: undo, watch: wait } }\n";

#[test]
fn the_example_of_every_step_type_passes_and_is_read_as_serde_yaml_reads_it() {
    for step_type in crate::steps::ALL {
        let text = step_type.decl().example;
        let checked = check(text);
        assert!(checked.is_ok(), "{:?}: {checked:?}", step_type.decl().kind);
        let document = Document::parse(&Source::new("n.yaml", text), &mut Problems::default());
        assert_eq!(document.root().value(), document::value(text));
    }
}

#[test]
fn an_action_wants_a_wait_and_a_wait_wants_a_watch() {
    let action = |code| [code, Code::ActionUnchecked];
    assert_eq!(remarks(UNDO), action(Code::ActionUnwatched));
    assert_eq!(remarks(&[UNDO, WAIT].concat()), [Code::ActionUnchecked]);
    let job = "  undo: { uses: start-job, with: { job: J } }\n";
    assert_eq!(remarks(&[job, WAIT].concat()), [Code::WaitDetached]);
    assert_eq!(remarks(&[UNDO, WAIT, CANCEL].concat()), action(Code::WaitCancelsPlan));
    assert_eq!(remarks(&[CANCEL, WAIT, UNDO].concat()), action(Code::WaitCancelsPlan));
}

#[test]
fn all_keys_of_this_version_are_read() {
    let text = "\
runbook: v1
name: all-keys
description: What it is for.
owners: [dr-team, \"ops\"]
inputs:
  plan: { type: string, default: P, description: The plan. }
steps:
  undo: { uses: undo-failover, with: { plan: \"${{ inputs.plan }}\" }, timeout: 1m30s, description: Back. }
  wait: { uses: wait-task, needs: [undo], with: { task: undo, until: task } }
  cancel: { uses: cancel-on-timeout, needs: undo, with: { task: undo, watch: wait } }
";
    let checked = check(text).unwrap();
    let runbook = checked.runbook();
    assert_eq!(runbook.owners, ["dr-team", "ops"]);
    assert_eq!(runbook.description.as_deref(), Some("What it is for."));
    assert_eq!(runbook.inputs["plan"].default, Some("P".into()));
    assert_eq!(runbook.inputs["plan"].description.as_deref(), Some("The plan."));
    assert_eq!(runbook.steps[0].timeout.map(|timeout| timeout.as_secs()), Some(90));
    assert_eq!(runbook.steps[0].description.as_deref(), Some("Back."));
    assert_eq!(runbook.steps[2].needs.len(), 1);
}

#[test]
fn a_remark_that_is_accepted_is_kept_with_its_reason_and_one_that_is_not_made_is_noted() {
    let start = "  start: { uses: start-failover, with: { plan: P }, wait: { on-timeout: detach }";
    let accepted = "{ \"runbook::sources::unfenced\": isolated network }";
    assert_eq!(remarks(&format!("{start} }}\n")), [Code::ActionUnchecked, Code::SourcesUnfenced]);
    let own = format!("runbook: v1\nname: n\nsteps:\n{start}, allow: {accepted} }}\n");
    let checked = check(&own).unwrap();
    let left: Vec<_> = checked.remarks().iter().map(|problem| problem.code).collect();
    assert_eq!(left, [Code::ActionUnchecked]);
    assert_eq!(checked.accepted()[0].code, Code::SourcesUnfenced);
    assert_eq!(checked.accepted()[0].reason, "isolated network");
    let top = format!("runbook: v1\nname: n\nallow: {accepted}\nsteps:\n{start} }}\n");
    assert_eq!(check(&top).unwrap().accepted().len(), 1);
    let other = format!(
        "runbook: v1\nname: n\nsteps:\n{start} }}\n  rest: {{ uses: noop, allow: {accepted} }}\n"
    );
    let left: Vec<_> =
        check(&other).unwrap().remarks().iter().map(|problem| problem.code).collect();
    assert_eq!(left, [Code::ActionUnchecked, Code::SourcesUnfenced, Code::AllowUnused]);
}
