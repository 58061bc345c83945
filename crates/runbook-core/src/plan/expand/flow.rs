//! When a step runs, and what follows it.

use super::super::evaluate::Known;
use super::super::step::{Condition, Flow, PlannedUndo};
use super::{Expander, accept};
use crate::document::{Kind, Value};
use crate::problem::Problems;
use crate::runbook::{self, OnFailure, OnTimeout, Part, Step, UndoBy};
use crate::step::{OnWarning, Type};
use crate::text::cut;
use crate::time::Words;

impl Expander<'_> {
    pub(super) fn flow(
        &self,
        step: &Step,
        known: &Known<'_>,
        problems: &mut Problems,
    ) -> Option<Flow> {
        let (finally, within) = (step.part == Part::Finally, self.within.clone());
        let mut flow = Flow { finally, ..Flow::default() };
        if let Some(when) = &step.when {
            let Kind::Scalar { text, .. } = when.kind() else { return None };
            let evaluated = known.bare(when, problems)?;
            match evaluated.value {
                _ if !evaluated.open.is_empty() => {
                    flow.when.push(Condition { expression: text.to_string(), within });
                }
                Value::Bool(true) => {}
                Value::Bool(false) => flow.skip = Some(format!("`{}` is false", cut(text))),
                other => {
                    let found = runbook::misfit("when", Type::Boolean, &other);
                    problems.extend(found.map(|misfit| misfit.at(when.span())));
                    return None;
                }
            }
        }
        let said = step.on_failure.or(self.runbook.defaults.on_failure);
        flow.on_failure = said.map(|said| match said {
            OnFailure::Halt => "halt".to_owned(),
            OnFailure::Continue => "continue".to_owned(),
            OnFailure::Undo => "undo".to_owned(),
        });
        flow.on_warning = step.on_warning.map(|said| match said {
            OnWarning::Accept => "accept".to_owned(),
            OnWarning::Fail => "fail".to_owned(),
        });
        flow.retry = step.retry.as_deref().map(|retry| {
            let (wait, most) = (Words(retry.wait), Words(retry.max_wait));
            let (attempts, factor) = (retry.attempts, retry.factor);
            format!("{attempts} attempts, {wait} apart, growing by {factor} up to {most}")
        });
        flow.resolves = step.resolves.iter().map(|need| self.id(&need.id)).collect();
        flow.undo = match step.undo.as_deref().map(|undo| &undo.by) {
            Some(UndoBy::Step(undo)) => Some(self.undo(undo, known, problems)?),
            Some(UndoBy::Impossible(why)) => {
                known.copy(why.len());
                Some(PlannedUndo::Impossible(why.clone()))
            }
            Some(UndoBy::Refused) | None => None,
        };
        Some(flow)
    }

    fn undo(&self, undo: &Step, known: &Known<'_>, problems: &mut Problems) -> Option<PlannedUndo> {
        let (with, open) = self.parameters(undo, known, problems)?;
        if open.is_empty() {
            accept(undo, &with, problems)?;
        }
        let wait = undo.wait.as_deref().map(|wait| {
            let on_timeout = match wait.decided() {
                OnTimeout::Cancel => "cancel",
                OnTimeout::Detach => "detach",
            };
            format!("{}, then {on_timeout}", Words(wait.timeout))
        });
        Some(PlannedUndo::Step { uses: undo.kind().to_owned(), with, wait })
    }
}
