//! Children of a `for-each` must be told apart. What an expression gives is looked at by the plan.

use std::collections::HashMap;

use super::View;
use crate::document::{Kind, Node};
use crate::expression;
use crate::limits;
use crate::problem::{Code, Problem, Problems};
use crate::runbook::{ForEach, Step};
use crate::text::{Span, cut};

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    for step in &view.runbook.steps {
        let Some(for_each) = step.for_each.as_deref() else { continue };
        if let Kind::List(items) = for_each.list.kind() {
            literal(step, for_each, items, problems);
        }
    }
}

fn literal(step: &Step, for_each: &ForEach, items: &[Node], problems: &mut Problems) {
    if let Some(over) = items.get(limits::CHILDREN) {
        problems.push(too_many(step, items.len(), over.span()));
        return;
    }
    if for_each.key.is_some() {
        return;
    }
    let mut first: HashMap<&str, Span> = HashMap::with_capacity(items.len());
    for item in items {
        let Some(text) = item.text() else {
            problems.push(no_key(step, item.span()));
            return;
        };
        if expression::is_in(text) {
            continue;
        }
        if let Some(earlier) = first.insert(text, item.span()) {
            problems.push(duplicate(step, text, item.span()).and(earlier, "first here"));
        }
    }
}

/// Says that a list has more items than are taken.
pub(crate) fn too_many(step: &Step, count: usize, place: Span) -> Problem {
    let most = limits::CHILDREN;
    let message =
        format!("step `{}` runs for {count} items, and at most {most} are taken", step.id);
    Problem::new(Code::ForEachTooMany, message, place, "one too many")
        .help("split the list over several steps")
}

/// Says that items are no texts and have no key.
pub(crate) fn no_key(step: &Step, place: Span) -> Problem {
    let message = format!("the items of step `{}` are no texts, and have no key", step.id);
    Problem::new(Code::ForEachNoKey, message, place, "what is this child called?").help(
        "write `for-each: { in: …, key: \"${{ item.name }}\" }`: a child is known by its key in \
         the journal",
    )
}

/// Says that two items have the same key.
pub(crate) fn duplicate(step: &Step, key: &str, place: Span) -> Problem {
    let message = format!("two children of step `{}` have the key `{}`", step.id, cut(key));
    Problem::new(Code::ForEachDuplicateKey, message, place, "again here")
        .help("take one of them out, or name the items by a `key` of their own")
}
