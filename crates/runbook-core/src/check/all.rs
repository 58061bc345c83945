//! The gate.

use super::include::{Inner, Library, Opened};
use super::{
    View, actions, allow, expressions, for_each, include, inputs_of, proof, resolves, sleep,
    sources, task, undo, unwatched, waits, watch,
};
use crate::graph::Graph;
use crate::problem::{Code, Problems};
use crate::runbook::Runbook;
use crate::text::Span;

/// A runbook without errors, and its graph. Only [`all`] makes it.
#[derive(Clone, Debug)]
pub struct Checked {
    runbook: Runbook,
    graph: Graph,
    remarks: Problems,
    accepted: Vec<Accepted>,
    /// The runbooks that its steps run.
    inner: Inner,
}

/// A remark that the author has accepted, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The remark.
    pub code: Code,
    /// What it says.
    pub message: String,
    /// Why it does not matter here.
    pub reason: String,
    /// The place that it complains of.
    pub place: Span,
}

impl Checked {
    /// Returns the runbook. Every step of it has a kind.
    pub const fn runbook(&self) -> &Runbook {
        &self.runbook
    }

    /// Returns the graph.
    pub const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Returns the warnings and notes that are not accepted.
    pub const fn remarks(&self) -> &Problems {
        &self.remarks
    }

    /// Returns the remarks that are accepted under `allow`.
    pub fn accepted(&self) -> &[Accepted] {
        &self.accepted
    }

    /// Returns the runbooks that its steps run, by the places of the steps.
    pub(crate) const fn inner(&self) -> &Inner {
        &self.inner
    }
}

/// Applies every rule, and lets a runbook without errors pass.
///
/// # Errors
/// The problems given and those found, where one of them is an error.
///
/// # Example
/// ```
/// use runbook_core::{check, document::Document, graph::Graph};
/// use runbook_core::{problem::Problems, runbook::Runbook, text::Source};
///
/// let mut problems = Problems::default();
/// let text = "runbook: v1\nname: rest\nsteps:\n  pause: { uses: sleep, with: { for: 10s } }\n";
/// let document = Document::parse(&Source::new("rest.yaml", text), &mut problems);
/// let runbook = Runbook::read(&document, &mut problems);
/// let graph = Graph::build(&runbook, &mut problems);
/// let checked = check::all(runbook, graph, problems).expect("no errors");
/// assert!(checked.remarks().is_empty());
/// ```
pub fn all(runbook: Runbook, graph: Graph, problems: Problems) -> Result<Checked, Problems> {
    all_within(runbook, graph, Inner::new(), problems)
}

/// Does what [`all`] does, and looks at the runbooks that the steps run as well.
///
/// # Errors
/// As for [`all`]; an error in another runbook is one of the step that runs it.
pub fn all_with(
    runbook: Runbook,
    graph: Graph,
    mut problems: Problems,
    library: &mut dyn Library,
) -> Result<Checked, Problems> {
    let inner = Opened::new(library, &runbook.source).include(&runbook, &mut problems);
    all_within(runbook, graph, inner, problems)
}

pub(super) fn all_within(
    runbook: Runbook,
    graph: Graph,
    inner: Inner,
    mut problems: Problems,
) -> Result<Checked, Problems> {
    let view = View::of(&runbook, &graph, &inner);
    expressions::check(&view, &mut problems);
    include::check(&view, &mut problems);
    inputs_of::check(&view, &mut problems);
    task::check(&view, &mut problems);
    watch::check(&view, &mut problems);
    for_each::check(&view, &mut problems);
    undo::check(&view, &mut problems);
    resolves::check(&view, &mut problems);
    if problems.has_errors() {
        return Err(problems);
    }
    // Remarks come last: while errors stand, some of them would be their consequences.
    unwatched::check(&view, &mut problems);
    waits::check(&view, &mut problems);
    actions::check(&view, &mut problems);
    proof::check(&view, &mut problems);
    sources::check(&view, &mut problems);
    sleep::check(&view, &mut problems);
    let accepted = allow::check(&view, &mut problems);
    Ok(Checked { runbook, graph, remarks: problems, accepted, inner })
}
