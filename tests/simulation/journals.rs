//! Journals that are kept for ever, and journals that were damaged.
//!
//! The files in `tests/journals/v1` were written by the first version of the journal. Whatever
//! this program becomes, it must read them and say the same of them. Where a new sort of record is
//! added, a run that has it is added, by `RUNBOOK_WRITE_JOURNALS=1 cargo test -p runbook-tests
//! journals`, which leaves the files that are there alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use runbook_core::journal::{self, Error};
use runbook_core::lane::Settings;
use runbook_core::plan::Plan;
use runbook_core::report::{self, Report};
use runbook_core::run::Run;

use super::bench::Record;
use super::scenario;

/// Where the sorts of records are declared.
const DECLARED: &str = include_str!("../../crates/runbook-core/src/journal/line.rs");

/// Every sort of record that a journal can hold, as it stands in its lines.
fn declared() -> BTreeSet<String> {
    let whole = DECLARED.split("enum Record {").nth(1).expect("the records");
    let lines = whole.lines().take_while(|line| *line != "}");
    let names = lines.filter_map(|line| line.strip_prefix("    ")?.strip_suffix(" {"));
    let kebab = |name: &str| {
        let parts = name.chars().map(|c| match c {
            'A'..='Z' => format!("-{}", c.to_ascii_lowercase()),
            c => c.to_string(),
        });
        parts.collect::<String>().trim_start_matches('-').to_owned()
    };
    names.map(kebab).collect()
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/journals/v1"))
}

fn kinds(journal: &str) -> BTreeSet<String> {
    let value = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("a record");
    let kind = |line| value(line)["kind"].as_str().expect("a kind").to_owned();
    journal.lines().map(kind).collect()
}

/// The fixtures, by name.
fn fixtures() -> Vec<(String, Plan, Vec<u8>)> {
    let entries = fs::read_dir(folder()).expect("the folder of journals");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut journals: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
    journals.sort();
    let fixture = |path: PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let plan = fs::read_to_string(path.with_extension("plan.json")).expect("its plan");
        let plan = Plan::load(&plan).expect("a plan");
        (name, plan, fs::read(path).expect("a journal"))
    };
    journals.into_iter().map(fixture).collect()
}

fn said(plan: &Arc<Plan>, bytes: &[u8]) -> Report {
    let journal = journal::read(bytes).expect("a journal");
    let run = Run::replay(Arc::clone(plan), Settings::default(), &journal.events);
    Report::of(&run.expect("a run"))
}

#[test]
fn a_journal_of_the_first_version_says_what_it_has_always_said() {
    if std::env::var_os("RUNBOOK_WRITE_JOURNALS").is_some() {
        write();
    }
    for (name, plan, bytes) in fixtures() {
        insta::assert_snapshot!(name, report::text(&said(&Arc::new(plan), &bytes)));
    }
}

#[test]
fn every_sort_of_record_is_in_a_journal_that_is_kept() {
    let mut missing = declared();
    assert!(missing.len() > 20, "{missing:?}");
    for (_, _, bytes) in fixtures() {
        for kind in kinds(&String::from_utf8(bytes).expect("text")) {
            missing.remove(&kind);
        }
    }
    assert!(missing.is_empty(), "no journal that is kept has {missing:?}");
}

/// Writes a good run, a killed one, a resumed one and a ruled one, and what else it takes to have
/// every sort of record.
fn write() {
    fs::create_dir_all(folder()).expect("a folder");
    let mut had = BTreeSet::new();
    for (_, _, bytes) in fixtures() {
        had.extend(kinds(&String::from_utf8(bytes).expect("text")));
    }
    let keep = |name: &str, record: &Record, journal: &[u8]| {
        let path = folder().join(name);
        fs::write(path.with_extension("plan.json"), record.plan.save()).expect("a plan");
        fs::write(path.with_extension("jsonl"), journal).expect("a journal");
    };
    let named = |kinds: &BTreeSet<String>| match () {
        () if kinds.contains("ruled") => "ruled",
        () if kinds.contains("resumed") => "resumed",
        () => "good",
    };
    for seed in 0.. {
        if declared().is_subset(&had) {
            return;
        }
        let record = scenario::of_seed(seed).drive();
        let journal = String::from_utf8(record.journal.clone()).expect("text");
        let kinds = kinds(&journal);
        let is_small = record.plan.name() != "wide";
        let (name, is_new) = (named(&kinds), !kinds.is_subset(&had));
        if is_small && (is_new || !folder().join(name).with_extension("jsonl").exists()) {
            let taken = folder().join(name).with_extension("jsonl").exists();
            let name = if taken { format!("seed-{seed}") } else { name.to_owned() };
            keep(&name, &record, journal.as_bytes());
            if name == "good" {
                let lines: Vec<_> = journal.split_inclusive('\n').collect();
                let end = lines.iter().position(|line| line.contains("\"kind\":\"accepted\""));
                let cut = lines[..end.unwrap_or(lines.len() / 2)].concat();
                keep("killed", &record, cut.as_bytes());
            }
            had.extend(kinds);
        }
    }
}

/// A journal of at least 200 records, of two processes, and the plan of it.
fn long() -> (Arc<Plan>, Vec<u8>) {
    let found = (0..10_000).map(|seed| scenario::of_seed(seed).drive()).find(|record| {
        let read = journal::read(&record.journal).expect("a journal");
        record.plan.name() == "wide" && read.events.len() >= 200 && read.epoch >= 2
    });
    let record = found.expect("a long run");
    (record.plan, record.journal)
}

/// How much a report claims to be known.
fn claims(report: &Report) -> usize {
    report.steps.iter().filter(|step| step.result.is_some()).count()
}

#[test]
fn a_damaged_journal_is_a_whole_beginning_or_is_refused() {
    let (plan, bytes) = long();
    let whole = journal::read(&bytes).expect("a journal");
    let lines: Vec<_> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let (mut prefixes, mut replays, mut flips, mut splices) = (0, 0, 0, 0);
    let every = std::env::var_os("RUNBOOK_EVERY_BYTE").is_some();
    // Cut in each line: after its first byte, in its middle, before its end; or at every byte.
    let mut start = 0;
    for (nth, line) in lines.iter().enumerate() {
        for at in 0..line.len() {
            let ends = at == 0 || at == line.len() / 2 || at + 1 == line.len();
            if !every && (nth % 5 > 0 || !ends) {
                continue;
            }
            prefixes += 1;
            match journal::read(&bytes[..start + at]) {
                Ok(read) => {
                    assert_eq!(read.events, whole.events[..nth], "cut at {}", start + at);
                    assert_eq!(read.is_torn, at > 0, "cut at {}", start + at);
                }
                Err(Error::Empty) => assert_eq!(nth, 0, "cut at {}", start + at),
                Err(error) => panic!("cut at {}: {error}", start + at),
            }
        }
        start += line.len();
    }
    for end in (1..=whole.events.len()).step_by(if every { 1 } else { 11 }) {
        let settings = Settings::default();
        let run = Run::replay(Arc::clone(&plan), settings, &whole.events[..end]).expect("a run");
        let report = Report::of(&run);
        assert!(claims(&report) <= plan.steps().len() && report.steps.len() == plan.steps().len());
        replays += 1;
    }
    // All bits of a few bytes of each line, the last included; or of every byte.
    let mut start = 0;
    for (nth, line) in lines.iter().enumerate() {
        let step = if every || nth == 0 { 1 } else { line.len() - 1 };
        let skip = if every || nth % 25 < 2 || nth + 1 == lines.len() { 0 } else { line.len() };
        for at in (skip..line.len()).step_by(step) {
            for bit in 0..8 {
                let mut changed = bytes[..start + line.len()].to_vec();
                changed[start + at] ^= 1 << bit;
                flips += 1;
                let is_torn = journal::read(&changed).is_ok_and(|read| {
                    read.is_torn && read.events == whole.events[..nth] && at + 1 == line.len()
                });
                let refused = journal::read(&changed).is_err();
                assert!(refused || is_torn, "bit {bit} of byte {at} of line {nth}");
            }
        }
        start += line.len();
    }
    let (_, other) = {
        let record = scenario::of_seed(3).drive();
        (record.plan, record.journal)
    };
    let others: Vec<_> = other.split_inclusive(|byte| *byte == b'\n').collect();
    for nth in (0..lines.len() - 1).step_by(if every { 1 } else { 11 }) {
        let mut dropped = lines.clone();
        dropped.remove(nth);
        let mut doubled = lines.clone();
        doubled.insert(nth, lines[nth]);
        let mut swapped = lines.clone();
        swapped.swap(nth, nth + 1);
        let mut spliced = lines.clone();
        spliced[nth + 1] = others[(nth + 1).min(others.len() - 1)];
        let mut tail = lines[..=nth].to_vec();
        tail.extend(&others[(nth + 1).min(others.len() - 1)..]);
        for lines in [dropped, doubled, swapped, spliced, tail] {
            splices += 1;
            let error = journal::read(&lines.concat()).map(|read| read.events.len());
            assert!(matches!(error, Err(Error::Damaged { .. })), "at {nth}: {error:?}");
        }
    }
    eprintln!(
        "{} records: {prefixes} cuts, {replays} replays of a beginning, {flips} flipped bits, \
         {splices} lines dropped, doubled, swapped or of another run: none unseen",
        whole.events.len()
    );
}
