//! The gate.

use super::{View, task, unwatched, watch};
use crate::graph::Graph;
use crate::problem::Problems;
use crate::runbook::Runbook;

/// A runbook without errors, and its graph. Only [`all`] makes it.
#[derive(Clone, Debug)]
pub struct Checked {
    runbook: Runbook,
    graph: Graph,
    remarks: Problems,
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

    /// Returns the warnings and notes.
    pub const fn remarks(&self) -> &Problems {
        &self.remarks
    }

    /// Takes it apart.
    pub(crate) fn into_parts(self) -> (Runbook, Graph, Problems) {
        (self.runbook, self.graph, self.remarks)
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
pub fn all(runbook: Runbook, graph: Graph, mut problems: Problems) -> Result<Checked, Problems> {
    let view = View::of(&runbook);
    task::check(&view, &mut problems);
    watch::check(&view, &mut problems);
    if problems.has_errors() {
        return Err(problems);
    }
    // Remarks come last: while errors stand, some of them would be their consequences.
    unwatched::check(&view, &mut problems);
    Ok(Checked { runbook, graph, remarks: problems })
}
