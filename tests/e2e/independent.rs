//! A server that is not our simulator, and as unhelpful as the protocol allows.

use crate::support::{Lab, Mock, Outcome, Quirk};

const GUID: &str = "ae01e36f-32a3-4095-95fa-09a2af744009";

struct Run {
    outcome: Outcome,
    lines: Vec<String>,
    lab: Lab,
}

/// Runs the runbook that we ship against such a server.
fn run(quirk: Quirk, arguments: &str) -> Run {
    let lab = Lab::new().shipped("undo-failover.yaml").file("undo.yaml", super::UNDO);
    let mock = Mock::start(&lab, quirk);
    let lab = lab.known(mock.url(), mock.pin()).set("EM_PATIENCE", "1s");
    let outcome = lab.runbook(&format!("run {arguments} --target env"));
    Run { outcome, lines: mock.lines(), lab }
}

impl Run {
    fn actions(&self) -> usize {
        self.lines.iter().filter(|line| line.contains("action=")).count()
    }
}

#[test]
fn the_shipped_runbook_runs_on_another_server() {
    let run = run(Quirk::None, "undo-failover.yaml");
    insta::assert_snapshot!(run.outcome);
    insta::assert_snapshot!("what_the_other_server_was_asked", run.lines.join("\n"));
}

#[test]
fn answers_are_read_in_whichever_form_they_come() {
    let lab = Lab::new().shipped("undo-failover.yaml");
    let mock = Mock::start(&lab, Quirk::None);
    let lab = lab.known(mock.url(), mock.pin()).set("EM_MEDIA", "json");
    let outcome = lab.runbook("run undo-failover.yaml --target env");
    assert_eq!(outcome.code(), Some(0), "{outcome}");
}

#[test]
fn a_server_without_a_list_of_tasks_can_still_act() {
    let run = run(Quirk::NoTaskList, "undo-failover.yaml");
    assert_eq!((run.outcome.code(), run.actions()), (Some(0), 1), "{}", run.outcome);
}

#[test]
fn a_server_without_a_list_of_plans_knows_them_by_their_ids() {
    for plan in [GUID.to_owned(), format!("urn:veeam:FailoverPlan:{GUID}")] {
        let run = run(Quirk::NoPlanList, &format!("undo-failover.yaml --input plan={plan}"));
        assert_eq!((run.outcome.code(), run.actions()), (Some(0), 1), "{}", run.outcome);
    }
}

#[test]
fn a_server_without_a_list_of_plans_does_not_know_them_by_name() {
    let run = run(Quirk::NoPlanList, "undo-failover.yaml");
    assert_eq!(run.actions(), 0);
    insta::assert_snapshot!(run.outcome);
}

#[test]
fn a_server_without_a_list_of_plans_does_not_know_every_id() {
    let run = run(
        Quirk::NoPlanList,
        "undo-failover.yaml --input plan=00000000-0000-4000-8000-000000000000",
    );
    assert_eq!((run.outcome.code(), run.actions()), (Some(3), 0), "{}", run.outcome);
}

#[test]
fn a_proxy_that_answers_with_a_page_keeps_everything_from_being_sent() {
    let run = run(Quirk::PlanListIsAPage, "undo-failover.yaml");
    assert_eq!(run.actions(), 0);
    insta::assert_snapshot!(run.outcome);
}

#[test]
fn a_server_that_drops_the_connection_after_the_action_sees_it_once() {
    let run = run(Quirk::ClosesAfterPost, "undo-failover.yaml");
    assert_eq!((run.outcome.code(), run.actions()), (Some(0), 1), "{}", run.outcome);
    assert!(run.outcome.stderr.contains("adopted"), "{}", run.outcome);
}

#[test]
fn a_server_that_drops_the_connection_and_lists_no_tasks_leaves_it_unknown() {
    let run = run(Quirk::ClosesAfterPostAndNoTaskList, "undo-failover.yaml");
    assert_eq!((run.outcome.code(), run.actions()), (Some(7), 1), "{}", run.outcome);
    insta::assert_snapshot!(run.outcome);
}

#[test]
fn a_task_that_runs_for_ever_is_cancelled_and_unproven() {
    let run = run(Quirk::RunsForEver, "undo.yaml");
    let deletes = run.lines.iter().filter(|line| line.starts_with("DELETE /api/tasks/")).count();
    assert_eq!((run.outcome.code(), run.actions(), deletes), (Some(7), 1, 1), "{}", run.outcome);
    let reported = run.lab.runbook("report latest --exit-code");
    assert_eq!((reported.code(), reported.stdout), (Some(7), run.outcome.stdout));
}
