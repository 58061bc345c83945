//! Enterprise Manager cannot be reached, trusted or logged on to: nothing is done.

use em_api::protocol::Method;
use em_sim::{Effect, Fault, When};
use tokio::net::TcpSocket;

use super::lab;
use crate::support::world;

/// A pin that no server has.
pub(super) const OTHER_PIN: &str = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

#[test]
fn another_certificate_than_the_pinned_one_gets_no_request_and_no_password() {
    let lab = lab(world()).set("EM_PIN", OTHER_PIN);
    let outcome = lab.runbook("run undo.yaml --target env");
    for pin in [OTHER_PIN, lab.server().pin()] {
        assert!(outcome.stderr.contains(pin), "{pin} is named: {outcome}");
    }
    assert_eq!(lab.requests(), 0);
    insta::assert_snapshot!(outcome);
}

#[test]
fn a_self_signed_certificate_without_a_pin_gets_no_request() {
    let lab = lab(world()).unset("EM_PIN");
    insta::assert_snapshot!(lab.runbook("run undo.yaml --target env"));
    assert_eq!(lab.requests(), 0);
}

#[test]
fn a_refused_logon_ends_the_run_before_anything_else_is_asked() {
    let lab = lab(world()).set("EM_PASSWORD", "wrong");
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!((outcome.code(), lab.requests()), (Some(69), 1), "{outcome}");
    insta::assert_snapshot!(outcome);
}

#[test]
fn a_logon_that_meets_a_busy_server_is_tried_again() {
    let mut world = world();
    world.arm(When::first(Method::Post, "/api/sessionMngr"), Fault::Status(503, Effect::Skipped));
    let lab = lab(world);
    insta::assert_snapshot!(lab.runbook("run undo.yaml --target env"));
    assert_eq!((lab.count(Method::Post, "/api/sessionMngr"), lab.actions()), (2, 1));
}

/// The port is taken by a socket that does not listen, so that nobody else can.
#[test]
fn nothing_listens() {
    let lab = lab(world());
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let address = socket.local_addr().expect("an address");
    let lab = lab.set("EM_URL", format!("https://{address}"));
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!((outcome.code(), lab.requests()), (Some(69), 0), "{outcome}");
    insta::assert_snapshot!(outcome);
}

#[test]
fn a_plan_that_does_not_exist_is_told_with_those_that_do() {
    let lab = lab(world()).shipped("undo-failover.yaml");
    insta::assert_snapshot!(lab.runbook("run undo-failover.yaml --target env --input plan=EPR-DR"));
    assert_eq!(lab.actions(), 0);
}

#[test]
fn an_action_that_is_forbidden_fails() {
    let mut world = world();
    world.arm(When::first(Method::Post, "action=undo"), Fault::Status(403, Effect::Skipped));
    let lab = lab(world);
    insta::assert_snapshot!(lab.runbook("run undo.yaml --target env"));
    assert_eq!(lab.actions(), 1);
}
