//! The steps of another runbook, as if they stood where it is run.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::super::Inputs;
use super::super::evaluate::Known;
use super::super::step::Flow;
use super::group::joint_of;
use super::{Expanded, Expander, Group};
use crate::check::Checked;
use crate::document::Node;
use crate::graph::Edge;
use crate::problem::{Problem, Problems, Severity};
use crate::runbook::Step;
use crate::step::StepId;

impl<'a> Expander<'a> {
    pub(super) fn inner(&self, step: &Step) -> Option<&'a Checked> {
        let at = self.places.get(&step.id)?;
        self.checked.inner().get(at).map(|inner| &**inner)
    }

    /// Takes the steps of another runbook in, and a joint behind them: the step others wait for.
    pub(super) fn inlined(
        &self,
        step: &Step,
        id: &StepId,
        inner: &Checked,
        known: &Known<'_>,
        out: &mut Expanded,
        problems: &mut Problems,
    ) -> Option<Group> {
        let other = inner.runbook();
        let (mut given, mut open) = (Inputs::default(), BTreeMap::new());
        // What is open is read in this runbook, and named in the other as its input.
        let mut handed = IndexMap::new();
        for entry in step.param("inputs").map_or(&[][..], Node::entries) {
            let evaluated = known.value(&entry.value, problems)?;
            match evaluated.open.into_iter().next() {
                Some(waits) => {
                    open.insert(entry.key.to_string(), waits);
                    handed.insert(entry.key.to_string(), evaluated.value);
                }
                None => given.value(&entry.key, evaluated.value),
            }
        }
        let mut theirs = Problems::default();
        let values = given.fill_in_but(other, &open, &mut theirs);
        let theirs_known =
            Known::new(other, &values, self.scenario).with_open_inputs(open).below(known);
        let mut inlined = Expander::new(inner, theirs_known, self.scenario);
        inlined.within = Some(id.clone());
        let expanded = inlined.expand(&mut theirs);
        if let Some(first) = theirs.iter().find(|one| one.code.severity() == Severity::Error) {
            let message =
                format!("step `{}` cannot run `{}`: {}", step.id, other.name, first.message);
            problems.push(
                Problem::new(first.code, message, step.place, "with these inputs")
                    .help(first.help.clone().unwrap_or_default()),
            );
            return None;
        }
        out.locks.extend(expanded.locks);
        out.has_open_locks |= expanded.has_open_locks;
        let gate = self.flow(step, known, problems)?;
        let from = out.steps.len();
        let mut waited_for = vec![false; expanded.steps.len()];
        let mut waits = vec![false; expanded.steps.len()];
        for (first, then, edge) in expanded.edges {
            waited_for[first] = true;
            waits[then] = true;
            out.edges.push((from + first, from + then, edge));
        }
        let steps = 0..expanded.steps.len();
        let main: Vec<_> = steps.filter(|at| !expanded.steps[*at].flow.finally).collect();
        out.steps.extend(expanded.steps.into_iter().map(|mut inner| {
            inner.flow.skip = gate.skip.clone().or(inner.flow.skip);
            inner.flow.when.splice(0..0, gate.when.iter().cloned());
            inner.flow.finally |= gate.finally;
            inner
        }));
        let joint = out.steps.len();
        let within = self.within.clone().filter(|_| !handed.is_empty());
        let flow = Flow { inputs: handed, within, ..gate };
        out.steps.push(joint_of(id.clone(), flow, "all of its steps have ended"));
        let lasts = main.iter().filter(|at| !waited_for[**at]);
        out.edges.extend(lasts.map(|last| (from + last, joint, Edge::Need)));
        let firsts = main.iter().filter(|at| !waits[**at]).map(|first| from + first);
        Some(Group { firsts: firsts.collect(), last: Some(joint), call: None })
    }
}
