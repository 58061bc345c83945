//! Which step waits for which. The only module that knows petgraph; it knows no kind of step.

mod build;
mod cycle;
mod order;
#[cfg(test)]
mod tests;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

/// What one step waits for in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edge {
    /// That it has done its work.
    Need,
    /// That it has ended, however.
    Watch,
}

/// The steps of a runbook as a graph without circles. A step is its place in the file, from 0.
///
/// petgraph's `Acyclic` would hold that there is no circle, but it keeps scratch space in a
/// `RefCell`, so a plan could not be shared between threads. The graph is never changed after it
/// was built, and the one place that builds it asks `toposort` first.
///
/// ```
/// use runbook_core::graph::{Edge, Graph};
///
/// let graph = Graph::of(3, [(0, 1, Edge::Need), (1, 2, Edge::Watch)])?;
/// assert_eq!(graph.needs(2).collect::<Vec<_>>(), [(1, Edge::Watch)]);
/// assert_eq!(graph.waves(), [[0], [1], [2]]);
/// # Ok::<(), runbook_core::graph::CircleError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Graph {
    // Invariant: no circles; edges were added from the last to the first, by the step that waits
    // and then by the step waited for, since petgraph lists the edges of a node newest first.
    inner: Inner,
}

/// petgraph's numbers in their usual width, four bytes: there are at most
/// [`limits::STEPS`](crate::limits::STEPS) steps, and an edge holds four of them.
type Inner = DiGraph<(), Edge>;

/// Edges that lead in a circle, or to a step that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("steps wait for each other in a circle, or for a step that is not there")]
pub struct CircleError;

impl Graph {
    /// Makes the graph of `len` steps from edges `(first, then, why)`; of two edges between the
    /// same steps the need is kept.
    ///
    /// # Errors
    /// [`CircleError`] where the edges are no order of these steps.
    pub fn of(
        len: usize,
        edges: impl IntoIterator<Item = (usize, usize, Edge)>,
    ) -> Result<Self, CircleError> {
        let edges: Vec<_> = edges.into_iter().collect();
        if edges.iter().any(|(first, then, _)| *first >= len || *then >= len) {
            return Err(CircleError);
        }
        // Where each step waits only for steps before it, as most people write, the order of the
        // file is the proof that there is no circle.
        let downwards = edges.iter().all(|(first, then, _)| first < then);
        let inner = inner(len, edges);
        if downwards || petgraph::algo::toposort(&inner, None).is_ok() {
            return Ok(Self { inner });
        }
        Err(CircleError)
    }

    /// Returns how many steps there are.
    pub fn len(&self) -> usize {
        self.inner.node_count()
    }

    /// Tells whether there are no steps.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the steps that a step waits for, in the order of the file; none for a step that
    /// does not exist.
    pub fn needs(&self, step: usize) -> impl Iterator<Item = (usize, Edge)> {
        let edges = self.inner.edges_directed(NodeIndex::new(step), Direction::Incoming);
        edges.map(|edge| (edge.source().index(), *edge.weight()))
    }

    /// Returns the steps that wait for a step, in the order of the file.
    pub fn dependants(&self, step: usize) -> impl Iterator<Item = (usize, Edge)> {
        let edges = self.inner.edges_directed(NodeIndex::new(step), Direction::Outgoing);
        edges.map(|edge| (edge.target().index(), *edge.weight()))
    }

    /// Returns all edges as `(first, then, why)`, by the step that waits, then by the other.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize, Edge)> {
        (0..self.len())
            .flat_map(|then| self.needs(then).map(move |(first, edge)| (first, then, edge)))
    }
}

impl PartialEq for Graph {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.edges().eq(other.edges())
    }
}

/// Makes the inner graph, circles and all. Edges must lead between existing steps.
fn inner(len: usize, mut edges: Vec<(usize, usize, Edge)>) -> Inner {
    edges.sort_unstable_by_key(|(first, then, edge)| (*then, *first, *edge));
    edges.dedup_by_key(|(first, then, _)| (*then, *first));
    let mut inner = DiGraph::with_capacity(len, edges.len());
    for _ in 0..len {
        inner.add_node(());
    }
    for (first, then, edge) in edges.into_iter().rev() {
        inner.add_edge(NodeIndex::new(first), NodeIndex::new(then), edge);
    }
    inner
}
