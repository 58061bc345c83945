//! The machine as a table: where it is, what it is told, and what follows.

use std::time::Duration;

use em_api::protocol::{Link, Task, TaskId, TaskResult, TaskState};

use super::machine::WaitTaskMachine;
use super::*;
use crate::step::{CallId, Ending, Failure, Machine, Snapshot, StepEffect, StepInput, StepResult};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millisecond(0);

fn machine(until: Until, watched: bool, following: bool) -> WaitTaskMachine {
    let of = StepId::parse("undo").unwrap();
    WaitTaskMachine { of, until, timeout: Duration::from_mins(30), watched, following }
}

fn task(state: TaskState, success: Option<bool>, related: bool) -> StepInput {
    let result = success.map(|success| TaskResult {
        success: Some(success),
        message: Some("Ok".to_owned()),
        credentials_needed: false,
        confirmation_needed: false,
    });
    let link = |rel: &str| Link {
        rel: rel.to_owned(),
        href: "/api/restoreSessions/1".to_owned(),
        kind: None,
        name: None,
    };
    let links = if related { vec![link("Related")] } else { vec![link("Delete")] };
    let id = TaskId::parse("task-1").unwrap();
    let operation = "UndoFailoverPlan".to_owned();
    let task = Task { id, state, operation, result, links, href: None };
    StepInput::Observed(CallId(1), Snapshot::Task(Box::new(task)))
}

fn seen(snapshot: Snapshot) -> StepInput {
    StepInput::Observed(CallId(1), snapshot)
}

/// What a turn of a wait that follows ends with; none where nothing follows at all.
fn ends(watched: bool, until: Until, input: &StepInput) -> Option<StepResult> {
    let turn = machine(until, watched, true).decide(NOW, input);
    assert!(turn.notes.is_empty());
    let abandons = turn.effects == [StepEffect::Abandon(CallId(1))];
    assert!(if turn.ending.is_some() { abandons } else { turn.effects.is_empty() });
    turn.ending.map(|ending| {
        let acknowledges = ending.acknowledges.is_some();
        assert_eq!(acknowledges, ending.result == StepResult::Succeeded, "{}", ending.message);
        ending.result
    })
}

#[test]
fn it_begins_by_following_the_task_of_its_step() {
    let mut machine = machine(Until::Outcome, false, false);
    let turn = machine.decide(NOW, &StepInput::Begin);
    let undo = StepId::parse("undo").unwrap();
    assert_eq!(turn.effects, [StepEffect::Follow(CallId(1), undo)]);
    for note in &turn.notes {
        machine.apply(note);
    }
    assert!(machine.decide(NOW, &StepInput::Begin).effects.is_empty(), "it begins once");
    assert_eq!(machine.wake_at(), None);
}

#[test]
fn each_sight_of_the_task_has_its_meaning() {
    use StepResult::{Failed, Succeeded, Unknown};
    use TaskState::{Finished, OperationFinished, Other, Running};
    let (yes, no) = (Some(true), Some(false));
    let other = || Other("Paused".to_owned());
    let table = [
        (task(Running, None, false), None),
        // A result is read in the state Finished only.
        (task(Running, yes, false), None),
        (task(Running, no, false), None),
        (task(OperationFinished, yes, false), None),
        (task(other(), yes, false), None),
        (task(Finished, yes, false), Some(Succeeded)),
        (task(Finished, yes, true), Some(Unknown)),
        (task(Finished, no, false), Some(Failed)),
        (task(Finished, no, true), Some(Failed)),
        (task(Finished, None, false), Some(Unknown)),
        (seen(Snapshot::Gone), Some(Unknown)),
        (seen(Snapshot::Lost("401".to_owned())), Some(Unknown)),
        (seen(Snapshot::Foreign("Other".to_owned())), Some(Unknown)),
        (seen(Snapshot::None), Some(Failed)),
    ];
    for (input, expected) in table {
        for watched in [false, true] {
            assert_eq!(ends(watched, Until::Outcome, &input), expected, "{input:?}");
        }
    }
    let linked = task(Finished, yes, true);
    assert_eq!(ends(false, Until::Task, &linked), Some(Succeeded), "the task was all it wanted");
}

#[test]
fn its_time_is_over_for_its_watch_or_else_unknown() {
    let deadline = StepInput::Deadline;
    assert_eq!(ends(true, Until::Outcome, &deadline), Some(StepResult::TimedOut));
    assert_eq!(ends(false, Until::Outcome, &deadline), Some(StepResult::Unknown));
}

#[test]
fn nothing_else_moves_it() {
    let step = StepId::parse("other").unwrap();
    let failure = Failure { message: String::new(), status: None };
    let table = [
        StepInput::Woke,
        StepInput::Ended(step, Ending::new(StepResult::Failed, "")),
        StepInput::Answered(CallId(1), crate::step::Answer::None(failure.clone())),
        StepInput::Acted(CallId(1), crate::step::Acted::Refused(failure)),
        StepInput::Observed(CallId(2), Snapshot::Gone),
    ];
    for input in table {
        assert_eq!(ends(true, Until::Outcome, &input), None, "{input:?}");
    }
    for input in [seen(Snapshot::Gone), StepInput::Deadline] {
        let turn = machine(Until::Outcome, false, false).decide(NOW, &input);
        assert!(turn.ending.is_none(), "{input:?} before it began");
    }
}
