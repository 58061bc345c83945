//! Disks that fill, processes that sleep through being taken over, servers that forget: an action
//! is sent once, and what is said of it is true.

use std::time::Duration;

use em_api::protocol::{Media, Method, PlanId};
use em_sim::{Ending, Habits, Incoming, Outcome as Answer, Script, TaskNames, World};
use rustix::process::Signal;

use super::lab;
use crate::support::{Lab, PASSWORD, USER, stuck, world};

/// An undo, and a start that needs its success.
const TWICE: &str = "\
runbook: v1
name: twice
steps:
  undo: { uses: undo-failover, with: { plan: SQL Failover Plan } }
  wait: { uses: wait-task, with: { task: undo }, timeout: 10m }
  start: { uses: start-failover, needs: wait, with: { plan: SQL Failover Plan } }
  end: { uses: wait-task, with: { task: start }, timeout: 10m }
";

/// A world in which a task takes two seconds.
fn slow() -> World {
    let mut world = world();
    world.set_default_script(Script {
        delay_running: Duration::from_secs(2),
        delay_operation_finished: Duration::ZERO,
        ending: Ending::Success,
    });
    world
}

fn polls(lab: &Lab) -> bool {
    lab.count(Method::Get, "/api/tasks/task-1") > 0
}

/// It sleeps for longer than the other needs to take the run over and to finish it.
#[test]
fn a_process_that_slept_through_being_taken_over_sends_nothing_more() {
    let lab = lab(slow()).file("twice.yaml", TWICE);
    let first = lab.start("run twice.yaml --target env").until("a poll", || polls(&lab));
    let first = first.signal(Signal::STOP);
    let second = lab.start("resume latest --take-over --because it-hangs");
    // The journal has one writer, whatever lock was taken over.
    let second = second.end();
    assert_eq!((second.code(), lab.actions()), (Some(9), 1), "{second}");
    let first = first.signal(Signal::CONT).end();
    assert_eq!((first.code(), lab.actions()), (Some(75), 1), "{first}");
    // Somebody has taken over, so whoever goes on now says why.
    let third = lab.runbook("resume latest");
    assert_eq!((third.code(), lab.actions()), (Some(9), 1), "{third}");
    let fourth = lab.runbook("resume latest --take-over --because nobody-else-is-there");
    assert_eq!((fourth.code(), lab.actions()), (Some(0), 2), "{fourth}");
}

/// The other takes the plan over with a run of its own.
#[test]
fn a_process_that_slept_while_another_run_took_its_plan_sends_nothing_more() {
    let lab = lab(slow()).file("twice.yaml", TWICE);
    let first = lab.start("run twice.yaml --target env").until("a poll", || polls(&lab));
    let first = first.signal(Signal::STOP);
    let second = lab.runbook("run twice.yaml --target env --take-over --because it-hangs");
    assert_eq!((second.code(), lab.actions()), (Some(0), 3), "{second}");
    let first = first.signal(Signal::CONT).end();
    assert_eq!((first.code(), lab.actions()), (Some(75), 3), "{first}");
}

/// The names of tasks begin anew after a restart, and the next one is somebody else's.
#[test]
fn a_restarted_server_that_gives_the_name_of_the_task_to_another_proves_nothing() {
    let mut world = stuck();
    world.set_habits(Habits { task_names: TaskNames::Global, ..Habits::default() });
    let lab = lab(world);
    let running = lab.start("run patient.yaml --target env").until("a poll", || polls(&lab));
    assert_eq!(running.signal(Signal::KILL).end().code(), None);
    lab.world(|world| {
        world.restart();
        world.set_default_script(Script::quick(Ending::Success));
        undo_by_somebody(world);
    });
    assert_eq!(lab.actions(), 2);
    let outcome = lab.runbook("resume latest --take-over --because the-other-is-a-colleague");
    assert_eq!((outcome.code(), lab.actions()), (Some(7), 2), "{outcome}");
}

/// Somebody logs on and undoes the other plan.
fn undo_by_somebody(world: &mut World) {
    use base64::Engine as _;
    let now = world.ledger().last().expect("something has happened").at;
    let account = base64::engine::general_purpose::STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let logon = Incoming::new(Method::Post, "/api/sessionMngr/?v=latest")
        .with_header("Authorization", format!("Basic {account}"));
    let Answer::Answer(answer) = world.handle(now, &logon) else { panic!("no answer") };
    let token = answer.header("X-RestSvcSessionId").expect("a token").to_owned();
    let plan = PlanId::parse("ae01e36f-32a3-4095-95fa-09a2af744009").expect("an id");
    let undo = Incoming::new(Method::Post, format!("/api/failoverPlans/{plan}?action=undo"))
        .with_header("X-RestSvcSessionId", token)
        .with_header("Accept", Media::Xml.name());
    let Answer::Answer(answer) = world.handle(now, &undo) else { panic!("no answer") };
    assert_eq!(answer.status, 202);
}

/// Runs where no file can grow beyond so many blocks of 512 bytes.
#[test]
fn where_no_file_can_grow_it_says_so_and_sends_nothing_without_a_record() {
    let mut codes = Vec::new();
    for blocks in (0..40).step_by(2) {
        let lab = lab(world());
        let script = format!("ulimit -f {blocks}; exec \"$RUNBOOK\" run undo.yaml --target env");
        let outcome = lab.script(&script);
        let code = outcome.code().unwrap_or_else(|| panic!("{blocks} blocks: {outcome}"));
        assert!(matches!(code, 0 | 74), "{blocks} blocks: {outcome}");
        let (sent, meant) = (lab.actions(), lab.written("intent"));
        assert!(sent <= meant, "{blocks} blocks: {outcome}");
        if code == 74 {
            assert!(outcome.stderr.contains("too large") || outcome.stderr.contains("os error"));
            if lab.written("opened") > 0 {
                let outcome = lab.runbook("resume latest");
                assert_eq!((outcome.code(), lab.actions()), (Some(0), 1), "{blocks}: {outcome}");
            }
        }
        codes.push(code);
    }
    assert!(codes.contains(&0) && codes.contains(&74), "{codes:?}");
}

/// A disk of so many KiB, where this user may mount one.
#[test]
fn on_a_disk_that_is_full_an_action_that_was_sent_has_its_outcome_on_record() {
    let mut codes = Vec::new();
    for kib in (8..=160).step_by(4) {
        let lab = lab(world());
        let script = format!(
            "exec unshare -m /bin/sh -c 'mkdir small state && \
             mount -t tmpfs -o size={kib}k none small || exit 99; \
             RUNBOOK_STATE=small/state \"$RUNBOOK\" run undo.yaml --target env; code=$?; \
             cp -r small/state/. state; exit $code'"
        );
        let outcome = lab.script(&script);
        if matches!(outcome.code(), Some(1 | 99 | 126 | 127)) && lab.requests() == 0 {
            return;
        }
        let code = outcome.code().unwrap_or_else(|| panic!("{kib} KiB: {outcome}"));
        assert!(matches!(code, 0 | 74), "{kib} KiB: {outcome}");
        let (sent, meant, taken) = (lab.actions(), lab.written("intent"), lab.written("accepted"));
        assert_eq!((sent, taken), (meant, meant), "{kib} KiB: {outcome}");
        codes.push(code);
    }
    assert!(codes.contains(&0) && codes.contains(&74), "{codes:?}");
}
