//! What happens in the cases that people ask about, one story each. The laws hold in all.

mod rulings;
mod sessions;
mod times;

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
fn a_request_that_comes_after_its_session_has_ended_is_refused_and_not_sent_again() {
    check(&Story {
        posts: (1, 0),
        rules: vec![(Method::Post, POST, 1, Twist::HeldBack(Duration::from_mins(5)))],
        exit_code: 7,
        steps: &["unknown", "blocked", "blocked"],
        says: "do not repeat it before you know",
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
