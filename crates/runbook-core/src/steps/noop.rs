//! `noop`: does nothing, and succeeds.

use serde::{Deserialize, Serialize};

use crate::step::{Decl, Ending, Machine, Setting, StepInput, StepResult, StepTurn, StepType};
use crate::time::Timestamp;

/// The step type.
pub(crate) struct Noop;

/// It has no parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spec {}

impl StepType for Noop {
    const DECL: Decl = Decl {
        kind: "noop",
        summary: "Does nothing, and succeeds.",
        proof: "There is nothing to prove.",
        investigate: "There is nothing to investigate.",
        more: "Use it as a joint: several steps need it, and it needs several others.",
        example: "\
runbook: v1
name: joint
steps:
  left: { uses: sleep, with: { for: 1s } }
  right: { uses: sleep, with: { for: 1s } }
  both: { uses: noop, needs: [left, right] }
",
        ..Decl::READ
    };
    type Spec = Spec;
    type Machine = NoopMachine;

    fn begin(_: Spec, _: &Setting) -> NoopMachine {
        NoopMachine
    }
}

/// Ends at its first input.
pub(crate) struct NoopMachine;

/// Nothing ever changes it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Note {}

impl Machine for NoopMachine {
    type Note = Note;

    fn decide(&self, _: Timestamp, _: &StepInput) -> StepTurn<Note> {
        StepTurn::end(Ending::new(StepResult::Succeeded, "did nothing"))
    }

    fn apply(&mut self, note: &Note) {
        match *note {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_succeeds_at_once() {
        let turn = NoopMachine.decide(Timestamp::from_millisecond(0), &StepInput::Begin);
        assert_eq!(turn.ending.map(|ending| ending.result), Some(StepResult::Succeeded));
    }
}
