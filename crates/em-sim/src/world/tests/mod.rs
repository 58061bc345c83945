//! The world as tables: a state and a request, and what comes of them.

mod requests;
mod tasks;
mod truth;

use std::time::Duration;

use em_api::protocol::{Media, Method, Response, TaskId};

use super::*;
use crate::fault::Effect;
use crate::script::Ending;

const SQL: &str = "ae01e36f-32a3-4095-95fa-09a2af744009";
const START: &str = "/api/failoverPlans/ae01e36f-32a3-4095-95fa-09a2af744009?action=start";
const UNDO: &str = "/api/failoverPlans/ae01e36f-32a3-4095-95fa-09a2af744009?action=undo";
const NOW: &str = r#"{"StartNow": true}"#;

/// A world with a clock and the sessions that were opened, by number.
struct Bench {
    world: World,
    now: Timestamp,
    tokens: Vec<String>,
}

impl Bench {
    fn new() -> Self {
        let now = "2026-01-01T00:00:00Z".parse().expect("a moment");
        Self { world: World::builtin("operator", "secret"), now, tokens: Vec::new() }
    }

    /// A bench with one session.
    fn logged_on() -> Self {
        let mut bench = Self::new();
        bench.log_on();
        bench
    }

    fn log_on(&mut self) -> Response {
        let logon = Incoming::new(Method::Post, "/api/sessionMngr/?v=latest")
            .with_header("authorization", "basic b3BlcmF0b3I6c2VjcmV0");
        let answer = self.answer(&logon);
        self.tokens.push(answer.header("X-RestSvcSessionId").expect("a token").to_owned());
        answer
    }

    fn after(&mut self, time: Duration) -> &mut Self {
        self.now = self.now.checked_add(time).expect("a later moment");
        self
    }

    fn answer(&mut self, incoming: &Incoming) -> Response {
        match self.world.handle(self.now, incoming) {
            Outcome::Answer(answer) => answer,
            other => panic!("{incoming:?} gave {other:?}"),
        }
    }

    /// Asks with the last session; returns the status and the body.
    fn ask(&mut self, method: Method, target: &str) -> (u16, String) {
        let token = self.tokens.last().expect("a session").clone();
        self.ask_as(&token, method, target)
    }

    fn ask_as(&mut self, token: &str, method: Method, target: &str) -> (u16, String) {
        let mut request = Incoming::new(method, target).with_header("x-restsvcsessionid", token);
        if target.ends_with("action=start") {
            request = request.with_header("Accept", "application/json").with_body(Media::Json, NOW);
        }
        let answer = self.answer(&request);
        (answer.status, String::from_utf8(answer.body).expect("UTF-8"))
    }

    fn script(&mut self, ending: Ending) {
        self.world.set_default_script(Script { ending, ..Script::default() });
    }

    fn state(&self) -> PlanState {
        let id = PlanId::parse(SQL).expect("an id");
        self.world.plan_state(&id).expect("the plan")
    }
}

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}
