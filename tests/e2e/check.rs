//! `runbook check`, and what bad input gets from every verb that reads a runbook.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use super::{NOTED, QUIET, UNDO};
use crate::support::{Lab, world};

/// Bad runbooks, by what is bad.
const BAD: &[(&str, &str)] = &[
    (
        "unknown_need",
        "runbook: v1\nname: a\nsteps:\n  drain: { uses: noop }\n  undo: { uses: noop, needs: drian }\n",
    ),
    (
        "circle",
        "runbook: v1\nname: a\nsteps:\n  one: { uses: noop, needs: three }\n  two: { uses: noop, needs: \
         one }\n  three: { uses: noop, needs: two }\n  free: { uses: noop }\n",
    ),
    ("unknown_kind", "runbook: v1\nname: a\nsteps:\n  undo: { uses: undo-failovr }\n"),
    ("unknown_key", "runbook: v1\nname: a\nsteps:\n  a: { uses: noop, tiemout: 5m }\n"),
    ("duplicate_key", "runbook: v1\nname: a\nname: b\nsteps:\n  a: { uses: noop }\n"),
    (
        "duplicate_id",
        "runbook: v1\nname: a\nsteps:\n  a: { uses: noop }\n  b: { uses: noop }\n  a: { uses: noop }\n",
    ),
    ("missing_parameter", "runbook: v1\nname: a\nsteps:\n  undo: { uses: undo-failover }\n"),
    ("bare_number", "runbook: v1\nname: a\nsteps:\n  pause: { uses: sleep, with: { for: 30 } }\n"),
    ("no_yaml", "runbook: v1\nname: [a\nsteps: }\n"),
    ("binary", "\u{0}\u{1}ELF"),
    ("empty", ""),
];

#[test]
fn bad_input_gets_a_clear_error_and_nothing_is_written_or_sent() {
    let lab = Lab::new().em(world());
    for (name, text) in BAD {
        let file = format!("{name}.yaml");
        fs::write(lab.path(&file), text).expect("written");
        insta::assert_snapshot!(*name, lab.runbook(&format!("check {file}")));
        for verb in ["plan", "run --target env", "run --target sim"] {
            let outcome = lab.runbook(&format!("{verb} {file}"));
            assert_eq!((outcome.code(), &*outcome.stdout), (Some(2), ""), "{verb}: {outcome}");
        }
    }
    assert_eq!(lab.requests(), 0);
    assert!(!lab.path("state").exists());
}

#[test]
fn a_path_that_is_no_runbook_gets_a_clear_error() {
    let lab = Lab::new();
    fs::create_dir(lab.path("folder")).expect("a folder");
    fs::create_dir(lab.path("x.yaml")).expect("a folder");
    for (name, path) in [
        ("a_folder", "folder"),
        ("a_folder_with_the_name_of_a_runbook", "x.yaml"),
        ("not_there", "not-there.yaml"),
        ("a_dash", "-"),
        ("a_device", "/dev/null"),
    ] {
        insta::assert_snapshot!(name, lab.runbook(&format!("check {path}")));
        let told = lab.runbook(&format!("plan {path}"));
        assert_eq!((told.code(), &*told.stdout), (Some(2), ""), "{told}");
    }
}

#[test]
fn bytes_that_are_no_text_are_told_of_with_their_place() {
    let lab = Lab::new()
        .file("latin.yaml", b"runbook: v1\nname: a\ndescription: \xe9t\xe9\n")
        .file("utf-16.yaml", b"\xff\xfer\0u\0n\0")
        .file("program.yaml", b"\x7fELF\x02\x01\x01\0\0");
    for name in ["latin", "utf-16", "program"] {
        insta::assert_snapshot!(name, lab.runbook(&format!("check {name}.yaml")));
        let told = lab.runbook(&format!("plan {name}.yaml"));
        assert_eq!((told.code(), &*told.stdout), (Some(2), ""), "{told}");
    }
}

/// Root may read everything, so there the binary runs as nobody.
#[test]
fn a_file_that_may_not_be_read_gets_a_clear_error() {
    let lab = Lab::new().file("secret.yaml", UNDO);
    let only = |path, mode| fs::set_permissions(path, Permissions::from_mode(mode));
    only(lab.path(""), 0o755).expect("permissions");
    only(lab.path("secret.yaml"), 0o000).expect("permissions");
    let lab = if fs::read(lab.path("secret.yaml")).is_ok() { lab.run_as(65534) } else { lab };
    insta::assert_snapshot!(lab.runbook("check secret.yaml"));
}

#[test]
fn good_runbooks_are_in_order() {
    let lab = Lab::new().shipped("undo-failover.yaml").shipped("failover-and-back.yaml");
    insta::assert_snapshot!(lab.runbook("check undo-failover.yaml failover-and-back.yaml"));
}

/// An unreadable file is told of, and keeps no other from being checked.
#[test]
fn one_bad_file_hides_no_other() {
    let lab = bad_among_good();
    insta::assert_snapshot!(lab.runbook("check quiet.yaml not-there.yaml circle.yaml noted.yaml"));
}

#[test]
fn problems_are_told_to_machines() {
    let lab = bad_among_good();
    let outcome = lab.runbook("check --format json quiet.yaml not-there.yaml circle.yaml");
    let document: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(document["schema"], "problems/v1");
    insta::assert_snapshot!(outcome);
}

#[test]
fn a_warning_is_refused_where_that_is_asked_for_and_a_note_never_is() {
    let twice =
        "runbook: v1\nname: a\nsteps:\n  a: { uses: noop }\n  b: { uses: noop, needs: [a, a] }\n";
    let lab = Lab::new().file("warned.yaml", twice).file("noted.yaml", NOTED);
    assert_eq!(lab.runbook("check warned.yaml noted.yaml").code(), Some(0));
    assert_eq!(lab.runbook("check --deny warnings noted.yaml").code(), Some(0));
    insta::assert_snapshot!(lab.runbook("check --deny warnings warned.yaml noted.yaml"));
    for format in ["json", "github", "sarif"] {
        let outcome = lab.runbook(&format!("check --deny warnings warned.yaml --format {format}"));
        assert_eq!(outcome.code(), Some(2), "{outcome}");
    }
}

#[test]
fn a_good_runbook_has_an_empty_list_of_problems() {
    let lab = Lab::new().file("quiet.yaml", QUIET);
    insta::assert_snapshot!(lab.runbook("check --format json quiet.yaml"));
}

fn bad_among_good() -> Lab {
    let circle = BAD.iter().find(|(name, _)| *name == "circle").expect("it is there").1;
    Lab::new().file("quiet.yaml", QUIET).file("noted.yaml", NOTED).file("circle.yaml", circle)
}

/// miette cannot draw a line of more than 65 535 columns.
#[test]
fn a_line_that_is_too_wide_to_show_is_told_by_its_place() {
    let text = format!(
        "runbook: v1\nname: a\nsteps:\n  a: {{ uses: noop, description: \"{}\", tiemout: 5m }}\n",
        "x".repeat(70_000)
    );
    let lab = Lab::new().file("wide.yaml", text.as_str());
    insta::assert_snapshot!(lab.runbook("check wide.yaml"));
}
