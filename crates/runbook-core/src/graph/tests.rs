//! Tests: from a runbook to its graph.

use super::{CircleError, Edge, Graph};
use crate::document::Document;
use crate::limits;
use crate::problem::{Code, Problems};
use crate::runbook::Runbook;
use crate::text::Source;

fn build(steps: &str) -> (Graph, Problems) {
    let mut problems = Problems::default();
    let text = format!("runbook: v1\nname: n\nsteps:\n{steps}");
    let document = Document::parse(&Source::new("n.yaml", text), &mut problems);
    let runbook = Runbook::read(&document, &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    let graph = Graph::build(&runbook, &mut problems);
    (graph, problems)
}

fn codes(problems: &Problems) -> Vec<Code> {
    problems.iter().map(|problem| problem.code).collect()
}

/// Steps in a circle of a length, each needing the one before, the first the last.
fn circle(length: usize) -> String {
    let step = |at: usize| {
        let before = (at + length - 1) % length;
        format!("  s{at}: {{ uses: noop, needs: s{before} }}\n")
    };
    (0..length).map(step).collect()
}

#[test]
fn parameters_that_name_a_step_are_edges() {
    let (graph, problems) = build(
        "  undo: { uses: undo-failover, with: { plan: P } }\n  \
           wait: { uses: wait-task, needs: undo, with: { task: undo } }\n  \
           cancel: { uses: cancel-on-timeout, with: { task: undo, watch: wait } }\n",
    );
    assert_eq!(codes(&problems), []);
    let edges: Vec<_> = graph.edges().collect();
    assert_eq!(edges, [(0, 1, Edge::Need), (0, 2, Edge::Need), (1, 2, Edge::Watch)]);
}

#[test]
fn what_is_wrong_is_left_out_and_the_rest_is_kept() {
    let (graph, problems) = build(
        "  a: { uses: noop, needs: [a, b, nope] }\n  \
           b: { uses: noop, needs: a }\n  \
           c: { uses: noop, needs: [a, a, b] }\n",
    );
    let expected = [Code::NeedsItself, Code::NeedsUnknown, Code::NeedsTwice, Code::NeedsCycle];
    assert_eq!(codes(&problems), expected);
    let edges: Vec<_> = graph.edges().collect();
    assert_eq!(edges, [(0, 2, Edge::Need), (1, 2, Edge::Need)]);
}

#[test]
fn a_circle_is_shown_whole_up_to_the_limit_and_in_part_beyond() {
    for length in [2, 3, limits::CIRCLE_PLACES, limits::CIRCLE_PLACES + 1, 10_000] {
        let (graph, problems) = build(&circle(length));
        assert_eq!(codes(&problems), [Code::NeedsCycle], "{length}");
        let problem = problems.iter().next().unwrap();
        assert_eq!(problem.labels.len(), length.min(limits::CIRCLE_PLACES));
        assert_eq!(problem.message.contains(" more"), length > limits::CIRCLE_PLACES);
        assert_eq!(graph.edges().count(), 0);
    }
}

#[test]
fn of_many_ways_around_a_shortest_is_shown() {
    let (_, problems) = build(
        "  a: { uses: noop, needs: [b, d] }\n  \
           b: { uses: noop, needs: c }\n  \
           c: { uses: noop, needs: d }\n  \
           d: { uses: noop, needs: a }\n",
    );
    let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, ["steps need each other in a circle: `a` → `d` → `a`"]);
}

#[test]
fn twenty_thousand_unknown_needs_are_reported_without_looking_each_up() {
    let step = |at: usize| format!("  s{at}: {{ uses: noop, needs: x{at} }}\n");
    let steps: String = (0..20_000).map(step).collect();
    let (_, problems) = build(&steps);
    assert_eq!(problems.len(), 20_000);
}

#[test]
fn neighbours_come_in_the_order_of_the_file() {
    let edges = [(2, 3, Edge::Need), (0, 3, Edge::Need), (0, 1, Edge::Watch), (1, 3, Edge::Need)];
    let graph = Graph::of(4, edges).unwrap();
    let needs: Vec<_> = graph.needs(3).map(|(step, _)| step).collect();
    assert_eq!(needs, [0, 1, 2]);
    let dependants: Vec<_> = graph.dependants(0).map(|(step, _)| step).collect();
    assert_eq!(dependants, [1, 3]);
}

#[test]
fn a_need_is_kept_over_a_watch() {
    let graph = Graph::of(2, [(0, 1, Edge::Watch), (0, 1, Edge::Need)]).unwrap();
    assert_eq!(graph.needs(1).collect::<Vec<_>>(), [(0, Edge::Need)]);
}

#[test]
fn circles_and_steps_that_are_not_there_are_refused() {
    assert_eq!(Graph::of(1, [(0, 0, Edge::Need)]), Err(CircleError));
    assert_eq!(Graph::of(2, [(0, 1, Edge::Need), (1, 0, Edge::Watch)]), Err(CircleError));
    assert_eq!(Graph::of(1, [(0, 1, Edge::Need)]), Err(CircleError));
}

#[test]
fn a_plan_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Graph>();
}
