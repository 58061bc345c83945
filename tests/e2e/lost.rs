//! The answer to an action is lost: there is one POST on the wire, never a second, and what came
//! of it is found out or called unknown.

use em_api::protocol::Method;
use em_sim::{Effect, Fault, When, World};

use super::lab;
use crate::support::{Lab, world};

/// Runs an undo whose answer is lost in this way.
fn losing(fault: Fault) -> Lab {
    let mut world: World = world();
    world.arm(When::first(Method::Post, "action=undo"), fault);
    lab(world).set("EM_PATIENCE", "1s")
}

#[test]
fn an_action_whose_answer_was_lost_is_adopted() {
    let lab = losing(Fault::LoseAnswer);
    let outcome = lab.runbook("run undo.yaml --target env");
    assert!(outcome.stderr.contains("adopted"), "{outcome}");
    assert_eq!((outcome.code(), lab.actions()), (Some(0), 1), "{outcome}");
    insta::assert_snapshot!(outcome);
}

#[test]
fn an_action_that_never_arrived_is_unknown_and_not_sent_again() {
    let lab = losing(Fault::DropRequest);
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!((outcome.code(), lab.actions()), (Some(7), 1), "{outcome}");
    insta::assert_snapshot!(outcome);
}

#[test]
fn no_unclear_answer_is_followed_by_a_second_action() {
    let cases = [
        (Fault::Status(500, Effect::Skipped), 7),
        (Fault::Status(503, Effect::Skipped), 7),
        (Fault::Status(500, Effect::Happens), 0),
        (Fault::Status(504, Effect::Happens), 0),
        (Fault::TruncatedBody, 0),
        (Fault::EmptyAccepted, 0),
    ];
    for (fault, code) in cases {
        let lab = losing(fault.clone());
        let outcome = lab.runbook("run undo.yaml --target env");
        assert_eq!((outcome.code(), lab.actions()), (Some(code), 1), "{fault:?}: {outcome}");
    }
}
