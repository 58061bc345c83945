//! `runbook verify`: the chain of a journal, with and without a sum that was kept elsewhere.

use std::fs;

use super::lab;
use crate::support::{Lab, Outcome, stuck, world};

/// A lab with one run that went well, and the last sum that it printed.
fn ran() -> (Lab, String) {
    let lab = lab(world());
    let outcome = lab.runbook("run undo.yaml --target env");
    assert_eq!(outcome.code(), Some(0), "{outcome}");
    let (_, sum) = outcome.stderr.split_once("last sum of the journal: ").expect("a sum");
    let sum = sum.lines().next().expect("a line").to_owned();
    (lab, sum)
}

fn rewrite(lab: &Lab, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(lab.journal()).expect("a journal");
    fs::write(lab.journal(), change(text)).expect("written");
}

#[test]
fn a_chain_without_an_anchor_is_called_unanchored() {
    let (lab, _) = ran();
    insta::assert_snapshot!(lab.runbook("verify latest"));
}

#[test]
fn a_sum_that_was_kept_vouches_for_all_before_it() {
    let (lab, sum) = ran();
    let short = &sum[..16];
    insta::assert_snapshot!(lab.runbook(&format!("verify latest --expect-head {short}")));
    let outcome = lab.runbook(&format!("verify latest --expect-head {sum} --format json"));
    let found: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!((&found["schema"], &found["last_sum"]), (&"verify/v1".into(), &sum.as_str().into()));
    assert_eq!(found["anchor"]["line"], found["records"]);
    assert_eq!(found["anchor"]["followed_by"], 0);
}

/// Whoever can write the file can cut its end off, or write it anew: the chain is whole, and only
/// the sum tells.
#[test]
fn a_tail_that_was_cut_off_shows_against_the_sum_alone() {
    let (lab, sum) = ran();
    let whole = fs::read_to_string(lab.journal()).expect("a journal");
    let cut = whole.trim_end().rfind('\n').expect("lines") + 1;
    rewrite(&lab, |text| text[..cut].to_owned());
    assert_eq!(lab.runbook("verify latest").code(), Some(0));
    insta::assert_snapshot!(lab.runbook(&format!("verify latest --expect-head {sum}")));
}

#[test]
fn a_journal_that_was_changed_is_refused_with_its_line() {
    let (lab, _) = ran();
    rewrite(&lab, |text| text.replace("task-1", "task-2"));
    insta::assert_snapshot!(lab.runbook("verify latest"));
}

#[test]
fn the_journal_of_another_run_is_refused() {
    let (lab, _) = ran();
    let plan = lab.journal().with_file_name("plan.json");
    assert_eq!(lab.runbook("run patient.yaml --target env").code(), Some(0));
    let other = lab.kept().into_iter().map(|(path, _)| path);
    let other = other.filter(|path| path.ends_with("plan.json")).find(|path| *path != plan);
    fs::copy(other.expect("another plan"), &plan).expect("copied");
    let id = plan.parent().and_then(|path| path.file_name()).expect("a name").to_string_lossy();
    insta::assert_snapshot!(lab.runbook(&format!("verify {id}")));
}

#[test]
fn a_torn_tail_is_told_of_and_is_no_damage() {
    let lab = lab(stuck());
    assert_eq!(lab.runbook("run undo.yaml --target env").code(), Some(7));
    rewrite(&lab, |text| text[..text.len() - 20].to_owned());
    insta::assert_snapshot!(lab.runbook("verify latest"));
}

#[test]
fn what_is_no_sum_is_invalid() {
    let (lab, sum) = ran();
    for wrong in ["", "0123", "latest", &format!("{sum}0"), &sum.replace(|c| c != 'a', "x")] {
        let outcome = lab.runbook(&format!("verify latest --expect-head={wrong}"));
        assert_eq!(outcome.code(), Some(2), "{outcome}");
    }
    assert_eq!(lab.runbook("verify latest --expect-head 0123456789abcdef").code(), Some(74));
}

/// A later version appends what this one does not know: all that only looks goes on working.
#[test]
fn the_journal_of_a_newer_version_can_be_looked_at() {
    let (lab, sum) = ran();
    rewrite(&lab, |text| {
        let lines = text.lines().count();
        let summed = format!(
            "{{\"seq\":{lines},\"epoch\":2,\"t_wall\":\"2030-01-01T00:00:00.000Z\",\"t_mono\":1893456000000,\
             \"kind\":\"dreamt\",\"of\":[\"sheep\"],\"prev\":\"{sum}\""
        );
        format!("{text}{summed},\"sum\":\"{}\"}}\n", sha256(&summed))
    });
    let shown = |outcome: Outcome| {
        assert_eq!(outcome.code(), Some(0), "{outcome}");
        let all = outcome.to_string();
        assert!(all.contains("1 record is of a kind that this one does not know"), "{all}");
        outcome
    };
    let _ = shown(lab.runbook("report latest"));
    let _ = shown(lab.runbook(&format!("verify latest --expect-head {sum}")));
    let runs = shown(lab.runbook("runs --prune 0d"));
    assert!(!runs.stdout.contains("resume") && !runs.stdout.contains("deleted"), "{runs}");
}

fn sha256(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    use std::fmt::Write as _;
    Sha256::digest(text).iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
