//! Signals: the first asks the run to stop, the second ends it.

use std::os::unix::process::ExitStatusExt;
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

/// What CI services send to the process of a job that is cancelled, with milliseconds.
const SEQUENCES: &[(&str, &[(u64, Signal)])] = &[
    ("GitHub", &[(0, Signal::INT), (7_500, Signal::TERM), (10_000, Signal::KILL)]),
    ("Jenkins", &[(0, Signal::TERM), (5_000, Signal::KILL)]),
    ("docker", &[(0, Signal::TERM), (10_000, Signal::KILL)]),
];

/// Cancels a job as each service does it, all at the same time, once `is_so`. The run must end
/// with this code, and so before the second signal, having sent this many actions.
fn cancelled(
    make: impl Fn() -> Lab + Sync,
    is_so: impl Fn(&Lab) -> bool + Sync,
    (code, actions): (i32, usize),
) {
    std::thread::scope(|scope| {
        for (service, sequence) in SEQUENCES {
            let (make, is_so) = (&make, &is_so);
            scope.spawn(move || {
                let lab = make();
                let running = lab.start("run patient.yaml --target env");
                let outcome = running.until(service, || is_so(&lab)).signals(sequence).end();
                assert_eq!(outcome.code(), Some(code), "{service}: {outcome}");
                let written = (lab.actions(), lab.written("intent"), lab.written("accepted"));
                let accepted = usize::from(code == 75) * actions;
                assert_eq!(written, (actions, actions, accepted), "{service}: {outcome}");
                assert_eq!((lab.written("stopped-by-signal"), lab.written("left-open")), (1, 1));
            });
        }
    });
}

#[test]
fn a_job_that_is_cancelled_before_its_action_ends_before_it_is_killed() {
    let asks = |lab: &Lab| lab.count(Method::Get, "/api/failoverPlans") > 0;
    cancelled(|| slow(Method::Get, "/api/failoverPlans"), asks, (75, 0));
}

#[test]
fn a_job_that_is_cancelled_during_its_action_ends_before_it_is_killed() {
    cancelled(|| slow(Method::Post, "action=undo"), |lab| lab.actions() > 0, (7, 1));
}

#[test]
fn a_job_that_is_cancelled_during_a_wait_ends_before_it_is_killed() {
    let polls = |lab: &Lab| lab.count(Method::Get, "/api/tasks/task-1") > 0;
    cancelled(|| slow(Method::Get, "/api/tasks/task-1"), polls, (75, 1));
}

/// A runner that is lost, or taken away.
#[test]
fn a_job_that_is_killed_at_once_leaves_what_it_was_about_to_do() {
    for (method, target, actions) in [
        (Method::Get, "/api/failoverPlans", 0),
        (Method::Post, "action=undo", 1),
        (Method::Get, "/api/tasks/task-1", 1),
    ] {
        let lab = slow(method, target);
        let running = lab.start("run patient.yaml --target env");
        let running = running.until("the request", || lab.count(method, target) > 0);
        let outcome = running.signal(Signal::KILL).end();
        assert_eq!(outcome.code(), None, "{outcome}");
        assert_eq!((lab.actions(), lab.written("intent")), (actions, actions), "{target}");
        let reported = lab.runbook("report latest");
        assert!(reported.stdout.contains("open"), "{reported}");
    }
}

#[test]
fn a_signal_is_written_down_while_a_request_is_on_its_way() {
    let lab = slow(Method::Post, "action=undo");
    let running =
        lab.start("run patient.yaml --target env").until("the action", || lab.actions() > 0);
    let signalled = Instant::now();
    let is_written = || lab.written("stopped-by-signal") > 0;
    let running = running.signal(Signal::TERM).until("the record", is_written);
    // A tenth of that on a machine with nothing else to do.
    assert!(signalled.elapsed() < Duration::from_secs(1), "{:?}", signalled.elapsed());
    // Not looked at while it ends: the answer may yet come.
    assert_eq!(lab.written("left-open"), 0);
    assert_eq!(running.end().code(), Some(7));
}

#[test]
fn a_thousand_signals_leave_a_whole_journal() {
    let lab = slow(Method::Get, "/api/tasks/task-1");
    let running = lab.start("run patient.yaml --target env");
    let polls = || lab.count(Method::Get, "/api/tasks/task-1") > 0;
    let mut running = running.until("a poll", polls);
    for _ in 0..500 {
        running = running.signal(Signal::TERM).signal(Signal::INT);
    }
    let outcome = running.end();
    assert!(matches!(outcome.code(), Some(130 | 143)), "{outcome}");
    let reported = lab.runbook("report latest");
    assert_eq!(reported.code(), Some(0), "{reported}");
    assert!(lab.written("stopped-by-signal") <= 1, "{reported}");
    assert_eq!((lab.actions(), lab.written("intent")), (1, 1));
}

/// Ctrl-\ is for people who do not want to wait: the journal holds at every instant. A core
/// would hold the password.
#[test]
fn a_quit_ends_the_process_without_a_core() {
    let lab = lab(stuck());
    let running = lab
        .start_script("ulimit -c \"$(ulimit -H -c)\"; exec $RUNBOOK run patient.yaml --target env");
    let polls = || lab.count(Method::Get, "/api/tasks/task-1") > 0;
    let outcome = running.until("a poll", polls).signal(Signal::QUIT).end();
    let status = outcome.status();
    assert_eq!((status.signal(), status.core_dumped()), (Some(3), false), "{outcome}");
    let reported = lab.runbook("report latest");
    assert_eq!(reported.code(), Some(0), "{reported}");
    assert_eq!((lab.actions(), lab.written("accepted")), (1, 1));
}

/// Ctrl-Z and `fg`; and a laptop that is closed and opened.
#[test]
fn a_process_that_is_stopped_and_goes_on_does_nothing_twice() {
    for stop in [Signal::TSTP, Signal::STOP] {
        let lab = lab(stuck());
        let polls = || lab.count(Method::Get, "/api/tasks/task-1");
        let running = lab.start("run patient.yaml --target env");
        let running = running.until("a poll", || polls() > 0);
        let running = running.signal(stop).signal(Signal::CONT).signal(stop);
        let seen = polls();
        let running = running.signal(Signal::CONT).until("more polls", || polls() > seen + 1);
        let outcome = running.signal(Signal::TERM).end();
        assert_eq!(outcome.code(), Some(75), "{outcome}");
        assert_eq!((lab.actions(), lab.written("intent")), (1, 1), "{outcome}");
    }
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
    let mut last_words = Vec::new();
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
        last_words.push(outcome.stderr);
    }
    // They are not waited for long, so that a busy machine may lose them once.
    let are_said = |stderr: &String| stderr.contains("Repeat nothing by hand");
    assert!(last_words.iter().any(are_said), "{last_words:?}");
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
