//! The lanes, driven by hand: what is done to them, and every event, request and word to a step
//! that comes of it.

mod crowd;
mod watch;

use super::*;
use crate::event::How;
use crate::step::{Acted, CallId, Snapshot, Write};
use em_api::protocol::{Method, TaskOutcome};

/// What is done. Answers go to the request that has been on the wire longest, except where a
/// number says which, from 0.
#[derive(Clone, Copy, Debug)]
enum Do {
    /// A step wishes for an action, not begun after so many seconds.
    Act(&'static str),
    ActWithin(&'static str, u64),
    /// A step asks a question.
    Read(&'static str),
    /// A step has no more use for what it asked.
    Abandon(&'static str),
    /// The first step follows the task of the second.
    Follow(&'static str, &'static str),
    /// The same, of use for so many seconds.
    FollowWithin(&'static str, &'static str, u64),
    Cancel(&'static str, &'static str),
    LoggedOn,
    /// A list of tasks of our operation: name and state.
    Tasks(&'static [(&'static str, &'static str)]),
    /// The same, of one task with another operation.
    Foreign(&'static str),
    Task(&'static str, &'static str),
    /// A task that runs, with an operation.
    Shows(&'static str, &'static str),
    /// An answer with a status and no body.
    Status(u16),
    StatusTo(usize, u16),
    NotSent,
    Untrusted,
    Lost,
    /// Time passes.
    Wait(u64),
    Finish,
    Stop,
}
use Do::{
    Abandon, Act, ActWithin, Cancel, Finish, Follow, FollowWithin, Foreign, LoggedOn, Lost,
    NotSent, Read, Shows, Status, StatusTo, Stop, Task, Tasks, Untrusted, Wait,
};

/// Lanes in a hand, and what is known of the wire.
struct Hand {
    lanes: Lanes,
    now: Timestamp,
    wire: Vec<Send>,
    said: Vec<String>,
    /// The sessions that EM lists beside those of the lanes, where it lists any. The list comes
    /// at once, and is not shown.
    sessions: Option<Vec<&'static str>>,
}

const NAMESPACE: &str = "http://www.veeam.com/ent/v1.0";

fn step(name: &str) -> StepId {
    StepId::parse(name).unwrap()
}

fn ticket(name: &str) -> Ticket {
    Ticket { step: step(name), call: CallId(1) }
}

fn task(name: &str, state: &str) -> String {
    format!(
        "<Task xmlns=\"{NAMESPACE}\"><TaskId>{name}</TaskId><State>{state}</State><Operation>Op</Operation>\
         <Result Success=\"true\"/></Task>"
    )
}

fn answer(status: u16, body: String) -> Reply {
    let headers = vec![("Content-Type".to_owned(), "application/xml".to_owned())];
    Reply::Response(Response { status, headers, body: body.into_bytes() })
}

impl Hand {
    fn new(lanes: usize) -> Self {
        let lanes = Lanes::new(Settings { lanes, ..Settings::default() });
        let now = Timestamp::from_millisecond(0);
        Self { lanes, now, wire: Vec::new(), said: Vec::new(), sessions: Some(Vec::new()) }
    }

    fn does(&mut self, deed: Do) {
        let wants = |name: &str, want| Input::Wants(ticket(name), want);
        let act = |until| {
            let request = Request::new(Method::Post, "/act", Media::Xml);
            Want::Act(
                Action::Write(Write { request, operation: "Op", object: "x".to_owned() }),
                until,
            )
        };
        let input = match deed {
            Act(name) => wants(name, act(None)),
            ActWithin(name, secs) => wants(name, act(Some(self.now + Duration::from_secs(secs)))),
            Read(name) => wants(name, Want::Read(Request::new(Method::Get, "/read", Media::Xml))),
            Abandon(name) => wants(name, Want::Abandon),
            Follow(name, of) => wants(name, Want::Follow(step(of), None)),
            FollowWithin(name, of, secs) => {
                let until = self.now + Duration::from_secs(secs);
                wants(name, Want::Follow(step(of), Some(until)))
            }
            Cancel(name, of) => wants(name, Want::Act(Action::CancelTask(step(of)), None)),
            LoggedOn => {
                let session = format!("of {}", self.wire[0].lane);
                self.came(0, Reply::LoggedOn { session })
            }
            Tasks(tasks) => {
                let tasks: String = tasks.iter().map(|(name, state)| task(name, state)).collect();
                self.came(0, answer(200, format!("<Tasks xmlns=\"{NAMESPACE}\">{tasks}</Tasks>")))
            }
            Foreign(name) => {
                let task = task(name, "Running").replace("<Operation>Op", "<Operation>Other");
                self.came(0, answer(200, format!("<Tasks xmlns=\"{NAMESPACE}\">{task}</Tasks>")))
            }
            Task(name, state) => {
                let post = matches!(&self.wire[0].call, Call::Request { writing: true, .. });
                self.came(0, answer(if post { 202 } else { 200 }, task(name, state)))
            }
            Shows(name, operation) => {
                let shown = format!("<Operation>{operation}<");
                self.came(0, answer(200, task(name, "Running").replace("<Operation>Op<", &shown)))
            }
            Status(status) => self.came(0, answer(status, String::new())),
            StatusTo(nth, status) => self.came(nth, answer(status, String::new())),
            NotSent => self.came(0, Reply::NotSent { reason: "no".to_owned(), untrusted: false }),
            Untrusted => self.came(0, Reply::NotSent { reason: "no".to_owned(), untrusted: true }),
            Lost => self.came(0, Reply::Unanswered { reason: "lost".to_owned() }),
            Wait(secs) => {
                self.now = self.now + Duration::from_secs(secs);
                Input::Woke
            }
            Finish => Input::Finish,
            Stop => Input::Stop,
        };
        self.turn(input);
    }

    fn turn(&mut self, input: Input) {
        let turn = self.lanes.advance(self.now, input);
        self.said.extend(turn.events.iter().filter_map(event));
        let (censuses, sends): (Vec<_>, Vec<_>) =
            turn.sends.into_iter().partition(|send| send.call == Call::Census);
        self.said.extend(sends.iter().map(sent));
        self.said.extend(turn.told.iter().map(|(ticket, input)| told(ticket, input)));
        self.said.extend(turn.fatal.map(|_| "fatal".to_owned()));
        self.wire.extend(sends);
        for census in censuses {
            let reply = self.census();
            self.turn(Input::Came(census.exchange, reply));
        }
    }

    fn census(&self) -> Reply {
        let Some(others) = &self.sessions else { return answer(403, String::new()) };
        let own = self.lanes.sessions().map(str::to_owned);
        let sessions = own.chain(others.iter().map(ToString::to_string));
        let seen = |session| SessionSeen { session, user: "LAB\\operator".to_owned() };
        Reply::Sessions(sessions.map(seen).collect())
    }

    fn came(&mut self, nth: usize, reply: Reply) -> Input {
        Input::Came(self.wire.remove(nth).exchange, reply)
    }
}

fn event(event: &LaneEvent) -> Option<String> {
    Some(match event {
        LaneEvent::Opened { lane, .. } => format!("{lane} opened"),
        LaneEvent::Listed { lane, tasks } => match tasks {
            Some(tasks) => format!("{lane} lists {}", tasks.len()),
            None => format!("{lane} lists nothing"),
        },
        LaneEvent::Intended { lane, ticket, intent } => {
            format!("{lane} intends {} {}", ticket.step, intent.attempt)
        }
        LaneEvent::Accepted { ticket, task, how: How::Answered, .. } => {
            format!("{} accepted {task}", ticket.step)
        }
        LaneEvent::Accepted { ticket, task, how: How::Adopted, .. } => {
            format!("{} adopted {task}", ticket.step)
        }
        LaneEvent::Done { ticket } => format!("{} done", ticket.step),
        LaneEvent::Refused { ticket, status, .. } => format!("{} refused {status}", ticket.step),
        LaneEvent::NotSent { ticket, .. } => format!("{} not sent", ticket.step),
        LaneEvent::Unanswered { ticket, .. } => format!("{} unanswered", ticket.step),
        LaneEvent::Undecided { ticket, .. } => format!("{} undecided", ticket.step),
        LaneEvent::Lost { lane, .. } => format!("{lane} lost"),
        LaneEvent::Closed { lane } => format!("{lane} closed"),
        LaneEvent::Rejoined { lane } => format!("{lane} rejoined"),
        LaneEvent::Fenced { lane, .. } => format!("{lane} fenced"),
        LaneEvent::Others { sessions } => format!("beside {}", sessions.join(" ")),
        LaneEvent::Opening { .. } | LaneEvent::Troubled { .. } | LaneEvent::TaskSeen { .. } => {
            return None;
        }
    })
}

fn sent(send: &Send) -> String {
    let lane = send.lane.0;
    match &send.call {
        Call::Logon => format!("> {lane} logon"),
        Call::Logout => format!("> {lane} logout"),
        Call::Census => format!("> {lane} sessions"),
        Call::End { session } => format!("> {lane} ends the session {session}"),
        Call::Request { request, .. } => {
            format!("> {lane} {} {}", request.method.name(), request.target)
        }
    }
}

fn told(ticket: &Ticket, input: &StepInput) -> String {
    let word = match input {
        StepInput::Acted(_, Acted::Accepted(_)) => "accepted",
        StepInput::Acted(_, Acted::Done) => "done",
        StepInput::Acted(_, Acted::NotSent(_)) => "not sent",
        StepInput::Acted(_, Acted::Refused(_)) => "refused",
        StepInput::Acted(_, Acted::Unknown(_)) => "unknown",
        StepInput::Answered(..) => "answered",
        StepInput::Observed(_, Snapshot::Task(task)) => match task.outcome() {
            TaskOutcome::Pending => "pending",
            _ => "over",
        },
        StepInput::Observed(_, Snapshot::Gone) => "gone",
        StepInput::Observed(_, Snapshot::Lost(_)) => "lost",
        StepInput::Observed(_, Snapshot::Foreign(_)) => "foreign",
        StepInput::Observed(_, Snapshot::None) => "none",
        other => panic!("lanes do not say {other:?}"),
    };
    format!("{}: {word}", ticket.step)
}

/// Does all that is done, and shows what the last of it gave.
#[track_caller]
fn check(lanes: usize, before: &[Do], last: &[Do], expected: &[&str]) {
    let mut hand = Hand::new(lanes);
    for deed in before {
        hand.does(*deed);
    }
    hand.said.clear();
    for deed in last {
        hand.does(*deed);
    }
    assert_eq!(hand.said, expected, "{before:?} then {last:?}");
}

/// A lane is open, and an action was sent in it.
const ACTING: &[Do] = &[Act("undo"), LoggedOn, Tasks(&[("task-1", "Finished")])];
/// It was accepted, and is followed.
const FOLLOWED: &[Do] = &[
    Act("undo"),
    LoggedOn,
    Tasks(&[("task-1", "Finished")]),
    Task("task-2", "Running"),
    Follow("wait", "undo"),
];

fn then<'a>(first: &'a [Do], more: &'a [Do]) -> Vec<Do> {
    first.iter().chain(more).copied().collect()
}

#[test]
fn the_first_wish_opens_a_lane_lists_its_tasks_and_is_sent() {
    check(4, &[], &[Act("undo")], &["> 1 logon"]);
    let listed = [
        "lane 1 opened",
        "> 1 GET /api/tasks",
        "lane 1 lists 1",
        "lane 1 intends undo 1",
        "> 1 POST /act",
    ];
    check(4, &[Act("undo")], &ACTING[1..], &listed);
}

#[test]
fn every_answer_to_an_action_has_its_consequence() {
    let table: &[(&[Do], &[&str])] = &[
        (&[Task("task-2", "Running")], &["undo accepted task-2", "undo: accepted"]),
        (&[Status(409)], &["undo refused 409", "undo: refused"]),
        (&[Status(401)], &["undo refused 401", "lane 1 lost", "> 2 logon"]),
        (&[Status(500)], &["undo unanswered", "> 1 GET /api/tasks"]),
        (&[Status(202)], &["undo unanswered", "> 1 GET /api/tasks"]),
        (&[Status(204)], &["undo unanswered", "> 1 GET /api/tasks"]),
        (&[Lost], &["undo unanswered", "> 1 GET /api/tasks"]),
        (&[NotSent], &["undo not sent"]),
        (&[NotSent, Wait(1)], &["undo not sent", "lane 1 intends undo 2", "> 1 POST /act"]),
        // Its step stays open, for a later process.
        (&[Untrusted], &["undo not sent", "fatal"]),
    ];
    for (last, expected) in table {
        check(4, ACTING, last, expected);
    }
}

#[test]
fn a_lost_answer_is_found_only_as_the_one_new_task() {
    const OLD: (&str, &str) = ("task-1", "Finished");
    const BOTH: &[(&str, &str)] = &[OLD, ("task-2", "Running")];
    let lost = then(ACTING, &[Lost]);
    let again = ["> 1 GET /api/tasks"];
    // Before that is concluded, the session ends.
    let fenced = ["> 1 logout", "lane 1 closed", "undo undecided", "undo: unknown"];
    let table: &[(&[Do], &[&str])] = &[
        (&[Tasks(&[OLD])], &[]),
        (&[Tasks(&[OLD]), Wait(1)], &again),
        (&[Tasks(&[OLD]), Wait(60), Tasks(&[OLD])], &[again[0], fenced[0]]),
        (
            &[Tasks(&[OLD]), Wait(60), Tasks(&[OLD]), Status(204)],
            &[again[0], fenced[0], fenced[1], fenced[2], fenced[3]],
        ),
        (&[Tasks(BOTH)], &["undo adopted task-2", "undo: accepted"]),
        (&[Tasks(&[("task-2", "Finished")])], &["undo adopted task-2", "undo: accepted"]),
        (&[Tasks(&[("task-2", "Running"), ("task-3", "Running")]), Status(204)], &fenced),
        (&[Foreign("task-2"), Status(204)], &fenced),
        (&[Status(500), Wait(1)], &again),
        (&[Status(401)], &["lane 1 lost", "> 2 logon"]),
        (&[Untrusted], &["fatal"]),
    ];
    for (last, expected) in table {
        check(4, &lost, last, expected);
    }
}

#[test]
fn without_a_list_a_lost_answer_is_unknown_once_its_session_has_ended() {
    check(4, &[Act("undo"), LoggedOn, Status(404), Lost], &[], &[]);
    let unknown =
        ["other unanswered", "> 1 logout", "lane 1 closed", "other undecided", "other: unknown"];
    // 404 is no list, and neither is 200 without one. A task of ours that was accepted since does
    // not make the others in a later list new.
    for status in [404, 200] {
        let before = [Act("other"), LoggedOn, Status(status)];
        check(4, &before, &[Lost, Status(204)], &unknown);
        // A session in which a task is under way is not ended. Where nobody watches that, nothing
        // is waited for.
        let accepted = [Act("undo"), LoggedOn, Status(status), Task("task-2", "Running")];
        let late = [unknown[0], unknown[3], unknown[4]];
        check(4, &then(&accepted, &[Act("other")]), &[Lost, Wait(59)], &late[..1]);
        check(4, &then(&accepted, &[Act("other")]), &[Lost, Wait(60)], &late);
    }
}

#[test]
fn a_lane_acts_once_at_a_time_and_never_again_after_an_unclear_answer() {
    check(1, ACTING, &[Act("other")], &[]);
    let accepted =
        ["undo accepted task-2", "lane 1 intends other 1", "> 1 POST /act", "undo: accepted"];
    check(1, ACTING, &[Act("other"), Task("task-2", "Running")], &accepted);
    check(4, ACTING, &[Act("other")], &["> 2 logon"]);
    let unclear = then(ACTING, &[Lost, Tasks(&[("task-2", "Running"), ("task-3", "Running")])]);
    check(1, &unclear, &[Act("other")], &["> 2 logon"]);
}

#[test]
fn an_answer_to_the_search_that_comes_after_the_lane_is_lost_still_counts() {
    // The search is on the wire, then a poll, and the poll hears first that the session is lost.
    let before = then(FOLLOWED, &[Act("other"), Task("task-2", "Running"), Lost, Wait(1)]);
    let lost = ["lane 1 lost", "> 2 logon", "wait: lost"];
    check(1, &before, &[StatusTo(1, 401)], &lost);
    let late = [StatusTo(1, 401), Tasks(&[("task-3", "Running")])];
    let adopted = ["other adopted task-3", "other: accepted"];
    check(1, &before, &late, &[&lost[..], &adopted].concat());
    check(1, &before, &[StatusTo(1, 401), Tasks(&[])], &lost);
}

#[test]
fn what_was_not_begun_in_time_is_not_sent() {
    check(4, &[ActWithin("undo", 5)], &[Wait(5)], &["undo: not sent"]);
    let refused = [LoggedOn, Tasks(&[]), NotSent, Wait(5)];
    let expected = ["undo: not sent"];
    let before = then(&[ActWithin("undo", 5)], &refused[..3]);
    check(4, &before, &refused[3..], &expected);
}

#[test]
fn a_question_opens_a_lane_and_is_repeated() {
    check(4, &[], &[Read("undo")], &["> 1 logon"]);
    let before = [Read("undo"), LoggedOn, Tasks(&[])];
    check(4, &before, &[Status(404)], &["undo: answered"]);
    check(4, &before, &[Lost, Wait(1)], &["> 1 GET /read"]);
    // An answer that cannot be read is none, for as long as another may be better.
    let unreadable = |times| (0..times).flat_map(|_| [Status(200), Wait(30)]).collect::<Vec<_>>();
    check(4, &before, &unreadable(4), &["> 1 GET /read"; 4]);
    check(4, &then(&before, &unreadable(4)), &[Status(200)], &["undo: answered"]);
    check(4, &before, &[Status(401)], &["lane 1 lost", "> 2 logon"]);
    check(4, &before, &[Untrusted], &["fatal"]);
}

#[test]
fn whoever_waits_with_the_same_question_shares_its_answer() {
    // The second is on the wire when the third asks.
    let asked = [Read("one"), Read("two"), LoggedOn, Tasks(&[]), Read("three")];
    let both = ["one: answered", "two: answered"];
    check(4, &asked[..3], &asked[3..4], &["lane 1 lists 0", "> 1 GET /read"]);
    check(4, &asked, &[Status(404)], &both);
    check(4, &asked, &[Status(404), Status(404)], &[&both[..], &["three: answered"]].concat());
    check(4, &asked[..4], &[Abandon("one"), Status(404)], &["two: answered"]);
    check(4, &asked[..4], &[Status(503), Wait(1)], &["> 1 GET /read"]);
}

#[test]
fn a_question_that_nobody_waits_for_is_not_repeated() {
    let before = [Read("undo"), LoggedOn, Tasks(&[])];
    check(4, &before, &[Lost, Abandon("undo"), Wait(60)], &[]);
    check(4, &before, &[Abandon("undo"), Lost, Wait(60)], &[]);
    check(4, &before, &[Abandon("undo"), Status(503), Wait(60)], &[]);
    check(4, &before, &[Abandon("undo"), Status(401), Wait(60)], &["lane 1 lost"]);
    check(4, &before, &[Abandon("undo"), Untrusted], &["fatal"]);
}

#[test]
fn a_logon_is_tried_for_minutes_once_something_was_done() {
    let again = |tries: u32| (0..tries).flat_map(|_| [NotSent, Wait(30)]).collect::<Vec<_>>();
    let tried = |times| vec!["> 1 logon"; times];
    let at_the_start = then(&again(3), &[NotSent, Wait(60)]);
    check(4, &[Read("undo")], &at_the_start, &[tried(3), vec!["fatal"]].concat());
    let lost = then(ACTING, &[Status(401)]);
    let mut expected = vec!["> 2 logon"; 19];
    check(4, &lost, &again(19), &expected);
    expected.push("fatal");
    check(4, &lost, &then(&again(19), &[NotSent, Wait(60)]), &expected);
}

#[test]
fn a_followed_task_is_polled_alone_and_several_by_one_list() {
    check(4, FOLLOWED, &[], &[]);
    check(4, &FOLLOWED[..4], &FOLLOWED[4..], &["> 1 GET /api/tasks/task-2"]);
    check(
        4,
        FOLLOWED,
        &[Task("task-2", "Running"), Wait(1)],
        &["wait: pending", "> 1 GET /api/tasks/task-2"],
    );
    check(4, FOLLOWED, &[Task("task-2", "Finished")], &["wait: over"]);
    check(4, FOLLOWED, &[Status(404)], &["wait: gone"]);
    check(4, FOLLOWED, &[Status(401)], &["lane 1 lost", "wait: lost"]);
    check(4, FOLLOWED, &[Status(503), Wait(1)], &["> 1 GET /api/tasks/task-2"]);
    check(4, FOLLOWED, &[Untrusted], &["fatal"]);
    check(4, &[], &[Follow("wait", "undo")], &["wait: none"]);
    let two = then(FOLLOWED, &[Act("other"), Status(503), Task("task-3", "Running")]);
    let both = [
        Follow("wait_other", "other"),
        Wait(1),
        Tasks(&[("task-2", "Running"), ("task-3", "Finished")]),
    ];
    let list = ["> 1 GET /api/tasks", "> 1 GET /api/tasks/task-3", "wait: pending"];
    check(1, &two, &both, &list);
}

#[test]
fn every_answer_to_the_wish_to_stop_a_task_has_its_consequence() {
    let before = &then(&FOLLOWED[..4], &[Cancel("cancel", "undo")]);
    let unclear = ["cancel undecided", "cancel: unknown"];
    let delete = "> 1 DELETE /api/tasks/task-2";
    let table: &[(&[Do], &[&str])] = &[
        (&[Status(204)], &["cancel done", "cancel: done"]),
        (&[Status(403)], &["cancel refused 403", "cancel: refused"]),
        (&[Status(404)], &unclear),
        (&[Status(401)], &[unclear[0], "lane 1 lost", unclear[1]]),
        (&[Lost, Wait(1), Lost, Wait(2), Lost], &[delete, delete, unclear[0], unclear[1]]),
        (
            &[NotSent, Wait(1), NotSent, Wait(2), NotSent],
            &[delete, delete, "cancel not sent", "cancel: not sent"],
        ),
        (&[Untrusted], &["cancel not sent", "fatal"]),
        // It may create nothing, so the lane takes actions still.
        (
            &[Status(404), Act("other")],
            &[unclear[0], unclear[1], "lane 1 intends other 1", "> 1 POST /act"],
        ),
    ];
    for (last, expected) in table {
        check(4, before, last, expected);
    }
    check(4, &[], &[Cancel("cancel", "undo")], &["cancel: not sent"]);
}

#[test]
fn every_answer_to_a_logon_and_to_its_list_has_its_consequence() {
    let asked = &[Act("undo")];
    let table: &[(&[Do], &[&str])] = &[
        (&[Status(401)], &["fatal"]),
        (&[Status(403)], &["fatal"]),
        (&[Untrusted], &["fatal"]),
        (&[NotSent, Wait(1)], &["> 1 logon"]),
        (&[Lost, Wait(1), Lost, Wait(2), Lost], &["> 1 logon", "> 1 logon", "fatal"]),
        (&[LoggedOn, Untrusted], &["lane 1 opened", "> 1 GET /api/tasks", "lane 1 lost", "fatal"]),
        (
            &[LoggedOn, Status(401), Wait(1)],
            &["lane 1 opened", "> 1 GET /api/tasks", "lane 1 lost", "> 2 logon"],
        ),
    ];
    for (last, expected) in table {
        check(4, asked, last, expected);
    }
    // A second lane that cannot be had is done without, unless the server is another one.
    check(4, ACTING, &[Act("other"), StatusTo(1, 401)], &["> 2 logon"]);
    check(4, &then(ACTING, &[Act("other"), Task("task-2", "Running")]), &[Untrusted], &["fatal"]);
}

#[test]
fn an_idle_lane_is_kept_alive() {
    let idle = then(ACTING, &[Task("task-2", "Running")]);
    check(4, &idle, &[Wait(239)], &[]);
    check(4, &idle, &[Wait(240)], &["> 1 GET /api/tasks"]);
    check(4, &idle, &[Wait(240), Status(401)], &["> 1 GET /api/tasks", "lane 1 lost"]);
    check(4, &idle, &[Wait(240), Untrusted], &["> 1 GET /api/tasks", "fatal"]);
}

#[test]
fn at_the_end_it_logs_out_where_no_session_is_evidence() {
    let over = then(FOLLOWED, &[Task("task-2", "Finished")]);
    check(4, &over, &[Finish], &["> 1 logout"]);
    check(4, &over, &[Finish, Status(204)], &["> 1 logout", "lane 1 closed"]);
    check(4, FOLLOWED, &[Finish], &[]);
    check(4, &then(FOLLOWED, &[Status(404)]), &[Finish], &[]);
    let unclear = then(ACTING, &[Lost, Tasks(&[("task-2", "Running"), ("task-3", "Running")])]);
    check(4, &unclear, &[Finish], &[]);
}

#[test]
fn a_session_that_opens_when_all_is_over_is_closed_at_once() {
    check(4, &[Read("undo")], &[Finish, LoggedOn], &["lane 1 opened", "> 1 logout"]);
    check(4, &[Read("undo"), LoggedOn], &[Finish, Tasks(&[])], &["> 1 logout"]);
    check(4, &[Read("undo"), Lost], &[Finish, Wait(60)], &[]);
    check(4, &[Read("undo"), LoggedOn, Tasks(&[])], &[Finish, Lost, Wait(60)], &["> 1 logout"]);
}

#[test]
fn before_anything_was_done_a_stop_leaves_no_session_behind() {
    let open = [Read("undo"), LoggedOn, Tasks(&[])];
    check(4, &open, &[Stop, Status(404), Wait(60)], &["> 1 logout", "undo: answered"]);
    check(4, &[Read("undo")], &[Stop, LoggedOn], &["lane 1 opened"]);
}

#[test]
fn after_a_stop_answers_are_heard_and_nothing_is_sent() {
    let table: &[(&[Do], &[Do], &[&str])] = &[
        (&[Act("undo")], &[Stop, LoggedOn], &["lane 1 opened"]),
        (ACTING, &[Stop, Task("task-2", "Running")], &["undo accepted task-2", "undo: accepted"]),
        (ACTING, &[Stop, Lost, Wait(60)], &["undo unanswered"]),
        (ACTING, &[Stop, Act("other"), Wait(60)], &[]),
        (FOLLOWED, &[Stop, Task("task-2", "Running"), Wait(60)], &["wait: pending"]),
    ];
    for (before, last, expected) in table {
        check(4, before, last, expected);
    }
}
