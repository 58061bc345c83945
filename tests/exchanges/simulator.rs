//! The simulator against the recorded exchanges: it is brought into the state in which they were
//! recorded, gets the same request, and must give the same answer.
//!
//! Answers are compared as trees, by a small XML reader of its own, so that neither the client's
//! reader nor the simulator's writer has a say. These may differ, and nothing else:
//!
//! - scheme and host of an `Href`, tokens, session ids and the name of the account;
//! - the words of an error, which are each server's own;
//! - links that a recording does not show, and attributes of links that it leaves out;
//! - what is empty, `null` or a `false` need, which is the same as absent;
//! - addresses of pages in recordings that are derived.

use std::time::Duration;

use em_api::exchange::{Origin, Pair};
use em_api::protocol::{Media, Method, PlanId, Response};
use em_sim::{
    Action, Effect, Ending, Fault, Habits, Incoming, Outcome, Plan, PlanState, Script, When, World,
};
use serde_json::{Map, Value};

use super::{Recorded, all};

const SQL: &str = "ae01e36f-32a3-4095-95fa-09a2af744009";
const WEB: &str = "5f1c2a30-0f6b-4d0e-9a43-7d1c7d0b2e11";

/// Seconds after which a task of the lab is `OperationFinished`, and then `Finished`.
const COLLECTING: u64 = 60;
const FINISHED: u64 = 120;

/// What the simulator does before an exchange can be played. The state is reached through
/// requests where a client could reach it.
type Setting = fn(&mut Lab);

/// How each recording comes about.
const PLAYED: [(&str, Setting); 26] = [
    ("delete_task/removed", |lab| lab.tasks(30, Action::Undo)),
    ("get_failover_plan/forbidden", |lab| lab.refuse(403)),
    ("get_failover_plan/sql", |_| {}),
    ("get_task/failed", |lab| {
        lab.task(Action::Undo, Ending::Failure("Failover plan is in use.".to_owned()), FINISHED);
    }),
    ("get_task/finished", |lab| {
        let words = "Job \"SQL & Exchange\" triggered to start.".to_owned();
        lab.task(Action::Start, Ending::SuccessSaying(Some(words)), FINISHED);
    }),
    ("get_task/finished_without_result", |lab| {
        lab.task(Action::Undo, Ending::NoResult, FINISHED);
    }),
    ("get_task/gone", |_| {}),
    ("get_task/operation_finished", |lab| {
        lab.task(Action::Start, Ending::Success, COLLECTING);
    }),
    ("get_task/running", |lab| lab.task(Action::Start, Ending::Success, 0)),
    ("list_failover_plans/none", |lab| {
        for id in [SQL, WEB] {
            lab.world.remove_plan(&plan_id(id));
        }
    }),
    ("list_failover_plans/two", |_| {}),
    ("list_tasks/no_session", |lab| lab.later(15 * 60)),
    ("list_tasks/none", |_| {}),
    ("list_tasks/two", |lab| {
        lab.tasks(28, Action::Undo);
        lab.task(Action::Start, Ending::SuccessSaying(None), FINISHED);
        for number in 1..=28 {
            lab.ask(Method::Delete, &format!("/api/tasks/task-{number}"));
        }
        lab.task(Action::Undo, Ending::Success, 0);
    }),
    ("logon/administrator", |_| {}),
    ("logon/wrong_password", |lab| lab.world = World::new(1, "username", "another")),
    ("logout/closed", |_| {}),
    ("logout/unknown", |lab| lab.session = String::new()),
    ("query_failover_plan/none", |lab| lab.world.remove_plan(&plan_id(SQL))),
    ("query_failover_plan/one", |_| {}),
    ("start_failover_plan/accepted_without_task", |lab| {
        lab.world.arm(When::first(Method::Post, "action=start"), Fault::EmptyAccepted);
    }),
    ("start_failover_plan/before", |lab| lab.tasks(1, Action::Undo)),
    ("start_failover_plan/now", |_| {}),
    ("start_failover_plan/unknown_plan", |lab| lab.world.remove_plan(&plan_id(WEB))),
    ("undo_failover_plan/accepted", |_| {}),
    ("undo_failover_plan/server_error", |lab| lab.refuse(500)),
];

/// What the simulator cannot say, and why; `given` has a test of its own.
const NOT_PLAYED: [(&str, &str); 10] = [
    ("get_task/confirmation_needed", "it has no jobs"),
    ("get_task/finished_silently", "it rebuilds no scopes"),
    ("get_task/finished_without_success", "its results are whole"),
    ("get_task/other_order", "it writes in one order"),
    ("get_task/running_with_result", "it has no replicas"),
    ("get_task/unknown_state", "it has the states of today"),
    ("list_failover_plans/other_order", "it writes in one order"),
    ("query_failover_plan/many_pages", "the answer is not to the request beside it"),
    ("undo_failover_plan/given", "its first answer is cut off"),
    ("undo_failover_plan/proxy", "it has no proxy in front"),
];

#[test]
fn the_simulator_answers_as_recorded() {
    for recorded in all() {
        let key = key(&recorded);
        let Some((_, set)) = PLAYED.iter().find(|(played, _)| *played == key) else { continue };
        let mut lab = Lab::new();
        set(&mut lab);
        for pair in &recorded.exchange.pairs {
            let answer = lab.play(pair);
            check(&recorded, pair, &answer);
        }
    }
}

#[test]
fn every_recording_is_played_or_has_a_reason() {
    let mut known: Vec<&str> = PLAYED.iter().map(|(key, _)| *key).collect();
    known.extend(NOT_PLAYED.map(|(key, _)| key));
    known.sort_unstable();
    let mut there: Vec<String> = all().iter().map(key).collect();
    there.dedup();
    there.sort_unstable();
    there.dedup();
    assert_eq!(known, there, "left: named here, right: on file");
}

/// The exchange of the user, in one go: the undo is accepted as a running task, and that task
/// comes to a good end.
#[test]
fn the_given_exchange_comes_about_as_it_stands() {
    let given = all().into_iter().find(|recorded| key(recorded) == "undo_failover_plan/given");
    let given = given.expect("the exchange of the user");
    let [undo, poll] = given.exchange.pairs.as_slice() else { panic!("two requests") };
    let mut lab = Lab::new();
    lab.world.add_plan(sql(), PlanState::FailedOver);

    let accepted = lab.play(undo);
    // Of the first answer the page shows the start tag only.
    let tag = String::from_utf8_lossy(&undo.received.body).trim().replace('>', "/>");
    let (shown, whole) = (xml(&tag), tree(&accepted, Media::Xml));
    for (name, value) in shown.as_object().expect("an element") {
        assert_eq!(bare(name, value), bare(name, &whole[name]), "{name}");
    }
    assert_eq!((accepted.status, undo.received.status), (202, 202));
    assert_eq!(whole["State"][0]["#text"], "Running");

    lab.later(FINISHED);
    let finished = lab.play(poll);
    check(&given, poll, &finished);
    assert_eq!(lab.world.plan_state(&plan_id(SQL)), Some(PlanState::Ready));
}

/// A world in which the recordings were made, and a session in it.
struct Lab {
    world: World,
    seconds: u64,
    token: String,
    session: String,
}

impl Lab {
    fn new() -> Self {
        // The account is the one in the recordings of the logon.
        let mut world = World::new(1, "username", "password");
        world.set_habits(Habits::default());
        world.set_default_script(script(Ending::Success));
        world.add_plan(sql(), PlanState::Ready);
        world.add_plan(Plan::new(plan_id(WEB), "Web & Mail", &["web01"]), PlanState::Ready);
        let mut lab = Self { world, seconds: 0, token: String::new(), session: String::new() };
        let logon = Incoming::new(Method::Post, "/api/sessionMngr/?v=latest")
            .with_header("Accept", "application/json")
            .with_header("Authorization", "Basic dXNlcm5hbWU6cGFzc3dvcmQ=");
        let answer = lab.send(&logon);
        lab.token = answer.header("X-RestSvcSessionId").expect("a token").to_owned();
        let session = &tree(&answer, Media::Json)["SessionId"];
        lab.session = session.as_str().expect("an id").to_owned();
        lab
    }

    fn later(&mut self, seconds: u64) {
        self.seconds += seconds;
    }

    fn send(&mut self, request: &Incoming) -> Response {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a moment");
        match self.world.handle(start + Duration::from_secs(self.seconds), request) {
            Outcome::Answer(answer) => answer,
            other => panic!("{request:?}: {other:?}"),
        }
    }

    fn ask(&mut self, method: Method, target: &str) -> Response {
        let token = self.token.clone();
        self.send(&Incoming::new(method, target).with_header("X-RestSvcSessionId", token))
    }

    /// Sends a request as recorded, with the token and the session of this world.
    fn play(&mut self, pair: &Pair) -> Response {
        let sent = &pair.sent;
        let mut request = Incoming::new(sent.method, sent.target.as_str());
        if !self.session.is_empty() {
            let recorded = "fffb65bd-0e7a-427a-bc35-915b0fdf17af";
            request.target = request.target.replace(recorded, &self.session);
        }
        for (name, value) in &sent.headers {
            let token = name.eq_ignore_ascii_case("X-RestSvcSessionId");
            let value = if token { &self.token } else { value };
            request = request.with_header(name.as_str(), value.as_str());
        }
        request.body = sent.body.clone().into_bytes();
        self.send(&request)
    }

    /// Starts a task with this ending and lets time pass.
    fn task(&mut self, action: Action, ending: Ending, seconds: u64) {
        self.world.set_script(plan_id(SQL), action, script(ending));
        let body = r#"{"StartNow": true}"#;
        let (name, body) = match action {
            Action::Start => ("start", body),
            Action::Undo => ("undo", ""),
        };
        let target = format!("/api/failoverPlans/{SQL}?action={name}");
        let mut request = Incoming::new(Method::Post, target)
            .with_header("Accept", "application/json")
            .with_header("X-RestSvcSessionId", self.token.clone());
        request.body = body.as_bytes().to_vec();
        assert_eq!(self.send(&request).status, 202);
        self.later(seconds);
    }

    fn tasks(&mut self, count: usize, action: Action) {
        for _ in 0..count {
            self.task(action, Ending::Success, 0);
        }
        self.later(FINISHED);
    }

    fn refuse(&mut self, status: u16) {
        let any = When { method: None, path_contains: String::new(), nth: Some(1) };
        self.world.arm(any, Fault::Status(status, Effect::Skipped));
    }
}

fn script(ending: Ending) -> Script {
    Script {
        delay_running: Duration::from_secs(COLLECTING),
        delay_operation_finished: Duration::from_secs(FINISHED - COLLECTING),
        ending,
    }
}

fn plan_id(text: &str) -> PlanId {
    PlanId::parse(text).expect("an id")
}

/// The plan of the recordings, machine by machine.
fn sql() -> Plan {
    let mut plan = Plan::new(plan_id(SQL), "SQL Failover Plan", &["sql01", "portal01"]);
    plan.description = Some("Database first, then the portal.".to_owned());
    let machines = [
        ("4adee785-a919-4172-8e5e-ec4dc4d167fd", "10", "sql01"),
        ("b2b6a0a5-96d9-4f7d-a1f4-2f4c6f1c7a52", "11", "portal"),
    ];
    for (machine, (id, object, display_name)) in plan.machines.iter_mut().zip(machines) {
        machine.id = id.to_owned();
        machine.hierarchy_ref =
            format!("urn:VMware:Vm:ca2f751f-8f26-4f39-815e-ce493b61fd80.{object}");
        machine.display_name = display_name.to_owned();
    }
    plan
}

fn key(recorded: &Recorded) -> String {
    format!("{}/{}", recorded.operation, recorded.case)
}

/// Compares an answer with the recorded one.
fn check(recorded: &Recorded, pair: &Pair, answer: &Response) {
    let path = recorded.path.display();
    let expected = &pair.received;
    assert_eq!(answer.status, expected.status, "{path}");
    for name in ["WWW-Authenticate", "X-RestSvcSessionId"] {
        let (wanted, given) = (expected.header(name), answer.header(name));
        assert_eq!(wanted.is_some(), given.is_some(), "{path}: {name}");
        if name == "WWW-Authenticate" {
            assert_eq!(wanted, given, "{path}");
        }
    }
    // Whether a body comes with a refused logon is not documented.
    if expected.status == 401 && expected.body.is_empty() {
        return;
    }
    assert_eq!(expected.body.is_empty(), answer.body.is_empty(), "{path}: a body");
    if expected.body.is_empty() {
        return;
    }
    assert_eq!(answer.media(), Some(recorded.media), "{path}");
    let wanted = tree(expected, recorded.media);
    let given = tree(answer, recorded.media);
    let derived = recorded.exchange.origin == Origin::Derived;
    if let Some(place) = differs(&wanted, &given, derived) {
        panic!("{path}: {place}\nrecorded {wanted:#}\nanswered {given:#}");
    }
}

fn tree(response: &Response, media: Media) -> Value {
    let text = String::from_utf8(response.body.clone()).expect("UTF-8");
    match media {
        Media::Xml => xml(&text),
        Media::Json => serde_json::from_str(&text).expect("JSON"),
    }
}
