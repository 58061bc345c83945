//! Times that are over: of a wait, of its watch, and of a step that could not begin.

use super::*;

/// An undo whose wait is watched, with a step that needs the wait.
const WATCHED: &str = "
runbook: v1
name: watched
steps:
  undo: { uses: undo-failover, with: { plan: SQL Failover Plan } }
  wait: { uses: wait-task, with: { task: undo }, timeout: 30m }
  cancel: { uses: cancel-on-timeout, with: { task: undo, watch: wait } }
  next: { uses: noop, needs: [wait] }
";

/// An undo whose watch has a need of its own.
const NEEDY: &str = "
runbook: v1
name: needy
steps:
  undo: { uses: undo-failover, with: { plan: SQL Failover Plan } }
  wait: { uses: wait-task, with: { task: undo }, timeout: 30m }
  other: { uses: undo-failover, with: { plan: Nowhere } }
  cancel: { uses: cancel-on-timeout, needs: [other], with: { task: undo, watch: wait } }
";

/// An undo that must have begun within ten seconds, in a run that takes longer.
const HASTY: &str = "
runbook: v1
name: hasty
steps:
  undo: { uses: undo-failover, with: { plan: SQL Failover Plan }, timeout: 10s }
  pause: { uses: sleep, with: { for: 5m } }
";

#[test]
fn a_stuck_task_that_em_forgets_is_unknown() {
    let record = check(&Story {
        world: |world| stuck(world, DeleteTask::Forgets),
        exit_code: 7,
        steps: &["succeeded", "timed-out", "unknown"],
        says: "EM was asked to stop it",
        ..HAPPY
    });
    assert_eq!(record.world.count(Method::Delete, TASK), 1);
    assert_eq!(record.world.count(Method::Delete, "/api/logonSessions/"), 0, "it is evidence");
}

#[test]
fn a_stuck_task_that_em_stops_has_failed() {
    check(&Story {
        world: |world| stuck(world, DeleteTask::Stops),
        exit_code: 1,
        steps: &["succeeded", "timed-out", "failed"],
        says: "finished without success",
        ..HAPPY
    });
}

#[test]
fn a_stuck_task_that_em_will_not_stop_is_unknown_after_settle() {
    let record = check(&Story {
        world: |world| stuck(world, DeleteTask::Refuses),
        exit_code: 7,
        steps: &["succeeded", "timed-out", "unknown"],
        says: "within 2m nothing proved",
        ..HAPPY
    });
    assert_eq!(record.world.count(Method::Delete, TASK), 3);
}

#[test]
fn an_answer_to_the_wish_to_stop_that_is_lost_is_not_told_as_taken() {
    let rules = vec![(Method::Delete, TASK, 0, LOST)];
    let record = check(&Story {
        world: |world| stuck(world, DeleteTask::Refuses),
        rules,
        exit_code: 7,
        steps: &["succeeded", "timed-out", "unknown"],
        says: "not proven: the connection was closed",
        ..HAPPY
    });
    assert!(!report::text(&record.report).contains("EM has taken it"));
}

#[test]
fn a_success_that_comes_late_counts() {
    check(&Story {
        world: |world| {
            script(world, 31, Ending::Success);
            world.set_habits(Habits { delete_task: DeleteTask::Refuses, ..Habits::default() });
        },
        steps: &["succeeded", "timed-out", "succeeded"],
        says: "finished with success after its time",
        ..HAPPY
    });
}

#[test]
fn a_success_that_comes_late_does_not_make_up_for_a_step_that_was_blocked() {
    check(&Story {
        book: Some(WATCHED),
        world: |world| {
            script(world, 31, Ending::Success);
            world.set_habits(Habits { delete_task: DeleteTask::Refuses, ..Habits::default() });
        },
        exit_code: 1,
        steps: &["succeeded", "timed-out", "succeeded", "blocked"],
        says: "it needs `wait`, which ended timed-out",
        ..HAPPY
    });
}

#[test]
fn a_time_out_whose_watch_was_blocked_is_unknown() {
    check(&Story {
        book: Some(NEEDY),
        world: |world| stuck(world, DeleteTask::Refuses),
        exit_code: 7,
        steps: &["succeeded", "timed-out", "failed", "blocked"],
        says: "it needs `other`, which ended failed",
        ..HAPPY
    });
}

#[test]
fn a_task_that_is_over_just_before_settle_is_seen() {
    check(&Story {
        world: |world| {
            let ending = Ending::Success;
            let delay_running = Duration::from_secs(32 * 60 - 2);
            let delay_operation_finished = Duration::ZERO;
            let script = Script { delay_running, delay_operation_finished, ending };
            world.set_script(sql(), Action::Undo, script);
            world.set_habits(Habits { delete_task: DeleteTask::Refuses, ..Habits::default() });
        },
        steps: &["succeeded", "timed-out", "succeeded"],
        says: "finished with success after its time",
        ..HAPPY
    });
}

#[test]
fn a_question_of_a_step_whose_time_is_over_is_not_asked_again() {
    const LIST: &str = "/api/failoverPlans";
    for twist in [says(503), LOST, Twist::HeldBack(Duration::from_secs(75))] {
        let record = check(&Story {
            book: Some(HASTY),
            rules: vec![(Method::Get, LIST, 0, twist)],
            exit_code: 1,
            steps: &["failed", "succeeded"],
            posts: (0, 0),
            says: "the time of the step was over",
            ..HAPPY
        });
        let asked = record.sent.iter().filter(|sent| sent.target == LIST).map(|sent| sent.at);
        let last = asked.max().expect("a question");
        assert!(last.since(bench::start()) < Duration::from_secs(11), "{last}");
    }
}
