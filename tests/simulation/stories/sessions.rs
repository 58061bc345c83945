//! Sessions that cannot be had, or that end too early.

use super::*;

/// An undo, and another one while the task of the first runs.
const LATER: &str = "
runbook: v1
name: later
steps:
  left: { uses: undo-failover, with: { plan: SQL Failover Plan } }
  left_wait: { uses: wait-task, with: { task: left }, timeout: 30m }
  pause: { uses: sleep, needs: [left], with: { for: 1m } }
  right: { uses: undo-failover, needs: [pause], with: { plan: ERP-DR } }
  right_wait: { uses: wait-task, with: { task: right }, timeout: 30m }
";

/// The action of the second undo.
const RIGHT: &str = "5f0b1a52-6c0e-4c11-9a5d-2d0f6a3f7b10?action=undo";

#[test]
fn a_401_on_the_action_opens_a_new_lane_and_acts_once() {
    let record = check(&Story {
        rules: vec![(Method::Post, POST, 1, says(401))],
        posts: (2, 1),
        says: "attempt 2, lane 2",
        ..HAPPY
    });
    assert_eq!(record.world.count(Method::Post, LOGON), 2);
}

#[test]
fn a_401_after_a_connection_that_failed_still_has_its_new_lane() {
    let rules = vec![(Method::Post, POST, 1, Twist::Refused), (Method::Post, POST, 2, says(401))];
    check(&Story { rules, posts: (2, 1), says: "attempt 3, lane 2", ..HAPPY });
}

#[test]
fn a_second_401_is_a_refusal() {
    check(&Story {
        rules: vec![(Method::Post, POST, 0, says(401))],
        exit_code: 1,
        steps: &["failed", "blocked", "blocked"],
        posts: (2, 0),
        says: "EM refused the undo",
        ..HAPPY
    });
}

/// The first undo takes ten minutes, and the second is refused for want of a session.
fn refused_in_between() -> Story {
    Story {
        book: Some(LATER),
        rules: vec![(Method::Post, RIGHT, 1, says(401))],
        world: |world| script(world, 10, Ending::Success),
        steps: &["succeeded"; 5],
        posts: (3, 2),
        ..HAPPY
    }
}

#[test]
fn a_401_on_a_new_action_ends_no_watch_that_goes_on() {
    let record = check(&Story { says: "attempt 2, lane 2", ..refused_in_between() });
    assert!(record.took > Duration::from_mins(10), "{:?}", record.took);
    // All sessions have ended: the poll says so, and the new action is not concerned.
    check(&Story {
        rules: vec![(Method::Post, RIGHT, 1, Twist::Server(Fault::ExpireSessions))],
        exit_code: 7,
        steps: &["succeeded", "unknown", "succeeded", "succeeded", "succeeded"],
        says: "every sight of the task",
        ..refused_in_between()
    });
}

#[test]
fn a_further_logon_that_is_refused_ends_no_watch_that_goes_on() {
    let record = check(&Story {
        rules: vec![(Method::Post, RIGHT, 1, says(401)), (Method::Post, LOGON, 2, says(401))],
        exit_code: 1,
        steps: &["succeeded", "succeeded", "succeeded", "failed", "blocked"],
        posts: (2, 1),
        says: "EM refused the logon",
        ..refused_in_between()
    });
    assert!(record.took > Duration::from_mins(10), "{:?}", record.took);
}

#[test]
fn a_logon_in_mid_run_is_tried_for_minutes() {
    let mut rules = vec![(Method::Post, POST, 1, says(401))];
    rules.extend((2..=12).map(|nth| (Method::Post, LOGON, nth, Twist::Refused)));
    let record = check(&Story { rules, posts: (2, 1), says: "attempt 2, lane 2", ..HAPPY });
    assert!(record.took > Duration::from_mins(3), "{:?}", record.took);
}

/// EM cannot be used at all.
fn unreachable() -> Story {
    Story { exit_code: 69, steps: &["open", "open", "open"], posts: (0, 0), ..HAPPY }
}

#[test]
fn a_wrong_password_is_tried_once() {
    let world = |world: &mut World| *world = World::new(1, bench::USER, "another");
    let record = check(&Story { world, says: "EM refused the logon", ..unreachable() });
    assert_eq!(record.sent.len(), 1);
}

#[test]
fn a_logon_without_a_token_is_no_logon() {
    let rules = vec![(Method::Post, LOGON, 0, Twist::Server(Fault::NoToken))];
    check(&Story { rules, says: "status 201, and no session can be read", ..unreachable() });
    let rules = vec![(Method::Post, LOGON, 1, Twist::Server(Fault::NoToken))];
    check(&Story { rules, ..HAPPY });
}

#[test]
fn where_nothing_listens_four_tries_are_made() {
    let rules = vec![(Method::Post, LOGON, 0, Twist::Refused)];
    let record = check(&Story { rules, says: "no logon after 4 tries", ..unreachable() });
    assert_eq!((record.sent.len(), record.took.as_secs()), (4, 7));
}

#[test]
fn a_server_that_is_another_one_right_after_the_logon_gets_nothing_more() {
    let rules = vec![(Method::Get, TASKS, 0, Twist::Untrusted)];
    let record = check(&Story { rules, says: "untrusted", ..unreachable() });
    assert_eq!(record.sent.len(), 2);
}

#[test]
fn a_server_that_is_another_one_in_mid_run_gets_nothing_more() {
    let interrupted = Story { exit_code: 75, says: "untrusted", ..HAPPY };
    let at_a_poll = check(&Story {
        rules: vec![(Method::Get, TASK, 1, Twist::Untrusted)],
        steps: &["succeeded", "open", "open"],
        ..interrupted
    });
    let at_the_action = check(&Story {
        rules: vec![(Method::Post, POST, 1, Twist::Untrusted)],
        steps: &["open", "open", "open"],
        posts: (0, 0),
        // Not one action was sent, so this is not interrupted.
        exit_code: 69,
        ..interrupted
    });
    let at_the_wish_to_stop = check(&Story {
        rules: vec![(Method::Delete, TASK, 1, Twist::Untrusted)],
        world: |world| stuck(world, DeleteTask::Forgets),
        // The wish was not sent, and a later process can still make it.
        steps: &["succeeded", "timed-out", "open"],
        ..interrupted
    });
    let last = |record: &Record| record.sent.last().map(|sent| (sent.method, sent.target.clone()));
    assert_eq!(last(&at_a_poll), Some((Method::Get, TASK.to_owned())));
    assert!(last(&at_the_action).is_some_and(|(method, _)| method == Method::Post));
    assert_eq!(last(&at_the_wish_to_stop), Some((Method::Delete, TASK.to_owned())));
}

#[test]
fn a_restart_while_a_task_runs_is_unknown() {
    let record = check(&Story {
        world: |world| script(world, 10, Ending::Success),
        bench: |bench| bench.restart_after(Duration::from_mins(1)),
        exit_code: 7,
        steps: &["succeeded", "unknown", "blocked"],
        says: "every sight of the task",
        ..HAPPY
    });
    assert_eq!(record.world.plan_state(&sql()), Some(PlanState::Ready), "it went on behind us");
}

#[test]
fn a_session_lives_as_long_as_it_is_needed() {
    // Polls alone would let other lanes idle out: 15 minutes are EM's bound.
    let record = check(&Story { world: |world| script(world, 29, Ending::Success), ..HAPPY });
    assert!(FAILOVER_PLANS.len() > 2 && record.took > Duration::from_mins(29));
}
