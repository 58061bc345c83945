//! Signals: the first asks the run to stop, the second ends it.

use std::time::{Duration, Instant};

use em_api::protocol::Method;
use em_sim::{Fault, When};
use rustix::process::Signal;

use super::lab;
use crate::support::{Lab, stuck, world};

#[test]
fn a_signal_during_a_wait_stops_the_run_within_four_seconds() {
    for (signal, name) in
        [(Signal::TERM, "SIGTERM"), (Signal::INT, "SIGINT"), (Signal::HUP, "SIGHUP")]
    {
        let lab = lab(stuck());
        let running = lab.start("run patient.yaml --target env");
        let running = running.until("a poll", || lab.count(Method::Get, "/api/tasks/task-1") > 0);
        let signalled = Instant::now();
        let outcome = running.signal(signal).end();
        assert!(signalled.elapsed() < Duration::from_secs(4));
        assert_eq!(outcome.code(), Some(75), "{outcome}");
        assert!(outcome.stderr.contains(name), "{outcome}");
        assert_eq!((lab.actions(), lab.count(Method::Delete, "/api/")), (1, 0));
        if signal == Signal::TERM {
            insta::assert_snapshot!(outcome);
        }
    }
}

/// If the first signal counted, the second would end the process with 143.
#[test]
fn a_hang_up_that_was_ignored_from_the_start_is_no_signal() {
    let lab = lab(stuck());
    let running = lab.start_without_hang_ups("run patient.yaml --target env");
    let running = running.until("a poll", || lab.count(Method::Get, "/api/tasks/task-1") > 0);
    let outcome = running.signal(Signal::HUP).signal(Signal::TERM).end();
    assert_eq!(outcome.code(), Some(75), "{outcome}");
    assert!(outcome.stderr.contains("stopped by SIGTERM"), "{outcome}");
}

/// An answer that takes a minute is on its way.
fn slow(method: Method, target: &str) -> Lab {
    let mut world = world();
    world.arm(When::first(method, target), Fault::Slow(Duration::from_mins(1)));
    lab(world)
}

#[test]
fn an_action_on_the_wire_is_waited_for_three_seconds_and_then_unproven() {
    let lab = slow(Method::Post, "action=undo");
    let running =
        lab.start("run patient.yaml --target env").until("the action", || lab.actions() > 0);
    let signalled = Instant::now();
    let outcome = running.signal(Signal::TERM).end();
    assert!(signalled.elapsed() < Duration::from_secs(4));
    insta::assert_snapshot!(outcome);
    assert_eq!(lab.actions(), 1);
}

#[test]
fn a_signal_before_the_action_keeps_it_from_being_sent() {
    let lab = slow(Method::Get, "/api/failoverPlans");
    let running = lab.start("run patient.yaml --target env");
    let running = running.until("the list", || lab.count(Method::Get, "/api/failoverPlans") > 0);
    insta::assert_snapshot!(running.signal(Signal::TERM).end());
    assert_eq!(lab.actions(), 0);
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    for (first, said, second, code) in [
        (Signal::TERM, "stopped by SIGTERM", Signal::INT, 130),
        (Signal::INT, "stopped by SIGINT", Signal::TERM, 143),
    ] {
        let lab = slow(Method::Get, "/api/tasks/task-1");
        let running = lab.start("run patient.yaml --target env");
        let running = running.until("a poll", || lab.count(Method::Get, "/api/tasks/task-1") > 0);
        let running = running.signal(first).until_it_says(said);
        let outcome = running.signal(second).end();
        assert_eq!((outcome.code(), &*outcome.stdout), (Some(code), ""), "{outcome}");
        assert!(outcome.stderr.contains("Repeat nothing by hand"), "{outcome}");
    }
}

/// `timeout` signals the process, and then its group.
#[test]
fn a_signal_that_comes_twice_at_once_is_one() {
    let lab = slow(Method::Get, "/api/tasks/task-1");
    let running = lab.start("run patient.yaml --target env");
    let running = running.until("a poll", || lab.count(Method::Get, "/api/tasks/task-1") > 0);
    let outcome = running.signal(Signal::TERM).signal(Signal::TERM).end();
    assert_eq!(outcome.code(), Some(75), "{outcome}");
    assert!(outcome.stdout.contains("repeat nothing by hand"), "{outcome}");
}
