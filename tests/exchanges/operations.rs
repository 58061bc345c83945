//! From a recorded request to the operation that makes it, and from its answer to a value.

use std::fmt::Debug;

use em_api::exchange::{Pair, Sent};
use em_api::operation::{
    DeleteTask, GetFailoverPlan, GetTask, ListFailoverPlans, ListLogonSessions, ListTasks, Logon,
    Logout, Operation, QueryFailoverPlan, Start, StartFailoverPlan, UndoFailoverPlan,
};
use em_api::protocol::{Media, Method, PlanId, Request, SessionId, Task, TaskId};

/// What the client makes of a recorded pair.
pub(super) struct Read {
    /// The name of the operation.
    pub(super) operation: &'static str,
    /// The request it builds.
    pub(super) request: Request,
    /// The value or the error it reads, printed.
    pub(super) value: String,
}

/// Finds the operation by method and target, and takes its arguments from there.
pub(super) fn read(pair: &Pair, media: Media) -> Read {
    let sent = &pair.sent;
    let (path, query) = sent.target.split_once('?').unwrap_or((&sent.target, ""));
    let path: Vec<_> = path.trim_start_matches("/api/").split('/').collect();
    match (sent.method, &path[..], query) {
        (Method::Post, ["sessionMngr", ""], _) => through(&Logon, pair, media, shown),
        (Method::Delete, ["logonSessions", id], "") => {
            let session = SessionId::parse(id).expect("a session id");
            through(&Logout { session }, pair, media, shown)
        }
        (Method::Get, ["logonSessions"], "") => through(&ListLogonSessions, pair, media, shown),
        (Method::Get, ["failoverPlans"], "") => through(&ListFailoverPlans, pair, media, shown),
        (Method::Get, ["query"], query) => {
            through(&QueryFailoverPlan { name: plan_name(query) }, pair, media, shown)
        }
        (Method::Get, ["failoverPlans", id], "format=Entity") => {
            through(&GetFailoverPlan { plan: plan(id) }, pair, media, shown)
        }
        (Method::Post, ["failoverPlans", id], "action=start") => {
            let start = StartFailoverPlan { plan: plan(id), start: start(sent) };
            through(&start, pair, media, task_shown)
        }
        (Method::Post, ["failoverPlans", id], "action=undo") => {
            through(&UndoFailoverPlan { plan: plan(id) }, pair, media, task_shown)
        }
        (Method::Get, ["tasks"], "") => through(&ListTasks, pair, media, shown),
        (Method::Get, ["tasks", id], "") => {
            through(&GetTask { task: task(id) }, pair, media, task_shown)
        }
        (Method::Delete, ["tasks", id], "") => {
            through(&DeleteTask { task: task(id) }, pair, media, shown)
        }
        _ => panic!("no operation sends {sent:?}: is it missing in this list?"),
    }
}

fn through<O: Operation>(
    operation: &O,
    pair: &Pair,
    media: Media,
    shown: impl Fn(&O::Answer) -> String,
) -> Read {
    let value = match operation.answer(&pair.received) {
        Ok(answer) => shown(&answer),
        Err(error) => format!("{error}\n\n{error:#?}"),
    };
    Read { operation: O::NAME, request: operation.request(media), value }
}

fn shown<T: Debug>(answer: &T) -> String {
    format!("{answer:#?}")
}

/// A task is shown with what it means, which is what matters of it.
fn task_shown(task: &Task) -> String {
    format!("{:?}\n\n{task:#?}", task.outcome())
}

fn plan(id: &str) -> PlanId {
    PlanId::parse(id).expect("a plan id")
}

fn task(id: &str) -> TaskId {
    TaskId::parse(id).expect("a task id")
}

fn start(sent: &Sent) -> Start {
    let Some((_, rest)) = sent.body.split_once("StartDate") else { return Start::Now };
    let time = rest.trim_start_matches(|char: char| !char.is_ascii_digit());
    let (time, _) = time.split_once('Z').expect("a time in UTC");
    Start::Before(format!("{time}Z").parse().expect("a time"))
}

/// Decodes `type=FailoverPlan&filter=Name%3D%3D%22…%22` by hand.
fn plan_name(query: &str) -> String {
    let (_, filter) = query.split_once("filter=").expect("a filter");
    let mut bytes = Vec::new();
    let mut rest = filter.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        bytes.push(match byte {
            b'%' => {
                let code = digit().zip(digit()).map(|(high, low)| high * 16 + low);
                code.and_then(|code| u8::try_from(code).ok()).expect("two digits")
            }
            _ => byte,
        });
    }
    let filter = String::from_utf8(bytes).expect("UTF-8");
    let name = filter.strip_prefix("Name==\"").and_then(|name| name.strip_suffix('"'));
    name.expect("a name").replace("\"\"", "\"")
}
