//! Tests: from text to plan and back.

use super::{Inputs, LoadError, Plan};
use crate::check;
use crate::document::Document;
use crate::graph::{Edge, Graph};
use crate::problem::{Code, Problems, Severity};
use crate::runbook::Runbook;
use crate::step::StepId;
use crate::text::Source;

const UNDO: &str = "\
runbook: v1
name: undo-failover
description: Takes a failover plan back.
inputs: { plan: { type: string, default: SQL Failover Plan } }
steps:
  undo:   { uses: undo-failover,     with: { plan: \"${{ inputs.plan }}\" } }
  wait:   { uses: wait-task,         with: { task: undo }, timeout: 30m }
  cancel: { uses: cancel-on-timeout, with: { task: undo, watch: wait, settle: 2m } }
  rest:   { uses: sleep, needs: [cancel], with: { for: 1s }, description: A pause. }
";

fn make(text: &str, inputs: Inputs) -> Result<Plan, Problems> {
    let mut problems = Problems::default();
    let document = Document::parse(&Source::new("runbooks/undo.yaml", text), &mut problems);
    let runbook = Runbook::read(&document, &mut problems);
    let graph = Graph::build(&runbook, &mut problems);
    Plan::make(&check::all(runbook, graph, problems)?, inputs)
}

fn undo() -> Plan {
    make(UNDO, Inputs::default()).unwrap()
}

/// The errors.
fn codes(problems: &Problems) -> Vec<Code> {
    let errors = problems.sorted().into_iter().map(|problem| problem.code);
    errors.filter(|code| code.severity() == Severity::Error).collect()
}

fn given(pairs: &[(&str, &str)]) -> Inputs {
    let mut inputs = Inputs::default();
    for (name, text) in pairs {
        inputs.text(name, text);
    }
    inputs
}

#[test]
fn a_plan_knows_what_each_step_does_and_waits_for() {
    let plan = undo();
    assert_eq!(plan.steps()[0].with["plan"], "SQL Failover Plan");
    assert_eq!(plan.steps()[0].touches.len(), 1);
    let watched: Vec<_> = plan.steps().iter().map(|step| step.watched).collect();
    assert_eq!(watched, [false, true, false, false]);
    let needs: Vec<_> = plan.graph().needs(2).collect();
    assert_eq!(needs, [(0, Edge::Need), (1, Edge::Watch)]);
    assert_eq!(plan.find(&StepId::parse("rest").unwrap()), Some(3));
    assert_eq!(plan.find(&StepId::parse("nope").unwrap()), None);
}

#[test]
fn a_given_input_wins_over_the_default() {
    let plan = make(UNDO, given(&[("plan", "ERP: \"DR\" ${{ inputs.plan }}")])).unwrap();
    assert_eq!(plan.steps()[0].with["plan"], "ERP: \"DR\" ${{ inputs.plan }}");
    assert_ne!(plan.digest(), undo().digest());
    assert_eq!(plan.runbook_digest(), undo().runbook_digest());
}

#[test]
fn what_is_given_must_fit_the_inputs() {
    let unknown = make(UNDO, given(&[("plam", "x"), ("zebra", "y")])).unwrap_err();
    assert_eq!(codes(&unknown), [Code::InputUnknown, Code::InputUnknown]);
    let mut number = Inputs::default();
    number.value("plan", 5.into());
    assert_eq!(codes(&make(UNDO, number).unwrap_err()), [Code::InputWrongType]);
    let open = UNDO.replace(", default: SQL Failover Plan", "");
    assert_eq!(codes(&make(&open, Inputs::default()).unwrap_err()), [Code::InputMissing]);
}

#[test]
fn what_an_expression_gives_must_fit_the_parameter() {
    let text = "runbook: v1\nname: rest\ninputs: { long: { type: string } }\nsteps:\n  rest: { uses: sleep, with: { for: \"${{ inputs.long }}\" } }\n";
    assert!(make(text, given(&[("long", "5s")])).is_ok());
    let bare = make(text, given(&[("long", "5")])).unwrap_err();
    assert_eq!(codes(&bare), [Code::DurationBareNumber]);
    let label = bare.sorted()[0].labels[0].span;
    assert_eq!(&text[label.start..label.end], "\"${{ inputs.long }}\"");
    let none = text.replace("inputs.long }}", "inputs.long if false else {'a': none}.a }}");
    assert_eq!(codes(&make(&none, given(&[("long", "5s")])).unwrap_err()), [Code::WithMissing]);
}

#[test]
fn a_plan_keeps_how_often_em_is_asked() {
    let text = format!("{UNDO}defaults: {{ poll: {{ every: 100ms, max: 2s }} }}\n");
    let plan = make(&text, Inputs::default()).unwrap();
    assert_eq!(plan.lacks(), Vec::<String>::new());
    assert_eq!(Plan::load(&plan.save()).unwrap(), plan);
    assert_ne!(plan.digest(), undo().digest());
    let shown = plan.text();
    assert!(shown.contains("100ms") && shown.contains("2s"), "{shown}");
    assert_eq!(plan.json()["poll"]["every_s"], 0.1);
}

#[test]
fn a_saved_plan_is_loaded_as_it_was() {
    let plan = undo();
    assert_eq!(Plan::load(&plan.save()).unwrap(), plan);
    assert_eq!(plan.save(), undo().save());
    assert_eq!(plan.digest(), Plan::load(&plan.save()).unwrap().digest());
}

#[test]
fn a_plan_that_was_changed_is_refused() {
    let text = undo().save();
    for (from, to) in [
        ("SQL Failover Plan", "Other Plan"),
        ("\"wait\"", "\"undo\""),
        ("1800000", "1"),
        ("30m", "31m"),
        ("\"scenario\": \"default\"", "\"scenario\": \"drill\""),
        ("\"needs\": []", "\"needs\": [\"rest\"]"),
    ] {
        let changed = text.replacen(from, to, 1);
        let loaded = Plan::load(&changed);
        let same = changed == text;
        assert!(same || matches!(loaded, Err(LoadError::Digest)), "{from}: {loaded:?}");
    }
    let added = text.replacen('{', "{\"more\": 1,", 1);
    assert!(matches!(Plan::load(&added), Err(LoadError::Malformed(_))));
    let older = text.replacen("plan/v1", "plan/v0", 1);
    assert!(matches!(Plan::load(&older), Err(LoadError::Version(_))));
    assert!(matches!(Plan::load("{}"), Err(LoadError::Malformed(_))));
    let whole = text.trim_end().len();
    for end in 0..whole {
        assert!(matches!(Plan::load(&text[..end]), Err(LoadError::Malformed(_))), "{end}");
    }
}

#[test]
fn a_plan_is_read_by_people() {
    insta::assert_snapshot!(undo().text());
    assert!(undo().text().lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn every_letter_of_a_name_shows() {
    let strange =
        "two  spaces, \u{e9}, and a name that is so long that it has to be broken somewhere";
    let text = make(UNDO, given(&[("plan", strange)])).unwrap().text();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.contains("plan: two  spaces, \u{e9}, and a name that"), "{text}");
    let text = make(UNDO, given(&[("plan", " a\nb ")])).unwrap().text();
    assert!(text.contains(r#"plan: " a\nb ""#), "{text}");
}

#[test]
fn a_plan_is_read_by_programs() {
    insta::assert_json_snapshot!(undo().json());
}

#[test]
fn a_plan_is_kept() {
    insta::assert_snapshot!(undo().save());
}

#[test]
fn expressions_and_lists_give_a_plan_as_much_as_the_limit_and_no_more() {
    let made = |steps: &str| {
        let text = format!("runbook: v1\nname: large\nsteps:\n{steps}");
        make(&text, Inputs::default()).map_err(|problems| codes(&problems))
    };
    let command = "uses: command, effect: read, with: { argv: [echo], stdin:";
    let large = |count: usize, bytes: usize| {
        let step = |at| format!("  s{at}: {{ {command} \"${{{{ 'x' * {bytes} }}}}\" }} }}\n");
        made(&(0..count).map(step).collect::<String>())
    };
    let cost = crate::limits::EXPANDED_VALUE;
    // The limit itself is out: nothing is left.
    let most = (crate::limits::EXPANDED_BYTES / 16) - cost;
    assert!(large(15, most).is_ok());
    assert_eq!(large(16, most).map(|_| ()), Err(vec![Code::StepsTooMany]));
    assert!(large(16, most - 1).is_ok());
    // What stands in the file counts where it is repeated.
    let repeated = |children: usize| {
        let items: Vec<_> = (0..children).map(|at| format!("a{at}")).collect();
        let text = "x".repeat(100_000);
        made(&format!("  s: {{ for-each: [{}], {command} {text} }} }}\n", items.join(", ")))
    };
    assert!(repeated(100).is_ok());
    assert_eq!(repeated(200).map(|_| ()), Err(vec![Code::StepsTooMany]));
}

#[test]
fn a_pattern_stays_between_its_anchors_and_within_its_limits() {
    let told = |pattern: &str, default: &str| {
        let input = format!("{{ type: string, pattern: '{pattern}', default: '{default}' }}");
        let text =
            format!("runbook: v1\nname: p\ninputs:\n  i: {input}\nsteps:\n  a: {{ uses: noop }}\n");
        make(&text, Inputs::default()).err().map(|problems| codes(&problems))
    };
    assert_eq!(told("a|b", "b"), None);
    assert_eq!(told("a)|(?:b", "ax"), Some(vec![Code::InputBadPattern]));
    assert_eq!(told("[a-z0-9-]{1,63}([.][a-z0-9-]{1,63}){0,3}", "db01.dr.example.org"), None);
    assert_eq!(told("(?:a{0,600}){0,50}", "aaa"), Some(vec![Code::InputBadPattern]));
    let long = crate::limits::MATCHED_BYTES;
    assert_eq!(told("a*", &"a".repeat(long)), None);
    assert_eq!(told("a*", &"a".repeat(long + 1)), Some(vec![Code::InputNoMatch]));
}

#[test]
fn further_locks_are_part_of_the_plan_with_their_expressions_evaluated() {
    let text = "\
runbook: v1
name: locked
inputs: { site: { type: string, default: west } }
locks: [ \"network of ${{ inputs.site }}\", \" dns \" ]
steps: { a: { uses: noop } }
";
    let plan = make(text, Inputs::default()).unwrap();
    assert_eq!(plan.locks(), ["dns", "network of west"]);
    assert_eq!(plan.lacks(), [""; 0]);
    assert_eq!(Plan::load(&plan.save()).unwrap(), plan);
    assert!(plan.text().contains("\nlock     network of west\n"), "{}", plan.text());
}
