//! What can happen to one exchange on its way, and what each side then knows.

use std::time::Duration;

use em_api::protocol::{Method, Request, Response};
use em_sim::{Effect, Fault, Outcome};
use runbook_core::lane::Call;

use super::chance::Chance;

/// When the client gives an exchange up whose answer has not begun.
pub(crate) const FIRST_BYTE: Duration = Duration::from_mins(1);

/// What happens to one exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Twist {
    /// Nothing out of the ordinary.
    Fine,
    /// Nothing listens, so nothing is sent.
    Refused,
    /// Another certificate, so nothing is sent.
    Untrusted,
    /// Something on the way keeps the request back for this long.
    HeldBack(Duration),
    /// EM restarts just before the request comes.
    Restart,
    /// The server or the way back misbehaves.
    Server(Fault),
    /// The answer has another text in the place of this one.
    Says(&'static str, &'static str),
}

impl Twist {
    /// The name under which it is counted.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Fine => "fine".to_owned(),
            Self::Refused => "refused".to_owned(),
            Self::Untrusted => "untrusted".to_owned(),
            Self::HeldBack(_) => "held-back".to_owned(),
            Self::Restart => "restart".to_owned(),
            Self::Says(..) => "says".to_owned(),
            Self::Server(Fault::Status(status, Effect::Happens)) => format!("{status}-after"),
            Self::Server(Fault::Status(status, Effect::Skipped)) => format!("{status}-before"),
            Self::Server(fault) => fault.name().to_owned(),
        }
    }

    /// Everything that a seed may draw. A clear refusal never comes with its effect: no server
    /// is known that says no and does it, and nothing could be proven of one.
    pub(crate) fn all() -> Vec<Self> {
        let (before, after) = (Effect::Skipped, Effect::Happens);
        let unclear = [408, 429, 500, 502, 503, 504];
        let refused = [400, 401, 403, 404, 409, 501];
        let mut all = vec![
            Self::Refused,
            Self::Untrusted,
            Self::Restart,
            Self::HeldBack(Duration::from_secs(20)),
            Self::HeldBack(Duration::from_secs(75)),
            Self::HeldBack(Duration::from_mins(3)),
        ];
        let faults = [
            Fault::DropRequest,
            Fault::LoseAnswer,
            Fault::GarbledBody,
            Fault::TruncatedBody,
            Fault::EmptyAccepted,
            Fault::Slow(Duration::from_secs(25)),
            Fault::Slow(Duration::from_secs(90)),
            Fault::ExpireSessions,
            Fault::WrongHostInLinks,
            Fault::UnknownElements,
            Fault::MissingResult,
            Fault::NoToken,
            Fault::EchoHeaders,
        ];
        all.extend(faults.map(Self::Server));
        all.extend(unclear.map(|status| Self::Server(Fault::Status(status, before))));
        all.extend(unclear.map(|status| Self::Server(Fault::Status(status, after))));
        all.extend(refused.map(|status| Self::Server(Fault::Status(status, before))));
        all
    }
}

/// What the sky sees of an exchange.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) is_logon: bool,
}

impl Asked {
    pub(crate) fn new(call: &Call, request: &Request) -> Self {
        let is_logon = matches!(call, Call::Logon);
        Self { method: request.method, target: request.target.clone(), is_logon }
    }
}

/// What decides on the weather of each exchange.
pub(crate) type Sky = Box<dyn FnMut(&Asked) -> Twist>;

/// The `nth` request whose path and query end like this meets a twist; `0` is every one.
pub(crate) type Rule = (Method, &'static str, u32, Twist);

/// A sky by rules.
pub(crate) fn by(rules: &[Rule]) -> Sky {
    let mut rules: Vec<_> = rules.iter().cloned().map(|rule| (rule, 0)).collect();
    Box::new(move |asked| {
        let mut met = Twist::Fine;
        for ((method, end, nth, twist), seen) in &mut rules {
            if asked.method == *method && asked.target.ends_with(*end) {
                *seen += 1;
                if *nth == 0 || *nth == *seen {
                    met = twist.clone();
                }
            }
        }
        met
    })
}

/// A sky of a seed: one exchange in `rarity` meets a twist. Some servers never list tasks.
pub(crate) fn seeded(mut chance: Chance, rarity: Option<u64>, hides_tasks: bool) -> Sky {
    let all = Twist::all();
    Box::new(move |asked| {
        if hides_tasks && asked.method == Method::Get && asked.target == "/api/tasks" {
            return Twist::Server(Fault::Status(404, Effect::Skipped));
        }
        if !rarity.is_some_and(|rarity| chance.one_in(rarity)) {
            return Twist::Fine;
        }
        match chance.pick(&all) {
            // These end most runs at once, and then nothing else is tried.
            Twist::Untrusted if !chance.one_in(4) => Twist::Fine,
            Twist::Server(Fault::Status(400..=404 | 409 | 501, _)) if asked.is_logon => Twist::Fine,
            // No server is known that says it is busy and opens a session.
            Twist::Server(Fault::Status(408 | 429 | 503, Effect::Happens)) if asked.is_logon => {
                Twist::Fine
            }
            twist => twist.clone(),
        }
    })
}

/// What the client makes of what came from the world, and after how long.
pub(crate) fn received(outcome: Outcome) -> (Duration, Result<Response, String>) {
    match outcome {
        Outcome::Answer(answer) => (Duration::ZERO, Ok(answer)),
        Outcome::Torn { .. } => (Duration::ZERO, Err("the answer was cut short".to_owned())),
        Outcome::Drop => (Duration::ZERO, Err("the connection was closed".to_owned())),
        Outcome::Late { after, outcome } => {
            let (more, landed) = received(*outcome);
            (after + more, landed)
        }
    }
}
