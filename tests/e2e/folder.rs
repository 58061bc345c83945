//! `runbook check` of folders.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::QUIET;
use crate::support::Lab;

/// A folder as people have it: runbooks among other files.
fn mixed() -> Lab {
    let lab = Lab::new()
        .file("dr/b.yaml", QUIET)
        .file("dr/a.yml", "\u{feff}runbook: v1\r\nname: a\r\nsteps:\r\n  a: { uses: nop }\r\n")
        .file("dr/below/c.yaml", QUIET)
        .file("dr/values.yaml", "replicas: 2\n# runbook: v1\n")
        .file("dr/runbook.txt", QUIET)
        .file("dr/.hidden/x.yaml", "runbook: v1\n")
        .file("dr/.y.yaml", "runbook: v1\n")
        .file("other/z.yaml", QUIET);
    link("../other/z.yaml", &lab.path("dr/out.yaml"));
    link("../other", &lab.path("dr/out"));
    link("below/c.yaml", &lab.path("dr/within.yaml"));
    link("nowhere", &lab.path("dr/broken.yaml"));
    link("..", &lab.path("dr/below/round"));
    lab
}

fn link(target: &str, path: &Path) {
    symlink(target, path).expect("it can be linked");
}

#[test]
fn the_runbooks_of_a_folder_are_checked_by_name() {
    insta::assert_snapshot!(mixed().runbook("check dr"));
}

#[test]
fn a_file_is_checked_once_whatever_it_is_called() {
    let lab = mixed();
    let outcome = lab.runbook("check dr/b.yaml dr ./dr/b.yaml dr/below dr/../dr");
    assert_eq!(outcome.stdout.matches("b.yaml: 2 steps").count(), 1, "{outcome}");
    assert!(outcome.stdout.ends_with("2 of 3 files are in order: 1 error\n"), "{outcome}");
}

#[test]
fn a_file_that_is_named_is_checked_whatever_it_holds() {
    let outcome = mixed().runbook("check dr/values.yaml");
    assert_eq!(outcome.code(), Some(2), "{outcome}");
    assert!(outcome.stdout.contains("runbook::key::"), "{outcome}");
}

#[test]
fn a_folder_without_runbooks_is_an_error_in_every_format() {
    let lab = mixed();
    fs::remove_file(lab.path("dr/b.yaml")).expect("it was there");
    for format in ["text", "json", "github", "sarif"] {
        let outcome =
            lab.runbook(&format!("check dr/.hidden/.. other/../dr/below/.. --format {format}"));
        assert_eq!(outcome.code(), Some(2), "{outcome}");
        fs::create_dir_all(lab.path("none/values")).expect("a folder");
        fs::write(lab.path("none/values/a.yaml"), "a: 1\n").expect("a file");
        let outcome = lab.runbook(&format!("check none --format {format}"));
        assert_eq!(outcome.code(), Some(2), "{outcome}");
        assert!(outcome.stdout.contains("there is no runbook in the folder `none`"), "{outcome}");
    }
}

#[test]
fn a_folder_that_is_deep_is_walked_to_its_end() {
    let deep = "d/".repeat(500);
    let lab = Lab::new().file(&format!("{deep}a.yaml"), QUIET);
    let outcome = lab.runbook("check d");
    assert_eq!(outcome.code(), Some(0), "{outcome}");
    assert!(outcome.stdout.ends_with("d/a.yaml: 2 steps are in order\n"), "{outcome}");
}

/// What is not text, or too large, is only told of where it says that it is a runbook.
#[test]
fn what_cannot_be_read_in_a_folder_is_told_of() {
    let lab = Lab::new()
        .file("dr/good.yaml", QUIET)
        .file("dr/latin.yaml", b"runbook: v1\nname: \xe9\n")
        .file("dr/picture.yaml", b"\x89PNG\0\0runbook\xff")
        .file("dr/large.yaml", b"runbook: v1\n")
        .file("dr/large-other.yaml", b"a: 1\n");
    for name in ["dr/large.yaml", "dr/large-other.yaml"] {
        let text = fs::read_to_string(lab.path(name)).expect("a text");
        fs::write(lab.path(name), format!("{text}{}", "#\n".repeat(17 << 20))).expect("written");
    }
    insta::assert_snapshot!(lab.runbook("check dr"));
}
