//! How a task ends, and what is said when it does not.

use em_api::protocol::Method;
use em_sim::{DeleteTask, Ending, Fault, Habits, Script, When};

use super::lab;
use crate::support::{stuck, world};

#[test]
fn a_task_that_ends_without_success_fails() {
    let mut world = world();
    let why = "The host esx01 is not reachable.\u{1b}[2J".to_owned();
    world.set_default_script(Script::quick(Ending::Failure(why)));
    // Of the two forms, JSON alone can carry what moves a cursor.
    let lab = lab(world).set("EM_MEDIA", "json");
    insta::assert_snapshot!(lab.runbook("run undo.yaml --target env"));
    assert_eq!((lab.actions(), lab.count(Method::Delete, "/api/tasks/")), (1, 0));
}

#[test]
fn a_task_that_ends_without_a_result_is_unknown() {
    let mut world = world();
    world.set_default_script(Script::quick(Ending::NoResult));
    let lab = lab(world);
    insta::assert_snapshot!(lab.runbook("run undo.yaml --target env"));
}

/// What a task that never ends comes to, by what the server does with a `DELETE`. The verdict
/// never says more than was proven.
#[test]
fn a_stuck_task_is_cancelled_and_the_verdict_claims_no_more_than_was_proven() {
    let cases = [("forgets", DeleteTask::Forgets, 7), ("stops", DeleteTask::Stops, 1)];
    for (name, delete_task, code) in cases {
        let mut world = stuck();
        world.set_habits(Habits { delete_task, ..Habits::default() });
        let lab = lab(world);
        let outcome = lab.runbook("run undo.yaml --target env");
        assert_eq!(outcome.code(), Some(code), "{outcome}");
        assert_eq!((lab.actions(), lab.count(Method::Delete, "/api/tasks/task-1")), (1, 1));
        insta::assert_snapshot!(format!("a_server_that_{name}"), outcome);
    }
}

/// A 500 to a `DELETE` says nothing, and to repeat it is harmless.
#[test]
fn a_server_that_will_not_delete_is_asked_three_times() {
    let mut world = stuck();
    world.set_habits(Habits { delete_task: DeleteTask::Refuses, ..Habits::default() });
    let lab = lab(world);
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!(outcome.code(), Some(7), "{outcome}");
    assert_eq!((lab.actions(), lab.count(Method::Delete, "/api/tasks/task-1")), (1, 3));
    insta::assert_snapshot!(outcome);
}

#[test]
fn a_wait_without_a_watch_leaves_the_task_alone() {
    let lab = lab(stuck()).file("detached.yaml", super::PATIENT.replace("10m", "1s"));
    insta::assert_snapshot!(lab.runbook("run detached.yaml --target env"));
    assert_eq!((lab.actions(), lab.count(Method::Delete, "/api/")), (1, 0));
}

#[test]
fn a_session_that_ends_before_the_action_is_opened_anew() {
    for target in ["/api/failoverPlans", "action=undo"] {
        let mut world = world();
        let method = if target.contains("action") { Method::Post } else { Method::Get };
        world.arm(When::first(method, target), Fault::ExpireSessions);
        let lab = lab(world);
        let outcome = lab.runbook("run undo.yaml --target env");
        assert_eq!(outcome.code(), Some(0), "{outcome}");
        assert_eq!(lab.world(|world| world.accepted().len()), 1);
        insta::assert_snapshot!(
            format!(
                "a_session_ends_before_{}",
                if method == Method::Get { "the_list" } else { "the_action" }
            ),
            outcome
        );
    }
}

#[test]
fn a_session_that_ends_after_the_action_leaves_its_outcome_unknown() {
    let mut world = stuck();
    world.arm(When::nth(2, Method::Get, "/api/tasks/task-1"), Fault::ExpireSessions);
    let lab = lab(world);
    insta::assert_snapshot!(lab.runbook("run patient.yaml --target env"));
    assert_eq!(lab.actions(), 1);
}

#[test]
fn a_restart_of_the_server_leaves_the_outcome_unknown() {
    let lab = lab(stuck());
    let running = lab.start("run patient.yaml --target env");
    let running = running.until("a poll", || lab.count(Method::Get, "/api/tasks/task-1") > 0);
    lab.world(em_sim::World::restart);
    insta::assert_snapshot!(running.end());
    assert_eq!(lab.actions(), 1);
}
