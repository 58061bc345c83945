//! The machine as a table: where it is, what it is told, and what follows.

use em_api::operation::UndoFailoverPlan;
use em_api::protocol::Method;

use super::*;
use crate::step::Failure;

const NOW: Timestamp = Timestamp::from_millisecond(0);
const GUID: &str = "ae01e36f-32a3-4095-95fa-09a2af744009";

fn wanting(wanted: &str) -> PlanAction {
    let deed = Deed {
        noun: "the undo",
        link: "Undo",
        operation: "UndoFailoverPlan",
        request: Box::new(|plan, media| UndoFailoverPlan { plan }.request(media)),
    };
    PlanAction::new(wanted.to_owned(), deed, Media::Json)
}

fn found(id: &str) -> Found {
    Found { id: PlanId::parse(id).unwrap(), name: "ERP-DR".to_owned() }
}

fn reading(listed: bool) -> Note {
    Note::Reading { plan: found("p1"), listed }
}

fn acting() -> Note {
    Note::Acting { plan: found("p1"), machines: Vec::new() }
}

fn answered(call: CallId, status: u16, body: &str) -> StepInput {
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    let response = Response { status, headers, body: body.as_bytes().to_vec() };
    StepInput::Answered(call, Answer::Response(response.into()))
}

/// A list of plans, by name and id.
fn list(plans: &[(&str, &str)]) -> String {
    let one = |(name, id): &(&str, &str)| {
        format!(
            r#"{{"Name":"{name}","UID":"urn:veeam:FailoverPlan:{id}","Href":"https://em/api/failoverPlans/{id}","Type":"FailoverPlanReference","Links":[]}}"#
        )
    };
    let refs: Vec<_> = plans.iter().map(one).collect();
    format!(r#"{{"Refs":[{}]}}"#, refs.join(","))
}

fn plan_with(links: &[&str]) -> String {
    let one = |rel: &&str| format!(r#"{{"Rel":"{rel}","Href":"https://em/api/x"}}"#);
    let links: Vec<_> = links.iter().map(one).collect();
    format!(
        r#"{{"Name":"ERP-DR","UID":"urn:veeam:FailoverPlan:p1","Href":"https://em/api/failoverPlans/p1?format=Entity","Links":[{}],"FailoverPlanInfo":{{"Includes":{{"FailoveredVm":[]}}}}}}"#,
        links.join(",")
    )
}

/// What follows, in short: what is asked or done, or how it ended and why.
fn follows(machine: &PlanAction, input: &StepInput) -> String {
    let turn = machine.decide(NOW, input);
    assert!(turn.effects.len() <= 1);
    let effect = turn.effects.into_iter().next().map(|effect| match effect {
        StepEffect::Read(_, request) => {
            assert_eq!(request.method, Method::Get, "only an action changes anything");
            format!("GET {}", request.target)
        }
        StepEffect::Act(ACT, Action::Write(write)) => {
            assert_eq!(write.operation, "UndoFailoverPlan");
            format!("{} {}", write.request.method.name(), write.request.target)
        }
        StepEffect::Abandon(call) => format!("abandon {}", call.0),
        other => panic!("{other:?}"),
    });
    let ending = turn.ending.map(|ending| match ending.reason {
        Some(Reason::NotReady) => {
            assert!(ending.message.ends_with("nothing was sent"), "{}", ending.message);
            "not ready".to_owned()
        }
        None => ending.result.name().to_owned(),
    });
    effect.into_iter().chain(ending).collect::<Vec<_>>().join(", ")
}

#[track_caller]
fn check(wanted: &str, notes: &[Note], table: &[(StepInput, &str)]) {
    for (input, expected) in table {
        let mut machine = wanting(wanted);
        for note in notes {
            machine.apply(note);
        }
        assert_eq!(follows(&machine, input), *expected, "`{wanted}` after {notes:?}: {input:?}");
    }
}

fn failure() -> Failure {
    Failure { message: "no answer".to_owned(), status: None }
}

#[test]
fn it_begins_with_the_list_of_plans() {
    check("ERP-DR", &[], &[(StepInput::Begin, "GET /api/failoverPlans")]);
}

#[test]
fn a_plan_is_chosen_only_where_it_is_there_exactly_once() {
    let both = list(&[("ERP-DR", "p1"), ("SQL", "p2")]);
    let twins = list(&[("ERP-DR", "p1"), ("ERP-DR", "p2")]);
    let read = "GET /api/failoverPlans/p1?format=Entity";
    let ask = |body: &str| answered(LIST, 200, body);
    check(
        "ERP-DR",
        &[Note::Listing],
        &[
            (ask(&both), read),
            (ask(&twins), "not ready"),
            (ask(&list(&[("SQL", "p2")])), "not ready"),
            (ask(&list(&[("erp-dr", "p1")])), "not ready"),
            (ask(&list(&[])), "not ready"),
            (ask("<html>"), "failed"),
            (answered(LIST, 400, ""), "failed"),
            (answered(LIST, 500, ""), "failed"),
            (StepInput::Answered(LIST, Answer::None(failure())), "failed"),
            (StepInput::Deadline, "abandon 1, failed"),
        ],
    );
    check("p1", &[Note::Listing], &[(ask(&twins), read)]);
    check("urn:veeam:FailoverPlan:p1", &[Note::Listing], &[(ask(&twins), read)]);
}

#[test]
fn where_there_is_no_list_an_id_is_read_and_a_name_is_queried() {
    for status in [403, 404] {
        let none = |expected: &'static str| [(answered(LIST, status, ""), expected)];
        let by_id = concat!(
            "GET /api/failoverPlans/",
            "ae01e36f-32a3-4095-95fa-09a2af744009",
            "?format=Entity"
        );
        check(GUID, &[Note::Listing], &none(by_id));
        check(&format!("urn:veeam:FailoverPlan:{GUID}"), &[Note::Listing], &none(by_id));
        let mut machine = wanting("ERP-DR");
        machine.apply(&Note::Listing);
        let asked = follows(&machine, &answered(LIST, status, ""));
        assert!(asked.starts_with("GET /api/query?type=FailoverPlan"), "{asked}");
    }
    check(
        "ERP-DR",
        &[Note::Querying],
        &[
            // Neither listed nor found by name: whoever wrote the runbook can name it by its UID.
            (answered(QUERY, 404, ""), "not ready"),
            (answered(QUERY, 400, ""), "failed"),
            (answered(QUERY, 200, "<html>"), "failed"),
            (StepInput::Answered(QUERY, Answer::None(failure())), "failed"),
            (StepInput::Deadline, "abandon 2, failed"),
        ],
    );
}

#[test]
fn a_plan_that_cannot_be_acted_on_is_not_acted_on() {
    let act = "POST /api/failoverPlans/p1?action=undo";
    let ask = |body: &str| answered(READ, 200, body);
    for (listed, gone) in [(true, act), (false, "not ready")] {
        check(
            "ERP-DR",
            &[reading(listed)],
            &[
                (ask(&plan_with(&["Start", "Undo"])), act),
                (ask(&plan_with(&["undo"])), act),
                (ask(&plan_with(&[])), act),
                (ask(&plan_with(&["Start"])), "not ready"),
                (ask(&plan_with(&["Undo"]).replace("p1", "p2")), "not ready"),
                (ask(&plan_with(&["Undo"]).replace("p1", "P1")), act),
                (answered(READ, 404, ""), gone),
                (answered(READ, 403, ""), "failed"),
                (ask("{"), "failed"),
                (StepInput::Answered(READ, Answer::None(failure())), "failed"),
                (StepInput::Deadline, "abandon 3, failed"),
            ],
        );
    }
}

#[test]
fn what_is_proven_of_the_action_is_how_it_ends() {
    let accepted = Evidence { task: Some("task-1".to_owned()), findings: Vec::new() };
    check(
        "ERP-DR",
        &[acting()],
        &[
            (StepInput::Acted(ACT, Acted::Accepted(accepted)), "succeeded"),
            (StepInput::Acted(ACT, Acted::Done), "unknown"),
            (StepInput::Acted(ACT, Acted::Unknown(Evidence::default())), "unknown"),
            (StepInput::Acted(ACT, Acted::Refused(failure())), "failed"),
            (StepInput::Acted(ACT, Acted::NotSent(failure())), "failed"),
            // The action may be on its way: only the lane can say what becomes of it.
            (StepInput::Deadline, ""),
            (StepInput::Answered(LIST, Answer::None(failure())), ""),
        ],
    );
}

#[test]
fn what_belongs_to_another_state_moves_nothing() {
    let both = list(&[("ERP-DR", "p1")]);
    let inputs = [
        StepInput::Begin,
        answered(LIST, 200, &both),
        answered(QUERY, 200, &both),
        answered(READ, 200, &plan_with(&[])),
        StepInput::Acted(ACT, Acted::Done),
        StepInput::Woke,
    ];
    let states =
        [vec![], vec![Note::Listing], vec![Note::Querying], vec![reading(true)], vec![acting()]];
    for (state, notes) in states.iter().enumerate() {
        for (input, told) in inputs.iter().enumerate().filter(|(input, _)| *input != state) {
            let mut machine = wanting("ERP-DR");
            for note in notes {
                machine.apply(note);
            }
            assert_eq!(follows(&machine, told), "", "input {input} in state {state}");
        }
    }
}
