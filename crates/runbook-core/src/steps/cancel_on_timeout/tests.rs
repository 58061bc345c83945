//! The machine as a table: where it is, what it is told, and what follows.

use em_api::protocol::{Task, TaskId, TaskResult, TaskState};
use strum::IntoEnumIterator as _;

use super::machine::{CancelOnTimeoutMachine, Note};
use super::*;
use crate::step::{
    Acted, Action, CallId, Ending, Evidence, Failure, Machine, Snapshot, StepEffect, StepInput,
    StepResult,
};
use crate::time::Timestamp;

const LOOK: CallId = CallId(1);
const CANCEL: CallId = CallId(2);
const PROOF: CallId = CallId(3);

const fn at(secs: i64) -> Timestamp {
    Timestamp::from_millisecond(secs * 1000)
}

fn id(name: &str) -> StepId {
    StepId::parse(name).unwrap()
}

/// A machine to which these notes were applied; `settle` is 2 minutes.
fn after(notes: &[Note]) -> CancelOnTimeoutMachine {
    let settle = Duration::from_mins(2);
    let mut machine = CancelOnTimeoutMachine::new(id("undo"), id("wait"), settle);
    for note in notes {
        machine.apply(note);
    }
    machine
}

const LOOKING: Note = Note::Looking { until: at(120) };
const SETTLING: Note = Note::Settling { until: at(120) };

fn task(state: TaskState, success: Option<bool>) -> Snapshot {
    let result = success.map(|success| TaskResult {
        success: Some(success),
        message: None,
        credentials_needed: false,
        confirmation_needed: false,
    });
    let (id, operation) = (TaskId::parse("task-1").unwrap(), "UndoFailoverPlan".to_owned());
    Snapshot::Task(Box::new(Task { id, state, operation, result, links: vec![], href: None }))
}

fn ended(step: &str, result: StepResult) -> StepInput {
    StepInput::Ended(id(step), Ending::new(result, ""))
}

/// What follows, in short: how it ended, or what it wishes.
fn follows(notes: &[Note], now: Timestamp, input: &StepInput) -> String {
    let turn = after(notes).decide(now, input);
    let words = turn.effects.iter().map(|effect| match effect {
        StepEffect::Follow(LOOK, of) => format!("look at {of}"),
        StepEffect::Follow(PROOF, of) => format!("prove {of}"),
        StepEffect::Act(CANCEL, Action::CancelTask(of)) => format!("stop {of}"),
        StepEffect::Abandon(call) => format!("abandon {}", call.0),
        other => panic!("{other:?}"),
    });
    let ending = turn.ending.map(|ending| {
        let late = ending.outputs.get("late").is_some();
        let succeeded = ending.result == StepResult::Succeeded;
        assert_eq!((late, ending.acknowledges.is_some()), (succeeded, succeeded));
        ending.result.name().to_owned()
    });
    words.chain(ending).collect::<Vec<_>>().join(", ")
}

#[test]
fn however_the_wait_ends_it_knows_what_to_do() {
    for result in StepResult::iter() {
        let expected = match result {
            StepResult::TimedOut => "look at undo",
            StepResult::Succeeded | StepResult::Warned | StepResult::Skipped => "skipped",
            _ => "blocked",
        };
        assert_eq!(follows(&[], at(0), &ended("wait", result)), expected, "{result:?}");
        assert_eq!(follows(&[], at(0), &ended("other", result)), "", "{result:?} of another");
    }
}

#[test]
fn it_looks_once_more_before_it_asks_em_to_stop_the_task() {
    use TaskState::{Finished, OperationFinished, Running};
    let table = [
        (task(Running, None), "abandon 1, stop undo"),
        (task(Running, Some(true)), "abandon 1, stop undo"),
        (task(OperationFinished, Some(true)), "abandon 1, stop undo"),
        (task(Finished, Some(true)), "abandon 1, succeeded"),
        (task(Finished, Some(false)), "abandon 1, failed"),
        (task(Finished, None), "abandon 1, unknown"),
        (Snapshot::Gone, "abandon 1, unknown"),
        (Snapshot::Lost(String::new()), "abandon 1, unknown"),
        (Snapshot::Foreign("Other".to_owned()), "abandon 1, unknown"),
        (Snapshot::None, "abandon 1, unknown"),
    ];
    for (snapshot, expected) in table {
        let input = StepInput::Observed(LOOK, snapshot);
        assert_eq!(follows(&[LOOKING], at(1), &input), expected, "{input:?}");
    }
    assert_eq!(follows(&[LOOKING], at(119), &StepInput::Woke), "");
    assert_eq!(follows(&[LOOKING], at(120), &StepInput::Woke), "abandon 1, unknown");
}

#[test]
fn no_answer_to_the_wish_proves_that_anything_stopped() {
    let failure = || Failure { message: "403".to_owned(), status: Some(403) };
    let table = [
        (Acted::Done, "prove undo"),
        (Acted::Accepted(Evidence::default()), "prove undo"),
        (Acted::Unknown(Evidence::default()), "prove undo"),
        (Acted::Refused(failure()), "unknown"),
        (Acted::NotSent(failure()), "unknown"),
    ];
    for (acted, expected) in table {
        let input = StepInput::Acted(CANCEL, acted);
        assert_eq!(follows(&[LOOKING, Note::Cancelling], at(1), &input), expected, "{input:?}");
    }
}

#[test]
fn after_the_wish_only_a_result_of_the_task_is_proof() {
    use TaskState::{Finished, Running};
    let table = [
        (task(Running, None), ""),
        (task(Finished, Some(true)), "abandon 3, succeeded"),
        (task(Finished, Some(false)), "abandon 3, failed"),
        (task(Finished, None), "abandon 3, unknown"),
        (Snapshot::Gone, "abandon 3, unknown"),
        (Snapshot::Lost(String::new()), "abandon 3, unknown"),
        (Snapshot::Foreign("Other".to_owned()), "abandon 3, unknown"),
    ];
    for (snapshot, expected) in table {
        let input = StepInput::Observed(PROOF, snapshot);
        assert_eq!(follows(&[SETTLING], at(1), &input), expected, "{input:?}");
    }
    assert_eq!(follows(&[SETTLING], at(119), &StepInput::Woke), "");
    assert_eq!(follows(&[SETTLING], at(120), &StepInput::Woke), "abandon 3, unknown");
}

#[test]
fn what_belongs_to_another_state_moves_nothing() {
    let inputs = [
        StepInput::Begin,
        StepInput::Woke,
        StepInput::Deadline,
        StepInput::Observed(LOOK, Snapshot::Gone),
        StepInput::Observed(PROOF, Snapshot::Gone),
        StepInput::Acted(CANCEL, Acted::Done),
        ended("wait", StepResult::TimedOut),
    ];
    // Which of the inputs, by place, moves which state.
    let table: [(&[Note], &[usize]); 4] = [
        (&[], &[6]),
        (&[LOOKING], &[3]),
        (&[LOOKING, Note::Cancelling], &[5]),
        (&[LOOKING, Note::Cancelling, SETTLING], &[4]),
    ];
    for (notes, moves) in table {
        for (place, input) in inputs.iter().enumerate() {
            let moved = !follows(notes, at(1), input).is_empty();
            assert_eq!(moved, moves.contains(&place), "{input:?} after {notes:?}");
        }
    }
}

#[test]
fn it_wakes_when_a_search_is_given_up_and_only_then() {
    assert_eq!(after(&[]).wake_at(), None);
    assert_eq!(after(&[LOOKING]).wake_at(), Some(at(120)));
    assert_eq!(after(&[LOOKING, Note::Cancelling]).wake_at(), None);
    assert_eq!(after(&[SETTLING]).wake_at(), Some(at(120)));
}
