//! `sleep`: lets a given time pass.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::step::{
    Decl, Ending, Machine, Param, Setting, StepInput, StepResult, StepTurn, StepType, Type,
};
use crate::time::{Timestamp, Words};

/// The step type.
pub(crate) struct Sleep;

/// What stands under `with:`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spec {
    r#for: Words,
}

impl StepType for Sleep {
    const DECL: Decl = Decl {
        kind: "sleep",
        summary: "Lets a given time pass.",
        params: &[Param::required("for", Type::Duration, "How long to wait.")],
        proof: "The clock of the machine that runs the runbook.",
        investigate: "A run that is resumed sleeps until the instant at which it would have woken.",
        more: "A sleep proves nothing. Where something must be ready, a check says so.",
        example: "\
runbook: v1
name: breathe
steps:
  pause: { uses: sleep, with: { for: 10s } }
",
        ..Decl::READ
    };
    type Spec = Spec;
    type Machine = SleepMachine;

    fn begin(spec: Spec, _: &Setting) -> SleepMachine {
        SleepMachine { length: spec.r#for.0, until: None }
    }
}

/// | state | input | then |
/// | --- | --- | --- |
/// | new | begin, resumed | asleep until now + length |
/// | asleep | woke, and it is time | succeeded |
/// | any | anything else | nothing |
pub(crate) struct SleepMachine {
    length: Duration,
    until: Option<Timestamp>,
}

/// What changes the machine.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Note {
    /// It sleeps until this instant.
    Asleep(Timestamp),
}

impl Machine for SleepMachine {
    type Note = Note;

    fn decide(&self, now: Timestamp, input: &StepInput) -> StepTurn<Note> {
        match (self.until, input) {
            (None, StepInput::Begin | StepInput::Resumed) => {
                StepTurn::note(Note::Asleep(now + self.length))
            }
            (Some(until), StepInput::Woke) if now >= until => {
                StepTurn::end(Ending::new(StepResult::Succeeded, "the time has passed"))
            }
            _ => StepTurn::nothing(),
        }
    }

    fn apply(&mut self, note: &Note) {
        let Note::Asleep(until) = note;
        self.until = Some(*until);
    }

    fn wake_at(&self) -> Option<Timestamp> {
        self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_when_the_time_has_passed_and_not_before() {
        let at = Timestamp::from_millisecond;
        let mut machine = SleepMachine { length: Duration::from_secs(1), until: None };
        let turn = machine.decide(at(0), &StepInput::Begin);
        assert!(turn.ending.is_none());
        turn.notes.iter().for_each(|note| machine.apply(note));
        assert_eq!(machine.wake_at(), Some(at(1000)));
        assert!(machine.decide(at(999), &StepInput::Woke).ending.is_none());
        let ending = machine.decide(at(1000), &StepInput::Woke).ending;
        assert_eq!(ending.map(|ending| ending.result), Some(StepResult::Succeeded));
    }
}
