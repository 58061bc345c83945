//! Answers that are no document.

use em_api::protocol::Method;
use em_sim::{Fault, When, World};

use super::lab;
use crate::support::{stuck, world};

fn garbling(mut world: World, when: When) -> World {
    world.arm(when, Fault::GarbledBody);
    world
}

#[test]
fn a_list_of_plans_that_cannot_be_read_once_is_asked_for_again() {
    let lab = lab(garbling(world(), When::first(Method::Get, "/api/failoverPlans")));
    insta::assert_snapshot!(lab.runbook("run undo.yaml --target env"));
    assert_eq!(lab.actions(), 1);
}

#[test]
fn an_acceptance_that_cannot_be_read_is_looked_for_and_adopted() {
    let lab = lab(garbling(world(), When::first(Method::Post, "action=undo")));
    insta::assert_snapshot!(lab.runbook("run undo.yaml --target env"));
    assert_eq!(lab.actions(), 1);
}

#[test]
fn a_task_that_cannot_be_read_once_is_asked_for_again() {
    let lab = lab(garbling(world(), When::first(Method::Get, "/api/tasks/task-1")));
    insta::assert_snapshot!(lab.runbook("run patient.yaml --target env"));
    assert_eq!(lab.actions(), 1);
}

/// Nothing shows that the task still runs, so nothing asks to stop it.
#[test]
fn a_task_that_can_never_be_read_is_unknown() {
    let lab = lab(garbling(stuck(), When::every(Method::Get, "/api/tasks/task-1")));
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!((lab.actions(), lab.count(Method::Delete, "/api/tasks/")), (1, 0));
    assert_eq!(outcome.code(), Some(7), "{outcome}");
    // How often it asks again depends on time, so stderr is not part of it.
    insta::assert_snapshot!(outcome.stdout);
}

#[test]
fn a_logon_that_cannot_be_read_is_tried_again() {
    let lab = lab(garbling(world(), When::first(Method::Post, "/api/sessionMngr")));
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!((outcome.code(), lab.actions()), (Some(0), 1), "{outcome}");
}
