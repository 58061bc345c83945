//! The variables of `--target env`.

use em_sim::{Names, Options};

use super::lab;
use crate::support::{EM, Lab, PASSWORD, world};

#[test]
fn each_missing_variable_is_named() {
    for name in ["EM_URL", "EM_USERNAME", "EM_PASSWORD"] {
        let lab = lab(world()).unset(name);
        let outcome = lab.runbook("run undo.yaml --target env");
        assert_eq!((outcome.code(), &*outcome.stdout), (Some(2), ""), "{outcome}");
        assert!(outcome.stderr.contains(&format!("`{name}`")), "{outcome}");
        assert_eq!(lab.requests(), 0);
        assert!(!lab.path("state").exists());
    }
}

#[test]
fn all_missing_variables_are_named_at_once() {
    let lab = EM.into_iter().fold(lab(world()), Lab::unset);
    insta::assert_snapshot!(lab.runbook("run undo.yaml --target env"));
}

#[test]
fn values_that_cannot_be_used_are_told_of_without_repeating_secrets() {
    let cases = [
        ("EM_URL", "https://operator:canary@em:9398"),
        ("EM_URL", "http://em.example:9398"),
        ("EM_URL", "em.example:9398"),
        ("EM_PIN", "sha256/short"),
        ("EM_PASSWORD_FILE", "not-there"),
        ("EM_CA", "not-there"),
        ("EM_CA", "undo.yaml"),
        ("EM_USERNAME", "a:b"),
        ("EM_MEDIA", "yaml"),
        ("EM_LANES", "0"),
        ("EM_PATIENCE", "60"),
        ("EM_PATIENCE", "0s"),
    ];
    let mut told = String::new();
    for (name, value) in cases {
        let lab = lab(world());
        let lab = match name {
            "EM_PASSWORD_FILE" => lab.unset("EM_PASSWORD"),
            "EM_CA" => lab.unset("EM_PIN"),
            _ => lab,
        };
        let lab = lab.set(name, value);
        let outcome = lab.runbook("run undo.yaml --target env");
        assert_eq!((outcome.code(), lab.requests()), (Some(2), 0), "{outcome}");
        assert!(!outcome.stderr.contains("canary"), "{outcome}");
        told.push_str(&outcome.stderr);
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_pin_and_a_ca_together_are_refused() {
    let lab = lab(world()).set("EM_CA", "ca.pem");
    insta::assert_snapshot!(lab.runbook("run undo.yaml --target env"));
}

#[test]
fn the_password_may_come_from_a_file() {
    let lab = lab(world()).unset("EM_PASSWORD").file("password", format!("{PASSWORD}\n"));
    let lab = lab.set("EM_PASSWORD_FILE", "password");
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!(outcome.code(), Some(0), "{outcome}");
}

#[test]
fn a_certificate_with_the_right_name_may_be_known_by_its_ca() {
    let lab = lab(world()).unset("EM_PIN");
    let pem = lab.server().certificate_pem().to_owned();
    let lab = lab.file("ca.pem", pem).set("EM_CA", "ca.pem");
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!(outcome.code(), Some(0), "{outcome}");
}

#[test]
fn a_certificate_without_a_name_may_be_known_by_its_pin() {
    let options = Options { names: Names::None, ..Options::default() };
    let lab = Lab::new().file("undo.yaml", super::UNDO).em_with(world(), options);
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!(outcome.code(), Some(0), "{outcome}");
}

#[test]
fn one_of_two_pins_is_enough_so_that_a_key_can_be_replaced() {
    let lab = lab(world());
    let pins = format!("{},{}", super::refused::OTHER_PIN, lab.server().pin());
    let lab = lab.set("EM_PIN", pins);
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!(outcome.code(), Some(0), "{outcome}");
}

#[test]
fn a_pin_that_was_not_handed_in_is_not_done_without() {
    for name in ["EM_PIN", "EM_CA"] {
        let lab = lab(world()).unset("EM_PIN").set(name, "");
        let outcome = lab.runbook("run undo.yaml --target env");
        assert_eq!((outcome.code(), lab.requests()), (Some(2), 0), "{outcome}");
        assert!(outcome.stderr.contains(&format!("`{name}` is set and empty")), "{outcome}");
    }
}
