//! Documents: links lead somewhere, named tests exist, and lists are those of the code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use runbook_core::problem::Code;

use super::rust::{self, is_word};
use super::{files, none, read, root, rust_files};

const ARCHITECTURE: &str = "docs/architecture.md";
const INVARIANT: &str = "**Architecture invariant:**";

/// Returns the pages that people read: those below docs, and the README.
fn pages() -> Vec<(String, String)> {
    let mut pages = files("docs", "md");
    pages.push(("README.md".to_owned(), read("README.md")));
    pages
}

/// Returns a page without its blocks of code.
fn prose(page: &str) -> String {
    let mut in_block = false;
    let mut line = |line: &&str| {
        let is_fence = line.trim_start().starts_with("```");
        in_block ^= is_fence;
        !in_block && !is_fence
    };
    page.lines().filter(|text| line(text)).collect::<Vec<_>>().join("\n")
}

/// Returns what stands between backticks.
fn quoted(prose: &str) -> impl Iterator<Item = &str> {
    prose.split('`').skip(1).step_by(2)
}

/// Returns the targets of links to other files.
fn links(page: &str) -> Vec<String> {
    let prose = prose(page);
    let targets = prose.split("](").skip(1).filter_map(|after| after.split(')').next());
    let files = targets.map(|target| target.split('#').next().unwrap_or_default());
    files.filter(|file| !file.is_empty() && !file.contains(':')).map(str::to_owned).collect()
}

/// Returns the names of the functions under `#[test]` or `#[tokio::test]`.
fn tests(code: &str) -> Vec<String> {
    let after_attribute = code.split("test]").skip(1);
    let name = |after: &str| -> Option<String> {
        let (attributes, item) = after.split_once("fn ")?;
        let is_next =
            attributes.split_whitespace().all(|word| word == "async" || word.starts_with('#'));
        is_next.then(|| item.chars().take_while(|c| is_word(*c)).collect())
    };
    after_attribute.filter_map(name).collect()
}

fn is_name_of_a_test(word: &str) -> bool {
    word.matches('_').count() > 2 && word.chars().all(|c| is_word(c) && !c.is_uppercase())
}

/// Complains of names of tests that no test has, and of invariants that name none.
fn not_held(page: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let prose = prose(page);
    let named = quoted(&prose).filter(|word| is_name_of_a_test(word));
    let unknown = named.filter(|name| !tests.contains(*name));
    let mut found: Vec<_> = unknown.map(|name| format!("there is no test `{name}`")).collect();
    for invariant in prose.split(INVARIANT).skip(1) {
        let invariant = invariant.split("\n\n").next().unwrap_or_default();
        if !quoted(invariant).any(is_name_of_a_test) {
            let start: String = invariant.trim_start().chars().take(60).collect();
            found.push(format!("«{start}…» names no test"));
        }
    }
    found
}

/// Returns the kinds of records with their members, from the enum of their shapes.
fn records(line: &str) -> BTreeMap<String, Vec<String>> {
    let code = rust::code(line);
    let (_, body) = code.split_once("enum Record {").expect("line.rs has the enum of records");
    let (body, _) = body.split_once("\n}").expect("the enum has an end");
    let mut records = BTreeMap::new();
    for variant in body.split('}').filter(|variant| variant.contains('{')) {
        let (name, members) = variant.split_once('{').expect("it has a brace");
        let names = members.split(',').filter_map(|member| member.split_once(':'));
        let names = names.map(|(name, _)| name.trim().to_owned());
        records.insert(kebab(name.trim_matches([',', ' ', '\n'])), names.collect());
    }
    records
}

fn kebab(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.extend(character.to_lowercase());
    }
    out
}

/// Complains of kinds without a row `` | `kind` | `` on the page, and of members not in it.
fn undescribed(page: &str, records: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut found = Vec::new();
    for (kind, members) in records {
        match page.lines().find(|line| line.starts_with(&format!("| `{kind}` |"))) {
            None => found.push(format!("no row for the record `{kind}`")),
            Some(row) => {
                let named: BTreeSet<_> = quoted(row).collect();
                let missing = members.iter().filter(|member| !named.contains(member.as_str()));
                found.extend(missing.map(|member| format!("`{kind}`: no word on `{member}`")));
            }
        }
    }
    found
}

/// Returns the exit codes of the command line with their words, from the table in its source.
fn exit_codes(source: &str) -> Vec<(String, String)> {
    let row = |line: &str| -> Option<(String, String)> {
        let (code, after) = line.split_once(" = ")?.1.split_once(", \"")?;
        code.parse::<u8>().ok()?;
        Some((code.to_owned(), after.split('"').next()?.to_owned()))
    };
    source.lines().filter_map(row).collect()
}

/// Complains of exit codes that no line of a page explains.
fn unexplained(pages: &str, codes: &[(String, String)]) -> Vec<String> {
    let explains = |line: &str, code: &str, word: &str| {
        let number = line.split(|c: char| !is_word(c)).any(|part| part == code);
        number && line.contains(word)
    };
    let missing =
        codes.iter().filter(|(code, word)| !pages.lines().any(|line| explains(line, code, word)));
    missing.map(|(code, word)| format!("{code} ({word})")).collect()
}

#[test]
fn every_link_leads_to_a_file() {
    let mut found = Vec::new();
    for (path, text) in pages() {
        let folder = root().join(Path::new(&path).parent().expect("a folder"));
        let dead = links(&text).into_iter().filter(|link| !folder.join(link).exists());
        found.extend(dead.map(|link| format!("{path}: {link}")));
    }
    none(&found, "Mend the link, relative to the page it stands on.");
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let tests = rust_files().iter().flat_map(|file| tests(&rust::code(&file.text))).collect();
    none(
        &not_held(&read(ARCHITECTURE), &tests),
        "docs/architecture.md claims only what a test holds: name the test, or write one.",
    );
}

#[test]
fn every_record_of_the_journal_is_on_its_page() {
    let records = records(&read("crates/runbook-core/src/journal/line.rs"));
    assert!(records.len() > 10, "line.rs is read wrongly: {records:?}");
    none(
        &undescribed(&read("docs/journal.md"), &records),
        "What is on disk is a promise: give every record a row in docs/journal.md, with every \
         member in backticks.",
    );
}

#[test]
fn every_exit_code_is_explained() {
    let codes = exit_codes(&read("crates/runbook-cli/src/exit.rs"));
    assert!(codes.len() > 10, "exit.rs is read wrongly: {codes:?}");
    let texts: Vec<_> = pages().into_iter().map(|(_, text)| text).collect();
    none(
        &unexplained(&texts.join("\n"), &codes),
        "Give each a row in docs/glossary.md, with its number and its word: scripts rely on them.",
    );
}

#[test]
fn every_page_of_a_code_belongs_to_a_code() {
    let path = |code: Code| {
        let name = code.name().trim_start_matches("runbook::").replace("::", "/");
        format!("docs/diagnostics/{name}.md")
    };
    let known: BTreeSet<_> = Code::all().map(path).collect();
    let pages = files("docs/diagnostics", "md").into_iter().map(|(path, _)| path);
    let orphans: Vec<_> = pages.filter(|path| !known.contains(path)).collect();
    none(&orphans, "No code has this page: delete it, or add the code to problem/code.rs.");
}

#[test]
fn a_page_that_is_wrong_is_found() {
    let page = "[a](x.md) [b](https://x.y) [c](#here) [d](../z.md#there)\n```\n[e](f.md)\n```\n";
    assert_eq!(links(page), ["x.md", "../z.md"]);
    let code = "#[test]\nfn a_b_c_d() {}\n#[tokio::test]\nasync fn e_f_g_h() {}\nfn i_j_k_l() {}\n";
    let tests: BTreeSet<_> = tests(code).into_iter().collect();
    assert_eq!(tests, BTreeSet::from(["a_b_c_d".to_owned(), "e_f_g_h".to_owned()]));
    let page = format!("{INVARIANT} x is y (`a_b_c_d`).\n\n{INVARIANT} z.\n\n`i_j_k_l` `run_id`");
    assert_eq!(not_held(&page, &tests), ["there is no test `i_j_k_l`", "«z.…» names no test"]);
    let line =
        "enum Record {\n    LaneLost {\n        lane: u32,\n        why: String,\n    },\n}\n";
    let records = records(line);
    assert_eq!(records["lane-lost"], ["lane", "why"]);
    assert_eq!(
        undescribed("| `lane-lost` | `lane` |", &records),
        ["`lane-lost`: no word on `why`"]
    );
    assert_eq!(undescribed("", &records), ["no row for the record `lane-lost`"]);
    let codes = exit_codes("    Stuck = 6, \"stuck\", \"failed\";\n    const X: u8 = 7;\n");
    assert_eq!(unexplained("| 6 | stuck |", &codes), [""; 0]);
    assert_eq!(unexplained("| 66 | stuck |\n| 6 | other |", &codes), ["6 (stuck)"]);
}
