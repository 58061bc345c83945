//! `runbook runs`: what was kept, what each run waits for, and what may go.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use em_api::protocol::Method;
use em_sim::{Fault, When, World};
use rustix::process::Signal;
use serde_json::Value as Json;

use super::lab;
use crate::support::{Lab, Outcome, stuck, world};

fn listed(lab: &Lab) -> Vec<Json> {
    let outcome = lab.runbook("runs --format json");
    assert_eq!((outcome.code(), &*outcome.stderr), (Some(0), ""), "{outcome}");
    let list: Json = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(list["schema"], "runs/v1");
    list["runs"].as_array().expect("a list").clone()
}

fn folders(lab: &Lab) -> Vec<PathBuf> {
    let kept = lab.kept().into_iter().map(|(path, _)| path);
    let journals = kept.filter(|path| path.ends_with("journal.jsonl"));
    journals.map(|path| path.parent().expect("a folder").to_owned()).collect()
}

/// Goes on beside a run that has left an action without an outcome.
const BESIDE: &str = "--target env --take-over --because a-test";

/// A lab in which a run was killed while its action was on the wire.
fn killed(mut world: World) -> Lab {
    world.arm(When::first(Method::Post, "action=undo"), Fault::Slow(Duration::from_mins(1)));
    let lab = lab(world);
    let running = lab.start("run patient.yaml --target env");
    let running = running.until("the action", || lab.actions() > 0);
    assert_eq!(running.signal(Signal::KILL).end().code(), None);
    lab
}

#[test]
fn without_runs_there_is_nothing_to_tell() {
    insta::assert_snapshot!(Lab::new().runbook("runs"));
    assert!(listed(&Lab::new()).is_empty());
}

#[test]
fn the_last_begun_stands_first_and_an_open_one_says_what_it_waits_for() {
    let lab = killed(stuck());
    assert_eq!(lab.runbook(&format!("run undo.yaml {BESIDE}")).code(), Some(7));
    insta::assert_snapshot!(lab.runbook("runs"));
    let runs = listed(&lab);
    let ids: Vec<_> = runs.iter().filter_map(|run| run["id"].as_str()).collect();
    assert_eq!(ids.len(), 2);
    assert!(ids[0] > ids[1], "{ids:?}");
    assert_eq!(runs[0]["verdict"], "unknown");
    assert_eq!(runs[1]["go_on"], format!("runbook resume {}", ids[1]));
    assert_eq!(runs[1]["waits_for"][0]["step"], "undo");
}

#[test]
fn a_step_that_had_begun_is_waited_for() {
    let lab = lab(stuck());
    let running = lab.start("run patient.yaml --target env");
    let running = running.until("a poll", || lab.count(Method::Get, "/api/tasks/task-1") > 0);
    assert_eq!(running.signal(Signal::KILL).end().code(), None);
    let runs = listed(&lab);
    assert_eq!(
        (&runs[0]["standing"], &runs[0]["verdict"]),
        (&"open".into(), &"interrupted".into())
    );
    assert_eq!(runs[0]["waits_for"].as_array().map(Vec::len), Some(1), "{runs:?}");
    assert_eq!(runs[0]["waits_for"][0]["step"], "wait");
    assert_eq!(runs[0]["waits_for"][0]["why"], "had begun, and has no end yet");
}

#[test]
fn a_closed_run_waits_for_nothing() {
    let lab = lab(world());
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(0));
    insta::assert_snapshot!(lab.runbook("runs"));
    let [run] = &listed(&lab)[..] else { panic!("one run") };
    assert_eq!((&run["standing"], &run["exit_code"]), (&"closed".into(), &0.into()));
    assert_eq!((&run["waits_for"], &run["go_on"]), (&Json::Array(Vec::new()), &Json::Null));
}

/// A process that lives holds a lock on its journal.
#[test]
fn a_run_that_is_going_on_is_told_of_as_running_and_stays() {
    let lab = lab(world());
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(0));
    let journal = File::open(lab.journal()).expect("a journal");
    journal.lock().expect("nobody else holds it");
    assert_eq!(listed(&lab)[0]["standing"], "running");
    let outcome = lab.runbook("runs --prune 0d");
    assert!(outcome.stdout.contains("  running: undo-sql on "), "{outcome}");
    assert_eq!(folders(&lab).len(), 1);
    journal.unlock().expect("it was held");
    assert_eq!(listed(&lab)[0]["standing"], "closed");
}

#[test]
fn a_folder_that_cannot_be_read_is_a_line_and_no_end() {
    let lab = lab(world());
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(0));
    let text = fs::read_to_string(lab.journal()).expect("a journal");
    fs::write(lab.journal(), text.replace("task-1", "task-2")).expect("written");
    let state = lab.path("state");
    for name in ["20260101T000000000Z-0000000a", "20260101T000000000Z-0000000b"] {
        fs::create_dir(state.join(name)).expect("a folder");
    }
    let closed = state.join("20260101T000000000Z-0000000b");
    fs::set_permissions(&closed, Permissions::from_mode(0o000)).expect("closed");
    fs::write(state.join("a-file"), "").expect("a file");
    assert_eq!(lab.runbook("run patient.yaml --target env").code(), Some(0));
    let standing: Vec<_> = listed(&lab).iter().map(|run| run["standing"].clone()).collect();
    assert_eq!(standing, ["closed", "unreadable", "unreadable", "unreadable"]);
    let outcome = lab.runbook("runs --prune 0d");
    assert_eq!(outcome.code(), Some(0), "{outcome}");
    assert_eq!(outcome.stdout.matches("unreadable").count(), 3, "{outcome}");
    assert_eq!(outcome.stdout.matches("deleted").count(), 1, "{outcome}");
    fs::set_permissions(&closed, Permissions::from_mode(0o700)).expect("open again");
}

#[test]
fn only_closed_runs_that_are_old_enough_are_deleted() {
    let lab = killed(world());
    assert_eq!(lab.runbook(&format!("run patient.yaml {BESIDE}")).code(), Some(0));
    let [open, closed] = &folders(&lab)[..] else { panic!("two runs") };
    let kept = |outcome: Outcome| {
        assert_eq!(outcome.code(), Some(0), "{outcome}");
        assert!(!outcome.stdout.contains("deleted"), "{outcome}");
    };
    kept(lab.runbook("runs --prune 1h"));
    kept(lab.runbook("runs --prune 30d"));
    // Half of a folder that an earlier deletion has left is no run, and goes with the next.
    let left = lab.path("state").join(".deleted-20260101T000000000Z-0123abcd");
    fs::create_dir(&left).expect("a folder");
    insta::assert_snapshot!(lab.runbook("runs --prune 0d"));
    assert_eq!((open.exists(), closed.exists(), left.exists()), (true, false, false));
}

/// Nobody misses a run that has done nothing, or of which the server is gone.
#[test]
fn open_runs_that_have_sent_nothing_may_go() {
    let lab = lab(stuck());
    assert_eq!(lab.runbook("run undo.yaml --target sim").code(), Some(7));
    let report = lab.runbook("report latest");
    assert!(report.stdout.contains("Its simulator ended with its process"), "{report}");
    assert!(!report.stdout.contains("runbook resume"), "{report}");
    let lab = lab.set("EM_PIN", format!("sha256/{:A<43}=", ""));
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(69));
    insta::assert_snapshot!("that_cannot_go_on", lab.runbook("runs"));
    let pruned = lab.runbook("runs --prune 0d");
    assert_eq!(pruned.stdout.matches("deleted").count(), 2, "{pruned}");
}

#[test]
fn an_age_is_days_or_a_duration() {
    let lab = Lab::new();
    for age in ["30d", "12h", "1h30m", "0d", "0s"] {
        assert_eq!(lab.runbook(&format!("runs --prune {age}")).code(), Some(0), "{age}");
    }
    for age in ["30", "-1d", "d", "1w", "1.5d", "99999999999d"] {
        assert_eq!(lab.runbook(&format!("runs --prune={age}")).code(), Some(2), "{age}");
    }
}
