//! `runbook report`: what the record of a run says afterwards, damaged or not.

use std::fs;
use std::time::Duration;

use em_api::protocol::Method;
use em_sim::{Fault, When};
use rustix::process::Signal;

use super::lab;
use crate::support::{Lab, stuck, world};

fn journal(lab: &Lab) -> String {
    fs::read_to_string(lab.journal()).expect("a journal")
}

#[test]
fn a_report_says_what_the_run_said() {
    for (world, code) in [(world(), 0), (stuck(), 7)] {
        for format in ["text", "json"] {
            let lab = lab(world.clone());
            let ran = lab.runbook(&format!("run undo.yaml --target env --format {format}"));
            let reported = lab.runbook(&format!("report latest --format {format} --exit-code"));
            assert_eq!((ran.code(), reported.code()), (Some(code), Some(code)), "{ran}");
            assert_eq!(ran.stdout, reported.stdout);
            assert_eq!(reported.stderr, "");
            assert_eq!(lab.runbook("report latest").code(), Some(0));
        }
    }
}

/// For CI: a server that shows tests, and the summary of a job.
#[test]
fn a_report_has_a_form_for_tests_and_one_for_summaries() {
    let lab = lab(stuck());
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(7));
    insta::assert_snapshot!("junit", lab.runbook("report latest --format junit --exit-code"));
    insta::assert_snapshot!("markdown", lab.runbook("report latest --format markdown"));
}

#[test]
fn a_run_is_found_by_its_id_and_no_other_way() {
    let lab = lab(world());
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(0));
    let folder = lab.journal().parent().expect("a folder").to_owned();
    let id = folder.file_name().expect("a name").to_string_lossy().into_owned();
    assert_eq!(lab.runbook(&format!("report {id}")).code(), Some(0));
    let ways = [format!("./{id}"), format!("../state/{id}"), "..".to_owned(), ".".to_owned()];
    for way in ways.into_iter().chain([folder.display().to_string()]) {
        let outcome = lab.runbook(&format!("report {way}"));
        assert_eq!((outcome.code(), &*outcome.stdout), (Some(2), ""), "{outcome}");
    }
}

#[test]
fn a_run_that_is_not_there_is_invalid() {
    insta::assert_snapshot!(
        "no_such_run",
        Lab::new().runbook("report 20260101T000000000Z-0123abcd")
    );
    insta::assert_snapshot!("no_run_at_all", Lab::new().runbook("report latest"));
}

#[test]
fn a_torn_last_line_is_dropped_and_told_of() {
    let lab = lab(stuck());
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(7));
    let text = journal(&lab);
    fs::write(lab.journal(), &text[..text.len() - 20]).expect("written");
    insta::assert_snapshot!(lab.runbook("report latest --exit-code"));
}

#[test]
fn a_journal_that_was_changed_is_not_trusted() {
    let lab = lab(world());
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(0));
    let text = journal(&lab);
    fs::write(lab.journal(), text.replace("task-1", "task-2")).expect("written");
    insta::assert_snapshot!(lab.runbook("report latest"));
    for format in ["json", "junit", "markdown"] {
        let outcome = lab.runbook(&format!("report latest --format {format}"));
        assert_eq!(outcome.code(), Some(74), "{outcome}");
        assert!(outcome.stdout.contains("of the journal is damaged"), "{outcome}");
    }
}

/// Of what its first line says nothing is left.
#[test]
fn a_journal_without_a_good_line_shows_nothing() {
    let lab = lab(world());
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(0));
    fs::write(lab.journal(), journal(&lab).replacen("env", "sim", 1)).expect("written");
    let outcome = lab.runbook("report latest");
    assert_eq!((outcome.code(), &*outcome.stdout), (Some(74), ""), "{outcome}");
    assert!(outcome.stderr.contains("line 1 of the journal is damaged"), "{outcome}");
}

#[test]
fn a_run_without_a_record_has_sent_nothing_and_may_go() {
    let lab = lab(world());
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(0));
    for left in ["", "{\"seq\":0,\"epoch\""] {
        fs::write(lab.journal(), left).expect("written");
        for look in ["report", "verify"] {
            insta::assert_snapshot!("without_a_record", lab.runbook(&format!("{look} latest")));
        }
    }
    insta::assert_snapshot!("without_a_record_listed", lab.runbook("runs"));
    let pruned = lab.runbook("runs --prune 0d");
    assert!(pruned.stdout.contains("deleted"), "{pruned}");
}

#[test]
fn a_run_that_is_at_work_is_told_of_as_of_now_and_not_ruled_on() {
    let lab = lab(stuck());
    let running = lab.start("run patient.yaml --target env");
    let running = running.until("a poll", || lab.count(Method::Get, "/api/tasks/task-1") > 0);
    insta::assert_snapshot!("at_work", lab.runbook("report latest"));
    let report: serde_json::Value =
        serde_json::from_str(&lab.runbook("report latest --format json").stdout).expect("JSON");
    assert_eq!((&report["is_running"], &report["is_open"]), (&true.into(), &true.into()));
    let markdown = lab.runbook("report latest --format markdown");
    assert!(markdown.stdout.contains(": running\n"), "{markdown}");
    let junit = lab.runbook("report latest --format junit");
    assert!(junit.stdout.contains("<error type=\"running\""), "{junit}");
    assert!(!junit.stdout.contains("backup console"), "{junit}");
    let ruled = lab.runbook("resolve latest wait --as failed --because x");
    assert_eq!(ruled.code(), Some(9), "{ruled}");
    assert!(ruled.stderr.contains("wait until that run has ended"), "{ruled}");
    assert!(!ruled.stderr.contains("--take-over"), "{ruled}");
    assert_eq!(running.signal(Signal::KILL).end().code(), None);
}

#[test]
fn a_plan_that_was_changed_is_not_trusted() {
    let lab = lab(world());
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(0));
    let plan = lab.journal().with_file_name("plan.json");
    let text = fs::read_to_string(&plan).expect("a plan");
    fs::write(&plan, text.replace("SQL Failover Plan", "ERP-DR")).expect("written");
    insta::assert_snapshot!(lab.runbook("report latest"));
}

#[test]
fn a_run_that_was_killed_is_told_of_as_open() {
    let lab = lab(stuck());
    let running = lab.start("run patient.yaml --target env");
    let running = running.until("a poll", || lab.count(Method::Get, "/api/tasks/task-1") > 0);
    assert_eq!(running.signal(Signal::KILL).end().code(), None);
    insta::assert_snapshot!(lab.runbook("report latest --exit-code"));
}

/// The intent is written down before the first byte is sent, and that byte is never answered.
#[test]
fn a_run_that_was_killed_in_mid_action_names_the_action() {
    let mut world = world();
    let slow = Fault::Slow(Duration::from_mins(1));
    world.arm(When::first(Method::Post, "action=undo"), slow);
    let lab = lab(world);
    let running = lab.start("run patient.yaml --target env");
    let running = running.until("the action", || lab.actions() > 0);
    assert_eq!(running.signal(Signal::KILL).end().code(), None);
    insta::assert_snapshot!(lab.runbook("report latest --exit-code"));
}
