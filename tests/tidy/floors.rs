//! The floors of `runbook-core`: a module imports from lower floors only.
//!
//! They are listed once, in the module doc of `lib.rs`, and read from there.

use std::collections::{BTreeMap, BTreeSet};

use super::rust::{self, RustFile, is_word};
use super::{none, read, rust_files};

const SRC: &str = "crates/runbook-core/src/";

/// Reads the lines `//! <floor> <module> <module> …` of the block that starts with `floor`.
fn floors(lib: &str) -> BTreeMap<String, usize> {
    let (_, block) = lib.split_once("```text\n//! floor ").expect("lib.rs lists the floors");
    let (block, _) = block.split_once("//! ```").expect("the list has an end");
    let mut floors = BTreeMap::new();
    for line in block.lines().skip(1) {
        let mut words = line.trim_start_matches("//!").split_whitespace();
        let Some(floor) = words.next() else { continue };
        let floor = floor.parse().unwrap_or_else(|_| panic!("`{line}` has no number of a floor"));
        floors.extend(words.map(|module| (module.to_owned(), floor)));
    }
    floors
}

/// Complains of modules without a floor, and of floors without a module.
fn misplaced(floors: &BTreeMap<String, usize>, lib: &str) -> Vec<String> {
    let code = rust::code(lib);
    let modules =
        code.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "));
    let modules: BTreeSet<_> = modules.map(|name| name.trim_end_matches(';')).collect();
    let listed: BTreeSet<_> = floors.keys().map(String::as_str).collect();
    let only = |one: &BTreeSet<&str>, other: &BTreeSet<&str>, what: &str| -> Vec<String> {
        one.difference(other).map(|name| format!("`{name}` {what}")).collect()
    };
    let mut found = only(&modules, &listed, "is on no floor");
    found.extend(only(&listed, &modules, "is on a floor, and no module"));
    found
}

/// Complains of imports from the same or a higher floor, and of ways around `crate::`.
fn climbs(floors: &BTreeMap<String, usize>, file: &RustFile) -> Vec<String> {
    let Some(inner) = file.path.strip_prefix(SRC) else { return Vec::new() };
    let module = inner.split(['/', '.']).next().unwrap_or_default();
    let Some(floor) = floors.get(module) else { return Vec::new() };
    let depth = inner.trim_end_matches("/mod.rs").split('/').count();
    let mut found = Vec::new();
    for (number, line) in (1..).zip(file.code.lines()) {
        let place = format!("{}:{number}", file.path);
        for used in used(line).filter(|used| *used != module) {
            match floors.get(used) {
                Some(other) if other < floor => {}
                Some(other) => found.push(format!(
                    "{place}: `{module}` (floor {floor}) uses `{used}` (floor {other})"
                )),
                None if used.is_empty() => found.push(format!("{place}: a list behind `crate::`")),
                None => found.push(format!("{place}: `crate::{used}` is no module")),
            }
        }
        let up = line.split("super::").count() - 1;
        if up >= depth {
            found.push(format!("{place}: `super::` leads out of `{module}`"));
        }
    }
    found
}

/// Returns what a line names behind `crate::`; nothing for a list in braces.
fn used(line: &str) -> impl Iterator<Item = &str> {
    let name = |behind: &'_ str| behind.find(|c| !is_word(c)).unwrap_or(behind.len());
    line.split("crate::").skip(1).map(move |behind| &behind[..name(behind)])
}

#[test]
fn modules_import_lower_floors_only() {
    let lib = read(&format!("{SRC}lib.rs"));
    let floors = floors(&lib);
    none(&misplaced(&floors, &lib), "List every module of lib.rs on one floor, in lib.rs.");
    let climbs: Vec<_> = rust_files().iter().flat_map(|file| climbs(&floors, file)).collect();
    none(
        &climbs,
        "A module of runbook-core uses lower floors only, and names each in a `use crate::…` of \
         its own. Move what is shared down, or hand it in as an argument; if the order itself is \
         wrong, change the list in lib.rs and say why in docs/architecture.md.",
    );
}

#[test]
fn a_climb_is_found() {
    let lib = "//! ```text\n//! floor modules\n//! 0 text time\n//! 1 step\n//! ```\n\
               mod text;\npub mod time;\npub mod step;\nmod run;\n";
    let floors = floors(lib);
    assert_eq!(misplaced(&floors, lib), ["`run` is on no floor"]);
    let climbs = |path: &str, text: &str| {
        let files = rust::all([(format!("{SRC}{path}"), text.to_owned())]);
        files.iter().map(|file| climbs(&floors, file).len()).sum::<usize>()
    };
    for (path, text, wrong) in [
        ("step/id.rs", "use crate::text::Span;\nuse super::decl;", 0),
        ("step/id.rs", "use crate::step::Decl;", 0),
        ("text/span.rs", "use crate::step::Decl;", 1),
        ("text/span.rs", "fn f() -> crate::time::Words", 1),
        ("text/span.rs", "/// [`Decl`](crate::step::Decl)\nfn f() {}", 0),
        ("text/span.rs", "#[cfg(test)]\nmod tests { use crate::step::Decl; }", 0),
        ("time.rs", "use crate::{\n    text::Span,\n};", 1),
        ("time.rs", "use super::step::Decl;", 1),
        ("text/span.rs", "use super::super::step::Decl;", 1),
        ("step/id.rs", "use crate::nowhere;", 1),
    ] {
        assert_eq!(climbs(path, text), wrong, "{path}: {text}");
    }
}
