//! The children of a `for-each`: a group for each item.

use std::collections::BTreeSet;
use std::mem::take;

use super::super::evaluate::Known;
use super::super::step::Flow;
use super::group::joint_of;
use super::{Expanded, Expander, Group};
use crate::check;
use crate::document::{Node, Value};
use crate::graph::Edge;
use crate::limits;
use crate::problem::{Code, Problem, Problems};
use crate::runbook::{self, Part, Step};
use crate::step::Type;
use crate::text::{Span, cut_or_quotes};

impl Expander<'_> {
    /// Makes a group for each item, and a joint behind them: the step others wait for.
    pub(super) fn children(
        &self,
        step: &Step,
        items: Vec<Value>,
        out: &mut Expanded,
        problems: &mut Problems,
    ) -> Option<Group> {
        let for_each = step.for_each.as_deref()?;
        let place = for_each.list.span();
        if items.len() > limits::CHILDREN {
            problems.push(check::too_many(step, items.len(), place));
            return None;
        }
        let mut keys = BTreeSet::new();
        let (mut firsts, mut lasts) = (Vec::new(), Vec::new());
        for item in items {
            let known = self.known.with_item(&for_each.item, &item);
            let key = key(step, for_each.key.as_ref(), &item, &known, place, problems)?;
            let id = match self.id(&step.id).child(&key) {
                Ok(id) if keys.insert(key.clone()) => id,
                Ok(_) => {
                    problems.push(check::duplicate(step, &key, place));
                    return None;
                }
                Err(_) => {
                    problems.push(bad_key(step, &key, place));
                    return None;
                }
            };
            let group = self.group(step, &id, &known, out, problems)?;
            // Expanding stops at the step; its children may each be a runbook.
            if out.steps.len() > limits::STEPS {
                return None;
            }
            firsts.extend(group.firsts);
            lasts.extend(group.last);
        }
        let mut flow = of_all_children(step, &lasts, out);
        flow.max_parallel = for_each.max_parallel;
        flow.resolves =
            lasts.iter().flat_map(|last| take(&mut out.steps[*last].flow.resolves)).collect();
        flow.resolves.dedup();
        let joint = out.steps.len();
        out.steps.push(joint_of(self.id(&step.id), flow, "all children have ended"));
        out.edges.extend(lasts.into_iter().map(|last| (last, joint, Edge::Need)));
        if firsts.is_empty() {
            firsts.push(joint);
        }
        Some(Group { firsts, last: Some(joint), call: None })
    }
}

/// Returns what holds for all children, and so for the step that stands for them.
fn of_all_children(step: &Step, lasts: &[usize], out: &Expanded) -> Flow {
    let flows = || lasts.iter().map(|last| &out.steps[*last].flow);
    let mut flow = flows().next().map_or_else(Flow::default, Flow::of_all);
    flow.finally = step.part == Part::Finally;
    if flows().any(|other| other.skip != flow.skip) {
        flow.skip = None;
    }
    if flows().any(|other| other.when != flow.when) {
        flow.when.clear();
    }
    flow
}

fn key(
    step: &Step,
    key: Option<&Node>,
    item: &Value,
    known: &Known<'_>,
    place: Span,
    problems: &mut Problems,
) -> Option<String> {
    let Some(node) = key else {
        let text = item.as_str().map(str::to_owned);
        if text.is_none() {
            problems.push(check::no_key(step, place));
        }
        return text;
    };
    let evaluated = known.value(node, problems)?;
    match evaluated.value {
        Value::String(text) if evaluated.open.is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        other => {
            let found = runbook::misfit("key", Type::String, &other);
            problems.extend(found.map(|misfit| misfit.at(node.span())));
            None
        }
    }
}

fn bad_key(step: &Step, key: &str, place: Span) -> Problem {
    let shown = cut_or_quotes(key);
    let message = format!("`{shown}` cannot name a child of step `{}`", step.id);
    Problem::new(Code::ForEachBadKey, message, place, "a short text that shows is expected")
        .help("let it give a text of 1 to 200 bytes without line breaks, such as `db01`")
}
