//! `runbook resume`: an action survives whatever ends the process that sent it.

use std::time::Duration;

use em_api::protocol::Method;
use em_sim::{DeleteTask, Ending, Fault, Habits, Script, When, World};
use rustix::process::Signal;

use super::lab;
use crate::support::{Lab, Outcome, stuck, world};

/// A world in which a task takes this long.
fn slow(seconds: u64) -> World {
    let mut world = world();
    world.set_default_script(Script {
        delay_running: Duration::from_secs(seconds),
        delay_operation_finished: Duration::ZERO,
        ending: Ending::Success,
    });
    world
}

/// Starts a run, and kills it as soon as something is so.
fn killed(lab: &Lab, is_so: impl FnMut() -> bool) {
    let running = lab.start("run patient.yaml --target env").until("its moment", is_so);
    assert_eq!(running.signal(Signal::KILL).end().code(), None);
}

fn resumed(lab: &Lab) -> Outcome {
    lab.runbook("resume latest")
}

#[test]
fn a_run_that_was_killed_while_its_task_runs_sees_the_end_of_it() {
    let lab = lab(slow(3));
    killed(&lab, || lab.count(Method::Get, "/api/tasks/task-1") > 0);
    let outcome = resumed(&lab);
    assert_eq!((outcome.code(), lab.actions()), (Some(0), 1), "{outcome}");
    insta::assert_snapshot!(outcome);
    let again = resumed(&lab);
    assert_eq!((again.code(), lab.actions()), (Some(0), 1), "{again}");
    assert!(again.stderr.contains("is closed; nothing was sent"), "{again}");
}

#[test]
fn an_action_whose_answer_found_nobody_is_adopted() {
    let mut world = world();
    world.arm(When::first(Method::Post, "action=undo"), Fault::Slow(Duration::from_mins(1)));
    let lab = lab(world);
    killed(&lab, || lab.actions() > 0);
    let outcome = resumed(&lab);
    assert_eq!((outcome.code(), lab.actions()), (Some(0), 1), "{outcome}");
    insta::assert_snapshot!(outcome);
}

/// What never came is unknown, and a person decides: it is sent again once, or not at all.
#[test]
fn an_action_that_never_arrived_is_ruled_on() {
    let table = [("not-happened", 0, 2), ("happened", 0, 1), ("failed", 1, 1)];
    for (rule, code, actions) in table {
        let mut world = world();
        world.arm(When::first(Method::Post, "action=undo"), Fault::DropRequest);
        let lab = lab(world).set("EM_PATIENCE", "1s");
        let ran = lab.runbook("run undo.yaml --target env");
        assert_eq!((ran.code(), lab.actions()), (Some(7), 1), "{ran}");
        let early = resumed(&lab);
        assert_eq!((early.code(), lab.actions()), (Some(7), 1), "{early}");
        let ruled = lab
            .runbook(&format!("resolve latest undo --as {rule} --because looked-in-the-console"));
        assert_eq!(ruled.code(), Some(0), "{ruled}");
        let again = lab.runbook("resolve latest undo --as failed --because x");
        assert_eq!(again.code(), Some(2), "{again}");
        assert!(again.stderr.contains(&format!("was ruled «{rule}» already, by ")), "{again}");
        let report = lab.runbook("report latest");
        assert!(report.stdout.contains("goes on with what was ruled"), "{report}");
        let outcome = resumed(&lab);
        assert_eq!((outcome.code(), lab.actions()), (Some(code), actions), "{outcome}");
        insta::assert_snapshot!(format!("ruled_{rule}"), format!("{ruled}\n{outcome}"));
    }
}

/// The last begun is of no use to whoever wants to go on.
#[test]
fn the_latest_to_resolve_is_the_last_that_is_open() {
    let mut world = world();
    world.arm(When::first(Method::Post, "action=undo"), Fault::DropRequest);
    let lab = lab(world).set("EM_PATIENCE", "1s");
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(7));
    let beside = "run undo.yaml --target env --take-over --because a-test";
    assert_eq!(lab.runbook(beside).code(), Some(0));
    // Open as well, and without a server to go on with.
    assert_eq!(lab.runbook("run undo.yaml --target sim").code(), Some(7));
    let resolve = "resolve latest undo --as happened --because x";
    let ruled = lab.runbook(resolve);
    assert_eq!(ruled.code(), Some(0), "{ruled}");
    assert_eq!(lab.runbook("runs --prune 0d").stdout.matches("deleted").count(), 2);
    assert_eq!(resumed(&lab).code(), Some(0));
    let ruled = lab.runbook(resolve);
    assert_eq!(ruled.code(), Some(2), "{ruled}");
    assert!(ruled.stderr.contains("no run is open; the last begun is "), "{ruled}");
}

#[test]
fn only_what_can_be_ruled_is() {
    let lab = lab(world());
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(0));
    for ruling in [
        "resolve latest undo --as happened --because x",
        "resolve latest nobody --as failed --because x",
        "retry latest undo",
        "skip latest wait --because x",
    ] {
        let outcome = lab.runbook(ruling);
        assert_eq!(outcome.code(), Some(2), "{outcome}");
        assert!(outcome.stderr.contains("nothing was written down"), "{outcome}");
    }
}

/// It is killed between the end of its run and its own.
#[test]
fn a_run_that_was_closed_just_before_the_kill_leaves_no_sessions() {
    let mut world = world();
    let logout = When::first(Method::Delete, "/api/logonSessions/");
    world.arm(logout, Fault::Slow(Duration::from_mins(1)));
    let lab = lab(world);
    killed(&lab, || lab.count(Method::Delete, "/api/logonSessions/") > 0);
    let sealed = lab.journal().with_file_name("sessions.sealed");
    assert!(sealed.exists());
    let outcome = resumed(&lab);
    assert_eq!((outcome.code(), lab.actions(), sealed.exists()), (Some(0), 1, false), "{outcome}");
}

/// Of the parts of a step with `wait`, the one that went wrong is what it is about.
#[test]
fn why_a_step_of_parts_cannot_be_ruled_on_is_said_of_the_part_that_went_wrong() {
    const PARTS: &str = "\
runbook: v1
name: parts
steps:
  undo: { uses: undo-failover, with: { plan: SQL Failover Plan }, wait: { timeout: 1s, on-timeout: cancel } }
";
    let mut world = world();
    world.arm(When::first(Method::Post, "action=undo"), Fault::DropRequest);
    let lab = lab(world).file("parts.yaml", PARTS).set("EM_PATIENCE", "1s");
    let ran = lab.runbook("run parts.yaml --target env");
    assert_eq!(ran.code(), Some(7), "{ran}");
    insta::assert_snapshot!("of_parts", lab.runbook("retry latest undo"));
}

/// Whether the wish reached EM is not known, so it is repeated once the session is known to live.
#[test]
fn a_wish_to_stop_a_task_that_found_nobody_is_repeated() {
    let mut world = stuck();
    world.set_habits(Habits { delete_task: DeleteTask::Stops, ..Habits::default() });
    world.arm(When::first(Method::Delete, "/api/tasks/"), Fault::DropRequest);
    let lab = lab(world);
    let deletes = || lab.count(Method::Delete, "/api/tasks/");
    let running = lab.start("run undo.yaml --target env").until("the wish", || deletes() > 0);
    assert_eq!(running.signal(Signal::KILL).end().code(), None);
    let outcome = resumed(&lab);
    assert_eq!((outcome.code(), lab.actions(), deletes()), (Some(1), 1, 2), "{outcome}");
}

#[test]
fn a_run_that_was_stopped_goes_on() {
    let lab = lab(slow(3));
    let running = lab.start("run patient.yaml --target env");
    let running = running.until("a poll", || lab.count(Method::Get, "/api/tasks/task-1") > 0);
    assert_eq!(running.signal(Signal::TERM).end().code(), Some(75));
    let outcome = resumed(&lab);
    assert_eq!((outcome.code(), lab.actions()), (Some(0), 1), "{outcome}");
}

#[test]
fn a_wait_that_was_given_up_looks_again() {
    let lab = lab(stuck());
    let ran = lab.runbook("run undo.yaml --target env");
    assert_eq!(ran.code(), Some(7), "{ran}");
    let outcome = resumed(&lab);
    assert_eq!((outcome.code(), lab.actions()), (Some(7), 1), "{outcome}");
}

#[test]
fn without_the_tokens_a_task_that_runs_is_unknown_and_its_session_is_ended() {
    let lab = lab(slow(600));
    killed(&lab, || lab.count(Method::Get, "/api/tasks/task-1") > 0);
    std::fs::remove_file(lab.journal().with_file_name("sessions.sealed")).expect("they were kept");
    let outcome = resumed(&lab);
    assert_eq!((outcome.code(), lab.actions()), (Some(7), 1), "{outcome}");
    insta::assert_snapshot!(outcome);
}

#[test]
fn a_run_goes_on_where_it_began_and_nowhere_else() {
    let elsewhere = |lab: &Lab, name: &str| {
        let outcome = resumed(lab);
        assert_eq!((outcome.code(), lab.actions()), (Some(2), 1), "{outcome}");
        insta::assert_snapshot!(name, outcome);
    };
    let mut lab = lab(slow(600));
    killed(&lab, || lab.count(Method::Get, "/api/tasks/task-1") > 0);
    lab = lab.set("EM_PIN", format!("sha256/{:A<43}=", ""));
    elsewhere(&lab, "another_pin");
    lab = lab.set("EM_URL", "https://em.example.org:9398");
    elsewhere(&lab, "another_address");
}

/// The path may be another, the CAs may not.
#[test]
fn a_run_that_knew_em_by_a_ca_goes_on_under_that_ca() {
    let mut lab = lab(slow(3)).unset("EM_PIN");
    let pem = lab.server().certificate_pem().to_owned();
    lab = lab.file("ca.pem", pem.clone()).file("same.pem", pem.clone()).set("EM_CA", "ca.pem");
    lab = lab.file("more.pem", format!("{pem}{pem}"));
    killed(&lab, || lab.count(Method::Get, "/api/tasks/task-1") > 0);
    let before = lab.requests();
    for lab_of in [|lab: Lab| lab.unset("EM_CA"), |lab: Lab| lab.set("EM_CA", "more.pem")] {
        lab = lab_of(lab);
        let outcome = resumed(&lab);
        assert_eq!((outcome.code(), lab.requests()), (Some(2), before), "{outcome}");
        assert!(outcome.stderr.contains("the run knew EM by CA file ca.pem, sha256 "), "{outcome}");
    }
    lab = lab.set("EM_CA", "same.pem");
    let outcome = resumed(&lab);
    assert_eq!((outcome.code(), lab.actions()), (Some(0), 1), "{outcome}");
}

/// What was looked at first may be another journal than the one that is gone on with.
#[test]
fn a_kept_sum_is_asked_of_the_journal_that_is_gone_on_with() {
    let lab = lab(slow(600));
    killed(&lab, || lab.count(Method::Get, "/api/tasks/task-1") > 0);
    let text = std::fs::read_to_string(lab.journal()).expect("a journal");
    let (rest, last) = text.trim_end().rsplit_once('\n').expect("lines");
    let (_, sum) = last.rsplit_once("\"sum\":\"").expect("a sum");
    let journal = std::fs::File::options().write(true).open(lab.journal()).expect("a journal");
    journal.lock().expect("nobody holds it");
    let writer = lab.journal().with_file_name("writer.json");
    let named = || std::fs::read_to_string(&writer).expect("it is there");
    let before = named();
    let running = lab.start(&format!("resume latest --expect-head {}", &sum[..64]));
    let running = running.until("its lock", || ![String::new(), before.clone()].contains(&named()));
    let requests = lab.requests();
    journal.set_len(rest.len() as u64 + 1).expect("cut");
    journal.unlock().expect("it was held");
    let outcome = running.end();
    assert_eq!((outcome.code(), lab.requests()), (Some(74), requests), "{outcome}");
    assert!(outcome.stderr.contains("no record has the sum"), "{outcome}");
}

#[test]
fn a_kept_sum_that_is_not_in_the_journal_stops_it() {
    let lab = lab(slow(600));
    killed(&lab, || lab.count(Method::Get, "/api/tasks/task-1") > 0);
    let outcome = lab.runbook("resume latest --expect-head 0123456789abcdef");
    assert_eq!((outcome.code(), lab.actions()), (Some(74), 1), "{outcome}");
}

#[test]
fn a_session_of_somebody_else_is_not_run_beside() {
    let lab = lab(world());
    let logon =
        "curl -sk -X POST -u \"$EM_USERNAME:$EM_PASSWORD\" $EM_URL/api/sessionMngr/?v=latest";
    if lab.shell(logon).is_none() {
        return;
    }
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!((outcome.code(), lab.actions()), (Some(9), 0), "{outcome}");
    insta::assert_snapshot!(outcome);
    let outcome = lab.runbook("run undo.yaml --target env --take-over --because it-is-mine");
    assert_eq!((outcome.code(), lab.actions()), (Some(0), 1), "{outcome}");
}
