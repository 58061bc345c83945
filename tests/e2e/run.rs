//! `runbook run`: what it wants, and how it goes when all goes well.

use std::fs;

use em_api::protocol::{Method, PlanId};
use em_sim::PlanState;

use super::{UNDO, lab};
use crate::support::{Lab, world};

#[test]
fn without_a_target_nothing_runs_and_nothing_is_written() {
    let lab = Lab::new().file("undo.yaml", UNDO);
    insta::assert_snapshot!(lab.runbook("run undo.yaml"));
    assert!(!lab.path("state").exists());
}

#[test]
fn a_target_that_is_not_there_is_invalid() {
    let lab = Lab::new().file("undo.yaml", UNDO);
    insta::assert_snapshot!(lab.runbook("run undo.yaml --target prod"));
}

#[test]
fn the_simulator_runs_a_runbook_with_nothing_set_up() {
    let lab = Lab::new().shipped("undo-failover.yaml");
    insta::assert_snapshot!(lab.runbook("run undo-failover.yaml --target sim"));
}

#[test]
fn a_drill_fails_over_and_comes_back() {
    let lab = lab(world()).shipped("failover-and-back.yaml");
    insta::assert_snapshot!(lab.runbook("run failover-and-back.yaml --target env"));
    let plan = PlanId::parse("ae01e36f-32a3-4095-95fa-09a2af744009").expect("an id");
    assert_eq!(lab.actions(), 2);
    assert_eq!(lab.world(|world| world.plan_state(&plan)), Some(PlanState::Ready));
}

#[test]
fn an_enterprise_manager_is_asked_in_xml() {
    let lab = lab(world());
    insta::assert_snapshot!(lab.runbook("run undo.yaml --target env"));
    assert_eq!(lab.actions(), 1);
    assert_eq!(lab.count(Method::Delete, "/api/logonSessions/"), 1, "it logs out");
}

#[test]
fn an_enterprise_manager_is_asked_in_json() {
    let lab = lab(world()).set("EM_MEDIA", "json");
    let outcome = lab.runbook("run undo.yaml --target env --format json");
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!((outcome.code(), report["verdict"].as_str()), (Some(0), Some("done")));
    insta::assert_snapshot!(outcome);
    assert_eq!(lab.actions(), 1);
}

#[test]
fn a_plan_may_be_named_on_the_command_line() {
    let lab = lab(world()).shipped("undo-failover.yaml");
    let outcome = lab.runbook("run undo-failover.yaml --target env --input plan=ERP-DR");
    assert_eq!(outcome.code(), Some(0), "{outcome}");
    assert_eq!(lab.count(Method::Post, "/5f0b1a52-6c0e-4c11-9a5d-2d0f6a3f7b10?action=undo"), 1);
}

/// The folder stands below a file: permissions would not keep root out.
#[test]
fn a_state_folder_that_cannot_be_written_keeps_everything_from_being_sent() {
    let lab = lab(world());
    let lab = {
        let below = lab.path("undo.yaml/state");
        lab.set("RUNBOOK_STATE", below)
    };
    insta::assert_snapshot!(lab.runbook("run undo.yaml --target env"));
    assert_eq!(lab.requests(), 0);
}

#[test]
fn without_any_place_for_the_state_nothing_is_sent() {
    let lab = lab(world()).unset("RUNBOOK_STATE");
    insta::assert_snapshot!(lab.runbook("run undo.yaml --target env"));
    assert_eq!(lab.requests(), 0);
}

#[test]
fn the_state_is_kept_in_the_home_of_the_user_and_for_that_user_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let lab = lab(world()).unset("RUNBOOK_STATE");
    let lab = {
        let home = lab.path("");
        lab.set("HOME", home)
    };
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(0));
    let runs = lab.path(".local/state/runbook");
    let mut below = fs::read_dir(&runs).expect("runs").map(|entry| entry.expect("it").path());
    let run = below.find(|path| path.join("plan.json").exists()).expect("a run");
    let mode = |path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(run.clone()), 0o700);
    assert_eq!(mode(runs.join("locks")), 0o700);
    assert_eq!(mode(run.join("journal.jsonl")), 0o600);
    assert_eq!(mode(run.join("plan.json")), 0o600);
    assert_eq!(mode(run.join("writer.json")), 0o600);
}
