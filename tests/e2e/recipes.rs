//! The recipes for CI: their YAML can be read, and the program understands every command in them.

use std::fs;
use std::path::Path;

use crate::support::Lab;

/// The blocks of code of the recipes: the page, the language, the text.
fn blocks() -> Vec<(String, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ci");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the recipes are there") {
        let path = entry.expect("an entry").path();
        let page = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("it can be read");
        for fenced in text.split("```").skip(1).step_by(2) {
            let (language, block) = fenced.split_once('\n').expect("a language");
            found.push((page.clone(), language.to_owned(), block.to_owned()));
        }
    }
    found.sort();
    found
}

/// The arguments of a line that starts the program; none for another line.
fn command(line: &str) -> Option<String> {
    let words = ["-", "run:", "exec"];
    let mut rest = line.trim();
    while let Some((_, after)) = rest.split_once(' ').filter(|(word, _)| words.contains(word)) {
        rest = after.trim_start();
    }
    let arguments = rest.strip_prefix("runbook ")?;
    Some(arguments.split(['>', '|', ';']).next()?.trim().replace('"', ""))
}

#[test]
fn every_command_of_a_recipe_is_understood() {
    let lab = Lab::new();
    let blocks = blocks();
    let commands = blocks.iter().flat_map(|(page, _, block)| {
        block.lines().filter_map(move |line| Some((page, command(line)?)))
    });
    let mut count = 0;
    for (page, arguments) in commands {
        count += 1;
        // It reads what stands before, and does nothing.
        let outcome = lab.runbook(&format!("{arguments} --help"));
        assert_eq!(outcome.code(), Some(0), "{page}: runbook {arguments}\n{outcome}");
    }
    assert!(count > 20, "the recipes are read wrongly: {count}");
}

#[test]
fn every_recipe_in_yaml_can_be_read() {
    let yaml = |(_, language, _): &&(String, String, String)| language == "yaml";
    let blocks = blocks();
    for (page, _, block) in blocks.iter().filter(yaml) {
        let read = serde_yaml::from_str::<serde_yaml::Mapping>(block);
        assert!(read.is_ok(), "{page}: {read:?}\n{block}");
    }
    assert!(blocks.iter().filter(yaml).count() > 2);
}

#[test]
fn commands_are_found_in_scripts() {
    for (line, found) in [
        ("  - run: runbook check a --deny warnings", Some("check a --deny warnings")),
        ("exec runbook run \"a.yaml\" > x", Some("run a.yaml")),
        ("run: exec runbook resume latest", Some("resume latest")),
        ("# runbook run", None),
        ("RUNBOOK_STATE: runbook run", None),
    ] {
        assert_eq!(command(line).as_deref(), found, "{line}");
    }
}
