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
    Action, Effect, Ending, Fault, Incoming, Outcome, Plan, PlanState, Script, When, World,
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
const PLAYED: [(&str, Setting); 27] = [
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
    ("list_logon_sessions/one", |_| {}),
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
        world.set_default_script(script(Ending::Success));
        world.add_plan(sql(), PlanState::Ready);
        world.add_plan(Plan::new(plan_id(WEB), "Web & Mail", &["web01"]), PlanState::Ready);
        let mut lab = Self { world, seconds: 0, token: String::new(), session: String::new() };
        let logon = Incoming::new(Method::Post, "/api/sessionMngr/?v=latest")
            .with_header("Accept", "application/json")
            .with_header("Authorization", "Basic dXNlcm5hbWU6cGFzc3dvcmQ=");
        let answer = lab.send(&logon);
        let session = &tree(&answer, Media::Json)["SessionId"];
        session.as_str().expect("an id").clone_into(&mut lab.session);
        answer.header("X-RestSvcSessionId").expect("a token").clone_into(&mut lab.token);
        lab
    }

    fn later(&mut self, seconds: u64) {
        self.seconds += seconds;
    }

    fn send(&mut self, request: &Incoming) -> Response {
        let (minutes, seconds) = (self.seconds / 60, self.seconds % 60);
        let now = format!("2026-01-01T00:{minutes:02}:{seconds:02}Z").parse().expect("a moment");
        match self.world.handle(now, request) {
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
        id.clone_into(&mut machine.id);
        machine.hierarchy_ref =
            format!("urn:VMware:Vm:ca2f751f-8f26-4f39-815e-ce493b61fd80.{object}");
        display_name.clone_into(&mut machine.display_name);
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

/// Returns the first place at which an answer is not the recorded one.
fn differs(wanted: &Value, given: &Value, derived: bool) -> Option<String> {
    let (wanted, given) = match (wanted, given) {
        (Value::Object(wanted), Value::Object(given)) => (wanted, given),
        (Value::Array(wanted), Value::Array(given)) if wanted.len() == given.len() => {
            let mut pairs = wanted.iter().zip(given).enumerate();
            return pairs.find_map(|(at, (wanted, given))| {
                differs(wanted, given, derived).map(|place| format!("{at}.{place}"))
            });
        }
        _ => return (wanted != given).then(|| format!(": {wanted} is {given}")),
    };
    // The words of an error are each server's own.
    if wanted.contains_key("StatusCode") {
        return differs(&wanted["StatusCode"], &given["StatusCode"], derived);
    }
    let mut names: Vec<&String> = wanted.keys().chain(given.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let null = Value::Null;
    names.into_iter().find_map(|name| {
        let wanted = wanted.get(name).unwrap_or(&null);
        let given = given.get(name).unwrap_or(&null);
        let place = match (name.as_str(), is_empty(name, wanted), is_empty(name, given)) {
            ("Links", _, _) => missing_link(wanted, given, derived),
            (_, true, true) | ("SessionId" | "UserName", false, false) => None,
            ("Href", _, _) => differs(&bare(name, wanted), &bare(name, given), derived),
            _ => differs(wanted, given, derived),
        };
        place.map(|place| format!("{name}.{place}"))
    })
}

/// Absent, `null`, without content, or a need that there is not.
fn is_empty(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag && matches!(name, "CredentialsNeeded" | "ConfirmationNeeded"),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(|item| is_empty(name, item)),
        Value::Object(members) => members.iter().all(|(name, value)| is_empty(name, value)),
        Value::Number(_) => false,
    }
}

/// Returns the first recorded link that the answer does not have.
fn missing_link(wanted: &Value, given: &Value, derived: bool) -> Option<String> {
    let given = links(given);
    let has = |wanted: &Value| given.iter().any(|given| is_link(wanted, given, derived));
    links(wanted).into_iter().find(|link| !has(link)).map(|link| format!(" no link {link}"))
}

/// XML has `Link` elements in its `Links`, JSON has them bare.
fn links(links: &Value) -> Vec<&Value> {
    let items = links.as_array().into_iter().flatten();
    let all = items.map(|item| match &item["Link"] {
        Value::Array(elements) => elements.iter().collect(),
        _ => vec![item],
    });
    all.flatten().filter(|link| !is_empty("Link", link)).collect()
}

fn is_link(wanted: &Value, given: &Value, derived: bool) -> bool {
    let page = ["First", "Previous", "Next", "Last"].iter().any(|page| wanted["Rel"] == *page);
    wanted.as_object().expect("a link").iter().all(|(name, value)| {
        is_empty(name, value)
            || (name == "Href" && page && derived)
            || bare(name, value) == bare(name, &given[name])
    })
}

/// An address without scheme and host, and without the id of a logon session.
fn bare(name: &str, value: &Value) -> Value {
    let (true, Some(text)) = (name == "Href", value.as_str()) else { return value.clone() };
    let local = text.split_once("://").map_or(text, |(_, rest)| rest);
    let path = local.find('/').map_or("", |slash| &local[slash..]);
    let session = path.starts_with("/api/logonSessions/");
    Value::from(if session { "/api/logonSessions/" } else { path })
}

/// Reads XML into the members of its root: attributes as texts, children as lists, text as
/// `#text`. It takes what the recordings hold and panics at anything else.
fn xml(text: &str) -> Value {
    let mut rest = text;
    while let Some(declaration) = rest.trim_start().strip_prefix("<?") {
        rest = after(declaration, "?>").1;
    }
    let (_, root, rest) = element(rest.trim_start().strip_prefix('<').expect("an element"));
    assert_eq!(rest.trim(), "", "after the root");
    root
}

/// Reads an element whose `<` is read; returns its name, itself, and what follows.
fn element(text: &str) -> (&str, Value, &str) {
    let end = text.find(|c: char| c.is_whitespace() || "/>".contains(c)).expect("a name");
    let (name, mut rest) = text.split_at(end);
    let mut members = Map::new();
    loop {
        rest = rest.trim_start();
        if let Some(rest) = rest.strip_prefix("/>") {
            return (name, Value::Object(members), rest);
        }
        if let Some(inner) = rest.strip_prefix('>') {
            let rest = content(inner, name, &mut members);
            return (name, Value::Object(members), rest);
        }
        let (key, quoted) = after(rest, "=\"");
        let (value, tail) = after(quoted, "\"");
        if !key.starts_with("xmlns") {
            members.insert(key.to_owned(), unescape(value).into());
        }
        rest = tail;
    }
}

/// Reads what stands in an element up to its end tag; returns what follows.
fn content<'a>(mut rest: &'a str, name: &str, members: &mut Map<String, Value>) -> &'a str {
    loop {
        let (text, tag) = after(rest, "<");
        if !text.trim().is_empty() {
            members.insert("#text".to_owned(), unescape(text.trim()).into());
        }
        if let Some(end) = tag.strip_prefix('/') {
            let (closed, rest) = after(end, ">");
            assert_eq!(closed, name, "an end tag");
            return rest;
        }
        let (child, value, tail) = element(tag);
        let list = members.entry(child).or_insert_with(|| Value::Array(Vec::new()));
        list.as_array_mut().expect("no attribute has the name of a child").push(value);
        rest = tail;
    }
}

fn after<'a>(text: &'a str, mark: &str) -> (&'a str, &'a str) {
    text.split_once(mark).unwrap_or_else(|| panic!("no `{mark}` in {text}"))
}

fn unescape(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
