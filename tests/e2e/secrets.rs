//! Secrets where things go wrong. That none is shown or kept is searched for after every test of
//! this binary, when its lab is taken down; here are the runs in which one could get out.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use em_api::protocol::{Method, SESSION_HEADER};
use em_sim::{Ending, Fault, Incoming, Outcome, Script, When, World};

use super::lab;
use crate::support::{Lab, PASSWORD, USER, stuck, world};

/// The token of the first session, and the id of that session: equal worlds give equal ones.
fn first_session() -> [String; 2] {
    let pair = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let logon = Incoming::new(Method::Post, "/api/sessionMngr/?v=latest")
        .with_header("Authorization", format!("Basic {pair}"))
        .with_header("Accept", "application/json");
    let now = "2026-01-01T00:00:00Z".parse().expect("a time");
    let Outcome::Answer(answer) = World::builtin(USER, PASSWORD).handle(now, &logon) else {
        panic!("no answer");
    };
    let document: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    let token = answer.header(SESSION_HEADER).expect("a token").to_owned();
    [token, document["SessionId"].as_str().expect("an id").to_owned()]
}

/// Runs, and shows the record in every form.
fn search(lab: &Lab, arguments: &str) {
    let _ = lab.runbook(arguments);
    for format in ["text", "json", "junit", "markdown"] {
        let _ = lab.runbook(&format!("report latest --format {format}"));
    }
    let _ = lab.runbook("runs");
    let _ = lab.runbook("verify latest");
}

#[test]
fn what_is_searched_for_is_what_was_given_out() {
    let lab = lab(world());
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(0));
    let given = lab.world(|world| world.secrets());
    assert_eq!(given[..2], first_session());
}

/// A search that finds nothing proves something only if it would have found it.
#[test]
fn a_secret_in_any_file_or_output_fails_its_test() {
    let taken_down = |lab: Lab| catch_unwind(AssertUnwindSafe(|| drop(lab))).is_ok();
    let clean = lab(world());
    assert_eq!(clean.runbook("run undo.yaml --target env").code(), Some(0));
    assert!(taken_down(clean));
    let kept = lab(world());
    assert_eq!(kept.runbook("run undo.yaml --target env").code(), Some(0));
    let token = kept.world(|world| world.secrets())[0].clone();
    fs::write(kept.journal().with_file_name("sessions.sealed"), token).expect("written");
    assert!(!taken_down(kept));
    let said = lab(world());
    let _ = said.script("printf %s \"$EM_PASSWORD\" | base64 >&2");
    assert!(!taken_down(said));
}

/// Where no server is involved, the gate is the only wall.
#[test]
fn what_the_system_says_is_masked_as_well() {
    let lab = lab(world()).unset("EM_PIN").set("EM_CA", format!("/nowhere/{PASSWORD}/ca.pem"));
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!(outcome.code(), Some(2), "{outcome}");
    assert!(outcome.stderr.contains("`EM_CA` names `/nowhere/…/ca.pem`"), "{outcome}");
}

#[test]
fn a_password_that_is_too_short_to_be_masked_is_warned_of() {
    let lab = lab(world()).set("EM_PASSWORD", "p4ss!");
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!(outcome.code(), Some(69), "{outcome}");
    assert_eq!(outcome.stderr.matches("shorter than 6 letters").count(), 1, "{outcome}");
}

/// A password may be words of the report. What is left is still JSON.
#[test]
fn a_masked_result_for_machines_stays_json() {
    let mut world = World::builtin(USER, "1: POST /");
    world.set_default_script(Script::quick(Ending::Success));
    let lab = lab(world).set("EM_PASSWORD", "1: POST /");
    let outcome = lab.runbook("run undo.yaml --target env --format json");
    assert_eq!(outcome.code(), Some(0), "{outcome}");
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let evidence = report["steps"][0]["evidence"][0].as_str().expect("evidence");
    assert!(evidence.starts_with("attempt 1, lane …api/"), "{outcome}");
}

#[test]
fn no_secret_is_shown_or_kept() {
    search(&lab(world()), "run undo.yaml --target env");
    search(&lab(world()).set("EM_MEDIA", "json"), "run undo.yaml --target env --format json");
    search(&lab(stuck()), "run undo.yaml --target env");
}

#[test]
fn no_secret_is_shown_or_kept_when_things_go_wrong() {
    let faults = [
        (Method::Post, "/api/sessionMngr", Fault::GarbledBody),
        (Method::Post, "/api/sessionMngr", Fault::TruncatedBody),
        (Method::Post, "/api/sessionMngr", Fault::LoseAnswer),
        (Method::Post, "/api/sessionMngr", Fault::NoToken),
        (Method::Get, "/api/failoverPlans", Fault::ExpireSessions),
        (Method::Delete, "/api/logonSessions", Fault::LoseAnswer),
        (Method::Post, "/api/sessionMngr", Fault::EchoHeaders),
        (Method::Get, "/api/tasks", Fault::EchoHeaders),
        (Method::Get, "/api/failoverPlans", Fault::EchoHeaders),
        (Method::Post, "action=undo", Fault::EchoHeaders),
        (Method::Get, "/api/tasks/task-1", Fault::EchoHeaders),
    ];
    for (method, target, fault) in faults {
        let mut world = world();
        world.arm(When::first(method, target), fault);
        search(&lab(world), "run undo.yaml --target env");
    }
    let mut never_a_token = world();
    never_a_token.arm(When::every(Method::Post, "/api/sessionMngr"), Fault::NoToken);
    search(&lab(never_a_token), "run undo.yaml --target env");
}
