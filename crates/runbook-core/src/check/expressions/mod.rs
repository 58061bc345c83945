//! Every expression of a runbook, held against what it can name and against the type that is
//! taken where it stands.

mod names;
mod values;

use super::View;
use crate::document::{Kind, Node};
use crate::expression::{self, Template, Ty};
use crate::problem::Problems;
use crate::runbook::{ForEach, InputType, Runbook, Step};
use crate::step::{Param, Type};
use names::{Known, Place};
use values::{Expected, Walk};

pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    let runbook = view.runbook;
    for (at, step) in runbook.steps.iter().enumerate() {
        check_step(view, at, step, problems);
    }
    let mut top = |place, node: &Node, expected: Expected<'_>| {
        let known = Known { view, place, item: None };
        Walk { known: &known, problems }.value(node, expected);
    };
    for lock in &runbook.locks {
        top(Place::Before, lock, Expected::new("locks", Type::String));
    }
    if let Some(alerts) = &runbook.alerts {
        top(Place::Before, &alerts.webhook, Expected::new("webhook", Type::Url).secret());
    }
    for (name, output) in &runbook.outputs {
        top(Place::Outputs, output, Expected::new(name, Type::Any));
    }
}

fn check_step(view: &View<'_>, at: usize, step: &Step, problems: &mut Problems) {
    let open = step.when.is_some() || step.for_each.is_some() || step.with.is_some();
    if !open && step.undo.is_none() {
        return;
    }
    let place = Place::Step(at);
    let item = step.for_each.as_deref().map(|for_each| {
        let item = check_list(view, place, for_each, problems);
        check_key(step, &item, problems);
        (for_each.item.as_str(), item)
    });
    let known = Known { view, place, item: item.clone() };
    let mut walk = Walk { known: &known, problems };
    if let Some(key) = step.for_each.as_deref().and_then(|for_each| for_each.key.as_ref()) {
        walk.value(key, Expected::new("key", Type::String));
    }
    if let Some(when) = &step.when {
        walk.condition(when);
    }
    let inner = view.inner.get(&at).map(|inner| inner.runbook());
    parameters(&mut walk, step, inner);
    if let Some(undo) = step.undo_step() {
        let known = Known { view, place: Place::Undo(at), item };
        parameters(&mut Walk { known: &known, problems }, undo, None);
    }
}

/// Checks the list of a `for-each`, and returns what its items are.
fn check_list(view: &View<'_>, place: Place, for_each: &ForEach, problems: &mut Problems) -> Ty {
    const LIST: Type = Type::List { of: &Type::Any, least: 0 };
    let known = Known { view, place, item: None };
    let mut walk = Walk { known: &known, problems };
    walk.value(&for_each.list, Expected::new("for-each", LIST).required());
    match for_each.list.kind() {
        Kind::List(items) => items
            .iter()
            .map(literal)
            .reduce(|one, two| if one == two { one } else { Ty::Any })
            .unwrap_or(Ty::Any),
        Kind::Scalar { text, .. } if expression::is_in(text) => {
            let ty = Template::parse(text).map(|template| template.infer(&known).0);
            match ty.map(Ty::present) {
                Ok(Ty::List(of)) => *of,
                _ => Ty::Any,
            }
        }
        _ => Ty::Any,
    }
}

/// Returns what a written item is.
fn literal(item: &Node) -> Ty {
    match item.kind() {
        Kind::Map(entries) => {
            Ty::Record(entries.iter().map(|entry| (entry.key.to_string(), Ty::Any)).collect())
        }
        _ if item.text().is_some() => Ty::Text,
        _ => Ty::Any,
    }
}

/// Refuses items that are known to be no texts and have no key. Those that are written are
/// looked at with the list.
fn check_key(step: &Step, item: &Ty, problems: &mut Problems) {
    let Some(for_each) = step.for_each.as_deref() else { return };
    let written = matches!(for_each.list.kind(), Kind::List(_));
    let is_text = matches!(item, Ty::Any | Ty::Text | Ty::Word(_) | Ty::Secret);
    if !written && for_each.key.is_none() && !is_text {
        problems.push(super::no_key(step, for_each.list.span()));
    }
}

fn parameters(walk: &mut Walk<'_>, step: &Step, inner: Option<&Runbook>) {
    let Some(with) = &step.with else { return };
    let params: &[Param] = step.uses.map_or(&[], |uses| uses.decl().params);
    for entry in with.entries() {
        let param = params.iter().find(|param| param.name == &*entry.key);
        if let (Some(inner), "inputs") = (inner, &*entry.key) {
            inputs_of(walk, &entry.value, inner);
            continue;
        }
        let expected = match param {
            Some(param) => Expected::of(param),
            None => Expected::new(&entry.key, Type::Any),
        };
        walk.value(&entry.value, expected);
    }
}

/// Checks what is handed to another runbook against its inputs.
fn inputs_of(walk: &mut Walk<'_>, given: &Node, other: &Runbook) {
    for entry in given.entries() {
        let Some(input) = other.inputs.get(&*entry.key) else { continue };
        let is = input.is.map_or(Type::Any, InputType::is);
        let expected = Expected::new(&entry.key, is);
        walk.value(&entry.value, if input.is_needed() { expected.required() } else { expected });
    }
}
