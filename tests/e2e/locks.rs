//! One run at a time: locks, runs that were left open, and folders that others can change.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use em_api::protocol::Method;
use rustix::process::Signal;

use super::lab;
use crate::support::{Lab, stuck, world};

/// A run of another plan, which is waited for as long as a test may take.
const OTHER: &str = "\
runbook: v1
name: undo-erp
steps:
  undo: { uses: undo-failover, with: { plan: ERP-DR } }
  wait: { uses: wait-task, with: { task: undo }, timeout: 10m }
";

/// The same plan as `patient.yaml`, without a wait.
const SAME: &str = "\
runbook: v1
name: again
steps:
  again: { uses: undo-failover, with: { plan: SQL Failover Plan } }
";

/// Has an action of its own under way, and never ends.
fn polls(lab: &Lab) -> bool {
    lab.count(Method::Get, "/api/tasks/task-1") > 0
}

fn runs(lab: &Lab) -> usize {
    lab.kept().iter().filter(|(path, _)| path.ends_with("journal.jsonl")).count()
}

#[test]
fn a_second_run_of_the_same_plan_is_told_who_holds_it() {
    // As another team may write it.
    let same = SAME.replace("SQL Failover Plan", "SQL FAILOVER plan");
    let lab = lab(stuck()).file("same.yaml", same).set("USER", "operator");
    let first = lab.start("run patient.yaml --target env").until("a poll", || polls(&lab));
    let second = lab.runbook("run same.yaml --target env");
    insta::assert_snapshot!(second);
    assert_eq!((lab.actions(), runs(&lab)), (1, 1), "it sent nothing and left nothing");
    drop(first);
}

/// Whoever comes when the first has ended finds the action that it left.
#[test]
fn of_many_processes_that_begin_at_once_one_acts() {
    let lab = lab(stuck());
    let running: Vec<_> = (0..8).map(|_| lab.start("run undo.yaml --target env")).collect();
    let mut codes: Vec<_> = running.into_iter().map(|process| process.end().code()).collect();
    codes.sort();
    assert_eq!(codes, [&[Some(7)][..], &[Some(9); 7]].concat());
    assert_eq!((lab.actions(), runs(&lab)), (1, 1));
}

#[test]
fn runs_of_different_plans_do_not_meet() {
    let lab = lab(stuck()).file("other.yaml", OTHER);
    let first = lab.start("run patient.yaml --target env").until("a poll", || polls(&lab));
    let second = lab.start("run other.yaml --target env").until("an action", || lab.actions() == 2);
    drop((first, second));
}

/// Each lock is an open file. The plans are in no EM, so the run ends once it has its locks.
#[test]
fn a_low_limit_of_open_files_is_raised() {
    let mut wide = "runbook: v1\nname: wide\nsteps:\n".to_owned();
    for number in 0..300 {
        let step = format!("  s{number}: {{ uses: undo-failover, with: {{ plan: p{number} }} }}\n");
        wide.push_str(&step);
    }
    let lab = lab(world()).file("wide.yaml", wide);
    let outcome = lab.script("ulimit -Sn 100 && exec \"$RUNBOOK\" run wide.yaml --target env");
    assert_eq!((outcome.code(), lab.actions()), (Some(3), 0), "{outcome}");
    let outcome = lab.script("ulimit -n 100 && exec \"$RUNBOOK\" run wide.yaml --target env");
    assert_eq!(outcome.code(), Some(74), "{outcome}");
    assert!(outcome.stderr.contains("Too many open files"), "{outcome}");
}

#[test]
fn a_run_of_the_simulator_is_in_nobodys_way() {
    let lab = lab(stuck()).shipped("undo-failover.yaml");
    let first = lab.start("run patient.yaml --target env").until("a poll", || polls(&lab));
    let second = lab.runbook("run undo-failover.yaml --target sim");
    assert_eq!(second.code(), Some(0), "{second}");
    drop(first);
}

#[test]
fn nobody_is_taken_over_without_a_reason() {
    let lab = lab(world());
    for arguments in ["--take-over", "--because x", "--take-over --because="] {
        let outcome = lab.runbook(&format!("run undo.yaml --target env {arguments}"));
        assert_eq!(outcome.code(), Some(2), "{outcome}");
    }
    assert!(!lab.path("state").exists());
}

/// The kernel frees the locks; what remains is the action, of which nobody saw the end.
#[test]
fn a_run_that_was_killed_is_named_to_the_next_of_its_plan() {
    let lab = lab(stuck()).file("same.yaml", SAME).file("other.yaml", OTHER);
    let running = lab.start("run patient.yaml --target env").until("a poll", || polls(&lab));
    assert_eq!(running.signal(Signal::KILL).end().code(), None);
    insta::assert_snapshot!("killed_same_plan", lab.runbook("run same.yaml --target env"));
    assert_eq!((lab.actions(), runs(&lab)), (1, 1));
    let other = lab.start("run other.yaml --target env");
    drop(other.until("its action", || lab.actions() == 2));
    let again = lab.runbook("run same.yaml --target env --take-over --because seen-in-console");
    insta::assert_snapshot!("killed_and_ruled", again);
    assert_eq!(lab.actions(), 3);
}

#[test]
fn a_run_that_acted_on_nothing_is_in_nobodys_way() {
    let lab = lab(world());
    for _ in 0..3 {
        let outcome = lab.runbook("run undo.yaml --target env");
        assert_eq!(outcome.code(), Some(0), "{outcome}");
    }
    assert_eq!(lab.actions(), 3);
}

#[test]
fn a_record_that_is_damaged_is_told_of_and_stops_nobody() {
    let lab = lab(stuck()).file("same.yaml", SAME);
    let running = lab.start("run patient.yaml --target env").until("a poll", || polls(&lab));
    assert_eq!(running.signal(Signal::KILL).end().code(), None);
    let text = fs::read_to_string(lab.journal()).expect("a journal");
    fs::write(lab.journal(), text.replacen("undo", "odnu", 1)).expect("written");
    insta::assert_snapshot!(lab.runbook("run same.yaml --target env"));
}

#[test]
fn ci_is_told_what_to_keep() {
    let lab = lab(world()).set("CI", "true");
    insta::assert_snapshot!(lab.runbook("run undo.yaml --target env"));
}

#[test]
fn a_folder_that_others_can_change_keeps_everything_from_being_sent() {
    let lab = lab(world());
    let refused = |name: &str, path: &str| {
        let outcome = lab.runbook("run undo.yaml --target env");
        assert!(outcome.stderr.contains(&*lab.path(path).to_string_lossy()), "{outcome}");
        insta::assert_snapshot!(name, outcome);
        assert_eq!(lab.requests(), 0);
    };
    let mode = |name: &str, mode| {
        let path = lab.path(name);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    fs::create_dir(lab.path("state")).expect("a folder");
    mode("state", 0o777);
    refused("state_open_to_all", "state");
    mode("state", 0o700);
    symlink(lab.path("."), lab.path("state/locks")).expect("a link");
    refused("locks_are_a_link", "state/locks");
    fs::remove_file(lab.path("state/locks")).expect("a link");
    fs::create_dir(lab.path("state/locks")).expect("a folder");
    mode("state/locks", 0o777);
    refused("locks_open_to_all", "state/locks");
    mode("state/locks", 0o700);
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(0));
}

/// A user who may not write there; root may write anywhere, so the test changes the user.
#[test]
fn a_state_folder_of_another_user_keeps_everything_from_being_sent() {
    let lab = lab(world());
    fs::create_dir(lab.path("state")).expect("a folder");
    // What is needed to get to the binary and the runbook.
    for path in [lab.path(""), lab.path("undo.yaml")] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
    let lab = if is_root() { lab.run_as(65534) } else { read_only(lab) };
    let outcome = lab.runbook("run undo.yaml --target env");
    insta::assert_snapshot!(outcome);
    assert_eq!(lab.requests(), 0);
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn read_only(lab: Lab) -> Lab {
    let path = lab.path("state");
    fs::set_permissions(path, fs::Permissions::from_mode(0o555)).expect("it is ours");
    lab
}

/// What two runbooks have in common beside plans and machines, only their authors know.
#[test]
fn a_further_lock_keeps_runs_of_different_plans_apart() {
    let locked = |text: &str| text.replace("steps:", "locks: [dns]\nsteps:");
    let lab = lab(stuck());
    let text = std::fs::read_to_string(lab.path("patient.yaml")).expect("it is there");
    let lab = lab.file("patient.yaml", locked(&text)).file("other.yaml", locked(OTHER));
    let first = lab.start("run patient.yaml --target env").until("a poll", || polls(&lab));
    let second = lab.runbook("run other.yaml --target env");
    assert_eq!((second.code(), lab.actions()), (Some(9), 1), "{second}");
    assert!(second.stderr.contains("`dns` is locked"), "{second}");
    drop(first);
}

/// Whoever was taken over finds its locks gone before its next action, and sends that to nobody.
/// The other one waits for as long as a last request may take to leave: once in these tests.
#[test]
fn a_run_that_was_taken_over_stops_before_its_next_action() {
    let mut world = world();
    world.set_default_script(em_sim::Script {
        delay_running: std::time::Duration::from_secs(3),
        delay_operation_finished: std::time::Duration::ZERO,
        ending: em_sim::Ending::Success,
    });
    let two = "\
runbook: v1
name: two
steps:
  first: { uses: undo-failover, with: { plan: SQL Failover Plan } }
  wait: { uses: wait-task, with: { task: first }, timeout: 10m }
  second: { uses: undo-failover, needs: wait, with: { plan: ERP-DR } }
";
    let lab = lab(world).file("two.yaml", two).file("other.yaml", OTHER).set("USER", "operator");
    let first = lab.start("run two.yaml --target env").until("a poll", || polls(&lab));
    let other = lab.runbook("run other.yaml --target env --take-over --because a-test");
    insta::assert_snapshot!("who_takes_over_goes_on", other);
    let first = first.end();
    assert_eq!((first.code(), lab.actions()), (Some(75), 2), "{first}");
    insta::assert_snapshot!(first);
}
