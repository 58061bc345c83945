//! What happens in the cases that people ask about, one story each. The laws hold in all.

use std::sync::Arc;
use std::time::Duration;

use em_api::protocol::{Media, Method, PlanId};
use em_sim::{
    Action, DeleteTask, Effect, Ending, Fault, Habits, Plan as FailoverPlan, PlanState, Script,
    World,
};
use runbook_core::report;

use super::bench::{self, Bench, Record};
use super::books::{FAILOVER_PLANS, book, plan};
use super::network::{self, Rule, Twist};
use super::{law, scenario};

const POST: &str = "action=undo";
const LOGON: &str = "/api/sessionMngr/?v=latest";
const TASK: &str = "/api/tasks/task-1";
const TASKS: &str = "/api/tasks";
const SQL: &str = "ae01e36f-32a3-4095-95fa-09a2af744009";
const LOST: Twist = Twist::Server(Fault::LoseAnswer);
const NEVER_CAME: Twist = Twist::Server(Fault::DropRequest);

const fn says(status: u16) -> Twist {
    Twist::Server(Fault::Status(status, Effect::Skipped))
}

/// An undo whose wait is not watched by anything, and nothing else.
const ONLY_UNDO: &str = "
runbook: v1
name: only-undo
steps:
  undo: { uses: undo-failover, with: { plan: SQL Failover Plan } }
";

/// Two undos beside each other, each with its wait.
const BESIDE: &str = "
runbook: v1
name: beside
steps:
  left: { uses: undo-failover, with: { plan: SQL Failover Plan } }
  left_wait: { uses: wait-task, with: { task: left } }
  right: { uses: undo-failover, with: { plan: ERP-DR } }
  right_wait: { uses: wait-task, with: { task: right } }
  after: { uses: start-failover, needs: [right_wait], with: { plan: Site 1 } }
";

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

/// An undo that must have begun within ten seconds, in a run that takes longer.
const HASTY: &str = "
runbook: v1
name: hasty
steps:
  undo: { uses: undo-failover, with: { plan: SQL Failover Plan }, timeout: 10s }
  pause: { uses: sleep, with: { for: 5m } }
";

/// What happens, and what is to come of it.
struct Story {
    /// The runbook; without it the shipped undo.
    book: Option<&'static str>,
    rules: Vec<Rule>,
    world: fn(&mut World),
    bench: fn(&mut Bench),
    exit_code: u8,
    /// How each step ended, in order.
    steps: &'static [&'static str],
    /// How many actions were put on the wire, and how many EM accepted.
    posts: (usize, usize),
    /// A text that the report must have.
    says: &'static str,
}

const HAPPY: Story = Story {
    book: None,
    rules: Vec::new(),
    world: |_| {},
    bench: |_| {},
    exit_code: 0,
    steps: &["succeeded", "succeeded", "skipped"],
    posts: (1, 1),
    says: "all went as planned",
};

/// Lets a story happen, in both media, and checks what came of it.
fn check(story: &Story) -> Record {
    let [xml, json] = [Media::Xml, Media::Json].map(|media| {
        let mut world = scenario::world(1);
        world.set_default_script(Script::default());
        (story.world)(&mut world);
        let book = story.book.map_or_else(|| book("undo-failover"), |text| Arc::new(plan(text)));
        let settings = bench::settings(media, 1);
        let mut bench = Bench::new(book, world, settings, network::by(&story.rules));
        (story.bench)(&mut bench);
        let record = bench.drive();
        let broken = law::broken(&record);
        assert!(broken.is_empty(), "{media:?}: {}", broken.join("\n"));
        let text = report::text(&record.report);
        let results =
            record.report.steps.iter().map(|step| step.result.map_or("open", |r| r.name()));
        assert_eq!(results.collect::<Vec<_>>(), story.steps, "{media:?}: {text}");
        assert_eq!(record.report.exit_code, story.exit_code, "{media:?}: {text}");
        let posts = (record.world.count(Method::Post, "action="), record.world.accepted().len());
        assert_eq!(posts, story.posts, "{media:?}: {text}");
        assert!(text.contains(story.says), "{media:?}: {text}");
        record
    });
    assert_eq!(xml.sent.len(), json.sent.len(), "the two media take the same way");
    xml
}

fn sql() -> PlanId {
    PlanId::parse(SQL).expect("a plan id")
}

fn script(world: &mut World, minutes: u64, ending: Ending) {
    let (delay_running, collecting) = (Duration::from_mins(minutes), Duration::ZERO);
    let script = Script { delay_running, delay_operation_finished: collecting, ending };
    world.set_script(sql(), Action::Undo, script);
}

fn stuck(world: &mut World, delete_task: DeleteTask) {
    script(world, 0, Ending::Never);
    world.set_habits(Habits { delete_task, ..Habits::default() });
}

#[test]
fn an_undo_that_goes_well_is_done() {
    let record = check(&HAPPY);
    assert_eq!(record.world.count(Method::Delete, "/api/logonSessions/"), 1, "it logs out");
    assert!(record.turns < 40 && record.took < Duration::from_secs(5), "{:?}", record.took);
}

#[test]
fn an_answer_that_is_lost_after_the_effect_is_found_in_the_list() {
    for rules in [
        vec![(Method::Post, POST, 1, LOST)],
        vec![(Method::Post, POST, 1, Twist::Server(Fault::TruncatedBody))],
        vec![(Method::Post, POST, 1, Twist::Server(Fault::EmptyAccepted))],
        vec![(Method::Post, POST, 1, Twist::Server(Fault::Status(503, Effect::Happens)))],
        vec![(Method::Post, POST, 1, Twist::HeldBack(Duration::from_secs(80)))],
    ] {
        check(&Story { rules, says: "adopted", ..HAPPY });
    }
}

#[test]
fn a_request_that_never_came_is_unknown_after_patience_and_not_sent_again() {
    let record = check(&Story {
        rules: vec![(Method::Post, POST, 1, NEVER_CAME)],
        exit_code: 7,
        steps: &["unknown", "blocked", "blocked"],
        posts: (1, 0),
        says: "looked for 1m: no new task in the list",
        ..HAPPY
    });
    assert!(record.took >= Duration::from_mins(1), "{:?}", record.took);
}

#[test]
fn a_request_that_comes_after_patience_stays_unknown_and_is_not_sent_again() {
    check(&Story {
        rules: vec![(Method::Post, POST, 1, Twist::HeldBack(Duration::from_mins(5)))],
        exit_code: 7,
        steps: &["unknown", "blocked", "blocked"],
        says: "Do not repeat it before you know",
        ..HAPPY
    });
}

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
fn a_task_of_another_operation_proves_nothing() {
    let twist = Twist::Says("UndoFailoverPlan", "StartFailoverPlan");
    check(&Story {
        rules: vec![(Method::Get, TASK, 1, twist)],
        exit_code: 7,
        steps: &["succeeded", "unknown", "blocked"],
        says: "shows another task (StartFailoverPlan)",
        ..HAPPY
    });
}

#[test]
fn a_task_that_fails_fails_the_run() {
    check(&Story {
        world: |world| script(world, 1, Ending::Failure("Failover plan is in use.".to_owned())),
        exit_code: 1,
        steps: &["succeeded", "failed", "blocked"],
        says: "Failover plan is in use.",
        ..HAPPY
    });
}

#[test]
fn a_task_that_finishes_without_a_result_is_unknown() {
    check(&Story {
        world: |world| script(world, 1, Ending::NoResult),
        exit_code: 7,
        steps: &["succeeded", "unknown", "blocked"],
        says: "its result cannot be read",
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

/// What EM does not have, or has twice, or does not offer.
fn not_ready() -> Story {
    Story { exit_code: 3, steps: &["failed", "blocked", "blocked"], posts: (0, 0), ..HAPPY }
}

#[test]
fn a_plan_that_is_not_there_is_not_ready() {
    let world = |world: &mut World| world.remove_plan(&sql());
    check(&Story { world, says: "EM has no failover plan `SQL Failover Plan`", ..not_ready() });
}

#[test]
fn a_name_that_em_has_twice_is_not_ready() {
    let world = |world: &mut World| {
        let twin = PlanId::parse("twin").expect("a plan id");
        world.add_plan(FailoverPlan::new(twin, "SQL Failover Plan", &["x"]), PlanState::Ready);
    };
    check(&Story { world, says: "EM has 2 failover plans named", ..not_ready() });
}

#[test]
fn a_plan_without_the_link_to_undo_it_is_not_ready() {
    let twist = Twist::Says("\"Undo\"", "\"Other\"");
    let rules = vec![(Method::Get, "?format=Entity", 0, twist)];
    check(&Story { rules, says: "shows no `Undo` link", ..not_ready() });
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
        steps: &["failed", "open", "open"],
        posts: (0, 0),
        // Not one action was sent, so this is not interrupted.
        exit_code: 69,
        ..interrupted
    });
    let at_the_wish_to_stop = check(&Story {
        rules: vec![(Method::Delete, TASK, 1, Twist::Untrusted)],
        world: |world| stuck(world, DeleteTask::Forgets),
        steps: &["succeeded", "timed-out", "unknown"],
        // What was not proven comes before what was interrupted.
        exit_code: 7,
        ..interrupted
    });
    let last = |record: &Record| record.sent.last().map(|sent| (sent.method, sent.target.clone()));
    assert_eq!(last(&at_a_poll), Some((Method::Get, TASK.to_owned())));
    assert!(last(&at_the_action).is_some_and(|(method, _)| method == Method::Post));
    assert_eq!(last(&at_the_wish_to_stop), Some((Method::Delete, TASK.to_owned())));
}

#[test]
fn an_answer_to_an_action_that_comes_after_the_stop_is_recorded() {
    let slow = Twist::Server(Fault::Slow(Duration::from_secs(1)));
    let rules = vec![(Method::Post, POST, 1, slow)];
    let bench = |bench: &mut Bench| bench.stop_after(Duration::from_millis(500));
    check(&Story {
        rules: rules.clone(),
        bench,
        exit_code: 75,
        steps: &["succeeded", "open", "open"],
        says: "accepted as task-1",
        ..HAPPY
    });
    check(&Story {
        book: Some(ONLY_UNDO),
        rules,
        bench,
        // Nothing was left to interrupt.
        exit_code: 0,
        steps: &["succeeded"],
        ..HAPPY
    });
}

#[test]
fn an_action_whose_answer_does_not_come_before_the_stop_is_left_open() {
    let slow = Twist::Server(Fault::Slow(Duration::from_secs(20)));
    let rules = vec![(Method::Post, POST, 1, slow)];
    check(&Story {
        rules,
        bench: |bench| bench.stop_after(Duration::from_millis(500)),
        exit_code: 7,
        steps: &["open", "open", "open"],
        says: "it may or may not have been sent",
        ..HAPPY
    });
}

#[test]
fn a_stop_leaves_an_action_without_an_outcome_unknown_and_a_question_interrupted() {
    let slow = || Twist::Server(Fault::Slow(Duration::from_secs(20)));
    let stopped = || Story {
        book: Some(BESIDE),
        exit_code: 7,
        steps: &["open"; 5],
        says: "it may or may not have been sent",
        ..HAPPY
    };
    // Another lane finds that EM is another server, while the answer to the action is awaited.
    check(&Story {
        rules: vec![(Method::Post, POST, 1, slow()), (Method::Get, TASKS, 2, Twist::Untrusted)],
        ..stopped()
    });
    check(&Story {
        rules: vec![(Method::Get, "/api/failoverPlans", 0, slow())],
        bench: |bench| bench.stop_after(Duration::from_millis(500)),
        exit_code: 75,
        posts: (0, 0),
        says: "interrupted",
        ..stopped()
    });
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
fn without_a_list_of_tasks_it_works_and_a_lost_answer_is_unknown_at_once() {
    check(&Story { rules: vec![(Method::Get, TASKS, 0, says(404))], ..HAPPY });
    let record = check(&Story {
        rules: vec![(Method::Get, TASKS, 0, says(404)), (Method::Post, POST, 1, LOST)],
        exit_code: 7,
        steps: &["unknown", "blocked", "blocked"],
        says: "whether EM took it is not proven",
        ..HAPPY
    });
    assert!(record.took < Duration::from_secs(2), "{:?}", record.took);
}

#[test]
fn what_em_has_accepted_is_followed_though_another_branch_has_failed() {
    check(&Story {
        book: Some(BESIDE),
        rules: vec![(
            Method::Post,
            "ae01e36f-32a3-4095-95fa-09a2af744009?action=undo",
            1,
            says(409),
        )],
        exit_code: 1,
        steps: &["failed", "blocked", "succeeded", "succeeded", "blocked"],
        posts: (2, 1),
        says: "nothing new is started since `left` did not succeed",
        ..HAPPY
    });
}

#[test]
fn a_session_lives_as_long_as_it_is_needed() {
    // Polls alone would let other lanes idle out: 15 minutes are EM's bound.
    let record = check(&Story { world: |world| script(world, 29, Ending::Success), ..HAPPY });
    assert!(FAILOVER_PLANS.len() > 2 && record.took > Duration::from_mins(29));
}
