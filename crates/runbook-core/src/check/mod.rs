//! The rules over a runbook and its graph, and the gate behind them. Knows no inputs' values.

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
pub fn all(runbook: Runbook, graph: Graph, problems: Problems) -> Result<Checked, Problems> {
    if problems.has_errors() {
        return Err(problems);
    }
    Ok(Checked { runbook, graph, remarks: problems })
}
