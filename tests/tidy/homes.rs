//! What may be named where: dependencies, clocks and files, secrets, operations, kinds of steps.

use super::rust::{self, RustFile, lines_with};
use super::{none, read, root, rust_files};

/// A phrase, and the only places below a folder in which code may say it.
struct Home {
    below: &'static str,
    phrase: &'static str,
    homes: &'static [&'static str],
}

const CORE: &str = "crates/runbook-core/src/";
const API: &str = "crates/em-api/src/";
const SIM: &str = "crates/em-sim/src/";
const CLI: &str = "crates/runbook-cli/src/";

const fn home(below: &'static str, phrase: &'static str, homes: &'static [&'static str]) -> Home {
    Home { below, phrase, homes }
}

/// One dependency, one folder: whoever replaces it touches that folder.
const DEPENDENCIES: &[Home] = &[
    home(API, "reqwest", &["client/"]),
    home(API, "rustls", &["client/"]),
    home(API, "secrecy", &["client/"]),
    home(API, "tokio", &["client/"]),
    home(API, "zeroize", &["protocol/token.rs"]),
    home(API, "quick_xml", &["protocol/wire/xml.rs"]),
    // The simulator writes XML by itself: a shared writer could make both wrong in the same way.
    home(SIM, "quick_xml", &["document/"]),
    home(SIM, "hyper", &["server/"]),
    home(SIM, "rcgen", &["server/"]),
    home(SIM, "rustls", &["server/"]),
    home(SIM, "tokio", &["server/"]),
    home(CORE, "aho_corasick", &["mask.rs"]),
    home(CORE, "base64", &["mask.rs"]),
    home(CORE, "quick_xml", &["report/junit.rs"]),
    home(CORE, "granit_parser", &["document/"]),
    home(CORE, "serde_yaml", &["document/"]),
    home(CORE, "serde_path_to_error", &["step/erased.rs"]),
    home(CORE, "minijinja", &["expression/"]),
    home(CORE, "strsim", &["text/suggestion.rs"]),
    home(CORE, "petgraph", &["graph/"]),
    home(CORE, "miette", &["problem/render.rs"]),
    home(CORE, "futures_util", &["executor/"]),
    home(CORE, "tokio", &["executor/"]),
    home(CLI, "anstream", &["terminal.rs"]),
    home(CLI, "clap", &["args.rs", "lib.rs"]),
    home(CLI, "em_sim", &["target.rs"]),
    home(CLI, "miette", &["terminal.rs"]),
    home(CLI, "argon2", &["sealed.rs"]),
    home(CLI, "ring", &["sealed.rs"]),
    home(CLI, "rustix", &["locks/", "process.rs", "sealed.rs", "state/", "terminal.rs"]),
    home(CLI, "sha2", &["locks/key.rs"]),
    home(CLI, "zeroize", &["sealed.rs"]),
];

const PRINTING: &[Home] = &[
    home("crates/", "print!", &["runbook-cli/"]),
    home("crates/", "println!", &["runbook-cli/"]),
    home("crates/", "eprint!", &["runbook-cli/"]),
    home("crates/", "eprintln!", &["runbook-cli/"]),
    home("crates/", "dbg!", &[]),
    home("crates/", "io::stdout", &["runbook-cli/"]),
    home("crates/", "io::stderr", &["runbook-cli/"]),
];

/// What a value cannot know: the time, chance, files, the environment.
const WORLD: &[&str] = &[
    "Instant",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "new_v4",
];

/// Complains of every place outside its homes that says the phrase.
fn strays(rule: &Home, files: &[RustFile]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let Some(inner) = file.path.strip_prefix(rule.below) else { continue };
        if !rule.homes.iter().any(|home| inner.starts_with(home)) {
            let lines = lines_with(&file.code, rule.phrase);
            let place = |line: &usize| format!("{}:{line} says `{}`", file.path, rule.phrase);
            found.extend(lines.iter().map(place));
        }
    }
    found
}

#[track_caller]
fn hold(rules: &[Home], advice: &str) {
    let files = rust_files();
    let found: Vec<_> = rules.iter().flat_map(|rule| strays(rule, files)).collect();
    none(&found, advice);
    let homes = rules.iter().flat_map(|rule| rule.homes.iter().map(|home| (rule.below, *home)));
    let homes = homes.map(|(below, home)| format!("{below}{home}"));
    let gone: Vec<_> = homes.filter(|home| !root().join(home).exists()).collect();
    none(&gone, "These places are gone from the tree: name in homes.rs where the thing is now.");
}

#[test]
fn every_dependency_is_known_in_one_place() {
    hold(
        DEPENDENCIES,
        "Code outside the home of a dependency does not name it, so that replacing it touches one \
         place. Give the home a function or a type that does what is needed.",
    );
}

#[test]
fn only_the_command_line_prints() {
    hold(PRINTING, "Return text, and let runbook-cli print it: a library has no terminal.");
}

#[test]
fn the_core_has_no_clock_no_chance_and_no_files() {
    let rules: Vec<_> = WORLD.iter().map(|phrase| home(CORE, phrase, &[])).collect();
    hold(&rules, "Take it as an argument: what is pure can be tested, replayed and rehearsed.");
    let lints = read("crates/runbook-core/clippy.toml");
    for banned in ["SystemTime::now", "Instant::now", "Timestamp::now", "fs::read", "env::var"] {
        assert!(lints.contains(banned), "crates/runbook-core/clippy.toml must disallow {banned}");
    }
}

#[test]
fn the_simulated_world_has_no_clock_and_no_sockets() {
    let rules: Vec<_> = WORLD.iter().map(|phrase| home(SIM, phrase, &["server/"])).collect();
    hold(&rules, "`server/` is the shell of the simulator; the world takes time as an argument.");
}

#[test]
fn only_the_executor_is_async() {
    let rules = ["async", ".await"].map(|phrase| home(CORE, phrase, &["executor/"]));
    hold(&rules, "Everything else takes inputs and returns effects; the executor performs them.");
}

#[test]
fn only_steps_and_lanes_know_operations() {
    hold(
        &[home(CORE, "em_api::operation", &["lane/", "steps/"])],
        "A run and its executor carry requests and answers without knowing what they ask. Let a \
         step make the request, or the lane that sends it.",
    );
}

#[test]
fn only_readers_of_text_look_kinds_up() {
    hold(
        &[home(CORE, "crate::steps", &["plan/saved.rs", "runbook/", "schema/"])],
        "Below the plan a kind of step is a `dyn AnyStepType`: ask its declaration.",
    );
}

#[test]
fn only_the_keyring_knows_tokens() {
    hold(
        // The `Token` of the expression scanner is a word of an expression.
        &[home(CORE, "Token", &["expression/scan.rs", "lane/keyring.rs"])],
        "A token that is in a run, an event or a note ends up in the journal. It stays in \
         lane/keyring.rs, beside the run.",
    );
}

#[test]
fn a_stray_is_found() {
    let texts = [
        ("crates/runbook-core/src/graph/mod.rs", "use petgraph::Graph;"),
        ("crates/runbook-core/src/run/mod.rs", "/// petgraph\nfn f() { petgraph::f() }"),
        ("crates/runbook-core/src/run/tests.rs", "use my_petgraph::x;"),
        ("crates/em-api/src/lib.rs", "use petgraph::x;"),
    ];
    let files = rust::all(texts.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let found = strays(&home(CORE, "petgraph", &["graph/"]), &files);
    assert_eq!(found, ["crates/runbook-core/src/run/mod.rs:2 says `petgraph`"]);
    assert_eq!(lines_with("x.await\nasync_x\neprintln!()", ".await"), [1]);
    assert_eq!(lines_with("x.await\nasync_x\nasync fn", "async"), [3]);
    assert_eq!(lines_with("eprintln!()\nprintln!()", "println!"), [2]);
}
