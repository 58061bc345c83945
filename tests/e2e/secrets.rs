//! Canaries: no password and no token is ever shown or kept.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use em_api::protocol::{Method, SESSION_HEADER};
use em_sim::{Fault, Incoming, Outcome, When, World};

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

/// What must not be found: each secret, and its base64 at each of the three shifts.
fn forbidden() -> Vec<Vec<u8>> {
    let pair = format!("{USER}:{PASSWORD}");
    let mut forbidden = Vec::new();
    for secret in first_session().into_iter().chain([PASSWORD.to_owned(), pair]) {
        for shift in 0..3 {
            let padded = [&b"\0\0"[..shift], secret.as_bytes()].concat();
            let encoded = STANDARD_NO_PAD.encode(&padded);
            // The characters at both ends depend on what stands beside the secret.
            let inner = &encoded.as_bytes()[(shift * 8).div_ceil(6)..encoded.len() - 2];
            forbidden.push(inner.to_vec());
        }
        forbidden.push(secret.into_bytes());
    }
    forbidden
}

fn has(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn search(lab: &Lab, arguments: &str) {
    let outcome = lab.runbook(arguments);
    let reported = lab.runbook("report latest --format json");
    let mut texts = vec![outcome.to_string().into_bytes(), reported.to_string().into_bytes()];
    texts.extend(lab.kept().into_iter().map(|(_, bytes)| bytes));
    for secret in forbidden() {
        let shown = String::from_utf8_lossy(&secret);
        assert!(!texts.iter().any(|text| has(text, &secret)), "{arguments} shows {shown}");
    }
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let line = format!("x{}y", STANDARD.encode(format!("ab{PASSWORD}c")));
    let found = forbidden().into_iter().filter(|secret| has(line.as_bytes(), secret)).count();
    assert_eq!(found, 1);
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
