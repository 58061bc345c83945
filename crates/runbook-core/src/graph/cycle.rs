//! The whole circle, not one step of it.

use std::collections::{HashMap, VecDeque};

use super::build::Link;
use super::inner;
use crate::limits;
use crate::problem::{Code, Problem, Problems};
use crate::runbook::Runbook;

/// Reports a shortest circle of each group of steps that all wait for each other, and takes the
/// links within these groups out, so that the rest is free of circles.
///
/// The groups come from Kosaraju's algorithm. petgraph's `tarjan_scc` and `is_cyclic_directed`
/// recurse, and a long chain overflows their stack.
pub(super) fn report(runbook: &Runbook, links: &mut Vec<Link>, problems: &mut Problems) {
    let len = runbook.steps.len();
    let graph = inner(len, links.iter().map(|link| (link.first, link.then, link.edge)).collect());
    let mut group = vec![0; len];
    let mut groups = petgraph::algo::kosaraju_scc(&graph);
    groups.sort_unstable_by_key(|steps| steps.iter().min().copied());
    for (number, steps) in groups.iter().enumerate() {
        for step in steps {
            group[step.index()] = number;
        }
    }
    let mut inside: HashMap<usize, Vec<Link>> = HashMap::new();
    links.retain(|link| {
        let circular = group[link.first] == group[link.then];
        if circular {
            inside.entry(link.then).or_default().push(*link);
        }
        !circular
    });
    for steps in groups.iter().filter(|steps| steps.len() > 1) {
        if let Some(start) = steps.iter().map(|step| step.index()).min() {
            problems.push(problem(runbook, &shortest(start, &inside)));
        }
    }
}

/// Finds a shortest way from a step along what it waits for back to itself. Breadth first, with
/// a queue: a circle may be as long as the runbook.
fn shortest(start: usize, inside: &HashMap<usize, Vec<Link>>) -> Vec<Link> {
    let mut from: HashMap<usize, Link> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(step) = queue.pop_front() {
        for link in inside.get(&step).into_iter().flatten() {
            if from.contains_key(&link.first) {
                continue;
            }
            from.insert(link.first, *link);
            if link.first == start {
                return walk_back(start, &from);
            }
            queue.push_back(link.first);
        }
    }
    Vec::new()
}

fn walk_back(start: usize, from: &HashMap<usize, Link>) -> Vec<Link> {
    let mut circle = Vec::new();
    let mut at = start;
    while let Some(link) = from.get(&at) {
        circle.push(*link);
        at = link.then;
        if at == start {
            break;
        }
    }
    circle.reverse();
    circle
}

fn problem(runbook: &Runbook, circle: &[Link]) -> Problem {
    let id = |at: usize| runbook.steps[at].id.as_str();
    let shown = circle.len().min(limits::CIRCLE_PLACES);
    let mut way: Vec<_> =
        circle[..shown].iter().map(|link| format!("`{}`", id(link.then))).collect();
    if shown < circle.len() {
        way.push(format!("{} more", circle.len() - shown));
    }
    way.extend(circle.first().map(|link| format!("`{}`", id(link.then))));
    let message = format!("steps need each other in a circle: {}", way.join(" → "));
    let labels = circle[..shown]
        .iter()
        .map(|link| (link.place, format!("`{}` waits for `{}`", id(link.then), id(link.first))));
    Problem::at(Code::NeedsCycle, message, labels)
        .help("take one of these needs out: none of the steps could ever start")
}
