//! From names to edges: unknown steps, steps named twice, steps that name themselves.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::{CircleError, Edge, Graph, cycle};
use crate::problem::{Code, Problem, Problems};
use crate::runbook::{Need, Part, Runbook, Step};
use crate::step::Type;
use crate::text::Span;

/// One place in which a step names another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// The step that must come first.
    pub(super) first: usize,
    /// The step that names it.
    pub(super) then: usize,
    /// Why.
    pub(super) edge: Edge,
    /// Where.
    pub(super) place: Span,
}

impl Graph {
    /// Makes the graph of a runbook. What stands under `needs`, what a parameter names and what
    /// an expression reads is waited for; edges to unknown steps, to the step itself and in
    /// circles are reported, and left out. Steps under `finally` come after all others, so that
    /// edges lead within `steps` and within `finally` only.
    pub fn build(runbook: &Runbook, problems: &mut Problems) -> Self {
        let by_name = runbook.steps.iter().enumerate();
        let names =
            Names { runbook, indices: by_name.map(|(at, step)| (step.id.as_str(), at)).collect() };
        let mut links = Vec::new();
        for (then, step) in runbook.steps.iter().enumerate() {
            names.link(then, step, &mut links, problems);
        }
        let len = runbook.steps.len();
        let edges = |links: &[Link]| -> Vec<_> {
            links.iter().map(|link| (link.first, link.then, link.edge)).collect()
        };
        Self::of(len, edges(&links)).unwrap_or_else(|CircleError| {
            cycle::report(runbook, &mut links, problems);
            Self::of(len, edges(&links)).expect("invariant: the circles were cut")
        })
    }
}

/// The needs of one step that are compared pair by pair.
const SHORT: usize = 16;

/// Why a step waits for another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Its author says so.
    Listed,
    /// An expression reads it.
    Read,
}

struct Names<'a> {
    runbook: &'a Runbook,
    indices: HashMap<&'a str, usize>,
}

impl Names<'_> {
    fn link(&self, then: usize, step: &Step, links: &mut Vec<Link>, problems: &mut Problems) {
        let own = links.len();
        let mut listed = HashSet::new();
        for (at, need) in step.needs.iter().enumerate() {
            // Most lists are short, and to compare is cheaper than to hash.
            let again = match at {
                ..SHORT => step.needs[..at].iter().any(|other| other.id == need.id),
                SHORT => {
                    listed.extend(step.needs[..at].iter().map(|need| &need.id));
                    !listed.insert(&need.id)
                }
                _ => !listed.insert(&need.id),
            };
            if again {
                problems.push(twice(step, need));
            } else {
                self.follow(then, need, Edge::Need, Why::Listed, links, problems);
            }
        }
        let named = links.len();
        for (param, need) in step.named_steps() {
            let edge = match param.is {
                Type::WatchedStep => Edge::Watch,
                _ => Edge::Need,
            };
            self.follow(then, &need, edge, Why::Listed, links, problems);
        }
        let named = named - own..links.len() - own;
        let known = |need: &Need| self.indices.contains_key(need.id.as_str());
        for (_, need) in step.perhaps_steps().filter(|(_, need)| known(need)) {
            self.follow(then, &need, Edge::Need, Why::Listed, links, problems);
        }
        for read in &step.reads {
            self.follow(then, read, Edge::Need, Why::Read, links, problems);
        }
        self.refuse_needing_the_watched(&links[own..], named, problems);
    }

    fn follow(
        &self,
        then: usize,
        need: &Need,
        edge: Edge,
        why: Why,
        links: &mut Vec<Link>,
        problems: &mut Problems,
    ) {
        let step = &self.runbook.steps[then];
        match self.indices.get(need.id.as_str()) {
            Some(first) if *first == then => problems.push(itself(step, need)),
            Some(first) if self.runbook.steps[*first].part != step.part => {
                // What `finally` reads of the steps above it has ended by then.
                if why == Why::Listed || step.part == Part::Steps {
                    problems.push(other_part(step, need, &self.runbook.steps[*first]));
                }
            }
            Some(first) => links.push(Link { first: *first, then, edge, place: need.place }),
            None => {
                let others = || self.runbook.steps.iter().filter(|other| other.id != step.id);
                problems.tell(|problems| {
                    let others = others().map(|step| step.id.as_str());
                    unknown(step, need, problems.nearest(need.id.as_str(), others))
                });
            }
        }
    }

    /// A need on the watched step would hold the watcher back in just the case it is there for.
    /// Those `named` by parameters are left out: a step that is watched and whose task is to be
    /// stopped is no wait, and is refused as such.
    fn refuse_needing_the_watched(
        &self,
        own: &[Link],
        named: Range<usize>,
        problems: &mut Problems,
    ) {
        for watch in own.iter().filter(|link| link.edge == Edge::Watch) {
            let needed = |(at, link): &(usize, &Link)| {
                link.first == watch.first && link.edge == Edge::Need && !named.contains(at)
            };
            if let Some((_, need)) = own.iter().enumerate().find(needed) {
                let id = |at: usize| &self.runbook.steps[at].id;
                let (watcher, watched) = (id(watch.then), id(watch.first));
                let message = format!("step `{watcher}` needs `{watched}`, which it watches");
                let label = "this waits for success";
                problems.push(
                    Problem::new(Code::NeedsWatched, message, need.place, label)
                        .and(watch.place, "this waits for the end, however it ends")
                        .help(format!(
                            "take `{watched}` out of `needs`: to watch a step is to come after it"
                        )),
                );
            }
        }
    }
}

fn other_part(step: &Step, need: &Need, other: &Step) -> Problem {
    let (id, wanted) = (&step.id, &need.id);
    let (message, help) = match step.part {
        Part::Steps => (
            format!("step `{id}` needs `{wanted}`, which stands under `finally`"),
            "what stands under `finally` runs when the run closes, after all steps",
        ),
        Part::Finally => (
            format!("step `{id}` under `finally` needs `{wanted}`, which stands under `steps`"),
            "take it out: `finally` comes after all steps, however they ended",
        ),
    };
    Problem::new(Code::NeedsFinally, message, need.place, "of the other part of the run")
        .and(other.place, format!("`{wanted}` stands here"))
        .help(help)
}

fn unknown(step: &Step, need: &Need, near: Option<&str>) -> Problem {
    let message =
        format!("step `{}` needs `{}`, which this runbook does not have", step.id, need.id);
    let problem = Problem::new(Code::NeedsUnknown, message, need.place, "no step has this id");
    match near {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help("name a step of this runbook, or add the step that is missing"),
    }
}

fn itself(step: &Step, need: &Need) -> Problem {
    let message = format!("step `{}` needs itself", step.id);
    Problem::new(Code::NeedsItself, message, need.place, "this is the step it stands in")
        .help("take it out: a step that waits for itself never starts")
}

fn twice(step: &Step, need: &Need) -> Problem {
    let first = step.needs.iter().find(|other| other.id == need.id);
    let message = format!("step `{}` needs `{}` twice", step.id, need.id);
    let problem = Problem::new(Code::NeedsTwice, message, need.place, "again here");
    match first {
        Some(first) => problem.and(first.place, "first here").help("take one of them out"),
        None => problem,
    }
}
