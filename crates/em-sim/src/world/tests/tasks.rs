//! The life of a task, and of the operation behind it.

use super::*;

#[test]
fn an_undo_goes_through_its_states() {
    let mut bench = Bench::logged_on();
    bench
        .world
        .add_plan(Plan::new(PlanId::parse(SQL).expect("an id"), "SQL", &[]), PlanState::FailedOver);
    let (status, task) = bench.ask(Method::Post, UNDO);
    assert_eq!(status, 202);
    assert!(task.contains("<State>Running</State>") && !task.contains("Result"), "{task}");
    let life = [
        (1499, "<State>Running</State>", PlanState::FailedOver),
        (1, "<State>OperationFinished</State>", PlanState::Ready),
        (499, "<Result Success=\"true\"><Message>OperationFinished</Message>", PlanState::Ready),
        (1, "<State>Finished</State><Operation>UndoFailoverPlan</Operation>", PlanState::Ready),
        (0, "<Result Success=\"true\"><Message>Ok</Message></Result>", PlanState::Ready),
    ];
    for (wait, part, state) in life {
        let (_, task) =
            bench.after(Duration::from_millis(wait)).ask(Method::Get, "/api/tasks/task-1");
        assert!(task.contains(part), "{part}: {task}");
        assert_eq!(bench.state(), state, "{part}");
    }
}

#[test]
fn a_task_ends_as_its_script_says() {
    let cases = [
        (Ending::Success, "\"Success\":true", "Finished", PlanState::FailedOver),
        (
            Ending::Failure("no \"host\"".to_owned()),
            "no \\\"host\\\"",
            "Finished",
            PlanState::Ready,
        ),
        (Ending::NoResult, "", "Finished", PlanState::FailedOver),
        (Ending::Never, "", "Running", PlanState::Ready),
    ];
    for (ending, result, state, plan) in cases {
        let mut bench = Bench::logged_on();
        bench.script(ending.clone());
        assert_eq!(bench.ask(Method::Post, START).0, 202);
        let request = Incoming::new(Method::Get, "/api/tasks/task-1")
            .with_header("X-RestSvcSessionId", bench.tokens[0].clone())
            .with_header("Accept", "text/plain, application/json");
        let answer = bench.after(seconds(600)).answer(&request);
        let task: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(task["State"], state, "{ending:?}");
        let text = task.get("Result").map(ToString::to_string).unwrap_or_default();
        assert!(text.contains(result) && text.is_empty() == result.is_empty(), "{ending:?} {text}");
        assert_eq!(bench.state(), plan, "{ending:?}");
    }
}

#[test]
fn deleting_a_running_task_is_a_habit_of_the_server() {
    let cases = [
        (DeleteTask::Forgets, 204, 404, "", PlanState::FailedOver),
        (DeleteTask::Stops, 204, 200, "Success=\"false\"", PlanState::Ready),
        (DeleteTask::Refuses, 500, 200, "Success=\"true\"", PlanState::FailedOver),
    ];
    for (delete_task, deleted, then, part, plan) in cases {
        let mut bench = Bench::logged_on();
        bench.world.set_habits(Habits { delete_task, ..Habits::default() });
        bench.ask(Method::Post, START);
        assert_eq!(bench.ask(Method::Delete, "/api/tasks/task-1").0, deleted, "{delete_task:?}");
        let (status, task) = bench.after(seconds(60)).ask(Method::Get, "/api/tasks/task-1");
        assert_eq!(status, then, "{delete_task:?}");
        assert!(task.contains(part), "{delete_task:?} {task}");
        assert_eq!(bench.state(), plan, "{delete_task:?}");
        // A finished task goes off the list, whatever the habit.
        if then == 200 {
            assert_eq!(bench.ask(Method::Delete, "/api/tasks/task-1").0, 204);
            assert_eq!(bench.ask(Method::Get, "/api/tasks/task-1").0, 404);
        }
    }
}

#[test]
fn a_task_belongs_to_its_session() {
    for (task_names, second) in [(TaskNames::PerSession, "task-1"), (TaskNames::Global, "task-2")] {
        let mut bench = Bench::logged_on();
        bench.world.set_habits(Habits { task_names, ..Habits::default() });
        bench.ask(Method::Post, START);
        bench.log_on();
        assert_eq!(bench.ask(Method::Get, "/api/tasks/task-1").0, 404, "{task_names:?}");
        let (_, task) = bench.ask(Method::Post, UNDO);
        assert!(task.contains(&format!("<TaskId>{second}</TaskId>")), "{task}");
        let (_, list) = bench.ask(Method::Get, "/api/tasks");
        assert!(list.contains("UndoFailoverPlan") && !list.contains("StartFailoverPlan"), "{list}");
    }
}

#[test]
fn a_restart_loses_sessions_and_tasks_but_no_operation() {
    let mut bench = Bench::logged_on();
    bench.ask(Method::Post, START);
    bench.world.restart();
    assert_eq!(bench.ask(Method::Get, "/api/tasks/task-1").0, 401);
    bench.after(seconds(2)).log_on();
    assert_ne!(bench.tokens[0], bench.tokens[1]);
    assert_eq!(bench.ask(Method::Get, "/api/tasks/task-1").0, 404);
    assert_eq!(bench.state(), PlanState::FailedOver);
}
