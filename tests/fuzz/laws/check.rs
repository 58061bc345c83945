//! The whole way: a text becomes a plan that comes back as it was saved, or problems that every
//! format can show.

use miette::{GraphicalReportHandler, GraphicalTheme};
use runbook_core::check::{self, Checked, Closed, Library};
use runbook_core::document::{Document, Value};
use runbook_core::graph::Graph;
use runbook_core::plan::{Inputs, Plan};
use runbook_core::problem::{Listing, Problems, Report, Sarif, View, annotation};
use runbook_core::runbook::{Input, InputType, Runbook};
use runbook_core::text::Source;

use super::are_placed;

/// The columns of a line.
const WIDTH: usize = 80;

/// The most problems of one text that are drawn: each is drawn by itself, and a page of them has
/// everything that could go wrong.
const DRAWN: usize = 50;

pub(crate) fn hold(text: &str) {
    let source = Source::new("fuzzed.yaml", text);
    match checked(&source) {
        Err(problems) => {
            assert!(problems.has_errors(), "refused without an error: {problems:?}");
            can_be_shown(&source, &problems);
        }
        Ok(checked) => {
            assert!(!checked.remarks().has_errors(), "passed with errors");
            can_be_shown(&source, checked.remarks());
            can_be_planned(&source, &checked);
        }
    }
}

fn checked(source: &Source) -> Result<Checked, Problems> {
    let mut problems = Problems::default();
    let document = Document::parse(source, &mut problems);
    let runbook = Runbook::read(&document, &mut problems);
    let graph = Graph::build(&runbook, &mut problems);
    check::all_with(runbook, graph, problems, &mut Shelf)
}

/// Makes a plan with what the runbook itself gives, and one with a value for each input, in each
/// scenario.
fn can_be_planned(source: &Source, checked: &Checked) {
    let runbook = checked.runbook();
    let mut given = vec![Inputs::default()];
    for scenario in runbook.scenarios.keys().map(Some).chain([None]).take(4) {
        let mut inputs = Inputs::default();
        for (name, input) in runbook.inputs.iter().filter(|(_, input)| input.default.is_none()) {
            inputs.value(name, some(input));
        }
        if let Some(scenario) = scenario {
            inputs.scenario(scenario);
        }
        given.push(inputs);
    }
    for inputs in given {
        match Plan::make(checked, inputs) {
            Err(problems) => can_be_shown(source, &problems),
            Ok(plan) => comes_back(&plan),
        }
    }
}

/// Returns a value that an input takes, if it is not choosy.
fn some(input: &Input) -> Value {
    if let Some(choice) = input.choices.first() {
        return choice.clone();
    }
    match input.is {
        Some(InputType::Integer | InputType::Number) => {
            input.min.clone().or_else(|| input.max.clone()).unwrap_or_else(|| 1.into())
        }
        Some(InputType::Boolean) => true.into(),
        Some(InputType::Duration) => "5m".into(),
        Some(InputType::Timestamp) => "2026-11-23T08:00:00Z".into(),
        Some(InputType::List) => vec!["a", "b"].into(),
        Some(InputType::String) | None => "ERP-DR".into(),
    }
}

fn comes_back(plan: &Plan) {
    assert!(!plan.text().is_empty());
    let json = serde_json::to_string(&plan.json()).expect("invariant: a plan is plain data");
    assert!(!json.is_empty());
    let saved = plan.save();
    match Plan::load(&saved) {
        Ok(loaded) => assert!(loaded == *plan, "saved\n{plan:?}\nand loaded\n{loaded:?}"),
        Err(error) => panic!("invariant: what is saved can be loaded: {error:?}\n{saved}"),
    }
    let again = Plan::load(&saved).map(|loaded| loaded.save());
    assert_eq!(again.ok().as_deref(), Some(saved.as_str()), "the same plan gives the same bytes");
}

fn can_be_shown(source: &Source, problems: &Problems) {
    are_placed(source, problems);
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(WIDTH)
        .with_wrap_lines(false)
        .with_links(false);
    for problem in problems.sorted().into_iter().take(DRAWN) {
        let mut drawn = String::new();
        let report = Report::new(source, problem).wrapped(WIDTH);
        handler.render_report(&mut drawn, &report).expect("invariant: a text takes what is drawn");
        assert!(drawn.contains(problem.code.name()), "{drawn}");
    }
    let views = View::all(source, problems);
    for view in &views {
        assert_eq!(annotation(view).lines().count(), 1, "{view:?}");
    }
    let sarif = serde_json::to_string(&Sarif::new("0.0.0", &views));
    let listing = serde_json::to_string(&Listing::new(views));
    assert!(sarif.is_ok() && listing.is_ok());
}

/// A library with two runbooks: the one that asks, and a short one.
struct Shelf;

/// The other runbook.
const INNER: &str = "runbook: v1
name: inner
inputs: { plan: { type: string, default: ERP-DR } }
steps:
  start: { uses: start-failover, with: { plan: \"${{ inputs.plan }}\" } }
  started: { uses: wait-task, with: { task: start }, timeout: 20m }
outputs: { task: \"${{ steps.start.task }}\" }
";

impl Library for Shelf {
    fn key(&self, source: &Source) -> String {
        source.name().to_owned()
    }

    fn open(&mut self, from: &Source, file: &str) -> Result<Source, Closed> {
        match file {
            "fuzzed.yaml" => Ok(from.clone()),
            "inner.yaml" => Ok(Source::new(file, INNER)),
            "../outside.yaml" => Err(Closed::Outside),
            _ => Err(Closed::Unreadable("there is no such file".to_owned())),
        }
    }
}
