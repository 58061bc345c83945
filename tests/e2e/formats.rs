//! The formats of `runbook check`.

use serde_json::Value;

use super::{NOTED, QUIET};
use crate::support::{Lab, Outcome};

/// A runbook with an error in two places, a runbook with a note, one in order, and none.
fn told(format: &str) -> Outcome {
    let lab = Lab::new()
        .file(
            "my runbooks/a,b:1.yaml",
            "runbook: v1\nname: a\nname: é\nsteps:\n  é: { uses: noop }\n",
        )
        .file("noted.yaml", NOTED)
        .file("quiet.yaml", QUIET);
    let here = lab.path("");
    let here = here.display();
    lab.script(&format!(
        "$RUNBOOK check --format {format} 'my runbooks' ./noted.yaml {here}/quiet.yaml gone.yaml"
    ))
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).expect("JSON")
}

#[test]
fn problems_are_told_to_github() {
    let outcome = told("github");
    for line in outcome.stdout.lines() {
        let (properties, message) = line[2..].split_once("::").expect("a command");
        let (command, properties) = properties.split_once(' ').expect("properties");
        assert!(["error", "warning", "notice"].contains(&command), "{line}");
        let names =
            properties.split(',').map(|property| property.split_once('=').map(|(name, _)| name));
        let names: Option<Vec<_>> = names.collect();
        let names = names.expect("every property has a value");
        assert!(
            names.starts_with(&["file", "line", "endLine"]) && names.ends_with(&["title"]),
            "{line}"
        );
        assert!(!message.is_empty());
    }
    insta::assert_snapshot!(outcome);
}

#[test]
fn problems_are_told_in_sarif() {
    let outcome = told("sarif");
    let log = json(&outcome);
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for result in run["results"].as_array().expect("results") {
        let rule = result["ruleIndex"].as_u64().and_then(|at| rules.get(usize::try_from(at).ok()?));
        assert_eq!(rule.expect("a rule")["id"], result["ruleId"]);
        let further = result["relatedLocations"].as_array();
        let places = result["locations"].as_array().into_iter().chain(further).flatten();
        for place in places {
            let place = &place["physicalLocation"];
            let at = |name: &str| place["region"][name].as_u64().expect("a number");
            let start = (at("startLine"), at("startColumn"));
            assert!((1, 1) <= start && start <= (at("endLine"), at("endColumn")), "{place}");
            let uri = place["artifactLocation"]["uri"].as_str().expect("a reference");
            assert!(!uri.contains([' ', ':', ',']) && !uri.starts_with(['/', '.']), "{uri}");
        }
    }
    let described = |rule: &Value| {
        let level = rule["defaultConfiguration"]["level"].as_str();
        let help = rule["help"]["markdown"].as_str();
        level.is_some() && help.is_some_and(|help| help.contains("## What it means"))
    };
    assert!(rules.iter().all(described));
    // The pages of codes have tests of their own.
    let mut short = log.clone();
    for rule in short["runs"][0]["tool"]["driver"]["rules"].as_array_mut().expect("rules") {
        rule["help"] = Value::from("…");
        rule["fullDescription"] = Value::from("…");
    }
    insta::assert_json_snapshot!(short);
    assert_eq!((outcome.code(), outcome.stderr.as_str()), (Some(2), ""));
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem_for_machines() {
    let outcome = told("json");
    let listing = json(&outcome);
    let problems = listing["problems"].as_array().expect("problems");
    let gone = problems.iter().find(|problem| problem["file"] == "gone.yaml").expect("a problem");
    insta::assert_json_snapshot!(gone);
    assert_eq!((outcome.code(), outcome.stderr.as_str()), (Some(2), ""));
}

#[test]
fn every_format_says_the_same_of_the_same_files() {
    let listing = json(&told("json"));
    let codes = |values: &Value, name: &str| -> Vec<String> {
        let values = values.as_array().expect("a list");
        values.iter().filter_map(|value| value[name].as_str()).map(str::to_owned).collect()
    };
    let codes_in_json = codes(&listing["problems"], "code");
    assert_eq!(codes(&json(&told("sarif"))["runs"][0]["results"], "ruleId"), codes_in_json);
    let told = told("github").stdout;
    let titles = told.lines().filter_map(|line| line.split_once(",title=")?.1.split_once("::"));
    let titles: Vec<_> = titles.map(|(title, _)| title.replace("%3A", ":")).collect();
    assert_eq!(titles, codes_in_json);
}

/// A thousand problems are kept of a file; nobody must take them for all.
#[test]
fn problems_that_are_left_out_are_told_of() {
    let keys: Vec<_> = (0..1500).map(|n| format!("key_{n}: 1\n")).collect();
    let lab = Lab::new().file("many.yaml", format!("{QUIET}{}", keys.concat()));
    for format in ["text", "json", "github", "sarif"] {
        let outcome = lab.runbook(&format!("check many.yaml --format {format}"));
        assert_eq!(outcome.code(), Some(2), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("500 "), "{format}: {}", outcome.stderr);
    }
}

#[test]
fn a_good_runbook_is_nothing_to_tell_of() {
    let lab = Lab::new().file("quiet.yaml", QUIET);
    let outcome = lab.runbook("check quiet.yaml --format github");
    assert_eq!((outcome.code(), &*outcome.stdout, &*outcome.stderr), (Some(0), "", ""));
    let outcome = lab.runbook("check quiet.yaml --format sarif");
    assert_eq!(outcome.code(), Some(0));
    insta::assert_snapshot!(outcome.stdout);
}
