//! A parent that is gone: a shell that was told to end does not tell its children.

use std::time::Duration;

use em_api::protocol::Method;
use em_sim::{Fault, When};
use rustix::process::Signal;

use super::lab;
use crate::support::{Lab, stuck, world};

/// No `exec`, and a word after it, without which some shells put it there themselves.
const WITHOUT_EXEC: &str = "$RUNBOOK run patient.yaml --target env; true";
const ORPHANED: &str = "stopped by the end of the parent process";

/// The list of plans takes longer than it takes to notice that the parent is gone.
fn slow() -> Lab {
    let mut world = world();
    let slow = Fault::Slow(Duration::from_millis(2500));
    world.arm(When::first(Method::Get, "/api/failoverPlans"), slow);
    lab(world)
}

/// What came of the run, whose exit code nobody has seen.
#[track_caller]
fn is_interrupted(lab: &Lab, actions: usize) {
    let reported = lab.runbook("report latest --exit-code");
    assert_eq!(reported.code(), Some(75), "{reported}");
    assert!(reported.stdout.contains(ORPHANED), "{reported}");
    assert_eq!((lab.actions(), lab.count(Method::Delete, "/api/tasks")), (actions, 0));
}

/// As GitHub does it, in less time: bash lets a child that ignores SIGINT go on, dies of SIGTERM,
/// and tells nobody.
#[test]
fn an_orphan_sends_no_action() {
    for sequence in
        [&[(0, Signal::INT), (200, Signal::TERM), (400, Signal::KILL)][..], &[(0, Signal::KILL)]]
    {
        let lab = slow();
        let running = lab.start_script(WITHOUT_EXEC);
        let asks = || lab.count(Method::Get, "/api/failoverPlans") > 0;
        let outcome = running.until("the list", asks).signals(sequence).end();
        assert!(outcome.stderr.contains(ORPHANED), "{outcome}");
        assert!(outcome.stderr.contains("It sent no action"), "{outcome}");
        is_interrupted(&lab, 0);
    }
}

#[test]
fn an_orphan_leaves_the_task_alone_that_it_waits_for() {
    let lab = lab(stuck());
    let running = lab.start_script(WITHOUT_EXEC);
    let polls = || lab.count(Method::Get, "/api/tasks/task-1") > 0;
    let outcome = running.until("a poll", polls).signal(Signal::KILL).end();
    assert!(outcome.stderr.contains(ORPHANED), "{outcome}");
    is_interrupted(&lab, 1);
}

/// The shell dies, and so would the run if the end of its parent were a second signal.
#[test]
fn a_signal_to_the_whole_group_is_one() {
    let lab = lab(stuck());
    let running = lab.start_script(WITHOUT_EXEC);
    let polls = || lab.count(Method::Get, "/api/tasks/task-1") > 0;
    let outcome = running.until("a poll", polls).signal_all(Signal::TERM).end();
    assert!(outcome.stdout.contains("interrupted (exit code 75)"), "{outcome}");
    assert!(!outcome.stderr.contains("a second signal"), "{outcome}");
    assert_eq!(lab.actions(), 1);
}

#[test]
fn under_nohup_an_orphan_goes_on() {
    let nap = "runbook: v1\nname: nap\nsteps: { nap: { uses: sleep, with: { for: 1500ms } } }\n";
    let lab = Lab::new().file("nap.yaml", nap);
    let running = lab.start_script("trap '' HUP; $RUNBOOK run nap.yaml --target sim; true");
    let outcome = running.until_it_says("nap: begins").signal(Signal::KILL).end();
    assert!(outcome.stdout.contains("nap: done (exit code 0)"), "{outcome}");
}
