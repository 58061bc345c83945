//! What really happened, whatever the client was told.

use super::*;

#[test]
fn a_fault_changes_the_answer_and_only_what_it_says() {
    /// What is left of an answer: its status and its body, or nothing.
    fn left(outcome: Outcome) -> Option<(u16, String)> {
        match outcome {
            Outcome::Answer(answer) => {
                Some((answer.status, String::from_utf8_lossy(&answer.body).into_owned()))
            }
            Outcome::Torn { answer, sent } => {
                Some((answer.status, String::from_utf8_lossy(&answer.body[..sent]).into_owned()))
            }
            Outcome::Drop => None,
            Outcome::Late { outcome, .. } => left(*outcome),
        }
    }
    let cases = [
        (Fault::LoseAnswer, None, 1),
        (Fault::DropRequest, None, 0),
        (Fault::Status(503, Effect::Skipped), Some((503, "<Error ")), 0),
        (Fault::Status(500, Effect::Happens), Some((500, "<Error ")), 1),
        (Fault::GarbledBody, Some((202, "\u{FFFD}")), 1),
        (Fault::TruncatedBody, Some((202, "<Task")), 1),
        (Fault::Slow(seconds(9)), Some((202, "</Task>")), 1),
        (Fault::ExpireSessions, Some((401, "<Error ")), 0),
        (Fault::EmptyAccepted, Some((202, "")), 1),
        (Fault::WrongHostInLinks, Some((202, "https://em-internal.invalid:9398/api/tasks")), 1),
        (Fault::UnknownElements, Some((202, "LaterAttribute=\"unknown\"")), 1),
        (Fault::MissingResult, Some((202, "</Task>")), 1),
        (Fault::NoToken, Some((202, "</Task>")), 1),
        (Fault::EchoHeaders, Some((400, "X-RestSvcSessionId: ")), 0),
    ];
    for (fault, expected, accepted) in cases {
        let mut bench = Bench::logged_on();
        bench.world.arm(When::first(Method::Post, "ACTION=undo"), fault.clone());
        let undo = Incoming::new(Method::Post, UNDO)
            .with_header("X-RestSvcSessionId", bench.tokens[0].clone());
        let got = left(bench.world.handle(bench.now, &undo));
        match (&got, expected) {
            (Some((status, body)), Some((wanted, part))) => {
                assert!(*status == wanted && body.contains(part), "{fault:?} {got:?}");
            }
            (None, None) => {}
            _ => panic!("{fault:?} {got:?}"),
        }
        assert_eq!(bench.world.accepted().len(), accepted, "{fault:?}");
        let seen = bench.world.requests().last().map(|seen| seen.faults.clone());
        assert_eq!(seen, Some(vec![fault.name()]));
    }
}

#[test]
fn the_ledger_keeps_what_was_done_and_when() {
    let mut bench = Bench::logged_on();
    let start = bench.now;
    bench.ask(Method::Post, START);
    bench.after(seconds(1)).ask(Method::Delete, "/api/tasks/task-1");
    bench.after(seconds(60)).ask(Method::Get, "/api/tasks");
    let plan = PlanId::parse(SQL).expect("an id");
    let task = TaskId::parse("task-1").expect("an id");
    let (session, action) = (1, Action::Start);
    let events = [
        (0, Event::LoggedOn { session }),
        (0, Event::Accepted { plan: plan.clone(), action, session, task: task.clone() }),
        (1000, Event::TaskDeleted { session, task: task.clone(), stopped: false }),
        (1500, Event::Completed { plan, action, session, task, done: true }),
    ];
    let expected: Vec<Entry> = events
        .into_iter()
        .map(|(after, event)| Entry { at: start + Duration::from_millis(after), event })
        .collect();
    assert_eq!(bench.world.ledger(), expected);
    assert_eq!(bench.world.count(Method::Post, "action="), 1);
}

#[test]
fn the_same_seed_and_the_same_requests_give_the_same_answers() {
    /// Plays requests that a number chooses, and notes all that comes back.
    fn play(seed: u64, mut chance: u64) -> Vec<Outcome> {
        let mut bench = Bench::new();
        bench.world = World { seed: Seed(seed), ..bench.world };
        bench.log_on();
        bench.world.arm(When::nth(3, Method::Post, "undo"), Fault::LoseAnswer);
        let targets = ["/api/tasks/task-1", "/api/tasks", UNDO, START, "/api/logonSessions", "/%"];
        let methods = [Method::Get, Method::Post, Method::Put, Method::Delete];
        let mut outcomes = Vec::new();
        for _ in 0..300 {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let drawn = chance.to_be_bytes();
            let request = Incoming::new(
                methods[usize::from(drawn[2]) % 4],
                targets[usize::from(drawn[1]) % 6],
            )
            .with_header("X-RestSvcSessionId", bench.tokens[0].clone());
            bench.after(Duration::from_millis(chance >> 54));
            outcomes.push(bench.world.handle(bench.now, &request));
        }
        outcomes
    }
    for chance in 0..20 {
        assert_eq!(play(7, chance), play(7, chance), "{chance}");
    }
    assert_ne!(play(7, 1), play(8, 1));
}

#[test]
fn a_finished_task_can_be_without_its_result() {
    for media in [Media::Xml, Media::Json] {
        let mut bench = Bench::logged_on();
        bench.ask(Method::Post, UNDO);
        bench.world.arm(When::first(Method::Get, "task-1"), Fault::MissingResult);
        bench.after(seconds(2));
        let poll = Incoming::new(Method::Get, "/api/tasks/task-1")
            .with_header("X-RestSvcSessionId", bench.tokens[0].clone())
            .with_header("Accept", media.name());
        for result in [false, true] {
            let answer = bench.answer(&poll);
            let text = String::from_utf8(answer.body).expect("UTF-8");
            assert!(text.contains("Finished") && text.contains("Result") == result, "{text}");
        }
    }
}

#[test]
fn a_logon_can_be_without_its_token() {
    let mut bench = Bench::new();
    bench.world.arm(When::first(Method::Post, "/api/sessionMngr"), Fault::NoToken);
    let logon = Incoming::new(Method::Post, "/api/sessionMngr/?v=latest")
        .with_header("Authorization", "Basic b3BlcmF0b3I6c2VjcmV0");
    for carries in [false, true] {
        let answer = bench.answer(&logon);
        let names: Vec<_> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(answer.status, 201);
        assert_eq!(names.contains(&"X-RestSvcSessionId"), carries, "{names:?}");
        assert_eq!(names.contains(&"Set-Cookie"), carries, "{names:?}");
    }
}

#[test]
fn what_is_shown_of_a_world_and_a_request_holds_no_secret() {
    let bench = Bench::logged_on();
    let logon = Incoming::new(Method::Post, "/").with_header("Authorization", "Basic x1y2");
    let shown = format!("{:?} {logon:?}", bench.world);
    for secret in ["secret", "x1y2", bench.tokens[0].as_str()] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
