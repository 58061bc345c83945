//! What nobody could decide, and what an honest operator rules on it.

use runbook_core::event::{LaneEvent, What};
use runbook_core::run::Run;

use super::super::fate::{Comeback, Fate, Moment, Turnout};
use super::*;

/// The run comes back once it has ended without having come to its end, with an operator.
struct Asked;

impl Fate for Asked {
    fn at(&mut self, _: &Moment<'_>) -> Option<Turnout> {
        None
    }

    fn ended(&mut self, run: &Run) -> Option<Comeback> {
        run.is_open().then(|| Comeback {
            after: Duration::from_mins(1),
            operator: true,
            ..Comeback::AT_ONCE
        })
    }
}

fn of(record: &Record, wanted: fn(&LaneEvent) -> bool) -> usize {
    let events = record.events.iter();
    events.filter(|event| matches!(&event.what, What::Lane(event) if wanted(event))).count()
}

#[test]
fn after_the_ruling_that_nothing_has_happened_there_is_one_new_attempt() {
    let record = check(&Story {
        rules: vec![(Method::Post, POST, 1, NEVER_CAME)],
        bench: |bench| bench.fate(Asked),
        posts: (2, 1),
        says: "ruled «not-happened»",
        ..HAPPY
    });
    assert_eq!(of(&record, |event| matches!(event, LaneEvent::Intended { .. })), 2);
    assert_eq!(of(&record, |event| matches!(event, LaneEvent::Undecided { .. })), 1);
}

#[test]
fn after_the_ruling_that_it_has_happened_nothing_is_sent_again() {
    check(&Story {
        // The answer is lost, and so is the session in which it could be looked for.
        rules: vec![(Method::Post, POST, 1, LOST), (Method::Get, TASKS, 2, Twist::Restart)],
        bench: |bench| bench.fate(Asked),
        says: "ruled «happened»",
        ..HAPPY
    });
}

#[test]
fn after_the_ruling_that_it_has_failed_the_run_has_failed() {
    check(&Story {
        rules: vec![(Method::Post, POST, 1, LOST), (Method::Get, TASKS, 2, Twist::Restart)],
        world: |world| script(world, 0, Ending::Failure("Failover plan is in use.".to_owned())),
        bench: |bench| bench.fate(Asked),
        exit_code: 1,
        steps: &["failed", "blocked", "blocked"],
        says: "ruled «failed»",
        ..HAPPY
    });
}
