//! One file a command.

pub(crate) mod check;
pub(crate) mod explain;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod resume;
pub(crate) mod rule;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod verify;

use std::path::Path;

use runbook_core::check::{self as rules, Checked};
use runbook_core::document::Document;
use runbook_core::graph::Graph;
use runbook_core::plan::Plan;
use runbook_core::problem::{Problems, Severity};
use runbook_core::runbook::Runbook;
use runbook_core::text::Source;

use crate::args::InputArgs;
use crate::exit::{Exit, Failure};
use crate::files;
use crate::input::Given;
use crate::library::Repository;
use crate::terminal::{self, Stream};

/// Says everything that can be said of a text offline. Runbooks that it runs are looked for from
/// its file.
fn checked(path: &Path, source: &Source) -> Result<Checked, Problems> {
    let mut problems = Problems::default();
    let document = Document::parse(source, &mut problems);
    let runbook = Runbook::read(&document, &mut problems);
    // What the graph and the rules need has the memory of the tree.
    drop(document);
    let graph = Graph::build(&runbook, &mut problems);
    rules::all_with(runbook, graph, problems, &mut Repository::of(path))
}

/// Returns why there is no plan. Remarks are for `check`, and for the plan that there will be.
fn errors(problems: &Problems) -> Problems {
    let mut errors = problems.clone();
    errors.retain(|problem| problem.code.severity() == Severity::Error);
    errors
}

/// Makes the plan of a file, or shows on stderr why there is none.
fn planned(path: &Path, inputs: &InputArgs) -> Result<Plan, Failure> {
    let given = Given::read(inputs)?;
    let refused = |source: &Source, problems: &Problems| {
        terminal::problems(source, &errors(problems), Stream::Stderr);
        Failure::new(Exit::Invalid, format!("`{}` cannot be planned", files::name(path)))
            .help("nothing was sent; `runbook explain CODE` says more about a problem")
    };
    let source = files::read(path).map_err(|text| refused(&text.source, &text.problems))?;
    let checked = checked(path, &source).map_err(|problems| refused(&source, &problems))?;
    let inputs = given.inputs_of(checked.runbook())?;
    Plan::make(&checked, inputs).map_err(|problems| refused(&source, &problems))
}
